"""Prometheus metrics of one gateway: fed by its events, by the meter of AWS calls, and by looks at the moment of a scrape."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from hermes import errors
from hermes.aws import queues
from hermes.aws.call_meter import Pool
from hermes.domain.env import Env
from hermes.domain.events import Event

#: The depths of the queues are asked for this often.
DEPTHS_SECONDS: Final = 60.0

_TIMES = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 14400, 43200)
_LAGS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)
#: Fact of an event → the histogram that it feeds: its name and what it measures.
_HISTOGRAMS: Mapping[str, tuple[str, str]] = {
    "dwell_seconds": ("hermes_command_dwell_seconds", "From the acceptance of a command to its start."),
    "run_seconds": ("hermes_command_run_seconds", "From the start of a command to its end."),
    "mail_seconds": ("hermes_reply_seconds", "From the writing of a reply to the mail server's OK."),
}
#: The outcomes of mails, and the ends of commands, by the names of their events.
_MAILS = frozenset({"command", "control", "refused", "ignored", "failed"})
_ENDS = frozenset({"succeeded", "failed", "timed_out", "needs_input", "interrupted"})
#: Labels whose values are few: projects and agents are configured, states and reasons are ours.
_WHERE = ("project", "agent")


class Metrics:
    """The instruments, in a separate registry."""

    def __init__(self, *, agent_of: Callable[[str], str] = lambda project: "") -> None:
        """`agent_of` gives the kind of agent of a project, by its name."""
        self._agent_of = agent_of
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._events = Counter("hermes_events", "What happened, by name.", ["name"], registry=self.registry)
        self._times = {
            fact: Histogram(name, text, _WHERE, buckets=_TIMES, registry=self.registry)
            for fact, (name, text) in _HISTOGRAMS.items()
        }
        self._mails = Counter(
            "hermes_mails", "Mails, by what became of them.", ["outcome", "intent", "project"], registry=self.registry
        )
        self._ends = Counter("hermes_commands", "Commands that ended.", ["state", *_WHERE], registry=self.registry)
        self._interrupts = Counter(
            "hermes_interrupts", "Commands that were stopped.", ["reason", "project"], registry=self.registry
        )
        self._spent = Counter("hermes_agent_cost_dollars", "As agents reported it.", _WHERE, registry=self.registry)
        kind = ["service", "operation"]
        self._calls = Counter("hermes_aws_requests", "Requests sent to AWS.", kind, registry=self.registry)
        self._cost = Counter("hermes_aws_cost_dollars", "Their estimated price.", kind, registry=self.registry)
        self._lag = Histogram(
            "hermes_loop_lag_seconds", "How late the event loop comes back.", buckets=_LAGS, registry=self.registry
        )

    def take(self, event: Event) -> None:
        """A listener for events."""
        self._events.labels(event.name).inc()
        project = str(event.facts.get("project") or "")
        where = (project, self._agent_of(project) if project else "")
        for fact, histogram in self._times.items():
            seconds = event.facts.get(fact)
            if isinstance(seconds, int | float):
                histogram.labels(*where).observe(max(0.0, seconds))
        noun, _, verb = event.name.partition(".")
        if noun == "mail" and verb in _MAILS:
            self._mails.labels(verb, str(event.facts.get("intent") or ""), project).inc()
        elif noun == "command" and verb in _ENDS:
            self._ends.labels(verb, *where).inc()
            if reason := event.facts.get("interrupt_reason"):
                self._interrupts.labels(str(reason), project).inc()
            cost = event.facts.get("cost_usd")
            if isinstance(cost, int | float):
                self._spent.labels(*where).inc(max(0.0, cost))

    def count(self, service: str, operation: str, dollars: float) -> None:
        """One request to AWS."""
        self._calls.labels(service, operation).inc()
        self._cost.labels(service, operation).inc(dollars)

    def lag(self, seconds: float) -> None:
        """One look at the event loop."""
        self._lag.observe(seconds)

    def look(self, looks: Collector) -> None:
        """Add what is looked at when somebody scrapes."""
        self.registry.register(looks)

    def text(self) -> bytes:
        """All of it, in Prometheus's text format."""
        return generate_latest(self.registry)


class Looks(Collector):
    """Values that are read when Prometheus scrapes."""

    def __init__(
        self,
        *,
        poll_age: Callable[[], float],
        pools: Callable[[], Iterable[Pool]],
        depths: Callable[[], Mapping[str, int]],
        tasks: Callable[[], int] = lambda: len(asyncio.all_tasks()),
        ways: Callable[[], Mapping[str, Mapping[str, object]]] = dict,
    ) -> None:
        """`ways` tells how it stands with the ways in that can be ill."""
        self._poll_age = poll_age
        self._tasks = tasks
        self._pools = pools
        self._depths = depths
        self._ways = ways

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """The gauges."""
        yield GaugeMetricFamily(
            "hermes_inbound_poll_age_seconds", "Since the inbound queue was last heard of.", value=self._poll_age()
        )
        yield GaugeMetricFamily("hermes_tasks", "Tasks of the event loop.", value=self._tasks())
        used = GaugeMetricFamily("hermes_aws_pool_used", "Connections in use.", labels=["client"])
        size = GaugeMetricFamily("hermes_aws_pool_size", "Connections there may be.", labels=["client"])
        for pool in self._pools():
            used.add_metric([pool.client], pool.used)
            size.add_metric([pool.client], pool.size)
        yield used
        yield size
        depth = GaugeMetricFamily("hermes_queue_messages", "Messages that wait on a queue, about.", labels=["queue"])
        for name, count in self._depths().items():
            depth.add_metric([name], count)
        yield depth
        good = GaugeMetricFamily("hermes_mailbox_ok", "1 while the mailbox is read.", labels=["way"])
        waiting = GaugeMetricFamily("hermes_mailbox_waiting", "Mails that are not through.", labels=["way"])
        for name, found in self._ways().items():
            good.add_metric([name], float(bool(found["ok"])))
            waiting.add_metric([name], float(str(found["waiting"])))
        yield good
        yield waiting


class Depths:
    """Asks once a minute how many messages wait on the deployment's queues: four calls, whatever scrapes."""

    def __init__(self, *, queues: queues.Queues, urls: Iterable[str], env: Env) -> None:
        self._queues = queues
        self._urls = tuple(urls)
        self._now = env.now
        self._emit = env.emit
        self.found: Mapping[str, int] = {}
        """Queue name → messages."""

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`."""
        while not stop.is_set():
            try:
                await self.look()
            except errors.HermesError as error:
                self._emit(Event("depths.failed", self._now(), f"queue depths: {error.message}", {}))
            await queues.pause(stop, DEPTHS_SECONDS)

    async def look(self) -> None:
        """One look."""
        stand = await asyncio.gather(*(self._queues.attributes(url) for url in self._urls))
        self.found = {
            url.rsplit("/", 1)[-1]: int(attributes.get("ApproximateNumberOfMessages", 0))
            for url, attributes in zip(self._urls, stand, strict=True)
        }
