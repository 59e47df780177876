"""What is counted over a server's life, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class Meters:
    """What is counted over the server's life."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        within = self.registry
        buckets = (0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0)
        self.recognized = Histogram(
            "voicecoach_recognition_seconds",
            "Waiting for a recognizer, and recognizing.",
            buckets=buckets,
            registry=within,
        )
        self.calls = Counter("voicecoach_calls", "Calls by how they ended.", ["outcome"], registry=within)
        self.running = Gauge("voicecoach_calls_running", "Calls that run now.", registry=within)
        self.waiting = Gauge("voicecoach_calls_waiting", "Calls that wait for a place.", registry=within)
        self.places = Gauge("voicecoach_call_places", "Calls that may run at once.", registry=within)
        self.queued = Gauge("voicecoach_recognitions_queued", "Replies that wait for a recognizer.", registry=within)
