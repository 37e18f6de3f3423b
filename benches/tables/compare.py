"""The work of run.py, in its environment: folds, both learners, the table."""

import argparse
import json
import pathlib
import statistics
import subprocess
import time
import warnings
from dataclasses import dataclass, field

import pandas as pd
from data import TABLES
from sklearn.compose import TransformedTargetRegressor, make_column_selector, make_column_transformer
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.metrics import accuracy_score, r2_score
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

# The defaults end before they have converged on most tables; they are what is asked about.
warnings.simplefilter("ignore", ConvergenceWarning)


@dataclass
class Results:
    scores: list = field(default_factory=list)
    seconds: list = field(default_factory=list)


def folds(folder, classes, frame, target, repeat):
    """Writes train.csv and test.csv of each fold; both learners read them."""
    split = (StratifiedKFold if classes else KFold)(5, shuffle=True, random_state=repeat)
    folder.mkdir(parents=True, exist_ok=True)
    for train, test in split.split(frame, frame[target]):
        frame.iloc[train].to_csv(folder / "train.csv", index=False)
        frame.iloc[test].to_csv(folder / "test.csv", index=False)
        yield


def smallnet(command, folder, target, repeat, arguments):
    """The score on test.csv, and the seconds of the whole command."""
    begin = time.perf_counter()
    call = [command, "train", folder / "train.csv", "--target", target, "--test", folder / "test.csv", "--missing", "mean"]
    call += ["--seed", str(repeat), "--json", "--no-report", "--force", "--out", folder / "model.safetensors", *arguments]
    run = subprocess.run(call, check=True, capture_output=True, text=True)
    seconds = time.perf_counter() - begin
    test = json.loads(run.stdout)["test"]
    return test.get("accuracy", test.get("r2")), seconds


def scikit_learn(classes, folder, target, repeat, unscaled):
    """The same, without the time that Python takes to start."""
    begin = time.perf_counter()
    train, test = pd.read_csv(folder / "train.csv"), pd.read_csv(folder / "test.csv")
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    words = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore"))
    columns = make_column_transformer(
        (numbers, make_column_selector(dtype_include="number")), (words, make_column_selector(dtype_exclude="number"))
    )
    if classes:
        network = MLPClassifier(random_state=repeat)
    else:
        network = MLPRegressor(random_state=repeat)
        if not unscaled:
            network = TransformedTargetRegressor(network, transformer=StandardScaler())
    model = make_pipeline(columns, network).fit(train.drop(columns=target), train[target])
    predicted = model.predict(test.drop(columns=target))
    score = accuracy_score if classes else r2_score
    return score(test[target], predicted), time.perf_counter() - begin


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--repeats", type=int, default=1, help="of the five folds, each with another seed")
    parser.add_argument("--only", default=",".join(TABLES), help="some of: %(default)s")
    parser.add_argument("--arguments", default="", help="of smallnet train, to try other defaults")
    parser.add_argument("--unscaled", action="store_true", help="MLPRegressor learns values as they are")
    options = parser.parse_args()

    print("| table | rows | score | smallnet | scikit-learn | difference | smallnet takes | scikit-learn takes |")
    print("|---|---|---|---|---|---|---|---|")
    differences = []
    for name in options.only.split(","):
        classes, load, target = TABLES[name]
        frame, ours, theirs = load(), Results(), Results()
        folder = options.folder / "folds" / name
        for repeat in range(options.repeats):
            for _ in folds(folder, classes, frame, target, repeat):
                for results, (score, seconds) in (
                    (ours, smallnet(options.command, folder, target, repeat, options.arguments.split())),
                    (theirs, scikit_learn(classes, folder, target, repeat, options.unscaled)),
                ):
                    results.scores.append(score)
                    results.seconds.append(seconds)
        mine, their = statistics.fmean(ours.scores), statistics.fmean(theirs.scores)
        differences.append(mine - their)
        times = f"{statistics.fmean(ours.seconds):.2f} s | {statistics.fmean(theirs.seconds):.2f} s"
        kind = "accuracy" if classes else "R²"
        print(f"| {name} | {len(frame)} | {kind} | {mine:.4f} | {their:.4f} | {mine - their:+.4f} | {times} |", flush=True)
    print(f"| mean | | | | | {statistics.fmean(differences):+.4f} | | |")


main()
