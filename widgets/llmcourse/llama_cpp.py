"""A GGUF model running in llama.cpp, inside this process: chat, continuations, log-probabilities, an HTTP address.

llama.cpp comes with the package xllamacpp, ready built: https://github.com/ggml-org/llama.cpp. Its engine answers calls
from Python and, on the loopback address alone, the OpenAI-compatible HTTP protocol. Both end with `close`.
"""

import json
import urllib.error
import urllib.request
from pathlib import Path

from .model_error import ModelError
from .scratch.gguf import read

FORCE = 1e5  # added to a token's score so that it is surely drawn; the log-probability told is the one before


def llama_cpp_is_there():
    """Whether xllamacpp can be imported here.

    >>> isinstance(llama_cpp_is_there(), bool)
    True
    """
    try:
        _engine()
    except ModelError:
        return False
    return True


class LlamaCpp:
    """Run a GGUF model with llama.cpp until `close`, or the end of a `with` block, frees it.

    path: the GGUF file. context: tokens of prompt and answer together. threads: for reading and for writing; more than
    there are free cores makes it slower, not faster. exact: keep the cache of keys and values in float32 instead of
    float16, and switch flash attention off, to compare log-probabilities with another program's. parallel: requests
    that share a batch, each with `context` tokens of its own (lesson 7.3).

    Raises ModelError when xllamacpp is missing or llama.cpp refuses the file, ValueError for a file that is no sound
    GGUF or a number below 1, OSError when the file cannot be read.

    >>> with LlamaCpp("SmolLM2-135M-Instruct.Q4_1.gguf") as llama:                     # doctest: +SKIP
    ...     llama.chat("What is the capital of France? Answer in one sentence.")
    'The capital of France is Paris.'
    """

    def __init__(self, path, context=1024, threads=1, exact=False, parallel=1):
        for name, value in (("context", context), ("threads", threads), ("parallel", parallel)):
            if not isinstance(value, int) or value < 1:
                raise ValueError(f"{name} must be a whole number from 1 on; got {value!r}.")
        engine = _engine()
        read(path)  # says in a sentence what is wrong with a damaged file; llama.cpp only says that it failed
        parameters = engine.CommonParams()
        parameters.model.path = str(path)
        parameters.n_ctx, parameters.n_parallel, parameters.n_gpu_layers = context * parallel, parallel, 0
        parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = threads
        parameters.verbosity, parameters.warmup, parameters.fit_params = 0, False, False
        parameters.cache_ram_mib = 0  # old conversations are not kept
        if exact:
            parameters.cache_type_k = parameters.cache_type_v = engine.ggml_type.GGML_TYPE_F32
            parameters.flash_attn_type = engine.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
        try:
            self._server = engine.Server(parameters)
        except RuntimeError as problem:
            raise ModelError(
                f"llama.cpp cannot run {Path(path).name}: it refused the file when loading it."
            ) from problem

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        self.close()

    def close(self):
        """Stop the engine and its HTTP address, and free the memory; a second call does nothing."""
        self._server = None

    @property
    def address(self):
        """The HTTP address on this machine, such as http://127.0.0.1:40123; only this machine can reach it."""
        return self._running().listening_address

    def chat(self, text, tokens=64):
        """The greedy answer to one message, with the chat template that the file carries."""
        messages = [{"role": "user", "content": text}]
        return self.answer(messages=messages, max_tokens=tokens, temperature=0)["choices"][0]["message"]["content"]

    def answer(self, **request):
        """The whole reply to an OpenAI chat request (messages, max_tokens, temperature, logprobs, …), as a dict."""
        return _sound(self._running().handle_chat_completions(request))

    def complete(self, prompt, tokens=32, **request):
        """Continue `prompt` (a text or token ids) greedily: the whole reply, a dict with choices, usage and timings."""
        request = {"prompt": prompt, "max_tokens": tokens, "n_predict": tokens, "temperature": 0, **request}
        return _sound(self._running().handle_completions(request))

    def encode(self, text, special=True):
        """The token ids of a text, by the file's tokenizer. special: whether <|im_end|> is one token or its letters."""
        return self.post("/tokenize", {"content": text, "add_special": True, "parse_special": special})["tokens"]

    def log_probabilities(self, ids, progress=None):
        """The natural log-probability of each token after the first, given all before it: a list of len(ids) − 1.

        Each token is forced in its turn; told is what the model gave it before. progress: called once a token.
        Raises ValueError for fewer than two tokens.
        """
        if len(ids) < 2:
            raise ValueError("ids must hold at least two tokens: the first has nothing before it to be guessed from.")
        found = []
        for place in range(1, len(ids)):
            forced = [[int(ids[place]), FORCE]]
            reply = self.complete(list(ids[:place]), 1, n_probs=1, logit_bias=forced, cache_prompt=True)
            found.append(reply["choices"][0]["logprobs"]["content"][0]["logprob"])
            if progress:
                progress()
        return found

    def post(self, route, body):
        """Send `body` as JSON to a route of the HTTP address; returns the reply as a dict."""
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.address + route, json.dumps(body).encode(), headers)
        # No proxy: the address is on this machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=600) as reply:
                return json.loads(reply.read())
        except urllib.error.HTTPError as problem:
            raise ValueError(f"llama.cpp refused the request to {route} (status {problem.code}).") from problem

    def _running(self):
        if self._server is None:
            raise ValueError("this LlamaCpp is closed: make a new one.")
        return self._server


def _engine():
    try:
        import xllamacpp
    except ImportError as problem:
        raise ModelError(
            "llama.cpp is not installed here: `pip install xllamacpp` brings it, ready built, for Linux, macOS and "
            "Windows."
        ) from problem
    return xllamacpp


def _sound(reply):
    if isinstance(reply, dict) and "choices" in reply:
        return reply
    told = reply.get("error", reply) if isinstance(reply, dict) else reply
    told = told.get("message", told) if isinstance(told, dict) else told
    raise ValueError(f"llama.cpp refused the request: {str(told)[:200]}")
