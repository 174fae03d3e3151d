"""Recognises a text part that says nothing itself: it only tells the reader to look at the HTML, or takes the place of a picture in it."""

from __future__ import annotations

import re
from typing import Final

#: Such a sentence is no longer.
_CHARS: Final = 400
_NAMES: Final = re.compile(r"\bhtml\b|\bmime\b|multi-?part", re.IGNORECASE)
#: Words of the one or the other side: who shows mail, and that it cannot.
_SHOWN: Final = re.compile(
    r"client|reader|viewer|program|software|browser|display|view|support|version|enabled|format|message is in|"
    r"this is an? |anzeig|ansicht|darstell|unterstütz|"
    r"nachricht|affich|prend pas|messagerie|navigateur|visualiz|admite|soporta|lector|mostrar|compatib|supporta|"
    r"leggere|visualizzare|suporta|exibir|"
    r"ondersteun|weergeven|lezen|stöd|visa|vise|støtt|näyt|tue|obsług|wyświetl|podporuje|zobraz|támogat|megjelen|"
    r"поддерж|просмотр|отображ|підтрим|"
    r"destekle|görüntüle|表示|対応|形式|支持|查看|格式|지원|보기|형식",
    re.IGNORECASE,
)
_PICTURE: Final = re.compile(
    r"\[(?:cid|image|inline image|logo|bild|imagen?|immagine|grafik|photo)\s?:?[^\]\n]{0,120}\]", re.IGNORECASE
)
#: "Please use the HTML editor": people write of HTML too, but in more words or about their page.
_OWN: Final = re.compile(
    r"\b(?:page|site|website|file|code|tag|button|title|seite|datei|pagina|página)\b|<\w", re.IGNORECASE
)


def stands_for_html(text: str) -> bool:
    """Whether the text part of a mail that has HTML too is not what the person wrote."""
    text = text[: _CHARS + 1].strip()
    if len(text) > _CHARS:
        return False
    if not _PICTURE.sub("", text).strip():
        return True
    return bool(_NAMES.search(text) and _SHOWN.search(text)) and not _OWN.search(text)
