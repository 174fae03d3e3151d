"""The words of replies in French."""

from __future__ import annotations

import dataclasses
import datetime
import re

from hermes.domain.commands import CommandState, WorkStep
from hermes.domain.decisions.shares import Measure, Whose
from hermes.domain.interrupts import InterruptReason, ResourceLimit
from hermes.domain.request import Policy
from hermes.errors import Fault
from hermes.mail.write.headlines.fr import HEADLINES
from hermes.mail.write.live import fr as live
from hermes.mail.write.shown import fr as shown
from hermes.mail.write.translation import FailureWords, Headline, Translation

_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
#: No line of a French text ends before these, or after an opening quotation mark.
_BEFORE = re.compile(r" (?=[;:?!»])|(?<=«) ")


def _tied(text: str) -> str:
    return _BEFORE.sub("\N{NO-BREAK SPACE}", text)


def _duration(seconds: float) -> str:
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s" if whole else "moins de 1 s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def _cost(dollars: float) -> str:
    if 0 < dollars < 0.005:
        return "moins de 0,01 $"
    whole, cents = f"{dollars:,.2f}".split(".")
    return f"{whole.replace(',', ' ')},{cents} $"


def _requests(count: int) -> str:
    return "une demande" if count == 1 else f"{count} demandes"


def _moment(at: datetime.datetime) -> str:
    day = "1er" if at.day == 1 else str(at.day)
    zone = " UTC" if at.tzinfo is datetime.UTC else ""
    return f"{day} {_MONTHS[at.month - 1]} {at.year} à {at:%H:%M}{zone}"


def _quote(text: str) -> str:
    return _tied(f"« {text.replace('« ', '“').replace(' »', '”').replace('«', '“').replace('»', '”')} »")


def _headline(one: Headline) -> Headline:
    return dataclasses.replace(one, headline=_tied(one.headline), body=_tied(one.body), then=_tied(one.then))


FRENCH = Translation(
    code="fr",
    headlines={kind: _headline(one) for kind, one in HEADLINES.items()},
    reasons={
        InterruptReason.USER_CANCELLED: "Vous avez demandé d’arrêter.",
        InterruptReason.TIMEOUT: "Cela a pris plus de temps qu’il n’est prévu pour un message.",
        InterruptReason.RESOURCE_LIMIT: "Il aurait fallu plus de mémoire, de place ou d’argent qu’il n’est prévu pour un message.",
        InterruptReason.ERROR_THRESHOLD: "Les erreurs se suivaient, continuer n’avait plus de sens.",
        InterruptReason.PRIORITY_OVERRIDE: "Votre message plus récent a pris sa place.",
        InterruptReason.SYSTEM_SHUTDOWN: "L’ordinateur qui y travaillait a dû être arrêté.",
        InterruptReason.CUSTOM: "Les personnes qui gèrent ce service l’ont arrêté.",
    },
    limits={
        ResourceLimit.MEMORY: "Il aurait fallu plus de mémoire qu’il n’est prévu pour un message.",
        ResourceLimit.OUTPUT: "Il a produit plus de texte qu’il n’est prévu pour un message.",
        ResourceLimit.COST: "Cela a coûté plus qu’il n’est prévu pour un message.",
    },
    reasons_then={
        InterruptReason.USER_CANCELLED: "Pour continuer, répondez avec ce qu’il faut faire ensuite.",
        InterruptReason.TIMEOUT: _tied(
            "Répondez avec une demande plus petite, ou avec « continuez » pour reprendre où nous en sommes."
        ),
        InterruptReason.RESOURCE_LIMIT: "Répondez avec une demande plus petite.",
        InterruptReason.ERROR_THRESHOLD: "Répondez en le disant autrement, ou demandez quelque chose de plus petit.",
        InterruptReason.PRIORITY_OVERRIDE: _tied(
            "Vous n’avez rien à faire : le message plus récent aura sa propre réponse."
        ),
        InterruptReason.SYSTEM_SHUTDOWN: _tied("Renvoyez votre message ; ce n’était pas votre faute."),
        InterruptReason.CUSTOM: "Pour continuer, répondez avec ce qu’il faut faire ensuite.",
    },
    policies={
        Policy.INTERRUPT: "",
        Policy.QUEUE: "Les messages de cette conversation sont traités l’un après l’autre.",
        Policy.MERGE: "Les messages qui arrivent avant le début du travail sont traités ensemble.",
        Policy.REJECT: "",
    },
    policies_kept={
        Policy.INTERRUPT: "Un nouveau message dans cette conversation arrête ce qui est encore en cours et prend sa place.",
        Policy.QUEUE: "Les messages de cette conversation sont traités l’un après l’autre.",
        Policy.MERGE: "Les messages de cette conversation qui arrivent avant le début du travail sont traités ensemble.",
        Policy.REJECT: "Un nouveau message dans cette conversation est refusé tant qu’un autre est en cours.",
    },
    policy_lasts="Cela vaut à partir de maintenant.",
    policy_usual="Cette conversation suit de nouveau la façon habituelle du projet.",
    states={
        CommandState.ACCEPTED: "accepté, commence bientôt",
        CommandState.RUNNING: "en cours",
        CommandState.INTERRUPTING: "en train de s’arrêter",
        CommandState.SUCCEEDED: "fait",
        CommandState.FAILED: "terminé par une erreur",
        CommandState.TIMED_OUT: "arrêté parce que c’était trop long",
        CommandState.NEEDS_INPUT: "attend votre réponse",
        CommandState.INTERRUPTED: "arrêté",
    },
    steps={
        WorkStep.WORKSPACE: "préparation du projet",
        WorkStep.AGENT: "modification en cours",
        WorkStep.COMMIT: "enregistrement de la modification",
        WorkStep.CHECK: "vérification de la modification",
        WorkStep.CORRECT: "correction de ce que les vérifications ont trouvé",
        WorkStep.BUILD: "génération des pages",
        WorkStep.PUBLISH: "mise à disposition des pages",
    },
    live=live.WORDS,
    faults={
        **live.FAULTS,
        Fault.MEMORY: FailureWords(
            body="Ce travail a demandé plus de mémoire que prévu. Nous sommes prévenus.",
            then=_tied(
                "Demandez d’abord une étape plus petite, ou répondez « réessayez » quand nous vous aurons écrit."
            ),
        ),
        Fault.BUILD: FailureWords(
            body="Les pages n’ont pas pu être générées dans leur état actuel, il n’y a donc encore rien de nouveau à voir. "
            "Ce qui a été changé est enregistré, et nous sommes prévenus.",
            then=_tied(
                "Vous pouvez répondre en disant ce qui doit être différent, ou « revenir en arrière » pour annuler la dernière "
                "modification."
            ),
        ),
        Fault.TRIED: FailureWords(
            body="L’assistant a commencé et n’a pas pu terminer. Nous sommes prévenus.",
            then="Dites-le autrement, ou demandez d’abord quelque chose de plus petit.",
        ),
        Fault.NO_BUILD: FailureWords(
            body="Dans ce projet, il n’y a rien qui puisse être généré ou montré de cette façon. Rien n’a été changé.",
            then="Pour faire changer quelque chose, répondez simplement en disant quoi.",
        ),
        Fault.NOTHING_TO_UNDO: FailureWords(
            body="Il ne reste dans cette conversation aucune modification à annuler.",
            then="Dites avec vos propres mots ce qui doit redevenir comme avant.",
        ),
        Fault.WORDS: FailureWords(body="", then="Corrigez-le et renvoyez-le en répondant à ce message."),
    },
    ours=FailureWords(
        body="Le problème est de notre côté, et nous sommes prévenus. Votre message n’y est pour rien.",
        then=_tied("Vous n’avez rien à faire. Pour que ce soit retenté plus tard, répondez « réessayez »."),
    ),
    shown=shown.WORDS,
    quote=_quote,
    duration=_duration,
    cost=_cost,
    moment=_moment,
    lines="{added} en plus, {removed} en moins",
    conjunction=" et ",
    stop_word="stop",
    undo_word="revenir en arrière",
    status_word="statut",
    help_word="aide",
    again_word="réessayez",
    asked=_tied("Vous avez écrit : {instruction}"),
    asked_by=_tied("{name} a écrit : {instruction}"),
    about_project="Il s’agit du projet {project}.",
    agent_says=_tied("Avec les mots de l’assistant :"),
    understood=_tied("Voici ce qui a été lu de votre message : {text}"),
    elsewhere_stop=_tied("Pour l’arrêter, répondez « stop » dans la conversation à laquelle il appartient."),
    busy_with=_tied("Encore en cours : {older}"),
    stopped_by="Votre message plus récent {newer} a pris sa place.",
    stopped_by_whom="Le message plus récent {newer}, envoyé par {name}, a pris sa place.",
    stopped_by_whom_unnamed="Un message plus récent, envoyé par {name}, a pris sa place.",
    stop_of="{name} a demandé d’arrêter.",
    stopped_elsewhere="Votre message plus récent {newer}, dans une autre conversation, a pris sa place.",
    stopped_elsewhere_unnamed="Un de vos messages plus récents, dans une autre conversation, a pris sa place.",
    stopped_elsewhere_then=_tied("Si vous le voulez toujours, répondez « continuez »."),
    first_elsewhere="Votre message plus récent {newer}, dans une autre conversation, passe d’abord.",
    first_elsewhere_unnamed="Un de vos messages plus récents, dans une autre conversation, passe d’abord.",
    put_aside="Il a été mis de côté un moment, parce qu’un de vos messages plus récents, dans une autre conversation, passait d’abord.",
    kept="Ce qui était fait jusque-là est enregistré.",
    kept_unpushed=_tied(
        "Ce qui était fait jusque-là est enregistré, mais n’a pas encore pu être transmis ; ce sera fait avec le prochain message."
    ),
    kept_unsure="Ce qui avait été enregistré jusque-là est conservé.",
    nothing_kept="Rien n’avait encore été changé.",
    never_started="Cela n’avait pas encore commencé, rien n’a donc été changé.",
    superseded="Pour cela, votre message précédent {older} a été arrêté.",
    superseded_of="Pour cela, le message précédent {older}, envoyé par {name}, a été arrêté.",
    superseded_unnamed="Pour cela, votre message précédent a été arrêté.",
    superseded_aside=_tied(
        "Pour cela, votre message précédent {older}, d’une autre conversation, a été mis de côté ; il reprend maintenant."
    ),
    unpushed=_tied(
        "La modification est enregistrée, mais n’a pas encore pu être transmise ; ce sera fait avec le prochain message."
    ),
    beside="Quelqu’un d’autre a changé les mêmes endroits entre-temps, il faut donc encore réunir les deux modifications. "
    "Nous sommes prévenus.",
    denied=_tied("L’assistant voulait aussi faire ceci, ce qui ne lui est pas permis dans ce projet : {names}."),
    left_out=_tied("Laissé de côté, par sécurité ou à cause de la taille : {names}."),
    attached=_tied("Reçu avec votre message : {names}."),
    undone=_tied("Annulé : {older}."),
    undone_then=_tied(
        "Pour annuler aussi la modification précédente, répondez encore une fois « revenir en arrière ». "
        "Pour demander autre chose, écrivez simplement quoi."
    ),
    restarted_once=_tied(
        "Le travail a été interrompu une fois de notre côté et a recommencé ; il a donc pris plus de temps."
    ),
    restarted_often=_tied(
        "Le travail a été interrompu {count} fois de notre côté et a recommencé ; il a donc pris plus de temps."
    ),
    after_timeout="Il a été arrêté au bout de {duration}.",
    files_more="et {count} de plus",
    waiting_none="Rien n’est en cours dans cette conversation en ce moment.",
    idle_then="Pour demander quelque chose, répondez simplement en disant quoi.",
    requests=_requests,
    shares={
        (Measure.OPEN, Whose.OWNER): "Vous pouvez avoir {requests} en cours à la fois.",
        (Measure.OPEN, Whose.PROJECT): "Ce projet peut avoir {requests} en cours à la fois.",
        (Measure.OPEN, Whose.CLIENT): "Votre organisation peut avoir {requests} en cours à la fois.",
        (Measure.HOURLY, Whose.OWNER): "Vous pouvez envoyer {requests} par heure.",
        (Measure.HOURLY, Whose.PROJECT): "Ce projet accepte {requests} par heure.",
        (Measure.HOURLY, Whose.CLIENT): "Votre organisation peut envoyer {requests} par heure.",
        (Measure.DAILY, Whose.OWNER): "Vos demandes peuvent coûter {cost} par jour.",
        (Measure.DAILY, Whose.PROJECT): "Les demandes pour ce projet peuvent coûter {cost} par jour.",
        (Measure.DAILY, Whose.CLIENT): "Les demandes de votre organisation peuvent coûter {cost} par jour.",
    },
    share_free="De nouveaux messages seront traités à partir du {moment}.",
    label_files="Modifié",
    label_error="Erreur",
    label_remarks="Remarques",
    label_commit="Commit",
    label_preview="À voir ici",
    label_duration="Durée",
    label_cost="Coût",
    label_log="Journal",
    label_state="État",
    label_request="Demande",
    label_whose="Demandé par",
    label_since="Depuis",
    label_branch="Branche",
    label_waiting="En attente",
    label_elsewhere="Dans d’autres conversations",
    label_changes="Lignes",
    footer="Ce message a été écrit par Hermes, un programme qui réalise ce qu’on lui écrit.",
)
