#!/usr/bin/env python3
"""What a program with smallnet costs those who build and ship it: crates, seconds to build, bytes; then by feature and by crate.

`python3 benches/weight.py` builds the program of benches/peers/xor/smallnet from nothing, once without features and once
with each, and prints two tables in Markdown. Sizes are of the stripped release program. Seconds are wall time of all
cores, of one run, with nothing else running: quote them as ratios.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
MAIN = ROOT / "benches/peers/xor/smallnet/src/main.rs"
# `blas` needs a C library.
FEATURES = ["csv", "serde", "json", "levenberg-marquardt", "parallel", "progress", "idx", "npy"]


def package(folder, features):
    """The program as a package of its own, with these features."""
    (folder / "src").mkdir(parents=True)
    shutil.copy(MAIN, folder / "src/main.rs")
    (folder / "Cargo.toml").write_text(f"""[package]
name = "xor"
version = "0.1.0"
edition = "2024"

[dependencies]
smallnet = {{ path = {json.dumps(str(ROOT))}, features = {json.dumps(features)} }}

[workspace]
""")
    shutil.copy(ROOT / "Cargo.lock", folder)


def build(features):
    """Crates, seconds, bytes, and the seconds of each crate that was compiled."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        package(folder / "xor", features)
        cargo = {"cwd": folder / "xor", "check": True, "capture_output": True, "text": True,
                 "env": {**os.environ, "CARGO_TARGET_DIR": str(folder / "target"), "CARGO_PROFILE_RELEASE_STRIP": "true"}}
        subprocess.run(["cargo", "fetch", "--quiet"], **cargo)
        begin = time.monotonic()
        subprocess.run(["cargo", "build", "--release", "--timings"], **cargo)
        seconds = time.monotonic() - begin
        tree = subprocess.run(["cargo", "tree", "--edges", "normal", "--prefix", "none", "--no-dedupe"], **cargo).stdout
        crates = {line.split(" (")[0] for line in tree.splitlines() if line}
        page = (folder / "target/cargo-timings/cargo-timing.html").read_text()
        units = json.loads(re.search(r"const UNIT_DATA = (\[.*?\]);\n", page, re.DOTALL)[1])
        by_crate = {}
        for unit in units:
            by_crate[unit["name"]] = by_crate.get(unit["name"], 0) + unit["duration"]
        return len(crates), seconds, (folder / "target/release/xor").stat().st_size, by_crate


def main():
    crates, seconds, size, by_crate = build([])
    print("| program | crates | seconds to build | bytes |\n|---|---|---|---|")
    print(f"| no feature | {crates} | {seconds:.1f} | {size:,} |", flush=True)
    for feature in FEATURES:
        more = build([feature])
        print(f"| `{feature}` | +{more[0] - crates} | {more[1] - seconds:+.1f} | {more[2] - size:+,} |", flush=True)
    print("\n| crate | seconds |\n|---|---|")
    for name, duration in sorted(by_crate.items(), key=lambda item: -item[1]):
        if duration >= 0.3:
            print(f"| {name} | {duration:.1f} |")


if __name__ == "__main__":
    main()
