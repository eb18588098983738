"""A small translation task: dates as they are spoken into dates as they are filed.

"the third of march nineteen eighty seven" or "march third nineteen eighty seven" -> 1987-03-03. The two orders of words
mean that a translator must look for the month, not count to it. Every fifth day is held out from training.
"""

import random
from datetime import date, timedelta
from functools import cache
from time import perf_counter

import torch
from torch.nn.functional import cross_entropy

from .encoder_decoder import END, PAD, START, EncoderDecoder

MONTHS = [
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
]  # fmt: skip
_ONES = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]  # fmt: skip
_TENS = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_ORDINALS = [
    "", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
    "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth",
    "twentieth",
]  # fmt: skip
LENGTH = 11  # of a written date: ten characters and END
DIGITS = ["<pad>", "<start>", "<end>", *"0123456789-"]


def spoken(day, british=True):
    """A date in words.

    >>> spoken(date(1987, 3, 3)), spoken(date(2005, 12, 31), british=False)
    ('the third of march nineteen eighty seven', 'december thirty first two thousand five')
    """
    number = _ordinal(day.day)
    start = f"the {number} of {MONTHS[day.month - 1]}" if british else f"{MONTHS[day.month - 1]} {number}"
    return f"{start} {_year(day.year)}"


@cache
def vocabulary():
    """The words of all dates, those with a meaning of their own first: list of str."""
    words = set(MONTHS + _ONES + _TENS[2:] + _ORDINALS[1:] + ["thirtieth", "the", "of", "hundred", "thousand"])
    return ["<pad>", "<start>", "<end>", *sorted(words - {"zero"})]


def source_ids(texts):
    """Ids (batch, longest) of spoken dates, shorter ones padded on the right.

    >>> source_ids(["may first nineteen ten", "the first of may nineteen ten"]).shape
    torch.Size([2, 6])
    """
    known = {word: number for number, word in enumerate(vocabulary())}
    rows = [[known[word] for word in text.split()] for text in texts]
    longest = max(map(len, rows))
    return torch.tensor([row + [PAD] * (longest - len(row)) for row in rows])


def target_ids(days):
    """Ids (batch, 11) of written dates, END at the end."""
    return torch.tensor([[DIGITS.index(sign) for sign in day.isoformat()] + [END] for day in days])


def written(ids):
    """The text of target ids, up to END.

    >>> written(target_ids([date(1987, 3, 3)])[0])
    '1987-03-03'
    """
    signs = [DIGITS[number] for number in ids]
    return "".join(signs[: signs.index("<end>")] if "<end>" in signs else signs)


def draw(count, seed, held_out=False):
    """(spoken texts, dates): `count` random pairs of the years 1900 to 2099, from the training or the held-out days."""
    drawn, first = random.Random(seed), date(1900, 1, 1)
    numbers = [number for number in range(73_049) if (number % 5 == 0) == held_out]
    days = [first + timedelta(days=drawn.choice(numbers)) for _ in range(count)]
    return [spoken(day, drawn.random() < 0.5) for day in days], days


def shift_right(target):
    """What the decoder reads while it learns to write `target`: START, then all but the last token.

    >>> shift_right(torch.tensor([[5, 6, 2]]))
    tensor([[1, 5, 6]])
    """
    return torch.cat([torch.full_like(target[:, :1], START), target[:, :-1]], dim=1)


def train_dates(steps=400, masked=True, forced=True, batch=32, seed=0, rate=4e-3):
    """A small encoder-decoder trained on spoken dates: (model, losses, seconds).

    masked: whether the decoder's future is hidden. forced: whether it reads the right tokens while it learns (teacher
    forcing), or its own guesses.
    """
    torch.manual_seed(seed)
    model = EncoderDecoder(len(vocabulary()), len(DIGITS), width=64, heads=4, hidden=128, layers=2, masked=masked)
    texts, days = draw(steps * batch, seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=rate, betas=(0.9, 0.98), fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min((step + 1) / 40, 1 - step / (steps + 1)))
    losses, begin = [], perf_counter()
    for step in _progress(steps):
        chosen = slice(step * batch, (step + 1) * batch)
        source, target = source_ids(texts[chosen]), target_ids(days[chosen])
        logits = model(source, shift_right(target)) if forced else _on_its_own(model, source)
        loss = cross_entropy(logits.flatten(0, 1), target.flatten())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
    return model.eval(), losses, perf_counter() - begin


def accuracy(model, count=500, seed=1):
    """The share of held-out dates that the model writes without a mistake."""
    texts, days = draw(count, seed, held_out=True)
    told = model.write(source_ids(texts), LENGTH)
    return (told == target_ids(days)).all(-1).float().mean().item()


def _on_its_own(model, source):
    """Logits of a decoder that reads what it wrote itself: one pass a token."""
    memory, mask = model.encode(source), model.source_mask(source)
    read = source.new_full((len(source), 1), START)
    for place in range(LENGTH):
        logits = model.decode(read, memory, mask)
        if place < LENGTH - 1:
            read = torch.cat([read, logits[:, -1:].argmax(-1)], dim=1)
    return logits


def _progress(steps):
    from tqdm.auto import tqdm

    return tqdm(range(steps), desc="Training", unit="step", leave=False)


def _ordinal(number):
    if number <= 20:
        return _ORDINALS[number]
    if number == 30:
        return "thirtieth"
    return f"{_TENS[number // 10]} {_ORDINALS[number % 10]}"


def _year(year):
    century, rest = divmod(year, 100)
    if year == 2000:
        return "two thousand"
    if 2000 < year < 2010:
        return f"two thousand {_ONES[rest]}"
    return f"{_below_hundred(century)} {_below_hundred(rest) if rest else 'hundred'}"


def _below_hundred(number):
    if number < 20:
        return _ONES[number]
    return _TENS[number // 10] + (f" {_ONES[number % 10]}" if number % 10 else "")
