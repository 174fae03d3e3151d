"""Which attachments are accepted: usual files always, archives and programs only if the project's policy allows them.

The worst of a file's name, declared type and first bytes decides. Nothing is unpacked.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import Final, Literal

from hermes.mail.parse import parse

Policy = Literal["files", "archives", "all"]


class Sort(enum.StrEnum):
    """The sort of an attachment."""

    FILE = "file"
    """A picture, a text, a document."""
    ARCHIVE = "packed file"
    """Other files in one, whatever they are."""
    PROGRAM = "program"
    """A computer would run it, or install it."""


def _set(endings: str) -> frozenset[str]:
    return frozenset(endings.split())


_PROGRAMS: Final = _set(
    """exe dll com scr pif msi msix msp cpl sys drv ocx bat cmd ps1 psm1 vbs vbe jse wsf wsh hta lnk url reg inf scf chm jar jnlp apk
    ipa app dmg pkg deb rpm appimage run elf so dylib gadget application appx xll docm dotm xlsm xltm xlam pptm potm ppam"""
)
_ARCHIVES: Final = _set(
    """zip zipx 7z rar tar gz tgz bz2 tbz tbz2 xz txz zst tzst lz lz4 lzh lha z arj cab ace iso img vhd vhdx cpio ar xar sit war ear
    whl egg"""
)
#: Documents that are zip files by their bytes.
_ZIPPED: Final = _set("docx dotx xlsx xltx pptx potx ppsx odt ods odp odg ott epub vsdx sketch fig key pages numbers")
_PROGRAM_TYPES: Final = (
    "application/x-msdownload", "application/x-dosexec", "application/vnd.microsoft.portable-executable", "application/x-executable",
    "application/x-msi", "application/x-mach-binary", "application/java-archive", "application/vnd.android.package-archive",
    "application/x-elf", "application/x-sharedlib", "application/hta", "application/x-ms-shortcut",
)  # fmt: skip
_ARCHIVE_TYPES: Final = (
    "application/zip", "application/x-zip", "application/x-zip-compressed", "application/gzip", "application/x-gzip", "application/x-tar",
    "application/x-7z-compressed", "application/vnd.rar", "application/x-rar", "application/x-rar-compressed", "application/x-bzip",
    "application/x-bzip2", "application/x-xz", "application/zstd", "application/x-iso9660-image", "application/vnd.ms-cab-compressed",
)  # fmt: skip
_PROGRAM_BYTES: Final = (
    b"MZ",
    b"\x7fELF",
    b"\xcf\xfa\xed\xfe",
    b"\xce\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
    b"L\x00\x00\x00\x01\x14\x02\x00",
)
_ARCHIVE_BYTES: Final = (
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!\x1a",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ\x00",
    b"\x28\xb5\x2f\xfd",
    b"MSCF",
)
_TAKEN: Final = {
    "files": frozenset({Sort.FILE}),
    "archives": frozenset({Sort.FILE, Sort.ARCHIVE}),
    "all": frozenset(Sort),
}


def sort_of(attachment: parse.Attachment) -> Sort:
    """What sort of thing this is."""
    # Some systems drop dots and blanks at the end of a name; what comes before the last ending does not make a file anything.
    ending = attachment.name.rstrip(". ").rpartition(".")[2].lower() if "." in attachment.name else ""
    kind, head = attachment.content_type, attachment.content[:8]
    if ending in _PROGRAMS or kind in _PROGRAM_TYPES or head.startswith(_PROGRAM_BYTES[1:]) or _is_windows(attachment):
        return Sort.PROGRAM
    if ending in _ARCHIVES or kind in _ARCHIVE_TYPES:
        return Sort.ARCHIVE
    if head.startswith(_ARCHIVE_BYTES) and ending not in _ZIPPED:
        return Sort.ARCHIVE
    return Sort.FILE


def refused(found: Iterable[parse.Attachment], policy: Policy) -> tuple[str, Sort] | None:
    """The name and sort of the first attachment that the policy does not take; None if it takes all."""
    for attachment in found:
        sort = sort_of(attachment)
        if sort not in _TAKEN[policy]:
            return attachment.name, sort
    return None


def _is_windows(attachment: parse.Attachment) -> bool:
    # Two letters begin many a text: a program has a NUL among its first bytes.
    return attachment.content.startswith(_PROGRAM_BYTES[0]) and b"\0" in attachment.content[:64]
