"""A paged KV cache: memory in small pages that any request may take, so that none is kept for tokens that never come.

Follows PagedAttention (Kwon et al. 2023, https://arxiv.org/abs/2309.06180). A table says where each request's tokens
lie, as an operating system's page table does. The server of lesson 7.3 keeps its slots in one.
"""

from math import ceil

import torch
from torch.nn.functional import scaled_dot_product_attention


class PagedCache:
    """Keys and values of many requests in one pool of pages; each request holds a list of pages, in any order.

    pages: how many there are to give; one more, page 0, takes what idle rows write and is never given to anyone.
    page: tokens of a page. A token's place in the pool is its page times `page` plus its place in the page.

    >>> config = LlamaConfig(vocabulary=10, width=8, layers=2, heads=2, key_heads=1, head_size=4, mlp_width=16)
    >>> cache = PagedCache(config, pages=4, page=16)
    >>> cache.take(tokens=20), cache.free
    ([1, 2], 2)
    """

    def __init__(self, config, pages, page=16, dtype=torch.float32, device="cpu"):
        shape = ((pages + 1) * page, config.key_heads, config.head_size)
        # Zeros, not empty: what is masked gets the weight 0, and 0 times a NaN left in memory would be NaN.
        self.keys = [torch.zeros(shape, dtype=dtype, device=device) for _ in range(config.layers)]
        self.values = [torch.zeros(shape, dtype=dtype, device=device) for _ in range(config.layers)]
        self.page, self.pages = page, pages
        self._free = list(range(pages, 0, -1))

    @property
    def free(self):
        """Pages that nobody holds."""
        return len(self._free)

    @property
    def nbytes(self):
        """Bytes of the pool."""
        return sum(each.nbytes for each in self.keys + self.values)

    def needed(self, tokens):
        """Pages that hold so many tokens."""
        return ceil(tokens / self.page)

    def take(self, tokens):
        """A list of pages with room for `tokens`. Raises ValueError where fewer are free."""
        if (count := self.needed(tokens)) > self.free:
            raise ValueError(f"tokens need {count} pages, and {self.free} are free.")
        return [self._free.pop() for _ in range(count)]

    def give_back(self, table):
        """Take the pages of a finished request back. Raises ValueError for a page that nobody holds."""
        if strange := [page for page in table if not 1 <= page <= self.pages or page in self._free]:
            raise ValueError(f"table must list pages that are held; {strange[0]} is not.")
        self._free += reversed(table)

    def places(self, table, width):
        """Where the first `width` tokens of a request lie in the pool: (width,); page 0 where its table ends."""
        tokens = torch.arange(width)
        padded = torch.tensor([*table, *[0] * max(0, self.needed(width) - len(table))])
        return padded[tokens // self.page] * self.page + tokens % self.page


class PagedStep:
    """One pass of the model over a paged cache: what `Llama`'s attention takes as its cache.

    write: (rows × new tokens,) places in the pool for the new keys. read: (rows, width) places of all that a row may
    see; a mask hides what lies behind its last token.
    """

    def __init__(self, cache, write, read):
        self.cache, self.write, self.read = cache, write, read

    def store(self, layer, key, value):
        """Keys and values (rows, key heads, new tokens, size) into the pool; returns those of all tokens to be read."""
        found = []
        for pool, new in ((self.cache.keys[layer], key), (self.cache.values[layer], value)):
            pool[self.write] = new.transpose(1, 2).flatten(0, 1)
            found.append(pool[self.read].transpose(1, 2))
        return found

    def attend(self, query, key, value, attn_mask, **how):
        """Attention one row at a time: on several threads the kernel sums a row otherwise when it stands in a batch."""
        rows = zip(*(each.split(1) for each in (query, key, value, attn_mask)), strict=True)
        return torch.cat([scaled_dot_product_attention(q, k, v, attn_mask=m, **how) for q, k, v, m in rows])


def paged_forward(model, ids, positions, step):
    """Logits of each row's last token, (rows, vocabulary), where every row stands at a place of its own.

    ids, positions: (rows, new tokens). A row sees the tokens of `step.read` up to its own position.
    """
    width = step.read.shape[1]
    mask = (torch.arange(width, device=ids.device) <= positions[:, :, None])[:, None]
    rotation = [table[positions][:, None] for table in (model.cos, model.signed_sin)]
    x = model.embed(ids)
    for layer, block in enumerate(model.blocks):
        x = block(x, rotation, mask=mask, cache=step, layer=layer)
    return model.head(model.norm(x[:, -1]))
