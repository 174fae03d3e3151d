"""Domain names of all scripts as one ASCII form: the only conversion for mail addresses, DNS names and configuration.

It is IDNA 2008 with the mapping of UTS 46, non-transitional: `straße.example` is `xn--strae-oqa.example`, which is another domain than
`strasse.example`, of perhaps another owner. Python's own `idna` codec is IDNA 2003 and takes the two for one.

A character outside ASCII that turns into ASCII, or into nothing, under some normal form (the Kelvin sign into a k, a full-width letter, a
soft hyphen) is refused before normalisation: such a name is meant to pass for another.
"""

from __future__ import annotations

import functools
import unicodedata
from dataclasses import dataclass
from typing import Final

import email_validator
import idna

#: RFC 1035 ends names at 253 characters; longer ones are not worth converting.
_DOMAIN_CHARS: Final = 253
_ASCII_LOWER: Final = {upper: upper + 32 for upper in range(65, 91)}
_SPACES: Final = " \t\r\n"
#: Last labels that email-validator takes for mistakes. Names of private networks are allowed: the operator lists who may command.
_PRIVATE: Final = frozenset({"localhost", "local", "test", "invalid", "internal", "lan", "home", "intranet"})
_SUFFIX: Final = ".example.org"


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A valid address: its local part as it was written (NFC), its domain for people and for machines."""

    local: str
    domain: str
    ascii_domain: str


def ascii_lower(text: str) -> str:
    """ASCII letters in lower case, all others as they are: what mail servers agree on."""
    return text.translate(_ASCII_LOWER)


def look_alike(text: str) -> str | None:
    """The first character outside ASCII that normalisation turns into ASCII or removes; None if there is none."""
    return None if text.isascii() else next((char for char in text if char > "\x7f" and _folds(char)), None)


@functools.lru_cache(maxsize=4096)
def ascii_domain(domain: str) -> str:
    """The domain in lower-case ASCII, without a last dot; labels that are ASCII already are not checked further.

    Raises ValueError, with a sentence, for a domain that has no such form.
    """
    plain = domain.strip(_SPACES).removesuffix(".")
    if len(plain) > _DOMAIN_CHARS:
        raise ValueError(f"a domain has at most {_DOMAIN_CHARS} characters")
    if plain.isascii():
        return plain.lower()
    _refuse(plain)
    try:
        return ".".join(_label(label) for label in plain.split("."))
    except UnicodeError as error:  # idna's errors are of this kind
        raise ValueError(f"{domain!r} is no domain name: {error}") from error


def unicode_domain(domain: str) -> str:
    """An ASCII domain as people write it. Raises ValueError where one of its labels is no valid IDNA 2008."""
    try:
        return ".".join(idna.decode(label) if label.startswith("xn--") else label for label in domain.split("."))
    except UnicodeError as error:
        raise ValueError(f"{domain!r} is no domain name: {error}") from error


@functools.lru_cache(maxsize=1024)
def validated(address: str) -> Mailbox:
    """The parts of an address that mail servers can carry. Raises ValueError with a sentence."""
    local, _, domain = address.strip(_SPACES).rpartition("@")
    # Before the library normalises anything: it would turn a Kelvin sign into a K, which no mail server does.
    _refuse(local)
    plain = ascii_domain(domain)
    shown = unicode_domain(plain)
    private = plain.rpartition(".")[2] in _PRIVATE
    # Punycode was checked above by the rules of IDNA 2008, which allow more joiners than the library does.
    shape = plain.replace("xn--", "xn0")
    valid = email_validator.validate_email(
        f"{local}@{shape}{_SUFFIX if private else ''}", check_deliverability=False, globally_deliverable=False
    )
    return Mailbox(valid.local_part, shown, plain)


def mailbox(address: str) -> str:
    """`local@domain` in the form by which two addresses are one mailbox: ASCII letters in lower case, the domain in ASCII.

    Only the domain is checked. Raises ValueError for a domain without an ASCII form and for look-alike characters anywhere.
    """
    local, at, domain = address.strip(_SPACES).rpartition("@")
    _refuse(local)
    return f"{ascii_lower(unicodedata.normalize('NFC', local))}{at}{ascii_domain(domain)}"


def _label(label: str) -> str:
    if label.isascii():
        return label.lower()
    return idna.encode(label, uts46=True, std3_rules=True, transitional=False).decode("ascii")


def _refuse(text: str) -> None:
    found = look_alike(text)
    if found is not None:
        raise ValueError(f"the character U+{ord(found):04X} looks like another one, or like none")


def _folds(char: str) -> bool:
    if any(piece.isascii() for form in ("NFC", "NFKC") for piece in unicodedata.normalize(form, char)):
        return True
    if any(piece.isascii() for piece in unicodedata.normalize("NFC", char.lower())):
        return True
    try:
        mapped = idna.uts46_remap(char, std3_rules=False, transitional=False)
    except UnicodeError:
        return False  # no character of a domain; the local part is checked elsewhere
    return not mapped or any(piece.isascii() for piece in mapped)
