"""Ready mistakes of trained models, told by what the model does: each takes the function that makes such a model."""

import torch

from .exercise import Mistake

NEAR = 0.2  # of the way from guessing to what is needed: what counts as no better than guessing
GAP = 0.5  # of that way: a model that is so much better on inputs it knows has learnt those by heart


def left_in_training_mode(make):
    """Dropout or batch statistics still at work: the outputs change in `eval()` mode or from call to call."""
    return Mistake(
        "left in training mode",
        make,
        "On the same inputs your model does not always answer alike: dropout is still on, or batch normalisation still "
        "looks at the batch. Call `model.eval()` when training is over.",
        lambda trial: trial.changes is not None,
    )


def always_one_answer(make):
    """One class for every input, as a model does whose training diverged or saw the classes one after the other."""
    return Mistake(
        "predicts one class",
        make,
        "Your model gives every input the same class. Often the learning rate is too high, the inputs are all alike "
        "to it, or the training batches were not shuffled.",
        _gives_one_answer,
    )


def not_trained(make):
    """No better and no worse than guessing: the steps never reached the weights."""
    return Mistake(
        "not trained",
        make,
        "Your model is no better than guessing. Did the training loop run, with `loss.backward()` and "
        "`optimizer.step()` in it, on this very model?",
        lambda trial: abs(trial.progress()) < NEAR and trial.progress("train") < GAP and not _gives_one_answer(trial),
    )


def worse_than_guessing(make):
    """Clearly below the baseline: it learnt the opposite, or labels that are shifted by one."""
    return Mistake(
        "worse than guessing",
        make,
        "Your model is wrong more often than chance: it tells the classes apart, but takes one for another. Look at "
        "the sign of the loss and at the numbering of the labels.",
        lambda trial: trial.progress() <= -NEAR and not _gives_one_answer(trial),
    )


def trained_on_the_test_set(make):
    """Good on the test set, not on inputs drawn afresh."""
    return Mistake(
        "trained on the test set",
        make,
        "Your model is good on the test set and much worse on inputs that nobody has seen: it was trained on the test "
        "set. Train on the training set alone.",
        lambda trial: trial.progress("test") - trial.progress() > GAP,
    )


def learned_by_heart(make):
    """Good on the training set, and neither on the test set nor on fresh inputs: overfitted."""
    return Mistake(
        "learned by heart",
        make,
        "Your model knows its training set by heart and fails on new inputs. Train it for fewer steps, make it "
        "smaller, or hold it back with weight decay or dropout.",
        lambda trial: (
            trial.progress("train") - trial.progress() > GAP and trial.progress("test") - trial.progress() <= GAP
        ),
    )


def _gives_one_answer(trial):
    outputs, targets = trial.outputs["fresh"], trial.targets["fresh"]
    if outputs.ndim < 2 or outputs.shape[-1] < 2 or len(torch.unique(targets)) < 2:
        return False
    return len(torch.unique(outputs.argmax(-1))) == 1
