"""Projects from the file, from projects.d, and errors that name the document they are in."""

from __future__ import annotations

from pathlib import Path

import pytest

from hermes import errors
from hermes.config import loading as config
from hermes.config import sources
from hermes.config.current import CurrentConfig

PROJECT = """
[[projects]]
client = "acme"
project = "{name}"
repository = "https://git.example.com/{name}.git"
addresses = ["{name}@agent.example.com"]
owners = ["anna@example.org"]
agent = {{ kind = "patch" }}
"""


def project(name: str) -> str:
    return PROJECT.format(name=name)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "hermes.toml"
    path.write_text(project("site"))
    (tmp_path / "projects.d").mkdir()
    return path


def test_the_projects_of_all_files_are_one_configuration_in_order_of_names(file: Path) -> None:
    (file.parent / "projects.d" / "b.toml").write_text(project("blog"))
    (file.parent / "projects.d" / "a.toml").write_text(project("docs") + project("shop"))
    (file.parent / "projects.d" / "notes.txt").write_text("no TOML")
    (file.parent / "projects.d" / ".hidden.toml").write_text("no TOML")
    loaded = config.load(file, {})
    assert [one.project for one in loaded.projects] == ["site", "docs", "shop", "blog"]
    assert config.load(None, {"HERMES_CONFIG": str(file)}) == loaded


def test_another_folder_can_be_named_and_none_need_be_there(file: Path) -> None:
    other = file.parent / "other"
    file.write_text(f'[project_sources]\nfolder = "{other}"\n{project("site")}')
    assert len(config.load(file, {}).projects) == 1
    other.mkdir()
    (other / "x.toml").write_text(project("docs"))
    assert len(config.load(file, {}).projects) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            project("docs") + project("blog").replace("anna@", "anna"),
            "a.toml: projects.1.owners.0: 'annaexample.org' is no mail address",
        ),
        (
            project("docs").replace("owners", "polcy = 1\nowners"),
            "a.toml: unknown setting 'projects.0.polcy'; did you mean 'policy'?",
        ),
        (project("site"), "hermes.toml: projects acme/site and acme/site would share queues"),
        ("[mail]\nname = 'x'", "a.toml: 'mail' does not belong here"),
        ("projects = 3", "a.toml: 'projects' does not belong here"),
        ("[[projects", "a.toml is not valid TOML"),
        ("\udcff", "a.toml is not valid TOML"),
    ],
)
def test_an_error_names_the_document_that_it_is_in(file: Path, text: str, said: str) -> None:
    (file.parent / "projects.d" / "a.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(errors.ConfigError) as refused:
        config.load(file, {})
    assert said in refused.value.message


def test_what_cannot_be_read_is_a_sentence(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(errors.ConfigError, match="Is a directory"):
        config.load(file.parent, {})
    (file.parent / "projects.d").rmdir()
    (file.parent / "projects.d").write_text("a file")
    with pytest.raises(errors.ConfigError, match=r"cannot read the folder of projects .*projects\.d: Not a directory"):
        config.load(file, {})
    monkeypatch.setattr(sources, "DOCUMENT_BYTES", 10)
    with pytest.raises(errors.ConfigError, match="larger than 10 bytes"):
        config.load(file, {})


@pytest.mark.parametrize("prefix", ["config", "/config/", "s3://bucket/config"])
def test_a_prefix_that_is_none_is_refused(prefix: str) -> None:
    with pytest.raises(errors.ConfigError, match="no prefix of S3"):
        config.parse({"project_sources": {"bucket_prefix": prefix}})


def test_lists_that_are_none_are_told_by_validation(file: Path) -> None:
    file.write_text("projects = 3\n[project_sources]\nfolder = 4\n")
    (file.parent / "projects.d" / "a.toml").write_text(project("docs"))
    with pytest.raises(errors.ConfigError, match=r"hermes\.toml: project_sources\.folder"):
        config.load(file, {})
    given = sources.Given({"projects": 3}, "x")
    given.add([sources.ConfigDocument("a", project("docs").encode())])
    with pytest.raises(errors.ConfigError, match="x: projects"):
        config.validated(given)


def test_a_snapshot_is_replaced_and_never_changed(file: Path) -> None:
    first = config.load(file, {})
    held = CurrentConfig(first)
    assert first.current is first
    held.replace(config.Config())
    assert first.projects != held.current.projects


@pytest.mark.parametrize(
    "named",
    [
        'clients = [{ client = "acme" }]\n',
        '[alerts]\nmail = ["operator@example.net"]\n',
        '[launcher.ecs.project_task_definitions]\n"acme/site" = "acme-worker"\n',
        '[[web.users]]\nname = "olga"\nprojects = ["acme/site"]\n',
    ],
)
def test_a_setting_may_name_a_project_that_is_read_from_aws_later(file: Path, named: str) -> None:
    file.write_text(f"{named}[project_sources]\ntable = true\n")
    there = config.load(file, {})
    with pytest.raises(errors.ConfigError):
        config.parse(there.model_dump(exclude_unset=True))
    file.write_text(named)
    with pytest.raises(errors.ConfigError):
        config.load(file, {})
