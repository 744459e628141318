"""Writes what the ONNX Runtimes run to models/, one file a case, under the case's name: python3 export_onnx.py"""
import pathlib, torch
from torch import nn
from hsnet_torch import HSNet


class Call(nn.Module):
    """A part of the network as a module of its own."""

    def __init__(self, net, compute):
        super().__init__()
        self.net, self.compute = net, compute

    def forward(self, *inputs):
        return self.compute(*inputs)


folder = pathlib.Path(__file__).parent / "models"
folder.mkdir(exist_ok=True)
torch.manual_seed(0)
net = HSNet("resnet50").eval()
image, mask = torch.randn(1, 3, 400, 400), torch.ones(1, 400, 400)


def export(case, compute, inputs, names):
    torch.onnx.export(Call(net, compute), inputs, folder / f"{case}.resnet50.400.onnx", opset_version=14, input_names=names)


with torch.no_grad():
    features = net.features(image)
    taps = len(features)
    correlations = net.hypercorrelation(features, features, mask)
    export("infer-1shot", net, (image, image.clone(), mask), ["query", "support", "mask"])
    export("features", net.features, (image,), ["query"])
    export(
        "hypercorrelation",
        lambda *maps: net.hypercorrelation(maps[:taps], maps[taps : 2 * taps], maps[-1]),
        (*features, *(f.clone() for f in features), mask),
        [*(f"query{i}" for i in range(taps)), *(f"support{i}" for i in range(taps)), "mask"],
    )
    export("learner", net.hpn_learner, correlations, ["deep", "middle", "shallow"])
