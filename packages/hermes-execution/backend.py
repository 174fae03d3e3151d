"""Builds `hermes-execution` from the files of this repository: `hermes/execution` and the modules that it imports, no copy of them kept.

A PEP 517 backend: it puts those files beside this project's own into a folder, and lets flit build that folder.
"""

from __future__ import annotations

import ast
import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from flit_core import buildapi

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
ROOM = Path("hermes", "execution")


def modules(root: Path = ROOT) -> set[Path]:
    """The files of the runtime and of every module of Hermes that they import, packages included, relative to the repository."""
    found: set[Path] = set()
    ahead = [path.relative_to(root) for path in (root / ROOM).rglob("*.py")]
    while ahead:
        path = ahead.pop()
        if path in found:
            continue
        found.add(path)
        places = [*_imported(root / path), *path.parents[:-1]]
        ahead += [
            file
            for place in places
            for file in (place.with_suffix(".py"), place / "__init__.py")
            if (root / file).is_file()
        ]
    return found


def _imported(path: Path) -> Iterator[Path]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        yield from (Path(*name.split(".")) for name in names if name.split(".")[0] == "hermes")


@contextlib.contextmanager
def _project() -> Iterator[None]:
    """The current folder, until the block ends, is a project that any builder of flit projects can build."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory(prefix="hermes-execution-") as made:
        folder = Path(made)
        for path in [*modules(), Path("hermes", "py.typed")]:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / path, folder / path)
        shutil.copyfile(ROOT / "LICENSE", folder / "LICENSE")
        shutil.copyfile(HERE / "README.md", folder / "README.md")
        text = (HERE / "pyproject.toml").read_text(encoding="utf-8")
        text = text.replace('build-backend = "backend"\nbackend-path = ["."]', 'build-backend = "flit_core.buildapi"')
        (folder / "pyproject.toml").write_text(text, encoding="utf-8")
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)


def get_requires_for_build_wheel(config_settings: object = None) -> list[str]:
    """Nothing beyond the build system's own requirements."""
    return []


get_requires_for_build_sdist = get_requires_for_build_wheel


def prepare_metadata_for_build_wheel(metadata_directory: str, config_settings: object = None) -> str:
    """Write the metadata of the wheel."""
    metadata_directory = str(Path(metadata_directory).resolve())
    with _project():
        return str(buildapi.prepare_metadata_for_build_wheel(metadata_directory))


def build_wheel(wheel_directory: str, config_settings: object = None, metadata_directory: str | None = None) -> str:
    """Build the wheel."""
    wheel_directory = str(Path(wheel_directory).resolve())
    with _project():
        return str(buildapi.build_wheel(wheel_directory))


def build_sdist(sdist_directory: str, config_settings: object = None) -> str:
    """Build the source distribution, which is a complete flit project."""
    sdist_directory = str(Path(sdist_directory).resolve())
    with _project():
        return str(buildapi.build_sdist(sdist_directory))
