"""Why a server cannot listen, named by the setting that decides where."""

from __future__ import annotations

import errno
import socket

from hermes import errors


def refusal(section: str, host: str, port: int, error: Exception) -> errors.ConfigError:
    """The error for a person; `section` is that of host and port in the configuration."""
    where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.EADDRINUSE:
        return errors.ConfigError(
            f"{section}.port: another program listens on {where} already; stop it, or choose another port"
        )
    if number == errno.EACCES:
        return errors.ConfigError(
            f"{section}.port: this user may not listen on {where}; choose a port above 1023, or give the program CAP_NET_BIND_SERVICE"
        )
    if number == errno.EADDRNOTAVAIL or isinstance(error, socket.gaierror):
        return errors.ConfigError(f"{section}.host: this machine has no address {host!r}; 0.0.0.0 stands for all")
    reason = errors.reason(error)
    return errors.ConfigError(f"{section}: it cannot listen on {where}: {reason}")
