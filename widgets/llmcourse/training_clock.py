"""How far a training run is, how fast it goes, and how long it still takes."""

import time
from collections import deque

WINDOW = 10.0  # seconds over which the speed is measured


class TrainingClock:
    """Count the steps of a run and measure its speed over the last ten seconds; time spent paused does not count.

    total: the number of steps planned, or None. done: steps finished. seconds: time trained, kept over a restart.

    >>> clock = TrainingClock(total=10)
    >>> clock.reach(4)
    >>> clock.done, clock.progress()["total"]
    (4, 10)
    """

    def __init__(self, total=None, now=time.monotonic):
        self.total, self.done, self.tokens, self._now = total, 0, 0, now
        self._before = 0.0  # seconds of earlier stretches
        self._since = None  # when this stretch began, None while it rests
        self._marks = deque()  # (time, steps done, tokens) of this stretch

    @property
    def seconds(self):
        """Seconds trained, up to the last step."""
        return self._before + (0.0 if self._since is None else self._marks[-1][0] - self._since)

    def begin(self):
        """Go on counting time: at the start and after a rest."""
        if self._since is None:
            self._since = self._now()
            self._marks.clear()
            self._mark(self._since)

    def rest(self):
        """Stop counting time: paused, stopped or done."""
        self._before, self._since = self.seconds, None

    def reach(self, done, tokens=0):
        """Note that `done` steps are finished and that `tokens` more tokens were read."""
        self.begin()
        if done < self.done:
            self._marks.clear()  # the run was taken back
        self.done, self.tokens = done, self.tokens + tokens
        self._mark(self._now())

    def restore(self, done, seconds, tokens):
        """Go on from saved figures."""
        self.done, self._before, self.tokens = done, seconds, tokens

    def progress(self):
        """{done, total, seconds, steps_per_second, tokens_per_second, seconds_left}; what is not known yet is None."""
        speed, tokens = self._speed(1), self._speed(2)
        left = (self.total - self.done) / speed if self.total and speed else None
        return {
            "done": self.done,
            "total": self.total,
            "seconds": self.seconds,
            "steps_per_second": speed,
            "tokens_per_second": tokens if self.tokens else None,
            "seconds_left": max(left, 0.0) if left is not None else None,
        }

    def _mark(self, now):
        mark = (now, self.done, self.tokens)
        # A fast loop would fill the window with marks: those closer than a tenth of a second share one place.
        if len(self._marks) > 1 and now - self._marks[-2][0] < 0.1:
            self._marks[-1] = mark
        else:
            self._marks.append(mark)
        while len(self._marks) > 2 and now - self._marks[1][0] > WINDOW:
            self._marks.popleft()

    def _speed(self, column):
        if len(self._marks) < 2 or self._marks[-1][0] <= self._marks[0][0]:
            return None
        first, last = self._marks[0], self._marks[-1]
        return (last[column] - first[column]) / (last[0] - first[0])


def spoken_time(seconds):
    """Seconds as a clock shows them.

    >>> spoken_time(75), spoken_time(3 * 3600 + 60), spoken_time(0.4)
    ('1:15', '3:01:00', '0:00')
    """
    whole = int(seconds)
    hours, minutes, seconds = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
