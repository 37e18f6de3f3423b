"""The stub of the extension module has what the module has."""

import ast
import inspect
from pathlib import Path

import smallnet
from smallnet import _smallnet

STUB = ast.parse(Path(smallnet.__file__).with_name("_smallnet.pyi").read_text(encoding="utf-8"))
CLASSES = {node.name: node for node in STUB.body if isinstance(node, ast.ClassDef)}


def test_names():
    functions = {node.name for node in STUB.body if isinstance(node, ast.FunctionDef)}
    lists = {node.target.id for node in STUB.body if isinstance(node, ast.AnnAssign)}
    assert functions | lists | set(CLASSES) == set(_smallnet.__all__)


def test_methods_and_their_arguments():
    for name, node in CLASSES.items():
        kind = getattr(_smallnet, name)
        stubs = {method.name: method for method in node.body if isinstance(method, ast.FunctionDef)}
        public = {method for method in vars(kind) if not method.startswith("_")}
        assert set(stubs) - {"__new__"} == public, name
        for method in public:
            if callable(getattr(kind, method)):
                arguments = [argument.arg for argument in stubs[method].args.args]
                assert arguments == list(inspect.signature(getattr(kind, method)).parameters), (name, method)


def test_the_package_says_that_it_is_typed():
    assert Path(smallnet.__file__).with_name("py.typed").exists()
