"""Language data: the names of mail headers as Outlook and other programs write them above a quoted mail."""

from __future__ import annotations

from typing import Final

_HEADER_WORDS: Final = {
    "from": (
        "from|von|de|da|van|från|fra|lähettäjä|od|odesílatel|от|від|από|gönderen|kimden|מאת|من|差出人|送信者|发件人",
        "寄件人|寄件者",
        "發件人|보낸 사람|보낸사람|발신|từ|người gửi",
        "expéditeur|remitente|mittente|remetente|absender|afzender|avsändare|afsender|avsender|nadawca|отправитель",
        "відправник|αποστολέας|feladó|expeditor|od koho",
        "de la|od|pošiljatelj|šalje|pošiljalac|шаље|од|від кого|no|nuo|saatja|kellelt|de|remitent|remitente|frá|از|"
        "فرستنده|จาก|ผู้ส่ง|प्रेषक|dari|pengirim|từ|nork|"
        "igorlea|oddiwrth|ó|nga|kimdən|kimnən|кімнен|ад|გამგზავნი|ვისგან|ումից|প্রেরক|থেকে|från:|van:|dërguesi|испраќач|"
        "подател|изпращач|lähettäjä:|sūtītājs|siuntėjas|"
        "mula sa|kutoka kwa|از طرف|منجانب|அனுப்புநர்|పంపినవారు|مرسل",
    ),
    "to": (
        "to|an|à|a|para|per|aan|till|til|vastaanottaja|do|komu|кому|προς|kime|alıcı|אל|إلى|الى|宛先|收件人|收件者",
        "받는 사람",
        "받는사람|수신|đến|tới|người nhận|destinataire",
        "destinatario|destinatário|empfänger|ontvanger|mottagare|modtager|mottaker|adresat|címzett|către|pro",
        "za|prima|kome|primalac|prejemnik|do|до|кому|получател|kam|adresāts|gavėjas|kellele|saaja|per a|til|به|گیرنده|"
        "ถึง|ผู้รับ|प्रति|प्राप्तकर्ता|kepada|ke|penerima|nori|"
        "hartzailea|at|chuig|për|kimə|кімге|каму|მიმღები|ვის|ում|প্রাপক|প্রতি|до|за|прима|para:|destinatari|para|kwa|"
        "بنام|பெறுநர்|vastaanottaja:|către:",
    ),
    "cc": (
        "cc|cc à|kopie|copie|copie à|kopi|kopia|kopio|kopie (cc)|dw|копия|копія|κοιν|bilgi|עותק|نسخة|抄送|副本|참조",
        "bcc",
        "ccn|cco|tilføjet",
        "v vednost|kópia|másolat|za znanje|afrit|mài|رونوشت|สำเนา|प्रतिलिपि|tembusan|salinan|kopija|koopia|amb còpia|"
        "копие|копија|ანალ|cc:",
    ),
    "date": (
        "date|sent|sent at|gesendet|datum|gesendet am|envoyé|envoyé le|date d'envoi|enviado|enviado el|enviado em",
        "enviada em|enviada|fecha|data|inviato|verzonden|skickat|datum|sendt",
        "dato|lähetetty|päivämäärä|pvm|wysłano|wysłane|odesláno|дата|отправлено|надіслано|ημερομηνία|στάλθηκε|tarih",
        "gönderme tarihi|gönderilme tarihi|gönderildi|תאריך|נשלח|תאריך שליחה",
        "التاريخ|تاريخ|تم الإرسال|أرسلت|送信日時|日時|日付|发送时间|日期|寄件日期|傳送時間|寄送日期|时间|時間",
        "보낸 날짜|날짜|보낸날짜|ngày|ngày gửi|đã gửi",
        "gửi|küldve|trimis",
        "trimis|data|elküldve|poslano|dátum|odoslané|odoslaný|изпратено|испратено|послато|датум|nosūtīts|datums|išsiųsta|"
        "siųsta|data:|saadetud|kuupäev|enviat|sent|sent:|"
        "dagsetning|ارسال شده|ارسال‌شده|تاریخ|ส่ง|ส่งเมื่อ|วันที่|भेजा गया|भेजी गई|दिनांक|तारीख|dikirim|dihantar|"
        "terkirim|tarikh|tanggal|bidalia|bidalita|data|anfonwyd|dyddiad|"
        "seolta|dáta|dërguar|göndərilib|tarix|жіберілді|күні|адпраўлена|дата|გაგზავნილია|თარიღი|ուղարկվել է|ամսաթիվ|"
        "পাঠানো|তারিখ|ipinadala|petsa|imetumwa|tarehe|بھیجا گیا",
    ),
    "subject": (
        "subject|betreff|objet|asunto|oggetto|assunto|onderwerp|ämne|emne|aihe|temat|předmět|predmet|тема|θέμα|konu",
        "נושא|הנדון|الموضوع|件名|主题|主旨|主題|제목|chủ đề|tiêu đề|tárgy|subiect|re",
        "subiect|zadeva|naslov|tárgy|predmet|относно|предмет|наслов|tēma|temats|tema|dalykas|teema|assumpte|assunto|efni|"
        "موضوع|เรื่อง|หัวเรื่อง|विषय|perihal|subjek|subyek|"
        "gaia|pwnc|ábhar|tema|subjekti|mövzu|тақырып|тэма|თემა|თემატიკა|թեմա|বিষয়|paksa|mada|عنوان|பொருள்|విషయం|onderwerp:",
    ),
    "other": (
        "reply-to|reply to|antwort an|répondre à|responder a|rispondi a|risposta|antwoord aan|svara till|importance",
        "priority|wichtigkeit|priorität|importancia|importanza|attachments",
        "anlagen|pièces jointes|datos adjuntos|allegati|bijlagen|bilagor|organization|message-id|sent by",
        "gesendet von|sensitivity|resent-from|mailed-by|list|category|附件|첨부",
    ),
}
HEADER_KINDS: Final[dict[str, str]] = {
    word.casefold(): kind for kind, lines in _HEADER_WORDS.items() for line in lines for word in line.split("|")
}
