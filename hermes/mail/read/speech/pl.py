"""Polish."""

from __future__ import annotations

from typing import Final

from hermes.mail.read.speech.speech import Speech

SPEECH: Final = Speech(
    code="pl",
    stop="stop|stój|zatrzymaj|zatrzymaj się|zatrzymaj to|zatrzymać|zatrzymajcie|proszę zatrzymać|przerwij|przerwij to|przerwać|"
    "przerwijcie|anuluj|anuluj to|anulować|anulujcie|wstrzymaj|wstrzymaj się|wstrzymać|wstrzymajcie|poczekaj|poczekać|"
    "poczekajcie|zaczekaj|zaczekajcie|czekaj|chwileczkę|chwilkę|chwila|moment|momencik|nieważne|zapomnij|zapomnij o tym|"
    "zostaw|zostaw to|zostawcie|daj spokój|nie rób tego|nie róbcie tego|nie kontynuuj|przestań|przestańcie|dość|pauza|"
    "jednak nie|lepiej nie|odwołuję|nic nie rób|nic nie róbcie|nie teraz|jeszcze nie|zignoruj|zignoruj to|proszę zignorować|"
    "zignoruj moją wiadomość|zostaw jak jest|zostaw tak jak jest|wstrzymaj wszystko|zatrzymaj wszystko|proszę przestać|"
    "proszę przerwać",
    status="status|stan|jaki jest status|jaki jest stan|jak daleko jesteś|na jakim etapie|na jakim etapie jesteś|"
    "na jakim etapie jesteśmy|jak idzie|jak ci idzie|jak tam|co słychać|jakieś wieści|są jakieś wieści|coś nowego|"
    "jest coś nowego|postęp|postępy|jakie postępy|jaki postęp|gotowe|czy gotowe|czy to gotowe|czy jest gotowe|"
    "czy już gotowe|już gotowe|czy skończone|czy to skończone|skończyłeś|czy skończyłeś|czy już skończyłeś|"
    "kiedy będzie gotowe|kiedy to będzie gotowe|kiedy skończysz|kiedy koniec|ile to potrwa|jak długo to potrwa|"
    "jak długo jeszcze|ile jeszcze|co robisz|co teraz robisz|nad czym pracujesz|czy jeszcze pracujesz|czy nadal pracujesz|"
    "co się dzieje|co jest robione|czy to już gotowe|czy już to gotowe|czy to już zrobione|czy to zrobione|już zrobione|"
    "gotowe już|na kiedy|na kiedy będzie|kiedy to będzie|czy są postępy|jak postępy|czy już zacząłeś|czy zaczęliście|"
    "ile jeszcze to potrwa|jak to wygląda|jak sprawy",
    undo="cofnij|cofnij to|cofnąć|cofnijcie|proszę cofnąć|przywróć|przywróć to|przywrócić|przywróćcie|proszę przywrócić|wycofaj|"
    "wycofaj to|wycofać|odwróć|odwróć to|przywróć poprzednią wersję|poprzednia wersja|poprzednią wersję|jak było|"
    "tak jak było|jak było wcześniej|wróć do poprzedniej wersji|wróć do poprzedniego stanu|undo|cofnij zmianę|cofnij zmiany|"
    "cofnij tę zmianę|proszę cofnąć zmiany|przywróć jak było|przywróć tak jak było|zrób jak było|niech będzie jak było|"
    "jak poprzednio|tak jak poprzednio|wróć do starej wersji|stara wersja|starą wersję|przywróć starą wersję|anuluj zmianę|"
    "anuluj zmiany|wycofaj zmianę|wycofaj zmiany",
    courtesy="dziękuję|dziękuje|dzięki|dziękujemy|bardzo dziękuję|dziękuję bardzo|dziękuję serdecznie|serdecznie dziękuję|"
    "wielkie dzięki|dzięki wielkie|stokrotne dzięki|dzięki bardzo|super|świetnie|świetne|doskonale|idealnie|perfekcyjnie|"
    "wspaniale|wspaniałe|znakomicie|rewelacja|rewelacyjnie|fantastycznie|dobrze|bardzo dobrze|dobra robota|świetna robota|"
    "dobra praca|świetna praca|ładnie|bardzo ładnie|pięknie|ładne|wygląda dobrze|wygląda świetnie|wygląda super|"
    "wygląda ładnie|podoba mi się|bardzo mi się podoba|zrozumiałem|zrozumiałam|rozumiem|otrzymałem|otrzymałam|przyjąłem|"
    "przyjęte|zanotowane|w porządku|wszystko w porządku|ok|okay|okej|dobra|działa|już działa|wszystko działa|miłego dnia|"
    "miłego wieczoru|miłego weekendu|do zobaczenia|do usłyszenia|do jutra|na razie|nie ma za co|nie ma sprawy|"
    "nie ma problemu|dokładnie tego chciałem|dokładnie tego chciałam|brawo|wow|ekstra|bomba|cudownie|cudo|jest super|"
    "jest dobrze|jestem zadowolony|jestem zadowolona|dziękuję wszystkim|dzięki wszystkim|jeszcze raz dziękuję|"
    "jeszcze raz dzięki|dziękuję za wszystko|dzięki za wszystko|dziękuję za pomoc|dzięki za pomoc|dziękuję za odpowiedź|"
    "dzięki za informację|dziękuję za informację|o to chodziło|właśnie o to chodziło|dokładnie o to chodziło|jest idealnie|"
    "jest świetnie|jest pięknie|jest ok|jest w porządku|tak jest dobrze|tak jest idealnie|prześlicznie|przepięknie|ślicznie|"
    "wygląda pięknie|wygląda idealnie|bardzo ładne|podoba nam się|cieszę się|bardzo się cieszę|miło|bardzo miło|pozdrawiam|"
    "pozdrowienia|dobranoc|wesołych świąt",
    approve="tak|oczywiście|jasne|pewnie|zatwierdzam|zatwierdzone|zatwierdzono|akceptuję|zaakceptowane|akceptacja|zgadzam się|zgoda|"
    "potwierdzam|potwierdzone|kontynuuj|proszę kontynuować|proszę bardzo|śmiało|zgadza się|prawidłowo|poprawnie|dokładnie|"
    "dokładnie tak|tak proszę|zielone światło|wyrażam zgodę|tak śmiało|tak proszę bardzo|tak zgadzam się|tak zróbcie|"
    "tak zrób|tak może być|może być|tak jest w porządku|proszę działać|działaj|działajcie",
    decline="nie|nie dziękuję|nie dzięki|odrzucam|odrzucone|odrzucono|nie zatwierdzam|nie akceptuję|nie zgadzam się|"
    "nie wyrażam zgody|nie tak|absolutnie nie|w żadnym wypadku|odmawiam|brak zgody|nie jeszcze nie|nie w ten sposób|"
    "zdecydowanie nie|na pewno nie|nie zgadzam się na to",
    publish="opublikuj|opublikuj to|opublikować|opublikujcie|proszę opublikować|publikuj|publikować|publikujemy|wdróż|wdróż to|"
    "wdrożyć|wdrażamy|wypuść|wypuść to|puść na produkcję|na produkcję|wrzuć na produkcję|udostępnij online|uruchom na żywo|"
    "opublikuj stronę|można publikować|można opublikować|możesz opublikować|możecie opublikować|proszę publikować|"
    "opublikuj teraz|opublikuj zmiany|wrzuć na stronę|puść na żywo",
    help="pomoc|pomocy|pomóż|pomóż mi|pomóżcie|jak to działa|co potrafisz|co możesz zrobić|co mogę napisać|co mogę zrobić|"
    "jakie są polecenia|polecenia|komendy|instrukcja|"
    "jak tego używać|jak z tego korzystać",
    build="zbuduj|zbudować|zbuduj to|buduj|build|zbuduj stronę|uruchom build|przebuduj",
    commit="commit|zacommituj|zrób commit|commituj",
    push="push|wypchnij|zrób push|pushuj|wypchnij zmiany",
    preview="podgląd|pokaż podgląd|pokaż mi podgląd|wyślij podgląd|wyślij mi podgląd|proszę o podgląd|link do podglądu|"
    "podgląd strony|poproszę podgląd",
    fillers="proszę|poproszę|teraz|natychmiast|od razu|zaraz|już|jeszcze|tylko|też|także|i|a|ale|więc|no|oj|ach|och|bardzo|wszystko|"
    "wszystkim|wszyscy|to|ten|ta|te|tę|tą|tego|tym|jest|są|ja|ty|pan|pani|państwo|my|wy|mi|mnie|ci|tobie|nam|nas|wam|się|"
    "mój|moja|twój|twoja|twoje|za|z|ze|na|w|we|do|od|dla|o|po|czy możesz|możesz|czy może pan|czy może pani|może pan|"
    "może pani|czy mógłbyś|czy mogłabyś|mógłbyś|mogłabyś|chcę|chciałbym|chciałabym|praca|pracę|pracy|zadanie|zadania|"
    "polecenie|prośba|wiadomość|mail|maila|e-mail|proces|pomoc|trud|szybką|szybko|szybka|odpowiedź|przepraszam|sorry|wybacz|"
    "dziś|dzisiaj|jeśli możliwe|zespół|zespole|raz|jednak|tutaj|tu|tam|robić|całemu zespołowi|za wszystko|za pomoc|"
    "za szybką pomoc|za szybkość|na razie|na teraz|tak|naprawdę|jeszcze raz|serdecznie|całego zespołu",
    taken_back="zmiana|zmiany|zmianę|zmian|ostatnia zmiana|ostatnią zmianę|ostatnie zmiany|ostatnich zmian|ostatniej zmiany|"
    "modyfikacja|modyfikacje|modyfikację|"
    "ostatnią modyfikację|ostatnie|ostatnią|ostatni|to co zrobiłeś|co zrobiłeś|ostatni krok|ostatnie polecenie|ostatnią prośbę|"
    "edycję|ostatnią edycję|ostatni commit",
    excuses="pomyliłem się|pomyliłam się|mój błąd|to był błąd|to błąd|to pomyłka|to była pomyłka|przez pomyłkę|omyłkowo|"
    "zmieniłem zdanie|zmieniłam zdanie|zła strona|nie ta strona|zły plik|nie o to mi chodziło|nie o to chodziło|to nie to|"
    "już niepotrzebne|już nie potrzeba|nie jest już potrzebne|nie potrzebuję już tego|muszę się zastanowić|"
    "muszę coś sprawdzić|nie podoba mi się|to mi się nie podoba|coś jest nie tak|to jest źle|źle|nie tego chciałem|"
    "nie tego chciałam|pomyliłem stronę|pomyliłam stronę|pomyliłem strony|pomyliłam strony|to nie ta strona|"
    "to była zła strona|pomyliłem plik|pomyliłam plik|pomyliłem adres|pomyliłam adres|wysłane przez pomyłkę|"
    "wysłałem przez pomyłkę|wysłałam przez pomyłkę|to nie było do was|muszę najpierw zapytać|muszę zapytać|pomyłka|błąd",
    subjects="klient|klientka|klienci|klientowi|klientce|klientom|szef|szefowa|szefowi|to|ten|ta|te|tego|on|ona|oni|my|ja|mój|"
    "moja|nasz|nasza|naszemu|naszej|nasi|ich|jego|jej|wszyscy|wszystkim|nikt|nikomu|nie|jest|wygląda|mi|nam|jemu|"
    "jednak",
    blames="nienawidzi|nienawidzą|nie znosi|nie znoszą|nie lubi|nie lubią|nie podoba się|się nie podoba|nie podobało się|"
    "się nie podobało|nie spodobało się|narzeka|narzekają|narzekał|narzekała|skarży się|poskarżył się|poskarżyła się|"
    "niezadowolony|niezadowolona|niezadowoleni|nie jest zadowolony|nie jest zadowolona|zły|wściekły|wściekła|"
    "odrzucił|odrzuciła|jest przeciw|brzydko|brzydki|brzydkie|okropnie|okropne|strasznie|straszne|fatalnie|źle|"
    "gorzej|błędne|zepsute|dziwnie|nieczytelne|nie działa|było lepiej|było lepsze|zmienił zdanie|zmieniła zdanie|"
    "zmienili zdanie|zmieniłem zdanie|zmieniłam zdanie|woli poprzednie|wolał poprzednie|chce poprzednie|chce stare",
    wishes="powinno|powinien|powinna|musi|muszą|zamiast|raczej|proszę|możesz|można|trzeba|potrzebuje|zrób|zmień|ale|lecz",
    apologies="przepraszam|bardzo przepraszam|sorry|sorki|wybacz|wybaczcie|ups|najmocniej przepraszam",
    greetings="cześć|hej|witam|witaj|witajcie|dzień dobry|dobry wieczór|szanowny|szanowna|szanowni|drogi|droga|drodzy|"
    "szanowny panie|szanowna pani|szanowni państwo|siema|hejka",
    questions="kto|kogo|komu|czyj|czyja|co|czego|czemu|jaki|jaka|jakie|jaką|który|która|które|gdzie|dokąd|skąd|kiedy|dlaczego|jak|"
    "ile|ilu|czy|od kiedy|do kiedy|na czym|"
    "w czym|o czym|z czego|do czego|po co|w której|na której|w jakim|zrobiłeś|zmieniłeś|zrobiono|zmieniono|mogę|powinienem|"
    "powinnam|muszę",
    requests="czy możesz|czy mógłbyś|czy mogłabyś|czy może pan|czy może pani|czy mógłby pan|czy mogłaby pani|czy możecie|"
    "czy moglibyście|możesz|mógłbyś|mogłabyś|może pan|"
    "może pani|możecie|czy możemy|czy moglibyśmy|czy można|czy można by|czy da się|czy dałoby się|czy byłoby możliwe|a może|"
    "może byśmy|co powiesz na|co pan powie na|"
    "dlaczego nie|czemu nie|proszę|poproszę|czy mogę prosić|mogę prosić|zechciałbyś",
    telling="czy możesz mi powiedzieć|czy możesz powiedzieć|możesz mi powiedzieć|możesz powiedzieć|czy mógłbyś mi powiedzieć|"
    "czy może mi pan powiedzieć|czy może mi pani powiedzieć|"
    "czy możesz wyjaśnić|możesz wyjaśnić|czy mógłbyś wyjaśnić|czy możesz mi wyjaśnić|powiedz mi|powiedz|proszę powiedzieć|wyjaśnij|"
    "wyjaśnij mi|proszę wyjaśnić|"
    "czy wiesz|wiesz|czy pan wie|czy pani wie|czy możesz podsumować|możesz podsumować|czy możesz wymienić",
)
