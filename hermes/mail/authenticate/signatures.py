"""Our own check of DKIM signatures (RFC 6376) and ARC seals (RFC 8617), by dkimpy, without its DNS and without the body.

Records are fetched first, and the body is hashed by `body_hash`, only once the header holds: dkimpy gets the header alone. So verification
is a function of a header, records and one hash; hostile mail can neither trigger lookups nor hang it. `raw`
may be the whole mail or its header: only the header is read.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import dkim
from dkim.util import InvalidTagValueList, parse_tag_value

from hermes import ids, limits
from hermes.mail.authenticate import authentication, lookup
from hermes.mail.authenticate.body_hash import Canonical
from hermes.mail.parse import address, head, headers

#: ARC sets of one mail; RFC 8617 allows 50, real chains have a few.
ARC_SETS: Final = 10
#: A key record; one of 4096 bits has about 740 characters, and a hostile one would keep the processor busy.
DKIM_RECORD_CHARS: Final = 1500
#: Bits of the exponent of an RSA key; all in use have 2 to 17, and one as long as the modulus halts the process for a second.
DKIM_EXPONENT_BITS: Final = 64
#: A DKIM-Signature header; real ones have up to 2,000 bytes.
SIGNATURE_BYTES: Final = 8 * 1024
#: A header of an ARC set; the results in it are many lines.
ARC_HEADER_BYTES: Final = 16 * 1024
#: Names of headers that one signature covers: each is looked for among all.
SIGNED_HEADERS: Final = 300
#: Lines of a header block on which DKIM is checked: dkimpy copies a header for each of its lines.
HEADER_LINES: Final = 5000

Records = Mapping[str, str]
"""Name of a key -> its TXT record."""

_ALGORITHMS = frozenset({b"rsa-sha256", b"ed25519-sha256"})
#: Folded lines are indented by a few; no signature has this many in a row.
_SPACES = re.compile(rb"\s{100}")
_INSTANCE = re.compile(rb"(?:\A|[\s;])i\s{0,4}=\s{0,4}(\d{1,3})(?:[\s;]|\Z)")
#: RFC 6376 gives times up to twelve digits.
_STAMP_DIGITS = 12
_ARC = (b"arc-seal", b"arc-message-signature", b"arc-authentication-results")


@dataclass(frozen=True, slots=True)
class Promise:
    """What a valid signature promises: which headers are the signer's, and when they signed."""

    headers: frozenset[str]
    """Lower-case names. Empty where it covers a part of the body only, or is too weak to rely on: what it leaves open is everything."""
    mark: str
    """The id of what is signed. Not of the signature itself: RSA takes the same number written in many ways."""
    stamp: int | None = None
    """`t=`, epoch seconds."""
    expires: int | None = None
    """`x=`."""


@dataclass(frozen=True, slots=True)
class Signature:
    """A DKIM signature that may speak for the author: its place among all, its domain, the name of its key, what it says of the body."""

    index: int
    domain: str
    key_name: str
    for_subdomain: bool
    """Its `i=` is in another domain than `d=`: a key marked `t=s` does not allow that."""
    canonical: Canonical
    """The form of the body that it signs."""
    body_hash: bytes
    """The hash that this form must have."""
    promise: Promise


def signers(raw: bytes) -> tuple[str, ...]:
    """The domains of the signatures, each once, in order."""
    values = (value for name, value in _fields(raw) or () if name == b"dkim-signature")
    found = (lookup.name(_text(_tags(value), b"d")) for value in values)
    return tuple(dict.fromkeys(domain for domain in found if domain is not None))


def candidates(raw: bytes, author_domain: str, aligned: Collection[str]) -> tuple[Signature, ...] | str:
    """The signatures worth checking, or a sentence why none is. `aligned` are the signers that speak for the author.

    Not worth it: not aligned with the author, SHA-1, From unsigned, or only the first part of the body signed (`l=`): what is added
    behind that would pass for the author's words.
    """
    fields = _fields(raw)
    if fields is None:
        return "the header block is not one that DKIM can be checked on"
    authors = [value for name, value in fields if name == b"from"]
    if len(authors) != 1 or not _names(authors[0], author_domain):
        return "the header that DKIM signs does not name the author"
    values = [value for name, value in fields if name == b"dkim-signature"]
    found: list[Signature] = []
    why = "no DKIM signature is aligned with the author's domain" if values else "the mail has no DKIM signature"
    for index, value in enumerate(values):
        tags = _tags(value)
        domain = lookup.name(_text(tags, b"d"))
        if domain is None or domain not in aligned:
            continue
        key_name, canonical, body_hash = _key_name(tags), _canonical(tags, "simple/simple"), _body_hash(tags)
        reason = "the signature is longer than any" if _endless(value, SIGNATURE_BYTES) else _unfit(tags)
        if reason or key_name is None or canonical is None or body_hash is None:
            why = reason or "the signature names no key that DNS can hold, or no form or hash of the body"
            continue
        identity = lookup.name(_text(tags, b"i").rpartition("@")[2]) or domain
        found.append(
            Signature(
                index=index,
                domain=domain,
                key_name=key_name,
                for_subdomain=identity != domain,
                canonical=canonical,
                body_hash=body_hash,
                promise=_promise(tags, fields),
            )
        )
    return tuple(found[: limits.SIGNATURES]) or why


def promises(raw: bytes) -> tuple[tuple[str, Promise], ...] | None:
    """The domain and the promise of each signature, for where somebody else found that one of them holds, and did not say which.

    None for a mail without any signature: then it was not one that vouched. Of a mail with a signature that only others can read there
    are none at all: it may be the one that holds.
    """
    if "dkim-signature" not in headers.parse(head.of(raw))[0]:
        return None
    fields = _fields(raw) or []
    found: list[tuple[str, Promise]] = []
    for tags in (_tags(value) for name, value in fields if name == b"dkim-signature"):
        domain = lookup.name(_text(tags, b"d"))
        if domain is None:
            return ()
        found.append((domain, _promise(tags, fields)))
    return tuple(found)


def arc_promise(raw: bytes) -> Promise | None:
    """What the outermost message signature of an ARC chain says."""
    sets = _arc_sets(raw)
    tags = _tags(sets[max(sets)].get(b"arc-message-signature", b"")) if sets else {}
    return _promise(tags, _fields(raw) or []) if tags else None


def verify(raw: bytes, signature: Signature, records: Records) -> str:
    """Check one signature over the header; an empty string when it holds, else why not.

    It holds for the mail if the body's hash is the signature's as well.
    """
    record = records.get(signature.key_name, "")
    if not record:
        return f"DNS has no key at {signature.key_name}"
    hashes, services = _record_list(record, "h"), _record_list(record, "s")
    if (hashes and "sha256" not in hashes) or (services and not services & {"*", "email"}):
        return f"the key at {signature.key_name} is for other hashes or services than this signature"
    flags = _record_list(record, "t")
    if "y" in flags:
        return f"the key at {signature.key_name} is marked as a test"
    if "s" in flags and signature.for_subdomain:
        return f"the key at {signature.key_name} does not sign for subdomains"
    try:
        holds = _Header(head.of(raw), minkey=limits.DKIM_KEY_BITS).verify(signature.index, dnsfunc=_answers(records))
    except dkim.DKIMException as error:
        return f"the signature of {signature.domain} cannot be checked: {error}"
    except Exception as error:
        # dkimpy meets hostile bytes with whatever Python raises on them; what cannot be checked does not hold.
        return f"the signature of {signature.domain} cannot be read: {type(error).__name__}"
    return "" if holds else f"the signature of {signature.domain} does not hold"


def arc_key_names(raw: bytes, sealers: frozenset[str]) -> tuple[str, ...]:
    """The names of all keys of the ARC chain; empty where its outermost seal is from nobody that the operator named."""
    sets = _arc_sets(raw)
    if not sets or len(sets) > ARC_SETS or _sealer(sets[max(sets)]) not in sealers:
        return ()
    names = (_key_name(_tags(one[field])) for one in sets.values() for field in _ARC[:2] if field in one)
    return tuple(dict.fromkeys(name for name in names if name))


def arc_canonical(raw: bytes) -> Canonical | None:
    """The form of the body that the outermost seal signs; None where it signs none that can be checked."""
    sets = _arc_sets(raw)
    tags = _tags(sets[max(sets)].get(b"arc-message-signature", b"")) if sets else {}
    return _canonical(tags, "relaxed/relaxed")


def arc_results(
    raw: bytes, sealers: frozenset[str], records: Records, body_hash: bytes | None
) -> tuple[tuple[str, authentication.Results], ...] | str:
    """The named sealers of a chain that holds and what each found, the outermost first, and no further than named ones go.

    A sentence for a chain that does not hold.

    `body_hash` is that of `arc_canonical`; None while only the header is looked at, to know whether the body is worth its hash.
    """
    try:
        chain = _Chain(head.of(raw), minkey=limits.DKIM_KEY_BITS, body_hash=body_hash)
        status, results, reason = chain.verify(dnsfunc=_answers(records))
    except Exception as error:
        # As above: a chain that cannot be read does not hold.
        return f"the ARC chain cannot be read: {type(error).__name__}"
    if status != dkim.CV_Pass:
        return f"the ARC chain does not hold: {reason}"
    found: list[tuple[str, authentication.Results]] = []
    for result in results:
        sealer = lookup.name(result["as-domain"].decode("ascii", "replace"))
        if sealer not in sealers or lookup.name(result["ams-domain"].decode("ascii", "replace")) != sealer:
            break
        # `i=1; mx.example.org; dmarc=pass …`: without its instance it is an Authentication-Results.
        parsed = authentication.parse(result["aar-value"].decode("utf-8", "replace").partition(";")[2])
        if parsed is not None:
            found.append((sealer, parsed))
    return tuple(found)


def _sign_nothing_more(sig: dict[bytes, bytes], pk: Any, ktag: bytes | None) -> dict[bytes, bytes]:
    """The tags of a signature without the body's hash, which dkimpy would compute at once. Raises `dkim.ValidationError`."""
    if len(sig.get(b"h", b"").split(b":")) > SIGNED_HEADERS:
        raise dkim.ValidationError(f"more than {SIGNED_HEADERS} names of headers")
    if ktag == b"rsa" and pk["publicExponent"].bit_length() > DKIM_EXPONENT_BITS:
        raise dkim.ValidationError("the key's exponent is no usual one")
    return {tag: value for tag, value in sig.items() if tag != b"bh"}


class _Header(dkim.DKIM):  # type: ignore[misc]
    """dkimpy over a header; the hash of the body is compared elsewhere."""

    def verify_sig_process(self, sig: Any, include_headers: Any, sig_header: Any, dnsfunc: Any) -> Any:
        """As of dkimpy."""
        tags = _sign_nothing_more(sig, self.pk, self.ktag)
        return super().verify_sig_process(tags, include_headers, sig_header, dnsfunc)


class _Chain(dkim.ARC):  # type: ignore[misc]
    """The same for ARC; a message signature is compared with the given hash of the body, if one is given."""

    def __init__(self, message: bytes, *, minkey: int, body_hash: bytes | None) -> None:
        super().__init__(message, minkey=minkey)
        self._body_hash = body_hash

    def verify_sig_process(self, sig: Any, include_headers: Any, sig_header: Any, dnsfunc: Any) -> Any:
        """As of dkimpy."""
        tags = _sign_nothing_more(sig, self.pk, self.ktag)
        if b"bh" in sig and (b"l" in sig or self._body_hash not in (None, _body_hash(sig))):
            raise dkim.ValidationError("the body is not the one that was signed")
        return super().verify_sig_process(tags, include_headers, sig_header, dnsfunc)


def _fields(raw: bytes) -> list[tuple[bytes, bytes]] | None:
    """The header as dkimpy sees it; None where Hermes sees another one, or where it is larger than dkimpy can be given.

    Two readers that disagree where the header ends are a way to put words under somebody's signature: dkimpy skips a `From ` line
    amid the header, where for others the body begins.
    """
    block = head.of(raw)
    if len(block) > limits.HEADER_BYTES or block.count(b"\n") > HEADER_LINES:
        return None
    try:
        fields = [(bytes(name).lower(), bytes(value)) for name, value in dkim.DKIM(block).headers]
    except (dkim.DKIMException, IndexError):
        # IndexError: a header block that begins with a continuation.
        return None
    found, _, defects = headers.parse(block)
    names = [name.lower().encode("ascii") for name, _ in found]
    return fields if not defects and names == [name for name, _ in fields] else None


def _arc_sets(raw: bytes) -> dict[int, dict[bytes, bytes]]:
    sets: dict[int, dict[bytes, bytes]] = {}
    fields = [(name, value) for name, value in _fields(raw) or () if name in _ARC]
    if any(_endless(value, ARC_HEADER_BYTES) for _, value in fields):
        return {}
    for name, value in fields:
        found = _INSTANCE.search(value)
        if found:
            sets.setdefault(int(found[1]), {})[name] = value
    return sets


def _endless(value: bytes, most: int) -> bool:
    """Whether a signature would keep dkimpy's patterns busy: they take the square of a run of white space."""
    return len(value) > most or _SPACES.search(value) is not None


def _sealer(one: Mapping[bytes, bytes]) -> str | None:
    return lookup.name(_text(_tags(one.get(b"arc-seal", b"")), b"d"))


def _signed(tags: Mapping[bytes, bytes]) -> list[bytes]:
    return re.split(rb"\s*:\s*", tags.get(b"h", b"").strip().lower())


def _promise(tags: Mapping[bytes, bytes], fields: Sequence[tuple[bytes, bytes]]) -> Promise:
    names = [] if _unfit(tags) else _signed(tags)
    last = dict(fields)
    signed_tags = [piece for tag in sorted(tags) if tag != b"b" for piece in (tag, b"".join(tags[tag].split()))]
    values = [piece for name in sorted(set(names)) for piece in (name, b" ".join(last.get(name, b"").split()))]
    return Promise(
        headers=frozenset(name.decode("ascii", "replace") for name in names),
        mark=ids.digest("signed", *signed_tags, b"", *values),
        stamp=_seconds(tags, b"t"),
        expires=_seconds(tags, b"x"),
    )


def _seconds(tags: Mapping[bytes, bytes], tag: bytes) -> int | None:
    text = _text(tags, tag).strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _STAMP_DIGITS else None


def _unfit(tags: Mapping[bytes, bytes]) -> str:
    if b"from" not in _signed(tags):
        return "the signature leaves From out"
    if b"l" in tags:
        return "the signature covers only a part of the body"
    if tags.get(b"a") not in _ALGORITHMS:
        return "the signature's algorithm is too weak"
    return ""


def _tags(value: bytes) -> dict[bytes, bytes]:
    try:
        return dict(parse_tag_value(value))
    except InvalidTagValueList:
        return {}


def _text(tags: Mapping[bytes, bytes], tag: bytes) -> str:
    return tags.get(tag, b"").decode("ascii", "replace")


def _key_name(tags: Mapping[bytes, bytes]) -> str | None:
    return lookup.name(f"{_text(tags, b's')}._domainkey.{_text(tags, b'd')}")


def _canonical(tags: Mapping[bytes, bytes], default: str) -> Canonical | None:
    """The form of the body in `c=`; of a header's form alone, "simple" is that of the body (RFC 6376, 3.5)."""
    _, _, body = (_text(tags, b"c") or default).partition("/")
    return "relaxed" if body == "relaxed" else "simple" if body in ("simple", "") else None


def _body_hash(tags: Mapping[bytes, bytes]) -> bytes | None:
    try:
        return base64.b64decode(b"".join(tags.get(b"bh", b"").split()))
    except (binascii.Error, ValueError):
        return None


def _record_list(record: str, tag: str) -> set[str]:
    """The values of a tag of a key record that are parted by colons (RFC 6376, 3.6.1: `h`, `s` and `t`)."""
    pairs = (part.partition("=") for part in record.split(";"))
    return {
        one.strip().lower() for key, _, value in pairs if key.strip() == tag for one in value.split(":") if one.strip()
    }


def _names(value: bytes, author_domain: str) -> bool:
    mailboxes, defect = address.mailboxes_of(value.decode("utf-8", "replace").strip())
    if defect or len(mailboxes) != 1:
        return False
    return lookup.name(mailboxes[0].spec.rpartition("@")[2]) == lookup.name(author_domain)


def _answers(records: Records) -> Callable[..., bytes | None]:
    def answer(name: bytes | str, timeout: float = 0) -> bytes | None:
        text = name.decode("ascii", "replace") if isinstance(name, bytes) else name
        record = records.get(text.rstrip(".").lower(), "")
        return record.encode("utf-8") if len(record) <= DKIM_RECORD_CHARS else None

    return answer
