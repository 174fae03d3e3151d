"""What replies say about going live, in French."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hermes.domain.reply_facts import ReplyKind
from hermes.errors import Fault
from hermes.mail.write.translation import FailureWords, Headline, LiveWords

HEADLINES: Final[Mapping[ReplyKind, Headline]] = {
    ReplyKind.PUBLISHED: Headline(
        headline="C’est en ligne.",
        then=(
            "Pour changer autre chose, répondez simplement à ce message. Pour retirer cette modification "
            "des pages publiées, répondez « revenir en arrière »."
        ),
    ),
    ReplyKind.TAKEN_BACK: Headline(
        headline="Ce n’est plus en ligne.",
        body="Les pages publiées sont de nouveau comme avant cette modification.",
        then="Pour faire changer quelque chose, répondez simplement en disant quoi.",
    ),
    ReplyKind.APPROVAL_ASKED: Headline(
        headline="Il faut votre accord.",
        then=(
            "Si vous êtes d’accord, répondez « oui ». Sinon, répondez « non » en disant pourquoi : vos "
            "mots seront transmis. Pour faire changer quelque chose avant, répondez simplement en disant "
            "quoi."
        ),
    ),
    ReplyKind.APPROVAL_REMINDED: Headline(
        headline="Votre accord est toujours attendu.",
        then=(
            "Si vous êtes d’accord, répondez « oui ». Sinon, répondez « non » en disant pourquoi : vos "
            "mots seront transmis. Pour faire changer quelque chose avant, répondez simplement en disant "
            "quoi."
        ),
    ),
    ReplyKind.APPROVAL_REQUESTED: Headline(
        headline="Votre souhait a été transmis.",
        body="Les pages publiées restent comme elles sont jusqu’à la réponse.",
        then="Vous n’avez rien à faire. Vous recevrez un autre message dès qu’il y aura une réponse.",
    ),
    ReplyKind.APPROVAL_WAITS: Headline(
        headline="La question a déjà été posée.",
        body="Les pages publiées restent comme elles sont jusqu’à la réponse.",
        then="Vous n’avez rien à faire. Vous recevrez un autre message dès qu’il y aura une réponse.",
    ),
    ReplyKind.APPROVAL_NOTED: Headline(
        headline="Votre accord est noté.",
        body="Il en faut encore un autre ; d’ici là, les pages publiées restent comme elles sont.",
        then="Vous n’avez rien d’autre à faire. Vous recevrez un autre message quand ce sera en ligne.",
    ),
    ReplyKind.APPROVAL_DECLINED: Headline(
        headline="Ceci n’est pas mis en ligne pour l’instant.",
        body="Rien n’a changé sur les pages publiées, et le travail est conservé.",
        then="Pour faire changer quelque chose, répondez simplement en disant quoi.",
    ),
    ReplyKind.APPROVAL_REPLACED: Headline(
        headline="Ceci a été modifié entre-temps.",
        body=(
            "Votre réponse portait sur une version antérieure. Elle ne vaut pas pour la plus récente, et "
            "rien n’a été mis en ligne."
        ),
        then=(
            "Regardez le message le plus récent de cette conversation. Si cette version peut être mise en "
            "ligne, répondez-y « publier »."
        ),
    ),
    ReplyKind.APPROVAL_ENDED: Headline(
        headline="Personne n’a répondu : la question est close.",
        body="Rien n’a changé sur les pages publiées, et le travail est conservé.",
        then="Pour que la question soit posée de nouveau, répondez « publier ».",
    ),
    ReplyKind.NOT_FINISHED: Headline(
        headline="Ceci ne peut pas encore être mis en ligne.",
        body=(
            "Le travail est encore en cours, ou sa dernière étape n’a pas abouti. Rien n’a changé sur les "
            "pages publiées."
        ),
        then="Quand vous aurez le message qui dit que c’est fait, répondez-y « publier ».",
    ),
    ReplyKind.NOTHING_TO_PUBLISH: Headline(
        headline="Il n’y a rien ici à mettre en ligne.",
        body="Dans cette conversation, aucune modification n’attend de l’être.",
        then="Pour faire changer quelque chose, répondez simplement en disant quoi.",
    ),
    ReplyKind.LIVE_ALREADY: Headline(
        headline="C’est déjà en ligne, ou sur le point de l’être.",
        body="Il n’y avait rien d’autre à faire.",
        then="Pour le retirer des pages publiées, répondez « revenir en arrière ».",
    ),
}

WORDS: Final = LiveWords(
    wanted="{name} souhaite que cette modification soit mise en ligne.",
    wanted_back="{name} souhaite que cette modification soit retirée des pages publiées.",
    waits_for="La décision revient à {names}.",
    declined_by="{name} a dit non.",
    says="Voici ses mots :",
    can_go_live="Quand cette modification peut être mise en ligne, répondez « publier ».",
    needs_again=(
        "Une version antérieure attend un accord. Celle-ci est nouvelle et demande le sien : pour le "
        "demander, répondez « publier »."
    ),
    brought_together=(
        "Les pages publiées avaient changé aux mêmes endroits entre-temps ; les deux modifications "
        "ont d’abord été réunies."
    ),
    label_approved="Accord de",
)

FAULTS: Final[Mapping[Fault, FailureWords]] = {
    Fault.CONFLICT: FailureWords(
        body=(
            "Quelqu’un d’autre a changé entre-temps les mêmes endroits des pages publiées ; on ne pouvait "
            "donc pas y ajouter simplement cette modification. Rien n’y a changé, et le travail est "
            "conservé."
        ),
        then=(
            "Pour que les deux modifications soient réunies, répondez « mettre à jour » ; la question "
            "pourra ensuite être posée de nouveau."
        ),
    ),
}
