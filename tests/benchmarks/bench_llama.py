"""Measure the course's Llama and GPT beside their peers, in one run: `python tests/benchmarks/bench_llama.py`.

Decoding the embedded model, greedy, batch 1, the same prompt: transformers' generate, the course's Llama in fp32, bf16
and int8, and llama.cpp on the 4-bit file; tokens a second, the best of several rounds. All take turns in each round,
and a ratio is the median of the rounds' ratios, so that a slow moment of the machine hits both sides. Then the training
step of the course's GPT against a plain module of nanoGPT's shape and transformers' GPT-2. The figures go to
results/llama.json; report.py writes the table.
"""

import gc
import statistics
import time

import torch
from llmcourse import load_model
from llmcourse.embedded_model import gguf_file, prepare
from llmcourse.scratch.gpt import GPT, GPTConfig
from llmcourse.scratch.llama import Llama
from measurements import budget, save_results
from torch import nn
from torch.nn import functional
from tqdm import tqdm

PROMPT = "The lighthouse keeper climbed the stairs every evening, because"
TOKENS, ROUNDS, THREADS = 32, 7, (1, 2)
BATCH, LENGTH, STEPS = 16, 128, 20
CONFIG = GPTConfig(vocabulary=1024, context=LENGTH, width=192, layers=6, heads=6)  # 2.9 million parameters


def decoders(ids):
    """{name: a function that writes some tokens after `ids`} of all contenders, all loaded."""
    theirs, _ = load_model(device="cpu", dtype="float32", attn="sdpa")
    options = {"do_sample": False, "pad_token_id": 0}
    found = {"transformers fp32": lambda n: theirs.generate(ids, max_new_tokens=n, min_new_tokens=n, **options)}
    for dtype, short in (("float32", "fp32"), ("bfloat16", "bf16"), ("int8", "int8")):
        model = Llama.from_pretrained(prepare(), dtype)
        found[f"course Llama {short}"] = lambda n, model=model: model.generate(ids, n, end_ids=())
        gc.collect()
    return found


def tokens_a_second(write, tokens=TOKENS):
    """Tokens a second of one run, the prompt's reading included as users meet it."""
    start = time.perf_counter()
    write(tokens)
    return tokens / (time.perf_counter() - start)


def decode_rows():
    """Rows of decoding: contender, threads, tokens a second."""
    from transformers import AutoTokenizer

    ids = AutoTokenizer.from_pretrained(prepare())(PROMPT, return_tensors="pt").input_ids
    contenders, rows = decoders(ids), []
    for threads in THREADS:
        torch.set_num_threads(threads)
        speeds = {name: [] for name in contenders}
        for _ in tqdm(range(ROUNDS), desc=f"decoding, {threads} threads", unit="round"):
            for name, write in contenders.items():
                write(2)
                speeds[name].append(tokens_a_second(write))
        rows += [_row("decode", name, threads, rounds) for name, rounds in speeds.items()]
    contenders.clear()
    gc.collect()
    for threads in THREADS:
        rows.append(_row("decode", "llama.cpp Q4_1", threads, llama_cpp_speeds(threads)))
    return rows


def llama_cpp_speeds(threads):
    """Tokens a second of llama.cpp on the file of 4-bit weights, by round; empty where xllamacpp is not installed."""
    try:
        import xllamacpp
    except ImportError:
        return []
    params = xllamacpp.CommonParams()
    params.model.path = str(gguf_file())
    params.n_parallel, params.n_ctx, params.warmup = 1, 512, True
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    server = xllamacpp.Server(params)
    request = {"prompt": PROMPT, "max_tokens": TOKENS, "temperature": 0, "ignore_eos": True, "cache_prompt": False}
    return [tokens_a_second(lambda n: server.handle_completions(request)) for _ in range(ROUNDS)]


class PlainGPT(nn.Module):
    """The module that one writes after GPT-2's paper, in the shape of nanoGPT: the peer of the training step."""

    def __init__(self, config):
        super().__init__()
        self.heads = config.heads
        self.tokens, self.places = nn.Embedding(config.vocabulary, config.width), nn.Embedding(LENGTH, config.width)
        self.layers = nn.ModuleList(
            nn.ModuleDict(
                {
                    "norm": nn.LayerNorm(config.width),
                    "qkv": nn.Linear(config.width, 3 * config.width),
                    "mix": nn.Linear(config.width, config.width),
                    "norm2": nn.LayerNorm(config.width),
                    "up": nn.Linear(config.width, 4 * config.width),
                    "down": nn.Linear(4 * config.width, config.width),
                }
            )
            for _ in range(config.layers)
        )
        self.last = nn.LayerNorm(config.width)

    def loss(self, ids):
        ids, wanted = ids[:, :-1], ids[:, 1:]
        x = self.tokens(ids) + self.places(torch.arange(ids.shape[1]))
        for layer in self.layers:
            query, key, value = (
                part.view(*part.shape[:2], self.heads, -1).transpose(1, 2)
                for part in layer["qkv"](layer["norm"](x)).split(x.shape[-1], dim=2)
            )
            mixed = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
            x = x + layer["mix"](mixed.transpose(1, 2).contiguous().view(x.shape))
            x = x + layer["down"](functional.gelu(layer["up"](layer["norm2"](x))))
        logits = self.last(x) @ self.tokens.weight.T
        return functional.cross_entropy(logits.view(-1, logits.shape[-1]), wanted.reshape(-1))


class TheirGPT(nn.Module):
    """transformers' GPT-2 of the same size."""

    def __init__(self, config):
        from transformers import GPT2Config, GPT2LMHeadModel

        super().__init__()
        sizes = {"n_embd": config.width, "n_layer": config.layers, "n_head": config.heads, "n_positions": LENGTH}
        none = {"embd_pdrop": 0.0, "attn_pdrop": 0.0, "resid_pdrop": 0.0}
        self.model = GPT2LMHeadModel(GPT2Config(vocab_size=config.vocabulary, **sizes, **none))

    def loss(self, ids):
        logits = self.model(ids[:, :-1]).logits
        return functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())


def training_rows():
    """Rows of the training step: forward, backward and AdamW, as each would be trained here."""
    torch.set_num_threads(2)
    ids = torch.randint(CONFIG.vocabulary, (BATCH, LENGTH + 1), generator=torch.Generator().manual_seed(0))
    steps = {}
    # torch's fused AdamW is the course's choice; nanoGPT takes it on a GPU only, transformers' Trainer not on a CPU.
    for name, kind, fused in (
        ("course GPT", GPT, True),
        ("course GPT, plain AdamW", GPT, False),
        ("plain GPT of nanoGPT's shape", PlainGPT, False),
        ("transformers GPT-2", TheirGPT, False),
    ):
        model = kind(CONFIG)
        steps[name] = (model, torch.optim.AdamW(model.parameters(), lr=1e-3, fused=fused))
    speeds = {name: [] for name in steps}
    for _ in tqdm(range(STEPS), desc="training steps", unit="round"):
        for name, (model, optimizer) in steps.items():
            start = time.perf_counter()
            optimizer.zero_grad(set_to_none=True)
            model.loss(ids).backward()
            optimizer.step()
            speeds[name].append(BATCH * LENGTH / (time.perf_counter() - start))
    return [_row("train", name, 2, rounds) for name, rounds in speeds.items()]


def _row(what, name, threads, rounds):
    value = max(rounds, default=None)
    return {"what": what, "name": name, "threads": threads, "value": value, "unit": "tokens/s", "rounds": rounds}


def ratio(ours, theirs):
    """How much faster `ours` is: the median over rounds, in each of which both took their turn.

    >>> ratio([12.0, 6.0, 12.0], [10.0, 5.0, 30.0])
    1.2
    """
    return statistics.median(one / other for one, other in zip(ours, theirs, strict=True))


def budgets(rows):
    """Ratios of the same run: on two threads, and the fastest weights whichever they are."""
    speeds = {(row["what"], row["name"], row["threads"]): row["rounds"] for row in rows}
    theirs = speeds["decode", "transformers fp32", 2]
    ours = {short: ratio(speeds["decode", f"course Llama {short}", 2], theirs) for short in ("fp32", "bf16", "int8")}
    fastest = max(ours, key=ours.get)
    step = ratio(speeds["train", "course GPT", 2], speeds["train", "plain GPT of nanoGPT's shape", 2])
    return [
        budget("course Llama fp32 against transformers generate, two threads", ours["fp32"], 1.15, "×", True),
        budget(f"the same with its fastest weights ({fastest})", ours[fastest], 2, "×", True),
        budget("course GPT: training step against a module of nanoGPT's shape", step, 1, "×", True),
    ]


def main():
    rows = decode_rows() + training_rows()
    print(save_results("llama", rows, budgets(rows)))
    for row in rows:
        value = "none" if row["value"] is None else f"{row['value']:8.1f}"
        print(f"{row['what']:>7} {row['name']:<30} {row['threads']} threads {value} {row['unit']}")


if __name__ == "__main__":
    main()
