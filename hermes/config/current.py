"""The configuration in use. Whoever needs it asks for the current one at the beginning of a piece of work, and keeps that to its end."""

from __future__ import annotations

from typing import Protocol

from hermes.config.loading import Config
from hermes.domain.decisions.people import People


class ConfigSource(Protocol):
    """Something that has a current configuration; a `Config` is its own."""

    @property
    def current(self) -> Config:
        """An immutable snapshot; another one, never a changed one, follows it."""


class CurrentConfig:
    """Holds the snapshot that a running gateway uses now."""

    def __init__(self, config: Config) -> None:
        self._config = config

    @property
    def current(self) -> Config:
        """See `ConfigSource`."""
        return self._config

    def replace(self, config: Config) -> None:
        """Use this one from now on. Work that has begun keeps the one before."""
        self._config = config


class CurrentPeople(People):
    """Who is one person by the configuration that is current when it is asked."""

    def __init__(self, source: ConfigSource) -> None:
        super().__init__()
        self._source = source

    def person(self, address: str) -> str:
        """See `People`."""
        return self._source.current.persons.person(address)

    def addresses(self, address: str) -> tuple[str, ...]:
        """See `People`."""
        return self._source.current.persons.addresses(address)
