"""Exercise: The preference term of ORPO, which needs no reference."""

import torch

from ...exercise import Exercise, Mistake


def odds_term(chosen, rejected, chosen_length, rejected_length):
    def log_odds(logp):
        return logp - torch.log1p(-logp.exp())

    difference = log_odds(chosen / chosen_length) - log_odds(rejected / rejected_length)
    return -torch.nn.functional.logsigmoid(difference).mean()


def lengths_forgotten(chosen, rejected, chosen_length, rejected_length):
    return odds_term(chosen, rejected, torch.ones_like(chosen), torch.ones_like(rejected))


def probabilities_for_odds(chosen, rejected, chosen_length, rejected_length):
    difference = chosen / chosen_length - rejected / rejected_length
    return -torch.nn.functional.logsigmoid(difference).mean()


def plus_in_the_odds(chosen, rejected, chosen_length, rejected_length):
    def log_odds(logp):
        return logp - torch.log1p(logp.exp())

    difference = log_odds(chosen / chosen_length) - log_odds(rejected / rejected_length)
    return -torch.nn.functional.logsigmoid(difference).mean()


def turned_round(chosen, rejected, chosen_length, rejected_length):
    return odds_term(rejected, chosen, rejected_length, chosen_length)


def make_logps(size, generator):
    lengths = [torch.randint(3, 9, (size,), generator=generator).float() for _ in range(2)]
    chosen, rejected = (-(0.2 + 1.5 * torch.rand(size, generator=generator)) * length for length in lengths)
    return chosen, rejected, *lengths


EXERCISE = Exercise(
    name="dpo.odds_ratio",
    goal="The preference term of ORPO, which needs no reference.",
    solution=odds_term,
    cases=make_logps,
    mistakes=[
        Mistake(
            "not divided by the lengths",
            lengths_forgotten,
            "A long answer is less likely for its length alone. ORPO takes the mean log-probability of a token: divide "
            "each by its own length.",
        ),
        Mistake(
            "probabilities instead of odds",
            probabilities_for_odds,
            "That is the ratio of probabilities. Odds are p / (1 - p), and their ratio grows faster where p is large.",
        ),
        Mistake(
            "1 + p in the odds",
            plus_in_the_odds,
            "Odds set p against all the rest: p / (1 - p). In logarithms, log p - log(1 - p), a `log1p(-p)`.",
        ),
        Mistake(
            "chosen and rejected exchanged",
            turned_round,
            "This term gets small when the rejected answer has the better odds.",
        ),
    ],
    hint="First the mean log-probability of a token. Its odds: p / (1 - p). The term: -logsigmoid of the difference.",
    second_hint="`logp - torch.log1p(-logp.exp())` are the log odds of a log-probability.",
    statement=(
        "Log-probabilities and lengths in tokens of chosen and rejected answers, four tensors (pairs,). Return the "
        "mean of -logsigmoid(log odds of the chosen - log odds of the rejected), where the odds are p / (1 - p) and "
        "log p is the mean over the answer's tokens. Two answers equally likely a token give log 2."
    ),
    difficulty=3,
    minutes=7,
)
