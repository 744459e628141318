"""PyTorch on the CPU. Answers each case's name on stdin as src/peers.ts has it, with null for what it does not have."""
import json, math, os, re, resource, sys, time
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


def grouped_conv(groups, part):
    """A 3×3 convolution in groups, or one of its gradients alone."""
    x, w, cotangent = random(4, 128, 50, 50), random(128, 128 // groups, 3, 3), random(4, 128, 50, 50)
    if part == "forward":
        return without_gradients(lambda: F.conv2d(x, w, padding=1, groups=groups))
    wrt = (x if part == "input-gradient" else w).requires_grad_()
    y = F.conv2d(x, w, padding=1, groups=groups)
    return lambda: torch.autograd.grad(y, wrt, cotangent, retain_graph=True)


def unary(fn, *shape):
    x = random(*shape)
    return lambda: fn(x)


def addition(*shape):
    a, b = random(*shape), random(*shape)
    return lambda: a + b


class Episode:
    """HSNet and an episode for it, with random weights and images."""

    def __init__(self, backbone, size, kernel):
        import hsnet_torch

        convolution = {"center-pivot": "CenterPivotConv4d", "separable": "SeparableConv4d", "full": "FullConv4d"}[kernel]
        self.size, self.net = size, hsnet_torch.HSNet(backbone, getattr(hsnet_torch, convolution)).eval()
        self.query, self.support = torch.randn(1, 3, size, size), torch.randn(1, 3, size, size)

    def mask(self, share):
        side = round(self.size * share**0.5)
        at, m = (self.size - side) // 2, torch.zeros(1, self.size, self.size)
        m[:, at : at + side, at : at + side] = 1
        return m


def without_gradients(compute):
    def run():
        with torch.no_grad():
            return compute()

    return run


def infer(episode, shots, share):
    mask = episode.mask(share)
    # Written from the paper: the query's features once a support.
    return without_gradients(lambda: [episode.net(episode.query, episode.support, mask) for _ in range(shots)])


def features(episode):
    return without_gradients(lambda: episode.net.features(episode.query))


def hypercorrelation(episode, share):
    net, mask = episode.net, episode.mask(share)
    with torch.no_grad():
        query, support = net.features(episode.query), net.features(episode.support)
    return without_gradients(lambda: net.hypercorrelation(query, support, mask))


def learner(episode):
    net = episode.net
    with torch.no_grad():
        maps = net.features(episode.query)
        dense = [torch.rand_like(c) for c in net.hypercorrelation(maps, maps, episode.mask(1))]
    del maps
    return without_gradients(lambda: net.hpn_learner(*dense))


def train_step(episode):
    net, mask = episode.net.train(), episode.mask(0.25)
    labels = (torch.rand(1, episode.size, episode.size) > 0.7).long()
    optimizer = torch.optim.Adam(net.hpn_learner.parameters(), lr=1e-3)

    def step():
        loss = F.cross_entropy(net(episode.query, episode.support, mask), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


def adam():
    from hsnet_torch import BACKBONES, HPNLearner

    parameters = list(HPNLearner(BACKBONES["resnet50"][1]).parameters())
    for parameter in parameters:
        parameter.grad = torch.randn_like(parameter)
    return torch.optim.Adam(parameters).step


EPISODES = {
    "features": features,
    "hypercorrelation": lambda episode: hypercorrelation(episode, 0.25),
    "hypercorrelation-whole-mask": lambda episode: hypercorrelation(episode, 1),
    "learner": learner,
    "train-step-b1": train_step,
}


def setup_of(part):
    """`infer-5shot`, `infer-1shot-whole-mask`: any number of shots; and the parts above."""
    match = re.fullmatch(r"infer-([1-9]\d*)shot(-whole-mask)?", part)
    return (lambda episode: infer(episode, int(match[1]), 1 if match[2] else 0.25)) if match else EPISODES.get(part)


def episode_case(name):
    """What to time for a name such as `learner.resnet50.400.full`, or None."""
    match = re.fullmatch(r"([^.]+)\.(vgg16|resnet50|resnet101)\.([1-9]\d*)(?:\.(center-pivot|separable|full))?", name)
    setup = match and setup_of(match[1])
    return (lambda: setup(Episode(match[2], int(match[3]), match[4] or "center-pivot"))) if setup else None


OPERATIONS = {
    "matmul.256": lambda: matmul(256),
    "matmul.1024": lambda: matmul(1024),
    "conv2d.3x3.forward": lambda: conv(random(4, 128, 50, 50), random(128, 128, 3, 3), padding=1),
    "conv2d.3x3.forward-backward": conv_backward,
    **{
        f"conv2d.3x3.groups{groups}.{part}": lambda groups=groups, part=part: grouped_conv(groups, part)
        for groups in (2, 4, 32, 128)
        for part in ("forward", "input-gradient", "weight-gradient")
    },
    "conv2d.1x1.forward": lambda: conv(random(4, 128, 50, 50), random(512, 128, 1, 1)),
    "conv2d.3x3.512-channels": lambda: conv(random(1, 512, 13, 13), random(512, 512, 3, 3), padding=1),
    "conv2d.3x3.stride2": lambda: conv(random(1, 256, 50, 50), random(256, 256, 3, 3), stride=2, padding=1),
    "conv2d.1x1.stride2": lambda: conv(random(1, 512, 50, 50), random(1024, 512, 1, 1), stride=2),
    "conv2d.7x7.stride2": lambda: conv(random(1, 3, 400, 400), random(64, 3, 7, 7), stride=2, padding=3),
    "add.4x128x50x50": lambda: addition(4, 128, 50, 50),
    "relu.4x128x50x50": lambda: unary(torch.relu, 4, 128, 50, 50),
    "group-norm.4x128x50x50": lambda: unary(lambda x: F.group_norm(x, 4), 4, 128, 50, 50),
    "softmax.1024x1024": lambda: unary(lambda x: torch.softmax(x, -1), 1024, 1024),
    "dispatch.add.1": lambda: addition(1),
    "adam.learner": adam,
}

LONG_RUN = 0.1  # seconds: such a run needs none before it that wakes threads
prepared = {}  # the last case alone: what another one made is freed


def elapsed(compute, count):
    start = time.perf_counter()
    for _ in range(count):
        compute()
    return time.perf_counter() - start


def answer(name):
    if name not in prepared:
        prepare = OPERATIONS.get(name) or episode_case(name)
        if prepare is None:
            return None
        prepared.clear()
        compute = prepare()
        compute()
        seconds = elapsed(compute, 1)
        prepared[name] = compute, max(1, math.ceil(0.02 / seconds)), seconds < LONG_RUN
    else:
        compute, count, warms = prepared[name]
        if warms:
            compute()
        seconds = elapsed(compute, count) / count
    return {"ms": seconds * 1e3, "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}


for line in sys.stdin:
    print(json.dumps(answer(line.strip())), flush=True)
