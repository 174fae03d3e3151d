"""Bad configurations as people write them: each error is a sentence of one line that names the place and says what is right."""

from __future__ import annotations

from pathlib import Path

import pytest

from hermes import errors
from hermes.config import loading as config
from tests.unit.config.test_sources import project

#: What is put before the project, the environment, what is said.
CASES: list[tuple[str, dict[str, str], str]] = [
    (
        "",
        {"HERMES_AWS__ENDPOINT_URL": ""},
        "HERMES_AWS__ENDPOINT_URL: aws.endpoint_url: '' is no address of an emulator",
    ),
    (
        "",
        {"HERMES_AWS__ENDPOINT_URL": "localhost:4566"},
        "one reads http://127.0.0.1:4566. For AWS itself leave the setting out",
    ),
    ("", {"HERMES_AWS__ENDPOINT_URL": "http://h:99999"}, "is no address of an emulator"),
    ("", {"HERMES_AWS__REGION": ""}, "HERMES_AWS__REGION: aws.region: it is empty"),
    ("", {"HERMES_PREFIX": "Hermes_Prod"}, "HERMES_PREFIX: prefix: use lower-case letters"),
    ("", {"HERMES_MAIL": "x"}, "HERMES_MAIL: mail: a table of settings is needed here"),
    ("", {"HERMES_PROJECTS": "[{"}, "HERMES_PROJECTS: projects: a list is needed here"),
    ("[launcher.local]\nstate='FILE'\n", {}, "FILE' is a file, and a folder is needed"),
    ("[launcher.local]\nstate='FILE/below'\n", {}, "FILE' is a file, and a folder is needed"),
    ("[mail]\ndomain=''\n", {}, "mail.domain: it is empty"),
    ("[mail.smtp]\nhost=''\n", {}, "mail.smtp.host: it is empty"),
    ("[mail.smtp]\nport='abc'\n", {}, "mail.smtp.port: a whole number is needed (given: 'abc')"),
    ("[mail.smtp]\nusername='u'\n", {}, "mail.smtp: username and password belong together"),
    ("[web]\nhost=''\n", {}, "web.host: it is empty"),
    ("[smtp_ingress]\nenabled='ja'\n", {}, "smtp_ingress.enabled: true or false is needed (given: 'ja')"),
    ("[alerts]\nmail='a@b.example'\n", {}, 'alerts.mail: a list is needed here, like ["one", "two"]'),
    ("mail='x'\n", {}, "mail: a table of settings is needed here"),
]

PROJECTS: list[tuple[str, str, str]] = [
    ("language", '"xx"', "projects.0.language: Hermes does not write 'xx'; it writes de, en"),
    ("language", '"de-AT"', "did you mean 'de'?"),
    ("owners", "[]", "projects.0.owners: at least one entry is needed"),
    ("agent", '"claude"', "projects.0.agent: a table of settings is needed here"),
    ("default_branch", '""', "projects.0.default_branch: it is empty"),
    ("preview_url", '"https://{brnch}.x.example"', "{brnch} is nothing that Hermes knows; known: {branch}, {commit}"),
    ("preview_url", '"https://{"', "is no pattern of an address"),
]


def refused(file: Path, environ: dict[str, str]) -> str:
    with pytest.raises(errors.ConfigError) as error:
        config.load(file, environ)
    assert "\n" not in error.value.message
    return error.value.message


@pytest.mark.parametrize(("text", "environ", "said"), CASES)
def test_a_bad_setting_is_named_with_what_is_right(
    tmp_path: Path, text: str, environ: dict[str, str], said: str
) -> None:
    (tmp_path / "FILE").write_text("x")
    file = tmp_path / "hermes.toml"
    file.write_text(text.replace("FILE", str(tmp_path / "FILE")) + project("site"))
    assert said in refused(file, environ)


@pytest.mark.parametrize(("name", "value", "said"), PROJECTS)
def test_a_bad_setting_of_a_project_is_named_with_what_is_right(
    tmp_path: Path, name: str, value: str, said: str
) -> None:
    lines = [line for line in project("site").splitlines() if not line.startswith(f"{name} ")]
    file = tmp_path / "hermes.toml"
    file.write_text("\n".join([*lines, f"{name} = {value}", ""]))
    assert said in refused(file, {})
