#!/usr/bin/env python3
"""Holds what does not depend on the clock to benches/budgets.json: instructions of a step, and crates and size of a program.

`python3 benches/budgets.py` fails when a figure is above its budget; `--update` writes what it finds as the new budgets.
Instructions are counted by valgrind's callgrind, whose CPU has AVX2 and no AVX-512; where it is absent, that part is
skipped and said to be. The compiler has its say too, so after a new version of Rust the budgets may need an update.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUDGETS = ROOT / "benches/budgets.json"
SLACK = 1.03
# Each workload with a number of steps: the difference to one step leaves the start of the program out.
STEPS = {
    "spirals_f64": 20, "spirals_f32": 20, "xor_f64": 20, "xor_f32": 20, "digits": 3,
    "batch_1": 20, "batch_2": 20, "batch_4": 20, "batch_8": 20, "batch_16": 20, "rows_20_64_32_2": 3,
    "predict_20_64_32_2": 1000, "predict_2_15_4": 1000, "predict_6_64_8_4": 1000, "predict_784_128_10": 100,
}


def run(*command, **options):
    return subprocess.run(command, check=True, text=True, capture_output=True, **options)


def target():
    metadata = run("cargo", "metadata", "--format-version", "1", "--no-deps", cwd=ROOT).stdout
    return pathlib.Path(json.loads(metadata)["target_directory"])


def instructions():
    """Instructions of one step of each workload."""
    subprocess.run(["cargo", "build", "--quiet", "--release", "-p", "smallnet-benches", "--no-default-features", "--bin",
                    "instructions"], cwd=ROOT, check=True)
    binary = target() / "release/instructions"

    def count(workload, steps):
        with tempfile.TemporaryDirectory() as folder:
            out = pathlib.Path(folder) / "callgrind.out"
            run("valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", binary, workload, str(steps))
            return int(re.search(r"^(?:summary|totals): (\d+)", out.read_text(), re.MULTILINE)[1])

    return {name: (count(name, steps + 1) - count(name, 1)) // steps for name, steps in STEPS.items()}


def program():
    """Crates in the tree of the smallest program that learns XOR, and its size."""
    folder = ROOT / "benches/peers/xor/smallnet"
    environment = {**os.environ, "CARGO_TARGET_DIR": str(target())}
    subprocess.run(["cargo", "build", "--quiet", "--release", "--package", "xor-smallnet"], cwd=folder, check=True,
                   env=environment)
    size = (target() / "release/xor-smallnet").stat().st_size
    tree = run("cargo", "tree", "--package", "xor-smallnet", "--edges", "normal", "--prefix", "none", cwd=folder).stdout
    crates = {line.split(" (")[0] for line in tree.splitlines() if line}
    return {"xor_program_crates": len(crates), "xor_program_bytes": size}


def main():
    found = {}
    if shutil.which("valgrind"):
        found |= instructions()
    else:
        print("SKIPPED: valgrind is not installed, so instructions were not counted")
    found |= program()
    if "--update" in sys.argv:
        BUDGETS.write_text(json.dumps(found, indent=2) + "\n")
    budgets = json.loads(BUDGETS.read_text())
    above = []
    for name, value in found.items():
        limit = budgets[name] * (1 if name == "xor_program_crates" else SLACK)
        print(f"{name:20} {value:>10,} of {budgets[name]:>10,}" + ("  ABOVE" if value > limit else ""))
        if value > limit:
            above.append(name)
    sys.exit(f"above the budget: {', '.join(above)}" if above else 0)


if __name__ == "__main__":
    main()
