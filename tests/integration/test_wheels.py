"""The two distributions: built from one source, installed without network, and used in an environment that has nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: The wheel of the runtime, in bytes: it must stay a small library.
SMALL = 100_000
STATEMENTS = ROOT.parent / "shared" / "execution_api" / "verbatim.py"
#: What pydantic and pyee bring along.
DEPENDENCIES = ("pydantic", "pydantic_core", "annotated_types", "typing_inspection", "typing_extensions", "pyee")

USE = """
import asyncio, sys
from hermes.execution import *

async def flaky(input_data, context, state):
    if not context:
        context.append(1)
        raise ConnectionError("hung up")
    return input_data + 1

async def main():
    bus = EventBus()
    bus.subscribe(EventPrinter())
    state = ExecutionState(event_bus=bus)
    tool = Tool(name="adder", handler=flaky, retry_config=RetryConfig(initial_delay=0.01))
    assert await ExecutionEvent(actor=tool)(41, [], state) == 42
    state.request_interrupt(message="enough")
    try:
        await state.check_interrupt()
    except ExecutionInterrupted as stop:
        print(stop.message)
    await bus.aclose()

asyncio.run(main())
try:
    from hermes.execution import create_app
except ImportError as error:
    print(error)
assert not {"fastapi", "rich", "aiobotocore"} & set(sys.modules)
"""


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV", "COV"))}
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    if shutil.which("make") is None:
        if os.environ.get("CI"):
            pytest.fail("make is not installed: .ci/debian has its package")
        pytest.skip("make is not installed")
    made = tmp_path_factory.mktemp("dist")
    # the environment that runs this test has what the target needs, wherever it is
    run("make", "--silent", "--old-file=.venv/.run", "dist", f"BIN={Path(sys.executable).parent}", f"DIST={made}")
    return {path.name.split("-")[0]: path for path in made.glob("*.whl")}


def bare(folder: Path) -> Path:
    """The Python of a new environment without any package."""
    venv.create(folder, with_pip=False, symlinks=True)
    return folder / "bin" / "python"


def installed_in(python: Path, wheel: Path, *options: str) -> None:
    pip = (sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check", "install", "--quiet")
    run(*pip, "--no-index", *options, wheel)


def packages_of(python: Path) -> Path:
    return Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())


def test_the_runtime_alone_works_with_pydantic_and_pyee_and_nothing_else(
    wheels: dict[str, Path], tmp_path: Path
) -> None:
    wheel = wheels["hermes_execution"]
    assert wheel.stat().st_size <= SMALL
    python = bare(tmp_path / "bare")
    for name in DEPENDENCIES:
        _copy(name, packages_of(python))
    installed_in(python, wheel)  # it would fail here if it needed anything more
    used = run(python, "-I", "-c", USE, cwd=tmp_path)
    assert "adder: completed [adder]" in used
    assert "enough" in used
    assert "hermes-execution[control]" in used
    assert str(tmp_path) in run(python, "-I", "-c", "import hermes.execution as it; print(it.__file__)", cwd=tmp_path)
    if STATEMENTS.exists():
        assert "FAIL" not in run(python, "-I", STATEMENTS, cwd=tmp_path)


def _copy(name: str, target: Path) -> None:
    """A distribution of this environment, as an offline index would have it."""
    for file in metadata.files(name) or ():
        source = Path(str(file.locate()))
        if ".." not in file.parts and "__pycache__" not in file.parts:
            (target / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target / file)


def test_the_whole_is_installed_and_starts(wheels: dict[str, Path], tmp_path: Path) -> None:
    python = bare(tmp_path / "whole")
    installed_in(python, wheels["hermes_by_mail"], "--no-deps")
    # its dependencies are those of this environment; Hermes itself is the wheel's, which comes first
    folders = {sysconfig.get_path("purelib"), *(path for path in sys.path if path.endswith("site-packages"))}
    (packages_of(python) / "dependencies.pth").write_text("\n".join(sorted(folders)), encoding="utf-8")
    assert "Usage" in run(python.parent / "hermes", "--help", cwd=tmp_path)
    assert str(tmp_path) in run(python, "-c", "import hermes.execution as it; print(it.__file__)", cwd=tmp_path)


def test_both_have_the_same_runtime_and_the_same_version(wheels: dict[str, Path]) -> None:
    with zipfile.ZipFile(wheels["hermes_by_mail"]) as whole, zipfile.ZipFile(wheels["hermes_execution"]) as alone:
        names = [name for name in alone.namelist() if name.startswith("hermes/")]
        assert {name: whole.read(name) for name in names} == {name: alone.read(name) for name in names}
        assert {name.split("/")[1] for name in names} == {
            "__init__.py", "domain", "errors.py", "execution", "ids.py", "limits.py", "py.typed",
        }  # fmt: skip
        assert "hermes/py.typed" in whole.namelist()


def test_the_page_is_in_the_wheel_with_the_licence_of_what_it_took(wheels: dict[str, Path]) -> None:
    here = ROOT / "hermes" / "web"
    files = [path for folder in ("static", "templates") for path in (here / folder).iterdir() if path.is_file()]
    with zipfile.ZipFile(wheels["hermes_by_mail"]) as whole:
        assert {str(path.relative_to(ROOT)) for path in files} - set(whole.namelist()) == set()
    assert {path.name for path in files} >= {"htmx.min.js", "htmx.LICENSE.txt", "page.css", "base.html"}
    whole_project, alone_project = (
        tomllib.loads((ROOT / folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        for folder in ("", "packages/hermes-execution")
    )
    assert whole_project["version"] == alone_project["version"]
    assert {name.split(">")[0] for name in alone_project["dependencies"]} == {"pydantic", "pyee"}
    assert set(alone_project["dependencies"]) <= set(whole_project["dependencies"])
