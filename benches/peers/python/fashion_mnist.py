"""The networks of examples/14_fashion_mnist.rs in PyTorch: the same layers, initial distribution, optimizer, schedule, epochs and batches.

    fashion_mnist.py small|large SEEDS FOLDER EPOCHS

With OMP_NUM_THREADS threads; EPOCHS of 0 are the recipe's own.
"""

import gzip
import pathlib
import sys
from time import perf_counter

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

# As in the example.
RECIPES = {
    "small": dict(
        hidden=[100], batch_norm=False, dropout=0.0, mirrored=False, label_smoothing=0.0,
        weight_decay=0.01, learning_rate=2e-3, batch_size=128, epochs=20,
    ),
    "large": dict(
        hidden=[512, 512], batch_norm=True, dropout=0.25, mirrored=True, label_smoothing=0.1,
        weight_decay=0.1, learning_rate=2e-3, batch_size=256, epochs=25,
    ),
}  # fmt: skip


def read(folder, part):
    def idx(name, header):
        return np.frombuffer(gzip.decompress((folder / name).read_bytes()), np.uint8, offset=header)

    images = idx(f"{part}-images-idx3-ubyte.gz", 16).reshape(-1, 784).astype(np.float32) / 255
    return torch.from_numpy(images), torch.from_numpy(idx(f"{part}-labels-idx1-ubyte.gz", 8).astype(np.int64))


def layers(recipe):
    modules, inputs = [], 784
    for units in recipe["hidden"]:
        modules.append(nn.Linear(inputs, units, bias=not recipe["batch_norm"]))
        if recipe["batch_norm"]:
            modules.append(nn.BatchNorm1d(units))
        modules.append(nn.ReLU())
        if recipe["dropout"]:
            modules.append(nn.Dropout(recipe["dropout"]))
        inputs = units
    network = nn.Sequential(*modules, nn.Linear(inputs, 10))
    for module in network:
        if isinstance(module, nn.Linear):
            nn.init.kaiming_normal_(module.weight)
    return network


@torch.inference_mode()
def accuracy(network, x, y):
    network.eval()
    right = sum((network(x[rows]).argmax(1) == y[rows]).sum().item() for rows in torch.arange(len(x)).split(1000))
    return right / len(x)


def fit(recipe, x, y, seed):
    """A trained network, and the seconds that it took, with a score on the training images at the end as in the example."""
    torch.manual_seed(seed)
    network, size = layers(recipe), recipe["batch_size"]
    steps = recipe["epochs"] * -(-len(x) // size)
    # Weights decay, biases and gains do not.
    groups = [
        {"params": [p for p in network.parameters() if p.dim() == 2], "weight_decay": recipe["weight_decay"]},
        {"params": [p for p in network.parameters() if p.dim() == 1], "weight_decay": 0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=recipe["learning_rate"], fused=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    start = perf_counter()
    for _ in range(recipe["epochs"]):
        network.train()
        for rows in torch.randperm(len(x)).split(size):
            optimizer.zero_grad()
            F.cross_entropy(network(x[rows]), y[rows], label_smoothing=recipe["label_smoothing"]).backward()
            optimizer.step()
            schedule.step()
    accuracy(network, x, y)
    return network, perf_counter() - start


def main():
    what, seeds, folder, epochs = sys.argv[1], int(sys.argv[2]), pathlib.Path(sys.argv[3]), int(sys.argv[4])
    recipe = RECIPES[what]
    recipe["epochs"] = epochs or recipe["epochs"]
    x, y = read(folder, "train")
    if recipe["mirrored"]:
        x, y = torch.cat([x, x.view(-1, 28, 28).flip(2).view(-1, 784)]), torch.cat([y, y])
    test, scores = read(folder, "t10k"), []
    for seed in range(seeds):
        network, seconds = fit(recipe, x, y, seed)
        scores.append(accuracy(network, *test))
        print(f"seed {seed}: accuracy {scores[-1]:.4f}, trained in {seconds:.1f} s", flush=True)
    print(f"mean of {seeds}: accuracy {np.mean(scores):.4f}")


main()
