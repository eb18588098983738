"""Exercise: The mean surprise of a classifier, from its logits."""

import math

import torch

from ...exercise import Exercise, Mistake


def cross_entropy(logits, targets):
    highest = logits.amax(-1, keepdim=True)
    log_sum = (logits - highest).exp().sum(-1, keepdim=True).log() + highest
    log_probabilities = logits - log_sum
    return -log_probabilities[torch.arange(len(targets)), targets].mean()


def without_logarithm(logits, targets):
    return -logits.softmax(-1)[torch.arange(len(targets)), targets].mean()


def without_minus(logits, targets):
    return -cross_entropy(logits, targets)


def sum_of_examples(logits, targets):
    return cross_entropy(logits, targets) * len(targets)


def over_the_examples(logits, targets):
    return -logits.log_softmax(0)[torch.arange(len(targets)), targets].mean()


def all_classes(logits, targets):
    return -logits.log_softmax(-1).mean()


def softmax_twice(logits, targets):
    return cross_entropy(logits.softmax(-1), targets)


def in_bits(logits, targets):
    return cross_entropy(logits, targets) / math.log(2)


def make_logits(size, generator):
    logits = 3 * torch.randn(size, size + 1, generator=generator)
    return logits, torch.randint(size + 1, (size,), generator=generator)


EXERCISE = Exercise(
    name="neural_networks.cross_entropy",
    goal="The mean surprise, -log of the probability of the right class, from logits.",
    solution=cross_entropy,
    cases=make_logits,
    mistakes=[
        Mistake(
            "probability without the logarithm",
            without_logarithm,
            "You average the probabilities. Their logarithm is what makes being sure and wrong so expensive: -log p.",
        ),
        Mistake(
            "no minus",
            without_minus,
            "A logarithm of a probability is negative, so your loss falls as the network gets worse. Turn the sign.",
        ),
        Mistake(
            "sum instead of mean",
            sum_of_examples,
            "Divide by the number of examples, or the loss, and with it every step, grows with the batch.",
        ),
        Mistake(
            "softmax over the examples",
            over_the_examples,
            "Your probabilities sum to one down each column. The classes of one example compete: normalise each row.",
        ),
        Mistake(
            "mean over all classes",
            all_classes,
            "Only the right class counts. Pick one logarithm a row: `[torch.arange(len(targets)), targets]`.",
        ),
        Mistake(
            "softmax twice",
            softmax_twice,
            "You put probabilities where logits belong, so the softmax is taken twice and can never be sure. torch's "
            "cross_entropy takes logits too.",
        ),
        Mistake(
            "in bits",
            in_bits,
            "That is the surprise in bits. The field uses the natural logarithm (nats): `log`, not `log2`.",
        ),
    ],
    hint="Log-probabilities are `logits - logits.exp().sum(-1, keepdim=True).log()`. Pick the right one of each row.",
    second_hint="`log_probabilities[torch.arange(len(targets)), targets]` picks; then the mean, then the minus.",
    statement=(
        "`logits` has the shape (examples, classes), `targets` (examples,) holds the number of the right class. Return "
        "the mean of −log(probability of the right class), with natural logarithms. Try to do it without torch's ready "
        "function. Two equal logits give log 2 = 0.693."
    ),
    difficulty=2,
    minutes=5,
)
