"""Exercise: What a conversation costs when each turn sends all that was said before."""

import torch

from ...exercise import Exercise, Mistake


def bill(turns, input_price, output_price):
    history, cost = 0, 0.0
    for question, answer in turns:
        history += question
        cost += history * input_price + answer * output_price
        history += answer
    return cost / 1_000_000


def history_not_sent(turns, input_price, output_price):
    return sum(question * input_price + answer * output_price for question, answer in turns) / 1_000_000


def answers_not_sent(turns, input_price, output_price):
    history, cost = 0, 0.0
    for question, answer in turns:
        history += question
        cost += history * input_price + answer * output_price
    return cost / 1_000_000


def one_price(turns, input_price, output_price):
    return bill(turns, input_price, input_price)


def answer_paid_twice(turns, input_price, output_price):
    history, cost = 0, 0.0
    for question, answer in turns:
        history += question + answer
        cost += history * input_price + answer * output_price
    return cost / 1_000_000


def price_of_a_thousand(turns, input_price, output_price):
    return 1000 * bill(turns, input_price, output_price)


def make_turns(size, generator):
    counts = torch.randint(2_000, 90_000, (size + 1, 2), generator=generator).tolist()
    prices = torch.randint(1, 9, (2,), generator=generator).tolist()
    return [tuple(pair) for pair in counts], float(prices[0]), float(prices[0] + 4 * prices[1])


EXERCISE = Exercise(
    name="tokenization.bill",
    goal="What a conversation costs when each turn sends all that was said before.",
    solution=bill,
    cases=make_turns,
    mistakes=[
        Mistake(
            "history not sent",
            history_not_sent,
            "A model remembers nothing between calls: each turn sends the whole conversation again, and all of it is "
            "paid as input.",
        ),
        Mistake(
            "its own answers not sent",
            answers_not_sent,
            "You send the earlier questions again, but not the answers. They are part of the conversation, and input "
            "from the next turn on.",
        ),
        Mistake("one price for both", one_price, "Answer tokens have their own price, mostly several times as high."),
        Mistake(
            "the answer paid as input at once",
            answer_paid_twice,
            "In the turn in which it is written the answer is output only. It becomes input in the next turn.",
        ),
        Mistake(
            "a price for a thousand", price_of_a_thousand, "The prices are for a million tokens: divide by 1,000,000."
        ),
    ],
    hint="Keep the tokens said so far in `history`. Pay them all as input in each turn; add the answer afterwards.",
    second_hint=(
        "In each turn: add the question to `history`, pay `history` as input and the answer as output, then add "
        "the answer to `history`."
    ),
    statement=(
        "`turns` is a list of `(question, answer)` lengths in tokens; the prices are in dollars a "
        "**million** tokens, one for input and one for output. Each turn sends the whole conversation so far. Return "
        "the dollars in all.\n\n"
        "Worked value: `bill([(1000, 500), (1000, 500)], 2.0, 10.0)` is 0.017: input of 1,000 and then 2,500 tokens, "
        "output of 1,000."
    ),
    difficulty=2,
    minutes=6,
)
