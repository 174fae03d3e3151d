"""The worker's settings: what is taken, what is refused, and in which words."""

from __future__ import annotations

import pytest

from hermes import errors
from hermes.config.agent_settings import AgentKind
from hermes.worker.config import WorkerConfig

GIVEN = {
    "HERMES_WORKER_CONTAINER_KEY": "acme#site#anna",
    "HERMES_WORKER_GEN": "3",
    "HERMES_WORKER_INPUT_QUEUE_URL": "http://q/input.fifo",
    "HERMES_WORKER_INTERRUPT_QUEUE_URL": "http://q/interrupts",
    "HERMES_WORKER_OUTPUT_QUEUE_URL": "http://q/output",
    "HERMES_WORKER_TABLE_PREFIX": "hermes",
    "HERMES_WORKER_BUCKET": "hermes",
    "HERMES_WORKER_REGION": "eu-central-1",
    "HERMES_WORKER_WORKSPACE": "/workspace/acme/site",
    "HERMES_WORKER_REPOSITORY_URL": "git@git.example.com:acme/site.git",
    "PATH": "/bin",
}


def test_settings_are_read_from_the_environment() -> None:
    more = {
        "HERMES_WORKER_AGENT": '{"kind":"command","argv":["make","edit"]}',
        "HERMES_WORKER_STOP_SCHEDULE": '{"interrupt":1,"term":2,"kill":3}',
        "HERMES_WORKER_BUILD_COMMAND": "",
    }
    config = WorkerConfig.read({**GIVEN, **more})
    assert config.gen == 3
    assert config.agent.kind is AgentKind.COMMAND
    assert config.stop_schedule.kill == 3
    assert config.build_command is None
    assert config.max_sessions == 4


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("HERMES_WORKER_GENN", "1", "did you mean HERMES_WORKER_GEN?"),
        ("HERMES_WORKER_LADDER", "{}", "HERMES_WORKER_LADDER is called HERMES_WORKER_STOP_SCHEDULE now"),
        ("HERMES_WORKER_GEN", "soon", "HERMES_WORKER_GEN: Input should be a valid integer"),
        ("HERMES_WORKER_GEN", "", "HERMES_WORKER_GEN is not set"),
        ("HERMES_WORKER_AGENT", '{"kind":"comand"}', r"HERMES_WORKER_AGENT \(kind\)"),
        ("HERMES_WORKER_AGENT", '{"kind":"command"}', "argv"),
        ("HERMES_WORKER_AGENT", "claude", "HERMES_WORKER_AGENT"),
        ("HERMES_WORKER_STOP_SCHEDULE", '{"interrupt":9,"term":2,"kill":3}', "interrupt ≤ term"),
        ("HERMES_WORKER_REPOSITORY_URL", "https://u:pw@git.example.com/x", "password"),
        ("HERMES_WORKER_REPOSITORY_URL", "ext::sh -c x", "ext::"),
        ("HERMES_WORKER_REPOSITORY_URL", "--upload-pack=x", "hyphen"),
        ("HERMES_WORKER_DEFAULT_BRANCH", "--force", "cannot be a branch"),
        ("HERMES_WORKER_DEFAULT_BRANCH", "a..b", "cannot be a branch"),
        ("HERMES_WORKER_PREVIEW_URL", "https://{brunch}.example.org", "there is no {brunch}"),
        ("HERMES_WORKER_MAX_SESSIONS", "0", "HERMES_WORKER_MAX_SESSIONS"),
        ("HERMES_WORKER_MAX_SESSIONS", "11", "HERMES_WORKER_MAX_SESSIONS"),
        ("HERMES_WORKER_MEDIA_DIR", "../x", "no folder inside the project"),
        ("HERMES_WORKER_PUBLISH", '{"output":"dist","prefix":"logs/{branch}"}', "what Hermes keeps there"),
        ("HERMES_WORKER_PUBLISH", "dist", "HERMES_WORKER_PUBLISH"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(name: str, value: str, words: str) -> None:
    with pytest.raises(errors.ConfigError, match=words.replace("{", r"\{")) as caught:
        WorkerConfig.read({**GIVEN, name: value})
    assert "pw" not in caught.value.message.replace("password", "")
