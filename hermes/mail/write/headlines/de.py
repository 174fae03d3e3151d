"""The fixed words of each kind of reply in German."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hermes.domain.reply_facts import ReplyKind
from hermes.mail.write.live import de as live
from hermes.mail.write.translation import Headline

HEADLINES: Final[Mapping[ReplyKind, Headline]] = {
    **live.HEADLINES,
    ReplyKind.SUCCEEDED: Headline(
        headline="Erledigt.",
        then="Für die nächste Änderung antworten Sie einfach auf diese Mail. "
        "Um diese Änderung zurückzunehmen, antworten Sie mit dem einen Wort „Rückgängig“.",
    ),
    ReplyKind.NOTHING_CHANGED: Headline(
        headline="Es musste nichts geändert werden.",
        body="Ihre Nachricht wurde bearbeitet, und keine Datei ist anders als zuvor.",
        then="Falls Sie eine Änderung erwartet haben, antworten Sie bitte und schreiben Sie etwas mehr dazu: "
        "welche Seite, welche Wörter, wie es aussehen soll.",
    ),
    ReplyKind.INTERRUPTED: Headline(headline="Das wurde angehalten, bevor es fertig war."),
    ReplyKind.INTERRUPT_UNCONFIRMED: Headline(
        headline="Das wurde angehalten, aber nicht sauber.",
        body="Die Arbeit hat auf die Bitte anzuhalten nicht reagiert und wurde deshalb abgeschaltet. "
        "Die letzten Minuten davon können verloren sein.",
        then="Um neu zu beginnen, antworten Sie mit dem, was getan werden soll.",
    ),
    ReplyKind.FAILED: Headline(headline="Das hat nicht geklappt."),
    ReplyKind.TIMED_OUT: Headline(
        headline="Das hat zu lange gedauert und wurde angehalten.",
        then="Antworten Sie bitte mit einem kleineren Schritt, oder mit „weiter“, um von hier aus fortzufahren.",
    ),
    ReplyKind.NEEDS_INPUT: Headline(
        headline="Bevor es weitergeht, gibt es eine Frage.",
        then="Antworten Sie einfach auf diese Mail. Bis dahin geschieht nichts weiter.",
    ),
    ReplyKind.STILL_STARTING: Headline(
        headline="Ihre Nachricht ist angekommen und wird bearbeitet.",
        body="Die Vorbereitung dauert diesmal länger als sonst.",
        then="Sie müssen nichts tun. Sie bekommen eine weitere Mail, wenn es erledigt ist.",
    ),
    ReplyKind.PAUSED: Headline(
        headline="Ihre Nachricht ist angekommen und wartet.",
        body="Die Betreiber dieses Dienstes haben die Arbeit vorübergehend angehalten. Nichts geht verloren.",
        then="Sie müssen nichts tun: Die Arbeit beginnt nach der Pause von selbst, und Sie bekommen eine weitere Mail, "
        "wenn sie getan ist.",
    ),
    ReplyKind.STILL_WORKING: Headline(
        headline="An Ihrer Nachricht wird noch gearbeitet.",
        body="Es dauert länger als sonst. Es ist alles in Ordnung.",
        then="Sie müssen nichts tun; Sie bekommen eine weitere Mail, wenn es erledigt ist. "
        "Zum Anhalten antworten Sie mit dem einen Wort „Stopp“.",
    ),
    ReplyKind.ACKNOWLEDGED: Headline(
        headline="Alles klar.",
        body="Ihre Nachricht ist angekommen und wird bearbeitet.",
        then="Sie bekommen eine weitere Mail, wenn es erledigt ist. Zum Anhalten antworten Sie mit dem einen Wort „Stopp“.",
    ),
    ReplyKind.STOPPED_NOTHING: Headline(
        headline="Es gab nichts anzuhalten.",
        body="In dieser Unterhaltung wird gerade an nichts gearbeitet.",
        then="Um die letzte Änderung zurückzunehmen, antworten Sie mit dem einen Wort „Rückgängig“. "
        "Wenn etwas getan werden soll, schreiben Sie einfach, was.",
    ),
    ReplyKind.STATUS: Headline(
        headline="So steht es gerade.",
        then="Um die laufende Arbeit anzuhalten, antworten Sie mit dem einen Wort „Stopp“.",
    ),
    ReplyKind.MERGED: Headline(
        headline="Ihre Nachrichten werden zusammen erledigt.",
        body="Sie haben noch einmal geschrieben, bevor hiermit begonnen war; deshalb wird beides in einem Zug erledigt.",
        then="Sie müssen nichts tun. Sie bekommen eine Mail, wenn es erledigt ist.",
    ),
    ReplyKind.PUT_ASIDE: Headline(
        headline="Ihre Nachricht muss ein wenig warten.",
        then="Sie müssen nichts tun: Danach geht es von selbst weiter, und Sie bekommen eine Mail, wenn es fertig ist. "
        "Wird es nicht mehr gebraucht, antworten Sie mit dem einen Wort „Stopp“.",
    ),
    ReplyKind.POLICY_SET: Headline(
        headline="Für diese Unterhaltung vermerkt.",
        then="Um zur üblichen Weise zurückzukehren, antworten Sie mit dem einen Wort „/default“.",
    ),
    ReplyKind.POLICY_NOWHERE: Headline(
        headline="Es gibt noch keine Unterhaltung, für die sich das vermerken ließe.",
        body="Ihre Nachricht enthält keinen Auftrag. Nichts wurde geändert.",
        then="Bitte senden Sie sie noch einmal, mit Ihrem Auftrag unter dieser Zeile.",
    ),
    ReplyKind.NOT_AN_OWNER: Headline(
        headline="Ihre Nachricht wurde nicht ausgeführt.",
        body="Diese Adresse nimmt nur Nachrichten von bestimmten Personen an, und Ihre Adresse gehört nicht dazu.",
        then="Haben Sie von einer anderen Adresse geschrieben als sonst? Dann schreiben Sie bitte noch einmal von der gewohnten. "
        "Sonst fragen Sie die Person, von der Sie diese Adresse haben.",
    ),
    ReplyKind.NOT_FOR_READERS: Headline(
        headline="Ihre Nachricht wurde nicht ausgeführt.",
        body="Sie lesen in diesem Projekt mit: Sie bekommen die Antworten und können nachfragen. Etwas ändern oder anhalten lassen können "
        "andere. Es wurde nichts geändert.",
        then="Bitte fragen Sie jemand anderen aus der Unterhaltung. Eine Frage oder das eine Wort „Status“ wird auch Ihnen beantwortet.",
    ),
    ReplyKind.NOT_ADDRESSED: Headline(
        headline="Ihre Nachricht wurde nicht ausgeführt.",
        body="Sie kam bei dieser Adresse an, war aber nicht an sie gerichtet: Die Adresse steht weder unter „An“ noch unter „Cc“. "
        "Das ist so bei Blindkopien, und auch wenn jemand eine Nachricht von Ihnen weiterschickt, die für andere gedacht war. "
        "Es wurde nichts geändert.",
        then="Wenn sie ausgeführt werden soll, schicken Sie sie bitte noch einmal und setzen Sie diese Adresse unter „An“.",
    ),
    ReplyKind.HEADER_TWICE: Headline(
        headline="Ihre Nachricht wurde nicht ausgeführt.",
        body="Eine Angabe, die nur einmal vorkommen darf, etwa das Datum oder der Betreff, steht zweimal darin. "
        "Das ist so, wenn jemand eine Nachricht von Ihnen weiterschickt und dabei verändert. Es wurde nichts geändert.",
        then="Wenn die Nachricht von Ihnen ist, schreiben Sie sie bitte noch einmal in einer neuen Mail.",
    ),
    ReplyKind.NOT_SIGNED: Headline(
        headline="Ihre Nachricht wurde nicht ausgeführt.",
        body="Sie kam auf einem Umweg an, und unterwegs hätte jemand ändern können, wie sie gelesen wird. Es wurde nichts geändert.",
        then="Bitte schicken Sie sie noch einmal direkt an diese Adresse, nicht über eine Weiterleitung oder eine Mailingliste. "
        "Kommt das wieder vor, sehen die Betreiber dieses Dienstes den Grund in ihren Aufzeichnungen.",
    ),
    ReplyKind.NOT_RECENT: Headline(
        headline="Ihre Nachricht wurde nicht ausgeführt.",
        body="Ihrem Datum nach wurde sie vor langer Zeit geschrieben oder liegt in der Zukunft: Vielleicht hat jemand eine alte Nachricht "
        "von Ihnen noch einmal geschickt. Es wurde nichts geändert.",
        then="Wenn sie ausgeführt werden soll, schicken Sie sie bitte noch einmal und prüfen Sie die Uhr Ihres Computers.",
    ),
    ReplyKind.ANSWERED: Headline(
        headline="Hier ist die Antwort.",
        then="Geändert wurde nichts. Wenn etwas geändert werden soll, antworten Sie einfach darauf.",
    ),
    ReplyKind.HELP: Headline(
        headline="Das können Sie schreiben.",
        body="Sagen Sie einfach mit eigenen Worten, was anders werden soll; eine Antwort auf diese Mail führt das Gespräch fort. "
        "Eine Frage wird beantwortet und ändert nichts. „Stopp“ hält an, was gerade getan wird, „Status“ sagt, wie weit es ist, "
        "„Rückgängig“ nimmt die letzte Änderung zurück, und „Vorschau“ zeigt Ihnen die Seite.",
        then="Soll eine Nachricht auf die vorige warten, schreiben Sie als erste Zeile „/queue“.",
    ),
    ReplyKind.NOTHING_WAITS: Headline(
        headline="Es wartet nichts auf Ihr Ja oder Nein.",
        body="Durch Ihre Nachricht wurde nichts geändert.",
        then="Wenn etwas getan werden soll, antworten Sie bitte mit dem, was es ist.",
    ),
    ReplyKind.UNCLEAR: Headline(
        headline="Es ist nicht klar, was getan werden soll.",
        body="Es wurde nichts geändert, und was gerade bearbeitet wird, geht weiter.",
        then="Antworten Sie bitte in einem Satz: Was soll anders werden? „Hilfe“ zeigt, was Sie sonst schreiben können.",
    ),
    ReplyKind.ONLY_FILES: Headline(
        headline="Was soll mit dem Anhang geschehen?",
        body="Ihre Nachricht hat einen Anhang, aber kein Wort dazu, wofür er ist. Es wurde nichts geändert.",
        then="Senden Sie ihn bitte noch einmal und schreiben Sie dazu, was damit getan werden soll, etwa auf welche Seite er gehört.",
    ),
    ReplyKind.ENCRYPTED: Headline(
        headline="Ihre Nachricht konnte nicht gelesen werden.",
        body="Ihr Text ist verschlüsselt oder in eine Signatur gepackt, die hier nicht geöffnet werden kann. Es wurde nichts geändert.",
        then="Senden Sie sie bitte noch einmal als gewöhnliche Nachricht: ohne Verschlüsselung, oder im Klartext signiert.",
    ),
    ReplyKind.NO_TEXT: Headline(
        headline="In Ihrer Nachricht stand nichts, was zu tun wäre.",
        body="Es wurde kein neuer Text darin gefunden, nur der zitierte Text früherer Mails, eine Signatur oder ein Anhang.",
        then="Schreiben Sie bitte über den zitierten Text, was getan werden soll, und senden Sie es noch einmal.",
    ),
    ReplyKind.TOO_LARGE: Headline(
        headline="Ihre Nachricht war zu groß.",
        body="Sie wurde nicht gelesen, und es wurde nichts geändert.",
        then="Senden Sie sie bitte noch einmal ohne große Anhänge oder mit kleineren Bildern.",
    ),
    ReplyKind.HEADERS_TOO_LARGE: Headline(
        headline="Ihre Nachricht konnte nicht gelesen werden.",
        body="Ihr technischer Teil, den Mailprogramme unsichtbar mitschicken, ist größer als in jeder gewöhnlichen Mail. "
        "Es wurde nichts geändert.",
        then="Schreiben Sie bitte eine neue Mail, statt auf diese zu antworten oder sie weiterzuleiten.",
    ),
    ReplyKind.TOO_MANY_PARTS: Headline(
        headline="Ihre Nachricht konnte nicht gelesen werden.",
        body="Sie besteht aus zu vielen Teilen. Es wurde nichts geändert.",
        then="Schreiben Sie bitte eine neue Mail mit dem Text selbst und wenigen Anhängen.",
    ),
    ReplyKind.TOO_DEEP: Headline(
        headline="Ihre Nachricht konnte nicht gelesen werden.",
        body="Sie enthält Mails in Mails in Mails, zu viele, um ihnen zu folgen. Es wurde nichts geändert.",
        then="Schreiben Sie bitte eine neue Mail mit dem Text selbst, statt die ganze Kette weiterzuleiten.",
    ),
    ReplyKind.TOO_MANY_RECIPIENTS: Headline(
        headline="Ihre Nachricht wurde nicht ausgeführt.",
        body="Sie ging an zu viele Personen zugleich. Es wurde nichts geändert.",
        then="Senden Sie sie bitte noch einmal nur an diese Adresse.",
    ),
    ReplyKind.TOO_MANY_ATTACHMENTS: Headline(
        headline="Ihre Nachricht hatte zu viele Anhänge.",
        body="Es wurde nichts geändert.",
        then="Senden Sie sie bitte noch einmal mit weniger Anhängen oder in mehreren Mails.",
    ),
    ReplyKind.ATTACHMENT_NOT_ALLOWED: Headline(
        headline="Einer der Anhänge kann nicht angenommen werden.",
        body="Zur Sicherheit werden Programme und gepackte Dateien hier nicht geöffnet. Es wurde nichts geändert.",
        then="Senden Sie die Mail bitte noch einmal ohne diesen Anhang; Bilder und Texte sind unverpackt willkommen.",
    ),
    ReplyKind.UNREADABLE: Headline(
        headline="Ihre Nachricht konnte nicht gelesen werden.",
        body="An ihrem Aufbau ist etwas beschädigt. Es wurde nichts geändert.",
        then="Schreiben Sie bitte eine neue Mail als einfachen Text und senden Sie sie noch einmal.",
    ),
    ReplyKind.BUSY: Headline(
        headline="Ihre Nachricht wurde nicht ausgeführt.",
        body="In dieser Unterhaltung wird noch an etwas anderem gearbeitet, und hier wird immer nur eins nach dem anderen getan.",
        then="Senden Sie sie bitte noch einmal, wenn Sie die Antwort auf die vorige haben, "
        "oder antworten Sie zuerst mit dem einen Wort „Stopp“.",
    ),
    ReplyKind.OPEN_LIMIT: Headline(
        headline="Ihre Nachricht wurde nicht ausgeführt.",
        body="Es ist gerade so viel gleichzeitig in Arbeit, wie erlaubt ist. Es wurde nichts geändert.",
        then="Senden Sie sie bitte in einer Weile noch einmal. Ist noch ein früherer Auftrag von Ihnen in Arbeit, "
        "können Sie ihn mit dem einen Wort „Stopp“ in seiner Unterhaltung anhalten.",
    ),
    ReplyKind.RATE_LIMIT: Headline(
        headline="Ihre Nachricht wurde nicht ausgeführt.",
        body="In dieser Stunde sind schon so viele Nachrichten gekommen, wie erlaubt sind. "
        "Es wurde nichts geändert; was in Arbeit ist, geht weiter.",
        then="Senden Sie sie bitte danach noch einmal. Nicht jede Nachricht, die vorher kommt, wird so beantwortet.",
    ),
    ReplyKind.COST_LIMIT: Headline(
        headline="Ihre Nachricht wurde nicht ausgeführt.",
        body="Die Arbeit von heute hat so viel gekostet, wie sie darf. "
        "Es wurde nichts geändert; was in Arbeit ist, geht weiter.",
        then="Senden Sie sie bitte danach noch einmal. Nicht jede Nachricht, die vorher kommt, wird so beantwortet. "
        "Wenn es nicht warten kann, fragen Sie die Person, die Hermes für Sie betreibt.",
    ),
    ReplyKind.UNSURE: Headline(
        headline="Es ist nicht klar, was getan werden soll.",
        body="Ihre eigenen Worte ließen sich nicht sicher von den zitierten unterscheiden, und auf Verdacht wird nichts getan. "
        "Es wurde nichts geändert.",
        then="Schreiben Sie es bitte noch einmal ganz oben in eine Antwort oder in eine neue Mail ohne zitierten Text.",
    ),
}
