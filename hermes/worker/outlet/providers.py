"""The services of language models: the variables of their keys and addresses, and what their tokens cost.

An agent gets a token of its command in place of the key, and an address of the outlet in place of the service's.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelProvider:
    """One service."""

    name: str
    keys: tuple[str, ...]
    addresses: tuple[str, ...]
    """Variables by which programs find it, the most usual first."""
    url: str
    """Where it is if no variable says otherwise."""


PROVIDERS: Final = (
    ModelProvider(
        name="anthropic",
        keys=("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"),
        addresses=("ANTHROPIC_BASE_URL", "ANTHROPIC_API_BASE"),
        url="https://api.anthropic.com",
    ),
    ModelProvider(
        name="openai",
        keys=("OPENAI_API_KEY", "CODEX_API_KEY"),
        addresses=("OPENAI_BASE_URL", "OPENAI_API_BASE"),
        url="https://api.openai.com/v1",
    ),
    ModelProvider(
        name="gemini",
        keys=("GEMINI_API_KEY", "GOOGLE_API_KEY"),
        addresses=("GOOGLE_GEMINI_BASE_URL", "GEMINI_API_BASE"),
        url="https://generativelanguage.googleapis.com",
    ),
    ModelProvider(
        name="openrouter",
        keys=("OPENROUTER_API_KEY",),
        addresses=("OPENROUTER_API_BASE",),
        url="https://openrouter.ai/api/v1",
    ),
    ModelProvider(
        name="deepseek", keys=("DEEPSEEK_API_KEY",), addresses=("DEEPSEEK_API_BASE",), url="https://api.deepseek.com"
    ),
)
#: Beginnings of keys that programs look for; no part of a secret.
_BEGINNINGS: Final = ("sk-ant-oat01-", "sk-ant-api03-", "sk-ant-", "sk-proj-", "sk-or-v1-", "sk-")


@dataclass(frozen=True, slots=True)
class Service:
    """A provider whose key this worker holds."""

    provider: ModelProvider
    url: str
    keys: Mapping[str, str]
    """Token → key."""


@dataclass(frozen=True, slots=True)
class Stand:
    """What takes the place of the keys for one command."""

    services: Mapping[str, Service]
    """By the name of the provider."""
    variables: Mapping[str, str]
    """Of the agent: tokens for keys, and the outlet's addresses with `{port}` in them."""


def names(allowed: Iterable[str]) -> tuple[str, ...]:
    """The variables of addresses that agents need, for whose keys are among these names."""
    given = set(allowed)
    return tuple(one for provider in PROVIDERS if given & set(provider.keys) for one in provider.addresses)


def stand_in(environ: Mapping[str, str], allowed: Iterable[str]) -> Stand:
    """Tokens for the keys that an agent may use, `allowed` by the project's settings."""
    given = set(allowed)
    services: dict[str, Service] = {}
    variables: dict[str, str] = {}
    for provider in PROVIDERS:
        held = {name: environ[name] for name in provider.keys if name in given and environ.get(name)}
        if not held:
            continue
        tokens = {name: _token(key) for name, key in held.items()}
        url = next((environ[name] for name in provider.addresses if environ.get(name)), provider.url)
        services[provider.name] = Service(provider, url.rstrip("/"), {tokens[name]: held[name] for name in held})
        variables |= tokens
        variables |= dict.fromkeys(provider.addresses, f"http://127.0.0.1:{{port}}/model/{provider.name}")
    return Stand(services, variables)


def _token(key: str) -> str:
    beginning = next((one for one in _BEGINNINGS if key.startswith(one)), "")
    return f"{beginning}hermes-{secrets.token_hex(24)}"


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens."""

    input: float
    output: float
    cached: float
    """Input that was in the service's cache."""


#: By the beginning of a model's name without its vendor, the first that fits (price lists of the vendors, autumn 2025). A model that is
#: not listed is counted as one of the middle: a budget must end, and a wrong sum is shown only where the agent tells of none.
_PRICES: Final = tuple(
    (re.compile(pattern), Price(given, taken, given * cached))
    for pattern, given, taken, cached in (
        (r"claude.*opus-4-[5-9]|claude.*opus-[5-9]", 5.0, 25.0, 0.1),
        (r"claude.*opus", 15.0, 75.0, 0.1),
        (r"claude.*haiku-[4-9]|claude-haiku", 1.0, 5.0, 0.1),
        (r"claude.*haiku", 0.8, 4.0, 0.1),
        (r"claude", 3.0, 15.0, 0.1),
        (r"gpt-5.*nano", 0.05, 0.4, 0.1),
        (r"gpt-5.*mini", 0.25, 2.0, 0.1),
        (r"gpt-5.*pro", 15.0, 120.0, 1.0),
        (r"gpt-5", 1.25, 10.0, 0.1),
        (r"gpt-4\.1-nano", 0.1, 0.4, 0.25),
        (r"gpt-4\.1-mini", 0.4, 1.6, 0.25),
        (r"gpt-4\.1", 2.0, 8.0, 0.25),
        (r"gpt-4o-mini", 0.15, 0.6, 0.5),
        (r"gpt-4o", 2.5, 10.0, 0.5),
        (r"o[34]-mini|codex-mini", 1.1, 4.4, 0.25),
        (r"o3", 2.0, 8.0, 0.25),
        (r"gemini.*flash", 0.3, 2.5, 0.25),
        (r"gemini", 1.25, 10.0, 0.25),
        (r"deepseek", 0.55, 2.2, 0.25),
        (r"", 3.0, 15.0, 0.1),
    )
)


def price(model: str) -> Price:
    """What a model's tokens cost."""
    name = model.rpartition("/")[2].lower()
    return next(found for pattern, found in _PRICES if pattern.match(name))
