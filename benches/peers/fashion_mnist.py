#!/usr/bin/env python3
"""Trains the networks of examples/14_fashion_mnist.rs by smallnet and by PyTorch, in turns and with as many threads.

Prints the mean accuracy of each on the test images, how long it trained, and the processor time of the whole program, reading
the images included, which other programs on the machine disturb less. It needs Debian's package
dataset-fashion-mnist, or its four files in another folder, and makes the environment of run.py.
"""

import argparse
import os
import re
import resource
import statistics
import subprocess

from run import CACHE, HERE, PYTHON, install

ROOT = HERE.parents[1]
EXAMPLE = CACHE / "target/release/examples/14_fashion_mnist"
PEERS = {"smallnet": [EXAMPLE], "PyTorch": [PYTHON, "-B", HERE / "python/fashion_mnist.py"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("networks", nargs="*", default=["small", "large"], help="some of: small large")
    parser.add_argument("--seeds", type=int, default=1, help="networks in a round")
    parser.add_argument("--rounds", type=int, default=2, help="in which each has a turn")
    parser.add_argument("--epochs", type=int, default=0, help="fewer than the recipe has, when only the time is of interest")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--folder", default="/usr/share/datasets/fashion-mnist")
    options = parser.parse_args()

    CACHE.mkdir(exist_ok=True)
    install()
    build = "cargo build --release --features files,idx,parallel --example 14_fashion_mnist --target-dir".split()
    subprocess.run([*build, CACHE / "target"], cwd=ROOT, check=True)
    threads = {name: str(options.threads) for name in ("RAYON_NUM_THREADS", "OMP_NUM_THREADS")}
    for what in options.networks:
        scores, times, processor = ({name: [] for name in PEERS} for _ in range(3))
        for _ in range(options.rounds):
            for name, command in PEERS.items():
                arguments = map(str, (what, options.seeds, options.folder, options.epochs))
                before = resource.getrusage(resource.RUSAGE_CHILDREN)
                run = subprocess.run([*command, *arguments], env=os.environ | threads, check=True, capture_output=True, text=True)
                after = resource.getrusage(resource.RUSAGE_CHILDREN)
                processor[name].append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
                for accuracy, seconds in re.findall(r"seed .* accuracy ([\d.]+), trained in ([\d.]+) s", run.stdout):
                    scores[name].append(float(accuracy))
                    times[name].append(float(seconds))
                print(f"{what}, {name}: accuracies {scores[name][-options.seeds :]}, processor {processor[name][-1]:.1f} s", flush=True)
        print("| network | library | accuracy | trained in | ratio | processor time of the program | ratio |")
        print("|---|---|---|---|---|---|---|")
        means = {name: (statistics.fmean(times[name]), statistics.fmean(processor[name])) for name in PEERS}
        for name, (time, work) in means.items():
            ratios = [mine / smallnets for mine, smallnets in zip((time, work), means["smallnet"])]
            cells = [what, name, f"{statistics.fmean(scores[name]):.4f}", f"{time:.1f} s", f"{ratios[0]:.2f}", f"{work:.1f} s", f"{ratios[1]:.2f}"]
            print(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
