"""Remedies against learning by heart: dropout, penalties on the weights, early stopping, jittered pictures."""

import math

import torch
from torch import nn


class Dropout(nn.Module):
    """Silence a random share of the numbers in training, so that no neuron can lean on one other (Srivastava 2014).

    What is left is divided by the share that is kept, so that sums stay the same on average, and evaluation needs no
    change at all (inverted dropout). share: 0 to below 1; ValueError otherwise.

    >>> Dropout(0.5).eval()(torch.ones(3))
    tensor([1., 1., 1.])
    """

    def __init__(self, share=0.5):
        super().__init__()
        if not 0 <= share < 1:
            raise ValueError(f"share must be 0 or more and below 1; got {share}.")
        self.share = share

    def forward(self, x):
        if not self.training:
            return x
        kept = torch.rand_like(x) >= self.share
        return x * kept / (1 - self.share)


def l1_penalty(model):
    """The sum of the weights' sizes: every weight is pulled to zero with the same force, and many arrive.

    Biases are left alone: they fit no example by heart.
    """
    return sum(weight.abs().sum() for weight in _weights(model))


def l2_penalty(model):
    """Half the sum of the squared weights: each is pulled to zero in proportion to its size. Its slope is the weight
    itself, so under SGD `strength * l2_penalty` is what torch calls weight_decay=strength.
    """
    return sum(weight.square().sum() for weight in _weights(model)) / 2


class EarlyStopping:
    """Keep the weights of the best validation loss, and stop after `patience` looks without a better one.

    `look(step, loss, model)` returns True when it is time to stop; `restore(model)` puts the best weights back.
    best: the lowest loss; best_step: when it was. Raises ValueError for a patience below 1.

    >>> stopping, layer = EarlyStopping(patience=2), nn.Linear(1, 1)
    >>> [stopping.look(step, loss, layer) for step, loss in enumerate([3.0, 2.0, 2.5, 2.1])], stopping.best_step
    ([False, False, False, True], 1)
    """

    def __init__(self, patience):
        if patience < 1:
            raise ValueError(f"patience must be 1 or more; got {patience}.")
        self.patience, self.best, self.best_step = patience, math.inf, None
        self._waited, self._weights = 0, None

    def look(self, step, loss, model):
        """Note a validation loss; True when none of the last `patience` looks was better."""
        if loss < self.best:
            self.best, self.best_step, self._waited = float(loss), step, 0
            self._weights = {name: tensor.clone() for name, tensor in model.state_dict().items()}
        else:
            self._waited += 1
        return self._waited >= self.patience

    def restore(self, model):
        """Give the model the weights of the best look. Raises RuntimeError when no loss was noted."""
        if self._weights is None:
            raise RuntimeError("There is nothing to restore: call look(step, loss, model) first.")
        model.load_state_dict(self._weights)


def jittered(images, generator, turn=15.0, move=1.0, scale=0.15):
    """Augmentation: each picture turned, moved and resized at random, the border filled with zeros.

    images: (count, height, width). generator: a torch.Generator. turn: at most so many degrees each way; move: so many
    pixels; scale: such a share of the size. A seven that leans is still a seven: only use what keeps the label.

    >>> jittered(torch.ones(2, 4, 4), torch.Generator().manual_seed(0), turn=0, move=0, scale=0).sum()
    tensor(32.)
    """
    count, height, width = images.shape

    def draw(most):
        return most * (2 * torch.rand(count, generator=generator) - 1)

    angle, size = torch.deg2rad(draw(turn)), 1 + draw(scale)
    right, down = draw(2 * move / width), draw(2 * move / height)  # the grid runs from -1 to 1
    rows = [size * angle.cos(), -size * angle.sin(), right, size * angle.sin(), size * angle.cos(), down]
    grid = nn.functional.affine_grid(
        torch.stack(rows, 1).view(-1, 2, 3), (count, 1, height, width), align_corners=False
    )
    return nn.functional.grid_sample(images[:, None], grid, align_corners=False)[:, 0]


def _weights(model):
    return [weight for weight in model.parameters() if weight.ndim > 1]
