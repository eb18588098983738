"""Measure training, decoding and quantized inference on a GPU: `python tests/benchmarks/bench_gpu.py`.

The course's code beside transformers' on the same device, in the number type that the device computes fast (a T4:
float16, with a loss scaler when it trains). Times come from CUDA events, the median of several runs that take turns.
The figures go to results/gpu.json with the day and the device; report.py writes the budgets' table.
With --device cpu it measures there, only to try the script: nothing is stored.
"""

import argparse
import gc
import statistics
import time

import torch
from bench_llama import BATCH, CONFIG, LENGTH, PROMPT, TheirGPT
from llmcourse import load_model
from llmcourse.embedded_model import prepare
from llmcourse.machine import choose_device, choose_dtype
from llmcourse.scratch.gpt import GPT
from llmcourse.scratch.llama import Llama
from llmcourse.scratch.loss_scaling import LossScaler
from measurements import budget, save_results
from tqdm import tqdm

TOKENS, ROUNDS, WARM_UP = 64, 7, 2


def seconds(run, device):
    """The time that `run` took on the device: between two CUDA events, so that work still in its queue is counted."""
    if device.type != "cuda":
        start = time.perf_counter()
        run()
        return time.perf_counter() - start
    begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    begin.record()
    run()
    end.record()
    end.synchronize()
    return begin.elapsed_time(end) / 1000


def medians(contenders, device, rounds=ROUNDS):
    """{name: median seconds} of functions that take turns; the first runs, which compile kernels, do not count."""
    times = {name: [] for name in contenders}
    for turn in tqdm(range(WARM_UP + rounds), unit="round"):
        for name, run in contenders.items():
            took = seconds(run, device)
            if turn >= WARM_UP:
                times[name].append(took)
    return {name: statistics.median(each) for name, each in times.items()}


def training_step(kind, device, half):
    """A function that makes one training step: autocast to 16 bits, the loss scaler where that is float16."""
    model = kind(CONFIG).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, fused=True)
    ids = torch.randint(CONFIG.vocabulary, (BATCH, LENGTH + 1), generator=torch.Generator().manual_seed(0)).to(device)
    scaler = LossScaler() if half is torch.float16 else None

    def step():
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(device.type, dtype=half):
            loss = model.loss(ids)
        if scaler is None:
            loss.backward()
            optimizer.step()
        else:
            (loss * scaler.scale).backward()
            scaler.step(optimizer)

    return step


def training_rows(device, half, rounds=ROUNDS):
    found = {"course GPT": GPT, "transformers GPT-2": TheirGPT}
    steps = {name: training_step(kind, device, half) for name, kind in found.items()}
    return [_row("train", name, BATCH * LENGTH / took) for name, took in medians(steps, device, rounds).items()]


def decoding_rows(device, half, rounds=ROUNDS, tokens=TOKENS):
    """Greedy decoding, batch 1, of the embedded model in 16 bits; then in 4 and 8 bits where bitsandbytes is there."""
    name = str(half).removeprefix("torch.")
    theirs, tokenizer = load_model(device=str(device), dtype=name, attn="sdpa")
    ids = tokenizer(PROMPT, return_tensors="pt").input_ids.to(device)
    ours = Llama.from_pretrained(prepare(), name).to(device)
    contenders = {
        f"transformers {name}": lambda: generate(theirs, ids, tokens),
        f"course Llama {name}": lambda: ours.generate(ids, tokens, end_ids=()),
    }
    if device.type == "cuda":
        contenders |= {
            name: lambda model=model: generate(model, ids, tokens) for name, model in quantized(device, half)
        }
    found = [_row("decode", name, tokens / took) for name, took in medians(contenders, device, rounds).items()]
    gc.collect()
    return found


def quantized(device, half):
    """(name, model) of the embedded model in bitsandbytes' NF4 and LLM.int8(), or none without that package."""
    import importlib.util

    if importlib.util.find_spec("bitsandbytes") is None:
        return
    from transformers import AutoModelForCausalLM, BitsAndBytesConfig

    four = {"load_in_4bit": True, "bnb_4bit_quant_type": "nf4", "bnb_4bit_compute_dtype": half}
    for name, how in (("transformers NF4", four), ("transformers LLM.int8()", {"load_in_8bit": True})):
        how = BitsAndBytesConfig(**how)
        yield name, AutoModelForCausalLM.from_pretrained(prepare(), quantization_config=how, device_map={"": device})


def generate(model, ids, tokens):
    return model.generate(ids, max_new_tokens=tokens, min_new_tokens=tokens, do_sample=False, pad_token_id=0)


def _row(what, name, speed):
    return {"what": what, "name": name, "value": speed, "unit": "tokens/s"}


def budgets(rows, where):
    """The course's code against transformers' on the same device; `where` names it."""
    speed = {(row["what"], row["name"].split()[0], row["name"].split()[-1]): row["value"] for row in rows}
    half = next(last for what, first, last in speed if what == "decode" and first == "course")
    decode = speed["decode", "course", half] / speed["decode", "transformers", half]
    train = speed["train", "course", "GPT"] / speed["train", "transformers", "GPT-2"]
    return [
        budget(f"{where}: course Llama {half} against transformers generate", decode, 1, "×", True),
        budget(f"{where}: course GPT, a training step against transformers GPT-2", train, 1, "×", True),
    ]


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cuda", help="cuda (default), or cpu to try the script")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--tokens", type=int, default=TOKENS)
    chosen = parser.parse_args(arguments)
    device = choose_device(chosen.device)
    half = choose_dtype("auto", device) if device.type == "cuda" else torch.bfloat16
    rows = training_rows(device, half, chosen.rounds) + decoding_rows(device, half, chosen.rounds, chosen.tokens)
    for row in rows:
        print(f"{row['what']:>7} {row['name']:<32} {row['value']:10.1f} {row['unit']}")
    if device.type == "cuda":
        where = torch.cuda.get_device_name(device)
        print(save_results("gpu", [row | {"device": where} for row in rows], budgets(rows, where)))


if __name__ == "__main__":
    main()
