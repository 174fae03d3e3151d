"""Header fields of our own mails: cleaned, encoded (RFC 2047), folded (RFC 5322, 2.2.3); ASCII only, so no server needs 8-bit support.

All foreign text passes this module on its way into a header. The standard library's folding lets an
encoded line feed end the header block early, so the author of a subject could write headers.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

from hermes import errors, limits
from hermes.domain import idn

#: Our header lines are folded near this length (RFC 5322, 2.1.1).
HEADER_LINE_CHARS: Final = 76
#: A display name in our headers.
NAME_CHARS: Final = 120
#: One message id in our headers: a line may have 998 characters, and an id cannot be folded.
MESSAGE_ID_CHARS: Final = 400
#: An address in our headers (RFC 5321, 4.5.3.1).
ADDRESS_CHARS: Final = 320

_SPACES = re.compile(r"\s+")
_PLAIN = re.compile(r"[ -~]*\Z")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*\Z")
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9.-]+\Z")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]+>\Z")
_TOKEN = re.compile(r"[A-Za-z0-9._=@+-]+\Z")
#: What may stand as itself in an encoded word anywhere, even in a display name (RFC 2047, 5).
_Q_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
_WORD_CHARS = 75
_WORD_FRAME = len("=?utf-8?q??=")


def clean(text: str, chars: int) -> str:
    """The text as one line: controls (also C1, U+2028/9), lone surrogates and noncharacters out, runs of spaces one, cut at `chars`."""
    spaced = _SPACES.sub(" ", text[: chars * 8])
    kept = "".join(char for char in spaced if not _unfit(char))
    return _SPACES.sub(" ", kept).strip()[:chars].rstrip()


def unstructured(name: str, value: str, *, chars: int = limits.SUBJECT_CHARS) -> str:
    """A field of free text (Subject, Thread-Topic), folded; without its last line end."""
    text = clean(value, chars)
    if _PLAIN.match(text) and "=?" not in text:
        return _fold(name, text.split(" "))
    words = text.split(" ")
    # What can stay readable stays: clients look for "Re:" in the raw header.
    plain = next((at for at, word in enumerate(words) if not _PLAIN.match(word) or "=?" in word), len(words))
    used = len(name) + 2 + sum(len(word) + 1 for word in words[:plain])
    return _fold(name, [*words[:plain], *_encoded_words(" ".join(words[plain:]), HEADER_LINE_CHARS - used)])


def mailbox(name: str, display: str, address: str) -> str:
    """A field with one mailbox. Raises `errors.ConfigError` for an address that no header can carry."""
    if not is_address(address):
        raise errors.ConfigError(f"the address for {name} cannot be written in a mail header")
    text = clean(display, NAME_CHARS)
    if not text:
        return _fold(name, [address])
    quoted = '"{}"'.format(text.replace("\\", "\\\\").replace('"', '\\"'))
    if _ATOMS.match(text) and "=?" not in text:
        words = text.split(" ")
    elif _PLAIN.match(text) and "=?" not in text and len(name) + 2 + len(quoted) <= HEADER_LINE_CHARS:
        # Whole on its line: some readers end a quoted name at the fold, and take the rest for addresses.
        words = [quoted]
    else:
        words = _encoded_words(text, HEADER_LINE_CHARS - len(name) - 2)
    return _fold(name, [*words, f"<{address}>"])


def addresses(name: str, values: Sequence[str]) -> str:
    """A field of several addresses, each of which a header can carry."""
    return _fold(name, [f"{address}," for address in values[:-1]] + list(values[-1:]))


def ids(name: str, values: Iterable[str]) -> str:
    """A field of message ids (In-Reply-To, References), one to a line where they are long."""
    return _fold(name, list(values))


def token(name: str, value: str) -> str:
    """A field whose value is a fixed word; other characters are removed."""
    return f"{name}: {''.join(char for char in value[: limits.PHRASE_CHARS] if _TOKEN.match(char))}"


def message_id(value: str | None) -> str | None:
    """The id in angle brackets, or None where a header cannot carry it."""
    text = (value or "").strip()
    if not text.startswith("<"):
        text = f"<{text}>"
    return text if len(text) <= MESSAGE_ID_CHARS and _MESSAGE_ID.match(text) else None


def ascii_address(address: str) -> str:
    """The address with its domain in ASCII (IDNA); unchanged where that cannot be."""
    local, at, domain = address.strip().rpartition("@")
    try:
        return f"{local}{at}{idn.ascii_domain(domain)}"
    except ValueError:
        return address.strip()


def is_address(address: str) -> bool:
    """Whether a header can carry this address without quoting and without 8-bit characters."""
    return len(address) <= ADDRESS_CHARS and _ADDRESS.match(address) is not None


def _unfit(char: str) -> bool:
    if char < "\x7f":
        return char < " "
    return (
        unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"}
        or ord(char) & 0xFFFE == 0xFFFE
        or "\ufdd0" <= char <= "\ufdef"
    )


def _fold(name: str, words: Iterable[str]) -> str:
    """`name: word word …`, broken between words; a word that is longer than a line stands alone on its own."""
    lines: list[str] = []
    line = f"{name}:"
    for word in words:
        # Never right behind the name: some servers take a field whose first line is empty for none.
        if len(line) + 1 + len(word) > HEADER_LINE_CHARS and line.strip() and line != f"{name}:":
            lines.append(line)
            line = ""
        line += f" {word}"
    lines.append(line)
    return "\r\n".join(lines)


def _encoded_words(text: str, room: int) -> list[str]:
    """The text as encoded words, each whole characters (RFC 2047, 5); the first fits `room` so that the field begins on its own line."""
    words: list[str] = []
    letter = _shorter(text.encode("utf-8"))
    chunk = b""
    limit = min(_WORD_CHARS, max(room, 40))
    for char in text:
        raw = char.encode("utf-8")
        if chunk and _length(chunk + raw, letter) + _WORD_FRAME > limit:
            words.append(_word(chunk, letter))
            chunk, limit = b"", _WORD_CHARS - 1
        chunk += raw
    return [*words, _word(chunk, letter)]


def _shorter(raw: bytes) -> str:
    return "q" if _length(raw, "q") <= _length(raw, "b") else "b"


def _length(raw: bytes, letter: str) -> int:
    if letter == "b":
        return (len(raw) + 2) // 3 * 4
    return sum(1 if byte in _Q_SAFE or byte == 0x20 else 3 for byte in raw)


def _word(raw: bytes, letter: str) -> str:
    if letter == "b":
        body = base64.b64encode(raw).decode("ascii")
    else:
        body = "".join("_" if byte == 0x20 else chr(byte) if byte in _Q_SAFE else f"={byte:02X}" for byte in raw)
    return f"=?utf-8?{letter}?{body}?="
