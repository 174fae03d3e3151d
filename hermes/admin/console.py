"""What the views read from: the records, the queues and the settings of a deployment."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from hermes.aws.provision import QueueUrls
from hermes.aws.records.stores import Stores
from hermes.aws.resource_names import ResourceNames
from hermes.config.loading import Config


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """Handed to every reader and action. Made in `hermes/app/console.py`."""

    stores: Stores
    places: QueueUrls
    names: ResourceNames
    settings: Callable[[], Config]
    """The configuration as it is now."""
    now: Callable[[], float]
    """Epoch seconds."""
    new_id: Callable[[], str]
