"""Tells the operator that the mail server refuses replies: at once if an operator has to act, else when it lasts."""

from __future__ import annotations

from typing import Final

from hermes.domain.decisions.redelivery import Trouble
from hermes.domain.env import Env
from hermes.domain.events import Event

#: A passing fault is reported after this, if no reply was sent meanwhile.
LASTS_SECONDS: Final = 1800.0
#: The same fault is reported again after this.
AGAIN_SECONDS: Final = 3600.0


class MailServerWatch:
    """Gets the result of each try to send, and emits `mail_server.refused`, `mail_server.failed` and `mail_server.recovered`."""

    def __init__(self, *, env: Env) -> None:
        self._env = env
        self._failing_since: float | None = None
        self._told: dict[str, float] = {}

    def took(self) -> None:
        """Note that the server accepted a reply."""
        if self._failing_since is not None and self._told.pop("mail_server.failed", None) is not None:
            seconds = round(self._env.now() - self._failing_since)
            text = f"the mail server takes replies again, after {seconds} s"
            self._env.emit(Event("mail_server.recovered", self._env.now(), text, {"seconds": seconds}))
        self._failing_since = None

    def failed(self, trouble: Trouble, reason: str) -> None:
        """Note that the server did not accept a reply."""
        now = self._env.now()
        if self._failing_since is None:
            self._failing_since = now
        if trouble is Trouble.OPERATOR:
            self._tell(
                "mail_server.refused",
                "the mail server refuses our replies; they are kept and tried again. "
                f"Mend the account or the settings of [mail]; `hermes check` tries them. {reason}",
            )
        elif now - self._failing_since >= LASTS_SECONDS:
            minutes = (now - self._failing_since) / 60
            self._tell("mail_server.failed", f"no reply got through for {minutes:.0f} minutes: {reason}")

    def _tell(self, name: str, text: str) -> None:
        now = self._env.now()
        if now - self._told.get(name, -AGAIN_SECONDS) >= AGAIN_SECONDS:
            self._told[name] = now
            self._env.emit(Event(name, now, text, {}))
