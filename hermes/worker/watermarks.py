"""Interrupts as watermarks: "of this session everything below n". Late, repeated or reordered ones never reach a newer command. Pure."""

from __future__ import annotations

from hermes.domain import wire


class Watermarks:
    """The highest interrupt of each session that this worker knows."""

    def __init__(self) -> None:
        self._highest: dict[str, wire.InterruptMessage] = {}

    def raise_to(self, message: wire.InterruptMessage) -> bool:
        """Apply one; True if it is higher than the known one."""
        known = self._highest.get(message.session_id)
        if known is not None and known.height >= message.height:
            return False
        self._highest[message.session_id] = message
        return True

    def over(self, session_id: str, seq: int, attempt: int = 1) -> wire.InterruptMessage | None:
        """The interrupt that stops this attempt of a command, if any."""
        known = self._highest.get(session_id)
        return known if known is not None and known.covers(seq, attempt) else None
