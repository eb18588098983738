"""What Prometheus reads at /metrics: how many, how fast, how full."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)


class Metrics:
    """The counters of one server, in a registry of their own.

    >>> Metrics().text().startswith(b"# HELP")
    True
    """

    def __init__(self):
        self._registry = registry = CollectorRegistry()
        self.requests = Counter("llm_requests", "Requests by route and status", ["route", "status"], registry=registry)
        self.tokens = Counter("llm_tokens", "Tokens read and written", ["kind"], registry=registry)
        self.first = Histogram("llm_first_token_seconds", "Time to the first token", buckets=SECONDS, registry=registry)
        self.whole = Histogram("llm_request_seconds", "Time of a whole answer", buckets=SECONDS, registry=registry)
        self._gauges = {
            name: Gauge(f"llm_{name}", words, registry=registry)
            for name, words in (
                ("slots_busy", "Slots at work"),
                ("jobs_waiting", "Jobs without a slot"),
                ("answers_inside", "Answers at work or waiting, as the gate counts them"),
            )
        }

    def watch(self, engine, gate):
        """Read the gauges from where they are kept, whenever somebody asks."""
        self._gauges["slots_busy"].set_function(lambda: engine.state()["busy"])
        self._gauges["jobs_waiting"].set_function(lambda: engine.state()["waiting"])
        self._gauges["answers_inside"].set_function(lambda: gate.inside)

    def text(self):
        """All of it in Prometheus' own format."""
        return generate_latest(self._registry)
