"""What a launcher tells a worker is what the worker reads: every setting of a project arrives."""

from __future__ import annotations

from pathlib import Path

from hermes.app import launchers as launching
from hermes.config import loading as config
from hermes.domain.containers import QueueSet
from hermes.worker.config import WorkerConfig

EXAMPLE = Path(__file__).resolve().parents[2] / "config" / "hermes.example.toml"
KEY = "acme#site#anna"


def test_the_settings_of_a_project_reach_its_worker() -> None:
    loaded = config.load(EXAMPLE, {})
    project = loaded.projects[0].model_copy(
        update={"build_command": "make", "media_dir": "public/media", "preview_url": "https://{branch}.example.com"}
    )
    queues = QueueSet(
        container_key=KEY, input_url="i", interrupts_url="x", output_url="o", created_at=0.0, last_used_at=0.0
    )

    told = launching.worker_environment(loaded)(KEY, project, queues, 3)
    read = WorkerConfig.read({**told, "PATH": "/bin"})

    assert read.publish == project.publish
    assert read.publish is not None
    assert (read.media_dir, read.build_command, read.preview_url) == (
        "public/media",
        "make",
        "https://{branch}.example.com",
    )
    assert (read.gen, read.container_key, read.agent) == (3, KEY, project.agent)
