"""Limits: a bucket of requests and one of tokens for each key, and a queue in front of the engine that has an end."""

import time

from .errors import ApiError


class TokenBucket:
    """Allow `rate` units a second on average and `size` at once: a bucket that drips full again.

    clock: seconds that never go back.

    >>> seconds = iter([0, 0, 0, 0.5])
    >>> bucket = TokenBucket(rate=2, size=2, clock=lambda: next(seconds))
    >>> [bucket.take(1) for _ in range(3)]
    [0.0, 0.0, 0.0]
    """

    def __init__(self, rate, size, clock=time.monotonic):
        self.rate, self.size, self._clock = rate, size, clock
        self._level, self._at = size, clock()

    def take(self, amount):
        """Take `amount` and return 0.0, or take nothing and return the seconds until there is enough."""
        now = self._clock()
        self._level = min(self.size, self._level + (now - self._at) * self.rate)
        self._at = now
        if amount <= self._level:
            self._level -= amount
            return 0.0
        return (amount - self._level) / self.rate

    def give(self, amount):
        """Give back what was taken and not used."""
        self._level = min(self.size, self._level + amount)


class KeyLimits:
    """Requests and tokens a minute for each key: a minute's worth at once, then as it drips."""

    def __init__(self, requests_per_minute, tokens_per_minute, clock=time.monotonic):
        self._rates, self._clock, self._buckets = (requests_per_minute, tokens_per_minute), clock, {}

    def charge(self, name, tokens):
        """Take one request and `tokens` (prompt and the most the answer may take) or raise ApiError 429.

        Raises ApiError 400 for more tokens than a whole minute allows: waiting would not help.
        """
        requests, budget = self._of(name)
        if tokens > budget.size:
            raise ApiError(
                400, f"max_tokens asks for {tokens} tokens; a minute allows {budget.size}.", "too_many_tokens"
            )
        if wait := requests.take(1):
            raise ApiError(429, f"Too many requests; try again in {wait:.0f} s.", "rate_limit_exceeded", None, wait + 1)
        if wait := budget.take(tokens):
            requests.give(1)
            raise ApiError(429, f"Too many tokens; try again in {wait:.0f} s.", "rate_limit_exceeded", None, wait + 1)

    def refund(self, name, tokens):
        """Give back tokens that an answer did not need."""
        self._of(name)[1].give(tokens)

    def _of(self, name):
        if name not in self._buckets:
            self._buckets[name] = [TokenBucket(rate / 60, rate, self._clock) for rate in self._rates]
        return self._buckets[name]


class Admission:
    """The queue in front of the engine: so many answers inside, at work or waiting, and no more.

    A queue without an end only turns a refusal now into a timeout later, after the work was done for nobody.

    >>> gate = Admission(most=1)
    >>> gate.enter(1), gate.inside
    (None, 1)
    """

    def __init__(self, most, seconds_each=2.0):
        self.most, self.inside, self.draining = most, 0, False
        self._seconds = seconds_each

    def enter(self, count):
        """Take `count` places or raise ApiError: 429 when the queue is full, 503 when the server is shutting down."""
        if self.draining:
            raise ApiError(503, "The server is shutting down; try again soon.", "shutting_down", None, 5)
        if count > self.most:
            raise ApiError(
                400, f"n asks for {count} answers at once; this server writes at most {self.most}.", None, "n"
            )
        if self.inside + count > self.most:
            raise ApiError(429, "The server is busy: its queue is full.", "queue_full", None, self._seconds)
        self.inside += count

    def leave(self, count, seconds):
        """Give the places back; `seconds` taken teach the next Retry-After."""
        self.inside -= count
        self._seconds += 0.1 * (seconds - self._seconds)
