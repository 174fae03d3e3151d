"""What replies say about going live, in German."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hermes.domain.reply_facts import ReplyKind
from hermes.errors import Fault
from hermes.mail.write.translation import FailureWords, Headline, LiveWords

HEADLINES: Final[Mapping[ReplyKind, Headline]] = {
    ReplyKind.PUBLISHED: Headline(
        headline="Es ist online.",
        then=(
            "Für die nächste Änderung antworten Sie einfach auf diese Mail. Um diese Änderung wieder von "
            "den veröffentlichten Seiten zu nehmen, antworten Sie mit dem einen Wort „Rückgängig“."
        ),
    ),
    ReplyKind.TAKEN_BACK: Headline(
        headline="Es ist nicht mehr online.",
        body="Die veröffentlichten Seiten sind wieder so wie vor dieser Änderung.",
        then="Wenn etwas geändert werden soll, antworten Sie einfach mit dem, was es ist.",
    ),
    ReplyKind.APPROVAL_ASKED: Headline(
        headline="Hierfür wird Ihr Ja gebraucht.",
        then=(
            "Wenn Sie einverstanden sind, antworten Sie mit „Ja“. Wenn nicht, antworten Sie mit „Nein“ "
            "und dem Grund; Ihre Worte werden weitergegeben. Soll vorher etwas geändert werden, antworten "
            "Sie einfach mit dem, was es ist."
        ),
    ),
    ReplyKind.APPROVAL_REMINDED: Headline(
        headline="Hier wird noch auf Ihr Ja gewartet.",
        then=(
            "Wenn Sie einverstanden sind, antworten Sie mit „Ja“. Wenn nicht, antworten Sie mit „Nein“ "
            "und dem Grund; Ihre Worte werden weitergegeben. Soll vorher etwas geändert werden, antworten "
            "Sie einfach mit dem, was es ist."
        ),
    ),
    ReplyKind.APPROVAL_REQUESTED: Headline(
        headline="Ihr Wunsch wurde weitergegeben.",
        body="Bis zur Antwort bleiben die veröffentlichten Seiten, wie sie sind.",
        then="Sie müssen nichts weiter tun. Sobald es eine Antwort gibt, bekommen Sie wieder eine Mail.",
    ),
    ReplyKind.APPROVAL_WAITS: Headline(
        headline="Danach wurde schon gefragt.",
        body="Bis zur Antwort bleiben die veröffentlichten Seiten, wie sie sind.",
        then="Sie müssen nichts weiter tun. Sobald es eine Antwort gibt, bekommen Sie wieder eine Mail.",
    ),
    ReplyKind.APPROVAL_NOTED: Headline(
        headline="Ihr Ja ist notiert.",
        body="Ein weiteres Ja fehlt noch; bis dahin bleiben die veröffentlichten Seiten, wie sie sind.",
        then="Sie müssen nichts weiter tun. Sobald es online ist, bekommen Sie wieder eine Mail.",
    ),
    ReplyKind.APPROVAL_DECLINED: Headline(
        headline="Das geht vorerst nicht online.",
        body="An den veröffentlichten Seiten wurde nichts geändert, und die Arbeit bleibt erhalten.",
        then="Wenn etwas geändert werden soll, antworten Sie einfach mit dem, was es ist.",
    ),
    ReplyKind.APPROVAL_REPLACED: Headline(
        headline="Das wurde inzwischen geändert.",
        body=(
            "Ihre Antwort galt einer früheren Fassung. Für die neueste zählt sie nicht, und durch sie "
            "ging nichts online."
        ),
        then=(
            "Sehen Sie sich bitte die neueste Mail in dieser Unterhaltung an. Wenn diese Fassung online "
            "gehen darf, antworten Sie darauf mit „Veröffentlichen“."
        ),
    ),
    ReplyKind.APPROVAL_ENDED: Headline(
        headline="Niemand hat geantwortet; deshalb ist diese Frage beendet.",
        body="An den veröffentlichten Seiten wurde nichts geändert, und die Arbeit bleibt erhalten.",
        then="Soll noch einmal gefragt werden, antworten Sie mit „Veröffentlichen“.",
    ),
    ReplyKind.NOT_FINISHED: Headline(
        headline="Das kann noch nicht online gehen.",
        body=(
            "Es ist noch in Arbeit, oder der letzte Schritt davon hat nicht geklappt. An den "
            "veröffentlichten Seiten wurde nichts geändert."
        ),
        then=("Wenn Sie die Mail haben, dass es erledigt ist, antworten Sie auf diese mit „Veröffentlichen“."),
    ),
    ReplyKind.NOTHING_TO_PUBLISH: Headline(
        headline="Hier gibt es nichts, was online gehen könnte.",
        body="In dieser Unterhaltung wartet keine Änderung darauf.",
        then="Wenn etwas geändert werden soll, antworten Sie einfach mit dem, was es ist.",
    ),
    ReplyKind.LIVE_ALREADY: Headline(
        headline="Das ist schon online oder gleich so weit.",
        body="Es war nichts weiter zu tun.",
        then=("Um es wieder von den veröffentlichten Seiten zu nehmen, antworten Sie mit dem einen Wort „Rückgängig“."),
    ),
}

WORDS: Final = LiveWords(
    wanted="{name} möchte, dass diese Änderung online geht.",
    wanted_back="{name} möchte, dass diese Änderung wieder von den veröffentlichten Seiten genommen wird.",
    waits_for="Die Entscheidung liegt bei {names}.",
    declined_by="{name} hat Nein gesagt.",
    says="Im Wortlaut:",
    can_go_live="Wenn es online gehen darf, antworten Sie mit „Veröffentlichen“.",
    needs_again=(
        "Eine frühere Fassung wartet auf ein Ja. Diese ist neu und braucht ein eigenes: Um danach zu "
        "fragen, antworten Sie mit „Veröffentlichen“."
    ),
    brought_together=(
        "An denselben Stellen der veröffentlichten Seiten war inzwischen etwas geändert worden; "
        "beides wurde zuerst zusammengeführt."
    ),
    label_approved="Freigegeben von",
)

FAULTS: Final[Mapping[Fault, FailureWords]] = {
    Fault.CONFLICT: FailureWords(
        body=(
            "Jemand anderes hat inzwischen dieselben Stellen der veröffentlichten Seiten geändert; "
            "deshalb ließ sich das nicht einfach dazunehmen. Dort wurde nichts geändert, und die Arbeit "
            "bleibt erhalten."
        ),
        then=(
            "Soll beides zusammengeführt werden, antworten Sie mit „Auf den neuesten Stand bringen“; dann "
            "kann noch einmal gefragt werden."
        ),
    ),
}
