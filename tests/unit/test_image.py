"""The image: made of files that are there, on a base named by its digest, of what is pinned and nothing else."""

from __future__ import annotations

import re
import shlex

from tests import locks
from tests.unit import cloudformation

ROOT = cloudformation.DEPLOY.parent
DEPLOY = cloudformation.DEPLOY
#: The image that ours is built on.
BASE = re.findall(r"^ARG BASE=(\S+)$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)[0]


def test_the_image_is_made_of_files_that_are_there_and_let_through() -> None:
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text().split()
    copied = [
        source
        for line in (DEPLOY / "Dockerfile").read_text().splitlines()
        if line.startswith("COPY ") and "--from=" not in line
        for source in shlex.split(line)[1:-1]
    ]
    assert "deploy/requirements.txt" in copied
    for source in copied:
        assert (ROOT / source).exists(), source
        assert f"!{source}" in ignored


def test_the_base_image_is_named_by_its_digest() -> None:
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim@sha256:[0-9a-f]{64}", BASE)
    text = (DEPLOY / "Dockerfile").read_text()
    stages: set[str] = set()
    for image, stage in re.findall(r"^#? ?FROM (\S+) AS (\S+)$", text, re.MULTILINE):
        assert image == "${BASE}" or image in stages
        stages.add(stage)
    assert len(re.findall(r"^FROM ", text, re.MULTILINE)) == 2


def test_the_image_installs_as_make_does_what_is_pinned_and_nothing_else() -> None:
    text = re.sub(r"\s*\\\n\s*", " ", (DEPLOY / "Dockerfile").read_text())
    installs = re.findall(r"pip install ([^&\n]+)", text)
    flags = [shlex.split(one) for one in installs]
    pin = ["--no-deps", "--no-build-isolation"]
    locked = [*pin, "--require-hashes", "-r"]
    assert flags == [[*locked, locks.BUILD.name], [*locked, locks.RUN.name], [*pin, "."]]
    made = re.search(r"^PIN := .* install (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert made is not None
    assert made[1].split() == pin


def test_the_image_runs_hermes_and_not_as_root() -> None:
    text = (DEPLOY / "Dockerfile").read_text()
    assert 'ENTRYPOINT ["hermes"]' in text
    assert re.findall(r"^USER (\S+)", text, re.MULTILINE) == ["10001:10001"]
