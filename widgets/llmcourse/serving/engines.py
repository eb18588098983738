"""Engines by name, from a configuration: the course's Llama, llama.cpp in this process, or an address elsewhere."""

from .chat_tokens import ChatTokens

ENGINES = ("llama", "llama.cpp", "upstream", "tiny")


def make_engine(config):
    """The engine that a ServerConfig names, loaded and ready. Raises ValueError for a name that is none.

    "llama": the course's Llama of `config.model` (a folder; the embedded model unless given). "llama.cpp": the embedded
    model's GGUF file or that of `config.model`. "upstream": a server at `config.upstream`, such as vLLM's. "tiny": an
    untrained Llama of a few thousand parameters, which writes nonsense at once: for load tests.
    """
    if config.engine not in ENGINES:
        raise ValueError(f"engine must be one of {', '.join(ENGINES)}; got {config.engine!r}.")
    if config.engine == "tiny":
        return tiny_engine(slots=config.slots, policy=config.policy)
    tokens = ChatTokens.of_folder(_folder(config))
    if config.engine == "llama":
        return _llama(config, tokens)
    if config.engine == "llama.cpp":
        return llama_cpp_engine(tokens, _gguf(config), config.slots, config.context, config.threads)
    from .upstream_engine import UpstreamEngine

    if not config.upstream:
        raise ValueError("upstream must be the address of an OpenAI-compatible server, such as http://127.0.0.1:8000.")
    return UpstreamEngine(
        config.upstream,
        tokens,
        config.upstream_model,
        slots=config.slots,
        context=config.context,
        key=config.upstream_key,
    )


def llama_cpp_engine(tokens, path, slots=4, context=1024, threads=1, name="llama.cpp"):
    """llama.cpp with a GGUF file, in this process: an UpstreamEngine at its loopback address."""
    from ..llama_cpp import LlamaCpp
    from .upstream_engine import UpstreamEngine

    running = LlamaCpp(path, context=context, threads=threads, parallel=slots)
    return UpstreamEngine(running.address, tokens, name, slots=slots, context=context, close=running.close)


def tiny_engine(slots=4, policy="continuous", seed=0, context=256, **settings):
    """A LlamaEngine of a few thousand random parameters over bytes: no meaning, but all of the server's work.

    >>> engine = tiny_engine(slots=2)
    >>> engine.encode("Hi"), engine.stop()
    ([39, 72], None)
    """
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    from ..scratch.llama import Llama, LlamaConfig
    from .llama_engine import LlamaEngine

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({letter: place for place, letter in enumerate(letters)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        end = (letters.index("Ā"),)  # the byte 0
        model = Llama(LlamaConfig(256, 32, 2, 4, 2, 8, 64, context=context, tied=False, end_ids=end)).eval()
        for name, weight in model.named_parameters():
            if "norm" not in name:  # as they begin they are so small that the prompt would not matter
                weight.data *= 40 if "head" in name or "embed" in name else 12
    return LlamaEngine(model, ChatTokens(tokenizer), "tiny", slots=slots, policy=policy, **settings)


def _llama(config, tokens):
    import torch

    from ..scratch.llama import Llama
    from .llama_engine import LlamaEngine

    torch.set_num_threads(config.threads)
    model = Llama.from_pretrained(_folder(config), dtype=config.dtype)
    return LlamaEngine(model, tokens, slots=config.slots, context=config.context, policy=config.policy)


def _folder(config):
    from .. import embedded_model

    is_folder = config.model and not config.model.endswith(".gguf")
    return config.model if is_folder else embedded_model.prepare()


def _gguf(config):
    from .. import embedded_model

    return config.model if config.model and config.model.endswith(".gguf") else embedded_model.gguf_file()
