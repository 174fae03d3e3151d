"""The fixed words of each kind of reply in Spanish."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hermes.domain.reply_facts import ReplyKind
from hermes.mail.write.live import es as live
from hermes.mail.write.translation import Headline

HEADLINES: Final[Mapping[ReplyKind, Headline]] = {
    **live.HEADLINES,
    ReplyKind.SUCCEEDED: Headline(
        headline="Hecho.",
        then="Para cambiar algo más, responda a este correo. Para deshacer este cambio, responda con una sola palabra: «deshacer».",
    ),
    ReplyKind.NOTHING_CHANGED: Headline(
        headline="No hacía falta cambiar nada.",
        body="Hemos trabajado en su mensaje y todo está igual que antes.",
        then="Si esperaba un cambio, responda con algo más de detalle: qué página, qué palabras, qué aspecto debe tener.",
    ),
    ReplyKind.INTERRUPTED: Headline(headline="Este trabajo se detuvo antes de terminar."),
    ReplyKind.INTERRUPT_UNCONFIRMED: Headline(
        headline="Este trabajo se detuvo, pero no del todo bien.",
        body="No reaccionó cuando se le pidió parar, así que hubo que cortarlo. Puede que se hayan perdido los últimos minutos.",
        then="Para empezar de nuevo, responda con lo que desea.",
    ),
    ReplyKind.FAILED: Headline(headline="Esto no ha funcionado."),
    ReplyKind.TIMED_OUT: Headline(
        headline="Tardó demasiado y se detuvo.",
        then="Responda con un paso más pequeño, o con «continúe» para seguir desde aquí.",
    ),
    ReplyKind.NEEDS_INPUT: Headline(
        headline="Hay una pregunta antes de poder seguir.",
        then="Basta con que responda a este correo. Hasta entonces no pasa nada más.",
    ),
    ReplyKind.STILL_STARTING: Headline(
        headline="Su mensaje ha llegado y nos ocuparemos de él.",
        body="Esta vez los preparativos tardan más de lo normal.",
        then="No tiene que hacer nada. Recibirá otro correo cuando esté listo.",
    ),
    ReplyKind.PAUSED: Headline(
        headline="Su mensaje ha llegado y está en espera.",
        body="Las personas que llevan este servicio han puesto el trabajo en pausa por ahora. No se pierde nada.",
        then="No tiene que hacer nada: el trabajo empezará solo después de la pausa, y recibirá otro correo cuando esté listo.",
    ),
    ReplyKind.STILL_WORKING: Headline(
        headline="Seguimos trabajando en su mensaje.",
        body="Está tardando más de lo normal. Todo va bien.",
        then="No tiene que hacer nada; recibirá otro correo cuando esté listo. Para detenerlo, responda con una sola palabra: «parar».",
    ),
    ReplyKind.ACKNOWLEDGED: Headline(
        headline="Recibido.",
        body="Su mensaje ha llegado y ya estamos trabajando en él.",
        then="Recibirá otro correo cuando esté listo. Para detenerlo, responda con una sola palabra: «parar».",
    ),
    ReplyKind.STOPPED_NOTHING: Headline(
        headline="No había nada que detener.",
        body="En esta conversación no hay nada en marcha ahora mismo.",
        then="Para deshacer el último cambio, responda con una sola palabra: «deshacer». Para pedir algo, escriba simplemente qué.",
    ),
    ReplyKind.STATUS: Headline(
        headline="Así están las cosas.",
        then="Para detener lo que está en marcha, responda con una sola palabra: «parar».",
    ),
    ReplyKind.MERGED: Headline(
        headline="Sus mensajes se atienden juntos.",
        body="Volvió a escribir antes de que empezáramos, así que los dos mensajes se atienden a la vez.",
        then="No tiene que hacer nada. Recibirá un solo correo cuando esté listo.",
    ),
    ReplyKind.PUT_ASIDE: Headline(
        headline="Su mensaje tiene que esperar un poco.",
        then="No tiene que hacer nada: después seguirá por sí solo, y recibirá un correo cuando esté listo. "
        "Si ya no hace falta, responda con una sola palabra: «parar».",
    ),
    ReplyKind.POLICY_SET: Headline(
        headline="Anotado para esta conversación.",
        then="Para volver a la forma habitual, responda con una sola palabra: «/default».",
    ),
    ReplyKind.POLICY_NOWHERE: Headline(
        headline="Todavía no hay una conversación para la que anotarlo.",
        body="Su mensaje no contiene ninguna petición. No se ha cambiado nada.",
        then="Vuelva a enviarlo con su petición debajo de esa línea.",
    ),
    ReplyKind.NOT_AN_OWNER: Headline(
        headline="Su mensaje no se ha atendido.",
        body="Esta dirección solo acepta mensajes de ciertas personas, y la suya no está entre sus direcciones.",
        then="¿Escribió desde una dirección distinta de la habitual? Entonces vuelva a escribir desde la de siempre. "
        "Si no, pregunte a la persona que le dio esta dirección.",
    ),
    ReplyKind.NOT_FOR_READERS: Headline(
        headline="Su mensaje no se ha atendido.",
        body="Usted sigue este proyecto como lector: recibe las respuestas y puede preguntar. Cambiar o detener algo les corresponde "
        "a otros. No se ha cambiado nada.",
        then="Pídaselo a otra persona de la conversación. Una pregunta, o la sola palabra «estado», también tiene respuesta para usted.",
    ),
    ReplyKind.NOT_ADDRESSED: Headline(
        headline="Su mensaje no se ha atendido.",
        body="Llegó a esta dirección, pero no iba dirigido a ella: no aparece ni en «Para» ni en «Cc». "
        "Así ocurre con las copias ocultas, y también cuando alguien reenvía un mensaje suyo que era para otros. "
        "No se ha cambiado nada.",
        then="Si quiere que se atienda, vuelva a enviarlo con esta dirección en «Para».",
    ),
    ReplyKind.HEADER_TWICE: Headline(
        headline="Su mensaje no se ha atendido.",
        body="Un dato que solo puede estar una vez, como la fecha o el asunto, está dos veces. "
        "Así ocurre cuando alguien reenvía un mensaje suyo y lo cambia. No se ha cambiado nada.",
        then="Si el mensaje es suyo, escríbalo de nuevo en un correo nuevo.",
    ),
    ReplyKind.NOT_SIGNED: Headline(
        headline="Su mensaje no se ha atendido.",
        body="Llegó dando un rodeo, y por el camino alguien podría haber cambiado cómo se lee. No se ha cambiado nada.",
        then="Vuelva a enviarlo directamente a esta dirección, sin reenvíos ni listas de correo. "
        "Si vuelve a ocurrir, las personas que llevan este servicio pueden ver el motivo en sus registros.",
    ),
    ReplyKind.NOT_RECENT: Headline(
        headline="Su mensaje no se ha atendido.",
        body="Según su fecha, se escribió hace mucho tiempo o en el futuro: puede ser un mensaje antiguo suyo que otra persona "
        "ha vuelto a enviar. No se ha cambiado nada.",
        then="Si quiere que se atienda, vuelva a enviarlo y compruebe que el reloj de su ordenador está en hora.",
    ),
    ReplyKind.ANSWERED: Headline(
        headline="Aquí está la respuesta.",
        then="No se ha cambiado nada. Para que se cambie algo, responda diciendo qué.",
    ),
    ReplyKind.HELP: Headline(
        headline="Esto es lo que puede escribir.",
        body="Diga con sus propias palabras qué debe ser distinto; una respuesta a este correo continúa la misma conversación. "
        "Una pregunta recibe una respuesta y no cambia nada. «Parar» detiene lo que está en marcha, «estado» dice por dónde va, "
        "«deshacer» anula el último cambio, y «vista previa» muestra la página.",
        then="Para que un mensaje espere al anterior, escriba «/queue» en su primera línea.",
    ),
    ReplyKind.NOTHING_WAITS: Headline(
        headline="No hay nada pendiente de su sí o su no.",
        body="Su mensaje no ha cambiado nada.",
        then="Para pedir algo, responda diciendo qué.",
    ),
    ReplyKind.UNCLEAR: Headline(
        headline="No está claro qué desea que hagamos.",
        body="No se ha cambiado nada, y lo que está en marcha continúa.",
        then="Responda con una frase: ¿qué debe ser distinto? «Ayuda» muestra qué más puede escribir.",
    ),
    ReplyKind.ONLY_FILES: Headline(
        headline="¿Qué hacemos con el archivo adjunto?",
        body="Su mensaje trae un archivo adjunto y ni una palabra sobre para qué es. No se ha cambiado nada.",
        then="Vuelva a enviarlo y escriba qué hay que hacer con él, por ejemplo en qué página va.",
    ),
    ReplyKind.ENCRYPTED: Headline(
        headline="No se ha podido leer su mensaje.",
        body="Su texto está cifrado, o metido en una firma que aquí no se puede abrir. No se ha cambiado nada.",
        then="Vuelva a enviarlo como un mensaje normal: sin cifrar, o firmado en claro.",
    ),
    ReplyKind.NO_TEXT: Headline(
        headline="En su mensaje no había nada que hacer.",
        body="No se encontró texto nuevo: solo el texto citado de correos anteriores, una firma o un archivo adjunto.",
        then="Escriba lo que desea encima del texto citado y vuelva a enviarlo.",
    ),
    ReplyKind.TOO_LARGE: Headline(
        headline="Su mensaje era demasiado grande.",
        body="No se ha leído, y no se ha cambiado nada.",
        then="Vuelva a enviarlo sin archivos grandes, o con imágenes más pequeñas.",
    ),
    ReplyKind.HEADERS_TOO_LARGE: Headline(
        headline="No se ha podido leer su mensaje.",
        body="Su parte técnica, que los programas de correo escriben sin que se vea, es más larga que en cualquier correo normal. "
        "No se ha cambiado nada.",
        then="Escriba un correo nuevo en lugar de responder a este o reenviarlo.",
    ),
    ReplyKind.TOO_MANY_PARTS: Headline(
        headline="No se ha podido leer su mensaje.",
        body="Está hecho de demasiadas partes. No se ha cambiado nada.",
        then="Escriba un correo nuevo con el propio texto y pocos archivos adjuntos.",
    ),
    ReplyKind.TOO_DEEP: Headline(
        headline="No se ha podido leer su mensaje.",
        body="Lleva correos dentro de correos dentro de correos, demasiados para seguirlos. No se ha cambiado nada.",
        then="Escriba un correo nuevo con el propio texto en lugar de reenviar toda la cadena.",
    ),
    ReplyKind.TOO_MANY_RECIPIENTS: Headline(
        headline="Su mensaje no se ha atendido.",
        body="Se envió a demasiadas personas a la vez. No se ha cambiado nada.",
        then="Vuelva a enviarlo solo a esta dirección.",
    ),
    ReplyKind.TOO_MANY_ATTACHMENTS: Headline(
        headline="Su mensaje traía demasiados archivos adjuntos.",
        body="No se ha cambiado nada.",
        then="Vuelva a enviarlo con menos archivos, o en varios correos.",
    ),
    ReplyKind.ATTACHMENT_NOT_ALLOWED: Headline(
        headline="Uno de los archivos adjuntos no se puede aceptar.",
        body="Por seguridad, aquí no se abren programas ni archivos comprimidos. No se ha cambiado nada.",
        then="Vuelva a enviar el correo sin ese archivo; las imágenes y los textos son bienvenidos tal cual, sin comprimir.",
    ),
    ReplyKind.UNREADABLE: Headline(
        headline="No se ha podido leer su mensaje.",
        body="Algo está dañado en la forma en que está compuesto. No se ha cambiado nada.",
        then="Escriba un correo nuevo con texto sencillo y envíelo.",
    ),
    ReplyKind.BUSY: Headline(
        headline="Su mensaje no se ha atendido.",
        body="En esta conversación todavía hay otra cosa en marcha, y aquí se hace una sola cosa a la vez.",
        then="Vuelva a enviarlo cuando tenga la respuesta al anterior, o responda primero con una sola palabra: «parar».",
    ),
    ReplyKind.OPEN_LIMIT: Headline(
        headline="Su mensaje no se ha atendido.",
        body="Ahora mismo ya hay en marcha tanto como está permitido a la vez. No se ha cambiado nada.",
        then="Vuelva a enviarlo dentro de un rato. Si una petición suya anterior sigue en marcha, puede detenerla "
        "con la sola palabra «parar» en su conversación.",
    ),
    ReplyKind.RATE_LIMIT: Headline(
        headline="Su mensaje no se ha atendido.",
        body="En esta hora ya han llegado tantos mensajes como están permitidos. No se ha cambiado nada; lo que está en marcha continúa.",
        then="Vuelva a enviarlo después. Puede que no reciba esta respuesta a cada mensaje que mande antes.",
    ),
    ReplyKind.COST_LIMIT: Headline(
        headline="Su mensaje no se ha atendido.",
        body="El trabajo de hoy ha costado tanto como puede costar. No se ha cambiado nada; lo que está en marcha continúa.",
        then="Vuelva a enviarlo después. Puede que no reciba esta respuesta a cada mensaje que mande antes. "
        "Si no puede esperar, pregunte a quien lleva Hermes para usted.",
    ),
    ReplyKind.UNSURE: Headline(
        headline="No está claro qué desea que hagamos.",
        body="Sus propias palabras no se han podido distinguir con certeza de las citadas, y aquí no se hace nada por adivinación. "
        "No se ha cambiado nada.",
        then="Escríbalo de nuevo arriba del todo en una respuesta, o en un correo nuevo sin texto citado.",
    ),
}
