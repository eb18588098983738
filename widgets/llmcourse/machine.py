"""What this machine can do: the device and number type a model runs on, and the facts the first lesson shows."""

import os
import platform
from dataclasses import asdict, dataclass
from pathlib import Path

from .model_error import ModelError

DEVICES = ("cpu", "cuda", "mps")
DTYPES = ("float32", "float16", "bfloat16")
# A container (Binder, Docker) is killed at its own limit, whatever the host has: cgroup version 2, then 1.
MEMORY_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def choose_device(device="auto"):
    """The torch.device to compute on: CUDA if there is one, else Apple's MPS, else the CPU.

    device: "auto", "cpu", "cuda", "cuda:1", "mps" or a torch.device. Raises ValueError for another word and
    ModelError for a device that this machine lacks.

    >>> choose_device("cpu")                                                   # doctest: +SKIP
    device(type='cpu')
    """
    import torch

    cuda, mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    if device == "auto":
        return torch.device("cuda" if cuda else "mps" if mps else "cpu")
    try:
        chosen = torch.device(device)
    except (RuntimeError, TypeError):
        chosen = None
    if chosen is None or chosen.type not in DEVICES:
        raise ValueError(f"device must be 'auto', {', '.join(map(repr, DEVICES))} or 'cuda:1'; got {device!r}.")
    if chosen.type == "cuda" and not cuda:
        raise ModelError(
            f"device={str(device)!r} was asked for, and PyTorch finds no CUDA GPU here: use device='auto', or in Colab "
            "choose a GPU under Runtime > Change runtime type."
        )
    if chosen.type == "cuda" and (chosen.index or 0) >= torch.cuda.device_count():
        raise ModelError(
            f"device={str(device)!r} was asked for, and the last GPU here is 'cuda:{torch.cuda.device_count() - 1}'."
        )
    if chosen.type == "mps" and not mps:
        raise ModelError(f"device={str(device)!r} was asked for, and PyTorch finds no Apple GPU: use device='auto'.")
    return chosen


def choose_dtype(dtype, device):
    """The torch.dtype of the weights on `device`; "auto" takes what that device computes fast and right.

    float32 on a CPU; on CUDA bfloat16 from compute capability 8.0 and float16 below it (a T4, 7.5, only emulates
    bfloat16, slowly, and torch.cuda.is_bf16_supported() says yes to that too); float16 on MPS.
    dtype: "auto", "float32", "float16", "bfloat16", or one of these of torch. Raises ValueError for anything else.

    >>> choose_dtype("auto", torch.device("cpu"))                              # doctest: +SKIP
    torch.float32
    """
    import torch

    if dtype == "auto":
        if device.type == "cuda":
            return torch.bfloat16 if torch.cuda.get_device_capability(device) >= (8, 0) else torch.float16
        return torch.float16 if device.type == "mps" else torch.float32
    name = str(dtype).removeprefix("torch.")
    if name not in DTYPES:
        raise ValueError(f"dtype must be 'auto', {', '.join(map(repr, DTYPES))}; got {dtype!r}.")
    return getattr(torch, name)


@dataclass(frozen=True)
class Machine:
    """The facts that decide how a lesson runs here. Memory is in GB (1e9 bytes) and counts a container's limit."""

    system: str
    python: str
    torch: str
    transformers: str
    cores: int
    memory_gb: float
    device: str
    gpu: str | None
    dtype: str
    model_folder: str
    model_cached: bool
    hub_offline: bool

    def _repr_markdown_(self):
        rows = (f"| {name.replace('_', ' ')} | {value} |" for name, value in asdict(self).items())
        return "\n".join(["| this machine | |", "|---|---|", *rows])


def describe_machine():
    """What this machine computes with, where the embedded model lies, and whether the hub is switched off.

    Touches no network. Shown as a table in a notebook.

    >>> describe_machine().dtype                                               # doctest: +SKIP
    'float32'
    """
    import torch
    import transformers
    from huggingface_hub.constants import HF_HUB_OFFLINE

    from . import embedded_model

    device = choose_device()
    return Machine(
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        torch=torch.__version__,
        transformers=transformers.__version__,
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        memory_gb=round(_memory() / 1e9, 1),
        device=device.type,
        gpu=torch.cuda.get_device_name(device) if device.type == "cuda" else None,
        dtype=str(choose_dtype("auto", device)).removeprefix("torch."),
        model_folder=str(embedded_model.model_folder()).replace(str(Path.home()), "~", 1),
        model_cached=embedded_model.is_prepared(),
        hub_offline=bool(HF_HUB_OFFLINE),
    )


def _memory():
    import psutil

    total = psutil.virtual_memory().total
    for limit in MEMORY_LIMITS:
        if Path(limit).is_file() and (text := Path(limit).read_text().strip()).isdigit():
            total = min(total, int(text))
    return total
