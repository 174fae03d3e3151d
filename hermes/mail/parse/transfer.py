"""Content transfer encodings: the bytes that a part carries. Lenient, linear, never raising."""

from __future__ import annotations

import binascii

from hermes.mail.parse import headers


def decode(raw: bytes, encoding: str) -> tuple[bytes, str]:
    """The decoded bytes, and what was wrong (empty: nothing). An encoding that is not known leaves the bytes alone."""
    encoding = encoding.strip().lower()
    if encoding == "quoted-printable":
        return binascii.a2b_qp(raw), ""
    if encoding == "base64":
        return headers.base64_bytes(raw), ""
    if encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
        return _uudecode(raw)
    if encoding in ("", "7bit", "8bit", "binary"):
        return raw, ""
    return raw, f"transfer encoding not known: {encoding[:40]}"


def _uudecode(raw: bytes) -> tuple[bytes, str]:
    pieces: list[bytes] = []
    inside = False
    for line in raw.splitlines():
        if not inside:
            inside = line.startswith(b"begin ")
        elif line.strip() == b"end":
            break
        elif line:
            try:
                pieces.append(binascii.a2b_uu(line))
            except binascii.Error:
                # Some writers pad lines; the length in the first character is what counts.
                count = (((line[0] - 32) & 63) * 4 + 5) // 3
                try:
                    pieces.append(binascii.a2b_uu(line[:count]))
                except binascii.Error:
                    return raw, "uuencoded text that cannot be decoded"
    return (b"".join(pieces), "") if inside else (raw, "uuencoded text that cannot be decoded")
