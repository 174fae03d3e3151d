"""Language data: words by which people and their mail programs say the same things in other languages."""

from __future__ import annotations

from typing import Final


def words(*lines: str) -> frozenset[str]:
    """The words of lines in which `|` stands between them."""
    return frozenset(word for line in lines for word in line.split("|"))


# ── control words (alone in the newest text; casefolded) ───────────────────────────────────────────────────────────

STOP: Final = words(
    "stop|cancel|abort|halt|please stop|stop please|stop it|stop this|stop that|stop now|cancel it|cancel this|cancel that|please cancel",
    "stopp|stoppe|stoppen|bitte stoppen|stop bitte|bitte stop|abbrechen|abbruch|bitte abbrechen|anhalten|halt an",
    "arrête|arrêter|arrêtez|annuler|annule|annulez|para|parar|detener|detente|cancelar|cancela|pare|ferma|fermati|fermare|annulla",
    "annullare|stoppa|avbryt|avbryd|stands|annuleren|annuleer|peruuta|keskeytä|lopeta|przerwij|zatrzymaj|anuluj|zastavit|zastav|zrušit",
    "стоп|остановить|останови|отмена|отменить|зупинити|зупини|скасувати|σταμάτα|σταμάτησε|ακύρωση|dur|durdur|iptal|עצור|בטל|ביטול",
    "توقف|قف|إلغاء|停止|中止|やめて|キャンセル|ストップ|取消|停|停下|중지|취소|정지|dừng|dừng lại|hủy",
)
STATUS: Final = words(
    "status|status please|status?|stand|zwischenstand|statut|état|estado|stato|tila|stan|stav|статус|състояние|κατάσταση|durum|סטטוס|מצב",
    "الحالة|حالة|状態|ステータス|状态|狀態|상태|trạng thái",
)
UNDO: Final = words(
    "undo|undo it|undo that|undo this|undo please|please undo|revert|rückgängig|rückgängig machen|mach es rückgängig|zurücknehmen",
    "deshacer|deshaz|desfazer|desfaz|défaire|rétablir|annulla modifica|ongedaan maken|ångra|fortryd|angre|kumoa|cofnij|vrátit",
    "отменить изменения|откатить|відкотити|αναίρεση|geri al|元に戻す|撤销|撤銷|되돌리기|실행 취소|hoàn tác",
)
BUILD: Final = words("build|bauen|bau|build it|build please|please build|bitte bauen|rebuild")
COMMIT: Final = words("commit|commit it|commit please|please commit|committen|bitte committen")
PUSH: Final = words("push|push it|push please|please push|pushen|bitte pushen")
PREVIEW: Final = words(
    "preview|preview please|please preview|vorschau|bitte vorschau|vorschau bitte|aperçu|prévisualiser|vista previa|previsualizar",
    "anteprima|pré-visualização|visualizar|voorbeeld|förhandsvisning|forhåndsvisning|esikatselu|podgląd|náhled|предпросмотр",
    "попередній перегляд|προεπισκόπηση|önizleme|プレビュー|预览|預覽|미리보기|xem trước",
)
