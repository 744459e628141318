"""Trains HSNet in PyTorch on the generated data, and saves it as published checkpoints are saved.

    npx --no-install hypercorr datasets generate --out DATA --images 20
    node --conditions=source --import tsx apps/trainer/parity/pictures.mts --out DATA/pictures.safetensors
    python3 train_in_pytorch.py PEERS DATA OUT        # PEERS: a folder with hsnet_torch.py and safetensors_io.py

ResNet-50 learns from scratch what the pictures' pixels show; frozen, it serves the learner, which is trained on 1-shot
episodes of the set `episodes`. OUT/best_model.pt is written: names begin with `module.` and the classifier is in it, as
data-parallel training leaves them.
"""
import os
import random
import sys

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

SIZE = 128  # images are resized to SIZE × SIZE
MEAN, DEVIATION = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])


def load_set(root):
    """Images (N, 3, S, S) as bytes, masks (N, S, S) of 0 and 1, and the class of each."""
    images, masks, classes = [], [], []
    for number, name in enumerate(sorted(os.listdir(root))):
        for file in sorted(f for f in os.listdir(f"{root}/{name}") if f.endswith(".jpg")):
            path = f"{root}/{name}/{file}"
            images.append(np.asarray(Image.open(path).convert("RGB").resize((SIZE, SIZE), Image.BILINEAR)).transpose(2, 0, 1))
            mask = np.asarray(Image.open(path[:-4] + ".png").convert("L").resize((SIZE, SIZE), Image.NEAREST))
            masks.append(mask >= (128 if mask.max() > 1 else 1))
            classes.append(number)
    return torch.from_numpy(np.stack(images)), torch.from_numpy(np.stack(masks)).float(), torch.tensor(classes)


def normalised(images):
    return (images.float() / 255 - MEAN.view(3, 1, 1)) / DEVIATION.view(3, 1, 1)


def train_backbone(net, pictures, steps, batch):
    """To tell at every place of each level which part of which class is there, and which texture it wears."""
    images, labels = pictures
    parts = torch.unique(labels)
    index = torch.full((int(parts.max()) + 1,), -100)  # the background counts for nothing
    index[parts[1:]] = torch.arange(len(parts) - 1)
    taps = {3: 512, 9: 1024, 12: 2048}  # the last sums of the second, third and fourth stage
    heads = torch.nn.ModuleList(torch.nn.Conv2d(channels, len(parts) - 1 + 16, 1) for channels in taps.values())
    backbone = net.backbone.train()
    adam = torch.optim.Adam([*backbone.parameters(), *heads.parameters()], lr=2e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(adam, 2e-3, total_steps=steps, pct_start=0.05)
    for step in range(steps):
        pick = torch.randint(len(images), (batch,))
        features = net.features(normalised(images[pick]))
        loss, right = 0, []
        for tap, head in zip(taps, heads):
            logits = head(F.relu(features[tap]))
            side = logits.shape[2]
            seen = F.interpolate(labels[pick][:, None].float(), size=(side, side))[:, 0].long()
            part, texture = index[seen], torch.where(seen == 0, -100, seen % 16)
            loss = loss + F.cross_entropy(logits[:, 16:], part) + F.cross_entropy(logits[:, :16], texture)
            right.append((logits[:, 16:].argmax(1) == part)[part >= 0].float().mean().item())
        adam.zero_grad()
        loss.backward()
        adam.step()
        schedule.step()
        if step % 20 == 19:
            print(f"backbone: step {step + 1} of {steps}, loss {loss.item():.3f}, right", *(f"{r:.2f}" for r in right), flush=True)
    backbone.eval()


@torch.no_grad()
def features_of(net, images):
    """The feature maps of all images, by tap, at half precision: they fit in memory."""
    batches = [net.features(normalised(part)) for part in images.split(8)]
    return [torch.cat([batch[tap].half() for batch in batches]) for tap in range(len(batches[0]))]


def logits_of(net, features, masks, query, support):
    """Of 1-shot episodes: the indices of their queries and supports."""
    correlations = net.hypercorrelation([f[query].float() for f in features], [f[support].float() for f in features], masks[support])
    logits = net.hpn_learner(*correlations)
    return F.interpolate(logits, size=(SIZE, SIZE), mode="bilinear", align_corners=True)


def draw(classes, count, generator):
    """Queries and other images of their classes."""
    members = [torch.nonzero(classes == c).flatten().tolist() for c in range(int(classes.max()) + 1)]
    pairs = [generator.sample(generator.choice(members), 2) for _ in range(count)]
    return torch.tensor(pairs).unbind(1)


def train_learner(net, data, steps, batch):
    images, masks, classes = data
    features = features_of(net, images)
    generator = random.Random(0)
    adam = torch.optim.Adam(net.hpn_learner.parameters(), lr=1e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(adam, steps)
    mean = 0.7
    for step in range(steps):
        query, support = draw(classes, batch, generator)
        loss = F.cross_entropy(logits_of(net, features, masks, query, support), masks[query].long(), weight=torch.tensor([1.0, 2.0]))
        adam.zero_grad()
        loss.backward()
        adam.step()
        schedule.step()
        mean += 0.05 * (loss.item() - mean)
        if step % 20 == 19:
            print(f"learner: step {step + 1} of {steps}, loss {mean:.3f}", flush=True)


@torch.no_grad()
def held_out_iou(net, data, episodes):
    """Mean over the classes of intersection over union, summed over the episodes of a class."""
    images, masks, classes = data
    features = features_of(net, images)
    query, support = draw(classes, episodes, random.Random(1))
    predicted = torch.cat([logits_of(net, features, masks, q, s).argmax(1) for q, s in zip(query.split(20), support.split(20))])
    truth = masks[query].bool()
    both, either = (predicted.bool() & truth).sum((1, 2)), (predicted.bool() | truth).sum((1, 2))
    ious = [both[classes[query] == c].sum() / either[classes[query] == c].sum() for c in classes[query].unique()]
    return 100 * torch.stack(ious).mean().item()


def main():
    peers, data, out = sys.argv[1:4]
    steps = [int(n) for n in sys.argv[4:6]] or [600, 1500]
    sys.path.insert(0, peers)
    from hsnet_torch import HSNet
    from safetensors_io import load

    pictures = {name: torch.from_numpy(values.copy()) for name, values in load(f"{data}/pictures.safetensors").items()}
    torch.manual_seed(0)
    net = HSNet("resnet50")
    train_backbone(net, (pictures["images"].byte(), pictures["labels"].long()), steps[0], 16)
    train_learner(net, load_set(f"{data}/episodes"), steps[1], 8)
    print(f"held-out mIoU of 200 episodes: {held_out_iou(net.eval(), load_set(f'{data}/held-out'), 200):.1f}")
    os.makedirs(out, exist_ok=True)
    torch.save({f"module.{name}": value for name, value in net.state_dict().items()}, f"{out}/best_model.pt")


main()
