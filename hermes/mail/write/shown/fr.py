"""About checks and pictures, in French."""

from __future__ import annotations

from hermes.domain.wire import PictureView
from hermes.mail.write.shown.words import ShownWords

WORDS = ShownWords(
    checks_failed="La modification est enregistrée, mais tout n’est pas encore en ordre. "
    "Ces vérifications du projet échouent\N{NO-BREAK SPACE}: {names}.",
    checks_then="Répondez en disant ce qu’il faut faire, ou par "
    "«\N{NO-BREAK SPACE}revenir en arrière\N{NO-BREAK SPACE}» pour revenir sur la modification.",
    blocked="Pour cela, {hosts} devait être contacté ; ce n’est pas permis pour ce projet.",
    label_check="Vérification",
    label_text="Texte",
    text_added="nouveau\N{NO-BREAK SPACE}: {after}",
    text_removed="supprimé\N{NO-BREAK SPACE}: {before}",
    label_pictures="À quoi cela ressemble",
    views={PictureView.DESKTOP: "{page} sur un ordinateur", PictureView.PHONE: "{page} sur un téléphone"},
    before="Avant",
    after="Après",
    picture_alt="{side}\N{NO-BREAK SPACE}: {view}.",
    picture_says="{side}\N{NO-BREAK SPACE}: {view}, avec le texte {text}.",
    diff_attached="La modification ligne par ligne est jointe\N{NO-BREAK SPACE}: {name}.",
)
