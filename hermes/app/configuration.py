"""Where a configuration is read from, and read from again while a gateway runs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from hermes import errors
from hermes.aws.objects import Objects
from hermes.aws.records.stores import Stores
from hermes.config import loading, sources
from hermes.config.current import CurrentConfig
from hermes.config.loading import Config
from hermes.config.sources import ConfigDocument
from hermes.domain.env import Env
from hermes.gateway.upkeep.config_watch import ConfigWatch

#: Documents under the prefix: each may hold many projects.
_DOCUMENTS = 500


def on_disk(file: Path | None) -> list[ConfigDocument]:
    """The configuration file and its folder; nothing of a deployment that has the environment alone. Raises `errors.ConfigError`."""
    if file is None:
        return [ConfigDocument("environment", b"")]
    first = sources.file(file)
    return [first, *sources.folder(file, sources.toml(first))]


async def shared(config: Config, held: Stores) -> list[ConfigDocument]:
    """The documents in S3 and in the table, as far as projects are to come from there. Raises `errors.HermesError`."""
    wanted = config.project_sources
    found = await in_s3(held.objects, wanted.bucket_prefix) if wanted.bucket_prefix is not None else []
    return [*found, *(await held.project_documents.all() if wanted.table else ())]


def reader(config: Config, held: Stores, file: Path) -> Callable[[], Awaitable[Sequence[ConfigDocument]]]:
    """Reads the file, its folder, and what is shared by all gateways."""

    async def read() -> Sequence[ConfigDocument]:
        return [*await asyncio.to_thread(on_disk, file), *await shared(config, held)]

    return read


async def in_s3(objects: Objects, prefix: str) -> list[ConfigDocument]:
    """The documents under a prefix of the bucket. Raises `errors.HermesError`."""
    keys = sorted(key for key in await objects.list(prefix, most=_DOCUMENTS) if key.endswith(".toml"))
    found = []
    for key in keys:
        raw, size = await objects.beginning(key, most=sources.DOCUMENT_BYTES)
        if size > sources.DOCUMENT_BYTES:
            raise errors.ConfigError(f"s3://{objects.bucket}/{key} is larger than {sources.DOCUMENT_BYTES} bytes")
        found.append(ConfigDocument(f"s3://{objects.bucket}/{key}", raw))
    return found


async def with_shared(config: Config, held: Stores) -> Config:
    """The configuration with the projects that are in S3 and in the table. Raises `errors.ConfigError`, and what AWS raises."""
    if not config.project_sources.shared:
        return config
    live = {name: list(getattr(config, name)) for name in sources.LISTS}
    given = sources.Given({**{name: getattr(config, name) for name in Config.model_fields}, **live}, "configuration")
    given.add(await shared(config, held))
    if not given.values["projects"]:
        prefix = config.project_sources.bucket_prefix
        places = [f"under s3://{held.objects.bucket}/{prefix}"] if prefix is not None else []
        places += [f"in the table {held.project_documents.table}"] if config.project_sources.table else []
        raise errors.ConfigError(f"no project is configured, neither in the files nor {' or '.join(places)}")
    return loading.validated(given)


def agent_of(config: Config, project: str) -> str:
    """The kind of agent of a project, for a label; empty where the project is gone."""
    found = next((one for one in config.projects if one.name == project), None)
    return found.agent.kind.value if found is not None else ""


def watch(
    current: CurrentConfig, held: Stores, *, file: Path | None, environ: Mapping[str, str] | None, env: Env
) -> ConfigWatch | None:
    """What takes over changes; None where there is no file to change."""
    if file is None:
        return None
    config = current.current
    return ConfigWatch(
        current=current,
        read=reader(config, held, file),
        environ=environ or {},
        seconds=config.project_sources.seconds,
        env=env,
    )
