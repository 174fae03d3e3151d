"""Extracts the newest text of a body, without quotes, signatures and forwarded mail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hermes.mail.read import header_blocks, lines, ours, quotes, unseen
from hermes.mail.read.words import phrases

Kind = lines.LineKind
_SKIPPED: Final = frozenset({Kind.EMPTY, Kind.ADDED, Kind.SIGNATURE})
_CLOSINGS: Final = tuple(phrases.CLOSINGS)
#: Longer, or over more lines, it is a text of its own.
_CLOSING_CHARS: Final = 40
_CLOSING_LINES: Final = 4
_MARKS: Final = frozenset({Kind.HEADER, Kind.BLOCK, Kind.ORIGINAL, Kind.FORWARDED, Kind.CUT})


@dataclass(frozen=True, slots=True)
class Newest:
    """A body taken apart; `confidence` says how sure the cut is, 0 to 1."""

    text: str
    quoted: str = ""
    signature: str = ""
    forwarded: str = ""
    confidence: float = 1.0


def cut(text: str, sent_texts: Sequence[str] = ()) -> Newest:
    """Take a plain-text body apart. `sent_texts` are our own mails in the thread: what they say is quoted, however it is marked."""
    plain = lines.Role.PLAIN
    return cut_lines([(line, plain) for line in _undashed(unseen.strip(text).split("\n"))], sent_texts)


def _undashed(body: list[str]) -> list[str]:
    """The lines without the dash escapes that clear-signed text has (RFC 9580, 7.2): `- ` before a line that begins with a dash."""
    if "-----BEGIN PGP SIGNED MESSAGE-----" not in body:
        return body
    end = body.index("-----BEGIN PGP SIGNATURE-----") if "-----BEGIN PGP SIGNATURE-----" in body else len(body)
    start = body.index("-----BEGIN PGP SIGNED MESSAGE-----")
    return [line[2:] if start < number < end and line.startswith("- ") else line for number, line in enumerate(body)]


def cut_lines(body: Sequence[tuple[str, lines.Role]], sent_texts: Sequence[str] = ()) -> Newest:
    """Take lines apart whose structure is known in part (from HTML)."""
    found = lines.classify(body)
    ours.mark(found, sent_texts)
    return _Cut(found).result()


class _Cut:
    """One decision over classified lines; every step goes forward, so the whole is linear."""

    def __init__(self, found: lines.Lines) -> None:
        self.lines = found
        self.kinds = found.kinds
        self.end = len(found.kinds)
        self.confidence = 1.0

    def result(self) -> Newest:
        kept = self._kept()
        chosen = set(kept)
        text = self._join(kept)
        rest = [n for n in range(self.end) if n not in chosen]
        forwarded_at = next((n for n in rest if self.kinds[n] is Kind.FORWARDED), self.end)
        signed = [n for n in rest if n < forwarded_at and self.kinds[n] in (Kind.SIGNATURE, Kind.ADDED)]
        signatures = set(signed)
        return Newest(
            text,
            self._join([n for n in rest if n < forwarded_at and n not in signatures]),
            self._join(signed),
            self._join([n for n in rest if n >= forwarded_at]),
            round(self._doubt(text), 2),
        )

    def _join(self, numbers: Sequence[int]) -> str:
        return "\n".join(self.lines.texts[n] for n in numbers).strip("\n\r\t ") if numbers else ""

    def _kept(self) -> list[int]:
        """The numbers of the lines that are the newest text."""
        start = self._skip(0, _SKIPPED, self.end)
        if (
            self.lines.structured
            and start < self.end
            and self.kinds[start] is Kind.QUOTE
            and self._has(Kind.TEXT, start, self.end)
        ):
            return self._below_quote(start)
        start = 0
        while True:
            mark = self._next(start, _MARKS)
            if self._has(Kind.TEXT, start, mark):
                return self._with_text_before(start, mark)
            if mark == self.end:
                return self._without_text(start)
            after = self._after_mark(mark)
            if self.kinds[mark] is Kind.HEADER and self._is_quote(after):
                return self._below_quote(after)
            # Headers at the very top and unmarked text under them: forwarded, or a client that hides the rest. Ask.
            self.confidence = 0.3
            start = after

    def _with_text_before(self, start: int, mark: int) -> list[int]:
        if mark == self.end:
            if self._has(Kind.QUOTE, start, mark):
                self.confidence = min(self.confidence, 0.8)
            return self._trimmed(start, mark, own=True)
        after = self._after_mark(mark)
        if self.kinds[mark] is Kind.HEADER and self._is_quote(after):
            end = self._hard_end(after)
            quote_end = self._skip(after, frozenset({Kind.QUOTE, Kind.HEADER}) | _SKIPPED, end)
            if self._has(Kind.TEXT, quote_end, end):
                self.confidence = min(self.confidence, 0.7)
                if self._closes(quote_end, end):
                    apart = quote_end - (self.kinds[quote_end - 1] is Kind.EMPTY)
                    return [*self._trimmed(start, mark), *self._trimmed(apart, end)]
                return self._trimmed(start, end)
        self.confidence = min(self.confidence, 0.95)
        return self._trimmed(start, mark)

    def _closes(self, start: int, end: int) -> bool:
        """Whether nothing but the greeting stands below a quote: that answers nothing in it."""
        below = [self.lines.bare[n] for n in range(start, end) if self.kinds[n] not in _SKIPPED]
        return (
            0 < len(below) <= _CLOSING_LINES
            and below[0].casefold().startswith(_CLOSINGS)
            and not any(len(line) > _CLOSING_CHARS or line.startswith(">") for line in below)
        )

    def _below_quote(self, start: int) -> list[int]:
        """The mail begins with a quote and its header: answered below it, or between its lines."""
        end = self._hard_end(start)
        below = self._skip(start, frozenset({Kind.QUOTE, Kind.HEADER}) | _SKIPPED, end)
        if not self._has(Kind.TEXT, below, end):
            return []
        last = self._last(Kind.TEXT, below, end)
        self.confidence = min(self.confidence, 0.7)
        if self._has(Kind.QUOTE, below, last):
            return self._trimmed(start, end)
        return self._trimmed(below, end)

    def _without_text(self, start: int) -> list[int]:
        """Nothing but quotes: kept where they say anything, but not as a command."""
        self.confidence = 0.2
        quoted = [n for n in range(start, self.end) if self.kinds[n] is Kind.QUOTE]
        inner = [self.lines.bare[n].lstrip("> |") for n in quoted]
        skip = 0
        for number in range(len(inner)):
            if skip:
                skip -= 1
            elif inner[number]:
                skip = quotes.attribution(inner, number)
                if not skip:
                    return quoted if start == 0 else []
                skip -= 1
        return []

    def _trimmed(self, start: int, end: int, *, own: bool = False) -> list[int]:
        """The lines from `start` to `end` without headers, signatures and the quotes at the end. `own`: no header is above any quote."""
        last = self._last(Kind.TEXT, start, end)
        if own and last >= start and self._announces(last):
            # "Set the tagline to:" and a quote that nobody else's name stands above: the person's own material.
            last = max(last, self._last(Kind.QUOTE, last, end))
        dropped = (Kind.HEADER, Kind.SIGNATURE, Kind.ADDED, Kind.NOISE)
        return [n for n in range(start, last + 1) if self.kinds[n] not in dropped]

    def _announces(self, number: int) -> bool:
        """Whether a line says that what follows belongs to it."""
        return self.lines.bare[number].rstrip("*_ ").endswith(quotes.COLONS)

    def _hard_end(self, start: int) -> int:
        """The next mark behind which nothing is the person's: headers, or a quote header without a marked quote."""
        position = start
        while (position := self._next(position, _MARKS)) < self.end:
            after = self._after_mark(position)
            if self.kinds[position] is not Kind.HEADER or not self._is_quote(after):
                return position
            position = after
        return self.end

    def _after_mark(self, mark: int) -> int:
        """The first line behind a mark and its own lines (a header block under "Original Message" belongs to it)."""
        position = mark
        while position < self.end and (self.kinds[position] in _MARKS or self.kinds[position] is Kind.EMPTY):
            if position > mark and self.kinds[mark] is Kind.HEADER and self._begins_header(position):
                break
            position += 1
        return position

    def _begins_header(self, number: int) -> bool:
        return self.kinds[number] is Kind.HEADER and self.lines.first[number]

    def _is_quote(self, number: int) -> bool:
        return number < self.end and self.kinds[number] is Kind.QUOTE and self.lines.bare[number].startswith(">")

    def _next(self, start: int, kinds: frozenset[Kind]) -> int:
        return next((n for n in range(start, self.end) if self.kinds[n] in kinds), self.end)

    def _skip(self, start: int, kinds: frozenset[Kind], end: int) -> int:
        return next((n for n in range(start, end) if self.kinds[n] not in kinds), end)

    def _has(self, kind: Kind, start: int, end: int) -> bool:
        return any(self.kinds[n] is kind for n in range(start, end))

    def _last(self, kind: Kind, start: int, end: int) -> int:
        return next((n for n in range(end - 1, start - 1, -1) if self.kinds[n] is kind), start - 1)

    def _doubt(self, text: str) -> float:
        """The confidence, lowered where the kept text still looks quoted or says that the answers stand elsewhere."""
        confidence = self.confidence
        if confidence < 1.0 and len(text) < 2000:
            lowered = text.casefold()
            if confidence > 0.9 and any(phrase in lowered for phrase in phrases.SEE_BELOW):
                confidence = 0.4
        kept = [line.strip() for line in text.split("\n")]
        suspicious = sum(
            1
            for line in kept
            if not line.startswith(">") and header_blocks.header_kind(line)[0] in ("from", "subject", "date")
        )
        if suspicious >= 2 and any("@" in line for line in kept):
            confidence = min(confidence, 0.45)
        return confidence
