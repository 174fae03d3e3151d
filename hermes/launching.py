"""How workers are launched: by which launcher, and with which environment."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping

from hermes import limits
from hermes.aws import clients as aws_clients
from hermes.aws import tasks as ecs_tasks
from hermes.config import Config, Project
from hermes.domain.containers import QueueSet
from hermes.launch.ecs import EcsLauncher
from hermes.launch.local import LocalLauncher
from hermes.launch.port import Launcher


def launcher(config: Config, clients: aws_clients.Clients) -> Launcher:
    """The launcher that the configuration names."""
    if config.launcher.kind == "ecs":
        return EcsLauncher(
            tasks=ecs_tasks.Tasks(client=clients.ecs), settings=config.launcher.ecs, prefix=config.prefix
        )
    keys = {
        "AWS_ACCESS_KEY_ID": config.aws.access_key or os.environ.get("AWS_ACCESS_KEY_ID"),
        "AWS_SECRET_ACCESS_KEY": config.aws.secret_key or os.environ.get("AWS_SECRET_ACCESS_KEY"),
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": os.environ.get("LANG", "C.UTF-8"),
    }
    handed_on = {"AWS_SESSION_TOKEN", "AWS_PROFILE", "HOME"}.union(*(p.agent.env for p in config.projects))
    keys |= {name: os.environ.get(name) for name in handed_on}
    return LocalLauncher(
        state=config.launcher.local.state,
        argv=[sys.executable, "-m", "hermes", "worker"],
        environment={name: value for name, value in keys.items() if value},
    )


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
            "BUILD_COMMAND": project.build_command,
            "PUBLISH": project.publish.model_dump_json(exclude_none=True) if project.publish else None,
            "MEDIA_DIR": project.media_dir,
            "PREVIEW_URL": project.preview_url,
        }
        return {f"HERMES_WORKER_{name}": value for name, value in given.items() if value}

    return environment
