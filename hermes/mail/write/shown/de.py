"""About checks and pictures, in German."""

from __future__ import annotations

from hermes.domain.wire import PictureView
from hermes.mail.write.shown.words import ShownWords

WORDS = ShownWords(
    checks_failed="Die Änderung ist gespeichert, aber noch ist nicht alles in Ordnung. "
    "Diese Prüfungen des Projekts schlagen fehl: {names}.",
    checks_then="Antworten Sie einfach, was damit geschehen soll, oder mit „Rückgängig“, um die Änderung zurückzunehmen.",
    blocked="Dabei sollte {hosts} aufgerufen werden; das ist für dieses Projekt nicht erlaubt.",
    label_check="Prüfung",
    label_text="Text",
    text_added="neu: {after}",
    text_removed="entfernt: {before}",
    label_pictures="So sieht es aus",
    views={PictureView.DESKTOP: "{page} am Computer", PictureView.PHONE: "{page} am Handy"},
    before="Vorher",
    after="Nachher",
    picture_alt="{side}: {view}.",
    picture_says="{side}: {view}, mit dem Text {text}.",
    diff_attached="Die Änderung Zeile für Zeile liegt als {name} bei.",
)
