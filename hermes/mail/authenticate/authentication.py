"""Authentication-Results (RFC 8601): the results of one named server, parsed so that a sender cannot forge them.

Anybody can write such a header into the mail that they send. Only the outermost one counts, only if it is from the server that the
operator pinned, and only if everything in it can be read: addresses in it were chosen by the sender and may hold quotes and semicolons.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from hermes.mail.authenticate import dmarc, lookup
from hermes.mail.parse import headers

#: Characters of one Authentication-Results header.
RESULTS_CHARS: Final = 8000
#: What an operator sets for a server that writes no name before its results, as Microsoft 365 does.
UNNAMED: Final = "unnamed"

#: Microsoft 365 puts the receiving domain between the results, as a word of its own.
_DOMAIN: Final = re.compile(r"(?=[^.]*\.)[A-Za-z0-9._-]{1,253}\Z")


@dataclass(frozen=True, slots=True)
class Result:
    """One method's result: `dkim`, `pass`, `{"header.d": "example.org"}`."""

    method: str
    result: str
    properties: dict[str, str]


@dataclass(frozen=True, slots=True)
class Results:
    """One header: who wrote it and what they found."""

    authserv_id: str
    """In lower case; empty for a server that writes none."""
    results: tuple[Result, ...]


@dataclass(frozen=True, slots=True)
class Opinion:
    """The result for the author's domain: True passed, False failed, None unknown."""

    passed: bool | None
    reason: str


def outermost(found: headers.Headers, authserv_id: str, *, hops: int) -> tuple[Results, ...] | str:
    """The outermost header of the named server and those below it that say something else, or a sentence why none can be used.

    `authserv_id` is the name itself, `*.DOMAIN` for servers with names under one domain, or `unnamed`. `hops` is how many Received
    headers may stand above it: those that the operator's own servers add behind it. One that came with the mail stands below the
    border's own Received, and below whatever the border wrote.
    """
    received = 0
    trusted: Results | None = None
    others: list[Results] = []
    # As they stand: decoding encoded words here would let a sender's address bring its own quotes and semicolons.
    values = iter(found.raw("Authentication-Results"))
    for name, _ in found:
        key = name.lower()
        if key == "received" and trusted is None:
            received += 1
        elif key == "authentication-results":
            parsed = parse(next(values), unnamed=authserv_id == UNNAMED)
            if trusted is not None:
                if parsed is None or _is_of(parsed, authserv_id):
                    others.append(parsed or Results("", ()))
                continue
            if parsed is None:
                return "the outermost Authentication-Results cannot be read"
            if not _is_of(parsed, authserv_id):
                return (
                    f"the outermost Authentication-Results is from {parsed.authserv_id!r}, not from the pinned server"
                )
            if received > hops:
                return f"the pinned server's Authentication-Results stands below {received} Received headers"
            trusted = parsed
    if trusted is None:
        return "the pinned server wrote no Authentication-Results"
    return (trusted, *(other for other in others if other != trusted))


async def combined(found: tuple[Results, ...], policy: dmarc.Dmarc) -> Results | str:
    """What `outermost` found as one, or a sentence why it contradicts itself.

    Some servers write each method's result into a separate header. The lower ones could have come with the mail. So what a DMARC pass
    rests on, an aligned pass, must be in the outermost itself; and no method may be there twice.
    """
    if len(found) == 1:
        return found[0]
    whole = Results(found[0].authserv_id, tuple(one for each in found for one in each.results))
    methods = [one.method for one in whole.results]
    plain = all(each.results for each in found) and len(set(methods)) == len(methods)
    if plain and await _vouched(found[0], whole, policy):
        return whole
    return "a second Authentication-Results with the pinned server's name says something else: one of them is forged"


def _is_of(found: Results, authserv_id: str) -> bool:
    """Whether the server that the operator means wrote it."""
    wanted = authserv_id.lower()
    if wanted.startswith("*."):
        return found.authserv_id.endswith(wanted[1:])
    return found.authserv_id == ("" if wanted == UNNAMED else wanted)


def parse(value: str, *, unnamed: bool = False) -> Results | None:
    """One header's value; None where any part of it cannot be read. Only where it may be `unnamed`, a name is not asked for."""
    segments = _segments(value) if len(value) <= RESULTS_CHARS else None
    if not segments or not segments[0]:
        return None
    name = segments[0][0].lower()
    if "=" in name:
        if not unnamed:
            return None
        name = ""
        segments = [[], *(words for words in segments if len(words) != 1 or not _DOMAIN.match(words[0]))]
    results: list[Result] = []
    for words in segments[1:]:
        if not words or [word.lower() for word in words] == ["none"]:
            continue
        pairs = [word.partition("=") for word in words]
        if not all(equals and key and given for key, equals, given in pairs):
            return None
        (method, _, result), *rest = pairs
        properties: dict[str, str] = {}
        for key, _, given in rest:
            # Said twice, said by two: no telling which one the server meant.
            if properties.setdefault(key.lower(), given) != given:
                return None
        results.append(Result(method.lower().partition("/")[0], result.lower(), properties))
    return Results(name, tuple(results))


async def _vouched(outermost_found: Results, whole: Results, policy: dmarc.Dmarc) -> bool:
    """Whether the outermost header alone has what a DMARC pass for the author rests on."""
    if not any(one.method == "dmarc" and _header_from(one) == policy.author for one in whole.results):
        return False
    if any(one.method == "dmarc" and one.result == "pass" for one in outermost_found.results):
        return True
    sender = sender_domain(outermost_found)
    return await _signer(outermost_found, policy) is not None or bool(sender and await policy.aligned(sender, "aspf"))


async def _signer(found: Results, policy: dmarc.Dmarc) -> str | None:
    """The first domain that signed for the author by these results."""
    passes = [one.properties for one in found.results if one.method == "dkim" and one.result == "pass"]
    signers = [one.get("header.d") or one.get("header.i", "").rpartition("@")[2] for one in passes]
    aligned = await policy.aligned_among(signers, "adkim")
    return next((one for one in signers if one in aligned), None)


async def opinion(results: Results, policy: dmarc.Dmarc) -> Opinion:
    """What the results say of the author: DMARC for the author's own domain, else an aligned DKIM pass where no policy was found.

    Raises `errors.DnsUnavailable`.
    """
    said = [one for one in results.results if one.method == "dmarc"]
    if len(said) > 1:
        return Opinion(None, "more than one DMARC result in one header")
    if said and said[0].result != "none":
        if said[0].result == "pass":
            own = _header_from(said[0]) == policy.author
            return Opinion(True, "DMARC pass") if own else Opinion(None, "DMARC pass for another domain")
        return Opinion(False if said[0].result == "fail" else None, f"DMARC {said[0].result}")
    signer = await _signer(results, policy)
    if signer is not None:
        return Opinion(True, f"DKIM pass for {lookup.name(signer)}, no DMARC policy")
    return Opinion(None, "no DMARC result and no aligned DKIM pass")


def _header_from(one: Result) -> str | None:
    return lookup.name(one.properties.get("header.from", "").rpartition("@")[2])


def sender_domain(results: Results) -> str | None:
    """The domain of the envelope sender for which SPF passed by these results; None for none."""
    spf = [one for one in results.results if one.method == "spf"]
    if len(spf) != 1 or spf[0].result != "pass":
        return None
    return spf[0].properties.get("smtp.mailfrom", "").rpartition("@")[2] or None


def _segments(value: str) -> list[list[str]] | None:
    """The words between semicolons; comments out, quotes kept together, white space around `=` closed. None: unbalanced."""
    segments: list[list[str]] = [[]]
    word = ""
    spaced = False
    position = 0
    while position < len(value):
        char = value[position]
        if char == "(":
            position = _comment_end(value, position)
            if position < 0:
                return None
            spaced = True
            continue
        if char in " \t\r\n;":
            spaced = True
            if char == ";":
                if word:
                    segments[-1].append(word)
                word = ""
                segments.append([])
            position += 1
            continue
        piece, position = _piece(value, position)
        if position < 0:
            return None
        joins = "=" not in word[:-1] and (word.endswith("=") or (piece == "=" and word and "=" not in word))
        if spaced and word and not joins:
            segments[-1].append(word)
            word = ""
        word += piece
        spaced = False
    if word:
        segments[-1].append(word)
    return segments


def _piece(value: str, position: int) -> tuple[str, int]:
    """One character, or a whole quoted string without its quotes; -1: it does not end."""
    if value[position] != '"':
        return value[position], position + 1
    text = ""
    position += 1
    while position < len(value):
        char = value[position]
        if char == '"':
            return text, position + 1
        if char == "\\":
            position += 1
            char = value[position : position + 1]
        text += char
        position += 1
    return "", -1


def _comment_end(value: str, position: int) -> int:
    depth = 0
    while position < len(value):
        char = value[position]
        if char == "\\":
            position += 1
        depth += (char == "(") - (char == ")")
        position += 1
        if depth == 0:
            return position
    return -1
