"""What programs need to run, to read alone: the system's folders, a few of its settings, and where the programs of PATH are installed.

A program on PATH may belong to a larger installation (a virtual environment, node's modules, a manager of versions): then all of that is
included, and never a home or another folder that only happens to hold it. Settings that hold secrets are not listed, and so not seen.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

SYSTEM: Final = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store")
"""Folders of the operating system; some are links on some systems."""
_SETTINGS: Final = (
    "/etc/alternatives", "/etc/ca-certificates", "/etc/ca-certificates.conf", "/etc/debian_version", "/etc/fonts",
    "/etc/gai.conf", "/etc/gitconfig", "/etc/group", "/etc/host.conf", "/etc/hosts", "/etc/java-11-openjdk",
    "/etc/java-17-openjdk", "/etc/java-21-openjdk", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d",
    "/etc/localtime", "/etc/magic", "/etc/mime.types", "/etc/npmrc", "/etc/nsswitch.conf", "/etc/os-release",
    "/etc/passwd", "/etc/perl", "/etc/pip.conf", "/etc/pki/ca-trust", "/etc/pki/tls/certs", "/etc/protocols",
    "/etc/python3", "/etc/services", "/etc/shells", "/etc/ssl/certs", "/etc/ssl/openssl.cnf", "/etc/terminfo",
    "/etc/timezone", "/sys/devices/system/cpu",
)  # fmt: skip
_RESOLVER: Final = "/etc/resolv.conf"
#: Files with the certificates that a program believes, named by variables that every program gets.
_CERTIFICATES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS")
#: Below a home: managers of versions, which keep the programs of their commands beside them.
_MANAGERS: Final = (
    ".asdf", ".bun", ".deno", ".fnm", ".local/share/claude", ".local/share/fnm", ".local/share/mise",
    ".local/share/pnpm", ".local/share/uv", ".nodenv", ".nvm", ".pyenv", ".rbenv", ".rustup", ".rye", ".sdkman",
    ".volta",
)  # fmt: skip
#: Beside a folder `bin`.
_BESIDE_BIN: Final = ("lib", "lib64", "libexec", "include")
_LINKS: Final = 16
_SHEBANG_BYTES: Final = 256
_EXECUTE_OTHERS: Final = 0o001
_READ_OTHERS: Final = 0o004


def settings(*, network: bool) -> list[Path]:
    """The system's settings that exist here; with `network` also where names are resolved."""
    names = (*_SETTINGS, _RESOLVER) if network else _SETTINGS
    return [Path(name) for name in names if _public(name)]


def of(argv: Sequence[str], env: Mapping[str, str], *, own_user: bool) -> list[Path]:
    """What this program needs besides the system's folders. `own_user`: it runs as another user, and sees less than we."""
    found: list[Path] = []
    home = Path.home()
    for entry in env.get("PATH", "").split(":"):
        if os.path.isabs(entry) and os.path.isdir(entry):
            found += _folder(Path(entry), home)
    for name in _files(argv):
        found += _program(Path(name))
    found += [Path(env[name]) for name in _CERTIFICATES if os.path.exists(env.get(name, ""))]
    return [path for path in _new(found) if not own_user or _open_to_others(path)]


def _files(argv: Sequence[str]) -> Iterator[str]:
    """The program, and the script that an interpreter is to run: the first argument that is no option."""
    script = next((one for one in argv[1:] if not one.startswith("-")), "")
    for name in (argv[0], script):
        if os.path.isabs(name) and os.path.isfile(name):
            yield name


def _public(name: str) -> bool:
    """Whether everybody on the machine may read it: root outside can read more than is meant for programs."""
    with contextlib.suppress(OSError):
        return bool(os.stat(name).st_mode & _READ_OTHERS)
    return False


def _folder(entry: Path, home: Path) -> Iterator[Path]:
    if entry in (home, Path("/")):
        return
    for manager in _MANAGERS:
        if entry.is_relative_to(home / manager):
            yield home / manager
            return
    yield from _around(entry)
    with contextlib.suppress(OSError):  # commands that are links to where they are installed, as npm makes them
        for name in os.listdir(entry):
            target = os.path.realpath(entry / name) if os.path.islink(entry / name) else ""
            if "/node_modules/" in target:
                yield _modules(Path(target))


def _around(folder: Path) -> Iterator[Path]:
    """A folder of programs with what they need from beside it."""
    if folder.name not in ("bin", "sbin"):
        yield folder
        return
    prefix = folder.parent
    if (prefix / "pyvenv.cfg").is_file():
        yield prefix
        yield from _base(prefix / "pyvenv.cfg")
        return
    yield folder
    yield from (prefix / name for name in _BESIDE_BIN if (prefix / name).is_dir() and prefix != Path("/"))


def _base(file: Path) -> Iterator[Path]:
    """The Python that a virtual environment was made of."""
    with contextlib.suppress(OSError):
        for line in file.read_text(errors="replace").splitlines():
            name, _, value = line.partition("=")
            if name.strip() == "home" and os.path.isdir(value.strip()):
                given = Path(value.strip())
                yield from _around(given)
                for python in ("python3", "python"):
                    yield from _around(Path(os.path.realpath(given / python)).parent)


def _program(path: Path) -> Iterator[Path]:
    """A program's file and every link on the way to it, and what its first line names."""
    for _ in range(_LINKS):
        yield from _home_of(path)
        if not path.is_symlink():
            break
        path = path.parent / os.readlink(path)
    with contextlib.suppress(OSError), open(path, "rb") as file:
        first = file.read(_SHEBANG_BYTES).partition(b"\n")[0]
        if first.startswith(b"#!"):
            interpreter = os.fsdecode(first[2:].strip().partition(b" ")[0])
            if os.path.isabs(interpreter) and interpreter != str(path):
                yield from _program(Path(interpreter))


def _home_of(path: Path) -> Iterator[Path]:
    if "node_modules" in path.parts:
        yield _modules(path)
    elif path.parent.name in ("bin", "sbin"):
        yield from _around(path.parent)
    else:
        yield path


def _modules(path: Path) -> Path:
    """The outermost `node_modules` above a file: packages find each other there."""
    return Path(*path.parts[: path.parts.index("node_modules") + 1])


def _new(paths: Iterable[Path]) -> list[Path]:
    """Without what the system's folders hold already, each once, as plain paths."""
    normal = dict.fromkeys(Path(os.path.normpath(path)) for path in paths)
    return [path for path in normal if not any(path.is_relative_to(one) for one in SYSTEM) and path.exists()]


def _open_to_others(path: Path) -> bool:
    with contextlib.suppress(OSError):
        return all(above.stat().st_mode & _EXECUTE_OTHERS for above in path.parents)
    return False
