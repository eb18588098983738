"""Profiles: `make run PROFILE=quick` changes the parameters that profiles.toml names for a lesson."""

import difflib
import tomllib
from functools import cache
from pathlib import Path

PROFILES = ("quick", "cpu", "gpu")


def profile_parameters(number, profile):
    """What a profile changes in a lesson, by parameter name; cpu, the lesson as it stands, changes nothing.

    Raises ValueError for an unknown profile.

    >>> profile_parameters("2.2", "cpu")
    {}
    """
    if profile not in PROFILES:
        near = difflib.get_close_matches(str(profile), PROFILES, n=1)
        ending = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(PROFILES)}."
        raise ValueError(f"There is no profile {profile}. {ending}")
    return dict(_table().get(str(number), {}).get(profile, {}))


def require_gpu():
    """Raise RuntimeError, in one sentence, where torch finds no GPU."""
    import torch

    if not (torch.cuda.is_available() or torch.backends.mps.is_available()):
        raise RuntimeError(
            "The gpu profile needs a GPU, and torch finds none here; without PROFILE the lesson runs on the CPU."
        )


@cache
def _table():
    return tomllib.loads((Path(__file__).parent / "profiles.toml").read_text(encoding="utf-8"))
