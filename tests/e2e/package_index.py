"""A package index on loopback: small packages with the names, versions and requirements of the real ones, and a newer release of each."""

from __future__ import annotations

import contextlib
import hashlib
import http.server
import importlib.metadata
import io
import tarfile
import threading
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from packaging.utils import canonicalize_name

from tests import locks

#: Newer than whatever is pinned.
NEWER = "99999999"
#: Packages that the real index has as source only: they are built during the installation.
SOURCE_ONLY = frozenset({"dkimpy"})
#: The build backends, by package and module; each is `_BACKEND` here.
_BACKENDS = {"setuptools": "setuptools/build_meta.py", "flit-core": "flit_core/buildapi.py"}

#: A build backend that leaves in what it builds the version of its own package.
_BACKEND = """
import pathlib, re, zipfile
VERSION = "{version}"

def build_wheel(folder, config_settings=None, metadata_directory=None):
    facts = pathlib.Path("PKG-INFO")
    text = facts.read_text() if facts.exists() else "Metadata-Version: 2.1\\nName: hermes\\nVersion: 0.1.0\\n"
    name, version = (re.search(rf"(?m)^{{key}}: (.*)$", text)[1] for key in ("Name", "Version"))
    info = f"{{name}}-{{version}}.dist-info"
    made = f"{{name}}-{{version}}-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(folder, made), "w") as wheel:
        wheel.writestr(f"{{info}}/METADATA", text)
        wheel.writestr(f"{{info}}/WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{{info}}/builder", VERSION)
        wheel.writestr(f"{{info}}/RECORD", f"{{info}}/METADATA,,\\n{{info}}/WHEEL,,\\n{{info}}/builder,,\\n{{info}}/RECORD,,\\n")
    return made

build_editable = build_wheel

class __legacy__:
    build_wheel = staticmethod(build_wheel)
"""


def _metadata(name: str, version: str, requires: list[str]) -> str:
    lines = [
        "Metadata-Version: 2.1",
        f"Name: {name}",
        f"Version: {version}",
        *(f"Requires-Dist: {one}" for one in requires),
    ]
    return "\n".join([*lines, ""])


def _requires(name: str) -> list[str]:
    """What the real package asks for, where it is installed."""
    try:
        return importlib.metadata.requires(name) or []
    except importlib.metadata.PackageNotFoundError:
        return []


def _wheel(name: str, version: str) -> tuple[str, bytes]:
    stem = f"{name.replace('-', '_')}-{version}"
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as wheel:
        files = {
            f"{stem}.dist-info/METADATA": _metadata(name, version, _requires(name)),
            f"{stem}.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        if name in _BACKENDS:
            module = _BACKENDS[name]
            files |= {f"{module.partition('/')[0]}/__init__.py": "", module: _BACKEND.format(version=version)}
        record = f"{stem}.dist-info/RECORD"
        files[record] = "".join(f"{path},,\n" for path in (*files, record))
        for path, text in files.items():
            wheel.writestr(path, text)
    return f"{stem}-py3-none-any.whl", content.getvalue()


def _source(name: str, version: str) -> tuple[str, bytes]:
    stem = f"{name}-{version}"
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for path, text in {"PKG-INFO": _metadata(name, version, _requires(name)), "setup.py": ""}.items():
            data = text.encode()
            entry = tarfile.TarInfo(f"{stem}/{path}")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return f"{stem}.tar.gz", content.getvalue()


@dataclass
class Index:
    """What is offered, by package and file name, and the files that were asked for."""

    files: dict[str, dict[str, bytes]] = field(default_factory=dict)
    taken: list[str] = field(default_factory=list)
    url: str = ""

    def offer(self, name: str, version: str) -> str:
        """Offer the package; the hash of its file."""
        offered = self.files.setdefault(name, {})
        made = _source if name in SOURCE_ONLY else _wheel
        file, content = made(name, version)
        # Several locks pin it: the file stays the one whose hash the first of them has.
        content = offered.setdefault(file, content)
        return f"sha256:{hashlib.sha256(content).hexdigest()}"

    def rewrite(self, lock: Path, target: Path) -> None:
        """Offer all that the lock pins and a newer release of each; write the lock with the hashes of what is offered."""
        lines = []
        for pin in locks.pins(lock):
            self.offer(pin.name, NEWER)
            lines.append(f"{pin.requirement} --hash={self.offer(pin.name, str(pin.version))}\n")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("".join(lines))

    def _answer(self, path: str) -> bytes | None:
        _, _, rest = path.partition("/simple/")
        name, _, file = rest.partition("/")
        offered = self.files.get(canonicalize_name(name))
        if offered is None:
            return None
        if file:
            self.taken.append(file)
            return offered.get(file)
        links = "".join(f'<a href="{one}">{one}</a>\n' for one in offered)
        return f"<!DOCTYPE html><html><body>{links}</body></html>".encode()

    @contextlib.contextmanager
    def serve(self) -> Iterator[Mapping[str, str]]:
        """Serve it on loopback; the environment that sends pip here and nowhere else."""
        index = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Else each answer waits 40 ms for the client to acknowledge its header.
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                found = index._answer(self.path)
                self.send_response(200 if found is not None else 404)
                self.send_header("Content-Type", "text/html" if self.path.endswith("/") else "application/octet-stream")
                self.send_header("Content-Length", str(len(found or b"")))
                self.end_headers()
                self.wfile.write(found or b"")

            def log_message(self, *_: object) -> None: ...

        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, daemon=True).start()
            try:
                yield {
                    "PIP_INDEX_URL": f"http://127.0.0.1:{server.server_port}/simple/",
                    "PIP_CONFIG_FILE": "/dev/null",
                    "PIP_NO_CACHE_DIR": "1",
                    "PIP_NO_COMPILE": "1",
                }
            finally:
                server.shutdown()
