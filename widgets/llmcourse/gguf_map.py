"""GGUFMap: a GGUF file byte by byte, from the whole file down to the bits of one weight."""

import numpy as np
import traitlets

from .course_widget import CourseWidget
from .scratch.gguf import HEADER, read
from .scratch.gguf_blocks import SIZES, dequantize

SECTIONS = ("header", "metadata", "tensor infos", "padding", "tensor data")
UNPACKED_IN_PAGE = ("F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q8_0")
_FIRST = 3  # blocks of each tensor that the page holds; one of the types that only Python unpacks
_NUMBERS = 16  # numbers shown at a time of a type without blocks
_TEXT = 2_000  # characters of a metadata value that the page holds


class GGUFMap(CourseWidget):
    """Walk through a model file: what stands at which byte, and how the bits of a block become weights.

    path: a GGUF file; without one the embedded model's own, fetched when needed.
    section: 0 header, 1 metadata, 2 tensor infos, 3 padding, 4 tensor data; entry: which metadata entry; tensor, block,
        weight: which tensor (in the order of their bytes), which of its blocks, which weight in the block. All are set
        by a click, readable and settable from Python; one out of range becomes the nearest there is.

    Read back: file (a scratch.gguf.GGUFFile), block_values (the weights of the chosen block, float32, None where no
    package unpacks their type). Blocks after the first few need the kernel. Raises ValueError with one sentence for a
    file that is no sound GGUF, OSError when it cannot be read, ModelError when the embedded model cannot be fetched.

    >>> GGUFMap().file.tensors["output_norm.weight"].size                      # doctest: +SKIP
    2304
    """

    stem = "gguf_map"

    section = traitlets.Int(4).tag(sync=True)
    entry = traitlets.Int(0).tag(sync=True)
    tensor = traitlets.Int(0).tag(sync=True)
    block = traitlets.Int(0).tag(sync=True)
    weight = traitlets.Int(0).tag(sync=True)

    # What the page draws: names, places in bytes, and the first blocks of each tensor.
    name = traitlets.Unicode("").tag(sync=True)
    size = traitlets.Int(0).tag(sync=True)
    bounds = traitlets.List(traitlets.Int()).tag(sync=True)  # where each section begins, and the end
    facts = traitlets.Dict().tag(sync=True)
    entries = traitlets.List().tag(sync=True)  # [name, kind, value as text, start, end] each
    tensors = traitlets.List().tag(sync=True)  # [name, type, shape, start, size, info start, info end] each
    units = traitlets.Dict().tag(sync=True)  # type -> [weights, bytes, blocks in the page, whether values come along]
    first_blocks = traitlets.Bytes().tag(sync=True)
    first_values = traitlets.Bytes().tag(sync=True)
    block_at = traitlets.List(traitlets.Int()).tag(sync=True)  # [tensor, block] of what follows
    block_bytes = traitlets.Bytes().tag(sync=True)
    block_data = traitlets.Bytes().tag(sync=True)

    def __init__(self, path=None, **traits):
        if path is None:
            from .embedded_model import gguf_file

            path = gguf_file()
        self.file = read(path)
        self._ordered = sorted(self.file.tensors.values(), key=lambda tensor: (tensor.start, tensor.size))
        ends = (0, HEADER, self.file.infos_start, self.file.infos_end, self.file.data_start, len(self.file.data))
        blocks, values = self._first()
        super().__init__(
            name=self.file.path.name.encode("utf-8", "replace").decode(),
            size=len(self.file.data),
            bounds=list(ends),
            facts={
                "version": self.file.version,
                "alignment": self.file.alignment,
                "header": bytes(self.file.data[:HEADER]).hex(),
            },
            entries=[_row(entry) for entry in self.file.metadata.values()],
            tensors=[[t.name, t.type, list(t.shape), t.start, t.size, t.info_start, t.info_end] for t in self._ordered],
            units={kind: [*_unit(kind), *_carried(kind)] for kind in {tensor.type for tensor in self._ordered}},
            first_blocks=blocks,
            first_values=values,
            **traits,
        )
        self._read_block()
        self.observe(self._read_block, names=["tensor", "block"])

    @property
    def block_values(self):
        """The weights of the chosen block, float32; None where no package unpacks their type."""
        if not self._ordered:
            return None
        tensor = self._ordered[self.tensor]
        return _values(self._piece(tensor, self.block), tensor.type)

    def picture(self):
        """PNG bytes: the file, the section, the tensor and the block as bars to scale."""
        from .gguf_picture import gguf_picture

        return gguf_picture(
            self.name, self.size, list(zip(SECTIONS, self.bounds, self.bounds[1:], strict=False)), *self._tally()
        )

    def _tally(self):
        """[(type, number of tensors, bytes)] by bytes, and the tensors as [(type, start, size)]."""
        kinds = {}
        for tensor in self._ordered:
            count, total = kinds.get(tensor.type, (0, 0))
            kinds[tensor.type] = (count + 1, total + tensor.size)
        ranked = sorted(((kind, *sums) for kind, sums in kinds.items()), key=lambda row: -row[2])
        return ranked, [(tensor.type, tensor.start, tensor.size) for tensor in self._ordered]

    def _piece(self, tensor, block):
        _, size = _unit(tensor.type)
        start = tensor.start + block * size
        return self.file.data[start : min(start + size, tensor.start + tensor.size)]

    def _first(self):
        blocks, values = [], []
        for tensor in self._ordered:
            size = _unit(tensor.type)[1]
            count, with_values = _carried(tensor.type)
            blocks.append(bytes(self.file.data[tensor.start : tensor.start + min(count * size, tensor.size)]))
            if with_values and tensor.size:
                values.append(_values(self._piece(tensor, 0), tensor.type).tobytes())
        return b"".join(blocks), b"".join(values)

    def _chosen(self):
        """The chosen tensor, also while a new choice is still being checked; None in a file without tensors."""
        return self._ordered[max(0, min(self.tensor, len(self._ordered) - 1))] if self._ordered else None

    def _blocks(self):
        tensor = self._chosen()
        return -(-tensor.size // _unit(tensor.type)[1]) if tensor else 0

    def _read_block(self, change=None):
        with self.hold_sync():
            self.block = self.block  # another tensor may have fewer blocks
            if self._ordered:
                tensor = self._ordered[self.tensor]
                piece = self._piece(tensor, self.block)
                self.block_bytes = bytes(piece)
                carried = tensor.type not in UNPACKED_IN_PAGE
                values = _values(piece, tensor.type) if carried else None
                self.block_data = b"" if values is None else values.tobytes()
                self.block_at = [self.tensor, self.block]
            self._summarise()

    def _summarise(self):
        kinds, _ = self._tally()
        listed = ", ".join(f"{count} {kind}" for kind, count, _ in kinds[:4]) or "none"
        self.summary = (
            f"{self.name[:80]}: GGUF version {self.file.version}, {self.size:,} bytes, {len(self.entries)} metadata "
            f"entries and {len(self.tensors)} tensors ({listed}); tensor data from byte {self.file.data_start:,}."
        )

    @traitlets.validate("section", "entry", "tensor", "block", "weight")
    def _there(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        most = {
            "section": lambda: len(SECTIONS),
            "entry": lambda: len(self.file.metadata),
            "tensor": lambda: len(self._ordered),
            "block": self._blocks,
            "weight": lambda: _unit(self._chosen().type)[0] if self._ordered else 0,
        }[name]()
        return max(0, min(value, most - 1))


def _unit(kind):
    """(weights, bytes) of what is shown at a time: a block, or 16 numbers of a type without blocks."""
    weights, size = SIZES[kind]
    return (weights, size) if weights > 1 else (_NUMBERS, _NUMBERS * size)


def _carried(kind):
    """(how many blocks of a tensor the page holds, whether their values come along)."""
    if kind in UNPACKED_IN_PAGE:
        return _FIRST, False
    weights, size = _unit(kind)
    return 1, _values(np.zeros(size, np.uint8), kind) is not None


def _values(piece, kind):
    try:
        return dequantize(piece, kind)
    except ValueError:
        return None


def _row(entry):
    return [entry.name, _kind(entry), _text(entry.value), entry.start, entry.end]


def _kind(entry):
    return f"{entry.kind}, {len(entry.value):,} values" if entry.kind.startswith("array") else entry.kind


def _text(value):
    """A metadata value in words, cut to what a page needs."""
    if isinstance(value, (list, np.ndarray)):
        shown = ", ".join(_text(one)[:80] if not isinstance(one, str) else repr(one[:80]) for one in value[:24])
        return f"[{shown}{', …' if len(value) > 24 else ''}]"[:_TEXT]
    if isinstance(value, (float, np.floating)):
        return f"{value:.9g}"
    text = str(value)
    return text if len(text) <= _TEXT else text[: _TEXT - 1] + "…"
