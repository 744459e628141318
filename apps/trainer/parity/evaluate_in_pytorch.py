"""Scores a checkpoint in PyTorch on the episodes that `hypercorr eval` scored, and compares pixel by pixel.

    npx --no-install hypercorr eval --benchmark generated --data DATA --weights CHECKPOINT.pt --backbone tiny --size 160 \\
        --episodes 40 --seed 0 --out OURS --save-predictions --json > OURS.json
    python3 evaluate_in_pytorch.py PEERS DATA CHECKPOINT.pt OURS

Prints the two mIoUs, how many pixels differ, and how many of these are undecided: their logits differ by less than 1e-3 of
the largest logit. Ends with 1 unless predictions, intersections and unions are equal but for undecided pixels.
"""
import glob
import json
import sys

import numpy as np
import torch
from PIL import Image

peers, data, checkpoint, ours = sys.argv[1:]
sys.path.insert(0, peers)
from tiny_torch import TinyHSNet, read_image, read_mask

MARGIN = 1e-3  # of the largest logit of the episode

model = TinyHSNet().eval()
state = torch.load(checkpoint)
model.load_state_dict({name.removeprefix("module."): value for name, value in state.items()})
rows = [json.loads(line) for line in open(f"{ours}/episodes.jsonl")]
different = undecided = pixels = faults = 0
sums = {"ours": {}, "theirs": {}}


def counted(prediction, truth):
    return np.array([(prediction & truth).sum(), (prediction | truth).sum()])


for number, row in enumerate(rows):
    at = lambda name, kind: f"{data}/{name.removesuffix('.jpg')}.{kind}"
    (support,) = row["supports"]
    with torch.no_grad():
        images = [read_image(at(name, "jpg"))[None] for name in (row["query"], support)]
        logits = model(*images, read_mask(at(support, "png"))[None])[0]
    theirs = (logits[1] > logits[0]).numpy()
    truth = read_mask(at(row["query"], "png")).numpy() > 0
    (file,) = glob.glob(f"{ours}/predictions/{number:05d}-*.png")
    prediction = np.array(Image.open(file)) > 0

    differs = theirs != prediction
    close = ((logits[1] - logits[0]).abs() < MARGIN * logits.abs().max()).numpy()
    different, undecided, pixels = different + differs.sum(), undecided + (differs & close).sum(), pixels + differs.size
    from_file, by_us, by_them = [row["intersection"], row["union"]], counted(prediction, truth), counted(theirs, truth)
    if (by_us != from_file).any() or (np.abs(by_us - by_them) > (differs & close).sum()).any():
        faults += 1
        print(f"episode {number}: intersection and union are {from_file}, of its prediction {by_us}, of PyTorch's {by_them}")
    for name, counts in (("ours", by_us), ("theirs", by_them)):
        sums[name][row["class"]] = sums[name].get(row["class"], 0) + counts

for name, classes in sums.items():
    print(f"{name}: mIoU {100 * np.mean([both / either for both, either in classes.values()]):.4f} over {len(classes)} classes, {len(rows)} episodes")
print(f"{different} of {pixels} pixels differ, {undecided} of them undecided (logits closer than {MARGIN} of the largest); {faults} episodes differ in their counts otherwise")
sys.exit(different != undecided or faults > 0)
