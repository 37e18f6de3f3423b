"""PyTorch opens every model file and gives the library's outputs; then it writes weights of its own for the library to read.

`check_torch.py FOLDER`, where FOLDER has `model/f32/NETWORK/{model.safetensors,x.npy,y.npy}` and the same for f64; writes
`torch.safetensors` and `torch.npy` beside them. Where PyTorch is not installed, that is said.
"""

import json
import pathlib
import sys

import numpy as np

try:
    import torch
    from safetensors import safe_open
    from safetensors.torch import load_file, save_file
    from torch import nn
except ImportError as error:
    print(f"SKIPPED: {error}, so PyTorch read no file of ours, and we none of its: `tests/interop/run --torch` installs it")
    sys.exit()

# Of the largest number among a sample's inputs and outputs, or absolute below 1.
TOLERANCE = {"f32": 1e-6, "f64": 1e-12}


class Function(nn.Module):
    """What PyTorch has no module for."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


class Residual(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return x + self.inner(x)


class Parallel(nn.ModuleList):
    def forward(self, x):
        return torch.cat([branch(x) for branch in self], dim=1)


ACTIVATIONS = {
    "celu": lambda alpha=1.0: nn.CELU(alpha),
    "elu": lambda alpha=1.0: nn.ELU(alpha),
    "gaussian": lambda: Function(lambda x: torch.exp(-x * x)),
    "gelu": nn.GELU,
    "gelu_tanh": lambda: nn.GELU("tanh"),
    "hard_sigmoid": nn.Hardsigmoid,
    "hard_swish": nn.Hardswish,
    "hard_tanh": nn.Hardtanh,
    "identity": nn.Identity,
    "leaky_relu": lambda slope=0.01: nn.LeakyReLU(slope),
    "log_sigmoid": nn.LogSigmoid,
    "mish": nn.Mish,
    "relu": nn.ReLU,
    "relu6": nn.ReLU6,
    "selu": nn.SELU,
    "sigmoid": nn.Sigmoid,
    "silu": nn.SiLU,
    "sine": lambda: Function(torch.sin),
    # PyTorch takes x for softplus x above 20, unless it is told otherwise: off by 2e-9 there.
    "softplus": lambda: nn.Softplus(threshold=40),
    "softsign": nn.Softsign,
    "tanh": nn.Tanh,
    "tanh_shrink": nn.Tanhshrink,
}


def named(spec):
    """A name and its settings, of `"name"` or `{"name": settings}`."""
    if isinstance(spec, str):
        return spec, {}
    ((name, settings),) = spec.items()
    return name, settings


def activation(spec):
    name, settings = named(spec)
    return ACTIVATIONS[name](**settings)


def modules(spec, inputs, dtype):
    """The modules of a layer, and its outputs."""
    name, settings = named(spec)
    of = {"dtype": dtype}
    if name == "dense":
        units = settings["units"]
        linear = nn.Linear(inputs, units, bias=settings.get("bias", True), **of)
        # As the file counts: the identity is no module.
        own = settings.get("activation", "identity")
        return [linear] + ([] if own == "identity" else [activation(own)]), units
    if name == "activation":
        return [activation(settings)], inputs
    if name == "batch_norm":
        affine = settings.get("gain", True) or settings.get("bias", True)
        return [nn.BatchNorm1d(inputs, settings["eps"], settings["momentum"], affine, **of)], inputs
    if name == "layer_norm":
        affine = settings.get("gain", True) or settings.get("bias", True)
        return [nn.LayerNorm(inputs, settings["eps"], affine, settings.get("bias", True), **of)], inputs
    if name == "rms_norm":
        return [nn.RMSNorm(inputs, settings.get("eps"), settings.get("gain", True), **of)], inputs
    if name == "normalize":
        mean, scale = (torch.tensor(settings[key], **of) for key in ("mean", "scale"))
        return [Function(lambda x: (x - mean) / scale)], inputs
    if name == "prelu":
        shared = settings.get("shared", False)
        return [nn.PReLU(1 if shared else inputs, settings.get("slope", 0.25), **of)], inputs
    if name == "softmax":
        return [nn.Softmax(1)], inputs
    if name == "log_softmax":
        return [nn.LogSoftmax(1)], inputs
    if name in ("dropout", "alpha_dropout", "gaussian_noise"):
        return [nn.Identity()], inputs
    if name == "chain":
        inner, outputs = sequential(settings, inputs, dtype)
        return [inner], outputs
    if name == "residual":
        return [Residual(sequential(settings, inputs, dtype)[0])], inputs
    if name == "parallel":
        branches = [sequential(branch, inputs, dtype) for branch in settings]
        return [Parallel(branch for branch, _ in branches)], sum(outputs for _, outputs in branches)
    raise ValueError(f"no module for {name}")


def sequential(layers, inputs, dtype):
    made = []
    for layer in layers:
        new, inputs = modules(layer, inputs, dtype)
        made += new
    return nn.Sequential(*made), inputs


def predict(module, x):
    module.eval()
    with torch.no_grad():
        return module(torch.from_numpy(x)).numpy()


def difference(x, found, expected):
    largest = np.maximum(np.abs(x).max(1), np.abs(expected).max(1)).clip(1)
    return (np.abs(found - expected).max(1) / largest).max()


def check(folder):
    dtype = {"f32": torch.float32, "f64": torch.float64}[folder.parent.name]
    x, y = np.load(folder / "x.npy"), np.load(folder / "y.npy")
    path = folder / "model.safetensors"
    with safe_open(path, "pt") as file:
        description = json.loads(file.metadata()["smallnet"])
    module, _ = sequential(description["layers"], description["inputs"], dtype)
    tensors = load_file(path)
    lacking = module.load_state_dict(tensors, strict=False)
    assert not lacking.unexpected_keys, lacking
    # A normalisation without a gain or a bias has ones or zeros there.
    assert all(key.endswith((".weight", ".bias")) for key in lacking.missing_keys), lacking
    found = difference(x, predict(module, x), y)

    torch.manual_seed(1)
    for name, tensor in module.state_dict().items():
        if tensor.is_floating_point() and name not in lacking.missing_keys:
            tensor.copy_(tensor + 0.3 * torch.rand_like(tensor))
    # A bias that is not there is not written either.
    written = {key: value for key, value in module.state_dict().items() if key not in lacking.missing_keys}
    save_file(written, folder / "torch.safetensors")
    np.save(folder / "torch.npy", predict(module, x))
    return found


def main():
    folders = sorted(pathlib.Path(sys.argv[1]).glob("model/f??/*"))
    assert {folder.parent.name for folder in folders} == set(TOLERANCE), folders
    largest, bad = dict.fromkeys(TOLERANCE, 0.0), []
    for folder in folders:
        precision = folder.parent.name
        found = check(folder)
        largest[precision] = max(largest[precision], found)
        if not found <= TOLERANCE[precision]:
            bad.append(f"{precision}/{folder.name}: off by {found:.1e}, more than {TOLERANCE[precision]:.0e}")
    found = ", ".join(f"{precision} off by {value:.1e} at most" for precision, value in largest.items())
    print(f"PyTorch {torch.__version__}: {len(folders)} networks, {found}")
    sys.exit("\n".join(bad) or None)


main()
