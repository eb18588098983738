"""Which waiting job gets which slot, and when: static and continuous batching, without a model."""

from collections import deque

POLICIES = ("continuous", "static")


class SlotScheduler:
    """A fixed number of slots and a queue of jobs, first come, first served.

    policy: "continuous" gives a slot to the next job as soon as one is free (Orca: Yu et al. 2022); "static" waits
    until all are free and then fills them, as a batch that is handed in whole and comes back whole.

    >>> slots = SlotScheduler(2)
    >>> for job in "abc": slots.add(job)
    >>> slots.admit(), slots.release("a"), slots.admit()
    ([(0, 'a'), (1, 'b')], None, [(0, 'c')])
    """

    def __init__(self, slots, policy="continuous"):
        if policy not in POLICIES:
            raise ValueError(f"policy must be one of {', '.join(POLICIES)}; got {policy!r}.")
        if slots < 1:
            raise ValueError(f"slots must be at least 1; got {slots}.")
        self.slots, self.policy, self.waiting = [None] * slots, policy, deque()

    @property
    def running(self):
        """(slot, job) of every slot at work."""
        return [(place, job) for place, job in enumerate(self.slots) if job is not None]

    def add(self, job):
        """Put a job at the end of the queue."""
        self.waiting.append(job)

    def admit(self, fits=lambda job: True):
        """Give free slots to waiting jobs; returns the new (slot, job). `fits` says whether there is memory for a job.

        The queue never overtakes: where its first job does not fit, all wait, or a long job would wait for ever.
        """
        admitted = []
        if self.policy == "static" and self.running:
            return admitted
        for place, held in enumerate(self.slots):
            if held is None and self.waiting and fits(self.waiting[0]):
                self.slots[place] = self.waiting.popleft()
                admitted.append((place, self.slots[place]))
        return admitted

    def release(self, job):
        """Take a job out, from its slot or from the queue; one that is in neither is let be."""
        if job in self.waiting:
            self.waiting.remove(job)
        self.slots = [None if held == job else held for held in self.slots]
