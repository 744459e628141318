"""Trains HSNet in PyTorch on the generated data, and saves it as published checkpoints are saved.

    npx --no-install hypercorr datasets generate --out DATA --images 30 --size 200
    python3 train_in_pytorch.py PEERS DATA OUT.pt [STEPS]     # PEERS: a folder with hsnet_torch.py and safetensors_io.py

The learner is trained on 1-shot episodes of the set `episodes`, on features of the frozen backbone `tiny`. Names in OUT.pt
begin with `module.`, as data-parallel training leaves them.
"""
import os
import random
import sys

import torch
import torch.nn.functional as F

peers, data, out, *rest = sys.argv[1:]
sys.path.insert(0, peers)
from tiny_torch import TinyHSNet, read_image, read_mask

steps, BATCH = int(rest[0]) if rest else 600, 4


def load_set(root):
    """For each class its images [N, 3, S, S] and masks [N, S, S]."""
    names = {name: sorted(f[:-4] for f in os.listdir(f"{root}/{name}") if f.endswith(".jpg")) for name in sorted(os.listdir(root))}
    stack = lambda read, name, kind: torch.stack([read(f"{root}/{name}/{file}.{kind}") for file in names[name]])
    return [(stack(read_image, name, "jpg"), stack(read_mask, name, "png")) for name in names if names[name]]


torch.manual_seed(0)
generator = random.Random(0)
model = TinyHSNet().train()
classes = load_set(f"{data}/episodes")
adam = torch.optim.Adam(model.hpn_learner.parameters(), lr=1e-3)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(adam, steps)
mean = 0.7
for step in range(1, steps + 1):
    episodes = []
    for _ in range(BATCH):
        images, masks = generator.choice(classes)
        query, support = generator.sample(range(len(images)), 2)
        episodes.append((images[query], masks[query], images[support], masks[support]))
    query, truth, support, mask = (torch.stack(part) for part in zip(*episodes))
    # The foreground counts twice, as in the demo (docs/demo.md).
    loss = F.cross_entropy(model(query, support, mask), truth.long(), weight=torch.tensor([1.0, 2.0]))
    adam.zero_grad()
    loss.backward()
    adam.step()
    schedule.step()
    mean += 0.05 * (loss.item() - mean)
    if step % 20 == 0 or step == steps:
        print(f"step {step} of {steps}, loss {mean:.3f}", flush=True)
torch.save({f"module.{name}": value for name, value in model.state_dict().items()}, out)
