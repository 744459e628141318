"""The steps that ours.mts recorded, taken by PyTorch: python3 theirs.py PEERS DIR [--double]

PEERS is a folder with hsnet_torch.py (HSNet under the published parameter names: HSNet(backbone, conv4d), forward(query,
support, mask) -> logits, and CenterPivotConv4d, SeparableConv4d, FullConv4d) and safetensors_io.py (load(path)). Prints
the losses of every step, with --double PyTorch's in float64 too, and ends with 1 if ours and PyTorch's in float32 differ
by more than 1e-3 of theirs.
"""
import json
import sys

import torch
import torch.nn.functional as F

peers, folder, *options = sys.argv[1:]
sys.path.insert(0, peers)
import hsnet_torch
from safetensors_io import load

TOLERANCE = 1e-3  # float32 sums in another order, carried along for twenty steps of Adam
KERNELS = {"center-pivot": "CenterPivotConv4d", "separable": "SeparableConv4d", "full": "FullConv4d"}


def tensors(name):
    return {key: torch.from_numpy(values.copy()) for key, values in load(f"{folder}/{name}.safetensors").items()}


def losses(run, dtype):
    """The loss before each step of Adam on the recorded batches, from the recorded weights."""
    model = hsnet_torch.HSNet(run["backbone"], getattr(hsnet_torch, KERNELS[run["kernel"]]))
    state = {name: value.reshape(()) if name.endswith("num_batches_tracked") else value for name, value in tensors("weights").items()}
    missing, unexpected = model.load_state_dict(state, strict=False)
    missing = [name for name in missing if not name.startswith(("backbone.fc.", "backbone.classifier."))]
    assert not missing and not unexpected, (missing, unexpected)
    model.to(dtype).train()

    batches = tensors("episodes")
    adam = torch.optim.Adam(model.hpn_learner.parameters(), lr=run["learning_rate"])
    for step in range(run["steps"]):
        query, support, mask = (batches[f"{name}.{step}"].to(dtype) for name in ("query", "support", "mask"))
        loss = F.cross_entropy(model(query, support, mask), batches[f"labels.{step}"].long())
        adam.zero_grad()
        loss.backward()
        adam.step()
        yield loss.item()


def difference(a, b):
    return abs(a - b) / abs(b)


ours = json.load(open(f"{folder}/ours.json"))
theirs = list(losses(ours, torch.float32))
double = list(losses(ours, torch.float64)) if "--double" in options else None

print("step        ours     PyTorch  difference" + ("     float64  PyTorch's difference to it" if double else ""))
for step, (own, their) in enumerate(zip(ours["losses"], theirs)):
    line = f"{step + 1:>4}  {own:10.6f}  {their:10.6f}  {difference(own, their):10.1e}"
    print(line + (f"  {double[step]:10.6f}  {difference(their, double[step]):.1e}" if double else ""))

worst = max(map(difference, ours["losses"], theirs))
setting = f"{ours['backbone']}, {ours['kernel']}, {ours['size']}x{ours['size']}, batch {ours['batch']}, lr {ours['learning_rate']}"
print(f"{setting}: largest relative difference {worst:.1e}, allowed {TOLERANCE:.0e}")
sys.exit(worst > TOLERANCE)
