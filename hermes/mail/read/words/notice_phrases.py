"""Language data: the words of the notices that servers, scanners, lawyers and companies put around a person's text, by concept.

Each concept is a list of word beginnings in many languages, lower-case, with `$` behind a whole word.
`notices` decides by which of them come together.
"""

from __future__ import annotations

from typing import Final

#: A mail comes from elsewhere.
OUTSIDE: Final = (
    "external|outside|extern|externe|außerhalb|extérieur|externo|externa|fuera de|exterior|estern|dall'esterno|fora d|buiten|ekstern|"
    "utenfor|udenfor|utanför|ulkopuol|ulkoi|zewnętrzn|spoza|extern|mimo |externí|vonkajš|külső|kívülről|zunanj|vanjsk|izvan|spolj|"
    "väli|ārēj|išorin|внешн|извне|зовнішн|ззовні|външ|извън|надворешн|спољ|εξωτερικ|εκτός|dış|kurum dış|harici|社外|外部|組織外|"
    "组织外|외부|خارج|بیرون|חיצוני|מחוץ|bên ngoài|luar|eksternal|ภายนอก|"
    "बाहर|बाहरी|din afara|din exterior|ytri|kanpo|allanol|xarici|гаднадворн"
)
#: What is written about: a mail, its sender.
MAIL: Final = (
    "e-mail|email|mail|message|sender|nachricht|absender|courriel|courrier|messaggio|mittente|correo|mensaje|remitente|mensagem|"
    "remetente|bericht|afzender|mejl|meddelande|avsändare|besked|meddelelse|afsender|epost|e-post|melding|avsender|viesti|"
    "sähköposti|lähettäjä|wiadomoś|nadawc|zpráv|odesílat|správ|odosielat|üzenet|levél|feladó|expéditeur|expeditor|mesaj|sporočil|"
    "pošiljatelj|poruk|pošiljatelj|kiri|saatja|vēstul|sūtītāj|laišk|siuntėj|письм|сообщени|отправител|лист|повідомлен|відправник|"
    "имейл|съобщен|подател|порак|испраќач|порук|пошиљалац|μήνυμα|αποστολέ|e-posta|ileti|gönder|メール|メッセージ|送信者|差出人|邮件|"
    '郵件|发件人|寄件者|寄件人|메일|메시지|발신자|보낸|رسالة|البريد|المرسل|ایمیل|پیام|فرستنده|הודעה|דוא"ל|דואר|שולח|thư|người gửi|'
    "surel|pesan|pengirim|อีเมล|ผู้ส่ง|ईमेल|संदेश|प्रेषक|missatge|correu|remitent|transmission|communication|tölvupóst|mezu|neges|məktub"
)
#: Where a mail is from.
ORIGIN: Final = (
    "originat|came from|comes from|come from|sent from|sent by|is from|received from|from an|stammt|kommt von|kam von|von einem|"
    "von außerhalb|provient|provenant|vient|envoyé|proviene|proveniente|procede|enviado|inviato|originad|origina|"
    "se envió|vem de|afkomstig|komt|"
    "verzonden|kommer|skickat|skickades|kom från|kommer fra|sendt|pochodzi|wysłan|pochází|přišl|pochádza|érkez|"
    "provine|trimis|prihaja|dolazi|"
    "tuleb|tulee|lähetetty|saadetud|saņemt|nāk|gaut|atėjo|получен|отправлен|пришл|надійшл|надіслан|отримано|получен|идва|изпратен|"
    "προέρχεται|στάλθηκε|gönderil|gelmektedir|gelmiştir|geldi|送信されました|送信されています|から|届いた|来自|來自|发送|에서|발송|ورد|مرسل|واردة|ارسال|"
    "נשלח|התקבל|đến từ|gửi từ|berasal|dikirim|มาจาก|से आया|prové|enviat"
)
#: Take care.
CARE: Final = (
    "caution|warning|warn:|attention|notice|be careful|be cautious|important|alert|beware|achtung|vorsicht|warnung|"
    "hinweis|wichtig|prudence|"
    "prudent|avertissement|avis|méfiez|precauci|atención|advertencia|aviso|cuidado|alerta|ojo|attenzione|avviso|"
    "cautela|prudenza|atenção|cuidado|"
    "let op|voorzichtig|waarschuwing|pas op|obs|varning|var försiktig|advarsel|vær forsigtig|vær oppmerksom|pas på|"
    "huom|varoitus|varo|uwaga|"
    "ostrzeżenie|ostrożn|pozor|upozorn|varovn|varován|figyelem|figyelmeztet|vigyáz|atenție|atenţie|avertisment|"
    "opozorilo|upozorenje|oprez|"
    "tähelepanu|hoiatus|ettevaatust|uzmanību|brīdinājums|dėmesio|įspėjimas|atsargiai|внимани|осторожно|предупрежд|увага|обережно|"
    "попереджен|внимавайте|προσοχή|προειδοποίηση|dikkat|uyarı|注意|警告|ご注意|当心|請注意|请注意|주의|경고|تنبيه|تحذير|احذر|هشدار|توجه|"
    "זהירות|אזהרה|שים לב|cảnh báo|chú ý|peringatan|perhatian|hati-hati|คำเตือน|ระวัง|चेतावनी|सावधान|atenció|avís|"
    "varúð|kontuz|diqqət|увага"
)
#: What is not to be opened.
LINKS: Final = (
    "link|attachment|anhang|anhäng|anlage|dateien|lien|pièce|enlace|adjunt|vínculo|allegat|collegament|anexo|bijlage|"
    "koppeling|bilag|vedlegg|"
    "länk|bifog|lenke|liite|liittei|linkkej|załącznik|příloh|odkaz|prílo|melléklet|hivatkozás|atașament|linkur|"
    "prilog|priponk|povezav|poveznic|"
    "manus|pielikum|saite|pried|nuorod|ссылк|вложен|посилан|вкладен|връзк|прикачен|σύνδεσμ|συνημμέν|bağlantı|ekler|eklent|リンク|添付|链接|"
    "連結|附件|링크|첨부|الروابط|رابط|مرفق|پیوند|لینک|קישור|קבצים|liên kết|đính kèm|tautan|lampiran|ลิงก์|ไฟล์แนบ|लिंक|अनुलग्नक|enllaç|viðheng"
)
#: A demonstrative, or the part of a mail, with which a notice speaks of the mail that it stands in.
SELF: Final = (
    r"\b(?:this|that|the (?:contents?|information)[^.]{0,30}? (?:of|in) (?:this|the)|"
    r"information contained in(?: and transmitted with)? (?:this|the)|any)\b",
    r"\b(?:diese[rsmn]?|die(?:se)? (?:in dieser|informationen)|der inhalt dieser)\b",
    r"\b(?:ce|cet|cette|le contenu de ce|les informations contenues)\b",
    r"\b(?:est[ea]|el contenido de est[ea]|la información contenida)\b",
    r"\b(?:quest[oa]|il (?:presente|contenuto)|la presente|le informazioni)\b",
    r"\b(?:esta|este|a presente|o conteúdo)\b",
    r"\b(?:dit|deze|de informatie in|de inhoud van)\b",
    r"\b(?:dett?[ae]|denn[ae]|informasjonen|informationen|indholdet)\b",
    r"\b(?:tämä|t[aeę]|niniejsz[aey]|treść|informacje|tato|tento|obsah|táto|ez az?|jelen|acest|această|to|ta|ova|ovaj|"
    r"käesolev|see|šis|šī|ši|šis)\b",
    r"(?:это|этот|эта|данн|настоящ|содержан|це[йя]?\b|цьо|дан[еи]|това|този|ова)",
    r"\b(?:αυτό|το παρόν|η παρούσα)\b",
    r"\b(?:bu|işbu)\b",
    r"本|この|此|该|이 |본 |هذ[هاي]|این|הודעה זו|דוא\"ל זה|זה|thư này|email này|surel ini|pesan ini|email ini|นี้|यह|इस",
    r"\b(?:aquest|aquesta|þess[ia])\b",
)
#: Nobody else may know it.
CONFIDENTIAL: Final = (
    "confidential|privileged|private|vertraulich|privileg|geheim|confidentiel|confidencia|reservad|riservat|"
    "confidenzial|sigilos|vertrouwelijk|"
    "konfidentiell|konfidensiell|fortrolig|sekretess|luottamuksell|poufn|tajn|důvěrn|dôvern|bizalmas|confidenți|"
    "zaupn|povjerljiv|poverljiv|konfidents|"
    "konfidenci|конфиденциальн|конфіденц|поверителн|доверлив|поверљив|εμπιστευτικ|απόρρητ|gizli|機密|秘密|保密|机密|기밀|비밀|سري|محرمان|חסוי|סודי|"
    "bí mật|bảo mật|rahasia|ความลับ|गोपनीय|trúnaðar|məxfi"
)
#: For whom it is.
FOR: Final = (
    "intended|recipient|addressee|solely for|sole use|ordinary user|empfänger|adressat|bestimmt|destinataire|"
    "destinée|destinatari|destinad|dirigid|"
    "dirett|ontvanger|bestemd|bedoeld|geadresseerde|mottagar|avsedd|modtager|mottaker|beregnet|bestemt|tiltenkt|"
    "vastaanottaja|tarkoitettu|adresat|"
    "odbiorc|przeznaczon|příjemc|adresát|určen|címzett|destinat|naslovnik|primatelj|namijenjen|namenjen|adressaat|"
    "saajale|mõeldud|adresāt|paredzēt|"
    "adresat|skirt|получател|адресат|предназначен|одержувач|призначен|предназначен|παραλήπτ|αποδέκτ|προορίζ|alıcı|muhatab|kişi|宛先|受信者|名宛|"
    "收件人|收件者|接收|수신|수취|المرسل إليه|المستلم|گیرنده|נמען|מיועד|người nhận|penerima|ผู้รับ|प्राप्तकर्ता|viðtakanda|hartzaile"
)
#: What somebody who gets it by mistake is asked to do.
DESTROY: Final = (
    "delete|destroy|notify the sender|inform the sender|in error|by mistake|löschen|vernicht|benachrichtig|"
    "irrtümlich|supprim|détrui|par erreur|"
    "borre|elimín|elimine|por error|cancell|distrug|per errore|apague|por engano|por erro|verwijder|vernietig|"
    "abusievelijk|radera|förstör|av misstag|slet|"
    "ved en fejl|ved en feil|slett|poista|vahingossa|erehdyksessä|usunąć|zniszcz|omyłk|smaž|omyl|vymaž|töröl|tévedés|"
    "șterge|eroare|izbriš|pomot|greškom|"
    "kustuta|ekslikult|dzēs|kļūdas|ištrin|per klaidą|удалит|уничтож|ошибочно|по ошибке|видал|помилков|изтри|грешка|"
    "διαγρά|λάθος|silin|siliniz|yanlışlıkla|"
    "削除|誤って|删除|刪除|误收|삭제|잘못|حذف|بالخطأ|اشتباه|מחק|בטעות|xóa|nhầm|hapus|kesalahan|ลบ|ผิดพลาด"
)
#: What is forbidden with it.
FORBIDDEN: Final = (
    "prohibited|unauthorised|unauthorized|disclos|distribut|unlawful|verboten|unbefugt|weitergabe|nicht gestattet|"
    "interdit|strictement|divulg|prohib|no autorizad|"
    "vietat|proibid|não autorizad|verboden|niet toegestaan|förbjud|obehörig|forbud|ikke tilladt|ulovlig|kielletty|"
    "zabronion|rozpowszechn|zakázán|"
    "neoprávněn|zakázané|tilos|interzis|prepovedan|zabranjen|keelatud|aizliegt|draudžiama|запрещ|заборон|забранен|"
    "απαγορεύεται|yasaktır|禁じ|禁止|"
    "금지|محظور|ممنوع|אסור|cấm|dilarang|ห้าม|binding|liab|haftung|responsab|aansprakelijk"
)
#: A scanner has seen it.
SCANNED: Final = (
    "virus|viren|malware|antivir|スキャン|ウイルス|病毒|바이러스|вирус|вірус|ιού|فيروس|ویروس|וירוס|ไวรัส|विषाणु|avast|avg$|norton|kaspersky|"
    "mcafee|sophos|eset$|bitdefender|mailscanner|mimecast|barracuda|messagelabs|symantec|trend micro|f-secure|nod32|"
    "hornetsecurity|clamav|dr.web"
)
#: The paper that it is printed on.
PAPER: Final = (
    "environment|think before|umwelt|ausdruck|imprimer|impression|environnement|medio ambiente|imprimir|ambiente|"
    "stampare|meio ambiente|milieu|afdrukt|"
    "miljö|miljø|ympäristö|środowisk|životní prostředí|környezet|mediul|okolje|okoliš|окружающ|довкілля|περιβάλλον|çevre|環境|环境|환경"
)
#: What the law makes a company write under its mails.
COMPANY: Final = (
    "registered in|registered office|registered at|registered company|registered with|registered no|company no|"
    "company number|company reg|reg no|"
    "reg. no|registration no|registration number|hrb$|hra$|handelsregister|amtsgericht|registergericht|"
    "sitz der gesellschaft|geschäftsführ|vorstand|"
    "aufsichtsrat|ust-id|ustid|ust$|steuernummer|vat$|siret$|siren$|rcs$|au capital|siège social|registro mercantil|"
    "domicilio social|cif$|nif$|cnpj$|"
    "capital social|sede legale|sede social|p.iva|p. iva|partita iva|cod. fisc|codice fiscale|kvk$|btw$|org.nr|"
    "org. nr|orgnr|orgnummer|org.nummer|cvr$|"
    "y-tunnus|krs$|regon$|nip$|kapitał zakładow|ič$|ičo$|dič$|cégjegyzék|adószám|cui$|oib$|огрн$|инн$|кпп$|єдрпоу|"
    "αφμ|α.φ.μ|ticaret sicil|mersis|abn$|acn$|"
    "法人番号|统一社会信用"
)
#: What a person writes who asks for something: such a paragraph is no notice, whatever it speaks of.
ASKING: Final = (
    r"(?:please|pls|kindly|can you|could you|would you|bitte|kannst du|können sie|könnten|könntest|merci de|"
    r"s'il vous pla|s'il te pla|pouvez|pourriez|por favor|puedes|"
    r"podría|per favore|potete|puoi|potresti|pode |poderia|gostaria|alstublieft|graag|kun je|kunt u|zou je|proszę|"
    r"prosimy|czy możesz|čia|prosím|"
    r"пожалуйста|будь ласка|i (?:want|need|would)|we (?:want|need|would)|ich (?:möchte|brauche|will)|wir (?:möchten|brauchen))"
)
