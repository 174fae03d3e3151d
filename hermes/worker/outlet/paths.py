"""What may be asked of each model's service: what agents need, whose cost is known. Pure."""

from __future__ import annotations

import re
import urllib.parse
from typing import Final

_NAME: Final = r"[A-Za-z0-9_][A-Za-z0-9._@:-]*"
_OPENAI: Final = (
    ("POST", r"(?:v1/)?(?:chat/completions|completions|responses|responses/compact|embeddings)"),
    ("GET", rf"(?:v1/)?(?:models(?:/{_NAME}){{0,2}}|responses/{_NAME})"),
)
_ALLOWED: Final = {
    "anthropic": (("POST", r"(?:v1/)?messages(?:/count_tokens)?"), ("GET", rf"(?:v1/)?models(?:/{_NAME})?")),
    "openai": _OPENAI,
    "gemini": (
        (
            "POST",
            r"(?:v1(?:beta|alpha)?/)?models/[A-Za-z0-9_][A-Za-z0-9._-]*:(?:generateContent|streamGenerateContent|countTokens)",
        ),
        ("GET", rf"(?:v1(?:beta|alpha)?/)?models(?:/{_NAME})?"),
    ),
    "openrouter": _OPENAI,
    "deepseek": (*_OPENAI, ("POST", r"beta/(?:chat/)?completions")),
}
_FORMS: Final = {
    provider: [(method, re.compile(path)) for method, path in allowed] for provider, allowed in _ALLOWED.items()
}


def plain(path: str) -> str:
    """A path as it is counted and sent: decoded, without slashes that say nothing."""
    return "/".join(part for part in urllib.parse.unquote(path).split("/") if part)


def allowed(provider: str, method: str, path: str) -> bool:
    """Whether a program may ask this of the service; `path` is plain."""
    return any(method == one and form.fullmatch(path) for one, form in _FORMS[provider])
