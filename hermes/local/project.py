"""The demo's project: a small website in a bare git repository; creates it and reads its log and files."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from hermes import errors, limits

BRANCH = "main"

INDEX = """<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <title>Our bakery</title>
  <link rel="stylesheet" href="style.css">
</head>
<body>
  <header>
    <h1>Our bakery</h1>
    <nav><a href="index.html">Home</a> <a href="about.html">About</a></nav>
  </header>
  <main>
    <p>Fresh bread since 1952.</p>
  </main>
</body>
</html>
"""

ABOUT = """<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <title>About us</title>
  <link rel="stylesheet" href="style.css">
</head>
<body>
  <main>
    <h1>About us</h1>
    <p>We bake what we like to eat.</p>
  </main>
</body>
</html>
"""

STYLE = """body {
  font-family: Georgia, serif;
  margin: 2rem auto;
  max-width: 40rem;
}

.note {
  border-left: 4px solid #8f5a2a;
  padding-left: 1rem;
}
"""

FILES = {
    "index.html": INDEX,
    "about.html": ABOUT,
    "style.css": STYLE,
    "README.md": "# Our bakery\n\nThree files; open `index.html`.\n",
}


def create(repository: Path) -> bool:
    """Create the repository; False if it exists. Raises `errors.ConfigError`: git is missing or fails."""
    if (repository / "HEAD").exists():
        return False
    repository.parent.mkdir(parents=True, exist_ok=True)
    # Made beside its place and moved there when it is whole: a half-made one would be taken for a whole one.
    with tempfile.TemporaryDirectory(prefix=".project-", dir=repository.parent) as folder:
        work, bare = Path(folder) / "work", Path(folder) / "bare"
        _git("init", "--quiet", f"--initial-branch={BRANCH}", str(work))
        for name, text in FILES.items():
            (work / name).write_text(text, encoding="utf-8")
        _git("-C", str(work), "add", "--all")
        _git("-C", str(work), "commit", "--quiet", "--message", "Begin the website")
        _git("clone", "--quiet", "--bare", "--no-hardlinks", str(work), str(bare))
        _git("-C", str(bare), "remote", "remove", "origin")
        bare.rename(repository)
    return True


def log(repository: Path, branch: str) -> list[dict[str, str]]:
    """The commits of a branch, newest first: `sha`, `author`, `subject`, `body`. Raises `errors.ConfigError`: no such branch."""
    output = _git("-C", str(repository), "log", "--format=%H%x1f%an%x1f%s%x1f%b%x1e", f"refs/heads/{branch}", "--")
    entries = (entry.strip("\n").split("\x1f") for entry in output.split("\x1e") if entry.strip())
    return [dict(zip(("sha", "author", "subject", "body"), entry, strict=True)) for entry in entries]


def has(repository: Path, branch: str) -> bool:
    """Whether the repository has this branch."""
    return bool(_git("-C", str(repository), "for-each-ref", f"refs/heads/{branch}").strip())


def show(repository: Path, branch: str, path: str) -> str:
    """A file as it is on a branch. Raises `errors.ConfigError`: no such branch or file."""
    return _git("-C", str(repository), "show", f"refs/heads/{branch}:{path}")


def _git(*arguments: str) -> str:
    program = shutil.which("git")
    if program is None:
        raise errors.ConfigError("git is not installed; Hermes needs it")
    done = subprocess.run(
        [program, *arguments],
        capture_output=True,
        timeout=limits.GIT_LOCAL_SECONDS,
        check=False,
        stdin=subprocess.DEVNULL,
        env={
            # Nothing of the person's own configuration: no signing, no hooks, no other initial branch.
            "PATH": os.environ.get("PATH", os.defpath),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_AUTHOR_NAME": "Anna Example",
            "GIT_AUTHOR_EMAIL": "anna@people.test",
            "GIT_COMMITTER_NAME": "Anna Example",
            "GIT_COMMITTER_EMAIL": "anna@people.test",
            "LC_ALL": "C.UTF-8",
        },
    )
    if done.returncode != 0:
        words = " ".join(done.stderr.decode("utf-8", "replace").split())
        raise errors.ConfigError(f"git {' '.join(a for a in arguments if a != '-C')[:80]} failed: {words}")
    return done.stdout.decode("utf-8", "replace")
