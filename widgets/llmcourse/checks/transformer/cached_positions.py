"""Exercise: At which positions new tokens stand, behind a cache and with texts padded on the left."""

import torch

from ...exercise import Exercise, Mistake


def cached_positions(cached, new, padding):
    places = torch.arange(cached, cached + new)
    return (places - padding[:, None]).clamp_min(0)


def from_zero(cached, new, padding):
    return torch.arange(new).expand(len(padding), new)


def padding_counted(cached, new, padding):
    return torch.arange(cached, cached + new).expand(len(padding), new)


def one_behind(cached, new, padding):
    return (torch.arange(cached - 1, cached + new - 1) - padding[:, None]).clamp_min(0)


def one_ahead(cached, new, padding):
    return cached_positions(cached + 1, new, padding)


def all_at_the_end(cached, new, padding):
    return (torch.full((new,), cached) - padding[:, None]).clamp_min(0)


def padding_added(cached, new, padding):
    return torch.arange(cached, cached + new) + padding[:, None]


def make_cache(size, generator):
    cached = size + 3
    padding = torch.randint(0, size + 2, (size + 1,), generator=generator)
    padding[-1] = 1  # some text has padding, whatever was drawn
    return cached, size + 1, padding


EXERCISE = Exercise(
    name="transformer.cached_positions",
    goal="At which positions new tokens stand, behind a cache and with texts padded on the left.",
    solution=cached_positions,
    cases=make_cache,
    mistakes=[
        Mistake(
            "from zero",
            from_zero,
            "The count starts anew: RoPE would put each new token at the start of the text. The cache holds `cached` "
            "tokens before it.",
        ),
        Mistake(
            "padding counted",
            padding_counted,
            "Padding is counted as if it were text. A text's first real token stands at position 0: subtract "
            "`padding`.",
        ),
        Mistake("one behind", one_behind, "One too small: after 5 cached tokens, 0 to 4, the next one stands at 5."),
        Mistake("one ahead", one_ahead, "One too large: positions begin at 0, so after 5 tokens comes position 5."),
        Mistake(
            "all at one place",
            all_at_the_end,
            "All new tokens got the same position. They follow each other: `torch.arange(cached, cached + new)`.",
        ),
        Mistake(
            "padding added",
            padding_added,
            "Padding pushes a text to the right; to number its tokens from 0, subtract it.",
        ),
    ],
    hint="`torch.arange(cached, cached + new)` numbers the columns. Each row subtracts its own padding.",
    second_hint="`padding[:, None]` is a column: the difference has the shape (batch, new). Then `clamp_min(0)`.",
    statement=(
        "A cache holds `cached` tokens of each text, padding included; `new` tokens follow. `padding`, (batch,), says "
        "how many of a text's first tokens are only padding. Return the positions for RoPE, (batch, new): a text's "
        "first real token stands at 0, padding never below 0. For `cached = 5`, `new = 2`, `padding = [0, 3]` it is "
        "`[[5, 6], [2, 3]]`."
    ),
    difficulty=2,
    minutes=5,
)
