"""The words of replies in Spanish."""

from __future__ import annotations

import datetime

from hermes.domain.commands import CommandState, WorkStep
from hermes.domain.decisions.shares import Measure, Whose
from hermes.domain.interrupts import InterruptReason, ResourceLimit
from hermes.domain.request import Policy
from hermes.errors import Fault
from hermes.mail.write.headlines.es import HEADLINES
from hermes.mail.write.live import es as live
from hermes.mail.write.shown import es as shown
from hermes.mail.write.translation import FailureWords, Translation

_MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio",
    "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip


def _duration(seconds: float) -> str:
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s" if whole else "menos de 1 s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def _cost(dollars: float) -> str:
    if 0 < dollars < 0.005:
        return "menos de 0,01 $"
    whole, cents = f"{dollars:,.2f}".split(".")
    return f"{whole.replace(',', '.')},{cents} $"


def _requests(count: int) -> str:
    return "una petición" if count == 1 else f"{count} peticiones"


def _moment(at: datetime.datetime) -> str:
    zone = " UTC" if at.tzinfo is datetime.UTC else ""
    return f"{at.day} de {_MONTHS[at.month - 1]} de {at.year}, {at:%H:%M}{zone}"


def _quote(text: str) -> str:
    return f"«{text.replace('«', '“').replace('»', '”')}»"


SPANISH = Translation(
    code="es",
    headlines=HEADLINES,
    reasons={
        InterruptReason.USER_CANCELLED: "Usted pidió parar.",
        InterruptReason.TIMEOUT: "Tardó más de lo previsto para un mensaje.",
        InterruptReason.RESOURCE_LIMIT: "Necesitaba más memoria, espacio o dinero de lo previsto para un mensaje.",
        InterruptReason.ERROR_THRESHOLD: "Daba un error tras otro, así que no tenía sentido seguir.",
        InterruptReason.PRIORITY_OVERRIDE: "Su mensaje más reciente ocupó su lugar.",
        InterruptReason.SYSTEM_SHUTDOWN: "Hubo que apagar el ordenador que trabajaba en ello.",
        InterruptReason.CUSTOM: "Lo detuvieron las personas que llevan este servicio.",
    },
    limits={
        ResourceLimit.MEMORY: "Necesitaba más memoria de lo previsto para un mensaje.",
        ResourceLimit.OUTPUT: "Produjo más texto de lo previsto para un mensaje.",
        ResourceLimit.COST: "Costó más de lo previsto para un mensaje.",
    },
    reasons_then={
        InterruptReason.USER_CANCELLED: "Para seguir, responda con lo que hay que hacer a continuación.",
        InterruptReason.TIMEOUT: "Responda con un paso más pequeño, o con «continúe» para seguir desde aquí.",
        InterruptReason.RESOURCE_LIMIT: "Responda con un paso más pequeño.",
        InterruptReason.ERROR_THRESHOLD: "Responda diciéndolo con otras palabras, o pida un paso más pequeño.",
        InterruptReason.PRIORITY_OVERRIDE: "No tiene que hacer nada: el mensaje más reciente tendrá su propia respuesta.",
        InterruptReason.SYSTEM_SHUTDOWN: "Vuelva a enviar su mensaje; no fue culpa suya.",
        InterruptReason.CUSTOM: "Para seguir, responda con lo que hay que hacer a continuación.",
    },
    policies={
        Policy.INTERRUPT: "",
        Policy.QUEUE: "Los mensajes de esta conversación se atienden uno tras otro.",
        Policy.MERGE: "Los mensajes que llegan antes de empezar se atienden juntos.",
        Policy.REJECT: "",
    },
    policies_kept={
        Policy.INTERRUPT: "Un mensaje nuevo en esta conversación detiene lo que aún está en marcha y ocupa su lugar.",
        Policy.QUEUE: "Los mensajes de esta conversación se atienden uno tras otro.",
        Policy.MERGE: "Los mensajes de esta conversación que llegan antes de empezar se atienden juntos.",
        Policy.REJECT: "Un mensaje nuevo en esta conversación se rechaza mientras otro siga en marcha.",
    },
    policy_lasts="Eso vale a partir de ahora.",
    policy_usual="Esta conversación sigue de nuevo la forma habitual del proyecto.",
    states={
        CommandState.ACCEPTED: "aceptado, empieza enseguida",
        CommandState.RUNNING: "en marcha",
        CommandState.INTERRUPTING: "deteniéndose",
        CommandState.SUCCEEDED: "hecho",
        CommandState.FAILED: "terminó con un error",
        CommandState.TIMED_OUT: "detenido porque tardaba demasiado",
        CommandState.NEEDS_INPUT: "espera su respuesta",
        CommandState.INTERRUPTED: "detenido",
    },
    steps={
        WorkStep.WORKSPACE: "preparando el proyecto",
        WorkStep.AGENT: "haciendo el cambio",
        WorkStep.COMMIT: "guardando el cambio",
        WorkStep.CHECK: "comprobando el cambio",
        WorkStep.CORRECT: "corrigiendo lo que encontraron las comprobaciones",
        WorkStep.BUILD: "generando las páginas",
        WorkStep.PUBLISH: "poniendo las páginas donde se puedan ver",
    },
    live=live.WORDS,
    faults={
        **live.FAULTS,
        Fault.MEMORY: FailureWords(
            body="Este trabajo necesitó más memoria de la que tenía asignada. Ya estamos avisados.",
            then="Pida primero un paso más pequeño, o responda con «inténtelo de nuevo» cuando le hayamos escrito.",
        ),
        Fault.BUILD: FailureWords(
            body="Las páginas no se pudieron generar tal como están ahora, así que todavía no hay nada nuevo que ver. "
            "Lo que se cambió está guardado, y ya estamos avisados.",
            then="Puede responder qué debe ser distinto, o «deshacer» para anular el último cambio.",
        ),
        Fault.TRIED: FailureWords(
            body="El asistente empezó y no pudo terminarlo. Ya estamos avisados.",
            then="Dígalo con otras palabras, o pida primero un paso más pequeño.",
        ),
        Fault.NO_BUILD: FailureWords(
            body="En este proyecto no hay nada que se pueda generar o mostrar de esa forma. No se ha cambiado nada.",
            then="Para que se cambie algo, responda diciendo qué.",
        ),
        Fault.NOTHING_TO_UNDO: FailureWords(
            body="En esta conversación no queda ningún cambio que se pueda deshacer.",
            then="Diga con sus propias palabras qué debe volver a ser como antes.",
        ),
        Fault.WORDS: FailureWords(body="", then="Corríjalo y vuelva a enviarlo como respuesta a este correo."),
    },
    ours=FailureWords(
        body="El problema es nuestro, y ya estamos avisados. Su mensaje estaba bien.",
        then="No tiene que hacer nada. Para que lo intentemos otra vez más tarde, responda con «inténtelo de nuevo».",
    ),
    shown=shown.WORDS,
    quote=_quote,
    duration=_duration,
    cost=_cost,
    moment=_moment,
    lines="{added} más, {removed} menos",
    conjunction=" y ",
    stop_word="parar",
    undo_word="deshacer",
    status_word="estado",
    help_word="ayuda",
    again_word="inténtelo de nuevo",
    asked="Usted escribió: {instruction}",
    asked_by="{name} escribió: {instruction}",
    about_project="Se trata del proyecto {project}.",
    agent_says="En palabras del asistente:",
    understood="Esto se leyó de su mensaje: {text}",
    elsewhere_stop="Para detenerlo, responda «parar» en la conversación a la que pertenece.",
    busy_with="Todavía en marcha: {older}",
    stopped_by="Su mensaje más reciente {newer} ocupó su lugar.",
    stopped_by_whom="El mensaje más reciente {newer}, de {name}, ocupó su lugar.",
    stopped_by_whom_unnamed="Un mensaje más reciente de {name} ocupó su lugar.",
    stop_of="{name} pidió parar.",
    stopped_elsewhere="Su mensaje más reciente {newer}, de otra conversación, ocupó su lugar.",
    stopped_elsewhere_unnamed="Un mensaje suyo más reciente, de otra conversación, ocupó su lugar.",
    stopped_elsewhere_then="Si todavía lo quiere, responda «continúe».",
    first_elsewhere="Primero va su mensaje más reciente {newer}, de otra conversación.",
    first_elsewhere_unnamed="Primero va un mensaje suyo más reciente, de otra conversación.",
    put_aside="Se dejó a un lado un rato, porque antes iba un mensaje suyo más reciente de otra conversación.",
    kept="Lo que estaba hecho hasta entonces está guardado.",
    kept_unpushed="Lo que estaba hecho hasta entonces está guardado, pero aún no se ha podido subir; se hará con el próximo mensaje.",
    kept_unsure="Lo que se había guardado hasta entonces se conserva.",
    nothing_kept="Hasta entonces no se había cambiado nada.",
    never_started="Aún no había empezado, así que no se ha cambiado nada.",
    superseded="Para esto se detuvo su mensaje anterior {older}.",
    superseded_of="Para esto se detuvo el mensaje anterior {older}, de {name}.",
    superseded_unnamed="Para esto se detuvo su mensaje anterior.",
    superseded_aside="Para esto se dejó a un lado su mensaje anterior {older}, de otra conversación; ahora continúa.",
    unpushed="El cambio está guardado, pero aún no se ha podido subir; se hará con el próximo mensaje.",
    beside="Mientras tanto, otra persona cambió los mismos sitios, así que todavía hay que juntar los dos cambios. Ya estamos avisados.",
    denied="El asistente también quiso hacer esto, que no le está permitido en este proyecto: {names}.",
    left_out="Se dejó fuera, por seguridad o por su tamaño: {names}.",
    attached="Recibido con su mensaje: {names}.",
    undone="Se ha deshecho: {older}.",
    undone_then="Para deshacer también el cambio anterior, responda otra vez «deshacer». "
    "Para pedir otra cosa, escriba simplemente qué.",
    restarted_once="El trabajo se interrumpió una vez por nuestra parte y empezó de nuevo; por eso tardó más.",
    restarted_often="El trabajo se interrumpió {count} veces por nuestra parte y empezó de nuevo; por eso tardó más.",
    after_timeout="Se detuvo después de {duration}.",
    files_more="y {count} más",
    waiting_none="En esta conversación no hay nada en marcha ahora mismo.",
    idle_then="Para pedir algo, responda diciendo qué.",
    requests=_requests,
    shares={
        (Measure.OPEN, Whose.OWNER): "Puede tener {requests} en marcha a la vez.",
        (Measure.OPEN, Whose.PROJECT): "Este proyecto puede tener {requests} en marcha a la vez.",
        (Measure.OPEN, Whose.CLIENT): "Su organización puede tener {requests} en marcha a la vez.",
        (Measure.HOURLY, Whose.OWNER): "Puede enviar {requests} por hora.",
        (Measure.HOURLY, Whose.PROJECT): "Este proyecto acepta {requests} por hora.",
        (Measure.HOURLY, Whose.CLIENT): "Su organización puede enviar {requests} por hora.",
        (Measure.DAILY, Whose.OWNER): "Sus peticiones pueden costar {cost} al día.",
        (Measure.DAILY, Whose.PROJECT): "Las peticiones para este proyecto pueden costar {cost} al día.",
        (Measure.DAILY, Whose.CLIENT): "Las peticiones de su organización pueden costar {cost} al día.",
    },
    share_free="Los mensajes nuevos se atenderán de nuevo a partir de: {moment}.",
    label_files="Cambiado",
    label_error="Error",
    label_remarks="Observaciones",
    label_commit="Commit",
    label_preview="Véalo aquí",
    label_duration="Tiempo",
    label_cost="Coste",
    label_log="Registro",
    label_state="Estado",
    label_request="Petición",
    label_whose="Lo pidió",
    label_since="Desde",
    label_branch="Rama",
    label_waiting="En espera",
    label_elsewhere="En otras conversaciones",
    label_changes="Líneas",
    footer="Este correo lo ha escrito Hermes, un programa que hace lo que se le escribe.",
)
