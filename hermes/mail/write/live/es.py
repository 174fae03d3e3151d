"""What replies say about going live, in Spanish."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hermes.domain.reply_facts import ReplyKind
from hermes.errors import Fault
from hermes.mail.write.translation import FailureWords, Headline, LiveWords

HEADLINES: Final[Mapping[ReplyKind, Headline]] = {
    ReplyKind.PUBLISHED: Headline(
        headline="Ya está publicado.",
        then=(
            "Para cambiar algo más, responda a este correo. Para retirar este cambio de las páginas "
            "publicadas, responda con una sola palabra: «deshacer»."
        ),
    ),
    ReplyKind.TAKEN_BACK: Headline(
        headline="Ya no está publicado.",
        body="Las páginas publicadas están de nuevo como antes de este cambio.",
        then="Para cambiar algo, responda diciendo qué.",
    ),
    ReplyKind.APPROVAL_ASKED: Headline(
        headline="Hace falta su visto bueno.",
        then=(
            "Si está de acuerdo, responda «sí». Si no, responda «no» y el motivo: transmitiremos sus "
            "palabras. Si antes debe cambiarse algo, responda diciendo qué."
        ),
    ),
    ReplyKind.APPROVAL_REMINDED: Headline(
        headline="Todavía falta su visto bueno.",
        then=(
            "Si está de acuerdo, responda «sí». Si no, responda «no» y el motivo: transmitiremos sus "
            "palabras. Si antes debe cambiarse algo, responda diciendo qué."
        ),
    ),
    ReplyKind.APPROVAL_REQUESTED: Headline(
        headline="Hemos transmitido su deseo.",
        body="Hasta que haya respuesta, las páginas publicadas quedan como están.",
        then="No tiene que hacer nada. Recibirá otro correo en cuanto haya respuesta.",
    ),
    ReplyKind.APPROVAL_WAITS: Headline(
        headline="Esto ya se ha preguntado.",
        body="Hasta que haya respuesta, las páginas publicadas quedan como están.",
        then="No tiene que hacer nada. Recibirá otro correo en cuanto haya respuesta.",
    ),
    ReplyKind.APPROVAL_NOTED: Headline(
        headline="Su visto bueno queda anotado.",
        body="Falta uno más; hasta entonces, las páginas publicadas quedan como están.",
        then="No tiene que hacer nada más. Recibirá otro correo cuando esté publicado.",
    ),
    ReplyKind.APPROVAL_DECLINED: Headline(
        headline="Por ahora, esto no se publica.",
        body="Las páginas publicadas siguen igual, y el trabajo se conserva.",
        then="Para cambiar algo, responda diciendo qué.",
    ),
    ReplyKind.APPROVAL_REPLACED: Headline(
        headline="Entretanto esto ha cambiado.",
        body=("Su respuesta era sobre una versión anterior. No vale para la más reciente, y no se ha publicado nada."),
        then=(
            "Mire el correo más reciente de esta conversación. Si esa versión puede publicarse, "
            "respóndalo con «publicar»."
        ),
    ),
    ReplyKind.APPROVAL_ENDED: Headline(
        headline="Nadie ha respondido, así que la pregunta queda cerrada.",
        body="Las páginas publicadas siguen igual, y el trabajo se conserva.",
        then="Para que se vuelva a preguntar, responda «publicar».",
    ),
    ReplyKind.NOT_FINISHED: Headline(
        headline="Esto todavía no puede publicarse.",
        body=("Aún se está trabajando en ello, o el último paso no salió bien. Las páginas publicadas siguen igual."),
        then="Cuando tenga el correo que dice que está hecho, respóndalo con «publicar».",
    ),
    ReplyKind.NOTHING_TO_PUBLISH: Headline(
        headline="Aquí no hay nada que publicar.",
        body="En esta conversación ningún cambio está a la espera de publicarse.",
        then="Para cambiar algo, responda diciendo qué.",
    ),
    ReplyKind.LIVE_ALREADY: Headline(
        headline="Esto ya está publicado, o a punto de estarlo.",
        body="No había que hacer nada más.",
        then="Para retirarlo de las páginas publicadas, responda con una sola palabra: «deshacer».",
    ),
}

WORDS: Final = LiveWords(
    wanted="{name} desea que este cambio se publique.",
    wanted_back="{name} desea que este cambio se retire de las páginas publicadas.",
    waits_for="La decisión corresponde a {names}.",
    declined_by="{name} ha dicho que no.",
    says="Con estas palabras:",
    can_go_live="Cuando pueda publicarse, responda «publicar».",
    needs_again=(
        "Una versión anterior espera un visto bueno. Esta es nueva y necesita el suyo: para pedirlo, "
        "responda «publicar»."
    ),
    brought_together=(
        "Entretanto las páginas publicadas habían cambiado en los mismos lugares; primero se han unido los dos cambios."
    ),
    label_approved="Visto bueno de",
)

FAULTS: Final[Mapping[Fault, FailureWords]] = {
    Fault.CONFLICT: FailureWords(
        body=(
            "Otra persona ha cambiado entretanto los mismos lugares de las páginas publicadas, así que "
            "este cambio no podía añadirse sin más. Allí no ha cambiado nada, y el trabajo se conserva."
        ),
        then=("Para que se unan los dos cambios, responda «poner al día»; después se podrá preguntar otra vez."),
    ),
}
