"""PyTorch on the CPU. Answers each case's name on stdin with the milliseconds of one run, or null."""
import json, math, os, sys, time
import torch, torch.nn.functional as F

torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "2")))


def random(*shape):
    return torch.rand(shape) * 2 - 1


def matmul(n):
    a, b = random(n, n), random(n, n)
    return lambda: a @ b


def conv(x, weight, **options):
    return lambda: F.conv2d(x, weight, **options)


def conv_backward():
    x, w, cotangent = random(4, 128, 50, 50).requires_grad_(), random(128, 128, 3, 3).requires_grad_(), random(4, 128, 50, 50)
    return lambda: torch.autograd.grad((F.conv2d(x, w, padding=1) * cotangent).sum(), [x, w])


def unary(fn, *shape):
    x = random(*shape)
    return lambda: fn(x)


def addition(*shape):
    a, b = random(*shape), random(*shape)
    return lambda: a + b


NETWORK = {}


def episode():
    """HSNet and an episode for it, made once."""
    if not NETWORK:
        from hsnet_torch import HSNet

        NETWORK["net"] = HSNet("resnet50").eval()
        NETWORK["query"], NETWORK["support"] = torch.randn(1, 3, 400, 400), torch.randn(1, 3, 400, 400)
    return NETWORK["net"], NETWORK["query"], NETWORK["support"]


def mask(share):
    side = round(400 * share**0.5)
    at, m = (400 - side) // 2, torch.zeros(1, 400, 400)
    m[:, at : at + side, at : at + side] = 1
    return m


def without_gradients(compute):
    def run():
        with torch.no_grad():
            return compute()

    return run


def infer(shots, share):
    net, q, s = episode()
    m = mask(share)
    # Written from the paper: the query's features once a support.
    return without_gradients(lambda: [net(q, s, m) for _ in range(shots)])


def features():
    net, q, _ = episode()
    return without_gradients(lambda: net.features(q))


def hypercorrelation(share):
    net, q, s = episode()
    m = mask(share)
    with torch.no_grad():
        fq, fs = net.features(q), net.features(s)
    return without_gradients(lambda: net.hypercorrelation(fq, fs, m))


def learner():
    net, _, _ = episode()
    shallow, middle, deep = net.taps
    dense = [torch.rand(1, n, *[side] * 4) for n, side in ((deep, 13), (middle, 25), (shallow, 50))]
    return without_gradients(lambda: net.hpn_learner(*dense))


def train_step():
    net, q, s = episode()
    m, labels = mask(0.25), (torch.rand(1, 400, 400) > 0.7).long()
    optimizer = torch.optim.Adam(net.hpn_learner.parameters(), lr=1e-3)

    def step():
        loss = F.cross_entropy(net(q, s, m), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


PREPARE = {
    "matmul.256": lambda: matmul(256),
    "matmul.1024": lambda: matmul(1024),
    "conv2d.3x3.forward": lambda: conv(random(4, 128, 50, 50), random(128, 128, 3, 3), padding=1),
    "conv2d.3x3.forward-backward": conv_backward,
    "conv2d.1x1.forward": lambda: conv(random(4, 128, 50, 50), random(512, 128, 1, 1)),
    "conv2d.7x7.stride2": lambda: conv(random(1, 3, 400, 400), random(64, 3, 7, 7), stride=2, padding=3),
    "add.4x128x50x50": lambda: addition(4, 128, 50, 50),
    "relu.4x128x50x50": lambda: unary(torch.relu, 4, 128, 50, 50),
    "group-norm.4x128x50x50": lambda: unary(lambda x: F.group_norm(x, 4), 4, 128, 50, 50),
    "softmax.1024x1024": lambda: unary(lambda x: torch.softmax(x, -1), 1024, 1024),
    "dispatch.add.1": lambda: addition(1),
    "infer-1shot.resnet50.400": lambda: infer(1, 0.25),
    "infer-1shot-whole-mask.resnet50.400": lambda: infer(1, 1),
    "infer-5shot.resnet50.400": lambda: infer(5, 0.25),
    "features.resnet50.400": features,
    "hypercorrelation.resnet50.400": lambda: hypercorrelation(0.25),
    "hypercorrelation-whole-mask.resnet50.400": lambda: hypercorrelation(1),
    "learner.resnet50.400": learner,
    "train-step-b1.resnet50.400": train_step,
}
ready = {}


def time_of(name):
    if name not in PREPARE:
        return None
    if name not in ready:
        compute = PREPARE[name]()
        compute()
        start = time.perf_counter()
        compute()
        ready[name] = compute, max(1, math.ceil(0.02 / (time.perf_counter() - start)))
    compute, count = ready[name]
    compute()
    start = time.perf_counter()
    for _ in range(count):
        compute()
    return (time.perf_counter() - start) * 1e3 / count


for line in sys.stdin:
    print(json.dumps(time_of(line.strip())), flush=True)
