"""Detects a text's language by its frequent small words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_WORD: Final = re.compile(r"[^\W\d_]+")
#: Header lines of quoted mails are in the language of a program, not of a person.
_HEADER: Final = re.compile(r"[>\s]{0,20}\S{1,20}:\s")
_WORDS: Final = 400


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


#: Words of one language that another has too stand in neither row ("in", "was", "die", "so", "will", "an", "am").
_TELLING: Final[Mapping[str, frozenset[str]]] = {
    "en": _set(
    """the and of to is are be been it its this that these those with for from on at by or not you your we our my me please can
        could would should have has do does don't make change update add remove delete replace fix put use when which what there here
        all new page thanks thank hello hi dear now only just also into than then they their undo done let"""
    ),
    "de": _set(
    """der das den dem des ein eine einen einem einer und oder nicht ist sind sein wird werden wurde mit für von vom zu zum zur auf
        aus bei nach über unter durch ich du sie wir ihr ihre ihren mich mir uns bitte kannst können könnten sollte sollen haben hat
        mache machen ändere ändern aktualisiere füge entferne lösche ersetze korrigiere setze wenn dass daß auch noch nur jetzt hier
        dort danke hallo liebe lieber guten seite neue neuen neuer stoppe abbrechen rückgängig beim im als wie es"""
    ),
    "fr": _set(
        """le les du une et est sont pas pour avec dans sur sous chez vous nous je il elle ils mon ton ma ta sa tes ses notre changer mettre
        votre vos leur leurs ce cette ces cet au aux merci bonjour bonsoir salut veuillez pouvez peux pourriez pourrais faut mettez mets
        changez change ajoutez ajoute supprimez supprime remplacez remplace corrigez corrige modifiez modifie enlevez enlève quel quelle
        quels quelles qui quoi où quand comment pourquoi combien est-ce ne plus aussi encore maintenant ici là très tout tous toute
        toutes nouvelle nouveau svp accueil arrête arrêtez annule annulez"""
    ),
    "es": _set(
        """el los las unos unas del al y o está están ser estar para por con sin sobre usted ustedes nosotros ellos mi mis tus su
        sus nuestro nuestra nuestros este esta estos estas ese esa gracias hola buenos buenas días tardes favor puede puedes podría
        podrías ponga pon cambie cambia cambiar añada añade quite quita borre borra reemplace corrija corrige actualice actualiza qué
        cuál quién dónde cuándo cómo cuánto porque pero también ahora aquí muy todo todos toda todas nueva nuevo página inicio más
        deshaga deshaz pare"""
    ),
    # Not ours: they keep a text in them from being taken for one of ours by a few shared words.
    "": _set(
        """il lo gli non per grazie che della nel sono questo questa pagina het een niet voor met van naar dank och att det inte som jest
        nie proszę o os da em na mude altere obrigada não para com uma obrigado você isso zijn wij"""
    ),
}  # fmt: skip


def detect(text: str) -> str | None:
    """`en`, `de`, `fr`, `es`, or None where the text does not tell: it is too short, mixed, or in another language."""
    lines = [line for line in text[: 20 * _WORDS].split("\n") if not _HEADER.match(line)]
    words = [word.casefold() for word in _WORD.findall("\n".join(lines))][:_WORDS]
    counts = {code: sum(word in known for word in words) for code, known in _TELLING.items()}
    first, second = sorted(counts, key=lambda code: counts[code], reverse=True)[:2]
    clear = counts[first] >= 1 and counts[first] >= 2 * counts[second]
    return first or None if clear else None
