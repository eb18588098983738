"""Train in the background: a generator runs step by step in a thread; between steps it can be paused and stopped."""

import threading


class BackgroundTraining:
    """Run a generator in a thread; between two of its steps it can be paused, resumed and stopped.

    steps: an iterator, usually a generator that trains one step and then yields. A stop closes it, so that its
        `finally` blocks run. tell: called in the thread with 'running', 'paused', 'stopped', 'finished' or 'failed'.
    exception: what ended a failed training, with its traceback; else None.

    >>> states = []
    >>> training = BackgroundTraining(iter(range(3)), states.append)
    >>> training.start()
    >>> training.join()
    True
    >>> states
    ['running', 'finished']
    """

    def __init__(self, steps, tell):
        self.exception = None
        self._steps, self._tell = steps, tell
        self._stopping, self._going = threading.Event(), threading.Event()
        self._going.set()
        self._thread = threading.Thread(target=self._run, name="llmcourse-training", daemon=True)

    def start(self):
        """Begin."""
        self._thread.start()

    def pause(self):
        """Rest after the step that runs now."""
        self._going.clear()

    def resume(self):
        """Go on after a pause."""
        self._going.set()

    def stop(self):
        """End after the step that runs now."""
        self._stopping.set()
        self._going.set()

    def join(self, timeout=None):
        """Wait for the end, at most `timeout` seconds. Returns whether it has ended."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    @property
    def alive(self):
        """Whether the thread has not ended yet."""
        return self._thread.is_alive()

    def _run(self):
        try:
            end = self._step_on()
        except BaseException as problem:  # a thread's exception is lost unless it is kept; SystemExit too
            self.exception, end = problem, "failed"
        self._tell(end)

    def _step_on(self):
        self._tell("running")
        try:
            while not self._stopping.is_set():
                if not self._going.is_set():
                    self._tell("paused")
                    self._going.wait()
                    if self._stopping.is_set():
                        break
                    self._tell("running")
                try:
                    next(self._steps)
                except StopIteration:
                    return "finished"
            return "stopped"
        finally:
            if hasattr(self._steps, "close"):
                self._steps.close()
