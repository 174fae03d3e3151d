"""The event bus and what listens to it, under the import place that its users know."""

from __future__ import annotations

from hermes.execution.events.bus import EventBus
from hermes.execution.events.printer import EventPrinter
from hermes.execution.events.statistics import RunStatistics
from hermes.execution.events.subscription import EventStream, Overflow, Subscription

__all__ = ["EventBus", "EventPrinter", "EventStream", "Overflow", "RunStatistics", "Subscription"]
