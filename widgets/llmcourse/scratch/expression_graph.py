"""A computation of scratch/autograd.py as a picture: values flow to the right, slopes come back to the left."""


def expression_graph(result, names=None, axes=None):
    """See each number of a computation with its slope, and the operations between: returns matplotlib axes.

    result: a Value, best after `backward()`. names: {name: Value} of the numbers that have a name. Drawn in columns: a
    value stands right of all that it was made of. Raises ValueError for more than 40 values, which nobody could read.

    >>> from llmcourse.scratch.autograd import Value
    >>> a, b = Value(2), Value(3)
    >>> [text.get_text().split()[0] for text in expression_graph(a * b, {"a": a, "b": b}).texts if text.get_text()]
    ['a', 'b', '×']
    """
    import matplotlib.pyplot as plt

    order = result.ancestors()
    if len(order) > 40:
        raise ValueError(f"result was made of {len(order)} values; a picture holds at most 40.")
    called = {id(value): name for name, value in (names or {}).items()}
    places = _places(order)
    width = max(column for column, _ in places.values()) + 1
    axes = axes or plt.subplots(figsize=(min(1.6 * width + 0.4, 9), 3.4))[1]
    for value in order:
        for source, _ in value.inputs:
            arrow = {"arrowstyle": "->", "color": "#888888", "shrinkA": 24, "shrinkB": 26}
            axes.annotate("", places[id(value)], places[id(source)], arrowprops=arrow)
    for value in order:
        what = called.get(id(value), value.op or "number")
        label = f"{what}\n{value.data:.3g}\nslope {value.grad:.3g}"
        box = {"boxstyle": "round", "facecolor": "#ffffff" if value.op else "#dce9f7", "edgecolor": "#4c72b0"}
        axes.text(*places[id(value)], label, ha="center", va="center", fontsize=8, color="#222222", bbox=box)
    axes.set(xlim=(-0.5, width - 0.5), ylim=(-0.7, max(row for _, row in places.values()) + 0.7))
    axes.axis("off")
    return axes


def _places(order):
    """{id: (column, row)}: the column is the longest way from what was put in; what is used last stands late."""
    column = {}
    for value in order:
        column[id(value)] = 1 + max((column[id(source)] for source, _ in value.inputs), default=-1)
    for value in reversed(order):  # a number that was put in stands just before its first use
        for source, _ in value.inputs:
            if not source.inputs:
                uses = [column[id(each)] for each in order if any(one is source for one, _ in each.inputs)]
                column[id(source)] = min(uses) - 1
    groups = {}
    for value in order:
        groups.setdefault(column[id(value)], []).append(value)
    highest = max(len(group) for group in groups.values())
    return {
        id(value): (place, (highest - len(group)) / 2 + len(group) - 1 - row)
        for place, group in groups.items()
        for row, value in enumerate(group)
    }
