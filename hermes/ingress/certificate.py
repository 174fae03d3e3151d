"""The certificate of a server: loaded again when its files change, because each renewal, every few weeks, replaces them."""

from __future__ import annotations

import logging
import ssl
from pathlib import Path

from hermes import errors

log = logging.getLogger(__name__)


class Certificate:
    """A certificate with its key, PEM."""

    def __init__(self, *, cert_file: Path, key_file: Path) -> None:
        self._files = (cert_file, key_file)
        self._changed: tuple[int, ...] = ()
        self._context: ssl.SSLContext | None = None

    def load(self) -> None:
        """Read it. Raises `errors.ConfigError` where it cannot be used."""
        try:
            self._context, self._changed = self._read()
        except (OSError, ssl.SSLError) as error:
            where = " and ".join(str(path) for path in self._files)
            raise errors.ConfigError(f"no certificate can be read from {where}: {error}") from error

    @property
    def context(self) -> ssl.SSLContext | None:
        """What a new connection uses; the one before, while the files do not go together."""
        try:
            if self._times() != self._changed:
                self._context, self._changed = self._read()
        except (OSError, ssl.SSLError) as error:
            log.warning("The certificate was not renewed: %s", error, extra={"action": "smtp.certificate"})
        return self._context

    def _read(self) -> tuple[ssl.SSLContext, tuple[int, ...]]:
        times = self._times()
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*self._files)
        return context, times

    def _times(self) -> tuple[int, ...]:
        return tuple(path.stat().st_mtime_ns for path in self._files)
