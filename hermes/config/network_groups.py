"""The names for groups of hosts in a project's `network`, and the form of its entries."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "registry": (
        "registry.npmjs.org", "registry.yarnpkg.com", "npm.jsr.io", "jsr.io", "deno.land", "nodejs.org", "pypi.org",
        "files.pythonhosted.org", "conda.anaconda.org", "repo.anaconda.com", "crates.io", "index.crates.io",
        "static.crates.io", "static.rust-lang.org", "proxy.golang.org", "sum.golang.org", "repo.maven.apache.org",
        "repo1.maven.org", "plugins.gradle.org", "services.gradle.org", "rubygems.org", "index.rubygems.org",
        "repo.packagist.org", "packagist.org", "api.nuget.org", "hex.pm", "repo.hex.pm", "builds.hex.pm", "pub.dev",
        "cdn.cocoapods.org", "cdn.playwright.dev", "playwright.download.prss.microsoft.com",
    ),
    "model": (
        "api.anthropic.com", "console.anthropic.com", "platform.claude.com", "api.openai.com", "auth.openai.com",
        "generativelanguage.googleapis.com", "oauth2.googleapis.com", "*-aiplatform.googleapis.com",
        "aiplatform.googleapis.com", "bedrock-runtime.*.amazonaws.com", "bedrock.*.amazonaws.com",
        "*.openai.azure.com", "openrouter.ai", "api.deepseek.com", "api.mistral.ai", "api.groq.com", "api.x.ai",
    ),
    "git": (
        "github.com", "api.github.com", "codeload.github.com", "raw.githubusercontent.com",
        "objects.githubusercontent.com", "release-assets.githubusercontent.com", "github-cloud.githubusercontent.com",
        "gitlab.com", "bitbucket.org", "codeberg.org",
    ),
}  # fmt: skip
"""What each group's hosts are for: packages, language models, repositories."""
EVERYWHERE: Final = "*"
"""Every public address."""
DEFAULT: Final = ("registry", "model", "git")

_HOST = re.compile(
    r"(?:\*\.)?(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?::[1-9]\d{0,4})?\Z"
)


def entry(value: str) -> str:
    """One entry in plain form. Raises ValueError, with a sentence, for one that names nothing."""
    plain = value.strip().lower()
    if plain in GROUPS or plain == EVERYWHERE:
        return plain
    if not _HOST.match(plain) or "." not in plain:
        groups = ", ".join(f'"{name}"' for name in GROUPS)
        raise ValueError(
            f"{value!r} is no host; write one as example.com, *.example.com or example.com:8443, a group ({groups}), "
            'or "*" for every public address'
        )
    return plain


def hosts(entries: tuple[str, ...]) -> tuple[str, ...]:
    """The hosts of these entries, groups spelt out."""
    return tuple(dict.fromkeys(host for one in entries for host in GROUPS.get(one, (one,))))
