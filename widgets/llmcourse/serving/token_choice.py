"""The next token of one answer: penalties, temperature and top-p as OpenAI's API names them, by the course's rules."""

import torch

from ..scratch.sampling import frequency_penalty, greedy, presence_penalty, sample, temperature, top_p


class TokenChoice:
    """Draws the tokens of one job with a generator of its own, so that no other request moves its luck.

    >>> TokenChoice(Job(prompt=[1], max_tokens=4, temperature=0)).choose(torch.tensor([0.1, 0.7, 0.2]), [])
    1
    """

    def __init__(self, job):
        self.job, self.generator = job, torch.Generator()
        if job.seed is None:
            self.generator.seed()
        else:
            self.generator.manual_seed(job.seed)

    def choose(self, logits, written):
        """The id to write after `written` (the answer's ids so far), from logits of shape (vocabulary,)."""
        job = self.job
        if job.presence_penalty:
            logits = presence_penalty(logits, written, job.presence_penalty)
        if job.frequency_penalty:
            logits = frequency_penalty(logits, written, job.frequency_penalty)
        if job.temperature == 0:
            return int(greedy(logits))
        return int(sample(top_p(temperature(logits, job.temperature), job.top_p), self.generator))


def likeliest(logits, token, count):
    """(log-probability of `token`, [(id, log-probability)] of the `count` likeliest), before any temperature."""
    found = logits.log_softmax(-1)
    best = found.topk(count) if count else None
    top = list(zip(best.indices.tolist(), best.values.tolist(), strict=True)) if count else []
    return float(found[token]), top
