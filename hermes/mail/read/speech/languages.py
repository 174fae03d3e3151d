"""All languages, and the one index over their phrases."""

# ruff: noqa: E501 - wide characters
from __future__ import annotations

from typing import Final

from hermes.mail.read.speech import de, en, es, fr, it, nl, pl, pt
from hermes.mail.read.speech.speech import Speech

#: A further language is a module like `en` and a place here.
LANGUAGES: Final[tuple[Speech, ...]] = (
    en.SPEECH,
    de.SPEECH,
    fr.SPEECH,
    es.SPEECH,
    it.SPEECH,
    pt.SPEECH,
    nl.SPEECH,
    pl.SPEECH,
)
#: Single words of further languages, by the field that they belong to.
FURTHER: Final[dict[str, str]] = {
    "stop": "stoppa|avbryt|avbryd|stands|peruuta|keskeytä|lopeta|pysäytä|zastavit|zastav|zastavte|zrušit|"
    "zruš|prekini|ustavi|опри|"
    "спри|стоп|остановить|останови|остановите|"
    "остановись|отмена|отменить|отмени|отмените|подожди|подождите|хватит|зупинити|зупини|зупиніть|скасувати|"
    "скасуй|зачекай|σταμάτα|"
    "σταμάτησε|σταματήστε|ακύρωση|περίμενε|"
    "dur|durdur|durun|iptal|iptal et|bekle|עצור|עצרי|בטל|ביטול|חכה|توقف|قف|إلغاء|ألغ|انتظر|停止|中止|止めて|やめて|"
    "やめてください|止めてください|キャンセル|"
    "ストップ|待って|待ってください|"
    "取消|停|停下|暂停|等一下|중지|취소|정지|멈춰|멈춰주세요|기다려|dừng|dừng lại|hủy|opri|opriți|oprește|anulează|állj|leállítani|"
    "vent|vänta|odota|počkej|"
    "počkejte|berhenti|batalkan",
    "status": "tila|stav|статус|состояние|как дела|как успехи|как продвигается|готово ли|стан|κατάσταση|"
    "durum|ne durumda|bitti mi|"
    "סטטוס|מצב|الحالة|حالة|状態|ステータス|進捗|进度|"
    "状态|狀態|상태|trạng thái|stare|állapot|läge|hvordan går det|hur går det|miten menee|jak to jde|je to hotové|"
    "är det klart|"
    "er det færdig|er det ferdig|onko valmis",
    "undo": "ångra|fortryd|angre|kumoa|peru|vrátit|vrať|vraťte|отменить изменения|отмени изменения|откатить|"
    "откати|откатите|"
    "верни как было|верните как было|відкотити|відкоти|"
    "скасувати зміни|αναίρεση|geri al|בטל שינוי|تراجع|元に戻す|元に戻して|元に戻してください|戻して|撤销|撤銷|恢复|恢復|되돌리기|되돌려|되돌려주세요|"
    "실행 취소|hoàn tác|"
    "anulează modificarea|visszavonás",
    "courtesy": "tack|tack så mycket|tusen tack|bra|jättebra|snyggt|perfekt|mange tak|tusind tak|takk|"
    "tusen takk|mange takk|"
    "flott|fint|kiitos|kiitos paljon|hienoa|hyvä|"
    "děkuji|děkuju|díky|díky moc|ďakujem|vďaka|skvělé|výborně|super|hvala|hvala vam|hvala lepo|odlično|"
    "спасибо|спасибо большое|"
    "большое спасибо|отлично|супер|хорошо|класс|"
    "дякую|дуже дякую|чудово|добре|благодаря|много благодаря|ευχαριστώ|ευχαριστώ πολύ|τέλεια|teşekkürler|"
    "teşekkür ederim|"
    "çok teşekkürler|sağ ol|harika|süper|תודה|תודה רבה|"
    "מעולה|شكرا|شكرا جزيلا|شكراً|ممتاز|ありがとう|ありがとうございます|ありがとうございました|了解です|了解しました|承知しました|谢谢|謝謝|多谢|太好了|很好|好的|"
    "감사합니다|고맙습니다|좋아요|좋습니다|"
    "cảm ơn|cám ơn|mulțumesc|mulțumesc mult|mersi|köszönöm|köszi|szuper|terima kasih|aitäh|paldies|ačiū|"
    "gràcies|moltes gràcies|"
    "graciñas|eskerrik asko",
    "approve": "ja|да|так|evet|はい|是|是的|네|예|نعم|כן|ναι|ano|áno|igen|da|kyllä|joo|vâng|ya|godkänd|godkendt|"
    "godkjent|hyväksytty|"
    "schváleno|schválené|одобрено|согласен|"
    "согласна|утверждаю|погоджено|onaylandı|onaylıyorum|承認|承認します|批准|同意|승인|승인합니다|موافق|מאושר|εγκρίνεται|"
    "aprobat|jóváhagyva",
    "decline": "nej|nei|ei|ne|nie|нет|ні|hayır|いいえ|不|不是|不要|아니요|아니오|لا|לא|όχι|nem|nu|không|tidak|отклонено|"
    "відхилено|reddedildi|却下|"
    "拒绝|거절|مرفوض|avvist|avslag",
    "publish": "publicera|publicer|udgiv|publiser|julkaise|zveřejnit|zveřejni|опубликовать|опубликуй|"
    "опубликуйте|опублікувати|"
    "опублікуй|yayınla|公開|公開して|公開してください|发布|發佈|"
    "게시|배포|نشر|פרסם|δημοσίευση|publică|közzététel",
    "help": "hjälp|hjælp|hjelp|apua|ohje|nápověda|pomoc|помощь|помоги|помогите|справка|допомога|довідка|"
    "yardım|עזרה|مساعدة|ヘルプ|助けて|"
    "帮助|幫助|도움말|도움|trợ giúp|"
    "ajutor|segítség|βοήθεια|bantuan",
    "build": "bygg|byg|rakenna|sestavit|собрать|собери|зібрати|derle|ビルド|构建|빌드",
    "preview": "förhandsvisning|forhåndsvisning|forhåndsvisning|esikatselu|náhled|предпросмотр|"
    "попередній перегляд|προεπισκόπηση|"
    "önizleme|プレビュー|预览|預覽|미리보기|xem trước",
    "fillers": "snälla|tack|venligst|vær så snill|ole hyvä|prosím|molim|пожалуйста|будь ласка|παρακαλώ|"
    "lütfen|בבקשה|من فضلك|رجاء|"
    "お願いします|ください|今すぐ|请|請|麻烦|现在|제발|지금|"
    "vui lòng|làm ơn|te rog|vă rog|kérem|tolong|это|сейчас|все|все это|вам|тебе|det|den|nu|genast|"
    "med det samme|heti|hned|hemen|şimdi",
}
