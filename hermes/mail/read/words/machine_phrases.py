"""Language data: how the subjects and texts of automatic mail begin in many languages."""

from __future__ import annotations

import re
from typing import Final

from hermes.mail.read.words.phrases import words

# ── machine mail ───────────────────────────────────────────────────────────────────────────────────────────────────

_ALL_AUTOMATIC: Final = words(
    "out of office|out of the office|out-of-office|ooo|automatic reply|automatic response|automated reply",
    "automated response",
    "autoreply|auto-reply|auto reply|auto response|auto-response|autoresponse|vacation|on vacation",
    "away from my mail|away",
    "i am out of the office|i am currently out|i'm out of the office|abwesenheitsnotiz|abwesenheit",
    "automatische antwort",
    "automatische rückmeldung|automatische empfangsbestätigung|réponse automatique|absence du bureau|absence",
    "respuesta automática",
    "respuesta automatica|fuera de la oficina|risposta automatica|risposta automatica fuori ufficio|fuori sede",
    "fuori ufficio",
    "resposta automática|ausência temporária|fora do escritório|automatisch antwoord|automatische beantwoording",
    "afwezigheidsbericht",
    "afwezig|autosvar|automatiskt svar|automatisk svar|automatisk besked|frånvaro|frånvarande|fravær|fraværsmelding",
    "automaattinen vastaus|poissaolo|poissaoloviesti|automatyczna odpowiedź|odpowiedź automatyczna|nieobecność",
    "poza biurem",
    "automatická odpověď|mimo kancelář|nepřítomnost|автоответ|автоматический ответ|вне офиса|отсутствие",
    "автоматична відповідь",
    "αυτόματη απάντηση|εκτός γραφείου|otomatik yanıt|otomatik cevap|ofis dışında|תשובה אוטומטית|מענה אוטומטי",
    "رد تلقائي",
    "الرد التلقائي|自動返信|自動応答|不在通知|不在のお知らせ|自动回复|自動回覆|自動回復|자동 회신|자동 응답|부재중",
    "trả lời tự động|vắng mặt|automatikus válasz|răspuns automat|read:|gelesen:|lu :|lu:|leído:|letto:|lida:",
    "gelezen:|läst:|lest:",
)
#: How the subject of a delivery report begins.
UNDELIVERED: Final = words(
    "undeliverable|undelivered|undelivered mail|undeliverable mail|undeliverable message",
    "delivery status notification",
    "delivery failure|delivery failed|delivery has failed|delivery report|delivery notification|delivery problem",
    "delivery error",
    "delivery delayed|delivery unsuccessful|delivery subsystem|returned mail|returned to sender|return to sender",
    "mail returned",
    "mail delivery failed|mail delivery failure|mail delivery problem|mail delivery system|mail delivery error",
    "mail could not be",
    "mail failure|mail not delivered|mail system error|mail error|mail status report|mailer-daemon|failure notice",
    "failure delivery",
    "failed mail|failed delivery|message not delivered|message delivery failure|message undeliverable",
    "message status|nondeliverable",
    "non-delivery|non delivery|could not be delivered|could not send|unable to deliver|user unknown|no such user",
    "bounce",
    "warning: could not send|warning: message|problem with message|problems delivering|your message could not",
    "your mail could not",
    "message delivery has failed|email delivery failure|the email could not|there was an error sending",
    "permanent delivery failure",
    "sorry, your mail|rejected:|rejected mail|notification of delivery|notification: |unzustellbar|nicht zugestellt",
    "nachricht nicht zugestellt|zustellung fehlgeschlagen|zustellungsproblem|rücksendung|échec de la remise",
    "échec de distribution",
    "non remis|non distribué|message non remis|no se puede entregar|no entregado|error en la entrega|correo devuelto",
    "mancato recapito|messaggio non recapitato|non recapitabile|não entregue|falha na entrega|niet bezorgd",
    "onbestelbaar",
    "kunde inte levereras|olevererbart|ikke leveret|ikke levert|nie dostarczono|niedostarczone|nedoručitelné",
    "недоставлено",
    "не доставлено|недоставленное|не удалось доставить|οποίο δεν παραδόθηκε|teslim edilemedi|לא נמסר|لم يتم التسليم",
    "配信不能|配信失敗|未配信|エラーメール|退信|系统退信|无法送达|無法傳遞|未送達|전송 실패|반송|배달 실패",
    "không gửi được",
)

#: Outlook's and Gmail's automatic answers in further languages.
_MORE_AUTOMATIC: Final = words(
    "samodejni odgovor|samodejni odziv|automatski odgovor|аутоматски одговор|автоматски одговор|automaatvastus|"
    "automaatne vastus|automātiskā atbilde",
    "automātiska atbilde|automatinis atsakymas|automatinis atsakas|resposta automàtica|erantzun automatikoa|"
    "resposta automática|sjálfvirkt svar",
    "автоматичен отговор|автоматизиран отговор|автоматты жауап|аўтаматычны адказ|avtomatik cavab|ავტომატური პასუხი|"
    "ինքնաբերաբար պատասխան|ավտոմատ պատասխան",
    "automatická odpoveď|automatické odpovědi|automatikus válasz|răspuns automat|پاسخ خودکار|خودکار جواب|"
    "balasan otomatis|balasan automatik|jawapan automatik",
    "ตอบกลับอัตโนมัติ|การตอบกลับอัตโนมัติ|स्वचालित उत्तर|स्वतः उत्तर|स्वचालित जवाब|स्वयंचलित उत्तर|"
    "স্বয়ংক্রিয় উত্তর|স্বয়ংক্রিয় প্রতিক্রিয়া|தானியங்கி பதில்",
    "தானியங்கு பதில்|స్వయంచాలక ప్రత్యుత్తరం|自动答复|自動答覆|自動回答|自動応答|자동 응답|자동 답장|përgjigje automatike|"
    "outomatiese antwoord|jibu la moja kwa moja",
    "jibu otomatiki|ateb awtomatig|uathfhreagra|freagra uathoibríoch|awtomatikong tugon|автомат хариу|"
    "automaatantwoord|automatisch bericht|automatické oznámení",
    "réponse automatisée|réponse auto|risposta automatizzata|resposta automatizada|automatyczna odp|autoantwort|"
    "automatische mitteilung|automatische nachricht",
)
AUTOMATIC: Final = _ALL_AUTOMATIC | _MORE_AUTOMATIC
"""How the subject of an automatic answer begins."""

_SELF: Final = re.compile(
    r"auto|av?tomat|автомат|аўтамат|αυτόματ|otomat|uath|awtomat|自动|自動|자동|تلقائي|خودکار|אוטומט|trả lời tự động|"
    r"อัตโนมัติ|स्व|স্বয়ং|தானியங|స్వయం|ავტომატ|ավտոմատ|sjálfvirk|read:|gelesen:|lu\s?:|leído:|letto:|lida:|gelezen:|läst:|lest:"
)
WEAK: Final = frozenset(one for one in AUTOMATIC if not _SELF.search(one))
"""Those of them that people write too, about their holidays or about a page on them."""
#: Automatic in a language that no table knows: it says so among its first words, and the subject that it answers follows.
UNKNOWN_AUTOMATIC: Final = re.compile(
    r"(?:[^\s:：]{1,24}\s){0,3}?[^\s:：]{0,12}(?:automat|autom[aà]t|автомат|αυτόματ|otomat|avtomat|awtomat|自动|自動|자동|"
    r"تلقائي|خودکار|אוטומטי)[^\s:：]{0,12}(?:\s[^\s:：]{1,24}){0,3}\s?[:：]\s?(?:re|aw|sv|antw|odp|vs|ynt|отв|ответ|res|r)\b"
)
ABSENT: Final = re.compile(
    r"\b(?:i am|i'm|i will be|i'll be|we are)\s(?:currently |now |also )?(?:out of|away|on (?:vacation|holiday|leave|"
    r"annual leave|parental leave)|not in the office|unavailable|travell?ing)"
    r"|\bout of (?:the )?office (?:until|from|till|and)|\bwill (?:be back|return|reply|respond|answer) (?:on|when|"
    r"after|as soon|to your)|limited access to (?:my )?e-?mail"
    r"|nicht im (?:büro|haus)|im urlaub|bin (?:ich )?(?:derzeit |zurzeit |zur zeit )?(?:nicht|abwesend|außer haus)|"
    r"in dringenden fällen|ab dem \d|wieder (?:erreichbar|im büro|für sie)"
    r"|(?:je suis|actuellement) (?:actuellement )?(?:absente?|en congé|en déplacement)|de retour le|en mon absence|"
    r"estoy (?:fuera|de vacaciones|ausente)|fuera de la oficina"
    r"|regresaré|volveré|sono (?:fuori|assente|in ferie)|rientrerò|al mio rientro|estou (?:fora|ausente|de férias)|"
    r"retornarei|regressarei|(?:ben ik|ik ben) (?:niet|afwezig|met vakantie)"
    r"|jestem (?:nieobecn|na urlopie|poza)|przebywam na|wracam|wrócę|är (?:jag )?(?:inte|på semester|borta)|"
    r"er (?:jeg )?(?:ikke|på ferie)|olen (?:poissa|lomalla)|nejsem|na dovolené"
    r"|в отпуске|отсутствую|вернусь|буду недоступ|у відпустці|відсутн|λείπω|εκτός γραφείου|izindeyim|ofiste değilim|"
    r"不在|休暇|休假|外出|부재|휴가"
)
"""What the text of a vacation notice says."""
