"""Exercise: Place tensors one after the other, each at a multiple of the alignment."""

import torch

from ...exercise import Exercise, Mistake


def tensor_offsets(sizes, alignment):
    offsets, end = [], 0
    for size in sizes:
        start = end + -end % alignment
        offsets.append(start)
        end = start + size
    return offsets


def without_padding(sizes, alignment):
    return [sum(sizes[:place]) for place in range(len(sizes))]


def always_padded(sizes, alignment):
    offsets, end = [], 0
    for size in sizes:
        offsets.append(end)
        end += size + alignment - size % alignment
    return offsets


def rounded_down(sizes, alignment):
    return [sum(sizes[:place]) // alignment * alignment for place in range(len(sizes))]


def padded_at_the_end_only(sizes, alignment):
    ends, end = [], 0
    for size in sizes:
        end += size
        ends.append(end + -end % alignment)
        end = ends[-1]
    return ends


def make_sizes(size, generator):
    alignment = 2 ** (3 + size % 3)
    sizes = torch.randint(1, 200, (size + 3,), generator=generator).tolist()
    sizes[1] = 4 * alignment  # one ends where the next may begin
    sizes[0] += sizes[0] % 2 == 0  # odd: the second needs padding
    return sizes, alignment


EXERCISE = Exercise(
    name="gguf_and_llama_cpp.tensor_offsets",
    goal="Where each tensor begins, when each must begin at a multiple of the alignment.",
    solution=tensor_offsets,
    cases=make_sizes,
    mistakes=[
        Mistake(
            "no padding",
            without_padding,
            "Your tensors touch. Fill up with zero bytes until the place is a multiple of `alignment`.",
        ),
        Mistake(
            "padded where none is needed",
            always_padded,
            "Where a tensor ends at a multiple already, you skip a whole `alignment` more. The gap is "
            "`-end % alignment`, which is 0 there.",
        ),
        Mistake(
            "rounded down",
            rounded_down,
            "Rounding down makes tensors overlap: the next one begins before the last one ends. Round up, and go on "
            "from there.",
        ),
        Mistake(
            "ends for starts",
            padded_at_the_end_only,
            "You listed where each tensor's padding ends, which is where the next begins. The first begins at 0.",
        ),
    ],
    hint="Keep `end`, where the last tensor ended. How many bytes are missing from there to the next multiple?",
    second_hint="`start = end + -end % alignment`; note it, then `end = start + size`.",
    statement=(
        "`sizes` lists the bytes of each tensor, `alignment` is a power of two. Return the list of offsets: the first "
        "tensor begins at 0, each other one at the first multiple of `alignment` after its neighbour's end. "
        "`tensor_offsets([40, 64, 8], 32)` is `[0, 64, 128]`."
    ),
    difficulty=2,
    minutes=5,
)
