"""Interrupts as levels: "of this session, everything below n". Late, repeated and reordered ones never touch a newer command. Pure."""

from __future__ import annotations

from hermes.domain import wire


class Watermarks:
    """The highest interrupt of each session that this worker has heard of."""

    def __init__(self) -> None:
        self._highest: dict[str, wire.InterruptMessage] = {}

    def raise_to(self, message: wire.InterruptMessage) -> bool:
        """Take one in; True if it is higher than what was known."""
        known = self._highest.get(message.session_id)
        if known is not None and known.height >= message.height:
            return False
        self._highest[message.session_id] = message
        return True

    def over(self, session_id: str, seq: int, attempt: int = 1) -> wire.InterruptMessage | None:
        """What stops this attempt of a command, if anything does."""
        known = self._highest.get(session_id)
        return known if known is not None and known.covers(seq, attempt) else None
