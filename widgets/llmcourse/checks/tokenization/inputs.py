"""Inputs that several exercises share."""

import torch


def random_word(alphabet, length, generator):
    """A word of letters drawn at random."""
    places = torch.randint(len(alphabet), (length,), generator=generator)
    return "".join(alphabet[int(place)] for place in places)


def random_merges(alphabet, count, generator):
    """{pair: rank} of merges that build on each other: each half is a letter or was made by a lower rank."""
    tokens, ranks = list(alphabet), {}
    while len(ranks) < count:
        left, right = (tokens[int(place)] for place in torch.randint(len(tokens), (2,), generator=generator))
        if left + right not in tokens:
            ranks[left, right] = len(ranks)
            tokens.append(left + right)
    return ranks
