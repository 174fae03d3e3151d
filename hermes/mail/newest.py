"""The newest text of a body: what the person wrote now, without what is quoted, signed or forwarded."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Newest:
    """A body taken apart; `confidence` says how sure the cut is, 0 to 1."""

    text: str
    quoted: str
    signature: str
    forwarded: str
    confidence: float


_HEADER: Final = re.compile(
    r"^(?:On|Am|Le|El|Il|Em|Op|Den|Dne|W dniu)\b.{5,200}(?:wrote|schrieb.{0,80}|écrit|escribió|scritto|escreveu|schreef):\s*$"
)
_DELIMITER: Final = re.compile(r"^(?:-{3,}\s?(?:Original|Ursprüngliche).{0,40}-{3,}|_{20,}|-{5,}.{0,40}-{5,})\s*$")


def cut(text: str, sent_texts: Sequence[str] = ()) -> Newest:
    """Take a plain-text body apart."""
    lines = text.split("\n")
    end = len(lines)
    signature_at = end
    for number, line in enumerate(lines):
        joined = line + " " + (lines[number + 1] if number + 1 < len(lines) else "")
        if (
            line.startswith(">")
            or _HEADER.match(line[:400])
            or _HEADER.match(joined[:400])
            or _DELIMITER.match(line[:200])
        ):
            end = number
            break
        if line in ("-- ", "--") and signature_at > number:
            signature_at = number
    stop = min(end, signature_at)
    return Newest(
        "\n".join(lines[:stop]).strip(),
        "\n".join(lines[end:]).strip(),
        "\n".join(lines[stop:end]).strip(),
        "",
        1.0 if end < len(lines) or not sent_texts else 0.9,
    )
