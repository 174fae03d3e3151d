"""The names of everything in AWS: `{prefix}-{noun}`."""

from __future__ import annotations

import dataclasses

from hermes import ids


@dataclasses.dataclass(frozen=True, slots=True)
class ResourceNames:
    """The names under one prefix."""

    prefix: str

    def table(self, noun: str) -> str:
        """A table: `mails`, `threads`, `sessions`, `commands`, `containers`, `queues`, `outbox`, `snapshots`, `usage`, `audit`,
        `approvals`, `projects`.
        """
        return f"{self.prefix}-{noun}"

    @property
    def inbound(self) -> str:
        """The queue of pointers."""
        return f"{self.prefix}-inbound"

    @property
    def strangers(self) -> str:
        """The queue of pointers to mail that does not claim to be an owner's, so that no owner's mail waits behind it."""
        return f"{self.prefix}-strangers"

    @property
    def unclaimed(self) -> str:
        """The queue of claims: of keys whose worker is wanted, for workers that wait without one."""
        return f"{self.prefix}-unclaimed"

    @property
    def parked(self) -> str:
        """The queue of reports that match no command."""
        return f"{self.prefix}-parked"

    @property
    def dead(self) -> str:
        """The dead-letter queue of the standard queues."""
        return f"{self.prefix}-dead"

    @property
    def dead_fifo(self) -> str:
        """The dead-letter queue of the FIFO queues (SQS wants the same type)."""
        return f"{self.prefix}-dead.fifo"

    def input(self, key: str) -> str:
        """A container's commands."""
        return ids.queue_name(self.prefix, "input", key, fifo=True)

    def interrupts(self, key: str) -> str:
        """A container's interrupts."""
        return ids.queue_name(self.prefix, "interrupts", key)

    def output(self, key: str) -> str:
        """A container's answers."""
        return ids.queue_name(self.prefix, "output", key)


TABLES = {
    "mails": "mail_id",
    "threads": "message_id",
    "sessions": "session_id",
    "commands": "command_id",
    "containers": "container_key",
    "queues": "container_key",
    "outbox": "reply_id",
    "snapshots": "execution_id",
    "usage": "usage_id",
    "audit": "audit_id",
    "approvals": "approval_id",
    "projects": "name",
}
"""Each noun's table and its key attribute (a string)."""
