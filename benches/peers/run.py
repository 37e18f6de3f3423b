#!/usr/bin/env python3
"""Times smallnet beside its peers in one run on the same cores: README.md says what and how.

Makes what it needs in `.cache`, prints the tables, and writes them to RESULTS.md unless it was told to leave some out.
"""

import argparse
import json
import os
import pathlib
import platform
import re
import shutil
import statistics
import subprocess
import sys
import time
import tomllib
from dataclasses import dataclass

HERE = pathlib.Path(__file__).resolve().parent
CACHE = HERE / ".cache"
PYTHON = CACHE / "venv/bin/python"
TOLERANCE = {"f64": 1e-9, "f32": 1e-4}


@dataclass
class Peer:
    label: str
    # Whose version is shown: of Cargo.lock, or of requirements.txt.
    package: str = ""
    # A program of Rust and the features it is built with, or a script of Python.
    binary: str = ""
    features: str = ""
    script: str = ""
    argument: str = ""

    def command(self):
        program = [CACHE / "target/release" / self.binary] if self.binary else [PYTHON, "-B", HERE / "python" / self.script]
        return [*program, HERE / "workloads.json", CACHE / "data", *self.argument.split()]


# smallnet is what the others are divided by; NumPy is what all are checked against.
PEERS = {
    "smallnet": Peer("smallnet", "smallnet", binary="peer_smallnet", features="smallnet"),
    "numpy": Peer("NumPy", "numpy", script="peer_numpy.py"),
    "torch": Peer("PyTorch, eager", "torch", script="peer_torch.py"),
    "torch_compile": Peer("PyTorch, torch.compile", "torch", script="peer_torch.py", argument="compile"),
    "jax": Peer("JAX", "jax", script="peer_jax.py"),
    "sklearn": Peer("scikit-learn", "scikit-learn", script="peer_sklearn.py"),
    "candle": Peer("candle", "candle-core", binary="peer_candle", features="candle"),
    "burn_flex": Peer("burn, flex", "burn", binary="peer_burn", features="burn", argument="flex"),
    "burn_ndarray": Peer("burn, ndarray", "burn", binary="peer_burn", features="burn", argument="ndarray"),
    "onnx": Peer("ONNX Runtime", "onnxruntime", script="peer_onnx.py"),
    "tract": Peer("tract", "tract-onnx", binary="peer_tract", features="tract"),
    "loops": Peer("loops by hand", binary="peer_loops"),
}


def install():
    """A virtual environment with requirements.txt, unless there is one already."""
    wanted, installed = (HERE / "requirements.txt").read_text(), CACHE / "venv/installed.txt"
    if installed.exists() and installed.read_text() == wanted:
        return
    start = time.monotonic()
    subprocess.run([sys.executable, "-m", "venv", "--clear", CACHE / "venv"], check=True)
    subprocess.run([PYTHON, "-m", "pip", "install", "--quiet", "-r", HERE / "requirements.txt"], check=True)
    installed.write_text(wanted)
    print(f"installed PyTorch, JAX and the like in {time.monotonic() - start:.0f} s", file=sys.stderr)


def build(peers):
    for binary, features in {(peer.binary, peer.features) for peer in peers if peer.binary}:
        command = ["cargo", "build", "--release", "--target-dir", CACHE / "target", "--bin", binary]
        subprocess.run([*command, "--features", features], cwd=HERE, check=True)


def versions():
    lock = tomllib.loads((HERE / "Cargo.lock").read_text())["package"]
    python = (line.split("==") for line in (HERE / "requirements.txt").read_text().split())
    return {package["name"]: package["version"] for package in lock} | dict(python)


class Child:
    """A peer at work on some cores."""

    def __init__(self, peer, cores):
        threads = ["OMP", "OPENBLAS", "MKL", "RAYON", "CANDLE"]
        environment = os.environ | {f"{name}_NUM_THREADS": str(len(cores)) for name in threads}
        environment |= {"JAX_PLATFORMS": "cpu", "CUDA_VISIBLE_DEVICES": ""}
        environment |= {"TORCHINDUCTOR_CACHE_DIR": str(CACHE / "inductor"), "TORCHINDUCTOR_COMPILE_THREADS": "1"}
        self.process = subprocess.Popen(
            peer.command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, env=environment,
            preexec_fn=lambda: os.sched_setaffinity(0, cores),
        )

    def run(self, name, epochs, shuffled):
        """The value and the seconds of a run, or None if the peer does not do this workload."""
        self.process.stdin.write(f"{name} {epochs} {shuffled:d}\n")
        answer = self.process.stdout.readline().split()
        if not answer:
            raise SystemExit(f"{self.process.args[0]} ended at {name} with {self.process.wait()}")
        return None if answer == ["none"] else tuple(map(float, answer))

    def epochs_in(self, name, seconds):
        """How many epochs take so long. The first one may compile, and does not count."""
        self.run(name, 1, True)
        epochs = 1
        while (taken := self.run(name, epochs, True)[1]) < seconds / 4:
            epochs *= 4
        return max(1, round(epochs * seconds / taken))

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def measure(children, workload, rounds, seconds):
    """By peer: the value after `check_epochs`, and the median of the rounds' seconds an epoch. Rounds are interleaved."""
    name = workload["name"]
    checks = {peer: child.run(name, workload["check_epochs"], False) for peer, child in children.items()}
    checks = {peer: answer[0] for peer, answer in checks.items() if answer}
    epochs = {peer: children[peer].epochs_in(name, seconds) for peer in checks}
    times = {peer: [] for peer in checks}
    for _ in range(rounds):
        for peer, count in epochs.items():
            # The threads of the one before may still spin.
            time.sleep(0.05)
            times[peer].append(children[peer].run(name, count, True)[1] / count)
    return {peer: (checks[peer], statistics.median(times[peer])) for peer in checks}


def duration(seconds):
    for unit, scale in (("s", 1), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def ratio(found, peer):
    return f"{found[peer][1] / found['smallnet'][1]:.2f}" if peer in found and "smallnet" in found else ""


def difference(found, peer):
    """Of a peer's value from NumPy's, relative."""
    expected = found.get("numpy", found[peer])[0]
    return abs(found[peer][0] - expected) / abs(expected)


def wrong(workload, found, peer):
    # Not the other way round: NaN is wrong.
    return not difference(found, peer) <= TOLERANCE[workload["dtype"]]


def ratios(workloads, results, labels):
    lines = [f"| peer / smallnet | {' | '.join(labels.values())} |", "|---" * (len(labels) + 1) + "|"]
    for workload in workloads:
        cells = (ratio(results[workload["name"]], peer) for peer in labels)
        lines.append(f"| {workload['name']} | {' | '.join(cells)} |")
    return lines


def details(workload, by_cores, labels):
    timed, counted, count = "a prediction", "predictions", 1
    if workload.get("rows"):
        timed, counted, count = "all rows", "rows", workload["samples"]
    elif workload.get("loss"):
        timed, counted, count = "an epoch", "samples", workload["samples"]
    header = [f"{cores}: {timed} | {counted}/s | peer / smallnet" for cores in by_cores]
    lines = [f"### {workload['name']}", "", workload["title"], ""]
    lines += [f"| | {' | '.join(header)} | value differs by |", "|---" * (3 * len(by_cores) + 2) + "|"]
    for peer, label in labels.items():
        if not all(peer in results[workload["name"]] for results in by_cores.values()):
            continue
        cells = [label]
        for results in by_cores.values():
            found = results[workload["name"]]
            seconds = found[peer][1]
            cells += [duration(seconds), f"{count / seconds:,.0f}", ratio(found, peer)]
        finds = [results[workload["name"]] for results in by_cores.values()]
        mark = " **too much**" if any(wrong(workload, found, peer) for found in finds) else ""
        cells.append(f"{max(difference(found, peer) for found in finds):.1e}{mark}")
        lines.append(f"| {' | '.join(cells)} |")
    return [*lines, ""]


def programs():
    """The smallest program that learns XOR: crates, clean build, size."""
    lines = ["| program | crates | clean release build | binary |", "|---|---|---|---|"]
    for package in ("xor-smallnet", "xor-burn"):
        tree = ["cargo", "tree", "--package", package, "--edges", "normal", "--prefix", "none", "--no-dedupe"]
        tree = subprocess.run(tree, cwd=HERE, check=True, capture_output=True, text=True).stdout
        crates = {line.split(" (")[0] for line in tree.splitlines()}
        target = CACHE / package
        shutil.rmtree(target, ignore_errors=True)
        subprocess.run(["cargo", "fetch", "--quiet"], cwd=HERE, check=True)
        start = time.monotonic()
        command = ["cargo", "build", "--release", "--package", package, "--target-dir", target]
        subprocess.run(command, cwd=HERE, check=True)
        seconds = time.monotonic() - start
        binary = target / "release" / package
        subprocess.run([binary], check=True, stdout=sys.stderr)
        lines.append(f"| {package} | {len(crates)} | {seconds:.0f} s | {binary.stat().st_size / 1e6:.2f} MB |")
        shutil.rmtree(target)
    return lines


def vectors():
    """What this CPU's vectors are called."""
    flags = next((line.split() for line in open("/proc/cpuinfo") if line.startswith("flags")), [])
    return "AVX-512" if "avx512f" in flags else "AVX2" if "avx2" in flags else platform.machine()


def write(text):
    """Puts the results into RESULTS.md, in place of the last ones from a CPU with such vectors."""
    file = HERE / "RESULTS.md"
    parts = {part.split("\n")[0]: part for part in re.split(r"^(?=# )", file.read_text(), flags=re.MULTILINE) if part}
    parts[text.split("\n")[0]] = text.rstrip() + "\n\n"
    file.write_text("".join(parts[title] for title in sorted(parts)).rstrip() + "\n")


def machine():
    cpu = next((line.split(": ")[1] for line in open("/proc/cpuinfo") if line.startswith("model name")), "")
    rustc = subprocess.run(["rustc", "--version"], check=True, capture_output=True, text=True).stdout
    return f"{cpu.strip()}, {os.cpu_count()} cores; {' '.join(rustc.split()[:2])}, Python {platform.python_version()}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="of which the median counts")
    parser.add_argument("--seconds", type=float, default=0.2, help="that a round of one peer takes")
    parser.add_argument("--peers", default=",".join(PEERS), help="some of: %(default)s")
    parser.add_argument("--only", default="", help="workloads with this in their name")
    parser.add_argument("--no-programs", action="store_true", help="without the XOR programs, which take minutes to build")
    options = parser.parse_args()

    peers = {name: PEERS[name] for name in options.peers.split(",")}
    workloads = [w for w in json.loads((HERE / "workloads.json").read_text()) if options.only in w["name"]]
    whole = len(peers) == len(PEERS) and not options.only and not options.no_programs
    CACHE.mkdir(exist_ok=True)
    install()
    build(peers.values())
    subprocess.run([PYTHON, "-B", HERE / "python/data.py", CACHE / "data"], check=True)

    # First, since builds fail more often than measurements.
    xor = [] if options.no_programs else ["## A program that learns XOR", "", *programs(), ""]

    version = versions()
    labels = {name: f"{peer.label} {version.get(peer.package, '')}".strip() for name, peer in peers.items()}
    available = sorted(os.sched_getaffinity(0))
    by_cores = {}
    for count, title in ((1, "one core"), (2, "two cores")):
        if count > len(available):
            continue
        children = {name: Child(peer, available[:count]) for name, peer in peers.items()}
        by_cores[title] = {}
        for workload in workloads:
            print(f"{title}: {workload['name']}", file=sys.stderr)
            by_cores[title][workload["name"]] = measure(children, workload, options.rounds, options.seconds)
        for child in children.values():
            child.end()

    lines = [f"# Beside its peers, {vectors()}", "", f"{machine()}. Median of {options.rounds} rounds of {options.seconds} s.", ""]
    lines += ["Times divided by those of smallnet: above 1, smallnet is faster. [README.md](README.md) says what is measured.", ""]
    for title, results in by_cores.items():
        lines += [f"## {title.capitalize()}", "", *ratios(workloads, results, labels), ""]
    lines += ["## Times", ""]
    for workload in workloads:
        lines += details(workload, by_cores, labels)
    text = "\n".join([*lines, *xor])
    print(text)
    if whole:
        write(text)
    if "**too much**" in text:
        raise SystemExit("some losses disagree: see **too much** above")


if __name__ == "__main__":
    main()
