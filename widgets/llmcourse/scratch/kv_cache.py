"""The KV cache: keys and values of all tokens read so far, so that a new token costs one token's work."""

import torch


class KVCache:
    """Room for the keys and values of a Llama's tokens, made in advance; it grows by half when it is full.

    batch: rows. capacity: tokens that fit before it grows. padding: (batch,) how many tokens at the left of each row
    are only padding, None for none. length: tokens held now; set it back to forget the last ones.

    >>> config = LlamaConfig(vocabulary=10, width=8, layers=2, heads=2, key_heads=1, head_size=4, mlp_width=16)
    >>> KVCache(config, capacity=16).nbytes  # 2 layers · keys and values · 1 head · 16 tokens · 4 numbers · 4 bytes
    1024
    """

    def __init__(self, config, batch=1, capacity=256, padding=None, dtype=torch.float32, device="cpu"):
        shape = (batch, config.key_heads, min(capacity, config.context), config.head_size)
        # A tensor a layer: one for all would have to be moved as a whole when it grows.
        self.keys = [torch.empty(shape, dtype=dtype, device=device) for _ in range(config.layers)]
        self.values = [torch.empty(shape, dtype=dtype, device=device) for _ in range(config.layers)]
        self.length, self.padding = 0, padding

    @property
    def capacity(self):
        """Tokens that fit before the cache grows."""
        return self.keys[-1].shape[2]

    @property
    def nbytes(self):
        """Bytes that the cache takes, room not yet used included."""
        return sum(each.nbytes for each in self.keys + self.values)

    def store(self, layer, key, value):
        """Put new keys and values (batch, key heads, tokens, size) behind the old ones; returns views of all.

        `length` stays as it is until the last layer has stored: the model moves it on.
        """
        end = self.length + key.shape[2]
        if end > self.keys[layer].shape[2]:
            self._grow(layer, max(end, self.keys[layer].shape[2] * 3 // 2))
        keys, values = self.keys[layer], self.values[layer]
        keys[:, :, self.length : end] = key
        values[:, :, self.length : end] = value
        return keys[:, :, :end], values[:, :, :end]

    def _grow(self, layer, capacity):
        for all_layers in (self.keys, self.values):
            old = all_layers[layer]
            new = old.new_empty(*old.shape[:2], capacity, old.shape[3])
            new[:, :, : self.length] = old[:, :, : self.length]
            all_layers[layer] = new
