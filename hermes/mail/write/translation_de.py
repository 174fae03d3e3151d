"""The words of replies in German."""

from __future__ import annotations

import datetime

from hermes.domain.commands import CommandState, WorkStep
from hermes.domain.decisions.shares import Measure, Whose
from hermes.domain.interrupts import InterruptReason, ResourceLimit
from hermes.domain.request import Policy
from hermes.errors import Fault
from hermes.mail.write.headlines.de import HEADLINES
from hermes.mail.write.live import de as live
from hermes.mail.write.shown import de as shown
from hermes.mail.write.translation import FailureWords, Translation


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
    return f"{at:%d.%m.%Y, %H:%M} {'UTC' if at.tzinfo is datetime.UTC else 'Uhr'}"


def _quote(text: str) -> str:
    return f"„{text.replace('„', '‚').replace('“', '‘')}“"


GERMAN = Translation(
    code="de",
    headlines=HEADLINES,
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
    steps={
        WorkStep.WORKSPACE: "das Projekt wird vorbereitet",
        WorkStep.AGENT: "die Änderung wird gemacht",
        WorkStep.COMMIT: "die Änderung wird gespeichert",
        WorkStep.CHECK: "die Änderung prüfen",
        WorkStep.CORRECT: "nachbessern",
        WorkStep.BUILD: "die Seiten werden zusammengestellt",
        WorkStep.PUBLISH: "die Seiten werden zum Ansehen bereitgelegt",
    },
    live=live.WORDS,
    faults={
        **live.FAULTS,
        Fault.MEMORY: FailureWords(
            body="Dafür wurde mehr Arbeitsspeicher gebraucht, als vorgesehen ist. Wir wissen Bescheid.",
            then="Bitten Sie am besten zuerst um einen kleineren Schritt, oder antworten Sie mit „noch einmal“, "
            "wenn wir uns gemeldet haben.",
        ),
        Fault.BUILD: FailureWords(
            body="Die Seiten ließen sich so, wie sie jetzt sind, nicht zusammenstellen; deshalb gibt es noch nichts Neues anzusehen. "
            "Was geändert wurde, ist gespeichert, und wir wissen Bescheid.",
            then="Sie können antworten, was anders werden soll, oder mit „Rückgängig“ die letzte Änderung zurücknehmen.",
        ),
        Fault.TRIED: FailureWords(
            body="Der Assistent hat begonnen und konnte es nicht zu Ende bringen. Wir wissen Bescheid.",
            then="Sagen Sie es bitte mit anderen Worten, oder bitten Sie zuerst um einen kleineren Schritt.",
        ),
        Fault.NO_BUILD: FailureWords(
            body="In diesem Projekt gibt es nichts, was sich so zusammenstellen oder ansehen ließe. Es wurde nichts geändert.",
            then="Wenn etwas geändert werden soll, antworten Sie einfach mit dem, was es ist.",
        ),
        Fault.NOTHING_TO_UNDO: FailureWords(
            body="In dieser Unterhaltung gibt es keine Änderung mehr, die sich zurücknehmen ließe.",
            then="Schreiben Sie bitte mit eigenen Worten, was wieder so werden soll wie vorher.",
        ),
        Fault.WORDS: FailureWords(
            body="", then="Berichtigen Sie es bitte und schicken Sie es noch einmal als Antwort auf diese Mail."
        ),
    },
    ours=FailureWords(
        body="Das liegt an uns, und wir wissen Bescheid. Mit Ihrer Nachricht war alles in Ordnung.",
        then="Sie müssen nichts weiter tun. Soll es später noch einmal versucht werden, antworten Sie mit „noch einmal“.",
    ),
    shown=shown.WORDS,
    quote=_quote,
    duration=_duration,
    cost=_cost,
    moment=_moment,
    lines="{added} neu, {removed} entfernt",
    conjunction=" und ",
    stop_word="Stopp",
    undo_word="Rückgängig",
    status_word="Status",
    help_word="Hilfe",
    again_word="noch einmal",
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
    kept="Was bis dahin getan war, ist gespeichert.",
    kept_unpushed="Was bis dahin getan war, ist gespeichert, konnte aber noch nicht hochgeladen werden; "
    "das geschieht mit der nächsten Nachricht.",
    kept_unsure="Was bis dahin gespeichert war, bleibt erhalten.",
    nothing_kept="Bis dahin war noch nichts geändert.",
    never_started="Es war noch nicht begonnen, deshalb wurde nichts geändert.",
    superseded="Dafür wurde Ihre vorige Nachricht {older} angehalten.",
    superseded_of="Dafür wurde die vorige Nachricht {older} von {name} angehalten.",
    superseded_unnamed="Dafür wurde Ihre vorige Nachricht angehalten.",
    superseded_aside="Dafür wurde Ihre frühere Nachricht {older} aus einer anderen Unterhaltung zurückgestellt; nun ist sie an der Reihe.",
    unpushed="Die Änderung ist gespeichert, konnte aber noch nicht hochgeladen werden; das geschieht mit der nächsten Nachricht.",
    beside="Jemand anderes hat inzwischen dieselben Stellen geändert; beides muss noch zusammengeführt werden. "
    "Wir wissen Bescheid.",
    denied="Der Assistent wollte auch Folgendes tun, was er in diesem Projekt nicht darf: {names}.",
    left_out="Weggelassen, zur Sicherheit oder wegen der Größe: {names}.",
    attached="Mit Ihrer Nachricht angekommen: {names}.",
    undone="Zurückgenommen wurde: {older}.",
    undone_then="Soll auch die Änderung davor zurückgenommen werden, antworten Sie noch einmal mit „Rückgängig“. "
    "Wenn etwas anderes getan werden soll, schreiben Sie einfach, was.",
    restarted_once="Die Arbeit wurde auf unserer Seite einmal unterbrochen und neu begonnen; deshalb hat es länger gedauert.",
    restarted_often="Die Arbeit wurde auf unserer Seite {count}-mal unterbrochen und neu begonnen; deshalb hat es länger gedauert.",
    after_timeout="Nach {duration} wurde es angehalten.",
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
    label_files="Geändert",
    label_error="Fehler",
    label_remarks="Anmerkungen",
    label_commit="Commit",
    label_preview="Hier ansehen",
    label_duration="Dauer",
    label_cost="Kosten",
    label_log="Protokoll",
    label_state="Stand",
    label_request="Auftrag",
    label_whose="Gefragt hat",
    label_since="Seit",
    label_branch="Zweig",
    label_waiting="Wartet",
    label_elsewhere="In anderen Gesprächen",
    label_changes="Zeilen",
    footer="Diese Mail hat Hermes geschrieben, ein Programm, das ausführt, was man ihm schreibt.",
)
