"""The fixed words of each kind of reply in French."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hermes.domain.reply_facts import ReplyKind
from hermes.mail.write.live import fr as live
from hermes.mail.write.translation import Headline

HEADLINES: Final[Mapping[ReplyKind, Headline]] = {
    **live.HEADLINES,
    ReplyKind.SUCCEEDED: Headline(
        headline="C’est fait.",
        then="Pour changer autre chose, répondez simplement à ce message. "
        "Pour annuler cette modification, répondez « revenir en arrière ».",
    ),
    ReplyKind.NOTHING_CHANGED: Headline(
        headline="Il n’y avait rien à changer.",
        body="Votre message a été traité, et tout est resté comme avant.",
        then="Si vous attendiez un changement, répondez en précisant un peu : quelle page, quels mots, quel aspect.",
    ),
    ReplyKind.INTERRUPTED: Headline(headline="Ce travail a été arrêté avant la fin."),
    ReplyKind.INTERRUPT_UNCONFIRMED: Headline(
        headline="Ce travail a été arrêté, mais pas proprement.",
        body="Il n’a pas réagi à la demande d’arrêt et a donc été coupé. Ses dernières minutes sont peut-être perdues.",
        then="Pour recommencer, répondez avec ce que vous souhaitez.",
    ),
    ReplyKind.FAILED: Headline(headline="Cela n’a pas marché."),
    ReplyKind.TIMED_OUT: Headline(
        headline="C’était trop long et le travail a été arrêté.",
        then="Répondez avec une demande plus petite, ou avec « continuez » pour reprendre où nous en sommes.",
    ),
    ReplyKind.NEEDS_INPUT: Headline(
        headline="Il y a une question avant de pouvoir continuer.",
        then="Il suffit de répondre à ce message. Rien d’autre ne se passe d’ici là.",
    ),
    ReplyKind.STILL_STARTING: Headline(
        headline="Votre message est bien arrivé et sera traité.",
        body="La préparation prend plus de temps que d’habitude cette fois.",
        then="Vous n’avez rien à faire. Vous recevrez un autre message quand ce sera prêt.",
    ),
    ReplyKind.PAUSED: Headline(
        headline="Votre message est bien arrivé et attend.",
        body="Les personnes qui gèrent ce service ont suspendu le travail pour le moment. Rien n’est perdu.",
        then="Vous n’avez rien à faire : le travail commencera de lui-même après la pause, et vous recevrez un autre message "
        "quand ce sera prêt.",
    ),
    ReplyKind.STILL_WORKING: Headline(
        headline="Votre message est toujours en cours de traitement.",
        body="Cela prend plus de temps que d’habitude. Tout va bien.",
        then="Vous n’avez rien à faire ; vous recevrez un autre message quand ce sera prêt. "
        "Pour arrêter, répondez par ce seul mot : « stop ».",
    ),
    ReplyKind.ACKNOWLEDGED: Headline(
        headline="Bien reçu.",
        body="Votre message est arrivé et nous nous en occupons.",
        then="Vous recevrez un autre message quand ce sera prêt. Pour arrêter, répondez par ce seul mot : « stop ».",
    ),
    ReplyKind.STOPPED_NOTHING: Headline(
        headline="Il n’y avait rien à arrêter.",
        body="Rien n’est en cours dans cette conversation en ce moment.",
        then="Pour annuler la dernière modification, répondez « revenir en arrière ». "
        "Pour demander quelque chose, écrivez simplement quoi.",
    ),
    ReplyKind.STATUS: Headline(
        headline="Voici où nous en sommes.",
        then="Pour arrêter ce qui est en cours, répondez par ce seul mot : « stop ».",
    ),
    ReplyKind.MERGED: Headline(
        headline="Vos messages sont traités ensemble.",
        body="Vous avez écrit à nouveau avant que le travail ne commence ; les deux messages sont donc traités d’un coup.",
        then="Vous n’avez rien à faire. Vous recevrez un seul message quand ce sera prêt.",
    ),
    ReplyKind.PUT_ASIDE: Headline(
        headline="Votre message doit attendre un peu.",
        then="Vous n’avez rien à faire : la suite vient d’elle-même, et vous recevrez un message quand ce sera prêt. "
        "Si ce n’est plus nécessaire, répondez par ce seul mot : « stop ».",
    ),
    ReplyKind.POLICY_SET: Headline(
        headline="C’est noté pour cette conversation.",
        then="Pour revenir à la façon habituelle, répondez par ce seul mot : « /default ».",
    ),
    ReplyKind.POLICY_NOWHERE: Headline(
        headline="Il n’y a pas encore de conversation pour laquelle le noter.",
        body="Votre message ne contient pas de demande. Rien n’a été changé.",
        then="Renvoyez-le avec votre demande en dessous de cette ligne.",
    ),
    ReplyKind.NOT_AN_OWNER: Headline(
        headline="Votre message n’a pas été traité.",
        body="Cette adresse n’accepte que les messages de certaines personnes, et la vôtre n’en fait pas partie.",
        then="Avez-vous écrit d’une autre adresse que d’habitude ? Alors réécrivez de votre adresse habituelle. "
        "Sinon, demandez à la personne qui vous a donné cette adresse.",
    ),
    ReplyKind.NOT_FOR_READERS: Headline(
        headline="Votre message n’a pas été traité.",
        body="Vous suivez ce projet en lecture : vous recevez les réponses et pouvez poser des questions. Faire changer ou arrêter "
        "quelque chose revient à d’autres. Rien n’a été changé.",
        then="Demandez à une autre personne de la conversation. Une question, ou le seul mot « statut », a sa réponse pour vous aussi.",
    ),
    ReplyKind.NOT_ADDRESSED: Headline(
        headline="Votre message n’a pas été traité.",
        body="Il est arrivé à cette adresse sans lui être adressé : elle ne figure ni dans « À » ni dans « Cc ». "
        "C’est le cas des copies cachées, et aussi quand quelqu’un fait suivre un message que vous destiniez à d’autres. "
        "Rien n’a été changé.",
        then="Si vous voulez qu’il soit traité, renvoyez-le avec cette adresse dans « À ».",
    ),
    ReplyKind.HEADER_TWICE: Headline(
        headline="Votre message n’a pas été traité.",
        body="Une indication qui ne peut y être qu’une fois, comme la date ou l’objet, s’y trouve deux fois. "
        "C’est le cas quand quelqu’un fait suivre un de vos messages en le modifiant. Rien n’a été changé.",
        then="Si ce message est de vous, écrivez-le à nouveau dans un nouveau message.",
    ),
    ReplyKind.NOT_SIGNED: Headline(
        headline="Votre message n’a pas été traité.",
        body="Il est venu par un détour, et en route quelqu’un aurait pu changer la façon dont il se lit. Rien n’a été changé.",
        then="Renvoyez-le directement à cette adresse, sans passer par une redirection ni par une liste de diffusion. "
        "Si cela se reproduit, les personnes qui gèrent ce service en voient la raison dans leurs journaux.",
    ),
    ReplyKind.NOT_RECENT: Headline(
        headline="Votre message n’a pas été traité.",
        body="D’après sa date, il a été écrit il y a longtemps, ou dans le futur : c’est peut-être un ancien message de vous que "
        "quelqu’un d’autre a renvoyé. Rien n’a été changé.",
        then="Si vous voulez qu’il soit traité, renvoyez-le, et vérifiez que l’horloge de votre ordinateur est juste.",
    ),
    ReplyKind.ANSWERED: Headline(
        headline="Voici la réponse.",
        then="Rien n’a été changé. Pour faire changer quelque chose, répondez simplement en disant quoi.",
    ),
    ReplyKind.HELP: Headline(
        headline="Voici ce que vous pouvez écrire.",
        body="Dites simplement avec vos mots ce qui doit être différent ; une réponse à ce message poursuit la même conversation. "
        "Une question reçoit une réponse, et ne change rien. « Stop » arrête ce qui est en cours, « statut » dit où nous en sommes, "
        "« revenir en arrière » annule la dernière modification, et « aperçu » montre la page.",
        then="Pour qu’un message attende la fin du précédent, écrivez « /queue » sur sa première ligne.",
    ),
    ReplyKind.NOTHING_WAITS: Headline(
        headline="Rien n’attend votre accord ou votre refus.",
        body="Votre message n’a rien changé.",
        then="Pour demander quelque chose, répondez en disant quoi.",
    ),
    ReplyKind.UNCLEAR: Headline(
        headline="Nous ne voyons pas bien ce que vous souhaitez.",
        body="Rien n’a été changé, et ce qui est en cours continue.",
        then="Répondez en une phrase : qu’est-ce qui doit être différent ? « Aide » montre ce que vous pouvez écrire d’autre.",
    ),
    ReplyKind.ONLY_FILES: Headline(
        headline="Que faut-il faire de la pièce jointe ?",
        body="Votre message contient une pièce jointe, sans un mot sur ce à quoi elle sert. Rien n’a été changé.",
        then="Renvoyez-la en disant ce qu’il faut en faire, par exemple sur quelle page elle doit aller.",
    ),
    ReplyKind.ENCRYPTED: Headline(
        headline="Votre message n’a pas pu être lu.",
        body="Son texte est chiffré, ou enfermé dans une signature qui ne peut pas être ouverte ici. Rien n’a été changé.",
        then="Renvoyez-le comme un message ordinaire : sans chiffrement, ou signé en clair.",
    ),
    ReplyKind.NO_TEXT: Headline(
        headline="Il n’y avait rien à faire dans votre message.",
        body="Aucun nouveau texte n’y a été trouvé : seulement le texte cité de messages précédents, une signature ou une pièce jointe.",
        then="Écrivez ce que vous souhaitez au-dessus du texte cité, et renvoyez-le.",
    ),
    ReplyKind.TOO_LARGE: Headline(
        headline="Votre message était trop volumineux.",
        body="Il n’a pas été lu, et rien n’a été changé.",
        then="Renvoyez-le sans grosses pièces jointes, ou avec des images plus petites.",
    ),
    ReplyKind.HEADERS_TOO_LARGE: Headline(
        headline="Votre message n’a pas pu être lu.",
        body="Sa partie technique, que les logiciels de messagerie ajoutent sans qu’on la voie, est plus longue que dans tout message "
        "normal. Rien n’a été changé.",
        then="Écrivez un nouveau message au lieu de répondre à celui-ci ou de le transférer.",
    ),
    ReplyKind.TOO_MANY_PARTS: Headline(
        headline="Votre message n’a pas pu être lu.",
        body="Il est fait de trop de morceaux. Rien n’a été changé.",
        then="Écrivez un nouveau message avec le texte lui-même et peu de pièces jointes.",
    ),
    ReplyKind.TOO_DEEP: Headline(
        headline="Votre message n’a pas pu être lu.",
        body="Il contient des messages dans des messages dans des messages, trop pour les suivre. Rien n’a été changé.",
        then="Écrivez un nouveau message avec le texte lui-même au lieu de transférer toute la chaîne.",
    ),
    ReplyKind.TOO_MANY_RECIPIENTS: Headline(
        headline="Votre message n’a pas été traité.",
        body="Il a été envoyé à trop de personnes à la fois. Rien n’a été changé.",
        then="Renvoyez-le à cette seule adresse.",
    ),
    ReplyKind.TOO_MANY_ATTACHMENTS: Headline(
        headline="Votre message avait trop de pièces jointes.",
        body="Rien n’a été changé.",
        then="Renvoyez-le avec moins de pièces jointes, ou en plusieurs messages.",
    ),
    ReplyKind.ATTACHMENT_NOT_ALLOWED: Headline(
        headline="Une des pièces jointes ne peut pas être acceptée.",
        body="Par sécurité, les programmes et les fichiers compressés ne sont pas ouverts ici. Rien n’a été changé.",
        then="Renvoyez le message sans cette pièce jointe ; les images et les textes sont les bienvenus tels quels, non compressés.",
    ),
    ReplyKind.UNREADABLE: Headline(
        headline="Votre message n’a pas pu être lu.",
        body="Quelque chose est abîmé dans la façon dont il est composé. Rien n’a été changé.",
        then="Écrivez un nouveau message en texte simple et envoyez-le.",
    ),
    ReplyKind.BUSY: Headline(
        headline="Votre message n’a pas été traité.",
        body="Autre chose est encore en cours dans cette conversation, et une seule chose se fait à la fois ici.",
        then="Renvoyez-le quand vous aurez la réponse au précédent, ou répondez d’abord par ce seul mot : « stop ».",
    ),
    ReplyKind.OPEN_LIMIT: Headline(
        headline="Votre message n’a pas été traité.",
        body="Il y a déjà en cours autant de travaux qu’il est permis en même temps. Rien n’a été changé.",
        then="Renvoyez-le dans un moment. Si une de vos demandes précédentes est encore en cours, vous pouvez l’arrêter "
        "par le seul mot « stop » dans sa conversation.",
    ),
    ReplyKind.RATE_LIMIT: Headline(
        headline="Votre message n’a pas été traité.",
        body="Cette heure-ci, le nombre de messages permis est atteint. Rien n’a été changé ; ce qui est en cours continue.",
        then="Renvoyez-le après. Il se peut que vous ne receviez pas cette réponse pour chaque message envoyé avant.",
    ),
    ReplyKind.COST_LIMIT: Headline(
        headline="Votre message n’a pas été traité.",
        body="Le travail d’aujourd’hui a coûté autant qu’il peut. Rien n’a été changé ; ce qui est en cours continue.",
        then="Renvoyez-le après. Il se peut que vous ne receviez pas cette réponse pour chaque message envoyé avant. "
        "Si cela ne peut pas attendre, demandez à la personne qui gère Hermes pour vous.",
    ),
    ReplyKind.UNSURE: Headline(
        headline="Nous ne voyons pas bien ce que vous souhaitez.",
        body="Vos propres mots n’ont pas pu être distingués avec certitude de ceux que vous citez, et rien n’est fait au hasard. "
        "Rien n’a été changé.",
        then="Réécrivez-le tout en haut d’une réponse, ou dans un nouveau message sans texte cité.",
    ),
}
