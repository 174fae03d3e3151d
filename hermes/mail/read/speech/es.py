"""Spanish."""

from __future__ import annotations

from typing import Final

from hermes.mail.read.speech.speech import Speech

SPEECH: Final = Speech(
    code="es",
    stop="para|pare|parar|paren|para ya|para eso|para todo|detente|detén|detener|detenga|deténgase|deténlo|deténgalo|alto|stop|"
    "cancela|cancelar|cancele|cancélalo|cancélelo|cancela eso|espera|espere|esperar|esperen|espera un momento|"
    "espere un momento|un momento|olvídalo|olvídelo|olvida eso|déjalo|déjelo|no lo hagas|no lo haga|no sigas|no siga|"
    "no continúes|no continúe|basta|interrumpe|interrumpa|suspende|suspenda|pausa|aborta|abortar|mejor no|páralo|párelo|"
    "páralo todo|párelo todo|detén todo|detenga todo|no hagas nada|no haga nada|todavía no|ahora no|aún no|"
    "ignora mi mensaje|ignore mi mensaje|ignora eso|ignore eso|ignora mi último mensaje|ignore mi último mensaje|"
    "no lo toques|no lo toque|no toques nada|déjalo como está|déjelo como está|al final no|cancela todo|cancele todo|anula|"
    "anule|anúlalo|anúlelo",
    status="estado|cómo va|cómo vas|cómo va eso|cómo va todo|cómo va la cosa|qué tal va|hay novedades|alguna novedad|novedades|"
    "algún avance|hay avances|cuál es el estado|en qué estado está|ya está|ya está listo|está listo|está terminado|"
    "has terminado|ha terminado|ya terminaste|ya has terminado|terminaste|has acabado|ya acabaste|cuándo estará listo|"
    "cuándo estará|cuándo terminas|cuándo termina|cuándo acabas|cuánto falta|cuánto tarda|cuánto tiempo falta|cuánto queda|"
    "qué estás haciendo|qué está haciendo|qué haces|en qué estás trabajando|en qué trabajas|sigues trabajando|"
    "sigue trabajando|por dónde vas|por dónde va|cómo avanza|está avanzando|está listo ya|está ya listo|ya está hecho|"
    "está hecho|está ya|cómo vamos|qué tal|qué tal va todo|cuánto le queda|cuánto te queda|para cuándo|para cuándo estará|"
    "para cuándo está|cuándo lo tendré|cuándo lo tendremos|hay algo nuevo|algo nuevo|alguna noticia|hay noticias|"
    "has empezado|ha empezado|ya empezaste|solo quería saber cómo va|quería saber cómo va|en qué punto está|"
    "en qué punto estamos|va bien",
    undo="deshacer|deshaz|deshaga|deshazlo|deshágalo|deshaz eso|deshacerlo|revierte|revertir|revierta|reviértelo|reviértalo|"
    "vuelve atrás|vuelva atrás|volver atrás|vuelve a como estaba|vuelva a como estaba|déjalo como estaba|déjelo como estaba|"
    "como estaba|como estaba antes|ponlo como estaba|póngalo como estaba|restaura|restaurar|restaure|restáuralo|"
    "vuelve a la versión anterior|vuelva a la versión anterior|versión anterior|da marcha atrás|marcha atrás|"
    "vuelve a dejarlo como estaba|vuelva a dejarlo como estaba|vuelve a ponerlo como estaba|vuelva a ponerlo como estaba|"
    "dejarlo como estaba|ponerlo como estaba|déjalo como antes|déjelo como antes|ponlo como antes|póngalo como antes|"
    "como antes|vuelve a la anterior|vuelva a la anterior|vuelve al anterior|a la versión anterior|la versión anterior|"
    "versión antigua|la versión antigua|recupera la versión anterior|recupere la versión anterior|"
    "restaura la versión anterior|anula el cambio|anule el cambio|anula los cambios|anule los cambios|quita el cambio|"
    "quite el cambio|retrocede|retroceda",
    courtesy="gracias|muchas gracias|mil gracias|muchísimas gracias|te lo agradezco|se lo agradezco|te agradezco|le agradezco|"
    "se agradece|genial|perfecto|excelente|estupendo|fantástico|maravilloso|increíble|fenomenal|muy bien|bien|bien hecho|"
    "buen trabajo|gran trabajo|excelente trabajo|qué bien|qué bueno|qué bonito|queda bien|queda genial|queda perfecto|"
    "se ve bien|se ve genial|se ve muy bien|se ve perfecto|me gusta|me gusta mucho|me encanta|de acuerdo|vale|ok|okay|"
    "recibido|entendido|anotado|súper|super|bravo|guay|chévere|funciona|ya funciona|todo bien|todo perfecto|buen día|"
    "que tengas un buen día|que tenga un buen día|buen fin de semana|feliz fin de semana|hasta luego|hasta pronto|"
    "hasta mañana|saludos|de nada|no hay problema|sin problema|justo lo que quería|wow|bonito|muy bonito|listo|"
    "muchas gracias a todos|gracias a todos|gracias a todo el equipo|gracias de nuevo|gracias otra vez|gracias por todo|"
    "gracias por la ayuda|gracias por su ayuda|gracias por tu ayuda|gracias por la información|gracias por la respuesta|"
    "gracias por avisar|mil gracias por todo|un millón de gracias|ha quedado perfecto|ha quedado genial|ha quedado muy bien|"
    "quedó perfecto|quedó genial|quedó muy bien|está perfecto|está genial|está muy bien|está bien|está bien así|"
    "así está bien|así está perfecto|es perfecto|es justo lo que quería|exactamente lo que quería|"
    "es exactamente lo que quería|es lo que quería|qué maravilla|maravilla|de lujo|de maravilla|de diez|fabuloso|espléndido|"
    "precioso|lindo|muy lindo|hermoso|me parece bien|me parece perfecto|nos gusta|nos encanta|estoy contento|estoy contenta|"
    "enterado|enterada|anotado gracias|tomo nota|todo correcto|un saludo|un abrazo|abrazos|buenas noches|felices fiestas|"
    "que vaya bien|buena tarde|buena semana|que pase un buen día|que pases un buen día|feliz día|se ve fantástico|"
    "se ve estupendo|queda muy bien|quedó bonito|ha quedado bonito",
    approve="sí|si|claro|claro que sí|por supuesto|aprobado|aprobada|apruebo|lo apruebo|acepto|aceptado|confirmado|confirmo|"
    "lo confirmo|adelante|estoy de acuerdo|correcto|exacto|así es|visto bueno|doy el visto bueno|autorizado|autorizo|"
    "sí por favor|sí adelante|sí claro|sí por supuesto|sí de acuerdo|sí hazlo|sí hágalo|dale|hágale|está aprobado|"
    "queda aprobado|tiene mi aprobación|me parece bien adelante|procede|proceda|sí confirmo",
    decline="no|no gracias|rechazado|rechazada|rechazo|lo rechazo|no apruebo|no lo apruebo|no aprobado|no estoy de acuerdo|así no|"
    "de ninguna manera|no acepto|denegado|desaprobado|no así no|no todavía no|ni hablar|para nada|no estoy conforme|"
    "no me convence|mejor así no|no lo acepto",
    publish="en línea por favor|publica|publicar|publique|publícalo|publíquelo|publica eso|ponlo en línea|póngalo en línea|poner en línea|"
    "súbelo a producción|pon en producción|ponlo en producción|despliega|desplegar|despliegue|lánzalo|láncelo|hazlo público|"
    "ponlo online|publícalo ya|publíquelo ya|publícalo ahora|publíquelo ahora|ya puedes publicarlo|ya puede publicarlo|"
    "puedes publicarlo|puede publicarlo|publica la página|publique la página|publica los cambios|publique los cambios|"
    "súbelo|súbalo|que salga en línea|sácalo en línea",
    help="ayuda|ayúdame|ayúdeme|cómo funciona|cómo funciona esto|qué puedes hacer|qué puede hacer|qué puedo escribir|"
    "qué puedo hacer|qué comandos hay|comandos|instrucciones|manual|cómo se usa|cómo lo uso|cómo uso esto|"
    "qué te puedo escribir|qué le puedo escribir|quién eres|quién es usted|qué opciones hay|cómo funcionas",
    build="construye|construir|construya|compila|compilar|compile|build|haz el build",
    commit="commit|haz commit|haga commit|hacer commit|confirma los cambios en git",
    push="push|haz push|haga push|hacer push|sube los cambios|suba los cambios",
    preview="vista previa|una vista previa|la vista previa|previsualizar|previsualización|muéstrame una vista previa|"
    "muéstreme una vista previa|muéstrame la vista previa|"
    "muéstreme la vista previa|envíame una vista previa|envíeme una vista previa|envíame la vista previa|enlace de la vista previa",
    fillers="por favor|porfa|ya|ahora|ahora mismo|inmediatamente|enseguida|de inmediato|mismo|solo|sólo|también|y|pero|entonces|"
    "pues|oh|ah|ay|muy|mucho|todo|todos|toda|el|la|los|las|lo|un|una|eso|esto|este|esta|ese|esa|es|está|yo|tú|usted|ustedes|"
    "me|te|se|le|nos|mi|mis|tu|tus|su|sus|por|con|de|del|a|al|en|que|puedes|puede|podrías|podría|pueden|quiero|quisiera|"
    "me gustaría|trabajo|tarea|petición|solicitud|comando|orden|mensaje|correo|mail|e-mail|proceso|ejecución|ayuda|perdón|"
    "perdona|perdone|disculpa|disculpe|lo siento|otra vez|de nuevo|aquí|ahí|hoy|si es posible|rápido|rápida|respuesta|"
    "equipo|la verdad|así|para mí|tan|haz|haga|hacer|a todos|a todo el equipo|por todo|por la ayuda|por su ayuda|"
    "por tu ayuda|por la rapidez|por su rapidez|de verdad|de parte de todos|de momento|por ahora|por el momento|sí|bueno|"
    "bien|otra vez más|una vez más|en serio|realmente",
    taken_back="cambio|cambios|último cambio|el último cambio|últimos cambios|los últimos cambios|modificación|modificaciones|"
    "última modificación|la última modificación|"
    "último|última|lo último|tu cambio|tus cambios|su cambio|sus cambios|lo que hiciste|lo que has hecho|lo que hizo|último paso|"
    "el último paso|última petición|"
    "última edición|edición|último commit",
    excuses="me equivoqué|me he equivocado|fue un error|ha sido un error|error mío|es un error|por error|fue culpa mía|"
    "cambié de opinión|he cambiado de opinión|cambié de idea|he cambiado de idea|página equivocada|archivo equivocado|"
    "correo equivocado|no es lo que quería|no era lo que quería|ya no hace falta|ya no es necesario|ya no lo necesito|"
    "no lo necesito|tengo que pensarlo|déjame pensar|tengo que revisar algo|no me gusta|no me ha gustado|está mal|"
    "eso está mal|algo está mal|me equivoqué de página|me he equivocado de página|me equivoqué de archivo|"
    "me he equivocado de archivo|me equivoqué de correo|me he equivocado de correo|esa no era la página|no era esa página|"
    "no es esa página|era la página equivocada|destinatario equivocado|dirección equivocada|proyecto equivocado|"
    "lo envié por error|lo he enviado por error|enviado por error|no era para usted|no era para ti|tengo que consultarlo|"
    "tengo que preguntar antes|primero tengo que preguntar|error",
    subjects="el|la|los|las|lo|esto|esta|este|estos|estas|eso|ese|esa|al|a|mi|mis|nuestro|nuestra|nuestros|su|sus|él|ella|"
    "ellos|ellas|nosotros|yo|todos|todo|nadie|cliente|clienta|clientes|jefe|jefa|no|se|queda|está|es",
    blames="odia|odian|odió|detesta|detestan|no gusta|no gustan|no gustó|no ha gustado|no está contento|no está contenta|"
    "no están contentos|se quejó|se quejaron|se queja|se quejan|se ha quejado|descontento|descontenta|enfadado|"
    "enfadada|furioso|furiosa|rechaza|rechazó|está en contra|feo|fea|horrible|fatal|horroroso|espantoso|espantosa|"
    "mal|peor|roto|rota|ilegible|raro|rara|no funciona|era mejor|estaba mejor|quedaba mejor|ha cambiado de opinión|"
    "cambió de opinión|he cambiado de opinión|prefiere el anterior|prefiere la anterior|prefería|quiere el anterior|"
    "quiere la anterior",
    wishes="debería|debe|deben|tiene que|mejor pon|en cambio|favor|podría|puedes|necesita|necesitamos|pon|haz|cambia|pero|"
    "sino",
    apologies="perdón|perdona|perdone|disculpa|disculpe|disculpas|mis disculpas|lo siento|lo siento mucho|ups|uy perdón",
    greetings="hola|buenos días|buenas tardes|buenas noches|buenas|buen día|estimado|estimada|estimados|querido|querida|"
    "hola a todos|qué tal|hola buenas",
    questions="quién|quiénes|qué|cuál|cuáles|dónde|adónde|cuándo|por qué|cómo|cuánto|cuánta|cuántos|cuántas|has|ha|han|hiciste|"
    "hizo|hay|había|está|están|es|son|era|eran|"
    "fue|puedo|debo|tengo que|se puede|de qué|de quién|a qué|a quién|en qué|con qué|para qué|desde cuándo|hasta cuándo|de dónde|"
    "cambiaste|cambió|funciona|falta|existe",
    requests="puedes|puede|podrías|podría|pueden|podrían|me puedes|me puede|me podrías|me podría|podemos|podríamos|sería posible|"
    "es posible que|quieres|querrías|te importaría|"
    "le importaría|qué tal si|y si|qué te parece si|qué le parece si|por qué no|se podría|por favor|te puedo pedir|le puedo pedir|"
    "serías tan amable|sería tan amable",
    telling="puedes decirme|puede decirme|podrías decirme|podría decirme|me puedes decir|me puede decir|me podrías decir|"
    "me podría decir|puedes explicarme|puede explicarme|"
    "podrías explicarme|podría explicarme|me puedes explicar|me puede explicar|me podría explicar|dime|dígame|explícame|explíqueme|"
    "sabes|sabe usted|"
    "puedes resumir|puede resumir|puedes listar|por favor dime|por favor dígame|puedes explicar|puede explicar",
)
