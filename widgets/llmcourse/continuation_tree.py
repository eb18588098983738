"""ContinuationTree: the likeliest continuations of a text as a tree, grown in batched forward passes.

Greedy search and beam search walk through the same tree; DecodingTree shows it.
"""

import math
from dataclasses import dataclass, field

import torch

from .tracing import check_length, encode, piece_name

LONGEST_TEXT = 128  # tokens; every node that is grown reads the text again


@dataclass
class Node:
    """One token in the tree.

    prob: its probability after the tokens above it. log_prob: of the path from the root to here, a sum.
    children: node numbers, likeliest first. ends: it is the end token, nothing follows it.
    """

    number: int
    parent: int
    token_id: int
    token: str
    prob: float
    log_prob: float
    depth: int
    ends: bool = False
    grown: bool = False
    children: list[int] = field(default_factory=list)


class ContinuationTree:
    """The `width` likeliest tokens after each node that was grown; node 0 is the text itself.

    model, tokenizer: a causal language model of transformers. text: 1 to 128 tokens.

    Raises ValueError for empty or too long text.

    >>> tree = ContinuationTree(model, tokenizer, "The cat", width=3)          # doctest: +SKIP
    >>> tree.text_of(tree.beam_paths(beams=3, depth=4)[0])                     # doctest: +SKIP
    """

    def __init__(self, model, tokenizer, text, width):
        tokens, self.ids = encode(tokenizer, text)
        check_length(len(tokens), model, LONGEST_TEXT)
        self.model, self.tokenizer, self.width = model, tokenizer, width
        self.nodes = [Node(0, -1, -1, text, 1.0, 0.0, 0)]

    @torch.inference_mode()
    def grow(self, numbers):
        """Give each of these nodes (all at one depth) its children, in one forward pass."""
        fresh = [n for n in dict.fromkeys(numbers) if not (self.nodes[n].grown or self.nodes[n].ends)]
        if not fresh:
            return
        rows = [[*self.ids, *(self.nodes[n].token_id for n in self.path(n))] for n in fresh]
        check_length(len(rows[0]) + 1, self.model)
        logits = self.model(torch.tensor(rows, device=self.model.device)).logits[:, -1]
        best = logits.float().log_softmax(-1).topk(min(self.width, logits.shape[-1]))
        for parent, log_probs, ids in zip(fresh, best.values.tolist(), best.indices.tolist(), strict=True):
            self.nodes[parent].grown = True
            for log_prob, token_id in zip(log_probs, ids, strict=True):
                self._add(self.nodes[parent], token_id, log_prob)

    def greedy_path(self, depth):
        """The node numbers that greedy search visits, at most `depth`: always the likeliest child."""
        path, at = [], 0
        while len(path) < depth and not self.nodes[at].ends:
            self.grow([at])
            at = self.nodes[at].children[0]
            path.append(at)
        return path

    def beam_paths(self, beams, depth):
        """The paths that beam search with `beams` <= width beams ends with, the likeliest first.

        Paths are ranked by their summed log probability; one that has ended keeps its place while nothing beats it.
        """
        ends = [0]
        for _ in range(depth):
            self.grow(ends)
            candidates = [child for n in ends for child in (self.nodes[n].children or [n])]
            ends = sorted(candidates, key=lambda n: -self.nodes[n].log_prob)[:beams]
        return [self.path(n) for n in ends]

    def path(self, number):
        """The node numbers from below the root down to this node."""
        numbers = []
        while number > 0:
            numbers.append(number)
            number = self.nodes[number].parent
        return numbers[::-1]

    def text_of(self, path):
        """The text that the nodes of a path add to the root."""
        return self.tokenizer.decode([self.nodes[n].token_id for n in path])

    def _add(self, parent, token_id, log_prob):
        token = self.tokenizer.decode([token_id])
        node = Node(
            number=len(self.nodes),
            parent=parent.number,
            token_id=token_id,
            token=piece_name(self.tokenizer, token_id) if "\ufffd" in token else token,
            prob=math.exp(log_prob),
            log_prob=parent.log_prob + log_prob,
            depth=parent.depth + 1,
            ends=token_id == self.tokenizer.eos_token_id,
        )
        parent.children.append(node.number)
        self.nodes.append(node)
