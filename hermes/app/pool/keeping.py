"""The gateway's side of the pool: the claims that it sends, and what keeps workers waiting."""

from __future__ import annotations

import hermes
from hermes import errors
from hermes.app.pool import waiting
from hermes.app.records import Records
from hermes.config.current import ConfigSource
from hermes.config.loading import Config
from hermes.domain.env import Env
from hermes.gateway.commands.container_manager import ContainerManager
from hermes.gateway.commands.pool_claims import PoolClaims
from hermes.gateway.results.pending_results import PendingResults
from hermes.gateway.upkeep.pool_keeper import PoolKeeper


def claims(source: ConfigSource, held: Records, *, env: Env) -> PoolClaims | None:
    """What offers keys to workers that wait; None where none does."""
    config = source.current
    if not config.pool.size:
        return None
    if held.places.parked == held.places.unclaimed:
        raise errors.ConfigError(f"queue {held.names.parked} does not exist; run `hermes provision`")

    def serves(key: str) -> bool:
        # The secrets of a task are in its definition, so a worker that waits has those of no project.
        client, project, _ = key.split("#", 2)
        return f"{client}/{project}" not in config.launcher.ecs.project_task_definitions

    return PoolClaims(
        records=held.containers,
        queues=held.queues,
        url=held.places.unclaimed,
        serves=serves,
        seconds=config.pool.wait_seconds,
        env=env,
    )


def keeper(
    config: Config,
    held: Records,
    *,
    manager: ContainerManager,
    offers: PoolClaims | None,
    pending: PendingResults,
    env: Env,
) -> list[PoolKeeper]:
    """What keeps workers waiting; none where none does."""
    if offers is None:
        return []
    given = {
        waiting.CLAIMS_QUEUE_URL: held.places.unclaimed,
        waiting.TABLE_PREFIX: config.prefix,
        waiting.REGION: config.aws.region,
        waiting.ENDPOINT_URL: config.aws.endpoint_url or "",
        waiting.POOL_VERSION: f"{hermes.__version__} {config.launcher.ecs.task_definition}",
    }
    made = PoolKeeper(
        containers=manager,
        records=held.containers,
        environment={name: value for name, value in given.items() if value},
        bounds=config.pool.bounds,
        owns=pending.owns,
        env=env,
    )
    offers.taken = made.claimed
    return [made]
