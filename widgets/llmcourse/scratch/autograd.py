"""A scalar autograd engine: numbers that remember what they were made of, and so know their slopes.

Each operation notes two things only: its result, and its own slope for each input. `backward` multiplies those slopes
along all ways from the result back to every number and adds the ways up: the chain rule. torch does the same with
tensors; Karpathy's micrograd (https://github.com/karpathy/micrograd) is the model of the form.
"""

import math


class Value:
    """See where every slope of a computation comes from: a number with its gradient and its history.

    data: the number. grad: the slope of the result on which `backward` was called, with respect to this number; it
    adds up over several calls, as in torch, until it is set to 0. op: what made it; "" for a number that was put in.
    inputs: pairs (Value, local slope), one for each number that it was made of.
    Raises TypeError for what is no number, ValueError outside an operation's domain, ZeroDivisionError.

    >>> x, w = Value(2.0), Value(3.0)
    >>> loss = (x * w - 5) ** 2
    >>> loss.backward()
    >>> loss.data, w.grad, x.grad
    (1.0, 4.0, 6.0)
    """

    __slots__ = ("data", "grad", "inputs", "op")

    def __init__(self, data, inputs=(), op=""):
        try:
            self.data = float(data)
        except (TypeError, ValueError):
            raise TypeError(f"data must be one number; got {type(data).__name__}.") from None
        self.grad, self.inputs, self.op = 0.0, inputs, op

    def __add__(self, other):
        other = _value(other)
        return Value(self.data + other.data, ((self, 1.0), (other, 1.0)), "+")

    def __mul__(self, other):
        other = _value(other)
        return Value(self.data * other.data, ((self, other.data), (other, self.data)), "×")

    def __pow__(self, exponent):
        if isinstance(exponent, Value) or not isinstance(exponent, (int, float)):
            raise TypeError("exponent must be a plain number; for a Value use (x.log() * exponent).exp().")
        if self.data < 0 and exponent != int(exponent):
            raise ValueError(f"{self.data:g} ** {exponent:g} is no real number: the base must be 0 or more.")
        slope = exponent * self.data ** (exponent - 1) if exponent else 0.0
        return Value(self.data**exponent, ((self, slope),), f"^{exponent:g}")

    def exp(self):
        """e to the power of this number; its slope is itself."""
        power = math.exp(self.data)
        return Value(power, ((self, power),), "exp")

    def log(self):
        """The natural logarithm. Raises ValueError for a number that is not above 0."""
        if self.data <= 0:
            raise ValueError(f"log needs a number above 0; got {self.data:g}.")
        return Value(math.log(self.data), ((self, 1 / self.data),), "log")

    def tanh(self):
        """Squeezed between -1 and 1."""
        squeezed = math.tanh(self.data)
        return Value(squeezed, ((self, 1 - squeezed**2),), "tanh")

    def sigmoid(self):
        """Squeezed between 0 and 1, without overflow on either side."""
        squeezed = 0.5 * (1 + math.tanh(0.5 * self.data))
        return Value(squeezed, ((self, squeezed * (1 - squeezed)),), "sigmoid")

    def relu(self):
        """The number itself where it is positive, else 0. At 0 the slope is taken as 0, as torch does."""
        return Value(max(self.data, 0.0), ((self, float(self.data > 0)),), "ReLU")

    def backward(self):
        """Put into the `grad` of every number below the slope of this one: d(self) / d(number)."""
        order = self.ancestors()
        for value in order:
            if value.inputs:  # only what was put in keeps adding up from call to call
                value.grad = 0.0
        self.grad = 1.0 if self.inputs else self.grad + 1.0
        for value in reversed(order):  # all that uses a value comes before it: its slope is complete
            for source, slope in value.inputs:
                source.grad += slope * value.grad

    def ancestors(self):
        """All values that this one was made of, and itself at the end: inputs always before what uses them.

        The walk keeps its own stack, so that a sum of 100,000 terms is no deeper than Python allows.

        >>> a, b = Value(1), Value(2)
        >>> [value.data for value in (a * b + a).ancestors()]
        [1.0, 2.0, 2.0, 3.0]
        """
        order, seen, stack = [], {id(self)}, [(self, iter(self.inputs))]
        while stack:
            value, rest = stack[-1]
            for source, _ in rest:
                if id(source) not in seen:
                    seen.add(id(source))
                    stack.append((source, iter(source.inputs)))
                    break
            else:
                order.append(value)
                stack.pop()
        return order

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + -_value(other)

    def __truediv__(self, other):
        return self * _value(other) ** -1

    def __rsub__(self, other):
        return _value(other) - self

    def __rtruediv__(self, other):
        return _value(other) / self

    __radd__, __rmul__ = __add__, __mul__

    def __repr__(self):
        return f"Value({self.data:.4g}, grad={self.grad:.4g})"


def _value(number):
    return number if isinstance(number, Value) else Value(number)
