"""load_embedder(): a sentence embedding model, so that texts of like meaning become neighbouring vectors.

The recipe is sentence-transformers' (Reimers & Gurevych 2019, https://arxiv.org/abs/1908.10084), read from the files
that such a model publishes: the longest text, the pooling over its tokens, and vectors of length 1 at the end.
"""

import hashlib
import io
import json
import os
import textwrap
from pathlib import Path

import numpy as np

from . import paths
from .loading_bars import without_loading_bars
from .machine import choose_device
from .model_error import ModelError
from .packaged_data import packaged_folder

EMBEDDER = "all-minilm-l6-v2"
POOLINGS = {"pooling_mode_mean_tokens": "mean", "pooling_mode_cls_token": "cls"}
HUB_FILES = ["*.json", "*.txt", "*.safetensors", "*.model"]  # no ONNX, no OpenVINO


def load_embedder(name=EMBEDDER, device="auto"):
    """An embedding model in evaluation mode, in float32: an `Embedder`.

    name: "all-minilm-l6-v2" (the default: all-MiniLM-L6-v2 out of a Python package, 22.7 million parameters, 384
        numbers a text, English), a hub id such as "BAAI/bge-small-en-v1.5", or a folder with such a model.
    device: "auto" (CUDA, else MPS, else CPU), "cpu", "cuda" or "mps".

    Raises ModelError, in one sentence, when the model cannot be had, or pools in a way that is neither mean nor CLS.

    >>> embedder = load_embedder()                                             # doctest: +SKIP
    >>> embedder.embed(["A cat sat down.", "The kitten rested."]).shape        # doctest: +SKIP
    (2, 384)
    """
    device = choose_device(device)
    if not isinstance(name, str | os.PathLike):
        raise TypeError(f"name must be the name of a model or a folder; got {type(name).__name__}.")
    name = os.fspath(name)
    if name == EMBEDDER:
        return Embedder(packaged_folder("minilm"), device, longest=256, pooling="mean")  # as the model publishes them
    path = Path(name).expanduser()
    if path.is_dir():
        return Embedder(path, device)
    if path.is_absolute() or name.startswith((".", "~")):
        raise ModelError(f"There is no folder {path}: name one that holds an embedding model, or {EMBEDDER!r}.")
    return Embedder(_hub_folder(name), device)


class Embedder:
    """Texts to unit vectors: `embed(texts)` gives (n, width) float32, of which every dot product is a cosine.

    model, tokenizer: as transformers loads them. width: numbers in a vector. longest: tokens that are read; what a
    text has beyond them is cut off. pooling: "mean" (over the tokens that are no padding) or "cls" (the first token).
    Models that want a prefix, such as "query: ", get it from the caller.
    """

    def __init__(self, folder, device="cpu", longest=None, pooling=None):
        """longest, pooling: those that sentence-transformers' own files in the folder name, unless given."""
        from transformers import AutoModel, AutoTokenizer

        folder = Path(folder)
        try:
            with without_loading_bars():
                self.tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
                model = AutoModel.from_pretrained(folder, local_files_only=True, dtype="float32")
        except (OSError, ValueError) as error:
            said = textwrap.shorten(str(error), 300, placeholder=" …")
            raise ModelError(f"The embedding model in {folder} cannot be loaded: {said}") from error
        self.model = model.to(device).eval()
        self.folder, self.device = folder, device
        self.width = model.config.hidden_size
        room = getattr(model.config, "max_position_embeddings", None) or 512
        told = _settings(folder / "sentence_bert_config.json").get("max_seq_length")
        self.longest = longest or min(told or room, room)
        self.pooling = pooling or _pooling(_settings(folder / "1_Pooling" / "config.json"), folder)

    def embed(self, texts, batch_size=32, progress=False):
        """Unit vectors (n, width) float32, in the order of the texts; for a single text (width,).

        batch_size: texts computed at once; texts of like length go together, so that little is spent on padding, and
        the vector of a text does not depend on its batch but for rounding. progress: show a bar with the time left.
        Raises TypeError for anything that is no text, ValueError for a batch_size below 1.
        """
        if isinstance(texts, str):
            return self.embed([texts], batch_size)[0]
        texts = _checked(texts)
        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1; got {batch_size}.")
        from tqdm.auto import tqdm

        vectors = np.zeros((len(texts), self.width), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda number: len(texts[number]))
        with tqdm(total=len(texts), desc="Embedding", unit="text", leave=False, disable=not progress) as bar:
            for first in range(0, len(texts), batch_size):
                rows = order[first : first + batch_size]
                vectors[rows] = self._batch([texts[row] for row in rows])
                bar.update(len(rows))
        return vectors

    __call__ = embed

    def tokens(self, texts):
        """What pooling starts from: (hidden (n, tokens, width), mask (n, tokens) of 1 for tokens and 0 for padding).

        Two tensors on the CPU; the widths of the texts are padded to the longest. Raises TypeError as `embed` does.
        """
        hidden, mask = self._hidden(_checked(texts))
        return hidden.cpu(), mask.cpu()

    def embed_cached(self, texts, batch_size=32, progress=False):
        """As `embed`, but kept in the cache folder: the same texts with the same model are read instead of computed.

        The file is named by the SHA-256 of model, settings and texts, and is written whole or not at all; a damaged
        one is computed anew.
        """
        from .atomic import write_atomically

        texts = _checked(texts)
        path = paths.cache_folder() / "embeddings" / f"{self._key(texts)}.npy"
        shape = (len(texts), self.width)
        try:
            kept = np.load(path, allow_pickle=False)
            if kept.shape == shape and np.allclose(np.linalg.norm(kept, axis=1), 1, atol=1e-4):
                return kept
        except (OSError, ValueError, EOFError):
            pass
        vectors, content = self.embed(texts, batch_size, progress), io.BytesIO()
        np.save(content, vectors)
        write_atomically(path, content.getvalue())
        return vectors

    def _key(self, texts):
        digest = hashlib.sha256(f"{self.longest} {self.pooling} {self.width}".encode())
        for weight in self.model.parameters():  # a few numbers of every weight: enough to tell two models apart
            digest.update(weight.detach().flatten()[:16].cpu().numpy().tobytes())
        for text in texts:
            content = text.encode("utf-8", "surrogatepass")
            digest.update(len(content).to_bytes(8, "big") + content)
        return digest.hexdigest()

    def _batch(self, texts):
        import torch

        hidden, mask = self._hidden(texts)
        pooled = hidden[:, 0] if self.pooling == "cls" else mean_pooling(hidden, mask)
        return torch.nn.functional.normalize(pooled, dim=-1).cpu().numpy()

    def _hidden(self, texts):
        import torch

        batch = self.tokenizer(texts, padding=True, truncation=True, max_length=self.longest, return_tensors="pt")
        batch = batch.to(self.device)
        with torch.inference_mode():
            return self.model(**batch).last_hidden_state, batch["attention_mask"]


def mean_pooling(hidden, mask):
    """The mean of each text's token vectors, padding left out.

    hidden: (n, tokens, width); mask: (n, tokens), 1 for a token and 0 for padding. Returns (n, width).

    >>> import torch
    >>> mean_pooling(torch.tensor([[[1.0], [3.0], [50.0]]]), torch.tensor([[1, 1, 0]]))
    tensor([[2.]])
    """
    weights = mask.unsqueeze(-1).to(hidden.dtype)
    return (hidden * weights).sum(1) / weights.sum(1).clamp(min=1e-9)


def _checked(texts):
    texts = list(texts)
    wrong = next((text for text in texts if not isinstance(text, str)), None)
    if wrong is not None:
        raise TypeError(f"texts must be a list of texts; one of them is {type(wrong).__name__}.")
    return texts


def _settings(path):
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}


def _pooling(settings, folder):
    modes = [key for key, on in settings.items() if key.startswith("pooling_mode_") and on] or [next(iter(POOLINGS))]
    if len(modes) > 1 or modes[0] not in POOLINGS:
        raise ModelError(f"The model in {folder} pools by {' and '.join(modes)}: choose one of mean or CLS pooling.")
    return POOLINGS[modes[0]]


def _hub_folder(name):
    from huggingface_hub import snapshot_download

    for where in ({}, {"local_files_only": True}):  # offline: perhaps it was loaded before
        try:
            return snapshot_download(name, allow_patterns=HUB_FILES, **where)
        except Exception as error:
            problem = error
    raise ModelError(
        f"The embedding model {name!r} is neither a folder here nor to be had from the hub ({type(problem).__name__}): "
        f"name a public hub id such as 'org/name', a folder, or {EMBEDDER!r}, which needs no hub."
    ) from problem
