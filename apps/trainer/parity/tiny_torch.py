"""HSNet with the backbone `tiny`, on a peer's HSNet: its correlations, its learner and its parameters' names.

A ResNet-50 wants ImageNet, or many hours; the half million parameters of `tiny` come with this repository
(apps/trainer/weights), and the learner on them is trained in minutes.
"""
import os

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn

import hsnet_torch  # the caller puts its folder on the path
from safetensors_io import load

SIZE = 160  # images are resized to SIZE × SIZE, as the backbone was trained on
MEAN, DEVIATION = (torch.tensor(values).view(3, 1, 1) for values in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
WEIGHTS = os.path.join(os.path.dirname(__file__), "../weights/tiny.safetensors")


class BasicBlock(nn.Module):
    def __init__(self, cin, cout, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False), nn.BatchNorm2d(cout)
        self.conv2, self.bn2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False), nn.BatchNorm2d(cout)
        changes = stride != 1 or cin != cout
        self.downsample = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout)) if changes else None

    def forward(self, x):
        """The sum before the last ReLU."""
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return y + (self.downsample(x) if self.downsample else x)


class Tiny(nn.Module):
    def __init__(self, weights=None):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 16, 3, 2, 1, bias=False), nn.BatchNorm2d(16)
        stage = lambda cin, cout, blocks: nn.ModuleList(BasicBlock(cout if i else cin, cout, 1 if i else 2) for i in range(blocks))
        self.layer1, self.layer2, self.layer3, self.layer4 = stage(16, 32, 1), stage(32, 64, 2), stage(64, 80, 2), stage(80, 80, 1)


hsnet_torch.BACKBONES["tiny"] = (Tiny, (2, 2, 1))


class TinyHSNet(hsnet_torch.HSNet):
    def __init__(self):
        super().__init__("tiny")
        state = {name: torch.from_numpy(values.copy()) for name, values in load(WEIGHTS).items()}
        self.backbone.load_state_dict({name: value.reshape(()) if name.endswith("num_batches_tracked") else value for name, value in state.items()})

    def features(self, images):
        net, taps = self.backbone, []
        x = F.relu(net.bn1(net.conv1(images)))
        for stage in (net.layer1, net.layer2, net.layer3, net.layer4):
            for block in stage:
                y = block(x)
                if stage is not net.layer1:
                    taps.append(y)
                x = F.relu(y)
        return taps


def read_image(path):
    """[3, SIZE, SIZE], normalised. Pillow's bilinear averages where it shrinks, as torchvision's Resize does."""
    pixels = np.array(Image.open(path).convert("RGB").resize((SIZE, SIZE), Image.BILINEAR))
    return (torch.from_numpy(pixels).permute(2, 0, 1) / 255 - MEAN) / DEVIATION


def read_mask(path):
    """[SIZE, SIZE] of 0 and 1, the nearest pixels of a mask whose white is the object."""
    pixels = torch.from_numpy(np.array(Image.open(path).convert("L")) >= 128)
    return F.interpolate(pixels[None, None].float(), (SIZE, SIZE))[0, 0]
