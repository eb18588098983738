"""Measure the widgets beside their peers, in one run: `python tests/benchmarks/bench_widgets.py`.

AttentionExplorer, bertviz and CircuitsVis get the same traces of the embedded model and are timed by the same clock
(page_timing.py); medians of several fresh browsers. Then SamplingExplorer's events and `import llmcourse`. The figures
go to results/widgets.json; report.py writes the table and the plot.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch
from contenders import contenders, first_message
from live_switch import time_live_switches
from llmcourse import AttentionExplorer, SamplingExplorer, load_model, trace
from llmcourse.front_end import STATIC
from measurements import budget, median_time, save_results
from page_timing import CannotDraw, chromium_page, time_page
from tqdm import tqdm

TOKENS = (16, 64, 512)
REPEATS = 5
ENOUGH_S = 60  # a contender that takes longer than this in all is not repeated further
TEXT = (Path(__file__).parents[2] / "LICENSE").read_text(encoding="utf-8")


def traces(model, tokenizer):
    """Traces of the first 16, 64 and 512 tokens of the licence: real attention of every head."""
    return {count: trace(model, tokenizer, _first_tokens(tokenizer, count)) for count in TOKENS}


def measure(contender, seen, folder):
    """One row: bytes, seconds in Python, seconds to draw, seconds a click and JS heap; or why there are none."""
    layers, heads = seen.attention.shape[:2]
    row = {"name": contender.name, "tokens": len(seen), "heads": layers * heads}
    begin = time.perf_counter()
    drawn, answers, heaps = [], [], []
    try:
        contender.build(seen)  # the first time loads modules and fonts
        (page, row["bytes"]), row["build_s"] = median_time(lambda: contender.build(seen), 3)
        path = folder / "page.html"
        path.write_text(page, encoding="utf-8")
        del page
        complete = contender.complete.format(layers=layers, heads=heads, tokens=len(seen))
        while len(drawn) < REPEATS and (not drawn or time.perf_counter() - begin < ENOUGH_S):
            seconds, clicks, heap = time_page(path, complete, contender.target, clicks=0 if contender.live else 5)
            drawn.append(seconds)
            answers += clicks
            heaps.append(heap)
        if contender.live:
            with tempfile.TemporaryDirectory(dir=folder) as empty:
                answers = time_live_switches(seen, contender.target, Path(empty))
    except CannotDraw as reason:
        return row | {"cannot": str(reason)}
    figures = {"draw_s": drawn, "click_s": answers, "heap_bytes": heaps}
    return row | {name: statistics.median(values) for name, values in figures.items()} | {"runs": len(drawn)}


def sampling_times(model, tokenizer, folder, events=60):
    """Median seconds of one setting of SamplingExplorer: to compute it, and for the whole slider event (handler and
    frame, everything drawn)."""
    logits = trace(model, tokenizer, "The first president of the United States was").logits[-1]
    path = SamplingExplorer(logits, tokenizer, top_p=0.9).to_html(folder / "sampling.html")
    with chromium_page() as page:
        code = (STATIC / "sampling.js").read_text(encoding="utf-8")
        computed = page.evaluate(_COMPUTE, [code, logits.tolist(), events])
        page.goto(path.as_uri())
        page.get_by_role("slider", name="Temperature").wait_for()
        whole = page.evaluate(_SLIDE, events)
    return statistics.median(computed) / 1000, statistics.median(whole) / 1000


_COMPUTE = """async ([code, logits, events]) => {
  const { rankLogits, cutDistribution, drawTokens } = await import(
    URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
  const ranked = rankLogits(Float32Array.from(logits)), times = [];
  for (let event = -20; event < events; event++) { // the browser compiles the code in the first moves of a slider
    const start = performance.now();
    const settings = { temperature: 1.25 + 0.75 * event / events, top_k: 0, top_p: 0.9, min_p: 0, typical_p: 1 };
    drawTokens(cutDistribution(ranked, settings), 0, 0, 100);
    if (event >= 0) times.push(performance.now() - start);
  }
  return times;
}"""

_SLIDE = """async (events) => {
  const slider = document.querySelector("input[type=range][aria-label=Temperature]"), times = [];
  const nextFrame = (then) => new Promise((done) => requestAnimationFrame(() => { then(); done(); }));
  for (let event = 0; event < events; event++) {
    slider.value = String(Number(slider.min) + (Number(slider.max) - Number(slider.min)) * event / events);
    let frame = 0;
    const begin = nextFrame(() => { frame = performance.now(); }); // before the widget's turn in the same frame
    const start = performance.now();
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    const handled = performance.now() - start;
    await Promise.all([begin, nextFrame(() => times.push(handled + performance.now() - frame))]); // and after it
    await nextFrame(() => {});
  }
  return times;
}"""


def import_time():
    """Median seconds of `import llmcourse` in a fresh Python."""
    code = "import time; start = time.perf_counter(); import llmcourse; print(time.perf_counter() - start)"
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(5)]
    return statistics.median(float(run.stdout) for run in runs)


def budgets(rows, message, computed, whole, imported):
    """The budgets of the widgets beside what was measured."""
    found = {(row["name"], row["tokens"]): row for row in rows}
    ours, peer = found["AttentionExplorer", 64], found["bertviz model view", 64]
    long = found["AttentionExplorer", 512]
    smaller = peer["bytes"] / ours["bytes"] if "bytes" in peer else None
    faster = peer["draw_s"] / ours["draw_s"] if "draw_s" in peer else None
    many = "AttentionExplorer, 512 tokens × 270 heads"
    return [
        budget("AttentionExplorer against bertviz model view, 64 tokens × 270 heads: smaller", smaller, 20, "×", True),
        budget("the same: faster to draw", faster, 20, "×", True),
        budget(f"{many}: drawn", long.get("draw_s"), 0.5, "s"),
        budget(f"{many}: first message", message, 5e6, "bytes"),
        budget(f"{many}: head switch in JupyterLab", long.get("click_s"), 0.05, "s"),
        budget("SamplingExplorer, 49,152 logits: computing an event", computed, 0.002, "s"),
        budget("the same: the whole event, so that the next frame shows it", whole, 1 / 60, "s"),
        budget("import llmcourse", imported, 0.3, "s"),
    ]


def main():
    model, tokenizer = load_model()
    seen = traces(model, tokenizer)
    rows, views = [], contenders()
    work = [(contender, one) for one in seen.values() for contender in views]
    with tempfile.TemporaryDirectory() as folder, tqdm(work, unit="view") as progress:
        folder = Path(folder)
        computed, whole = sampling_times(model, tokenizer, folder)
        for contender, one in progress:
            progress.set_description(f"{contender.name}, {len(one)} tokens")
            rows.append(measure(contender, one, folder))
    message = first_message(AttentionExplorer(seen[512]))
    print(save_results("widgets", rows, budgets(rows, message, computed, whole, import_time())))


def _first_tokens(tokenizer, count):
    ends = tokenizer(TEXT[: 20 * count], return_offsets_mapping=True)["offset_mapping"]
    return TEXT[: ends[count - 1][1]]


if __name__ == "__main__":
    torch.set_grad_enabled(False)
    main()
