"""DecodingTree: greedy search and beam search side by side in the tree of likeliest continuations."""

import math
from dataclasses import asdict

import traitlets

from .continuation_tree import ContinuationTree
from .course_widget import CourseWidget
from .labels import token_label

DEEPEST, WIDEST = 12, 8


class DecodingTree(CourseWidget):
    """See where greedy decoding leaves the likelier text: a tree of continuations, its paths marked.

    model, tokenizer: a causal language model of transformers. text: 1 to 128 tokens; the learner edits it in the page.
    depth: how many tokens the searches look ahead, 1 to 12. width: children of a node and number of beams, 1 to 8.
    nodes: the tree, one dictionary a node (number, parent, token, prob, log_prob, children, …); node 0 is the text.
    greedy: the node numbers of the greedy path. beams: those of each beam, the likeliest first.
    selected: number of the selected node; set by a click, readable and settable from Python.

    grow(number) lets the model find a node's children, as a click does. In an exported page only what was grown before
    is there. Raises TraitError, naming what would be right, for a depth or width outside its range, ValueError for bad
    text at the start; later bad text is told in the widget (`error`), which keeps the last good tree.

    >>> DecodingTree(model, tokenizer, "She opened the door and saw", depth=4, width=3)   # doctest: +SKIP
    """

    stem = "decoding_tree"

    text = traitlets.Unicode("").tag(sync=True)
    depth = traitlets.Int(4).tag(sync=True)
    width = traitlets.Int(3).tag(sync=True)
    nodes = traitlets.List(traitlets.Dict()).tag(sync=True)
    greedy = traitlets.List(traitlets.Int()).tag(sync=True)
    beams = traitlets.List(traitlets.List(traitlets.Int())).tag(sync=True)
    selected = traitlets.Int(0).tag(sync=True)
    asked = traitlets.Int(-1).tag(sync=True)  # the node that the page wants grown; -1 once that is done

    def __init__(self, model, tokenizer, text, depth=4, width=3, **traits):
        self._model, self._tokenizer = model, tokenizer
        super().__init__(text=text, depth=depth, width=width, **traits)
        self._search()
        self.observe(self._search_again, names=["text", "depth", "width"])
        self.observe(self._grow_asked, names="asked")

    def grow(self, number):
        """Let the model find the likeliest children of a node. Raises ValueError for a number that is no node."""
        if not 0 <= number < len(self.nodes):
            raise ValueError(
                f"number must be one of the {len(self.nodes)} nodes, 0 to {len(self.nodes) - 1}; got {number}."
            )
        self._tree.grow([number])
        self.nodes = [asdict(node) for node in self._tree.nodes]

    def text_of(self, path):
        """The text of a path: `tree.text_of(tree.beams[0])`."""
        return self._tree.text_of(path)

    def picture(self):
        """PNG bytes: the tree from left to right, the greedy path and the best beam in colour."""
        from .decoding_tree_picture import decoding_tree_picture

        return decoding_tree_picture(self.nodes, self.greedy, self.beams)

    @traitlets.validate("depth", "width")
    def _in_range(self, proposal):
        name, most = proposal["trait"].name, {"depth": DEEPEST, "width": WIDEST}[proposal["trait"].name]
        if not 1 <= proposal["value"] <= most:
            raise traitlets.TraitError(f"{name} must lie between 1 and {most}; got {proposal['value']}.")
        return proposal["value"]

    @traitlets.validate("selected")
    def _within(self, proposal):
        return proposal["value"] if 0 <= proposal["value"] < len(self.nodes) else 0

    def _search(self):
        tree = ContinuationTree(self._model, self._tokenizer, self.text, self.width)
        beams = tree.beam_paths(self.width, self.depth)
        greedy = tree.greedy_path(self.depth)
        self._tree = tree
        with self.hold_sync():
            self.nodes = [asdict(node) for node in tree.nodes]
            self.greedy, self.beams, self.selected = greedy, beams, 0
            self.summary = self._told(greedy, beams[0])

    def _told(self, greedy, best):
        def say(path):
            return f"“{token_label(self.text_of(path), 80).replace('·', ' ').strip()}”"

        log_probs = [self._tree.nodes[path[-1]].log_prob for path in (greedy, best)]
        if greedy == best:
            return f"After “{self.text}”, greedy search and {self.width} beams agree: {say(best)}."
        return (
            f"After “{self.text}”, greedy search finds {say(greedy)} (log probability {log_probs[0]:.2f}), "
            f"{self.width} beams find {say(best)} ({log_probs[1]:.2f}): "
            f"{math.exp(log_probs[1] - log_probs[0]):.1f} times as probable."
        )

    def _search_again(self, change):
        try:
            self._search()
        except ValueError as problem:
            self.error = str(problem)
        else:
            self.error = ""

    def _grow_asked(self, change):
        if change["new"] < 0:
            return
        try:
            self.grow(change["new"])
        except ValueError as problem:
            self.error = str(problem)
        else:
            self.error = ""
        finally:
            self.asked = -1
