"""What a learner's function may change around itself, put back after the call: random numbers, settings, keyboard."""

import builtins
import contextlib
import getpass
import io
import os
import random
import sys
import warnings

import numpy as np
import torch


class NoKeyboard(EOFError):
    """The function asked for input, and nobody sits at the keyboard during a check."""


@contextlib.contextmanager
def same_random_numbers():
    """Python's, NumPy's and torch's random numbers start from one seed inside and go on outside as before.

    >>> with same_random_numbers():
    ...     first = random.random()
    >>> with same_random_numbers():
    ...     first == random.random()
    True
    """
    ours, numpys = random.getstate(), np.random.get_state()
    try:
        with torch.random.fork_rng(devices=[]):
            random.seed(0)
            np.random.seed(0)
            torch.default_generator.manual_seed(0)
            yield
    finally:
        random.setstate(ours)
        np.random.set_state(numpys)


@contextlib.contextmanager
def kept_settings():
    """Settings of torch, NumPy and Python that were changed inside are put back: default dtype and device, gradients,
    deterministic algorithms, threads, print options, error handling, warnings, environment, recursion limit.

    >>> with kept_settings():
    ...     torch.set_default_dtype(torch.float64)
    >>> torch.get_default_dtype()
    torch.float32
    """
    before = [read() for read, _ in _SETTINGS]
    try:
        with warnings.catch_warnings():
            yield
    finally:
        for (read, write), value in zip(_SETTINGS, before, strict=True):
            if read() != value:
                write(value)


@contextlib.contextmanager
def no_keyboard():
    """`input()` and its kind raise NoKeyboard at once instead of waiting for somebody to type."""

    def ask(*_arguments, **_options):
        raise NoKeyboard("a check has no keyboard")

    before = builtins.input, getpass.getpass, sys.stdin
    builtins.input = getpass.getpass = ask
    sys.stdin = io.StringIO()
    try:
        yield
    finally:
        builtins.input, getpass.getpass, sys.stdin = before


def _restore_device(device):
    torch.set_default_device(None if device.type == "cpu" else device)  # None takes torch's device mode away again


def _restore_environment(variables):
    os.environ.clear()
    os.environ.update(variables)


_SETTINGS = (  # (read, write)
    (torch.get_default_dtype, torch.set_default_dtype),
    (torch.get_default_device, _restore_device),
    (torch.is_grad_enabled, torch.set_grad_enabled),
    (torch.is_anomaly_enabled, torch.autograd.set_detect_anomaly),
    (torch.get_num_threads, torch.set_num_threads),
    (torch.get_float32_matmul_precision, torch.set_float32_matmul_precision),
    (
        lambda: (torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()),
        lambda flags: torch.use_deterministic_algorithms(flags[0], warn_only=flags[1]),
    ),
    (
        lambda: dict(vars(torch._tensor_str.PRINT_OPTS)),
        lambda options: vars(torch._tensor_str.PRINT_OPTS).update(options),
    ),
    (np.get_printoptions, lambda options: np.set_printoptions(**options)),
    (np.geterr, lambda errors: np.seterr(**errors)),
    (lambda: dict(os.environ), _restore_environment),
    (sys.getrecursionlimit, sys.setrecursionlimit),
)
