"""How workers are launched: by which launcher, with which environment, and with which secrets."""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from hermes import errors, limits
from hermes.app.traces import tracing
from hermes.aws import clients as aws_clients
from hermes.aws import tasks as ecs_tasks
from hermes.config.current import ConfigSource
from hermes.config.loading import Config, Project
from hermes.config.show_settings import ShowSettings
from hermes.config.walls_settings import WallsSettings
from hermes.domain.containers import LaunchRequest, QueueSet
from hermes.domain.env import Env
from hermes.launch.ecs import EcsLauncher
from hermes.launch.local import LocalLauncher
from hermes.launch.port import Launcher
from hermes.launch.room import MachineRoom
from hermes.process import privacy
from hermes.worker.config import PREFIX, WorkerConfig

log = logging.getLogger(__name__)

Environ = Mapping[str, str] | None
"""The environment that this process had at its start, where secrets have been taken out of it since; None: the one that it has."""

#: Of the gateway's environment, what every worker needs and is no secret.
_PLAIN = (
    "PATH",
    "LANG",
    "LC_ALL",
    "TZ",
    "HOME",
    "AWS_PROFILE",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "NODE_EXTRA_CA_CERTS",
    *tracing.ENDPOINTS,
)
#: Of the gateway's environment, what every worker's git may need to reach the repository: addresses that may hold passwords, and tokens.
_OF_GIT = (
    "SSH_AUTH_SOCK", "GIT_SSH_COMMAND", "http_proxy", "https_proxy", "no_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
    "ALL_PROXY",
)  # fmt: skip
_GIT_SECRETS = "HERMES_GIT_"
_AWS_SECRETS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")

AGENT_USER = f"{PREFIX}AGENT_USER"
CREDENTIAL_HELPER = f"{PREFIX}CREDENTIAL_HELPER"
CONTROL_TOKEN = f"{PREFIX}CONTROL_TOKEN"

#: What must be there for the settings of a worker to be whole: for looking at those that an operator has set for all workers.
_WHOLE = {
    "CONTAINER_KEY": "a#b#c",
    "GEN": "1",
    "INPUT_QUEUE_URL": "i",
    "INTERRUPT_QUEUE_URL": "x",
    "OUTPUT_QUEUE_URL": "o",
    "TABLE_PREFIX": "p",
    "BUCKET": "b",
    "REGION": "r",
    "WORKSPACE": "w",
    "REPOSITORY_URL": "r",
}
#: What a launcher sets for each worker by itself.
_TOLD = frozenset(
    {*_WHOLE, "ENDPOINT_URL", "DEFAULT_BRANCH", "RUNNING_DUE_SECONDS", "IDLE_SECONDS", "MAX_SESSIONS", "AGENT", "BUILD_COMMAND",
     "PUBLISH", "CHECK", "SHOW", "MEDIA_DIR", "PREVIEW_URL", "TASK_ID", "CONTROL_TOKEN", "ACCESS_KEY", "SECRET_KEY"}
)  # fmt: skip


def launcher(source: ConfigSource, clients: aws_clients.Clients, *, env: Env, environ: Environ = None) -> Launcher:
    """The launcher that the configuration names; `environ` is the environment that this process had at its start.

    Raises `errors.ConfigError` for a setting of workers that cannot be honoured.
    """
    config = source.current
    environ = os.environ if environ is None else environ
    if config.launcher.kind == "ecs":
        if beside := sorted(name for name in environ if name.startswith(PREFIX) and environ[name]):
            log.warning(
                "%s in the gateway's environment reaches no worker in ECS: set it in the workers' task definition",
                ", ".join(beside),
                extra={"action": "launcher.ignored"},
            )
        return EcsLauncher(
            env=env, tasks=ecs_tasks.EcsTasks(client=clients.ecs), settings=config.launcher.ecs, prefix=config.prefix
        )
    state = config.launcher.local.state
    for_all = _for_all_workers(environ)
    _can_be_another(for_all.get(AGENT_USER), state)
    privacy.folder(state / "workspaces", others_pass=AGENT_USER in for_all)
    plain = {"PATH": os.defpath, "LANG": "C.UTF-8", **{name: environ[name] for name in _PLAIN if environ.get(name)}}
    return LocalLauncher(
        env=env,
        state=state,
        environment={**plain, **for_all},
        secrets=lambda request: secrets(source.current, request, environ),
        room=MachineRoom(
            most=config.launcher.local.most,
            memory_left=config.launcher.local.memory_left_mb * 1024 * 1024,
            waiting=config.launcher.local.pool,
        ),
    )


def secrets(config: Config, request: LaunchRequest, environ: Mapping[str, str]) -> dict[str, str]:
    """What one worker on this machine must know: the keys of its own project's agent, and what reaches AWS and the repository."""
    client, project_name, _ = request.container_key.split("#", 2)
    project = config.project_named(client, project_name)
    names = [*_OF_GIT, *_AWS_SECRETS, *tracing.HEADERS, *(project.agent.env if project is not None else ())]
    names += [name for name in environ if name.startswith(_GIT_SECRETS)]
    found = {name: environ[name] for name in names if environ.get(name)}
    if config.aws.access_key and config.aws.secret_key:
        found = {name: value for name, value in found.items() if name not in _AWS_SECRETS}
        # Not under AWS's own names, which a credential helper of git gets in its environment.
        found |= {f"{PREFIX}ACCESS_KEY": config.aws.access_key, f"{PREFIX}SECRET_KEY": config.aws.secret_key}
    if config.web.control_secret is not None:
        found[CONTROL_TOKEN] = control_token(config.web.control_secret, request.container_key, request.gen)
    return found


def control_token(secret: str, key: str, gen: int) -> str:
    """What opens the HTTP control of one worker on this machine, and of no other; made of `web.control_secret`."""
    return hmac.new(secret.encode(), f"worker {key} {gen}".encode(), hashlib.sha256).hexdigest()


def _for_all_workers(environ: Mapping[str, str]) -> dict[str, str]:
    """The settings of workers that the operator has set for all of them, beside the gateway."""
    given = {name: value for name, value in environ.items() if name.startswith(PREFIX) and value}
    for name in given:
        if name.removeprefix(PREFIX) in _TOLD:
            raise errors.ConfigError(
                f"{name} is set for each worker by itself, from the configuration; take it out of Hermes' environment"
            )
    WorkerConfig.read({**{f"{PREFIX}{name}": value for name, value in _WHOLE.items()}, **given})
    return given


def _can_be_another(user: str | None, state: Path) -> None:
    """Can agents run as this user, and reach their folder?"""
    if user is None:
        return
    if os.geteuid() != 0:
        raise errors.ConfigError(
            f"{AGENT_USER}: agents can run as another user only where Hermes is started as root; start it as root, or take the variable "
            "out: agents then run as the same user as Hermes, and can read its files"
        )
    place = state.absolute()
    for above in (place, *place.parents):
        if above.exists() and not above.stat().st_mode & 0o001:
            raise errors.ConfigError(
                f"{AGENT_USER}: another user cannot pass through {above} to its work in {place}; name a folder such as /var/lib/hermes in "
                "launcher.local.state"
            )


def _unusual(walls: WallsSettings) -> str | None:
    """Only where it is not the default, which every version of the worker knows."""
    return walls.model_dump_json(exclude_defaults=True) if walls != WallsSettings() else None


def _shown(project: Project) -> str | None:
    """What replies show of a site, where that is not what every project shows."""
    if project.publish is None:
        return None
    usual = ShowSettings(folder=project.publish.output)
    wanted = ShowSettings(
        folder=project.publish.output,
        pages=project.pages,
        pictures=project.pictures,
        texts=project.text_changes,
        diff=project.details,
    )
    return wanted.model_dump_json(exclude_defaults=True) if wanted != usual else None


def worker_environment(config: Config) -> Callable[[str, Project, QueueSet, int], Mapping[str, str]]:
    """What a worker is told when it is launched; all of it is frozen in the container's record."""

    def environment(key: str, project: Project, queue_set: QueueSet, gen: int) -> dict[str, str]:
        user, running = key.rsplit("#", 1)[-1], config.timing.running
        root = config.containers.workspace
        if config.launcher.kind == "local":
            # On one machine the users' folders must be told apart; in ECS each container has its own disk.
            root = str((config.launcher.local.state / "workspaces" / user).absolute())
        given = {
            "CONTAINER_KEY": key,
            "GEN": str(gen),
            "INPUT_QUEUE_URL": queue_set.input_url,
            "INTERRUPT_QUEUE_URL": queue_set.interrupts_url,
            "OUTPUT_QUEUE_URL": queue_set.output_url,
            "TABLE_PREFIX": config.prefix,
            "BUCKET": config.aws.bucket,
            "REGION": config.aws.region,
            "ENDPOINT_URL": config.aws.endpoint_url,
            "WORKSPACE": f"{root}/{project.client}/{project.project}",
            "REPOSITORY_URL": project.repository,
            "DEFAULT_BRANCH": project.default_branch,
            # Only where it is not the default, which every version of the worker knows.
            "RUNNING_DUE_SECONDS": f"{running:g}" if running != limits.RUNNING_DUE_SECONDS else None,
            "IDLE_SECONDS": f"{config.containers.idle_seconds:g}",
            "MAX_SESSIONS": str(config.containers.max_sessions),
            "AGENT": project.agent.model_dump_json(exclude_none=True),
            "WALLS": _unusual(WallsSettings.of(project)),
            "BUILD_COMMAND": project.build_command,
            # Without defaults, which an earlier version of the worker may not know.
            "PUBLISH": project.publish.model_dump_json(exclude_defaults=True) if project.publish else None,
            "CHECK": project.check.model_dump_json(exclude_defaults=True) if project.check else None,
            "SHOW": _shown(project),
            "MEDIA_DIR": project.media_dir,
            "PREVIEW_URL": project.preview_url,
        }
        return {f"HERMES_WORKER_{name}": value for name, value in given.items() if value}

    return environment
