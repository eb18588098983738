"""A training run that can be stopped and goes on exactly where it was, for whatever of a model is set to learn.

A checkpoint holds the trained weights alone, with the optimiser's state: some megabytes for an adapter. It is written
whole or not at all. In float16 the loss is scaled; in bfloat16 and float32 it need not be (see loss_scaling.py).
"""

import contextlib
import math
import pickle
import signal
import threading

import torch

from ..atomic import open_atomically
from ..memory_limit import out_of_memory
from .batch_answers import answer_loss

WARMUP = 5  # steps in which the learning rate rises; fewer, a fifth, where the run itself is short
UNREADABLE = (OSError, RuntimeError, EOFError, pickle.UnpicklingError, LookupError, TypeError, AttributeError)


class TrainingError(RuntimeError):
    """A run that cannot go on as it is; its words say at which step, and what to change."""


def train(model, batches, steps, lr=2e-3, path=None, until=None, save_every=10, loss=None, monitor=None, clip=1.0):
    """Train the parameters of a model that require gradients by AdamW; returns the losses of all steps so far.

    batches: a list, used again from its beginning when it ends, or a function from the step to its batch: what a step
        reads may depend on nothing else, or a resumed run would differ. A batch is (ids, labels, mask) as `label_batch`
        gives it, or whatever `loss` takes. steps: of the whole run; the rate lr rises for 5 steps, then falls to 0.
    path: the checkpoint. Where it is there, the run goes on from it; it is written every `save_every` steps, at the
        end, and at an interrupt (■ in Jupyter), which returns the losses so far. until: stop before this step.
    loss: (model, batch) -> a scalar; by default the cross-entropy of the labelled tokens.
    monitor: a TrainingMonitor or one of its runs, instead of a bar. clip: the largest norm of the gradient.

    Raises ValueError where nothing learns or the checkpoint is of another run, TrainingError for a loss that is no
    number and where the memory does not suffice.

    >>> layer = torch.nn.Linear(2, 1)
    >>> off_one = lambda layer, x: (layer(x) - 1).square().mean()
    >>> losses = train(layer, [torch.ones(4, 2)], steps=20, lr=0.1, loss=off_one)
    >>> len(losses), losses[-1] < losses[0]
    (20, True)
    """
    learning = {name: weights for name, weights in model.named_parameters() if weights.requires_grad}
    if not learning:
        raise ValueError("model must have parameters that require gradients: call add_lora first, or requires_grad_().")
    if steps < 1 or not (callable(batches) or len(batches)):
        raise ValueError(f"steps must be 1 or more, and batches must hold one; got {steps} steps.")
    batch_of = batches if callable(batches) else lambda step: batches[step % len(batches)]
    run = _Run(model, learning, steps, lr, path, loss or _labelled, clip)
    stop = steps if until is None else min(until, steps)
    was_training = model.training
    model.train()
    try:
        with _interrupt_after_the_step() as interrupted:
            for step in _walk(len(run.losses), stop, steps, monitor):
                run.step(step, batch_of(step))
                if monitor is not None:
                    monitor.log(step, loss=run.losses[-1], lr=run.rate(step))
                ends = step + 1 == stop or interrupted.is_set()
                if ends or (step + 1) % save_every == 0:
                    run.save()
                if ends and step + 1 < steps:
                    break
    finally:
        model.train(was_training)
        for weights in learning.values():
            weights.grad = None
    return run.losses


class _Run:
    """The state of a run between two steps: what the checkpoint holds."""

    def __init__(self, model, learning, steps, lr, path, loss, clip):
        self.model, self.learning, self.path, self.loss, self.clip = model, learning, path, loss, clip
        self.settings = {"steps": steps, "lr": lr, "clip": clip}
        self.losses = []
        weights = list(learning.values())
        self.optimizer = torch.optim.AdamW(weights, lr=lr, weight_decay=0.0)
        device = weights[0].device.type
        half = any(each.dtype == torch.float16 for each in model.parameters())  # its small gradients would be zero
        self.scaler = torch.amp.GradScaler(device, enabled=half)
        if path is not None:
            self.resume()

    def rate(self, step):
        """The learning rate of a step: a rise, then a straight fall."""
        steps, lr = self.settings["steps"], self.settings["lr"]
        return lr * min(1, (step + 1) / max(1, min(WARMUP, steps // 5))) * (1 - step / steps)

    def step(self, step, batch):
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate(step)
        try:
            loss = self.loss(self.model, batch)
            value = loss.item()
            if not math.isfinite(value):
                raise TrainingError(self._not_a_number(step, value))
            self.scaler.scale(loss).backward()
            self.scaler.unscale_(self.optimizer)
            norm = torch.nn.utils.clip_grad_norm_(list(self.learning.values()), self.clip)
            if not (self.scaler.is_enabled() or torch.isfinite(norm)):  # the scaler skips such a step by itself
                raise TrainingError(self._not_a_number(step, value, "the gradient"))
            self.scaler.step(self.optimizer)
            self.scaler.update()
        except (RuntimeError, MemoryError) as problem:
            if not out_of_memory(problem):
                raise
            raise TrainingError(
                f"The memory does not suffice for step {step}. Smaller: fewer or shorter examples in a batch; a lower "
                "rank or fewer targets; model.gradient_checkpointing_enable(); the frozen weights in 4 bits (to_nf4)."
                + self._kept()
            ) from problem
        finally:
            self.optimizer.zero_grad()
        self.losses.append(value)

    def save(self):
        """Write the checkpoint, whole or not at all."""
        if self.path is None:
            return
        device = next(iter(self.learning.values())).device
        state = {
            "settings": self.settings,
            "losses": self.losses,
            "weights": {name: weights.detach() for name, weights in self.learning.items()},
            "optimizer": self.optimizer.state_dict(),
            "scaler": self.scaler.state_dict(),
            "random": torch.get_rng_state(),  # dropout draws from it
            "random_cuda": torch.cuda.get_rng_state(device) if device.type == "cuda" else None,
        }
        with open_atomically(self.path) as file:
            torch.save(state, file)

    def resume(self):
        """Take up the checkpoint where there is one."""
        device = next(iter(self.learning.values())).device
        try:
            state = torch.load(self.path, map_location="cpu", weights_only=True)
            wanted = {name: weights.shape for name, weights in self.learning.items()}
            there = {name: weights.shape for name, weights in state["weights"].items()}
        except FileNotFoundError:
            return
        except UNREADABLE as problem:
            raise ValueError(f"path must name a checkpoint of `train`; {self.path} is none. Delete it.") from problem
        if state["settings"] != self.settings or wanted != there:
            raise ValueError(
                f"path must name a checkpoint of this run; {self.path} has {state['settings']} and {len(there)} "
                f"trained tensors, this run {self.settings} and {len(wanted)}. Delete it, or take another path."
            )
        with torch.no_grad():
            for name, weights in self.learning.items():
                weights.copy_(state["weights"][name])
        self.optimizer.load_state_dict(state["optimizer"])
        self.scaler.load_state_dict(state["scaler"])
        self.losses = state["losses"]
        torch.set_rng_state(state["random"])
        if state["random_cuda"] is not None and device.type == "cuda":
            torch.cuda.set_rng_state(state["random_cuda"], device)

    def _not_a_number(self, step, value, what="the loss"):
        lr = self.settings["lr"]
        became = value if what == "the loss" else "infinite or no number"
        return (
            f"At step {step} {what} became {became}. Try lr={lr / 5:g} instead of {lr:g}, a lower alpha, or float32 "
            "weights (dtype='float32'); and see that each example of the batch has a label." + self._kept()
        )

    def _kept(self):
        return "" if self.path is None else f" What was learnt until the last checkpoint stands in {self.path}."


def _labelled(model, batch):
    return answer_loss(model, *(each.to(model.device) for each in batch))


def _walk(start, stop, steps, monitor):
    """The numbers of the steps to do, with a bar that tells the time left, or in the monitor."""
    if start >= stop:
        return iter(())
    if monitor is not None:
        return iter(monitor.steps(steps, start=start))
    from tqdm.auto import tqdm

    return iter(tqdm(range(start, stop), desc="training", initial=start, total=steps, leave=False))


@contextlib.contextmanager
def _interrupt_after_the_step():
    """Inside, a first interrupt sets the event that is given, a second one raises KeyboardInterrupt as ever."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return

    def note(number, frame):
        asked.set()
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)
