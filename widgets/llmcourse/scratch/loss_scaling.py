"""Loss scaling: how training in float16 keeps its small gradients, and how it finds the scale by itself.

Micikevicius et al. 2017 (https://arxiv.org/abs/1710.03740). The rule is that of torch.amp.GradScaler: grow after a
while without overflow; shrink, and skip the step, when a gradient is infinite or not a number.
"""

import torch


class LossScaler:
    """Multiply the loss, divide the gradients, and skip a step that overflowed.

    scale: the first factor. growth, backoff: what it is multiplied with after `interval` good steps in a row, and after
    an overflow. Raises ValueError for a scale or an interval not above 0, growth not above 1, backoff outside 0 to 1.

    >>> scaler = LossScaler(scale=1024.0, interval=1)
    >>> scaler.update(overflow=False), scaler.update(overflow=True)
    (2048.0, 1024.0)
    """

    def __init__(self, scale=2.0**16, growth=2.0, backoff=0.5, interval=2000):
        if not (scale > 0 and interval > 0 and growth > 1 and 0 < backoff < 1):
            raise ValueError(
                "scale and interval must be above 0, growth above 1, backoff between 0 and 1; got "
                f"scale={scale}, interval={interval}, growth={growth}, backoff={backoff}."
            )
        self.scale, self.growth, self.backoff, self.interval = scale, growth, backoff, interval
        self.good, self.skipped = 0, 0

    def step(self, optimizer):
        """Divide the gradients by the scale and step, unless one of them is not finite; True if the step was taken."""
        gradients = [p.grad for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
        overflow = not all(torch.isfinite(gradient).all() for gradient in gradients)
        if not overflow:
            for gradient in gradients:
                gradient.div_(self.scale)
            optimizer.step()
        self.update(overflow)
        return not overflow

    def update(self, overflow):
        """The rule: shrink after an overflow, grow after `interval` good steps in a row. Returns the new scale."""
        if overflow:
            self.scale, self.good, self.skipped = self.scale * self.backoff, 0, self.skipped + 1
        else:
            self.good += 1
            if self.good == self.interval:
                self.scale, self.good = self.scale * self.growth, 0
        return self.scale
