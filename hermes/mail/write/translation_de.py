"""The words of replies in German."""

from __future__ import annotations

import datetime

from hermes.domain.commands import CommandState
from hermes.domain.decisions.shares import Measure, Whose
from hermes.domain.interrupts import InterruptReason, ResourceLimit
from hermes.domain.reply_facts import ReplyKind
from hermes.domain.request import Policy
from hermes.mail.write.translation import Headline, Translation


def _duration(seconds: float) -> str:
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s" if whole else "unter 1 s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} Std. {minutes} min" if minutes else f"{hours} Std."


def _cost(dollars: float) -> str:
    if 0 < dollars < 0.005:
        return "unter 0,01 $"
    whole, cents = f"{dollars:,.2f}".split(".")
    return f"{whole.replace(',', '.')},{cents} $"


def _requests(count: int) -> str:
    return "einen Auftrag" if count == 1 else f"{count} Aufträge"


def _moment(at: datetime.datetime) -> str:
    return at.strftime("%d.%m.%Y, %H:%M UTC")


def _quote(text: str) -> str:
    return f"„{text.replace('„', '‚').replace('“', '‘')}“"


_HEADLINES = {
    ReplyKind.SUCCEEDED: Headline(
        headline="Erledigt.",
        then="Für die nächste Änderung antworten Sie einfach auf diese Mail. "
        "Um diese Änderung zurückzunehmen, antworten Sie mit dem einen Wort „undo“.",
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
    ReplyKind.FAILED: Headline(
        headline="Das hat nicht geklappt.",
        then="Für einen neuen Versuch antworten Sie auf diese Mail; schreiben Sie gern dazu, was anders gemacht werden soll.",
    ),
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
    ReplyKind.STILL_WORKING: Headline(
        headline="An Ihrer Nachricht wird noch gearbeitet.",
        body="Es dauert länger als sonst. Es ist alles in Ordnung.",
        then="Sie müssen nichts tun; Sie bekommen eine weitere Mail, wenn es erledigt ist. "
        "Zum Anhalten antworten Sie mit dem einen Wort „stop“.",
    ),
    ReplyKind.STOPPED_NOTHING: Headline(
        headline="Es gab nichts anzuhalten.",
        body="In dieser Unterhaltung wird gerade an nichts gearbeitet.",
        then="Um die letzte Änderung zurückzunehmen, antworten Sie mit dem einen Wort „undo“. "
        "Wenn etwas getan werden soll, schreiben Sie einfach, was.",
    ),
    ReplyKind.STATUS: Headline(
        headline="So steht es gerade.",
        then="Um die laufende Arbeit anzuhalten, antworten Sie mit dem einen Wort „stop“.",
    ),
    ReplyKind.MERGED: Headline(
        headline="Ihre Nachrichten werden zusammen erledigt.",
        body="Sie haben noch einmal geschrieben, bevor hiermit begonnen war; deshalb wird beides in einem Zug erledigt.",
        then="Sie müssen nichts tun. Sie bekommen eine Mail, wenn es erledigt ist.",
    ),
    ReplyKind.PUT_ASIDE: Headline(
        headline="Ihre Nachricht muss ein wenig warten.",
        then="Sie müssen nichts tun: Danach geht es von selbst weiter, und Sie bekommen eine Mail, wenn es fertig ist. "
        "Wird es nicht mehr gebraucht, antworten Sie mit dem einen Wort „stop“.",
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
        "oder antworten Sie zuerst mit dem einen Wort „stop“.",
    ),
    ReplyKind.OPEN_LIMIT: Headline(
        headline="Ihre Nachricht wurde nicht ausgeführt.",
        body="Es ist gerade so viel gleichzeitig in Arbeit, wie erlaubt ist. Es wurde nichts geändert.",
        then="Senden Sie sie bitte in einer Weile noch einmal. Ist noch ein früherer Auftrag von Ihnen in Arbeit, "
        "können Sie ihn mit dem einen Wort „stop“ in seiner Unterhaltung anhalten.",
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

GERMAN = Translation(
    code="de",
    headlines=_HEADLINES,
    reasons={
        InterruptReason.USER_CANCELLED: "Sie haben darum gebeten, anzuhalten.",
        InterruptReason.TIMEOUT: "Es hat länger gedauert, als für eine Nachricht vorgesehen ist.",
        InterruptReason.RESOURCE_LIMIT: "Es brauchte mehr Speicher, Platz oder Geld, als für eine Nachricht vorgesehen ist.",
        InterruptReason.ERROR_THRESHOLD: "Es kam ein Fehler nach dem anderen, deshalb hatte es keinen Sinn, weiterzumachen.",
        InterruptReason.PRIORITY_OVERRIDE: "Stattdessen gilt Ihre neuere Nachricht.",
        InterruptReason.SYSTEM_SHUTDOWN: "Der Rechner, der daran gearbeitet hat, musste abgeschaltet werden.",
        InterruptReason.CUSTOM: "Die Betreiber dieses Dienstes haben es angehalten.",
    },
    limits={
        ResourceLimit.MEMORY: "Es brauchte mehr Arbeitsspeicher, als für eine Nachricht vorgesehen ist.",
        ResourceLimit.OUTPUT: "Es gab mehr Text aus, als für eine Nachricht vorgesehen ist.",
        ResourceLimit.COST: "Es kostete mehr, als für eine Nachricht vorgesehen ist.",
    },
    reasons_then={
        InterruptReason.USER_CANCELLED: "Um fortzufahren, antworten Sie mit dem, was als Nächstes getan werden soll.",
        InterruptReason.TIMEOUT: "Antworten Sie bitte mit einem kleineren Schritt, oder mit „weiter“, um von hier aus fortzufahren.",
        InterruptReason.RESOURCE_LIMIT: "Antworten Sie bitte mit einem kleineren Schritt.",
        InterruptReason.ERROR_THRESHOLD: "Schreiben Sie es bitte mit anderen Worten, oder bitten Sie um einen kleineren Schritt.",
        InterruptReason.PRIORITY_OVERRIDE: "Sie müssen nichts tun: Die neuere Nachricht bekommt ihre eigene Antwort.",
        InterruptReason.SYSTEM_SHUTDOWN: "Senden Sie Ihre Nachricht bitte noch einmal; es lag nicht an Ihnen.",
        InterruptReason.CUSTOM: "Um fortzufahren, antworten Sie mit dem, was als Nächstes getan werden soll.",
    },
    policies={
        Policy.INTERRUPT: "",
        Policy.QUEUE: "Nachrichten in dieser Unterhaltung werden eine nach der anderen bearbeitet.",
        Policy.MERGE: "Nachrichten, die vor Beginn der Arbeit eintreffen, werden zusammen erledigt.",
        Policy.REJECT: "",
    },
    policies_kept={
        Policy.INTERRUPT: "Eine neue Nachricht in dieser Unterhaltung hält an, was noch in Arbeit ist, und tritt an dessen Stelle.",
        Policy.QUEUE: "Nachrichten in dieser Unterhaltung werden eine nach der anderen bearbeitet.",
        Policy.MERGE: "Nachrichten in dieser Unterhaltung, die vor Beginn der Arbeit eintreffen, werden zusammen erledigt.",
        Policy.REJECT: "Eine neue Nachricht in dieser Unterhaltung wird abgewiesen, solange eine andere in Arbeit ist.",
    },
    policy_lasts="Das gilt von jetzt an.",
    policy_usual="Für diese Unterhaltung gilt wieder die übliche Weise des Projekts.",
    states={
        CommandState.ACCEPTED: "angenommen, beginnt gleich",
        CommandState.RUNNING: "wird bearbeitet",
        CommandState.INTERRUPTING: "wird angehalten",
        CommandState.SUCCEEDED: "erledigt",
        CommandState.FAILED: "mit einem Fehler beendet",
        CommandState.TIMED_OUT: "angehalten, weil es zu lange dauerte",
        CommandState.NEEDS_INPUT: "wartet auf Ihre Antwort",
        CommandState.INTERRUPTED: "angehalten",
    },
    quote=_quote,
    duration=_duration,
    cost=_cost,
    moment=_moment,
    lines="{added} neu, {removed} entfernt",
    asked="Sie schrieben: {instruction}",
    asked_by="{name} schrieb: {instruction}",
    about_project="Es geht um das Projekt {project}.",
    agent_says="In den Worten des Assistenten:",
    understood="Gelesen wurde von Ihrer Nachricht: {text}",
    elsewhere_stop="Um das anzuhalten, antworten Sie in dem Gespräch, zu dem es gehört, mit „Stopp“.",
    busy_with="Noch in Arbeit: {older}",
    stopped_by="Stattdessen gilt Ihre neuere Nachricht {newer}.",
    stopped_by_whom="Stattdessen gilt die neuere Nachricht {newer} von {name}.",
    stopped_by_whom_unnamed="Stattdessen gilt eine neuere Nachricht von {name}.",
    stop_of="{name} bat darum, damit aufzuhören.",
    stopped_elsewhere="Stattdessen gilt Ihre neuere Nachricht {newer} in einer anderen Unterhaltung.",
    stopped_elsewhere_unnamed="Stattdessen gilt eine neuere Nachricht von Ihnen in einer anderen Unterhaltung.",
    stopped_elsewhere_then="Soll es trotzdem erledigt werden, antworten Sie mit „weiter“.",
    first_elsewhere="Zuerst wird Ihre neuere Nachricht {newer} in einer anderen Unterhaltung bearbeitet.",
    first_elsewhere_unnamed="Zuerst wird eine neuere Nachricht von Ihnen in einer anderen Unterhaltung bearbeitet.",
    put_aside="Diese Nachricht wurde zurückgestellt: Eine neuere von Ihnen, in einer anderen Unterhaltung, war zuerst an der Reihe.",
    kept="Was bis dahin getan war, ist {where} gespeichert.",
    kept_unpushed="Was bis dahin getan war, ist {where} gespeichert, konnte aber noch nicht hochgeladen werden.",
    on_branch_commit="im Zweig {branch} (Commit {commit})",
    on_branch="im Zweig {branch}",
    at_commit="als Commit {commit}",
    nothing_kept="Bis dahin war noch nichts geändert.",
    never_started="Es war noch nicht begonnen, deshalb wurde nichts geändert.",
    superseded="Dafür wurde Ihre vorige Nachricht {older} angehalten.",
    superseded_of="Dafür wurde die vorige Nachricht {older} von {name} angehalten.",
    superseded_unnamed="Dafür wurde Ihre vorige Nachricht angehalten.",
    superseded_aside="Dafür wurde Ihre frühere Nachricht {older} aus einer anderen Unterhaltung zurückgestellt; nun ist sie an der Reihe.",
    unpushed="Die Änderung ist gespeichert, konnte aber noch nicht hochgeladen werden.",
    restarted_once="Die Arbeit wurde auf unserer Seite einmal unterbrochen und neu begonnen; deshalb hat es länger gedauert.",
    restarted_often="Die Arbeit wurde auf unserer Seite {count}-mal unterbrochen und neu begonnen; deshalb hat es länger gedauert.",
    after_timeout="Nach {duration} wurde es angehalten.",
    error_unknown="Es gab einen unerwarteten Fehler. Es lag nicht an Ihnen.",
    files_more="und {count} weitere",
    waiting_none="In dieser Unterhaltung wird gerade an nichts gearbeitet.",
    idle_then="Wenn etwas getan werden soll, antworten Sie einfach mit dem, was es ist.",
    requests=_requests,
    shares={
        (Measure.OPEN, Whose.OWNER): "Sie können {requests} gleichzeitig in Arbeit haben.",
        (Measure.OPEN, Whose.PROJECT): "Dieses Projekt kann {requests} gleichzeitig in Arbeit haben.",
        (Measure.OPEN, Whose.CLIENT): "Ihre Organisation kann {requests} gleichzeitig in Arbeit haben.",
        (Measure.HOURLY, Whose.OWNER): "Sie können {requests} in einer Stunde senden.",
        (Measure.HOURLY, Whose.PROJECT): "Dieses Projekt nimmt {requests} in einer Stunde an.",
        (Measure.HOURLY, Whose.CLIENT): "Ihre Organisation kann {requests} in einer Stunde senden.",
        (Measure.DAILY, Whose.OWNER): "Ihre Aufträge dürfen an einem Tag {cost} kosten.",
        (Measure.DAILY, Whose.PROJECT): "Aufträge für dieses Projekt dürfen an einem Tag {cost} kosten.",
        (Measure.DAILY, Whose.CLIENT): "Aufträge Ihrer Organisation dürfen an einem Tag {cost} kosten.",
    },
    share_free="Ab {moment} werden wieder Nachrichten ausgeführt.",
    label_files="Geänderte Dateien",
    label_saved="Gespeichert",
    label_preview="Hier ansehen",
    label_duration="Dauer",
    label_cost="Kosten",
    label_log="Einzelheiten",
    label_state="Stand",
    label_request="Auftrag",
    label_whose="Gefragt hat",
    label_since="Seit",
    label_branch="Zweig",
    label_last_commit="Zuletzt gespeichert",
    label_waiting="Wartet",
    label_elsewhere="In anderen Gesprächen",
    label_changes="Zeilen",
    footer="Diese Mail hat Hermes geschrieben, ein Programm, das ausführt, was man ihm schreibt.",
)
