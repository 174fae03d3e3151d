"""What botocore reads and builds for every client, done once for each process: its files are the same for all."""

from __future__ import annotations

import functools
from typing import Any

from botocore import loaders


def read_files_once() -> None:
    """Every session has a loader of its own, which would read and parse the service models again: 45 ms for a set of clients."""
    loader: Any = loaders.JSONFileLoader
    files = functools.lru_cache(maxsize=None)(functools.partial(loader.load_file, loader()))
    loader.load_file = lambda _, path: files(path)
    listing: Any = loaders.Loader
    services = functools.lru_cache(maxsize=None)(functools.partial(listing.list_available_services, listing()))
    listing.list_available_services = lambda _, type_name: list(services(type_name))
