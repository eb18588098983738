"""Do something often asked for at most every so often, and always once after the last time it was asked for."""

import threading
import time


class Throttle:
    """Call `action` in a thread of its own, at most once in `pause` seconds; asking costs a microsecond.

    >>> throttle = Throttle(lambda: print("sent"), pause=60)
    >>> throttle.done()  # just now, by somebody else: the next call comes in a minute
    >>> throttle.ask(); throttle.ask()
    >>> throttle.cancel()
    """

    def __init__(self, action, pause):
        self._action, self._pause = action, pause
        self._last, self._timer, self._lock = -float("inf"), None, threading.Lock()

    def ask(self):
        """Let the action happen as soon as it may; many askings before then are one."""
        if self._timer is not None:
            return
        with self._lock:
            if self._timer is None:
                wait = max(0.0, self._last + self._pause - time.monotonic())
                self._timer = threading.Timer(wait, self._act)
                self._timer.daemon = True
                self._timer.start()

    def done(self):
        """Note that the action happens now by other means."""
        self._last = time.monotonic()

    def cancel(self):
        """Forget what was asked for."""
        with self._lock:
            timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()

    def _act(self):
        with self._lock:
            self._timer, self._last = None, time.monotonic()  # what is asked for from here on comes again
        self._action()
