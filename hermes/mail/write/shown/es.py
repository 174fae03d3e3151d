"""About checks and pictures, in Spanish."""

from __future__ import annotations

from hermes.domain.wire import PictureView
from hermes.mail.write.shown.words import ShownWords

WORDS = ShownWords(
    checks_failed="El cambio está guardado, pero todavía no está todo en orden. Estas comprobaciones del proyecto fallan: {names}.",
    checks_then="Responda qué se debe hacer al respecto, o «deshacer» para revertir el cambio.",
    blocked="Para ello se quiso acceder a {hosts}; eso no está permitido en este proyecto.",
    label_check="Comprobación",
    label_text="Texto",
    text_added="nuevo: {after}",
    text_removed="eliminado: {before}",
    label_pictures="Así se ve",
    views={PictureView.DESKTOP: "{page} en un ordenador", PictureView.PHONE: "{page} en un teléfono"},
    before="Antes",
    after="Después",
    picture_alt="{side}: {view}.",
    picture_says="{side}: {view}, con el texto {text}.",
    diff_attached="El cambio línea por línea va adjunto como {name}.",
)
