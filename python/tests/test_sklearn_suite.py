"""scikit-learn's own tests of its perceptrons, run on ours.

Left out, one test: ``test_gradient`` calls the private ``_loss_grad_lbfgs`` with lists of NumPy buffers that we do not have.
``test_gradient.py`` here proves the gradient by the same finite differences.
"""

from unittest import mock

import pytest
import sklearn.neural_network

import smallnet

pytestmark = pytest.mark.filterwarnings("ignore")

with mock.patch.multiple(
    sklearn.neural_network, MLPClassifier=smallnet.MLPClassifier, MLPRegressor=smallnet.MLPRegressor
):
    from sklearn.neural_network.tests import test_mlp as suite

LEFT_OUT = {"test_gradient"}
globals().update({name: test for name, test in vars(suite).items() if name.startswith("test_") and name not in LEFT_OUT})


@pytest.fixture
def global_random_seed():
    """As scikit-learn's own configuration of pytest has it."""
    return 42


def test_the_suite_is_about_our_classes():
    assert suite.MLPClassifier is smallnet.MLPClassifier and suite.MLPRegressor is smallnet.MLPRegressor
