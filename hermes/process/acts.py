"""Operations on an agent's files: plain functions that run as the agent's user, or in the worker if both are the same user.

An agent can leave anything anywhere in its folders: a link, a pipe, a device, a folder that nobody may enter. So each path is a root
that is the worker's to name and parts below it; each part is opened from the folder before it without following a link, and what is
made is made anew (`O_EXCL`). A descriptor in `files` is where bytes come from or go to, so that none of them travel in an answer.

Only the standard library: the launcher of `launcher.py` has this loaded.
"""

from __future__ import annotations

import contextlib
import errno
import fnmatch
import os
import re
import shutil
import stat
import subprocess
import tarfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
#: Not blocking: a pipe that nobody writes to would hold us up.
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_MAKE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_CHUNK_BYTES = 1024 * 1024
#: What is read of a small file of git's.
_REF_BYTES = 1024 * 1024
_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")
_BRANCH = re.compile(r"refs/heads/[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*\Z")

Files = Sequence[int]


# ── files ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def write(root: str, parts: Sequence[str], mode: int, *, files: Files) -> None:
    """Create a new file and the folders above it; its bytes come from the one descriptor."""
    with _inside(root, parts[:-1], make=True) as folder:
        _write(folder, parts[-1], mode, files[0])


def read(root: str, parts: Sequence[str], most: int, *, files: Files) -> int | None:
    """Copy a plain file to the one descriptor; when it was changed, in nanoseconds. None: there is none, or it is larger than `most`."""
    try:
        with _inside(root, parts[:-1]) as folder, _plain(folder, parts[-1]) as source:
            found = os.fstat(source)
            if found.st_size > most:
                return None
            _copy(source, files[0])
            return found.st_mtime_ns
    except OSError:
        return None


def appending(root: str, name: str) -> int:
    """A descriptor for appending to a file; anything else with that name is removed."""
    with _inside(root, ()) as folder:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        with contextlib.suppress(FileNotFoundError):
            if not stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
                _remove(folder, name)
        return os.open(name, flags, 0o600, dir_fd=folder)


def has_file(root: str, parts: Sequence[str]) -> bool:
    """Whether there is a plain file, with no link on the way to it."""
    try:
        with _inside(root, parts[:-1]) as folder, _plain(folder, parts[-1]):
            return True
    except OSError:
        return False


def move(root: str, name: str, to: str) -> None:
    """Replace a file by another of the same folder."""
    with _inside(root, ()) as folder:
        os.replace(name, to, src_dir_fd=folder, dst_dir_fd=folder)


def copy(root: str, name: str, to: str) -> None:
    """The same plain file under another name in the same folder."""
    with _inside(root, ()) as folder, _plain(folder, name) as source:
        _write(folder, to, 0o600, source)


def lay(root: str, folder: str, names: Sequence[str], *, files: Files = ()) -> None:
    """Create a folder with these files; anything with its name is removed first."""
    with _inside(root, (), make=True) as parent:
        _remove(parent, folder)
        os.mkdir(folder, 0o755, dir_fd=parent)
        with _opened(os.open(folder, _FOLDER, dir_fd=parent)) as fresh:
            for name, source in zip(names, files, strict=True):
                _write(fresh, name, 0o644, source)


def place(root: str, parts: Sequence[str], name: str, *, files: Files) -> str | None:
    """A file in a folder of the project, under a name that is free or holds the same bytes; that name. None if a part is no folder."""
    try:
        with _inside(root, parts, make=True) as folder:
            number = 1
            while True:
                free = name if number == 1 else f"{Path(name).stem}-{number}{Path(name).suffix}"
                if _same(folder, free, files[0]):
                    return free
                try:
                    _write(folder, free, 0o644, files[0], replace=False)
                except FileExistsError:
                    number += 1
                else:
                    return free
    except (NotADirectoryError, FileExistsError):
        return None
    except OSError as error:
        if error.errno == errno.ELOOP:  # what O_NOFOLLOW says of a link
            return None
        raise


def matching(root: str, patterns: Sequence[str]) -> list[list[str]]:
    """The paths of plain files below a folder whose parts match these patterns, one for each part, the newest name first."""
    found: list[list[str]] = []

    def look(folder: int, before: list[str], rest: Sequence[str]) -> None:
        for entry in sorted(fnmatch.filter(os.listdir(folder), rest[0]), reverse=True):
            with contextlib.suppress(OSError):
                if len(rest) == 1:
                    with _plain(folder, entry):
                        found.append([*before, entry])
                else:
                    with _opened(os.open(entry, _FOLDER, dir_fd=folder)) as inner:
                        look(inner, [*before, entry], rest[1:])

    with contextlib.suppress(OSError), _inside(root, []) as top:
        look(top, [], patterns)
    return found


def export(root: str, parts: Sequence[str], most_files: int, most_bytes: int, *, files: Files) -> str | None:
    """The plain files of a folder as a tar file; None, or in a word what is wrong: `absent`, `many`, or `large NAME`."""
    try:
        with (
            _inside(root, parts) as top,
            os.fdopen(os.dup(files[0]), "wb") as sink,
            tarfile.open(fileobj=sink, mode="w|", format=tarfile.PAX_FORMAT) as packed,
        ):
            for count, (name, folder, entry) in enumerate(_plain_files(top, "")):
                if count >= most_files:
                    return "many"
                with _plain(folder, entry) as source, os.fdopen(os.dup(source), "rb") as file:
                    info = tarfile.TarInfo(name)
                    info.size = os.fstat(source).st_size
                    if info.size > most_bytes:
                        return f"large {name}"
                    packed.addfile(info, file)
    except OSError:
        return "absent"
    return None


def unpack(root: str, name: str, *, files: Files) -> None:
    """The plain files of a tar file, as a new folder in the place of whatever has its name."""
    with _inside(root, ()) as parent:
        _remove(parent, name)
        os.mkdir(name, 0o755, dir_fd=parent)
    with os.fdopen(os.dup(files[0]), "rb") as source:
        source.seek(0)
        with tarfile.open(fileobj=source, mode="r:") as packed:
            for entry in packed:
                parts, held = entry.name.split("/"), packed.extractfile(entry) if entry.isreg() else None
                if held is None or any(part in ("", ".", "..") for part in parts):
                    continue
                with _inside(root, (name, *parts[:-1]), make=True) as folder:
                    made = os.open(parts[-1], _MAKE, 0o644, dir_fd=folder)
                with os.fdopen(made, "wb") as file:
                    shutil.copyfileobj(held, file)


def remove(root: str, name: str) -> None:
    """What has this name in a folder, whatever it is."""
    with _inside(root, ()) as folder:
        _remove(folder, name)


def empty(root: str, but: Sequence[str] = ()) -> None:
    """Delete everything in a folder, but not the folder, nor what has one of these names in it."""
    with contextlib.suppress(FileNotFoundError), _inside(root, ()) as folder:
        for name in set(os.listdir(folder)) - set(but):
            _remove(folder, name)


def copy_folder(source: str, root: str, name: str) -> None:
    """A folder of the worker's, small, in the place of whatever has this name."""
    with _inside(root, ()) as parent:
        _remove(parent, name)
        _copy_folder(source, parent, name)


def folder(root: str, parts: Sequence[str]) -> None:
    """Folders below a root; what is no folder and in the place of the last goes."""
    with _inside(root, parts[:-1], make=True) as above:
        try:
            os.mkdir(parts[-1], 0o755, dir_fd=above)
        except FileExistsError:
            if not stat.S_ISDIR(os.stat(parts[-1], dir_fd=above, follow_symlinks=False).st_mode):
                os.unlink(parts[-1], dir_fd=above)
                os.mkdir(parts[-1], 0o755, dir_fd=above)


def sound(root: str) -> bool:
    """Whether the worktree is a folder with content."""
    try:
        with _inside(root, ()) as folder:
            return any(name != ".git" for name in os.listdir(folder))
    except OSError:
        return False


# ── git ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


def head(root: str) -> str | None:
    """The commit of the agent's own repository, read without git, so that nothing in its configuration runs."""
    text = small(root, (".git", "HEAD")).strip()
    if not text.startswith("ref: "):
        return text if _SHA.match(text) else None
    name = text.removeprefix("ref: ").strip()
    if not _BRANCH.match(name) or ".." in name:
        return None
    loose = small(root, (".git", *name.split("/"))).strip()
    if _SHA.match(loose):
        return loose
    for line in small(root, (".git", "packed-refs")).splitlines():
        sha, _, ref = line.partition(" ")
        if ref == name and _SHA.match(sha):
            return sha
    return None


def has_content(root: str, parts: Sequence[str]) -> bool:
    """Whether a folder is there and has anything in it, with no link on the way to it."""
    try:
        with _inside(root, parts) as folder, os.scandir(folder) as entries:
            return next(entries, None) is not None
    except OSError:
        return False


def has_folder(root: str, parts: Sequence[str]) -> bool:
    """Whether there is a folder, with no link among its parts."""
    try:
        with _inside(root, parts):
            return True
    except OSError:
        return False


# ── the parts of these ─────────────────────────────────────────────────────────────────────────────────────────────


@contextlib.contextmanager
def _opened(handle: int) -> Iterator[int]:
    try:
        yield handle
    finally:
        os.close(handle)


@contextlib.contextmanager
def _inside(root: str, parts: Sequence[str], *, make: bool = False) -> Iterator[int]:
    with contextlib.ExitStack() as stack:
        if make and not os.path.lexists(root):
            os.makedirs(root, exist_ok=True)
        here = stack.enter_context(_opened(os.open(root, _FOLDER)))
        for part in parts:
            if part in ("", ".", "..") or "/" in part:
                raise FileNotFoundError(errno.ENOENT, "no name of a file", part)
            if make:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(part, 0o755, dir_fd=here)
            here = stack.enter_context(_opened(os.open(part, _FOLDER, dir_fd=here)))
        yield here


@contextlib.contextmanager
def _plain(folder: int, name: str) -> Iterator[int]:
    with _opened(os.open(name, _READ, dir_fd=folder)) as handle:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise FileNotFoundError(errno.ENOENT, "no plain file", name)
        yield handle


def _write(folder: int, name: str, mode: int, source: int, *, replace: bool = True) -> None:
    """With the time of its source: by the time of its index git knows which files may have changed behind its back, in the same second."""
    if replace:
        _remove(folder, name)
    with _opened(os.open(name, _MAKE, mode, dir_fd=folder)) as handle:
        _copy(source, handle)
        os.utime(handle, ns=(time.time_ns(), os.fstat(source).st_mtime_ns))


def _copy(source: int, sink: int) -> None:
    """From the beginning of a file; its descriptor stays where it was, for the same one may be asked for twice."""
    at = 0
    while data := os.pread(source, _CHUNK_BYTES, at):
        at += len(data)
        left = memoryview(data)
        while left:
            left = left[os.write(sink, left) :]


def _same(folder: int, name: str, source: int) -> bool:
    try:
        with _plain(folder, name) as there:
            if os.fstat(there).st_size != os.fstat(source).st_size:
                return False
            at = 0
            while data := os.pread(source, _CHUNK_BYTES, at):
                if os.pread(there, _CHUNK_BYTES, at) != data:
                    return False
                at += len(data)
            return True
    except OSError:
        return False


def _remove(folder: int, name: str) -> None:
    try:
        os.unlink(name, dir_fd=folder)
        return
    except FileNotFoundError:
        return
    except OSError:  # a folder
        with contextlib.suppress(OSError, RecursionError):
            shutil.rmtree(name, dir_fd=folder)
            return
    # Closed folders and such as are deeper than we have descriptors for: the system's own programs open the former and stand the latter.
    where = f"/proc/self/fd/{folder}"
    for argv in (("chmod", "-R", "u+rwx", f"./{name}"), ("rm", "-rf", f"./{name}")):
        subprocess.run(argv, cwd=where, env={"PATH": os.defpath}, stderr=subprocess.DEVNULL, check=False)
    if os.access(name, os.F_OK, dir_fd=folder, follow_symlinks=False):
        raise PermissionError(errno.EPERM, "it cannot be removed", name)


def _copy_folder(source: str, parent: int, name: str) -> None:
    os.mkdir(name, 0o755, dir_fd=parent)
    with _opened(os.open(name, _FOLDER, dir_fd=parent)) as here:
        for entry in os.scandir(source):
            if entry.is_dir(follow_symlinks=False):
                _copy_folder(entry.path, here, entry.name)
            else:
                with _opened(os.open(entry.path, _READ)) as file:
                    _write(here, entry.name, 0o644, file, replace=False)


def _plain_files(folder: int, above: str) -> Iterator[tuple[str, int, str]]:
    """Path, open folder and name of each; in order, without `.git`."""
    entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    for entry in entries:
        if entry.is_file(follow_symlinks=False):
            yield f"{above}{entry.name}", folder, entry.name
    for entry in entries:
        if entry.is_dir(follow_symlinks=False) and entry.name != ".git":
            with contextlib.suppress(OSError), _opened(os.open(entry.name, _FOLDER, dir_fd=folder)) as inner:
                yield from _plain_files(inner, f"{above}{entry.name}/")


def small(root: str, parts: Sequence[str]) -> str:
    """The text of a small plain file; empty if there is none."""
    try:
        with _inside(root, parts[:-1]) as folder, _plain(folder, parts[-1]) as handle:
            return os.read(handle, _REF_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""
