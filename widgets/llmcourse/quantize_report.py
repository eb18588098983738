"""One command that writes a GGUF model in several formats and reports size, speed, perplexity and a sample of each.

`python -m llmcourse.quantize_report model.gguf --formats F16 Q8_0 Q4_0 --out quantized` leaves the files, a table
(report.md), a plot (report.png) and the figures (report.json) in the folder. Without a file it takes the embedded
model. What is finished is kept: stopped and started again, it goes on where it was.
"""

import argparse
import io
import math
import sys
from dataclasses import dataclass
from pathlib import Path

from .atomic import write_atomically
from .llama_cpp import LlamaCpp
from .model_error import ModelError
from .quantized_perplexity import MOST_TOKENS, TEXT
from .report_notes import Notes, only_report, room_for
from .requantize import plan, requantize, short_name, split_format
from .scratch.gguf import read

FORMATS = ("F16", "Q8_0", "Q5_0", "Q4_0", "Q4_0:Q4_0")
QUESTION = "What is the capital of France? Answer in one sentence."
SPOKEN = 32  # tokens written to measure the speed
ORIGINAL = "original"
WRITING, SCORING, SPEAKING = 40, 45, 15  # shares of a format's work in the progress bar


@dataclass(frozen=True)
class Row:
    """What was measured of one format. size: bytes of the file; bits_per_weight: of its tensors, scales included;
    perplexity: of the text, by llama.cpp's own log-probabilities; speed: tokens written a second; sample: an answer.
    """

    format: str
    file: str
    size: int
    bits_per_weight: float
    perplexity: float
    speed: float
    sample: str


@dataclass(frozen=True)
class Report:
    """The rows of a report, the original file's first; in a notebook it shows as a table."""

    rows: list
    folder: Path
    tokens: int

    def table(self):
        """The report as a Markdown table."""
        lines = [
            "| format | MB | bits per weight | perplexity | tokens/s | answer |",
            "|---|---:|---:|---:|---:|---|",
        ]
        for row in self.rows:
            sample = " ".join(row.sample.split()).replace("|", "\\|")
            numbers = f"{row.size / 1e6:.1f} | {row.bits_per_weight:.2f} | {row.perplexity:.1f} | {row.speed:.0f}"
            lines.append(f"| {row.format} | {numbers} | {sample} |")
        return "\n".join(lines) + "\n"

    def _repr_markdown_(self):
        return self.table()

    def plot(self):
        """Size against perplexity, and the speeds: a matplotlib figure."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(7.6, 3), layout="constrained")
        place, speed = figure.subplots(1, 2)
        for number, row in enumerate(self.rows):
            place.plot(row.size / 1e6, row.perplexity, "o", color=f"C{number % 10}", label=row.format)
            speed.barh(row.format, row.speed, color=f"C{number % 10}")
        place.set(xlabel="megabytes", ylabel="perplexity (lower is better)", title="Size and quality")
        place.legend(fontsize="small")
        speed.set(xlabel="tokens a second", title="Speed of writing")
        speed.invert_yaxis()
        return figure


def quantize_report(source=None, formats=FORMATS, folder="quantized", text=TEXT, threads=1):
    """Write `source` (a GGUF file; None: the embedded model) in each of `formats` into `folder`, measure all: a Report.

    formats: as requantize.split_format reads them; the original file is measured as well. text: what perplexity is
    measured on, up to 512 tokens of it. threads: for llama.cpp. Shows one progress bar with the time left. Finished
    files and figures are kept and not made again, so an interrupt costs at most one format. The figures are against the
    source: where that is quantized already, what was lost before does not show.

    Raises ValueError for an unknown format, a file that is no sound GGUF or one in the way that this report did not
    write; ModelError without xllamacpp or room on the disk, and while another report writes in the folder; OSError for
    a file that cannot be read or written.

    >>> quantize_report(formats=["Q8_0"], folder="quantized").rows[1].size     # doctest: +SKIP
    144811072
    """
    if source is None:
        from .embedded_model import gguf_file

        source = gguf_file()
    source, folder = read(source), Path(folder)
    formats = list(dict.fromkeys(formats))
    for format in formats:
        split_format(format)
    with only_report(folder):
        notes = Notes(folder, source.path, text, threads)
        notes.check_files([_name(source, format) for format in formats])
        report = _measured(source, formats, folder, text, threads, notes)
        write_atomically(folder / "report.md", report.table().encode())
        write_atomically(folder / "report.png", _png(report.plot()))
    return report


def _measured(source, formats, folder, text, threads, notes):
    with _Bar(1 + len(formats)) as bar:
        with LlamaCpp(source.path, threads=threads) as llama:  # whether llama.cpp is there shows before any work
            ids = llama.encode(text)[:MOST_TOKENS]
            row = notes.row(Row, ORIGINAL)
            rows = [row or notes.keep(_measure(llama, ids, ORIGINAL, source, source.path.name, bar))]
        bar.finish()
        for format in formats:
            row = notes.row(Row, format)
            rows.append(row or notes.keep(_made(source, format, folder, ids, threads, notes, bar)))
            bar.finish()
    return Report(rows, folder, len(ids))


def _made(source, format, folder, ids, threads, notes, bar):
    name = _name(source, format)
    path = folder / name
    if not notes.wrote(name):
        planned = plan(source, format)
        room_for(folder, sum(tensor.size for tensor in planned) + source.data_start)
        weights = sum(math.prod(tensor.shape) for tensor in planned)
        bar.describe(f"writing {format}")
        notes.starts(name)
        requantize(source, path, format, lambda count: bar.add(WRITING * count / weights))
    bar.describe(f"measuring {format}")
    with LlamaCpp(path, threads=threads) as llama:
        return _measure(llama, ids, format, read(path), name, bar)


def _measure(llama, ids, format, file, name, bar):
    found = llama.log_probabilities(ids, lambda: bar.add(SCORING / len(ids)))
    sample = llama.chat(QUESTION, SPOKEN)
    speed = llama.complete(ids[:8], SPOKEN, ignore_eos=True)["timings"]["predicted_per_second"]
    weights = sum(math.prod(tensor.shape) for tensor in file.tensors.values())
    bits = 8 * sum(tensor.size for tensor in file.tensors.values()) / weights
    return Row(format, name, len(file.data), bits, math.exp(-sum(found) / len(found)), speed, sample)


def _name(source, format):
    return f"{short_name(source.path.name)}.{format.replace(':', '-')}.gguf"


def _png(figure):
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=120)
    return picture.getvalue()


class _Bar:
    """One bar over all formats: each is a hundredth a step, whatever part of it was done before."""

    def __init__(self, count):
        from tqdm.auto import tqdm

        form = "{desc}: {percentage:3.0f}% |{bar}| {elapsed} < {remaining}"
        self._bar = tqdm(total=100 * count, desc="Quantizing", bar_format=form, leave=False)
        self._end = 0

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        self._bar.close()

    def describe(self, text):
        self._bar.set_description_str(text[:1].upper() + text[1:])

    def add(self, share):
        self._bar.update(min(share, self._end + 100 - self._bar.n))

    def finish(self):
        self._end += 100
        self._bar.update(self._end - self._bar.n)


def main(arguments=None):
    """Run the command; returns the exit status: 0, 1 with one sentence, or 130 when it was interrupted."""
    parser = argparse.ArgumentParser(prog="python -m llmcourse.quantize_report", description=__doc__.splitlines()[0])
    parser.add_argument("source", nargs="?", help="a GGUF file; without it the embedded model")
    parser.add_argument("--formats", nargs="+", default=FORMATS, metavar="FORMAT", help="F32, F16, Q8_0, … or A:B")
    parser.add_argument("--out", default="quantized", help="the folder of the files and the report")
    parser.add_argument("--text", help="a text file to measure perplexity on")
    parser.add_argument("--threads", type=int, default=1, help="threads of llama.cpp, at most the free cores")
    given = parser.parse_args(arguments)
    try:
        text = Path(given.text).read_text(encoding="utf-8") if given.text else TEXT
        report = quantize_report(given.source, given.formats, given.out, text, given.threads)
    except KeyboardInterrupt:
        print(f"Stopped. What is finished stays in {given.out}; the same command goes on from there.", file=sys.stderr)
        return 130
    except (ModelError, ValueError) as problem:
        print(problem, file=sys.stderr)
        return 1
    except OSError as problem:
        place = problem.filename or given.out
        print(f"{place} cannot be read or written: {problem.strerror}.", file=sys.stderr)
        return 1
    print(report.table(), end="")
    print(f"The files, the table and the plot are in {given.out} ({report.tokens} tokens were scored).")
    return 0


if __name__ == "__main__":
    sys.exit(main())
