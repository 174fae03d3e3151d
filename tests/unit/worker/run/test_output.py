"""What a build left, read as a stranger's: types, caching, links, sizes, and addresses that must not be shown."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hermes import errors
from hermes.config.publish_settings import PublishSettings
from hermes.site.leaks import Leaks
from hermes.worker.run import output

LEAKS = Leaks(bucket="hermes-mail", endpoint_url="http://127.0.0.1:4566")


def built(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / "dist" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "dist" / name).write_text(text)
    return folder


def test_types_and_caching_follow_from_names() -> None:
    def of(name: str) -> tuple[str, str]:
        file = output.File(name, Path(name), "")
        return file.content_type, file.cache_control

    assert of("index.html") == ("text/html; charset=utf-8", output.ASK_AGAIN)
    assert of("assets/app-4f2a9c01.js") == ("text/javascript; charset=utf-8", output.FOR_EVER)
    assert of("assets/index-BxT2kP9q.css") == ("text/css; charset=utf-8", output.FOR_EVER)
    assert of("contact-formular.js") == ("text/javascript; charset=utf-8", output.A_WHILE)
    assert of("img/photo.webp") == ("image/webp", output.A_WHILE)
    assert of("data.bin") == ("application/octet-stream", output.A_WHILE)


def test_links_pipes_and_git_are_not_published(tmp_path: Path) -> None:
    built(tmp_path, {"index.html": "hi", ".git/config": "x"})
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "dist" / "passwd").symlink_to("/etc/passwd")
    (tmp_path / "dist" / "up").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "dist" / "pipe")
    assert [file.name for file in output.read(tmp_path, "dist", LEAKS)] == ["index.html"]


@pytest.mark.parametrize("how", ["absent", "link", "file"])
def test_an_output_that_is_no_folder_is_said(tmp_path: Path, how: str) -> None:
    if how == "link":
        (tmp_path / "dist").symlink_to("/etc")
    elif how == "file":
        (tmp_path / "dist").write_text("x")
    with pytest.raises(errors.StepFailed, match="left no folder dist"):
        output.read(tmp_path, "dist", LEAKS)


def test_too_many_and_too_large_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built(tmp_path, {"a": "xxx", "b": "x"})
    monkeypatch.setattr("hermes.worker.run.output.PUBLISH_FILES", 1)
    with pytest.raises(errors.StepFailed, match="more than 1 files"):
        output.read(tmp_path, "dist", LEAKS)
    monkeypatch.setattr("hermes.worker.run.output.PUBLISH_FILE_BYTES", 2)
    with pytest.raises(errors.StepFailed, match="a is too large"):
        output.read(tmp_path, "dist", LEAKS)


def test_an_address_of_our_storage_fails_the_publish_and_names_the_file(tmp_path: Path) -> None:
    built(
        tmp_path, {"index.html": "fine", "app.js.map": '{\n"a":"https://s3.eu-central-1.amazonaws.com/hermes-mail/x"}'}
    )
    with pytest.raises(errors.StepFailed, match=r"app\.js\.map holds an address of Hermes' own storage .* in line 2"):
        output.read(tmp_path, "dist", LEAKS)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"output": "../x", "prefix": "p/{branch}"}, "no folder inside"),
        ({"output": "/etc", "prefix": "p/{branch}"}, "no folder inside"),
        ({"output": ".git/x", "prefix": "p/{branch}"}, "no folder inside"),
        ({"output": "dist", "prefix": "p/{branch}", "allow_hosts": ["https://x.amazonaws.com"]}, "is no host"),
        ({"output": "dist", "prefix": "previews/"}, "must not overwrite"),
        ({"output": "dist", "prefix": "p/{commit}"}, "there is no"),
        ({"output": "dist", "prefix": "mails/{branch}"}, "what Hermes keeps"),
        ({"output": "dist", "prefix": "{branch}"}, "what Hermes keeps"),
        ({"output": "dist", "prefix": "p/../{branch}"}, "no prefix"),
        ({"output": "dist", "prefix": "/p/{branch}"}, "no prefix"),
    ],
)
def test_settings_that_could_do_harm_are_refused(given: dict[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        PublishSettings.model_validate(given)


def test_a_prefix_of_another_bucket_may_be_anything() -> None:
    settings = PublishSettings(output="./dist/", prefix="{branch}", bucket="site")
    assert (settings.output, settings.prefix) == ("dist", "{branch}/")


def test_a_file_whose_name_no_address_can_hold_is_said(tmp_path: Path) -> None:
    built(tmp_path, {"index.html": "hi"})
    (tmp_path / "dist" / "caf\udce9.html").write_text("x")
    with pytest.raises(errors.StepFailed, match=r"caf\\xe9\.html is no UTF-8"):
        output.read(tmp_path, "dist", LEAKS)
