"""Language data: the phrases of people and mail programs in many languages."""

from __future__ import annotations

from typing import Final


def words(*lines: str) -> frozenset[str]:
    """The words of lines in which `|` stands between them, folded for comparison."""
    return frozenset(word.casefold() for line in lines for word in line.split("|"))


# ── control words (alone in the newest text; casefolded) ───────────────────────────────────────────────────────────

STOP: Final = words(
    "stop|cancel|abort|halt|please stop|stop please|stop it|stop this|stop that|stop now|cancel it|cancel this",
    "cancel that|please cancel",
    "stopp|stoppe|stoppen|bitte stoppen|stop bitte|bitte stop|abbrechen|abbruch|bitte abbrechen|anhalten|halt an",
    "arrête|arrêter|arrêtez|annuler|annule|annulez|para|parar|detener|detente|cancelar|cancela|pare|ferma|fermati",
    "fermare|annulla",
    "annullare|stoppa|avbryt|avbryd|stands|annuleren|annuleer|peruuta|keskeytä|lopeta|przerwij|zatrzymaj|anuluj",
    "zastavit|zastav|zrušit",
    "стоп|остановить|останови|отмена|отменить|зупинити|зупини|скасувати|σταμάτα|σταμάτησε|ακύρωση|dur|durdur|iptal",
    "עצור|בטל|ביטול",
    "توقف|قف|إلغاء|停止|中止|やめて|キャンセル|ストップ|取消|停|停下|중지|취소|정지|dừng|dừng lại|hủy",
)
STATUS: Final = words(
    "status|status please|status?|stand|zwischenstand|statut|état|estado|stato|tila|stan|stav|статус|състояние",
    "κατάσταση|durum|סטטוס|מצב",
    "الحالة|حالة|状態|ステータス|状态|狀態|상태|trạng thái",
)
UNDO: Final = words(
    "undo|undo it|undo that|undo this|undo please|please undo|revert|rückgängig|rückgängig machen",
    "mach es rückgängig|zurücknehmen",
    "deshacer|deshaz|desfazer|desfaz|défaire|rétablir|annulla modifica|ongedaan maken|ångra|fortryd|angre|kumoa",
    "cofnij|vrátit",
    "отменить изменения|откатить|відкотити|αναίρεση|geri al|元に戻す|撤销|撤銷|되돌리기|실행 취소|hoàn tác",
)
#: After a policy in the first line: it is for the whole thread.
ALWAYS: Final = words("always|immer|toujours|siempre|sempre|altijd|alltid|altid|aina|zawsze|vždy|всегда|завжди")
BUILD: Final = words("build|bauen|bau|build it|build please|please build|bitte bauen|rebuild")
COMMIT: Final = words("commit|commit it|commit please|please commit|committen|bitte committen")
PUSH: Final = words("push|push it|push please|please push|pushen|bitte pushen")
PREVIEW: Final = words(
    "preview|preview please|please preview|vorschau|bitte vorschau|vorschau bitte|aperçu|prévisualiser|vista previa",
    "previsualizar",
    "anteprima|pré-visualização|visualizar|voorbeeld|förhandsvisning|forhåndsvisning|esikatselu|podgląd|náhled",
    "предпросмотр",
    "попередній перегляд|προεπισκόπηση|önizleme|プレビュー|预览|預覽|미리보기|xem trước",
)

# ── "On … wrote:" ──────────────────────────────────────────────────────────────────────────────────────────────────

#: Words that stand at the end of a quote header ("On Monday, Anna wrote:").
VERBS_FINAL: Final = words(
    "wrote|writes|has written|said|replied|schrieb|schrieben|schreibt|geschrieben|hat geschrieben|a écrit|écrit",
    "a ecrit|escribió|escribio",
    "ha escrito|ha escrit|escribe|ha scritto|scritto|scrisse|scrive|escreveu|escreve|geschreven|heeft geschreven|schreef",
    "skrev|har skrevet|har skrivit|skriver",
    "kirjoitti|kirjoittaa|napisał|napisała|napisał(a)|napisal(a)|napisał/a|pisze|napsal|napsala|napsal(a)|píše",
    "napísal|napísal(a)|написал",
    "написала|написал(а)|написал(a)|написали|пишет|писал|писал(а)|писав|написав|написала|написав(ла)|пише|написа",
    "έγραψε|έγραψαν|γράφει|yazdı|yazmış|şunu yazdı",
    "şunları yazdı|כתב|כתבה|כתב/ה|מאת|كتب|كتبت|كَتَب|書きました|書いた|のメール|のメッセージ|写道|寫道|写到|寫到|写|작성",
    "썼습니다|쓴 글|님이 작성|đã viết|viết",
    "írta|scris|a scris",
    "escrigué|va escriure|menulis|เขียนว่า|เขียน|ने लिखा|kirjutas|rakstīja|parašė|je napisao|je napisala|је написао",
)
#: Words after which the name follows ("Op maandag schreef Anna:").
VERBS_MEDIAL: Final = words(
    "schrieb|schreef|skrev|har skrevet|heeft|hat|napsal|napsala|napsal(a)|napisał|napisała|napisał(a)|написал",
    "написала|написал(а)|писал|пишет|написав",
    "scrisse|wrote on|kirjoitti|schrieb am|wrote at|yazdı|viết|скрив|пише|escreveu|escribió|a écrit|schrieb uns|от",
    "від|from|von|de",
)
#: What may stand behind the verb before the colon.
AFTER_VERB: Final = words(
    "the following|as follows|folgendes|folgende nachricht|het volgende|het volgende geschreven",
    "het volgende bericht geschreven|følgende",
    "följande|lo siguiente|ce qui suit|le message suivant|quanto segue|o seguinte|(a)|(а)|(la)|uhr|:|seuraavaa",
    "следующее|te|了|道|함|다음과 같이",
)
#: First words of a quote header; a date follows within a few words.
INTROS: Final = words(
    "on|at|in|am|den|der|le|el|il|em|op|dne|dnia|w dniu|z dnia|w|a|na|στις|την|v|vào|lúc|vào lúc|ngày|בתאריך|ב-",
    "ביום|في|بتاريخ|le|om|på|dňa|у|в|à|il giorno|on date",
    "el día|en|no dia|pada|tanggal|pada tanggal|เมื่อ|la data de|pe|dana|em data|with date|around|data|date|datum|在",
    "于|於|u",
)
#: First words of a quote header that names nobody's date ("Quoting Anna <…>:").
QUOTING: Final = words(
    "quoting|zitat von|citando|citando a|citát|citerar|citat|quote|citation de|citeren|cytowanie|цитирую|цитата",
    "wiadomość napisana przez|missatge de",
)
#: Weekdays and months, short and long, lower-case without dots: a date without digits at its start begins with one.
DATE_WORDS: Final = words(
    "mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun|monday|tuesday|wednesday|thursday|friday|saturday|sunday",
    "jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec|january|february|march|april|june|july|august|september",
    "october|november|december",
    "mo|di|mi|do|fr|sa|so|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|januar|februar|märz|mai|juni",
    "juli|oktober|dezember|okt|dez",
    "lun|mar|mer|jeu|ven|sam|dim|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|janv|févr|avr|juil|août|déc",
    "janvier|février|mars|avril|juin",
    "juillet|septembre|octobre|novembre|décembre|lunes|martes|miércoles|jueves|viernes|sábado|domingo|mié|jue|vie",
    "sáb|dom|ene|enero|febrero",
    "abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|lunedì|martedì|mercoledì|giovedì|venerdì",
    "sabato|domenica|gio|gen|gennaio",
    "febbraio|marzo|aprile|maggio|giugno|luglio|settembre|ottobre|dicembre|seg|ter|qua|qui|sex|segunda|terça|quarta",
    "quinta|sexta|segunda-feira",
    "terça-feira|quarta-feira|quinta-feira|sexta-feira|janeiro|fevereiro|março|maio|junho|julho|setembro|outubro",
    "novembro|dezembro",
    "ma|di|wo|vr|za|zo|maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag|januari|februari|maart|mei",
    "augustus",
    "mån|tis|ons|tors|tor|fre|lör|sön|måndag|tisdag|onsdag|torsdag|fredag|lördag|söndag|man|tirs|lør|søn|mandag",
    "tir|tirsdag|lørdag|søndag|augusti",
    "ma|ti|ke|to|pe|la|su|maanantai|tiistai|keskiviikko|torstai|perjantai|lauantai|sunnuntai|maanantaina|tiistaina",
    "keskiviikkona|torstaina|perjantaina",
    "pon|wt|śr|czw|pt|sob|niedz|niedz|poniedziałek|wtorek|środa|czwartek|piątek|sobota|niedziela|po|út|st|čt|pá|ne",
    "pondělí|úterý|středa|čtvrtek|pátek|neděle",
    "пн|вт|ср|чт|пт|сб|вс|нд|понедельник|вторник|среда|среду|четверг|пятница|пятницу|суббота|воскресенье|понеділок",
    "вівторок|середа|четвер",
    "пʼятниця|п'ятниця|субота|неділя|δευ|τρί|τετ|πέμ|παρ|σάβ|κυρ|δευτέρα|τρίτη|τετάρτη|πέμπτη|παρασκευή|σάββατο",
    "κυριακή",
    "pzt|sal|çar|per|cum|cmt|paz|pazartesi|salı|çarşamba|perşembe|cuma|cumartesi|pazar|יום|الأحد|الاثنين|الإثنين",
    "الثلاثاء|الأربعاء|الخميس|الجمعة|السبت|أحد|اثنين|ثلاثاء|أربعاء|خميس|جمعة|سبت",
    "sen|sel|rab|kam|jum|sab|min|senin|selasa|rabu|kamis|jumat|sabtu|minggu|hét|hétfő|kedd|szerda|csütörtök|péntek",
    "szombat|vasárnap|thứ|th|cn|t2|t3|t4|t5|t6|t7|ngày",
)

# ── "-----Original Message-----" ───────────────────────────────────────────────────────────────────────────────────

#: Between dashes, or alone with a colon.
ORIGINAL: Final = words(
    "original|original message|original email|original mail|originalnachricht|ursprüngliche nachricht|antwort nachricht",
    "ursprüngliche mail",
    "original-nachricht|message d'origine|message original|message initial",
    "mensaje original|messaggio originale|mensagem original|oorspronkelijk bericht|origineel bericht",
    "ursprungligt meddelande|originalmeddelande|oprindelig meddelelse",
    "oprindelig besked|opprinnelig melding|opprinnelig e-post|alkuperäinen viesti|oryginalna wiadomość",
    "wiadomość oryginalna|wiadomość oryginalną|původní zpráva|původní e-mail|исходное сообщение",
    "оригинальное сообщение|первоначальное сообщение|вихідне повідомлення|оригінальне повідомлення|αρχικό μήνυμα",
    "orijinal mesaj|orijinal ileti|özgün ileti|הודעה מקורית|ההודעה המקורית",
    "الرسالة الأصلية|رسالة أصلية|元のメッセージ|オリジナルメッセージ|原始邮件|原邮件|原始郵件|原始信件|原始消息",
    "원본 메시지|원본 메일|원본메시지|thư gốc|tin nhắn gốc",
    "eredeti üzenet|mesaj original|pôvodná správa",
    "replied message|回复的原邮件|回复的邮件|reply message|original appointment|in reply to|antwort auf",
)
FORWARDED: Final = words(
    "forwarded message|forwarded mail|forwarded email|begin forwarded message|start of forwarded message",
    "forwarded by|weitergeleitete nachricht|anfang der weitergeleiteten nachricht",
    "weitergeleitete e-mail|message transféré|début du message transféré|début du message réexpédié",
    "message réexpédié|mensaje reenviado|inicio del mensaje reenviado|messaggio inoltrato",
    "inizio messaggio inoltrato",
    "mensagem encaminhada|mensagem reencaminhada|início da mensagem encaminhada|início da mensagem reencaminhada",
    "doorgestuurd bericht|begin doorgestuurd bericht|vidarebefordrat meddelande|vidarebefordrat brev",
    "vidarebefordrat mejl",
    "videresendt meddelelse|videresendt besked|start på videresendt besked|begynn videresendt melding",
    "videresendt melding|välitetty viesti|välitetty viesti alkaa|wiadomość przekazana|przekazana wiadomość",
    "treść przekazanej wiadomości",
    "początek przekazywanej wiadomości|přeposlaná zpráva|začátek přeposlané zprávy|пересылаемое сообщение",
    "пересланное сообщение|начало переадресованного сообщения|переслане повідомлення",
    "початок пересланого повідомлення",
    "προωθημένο μήνυμα|έναρξη προωθημένου μηνύματος|iletilen mesaj|yönlendirilmiş ileti|iletilmiş mesaj",
    "הודעה שהועברה|رسالة معاد توجيهها|الرسالة المعاد توجيهها|転送メッセージ|転送されたメッセージ|转发的邮件",
    "轉寄郵件|轉寄的郵件|转发邮件",
    "전달된 메시지|전달된 메일|thư được chuyển tiếp|thư chuyển tiếp|tin nhắn được chuyển tiếp|továbbított üzenet",
    "mesaj redirecționat|preposlaná správa|此邮件为转发",
)
#: A line with one of these says that the answer stands above it.
REPLY_ABOVE: Final = words(
    "in replies all text above this line|text above this line is added",
    "original message processed by david",
    "reply above this line|type your reply above|reply above the line|please reply above|write your reply above",
    "respond above this line|add your reply above|enter your reply above",
    "above this line to reply|antworten sie oberhalb dieser|oberhalb dieser zeile|antwort über dieser zeile",
    "über dieser linie antworten|répondez au-dessus de cette ligne|répondre au-dessus",
    "responda encima de esta|responder por encima de esta|escriba su respuesta por encima|rispondere sopra questa",
    "responda acima desta|escreva sua resposta acima|boven deze regel|svara ovanför|svar over denne",
    "odpowiedz powyżej|odpovězte nad|ответьте выше|このラインより上|在此线以上回复|请在此线上方回复",
)
#: The person says that the answers stand in the quote.
SEE_BELOW: Final = words(
    "see below|see inline|answers below|comments below|replies below|my comments inline|inline below|see my answers",
    "in red below|answers inline|comments inline|siehe unten|antworten unten|meine antworten",
    "voir ci-dessous|mes réponses ci-dessous|ver abajo|más abajo|vedi sotto|ver abaixo|zie hieronder|se nedan",
    "se nedenfor|ks. alla|zob. poniżej|viz níže|см. ниже|ответы ниже|aşağıda|以下の通り|见下文",
)

# ── signatures ─────────────────────────────────────────────────────────────────────────────────────────────────────

#: How a line begins that a mail program adds.
SENT_FROM: Final = words(
    "sent from my|sent from|sent via|sent with|sent using|sent by|sent on the go|sent through|from my iphone",
    "from my ipad|from my android|from my mobile|from my phone|from my samsung|envoyé depuis|envoyé de mon",
    "envoyé d'|envoyé à partir",
    "envoyé avec|envoyé par|envoyé via|gesendet von|gesendet mit|gesendet vom|gesendet aus|gesendet über",
    "gesendet via|von meinem|von unterwegs|diese nachricht wurde von|diese nachricht wurde mit|enviado desde",
    "enviado con|enviado do|enviado de|enviado a partir",
    "enviado pelo|enviado via|enviado por|enviada do|inviato da|inviato dal|inviato con|inviata da|verzonden vanaf",
    "verzonden met|verzonden van|verzonden via|verstuurd vanaf|verstuurd met|verstuurd van|skickat från",
    "skickades från|skickat med",
    "skickat via|sendt fra|sendt med|sendt via|sendt med|lähetetty|wysłane z|wysłano z|wysłane za|odesláno z",
    "odoslané z|odesláno ze|отправлено с|отправлено из|отправлено через|отправлено от|надіслано з|надіслано через",
    "відправлено з|στάλθηκε από|εστάλη από",
    "נשלח מ|נשלח באמצעות|أرسلت من|أُرسلت من|تم الإرسال من|مرسل من|từ iphone|được gửi từ|đã gửi từ|gửi từ|发自我的",
    "发自|寄自",
    "從我的|从我的|寄件自|küldve|trimis de pe|trimis din|poslano z|poslané z|telefonumdan|この携帯から",
    "get outlook for|outlook für|envoyé de outlook|download outlook|diese e-mail wurde von|cette mail a été envoyé",
    "yahoo mail:|(sent from|composed on|typed on|brought to you by|poslano s|poslano iz|poslano sa|послато са|послато с|изпратено от",
    "изпратен от|испратено од|saadetud|nosūtīts no|išsiųsta iš|siųsta iš|enviat des|enviat amb|enviat de|sent o|anfonwyd o|sendt úr",
    "sent úr|sent með|seolta ó|elküldve|مُرسل|مُرسلة|نُشر من|أرسل من|ارسال‌شده|ارسال شده|فرستاده شده|ส่งจาก|"
    "გაგზავნილია|ուղարկվել է|ផ្ញើពី|ສົ່ງຈາກ|dikirim dari|dihantar dari|dikirim dengan|ipinadala mula|imetumwa kutoka|"
    "gestuur vanaf|dërguar nga|göndərilib",
    "secured with|secured by|verschickt mit|verschickt von|geschickt von|geschrieben mit|"
    "mit freundlichen grüßen gesendet|téléchargez outlook",
    "obtenez outlook|obtenir outlook|télécharger outlook|obtener outlook|obtén outlook|descargar outlook|consigue outlook|outlook per",
    "scarica outlook|ottieni outlook|obter o outlook|obter outlook|obtenha o outlook|baixar o outlook|outlook voor|"
    "download outlook|hämta outlook",
    "hent outlook|skaff deg outlook|last ned outlook|hanki outlook|pobierz outlook|pobierz program outlook|"
    "získat outlook|získajte outlook",
    "stáhnout outlook|az outlook|töltse le az outlook|descărcați outlook|obțineți outlook|nabavite outlook|"
    "prenesite outlook|preuzmite outlook",
    "установить outlook|получить outlook|скачать outlook|завантажити outlook|отримати outlook|изтеглете outlook|"
    "λήψη του outlook|outlook'u edinin",
    "enviado do meu|enviado desde mi|envoyé à l'aide|inviato dal mio|verzonden vanaf mijn|sendt fra min|"
    "skickat från min|wysłane z mojego",
)
#: How such a line ends, where the language puts the verb there.
SENT_ENDINGS: Final = words(
    "gesendet|verschickt|geschickt|gönderildi|gönderilmiştir|から送信|から送信されました|より送信",
    "から送信しています|에서 보냄|에서 보냈습니다|에서 작성됨|보냄",
    "küldve|से भेजा गया|থেকে পাঠানো|থেকে পাঠানো হয়েছে|वरून पाठवले|அனுப்பப்பட்டது|పంపబడింది|سے بھیجا گیا|göndərilib|göndərildi|жіберілді",
    "илгээв|bidalia|bidalita|发送|傳送|传送|寄出|送出|from mobile|from my mobile|from phone",
    "από το iphone μου|מהאייפון שלי|kaukauna",
)
#: Words that excuse a short mail behind such a line.
EXCUSES: Final = words(
    "encrypted email|secure email|excuse|typo|typos|typoze|brevity|sorry|pardon|autocorrect|errors|spelling|terse",
    "entschuld|kürze|tippfehler",
    "rechtschreib|excus|brièveté|fautes|disculp|breve|brevedad|scus|errori|desculp|excuseer|kort|ursäkta|undskyld",
    "unnskyld",
    "przepraszam|omluv|извин|вибач",
)
#: Lines that a scanner or a service puts under a mail.
ADDED: Final = words(
    "virus-free|virenfrei|libre de virus|sans virus|privo di virus|livre de vírus|virusvrij|virusfri|avast.com",
    "avg.com|scanned by|checked for viruses|has been scanned for|auf viren geprüft|wurde auf viren",
    "cet email a été vérifié|l'absence de virus|este email foi escaneado|ha sido analizado|is gecontroleerd",
    "yahoo mail for iphone|search, organize, conquer|arrange, search, organize|yahoo mail: search|yahoo mail -",
)
#: First words of what a list, a forum or a lawyer puts under a mail: nothing of the person's follows.
FOOTERS: Final = words(
    "you received this message because|you are receiving this|you're receiving this|to unsubscribe from",
    "to view this discussion|to post to this group|unsubscribe:|mailing list|reply to this email directly",
    "view it on github|visit topic",
    "this email and any|this e-mail and any|this message and any|this email message and any",
    "the information contained in|this message is intended|this e-mail is confidential|this email is confidential",
    "confidentiality notice|confidential:|important notice:|if you have received this|if you received this|if you are not the intended",
    "wenn sie nicht der|falls sie nicht der|sollten sie nicht der|si vous n'êtes pas le destinataire|"
    "si vous avez reçu ce|si no es usted el dest",
    "si usted no es el|si ha recibido este|se non siete il dest|se avete ricevuto quest|se você não é o dest|"
    "se recebeu esta|als u niet de",
    "jeżeli nie są państwo|jeśli nie jest pan|om du inte är den|hvis du ikke er",
    "diese e-mail enthält|diese nachricht enthält|diese e-mail ist vertraulich|der inhalt dieser",
    "ce message et toutes|ce message et ses|ce courriel|este mensaje|este correo|este e-mail|esta mensagem",
    "questo messaggio|questa e-mail|le informazioni contenute",
    "dit bericht|deze e-mail|de informatie in|detta meddelande|denne e-mail|denne e-post|tämä viesti|ta wiadomość",
    "niniejsza wiadomość|tato zpráva|это сообщение|bu e-posta|p please consider the environment",
    "please consider the environment|think before you print",
)

#: How a server's warning above a mail from outside begins.
WARNINGS: Final = words(
    "caution: this email originated|caution: this e-mail originated|caution: this message originated|caution: external email",
    "caution: external sender|caution:external email|this email originated from outside|this e-mail originated from outside",
    "this message originated from outside|this message came from outside|this email was sent from outside|this email came from outside",
    "warning: this email originated|warning: this message originated|attention: this email originated|notice: this email originated",
    "this message is from an |this message is from an untrusted|this email is from an |be careful with this message|"
    "this sender is outside",
    "external message warning|you don't often get email from|you don’t often get email from|some people who received this message don",
    "achtung: diese e-mail stammt|achtung: diese e-mail kommt|achtung: externe e-mail|vorsicht: externe e-mail|vorsicht: diese e-mail",
    "diese e-mail stammt von außerhalb|diese e-mail kommt von außerhalb|diese nachricht stammt von außerhalb",
    "sie erhalten nicht häufig e-mails von|sie erhalten nicht oft e-mails von|attention : ce courriel provient",
    "ce courriel provient de l'ext",
    "attention : cet e-mail provient|cet e-mail provient de l'ext|precaución: este correo|este correo electrónico se originó fuera",
    "attenzione: questa e-mail proviene|atenção: este e-mail foi enviado|let op: deze e-mail komt|obs: detta mejl kommer",
)
#: Such a warning in a word, alone in its line.
BANNERS: Final = words(
    "external|external email|external e-mail|external sender|external message|ext|extern|externe e-mail|externe mail"
)
#: How the greeting under a mail begins.
CLOSINGS: Final = words(
    "regards|best regards|kind regards|warm regards|best wishes|best|thanks|thank you|many thanks|cheers|sincerely|yours",
    "mit freundlich|freundliche grüße|viele grüße|liebe grüße|beste grüße|grüße|gruß|mfg|lg|vg|danke|vielen dank",
    "cordialement|bien cordialement|bien à vous|merci|saludos|un saludo|atentamente|gracias|cordiali saluti|saluti|grazie",
    "atenciosamente|abraço|obrigad|met vriendelijke|groet|mvh|med vänlig|hälsningar|venlig hilsen|med venlig|hilsen|vennlig",
    "ystävällisin|terveisin|pozdrawiam|z poważaniem|s pozdravem|с уважением|з повагою|με εκτίμηση|saygılarım|בברכה|مع التحية",
    "よろしく|此致|祝好|감사합니다|trân trọng",
)
