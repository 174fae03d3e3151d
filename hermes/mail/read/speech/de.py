"""German."""

from __future__ import annotations

from typing import Final

from hermes.mail.read.speech.speech import Speech

SPEECH: Final = Speech(
    code="de",
    stop="stop|stopp|stoppe|stoppen|stoppt|stoppen sie|abbrechen|abbruch|abgebrochen|brich ab|brich das ab|brich es ab|"
    "brechen sie ab|brechen sie das ab|bricht ab|anhalten|halt|halt an|halte an|halten sie an|aufhören|hör auf|"
    "hören sie auf|hört auf|warte|warten|warten sie|wartet|warte mal|moment|moment mal|einen moment|vergiss es|"
    "vergessen sie es|vergiss das|lass es|lass das|lass gut sein|lassen sie es|lassen sie das|stornieren|storniere|"
    "doch nicht|lieber nicht|mach nicht weiter|nicht weitermachen|nicht weiter|machen sie nicht weiter|pause|beenden|"
    "beende das|beenden sie das|sofort aufhören|bitte stoppen|nichts mehr machen|nichts machen|mach nichts|"
    "machen sie nichts|erst mal nicht|erstmal nicht|noch nicht|jetzt nicht|aus|schluss|schluss jetzt|stop bitte|abblasen|"
    "ignorieren|ignorier das|ignorieren sie das|ignorieren sie meine letzte mail|hat sich erledigt|hat sich schon erledigt|"
    "das hat sich erledigt|nicht ausführen|bitte nicht ausführen|nicht machen|bitte nicht machen|halte ein|finger weg|"
    "bitte nicht weitermachen|nicht weiter machen|bitte nicht weiter|machen sie bitte nicht weiter|mach bitte nicht weiter",
    status="status|stand|zwischenstand|sachstand|fortschritt|wie weit bist du|wie weit sind sie|wie weit seid ihr|wie weit ist es|"
    "wie steht es|wie steht's|wie läuft es|wie läuft's|wie ist der stand|was ist der stand|wie ist der status|"
    "gibt es neuigkeiten|gibt es was neues|gibt es etwas neues|irgendwas neues|was neues|neuigkeiten|bist du fertig|"
    "sind sie fertig|seid ihr fertig|ist es fertig|ist das fertig|schon fertig|bist du schon fertig|ist es schon fertig|"
    "wann bist du fertig|wann sind sie fertig|wann ist es fertig|wann ist das fertig|wann ist es so weit|"
    "wann wird es fertig|wie lange dauert es|wie lange dauert das|wie lange noch|wie lange brauchst du noch|"
    "wie lange dauert es noch|was machst du|was machst du gerade|was machen sie gerade|woran arbeitest du|was läuft|"
    "was läuft gerade|läuft es noch|läuft noch was|arbeitest du noch|bist du noch dran|bist du dran|statusbericht|"
    "wie kommst du voran|wie kommen sie voran|kommst du voran|wie geht es voran|geht es voran|wo stehen wir|wo stehst du|"
    "ist das schon fertig|ist das schon erledigt|ist es erledigt|ist das erledigt|schon erledigt|schon was passiert|"
    "tut sich was|tut sich schon was|gibt es schon etwas|gibt's was neues|gibt's neuigkeiten|wie schaut's aus|"
    "wie schaut es aus|wie sieht es aus|wie sieht's aus|wie ist der aktuelle stand|aktueller stand|zwischenbericht|"
    "wann kann ich damit rechnen|wann ist es denn fertig|bis wann ist es fertig|läuft das noch|hat es schon angefangen|"
    "hast du schon angefangen|haben sie schon angefangen|ich wollte nur mal nachfragen|wollte nur mal nachfragen|"
    "wie weit ist das|wie weit ist die sache|gibt es schon etwas neues|gibt es schon was neues|gibt's schon was neues|"
    "schon etwas neues|schon was neues|gibt es fortschritte|irgendwelche fortschritte",
    undo="rückgängig|rückgängig machen|mach rückgängig|mache rückgängig|machen sie rückgängig|mach es rückgängig|"
    "mach das rückgängig|mache es rückgängig|mache das rückgängig|machen sie es rückgängig|machen sie das rückgängig|"
    "zurücknehmen|nimm zurück|nimm es zurück|nimm das zurück|nehmen sie zurück|nehmen sie es zurück|nehmen sie das zurück|"
    "zurücksetzen|setz es zurück|setze es zurück|setz das zurück|setzen sie es zurück|mach es wieder wie vorher|wie vorher|"
    "stell es wieder her|stell das wieder her|stelle es wieder her|wiederherstellen|widerrufen|widerrufe|mach das weg|"
    "alles zurück|zurück|wieder zurück|zurückdrehen|wieder so wie vorher|so wie vorher|wieder wie vorher|wie es vorher war|"
    "wie es war|so wie es war|wieder so wie es war|mach es so wie vorher|machen sie es so wie vorher|"
    "machen sie es wieder wie vorher|zurück zur alten version|zurück zur vorigen version|alte version|die alte version|"
    "vorige version|alten stand wiederherstellen|stell den alten stand wieder her|stellen sie den alten stand wieder her|"
    "rückgängig bitte|bitte rückgängig|alles rückgängig|wieder rückgängig|zurückdrehen bitte",
    courtesy="danke|danke dir|danke ihnen|danke euch|danke schön|dankeschön|danke sehr|vielen dank|besten dank|herzlichen dank|"
    "lieben dank|tausend dank|ganz herzlichen dank|ich danke dir|ich danke ihnen|merci|super|toll|prima|klasse|spitze|"
    "perfekt|wunderbar|großartig|ausgezeichnet|hervorragend|genial|cool|sehr gut|sehr schön|gut|schön|gut gemacht|"
    "gute arbeit|tolle arbeit|super arbeit|super gemacht|toll gemacht|sieht gut aus|sieht super aus|sieht toll aus|"
    "sieht sehr gut aus|sieht klasse aus|passt|passt so|passt gut|passt perfekt|alles klar|verstanden|in ordnung|"
    "ist in ordnung|okay|ok|einwandfrei|gefällt mir|gefällt mir gut|gefällt mir sehr gut|das gefällt mir|funktioniert|"
    "klappt|hat geklappt|es funktioniert|erhalten|angekommen|zur kenntnis genommen|schönes wochenende|schönen tag|"
    "schönen abend|schönen feierabend|schönen tag noch|einen schönen tag|einen schönen tag noch|bis bald|bis später|"
    "bis morgen|freut mich|das freut mich|wahnsinn|bravo|top|mega|hammer|echt gut|echt super|wow|genau so|genau das|"
    "genau richtig|gern geschehen|kein problem|genau so wollte ich es|so wollte ich es|super danke|bin begeistert|wie schön|"
    "fein|lg|vg|mfg|merke ich mir|vielen herzlichen dank|vielen lieben dank|recht herzlichen dank|dankesehr|"
    "ich bedanke mich|wir bedanken uns|bedanke mich|danke vielmals|allerbesten dank|danke danke|alles bestens|bestens|"
    "alles super|alles prima|alles gut|alles perfekt|alles bestens so|so ist es gut|so ist es perfekt|so passt es|"
    "so passt das|das passt|das passt so|das passt perfekt|das ist gut|das ist super|das ist perfekt|das ist toll|"
    "das ist schön|sieht schön aus|sieht wunderbar aus|sieht perfekt aus|sehr gelungen|gelungen|sehr fein|gut so|super so|"
    "sehr hübsch|hübsch|freue mich|ich freue mich|wir freuen uns|erledigt|geht klar|gebongt|wird gemacht|notiert|"
    "danke fürs erledigen|danke für die info|danke für die rückmeldung|danke für die nachricht|danke für die hilfe|"
    "danke für die mühe|schöne grüße|liebe grüße|viele grüße|guten rutsch|frohe ostern|frohe weihnachten|schönes we|"
    "gute nacht|servus|ciao|schönen abend noch|schönes wochenende noch|einen schönen abend|ein schönes wochenende|"
    "schöne woche|schöne feiertage|das sieht gut aus|das sieht super aus|das sieht toll aus|das sieht klasse aus|"
    "das sieht perfekt aus|es sieht gut aus|es sieht super aus",
    approve="ja|jawohl|jep|jo|ja bitte|ja gerne|ja gern|gerne|gern|klar|na klar|natürlich|selbstverständlich|freigegeben|freigabe|"
    "freigabe erteilt|gebe ich frei|ich gebe es frei|ich gebe das frei|ist freigegeben|genehmigt|einverstanden|"
    "bin einverstanden|ich bin einverstanden|zugestimmt|ich stimme zu|stimme zu|mach weiter|machen sie weiter|stimmt|"
    "stimmt so|richtig|korrekt|bestätigt|bestätige ich|ich bestätige|los|leg los|legen sie los|das passt für mich|ja machen|"
    "ja mach|ja mach das|ja machen sie das|ja gern machen|ja in ordnung|ja passt|ja ist ok|ja genau|in ordnung so|"
    "ja freigegeben|freigabe ja|meinerseits ok|von mir aus|geht in ordnung",
    decline="nein|nein danke|nee|nö|abgelehnt|ablehnen|lehne ab|lehne ich ab|ich lehne ab|nicht freigegeben|nicht freigeben|"
    "nicht einverstanden|ich bin nicht einverstanden|bin nicht einverstanden|so nicht|nicht so|keine freigabe|bitte nicht|"
    "auf keinen fall|nicht genehmigt|bloß nicht|nee lieber nicht|lieber so nicht|nein lieber nicht|das nicht|nein so nicht|"
    "nein noch nicht|keinesfalls|nein auf keinen fall|bitte nicht so",
    publish="freigeben|bitte freigeben|bitte online|online bitte|"
    "veröffentlichen|veröffentliche|veröffentliche es|veröffentliche das|veröffentlichen sie es|veröffentlichen sie das|"
    "publizieren|publiziere|live stellen|stell es live|stelle es live|stell das live|live schalten|schalte es live|"
    "schalten sie es live|schalt es live|online stellen|stell es online|stelle es online|stellen sie es online|"
    "stell das online|live gehen|geh live|live nehmen|bring es live|freischalten|schalte es frei|ausrollen|deployen|"
    "ins netz stellen|geht online|geht damit online|geh online|geh damit online|gehen sie online|gehen sie damit online|"
    "geht live|online damit|live damit|kann online|kann online gehen|kann live gehen|kann veröffentlicht werden|"
    "bitte online stellen|bitte veröffentlichen|bitte live schalten|bitte freischalten|jetzt veröffentlichen|"
    "veröffentlichen bitte|online schalten|schalte es online|schalten sie es online|veröffentliche die seite|"
    "veröffentlichen sie die seite|veröffentlichen sie die änderungen",
    help="hilfe|hilf mir|helfen sie mir|wie funktioniert das|wie funktioniert es|wie geht das|was kannst du|was können sie|"
    "was kann ich schreiben|was kann ich tun|was kann ich machen|welche befehle gibt es|befehle|anleitung|bedienung|"
    "bedienungsanleitung|was kann ich sagen|wie benutze ich das|was kann ich dir schreiben|was kann ich ihnen schreiben|"
    "wie funktionierst du|wer bist du|was machst du eigentlich|welche möglichkeiten habe ich|wie halte ich es an",
    build="bauen|bau|baue|bauen sie|baue es|bau es|neu bauen|build|bau die seite|baue die seite|bauen sie die seite|build starten|"
    "starte den build",
    commit="committen|commit|commite|committe|committe es|committe die änderungen|commit machen",
    push="pushen|push|pushe|pushe es|push machen|pushe die änderungen",
    preview="vorschau|vorschau zeigen|zeig mir die vorschau|zeige mir die vorschau|zeig mir eine vorschau|zeige mir eine vorschau|"
    "zeigen sie mir die vorschau|"
    "zeigen sie mir eine vorschau|schick mir die vorschau|schick mir eine vorschau|schicken sie mir eine vorschau|eine vorschau|"
    "die vorschau|link zur vorschau|"
    "vorschau erstellen|erstelle eine vorschau|vorschaulink",
    fillers="zeig|zeige|zeigen|schick|schicke|schicken|stell|stelle|nimm|setz|setze|bitte|bitteschön|mal|doch|jetzt|sofort|gleich|"
    "gerade|einfach|noch|schon|auch|und|aber|dann|also|wieder|sehr|so|ganz|alles|alle|allem|das|es|die|der|den|dem|dies|"
    "diese|diesen|dieses|ich|du|sie|ihr|wir|mir|dir|uns|ihnen|euch|mich|dich|für|mit|zu|von|an|auf|im|in|ist|sind|bin|hier|"
    "da|nur|kannst du|können sie|könntest du|könnten sie|würdest du|würden sie|könnt ihr|ich möchte|ich will|"
    "ich würde gerne|lass uns|lassen sie uns|damit|daran|davon|arbeit|arbeiten|auftrag|aufgabe|befehl|vorgang|anfrage|lauf|"
    "nachricht|mail|e-mail|deine|ihre|deinen|ihren|meine|meinen|hilfe|mühe|schnelle|schnell|rasche|prompte|tolle|umgehend|"
    "schnellstmöglich|moment|entschuldigung|sorry|tut mir leid|ach|oh|ah|hm|halt|heute|aller|team|zusammen|dran|erst|"
    "erstmal|mach|machen|für die hilfe|für ihre hilfe|für deine hilfe|für die mühe|für ihre mühe|für die schnelle hilfe|"
    "für die schnelle antwort|für die schnelle umsetzung|für die umsetzung|für alles|für die rückmeldung|für die antwort|"
    "für die info|an alle|an das team|an das ganze team|von uns allen|liebes team|eigentlich|leider|wirklich|richtig|total|"
    "nochmal|nochmals|noch einmal|erneut|wohl|denn|ja|das ganze|dieses mal|vorerst|bitte sehr",
    taken_back="änderung|änderungen|letzte änderung|die letzte änderung|letzten änderungen|die letzten änderungen|letzte|letzten|"
    "letzter schritt|den letzten schritt|"
    "das letzte|den letzten|letzter auftrag|den letzten auftrag|was du gemacht hast|was sie gemacht haben|deine änderung|"
    "deine letzte änderung|bearbeitung|"
    "letzte bearbeitung|anpassung|anpassungen|letzte anpassung|letzten commit",
    excuses="ich habe mich vertan|habe mich vertan|ich hab mich vertan|hab mich vertan|ich habe mich geirrt|habe mich geirrt|"
    "hab mich geirrt|mein fehler|das war falsch|war falsch|das war ein fehler|war ein fehler|das war ein versehen|"
    "war ein versehen|aus versehen|versehentlich|ich habe es mir anders überlegt|ich hab es mir anders überlegt|"
    "ich hab's mir anders überlegt|habe es mir anders überlegt|falsche seite|falsche datei|falscher text|falsche mail|"
    "das war nicht so gemeint|war nicht so gemeint|so war das nicht gemeint|das stimmt nicht|da stimmt was nicht|"
    "da ist etwas falsch|wird nicht mehr gebraucht|brauchen wir nicht mehr|brauche ich nicht mehr|ich muss noch überlegen|"
    "ich muss erst überlegen|ich muss noch etwas prüfen|das gefällt mir nicht|gefällt mir nicht|das war nicht gewollt|"
    "das wollte ich nicht|ich meinte etwas anderes|ich habe mich verschrieben|das ist falsch|ist falsch|"
    "das war die falsche seite|das ist die falsche seite|war die falsche seite|falsches bild|falsches projekt|"
    "falsche adresse|falscher empfänger|zu früh abgeschickt|zu früh gesendet|war zu schnell|ich war zu schnell|"
    "das war nicht für sie|das war nicht für dich|das war für jemand anderen|ich muss erst nachfragen|muss erst nachfragen|"
    "ich muss noch etwas klären|irrtum|mein irrtum|verklickt|habe mich verklickt|hab mich verklickt|das war ein irrtum",
    subjects="der|die|das|dem|den|es|er|sie|wir|ich|mein|meine|meiner|meinem|unser|unsere|unserer|unserem|ihr|ihre|sein|seine|"
    "dies|dieser|diese|dieses|alle|niemand|keiner|kunde|kunden|kundin|chef|chefin|so|jetzt|mir|uns|ihm|ihnen|hier",
    blames="hasst|hassen|hasste|gefällt nicht|gefallen nicht|gefiel nicht|mag nicht|mögen nicht|mochte nicht|missfällt|"
    "mißfällt|beschwert|beschweren|beschwerte|meckert|unzufrieden|nicht zufrieden|nicht glücklich|nicht begeistert|"
    "verärgert|sauer|wütend|lehnt ab|abgelehnt|dagegen|hässlich|furchtbar|schrecklich|scheußlich|grausam|grässlich|"
    "grauenhaft|schlimm|falsch|schlechter|schlecht|kaputt|komisch|unlesbar|geht nicht|funktioniert nicht|war besser|"
    "war schöner|anders überlegt|umentschieden|will das alte|will den alten|will die alte|wollen die alte|"
    "wollen das alte",
    wishes="soll|sollte|sollen|sollten|muss|müssen|müsste|stattdessen|lieber|bitte|könnte|könnten|kannst|brauchen|braucht|"
    "mach|ändere|aber|sondern",
    apologies="entschuldigung|entschuldige|entschuldigen sie|verzeihung|sorry|tut mir leid|es tut mir leid|das tut mir leid|"
    "hoppla|ups|pardon|oh sorry|sorry dafür|entschuldige bitte|entschuldigen sie bitte",
    greetings="hallo|hi|hey|moin|moin moin|servus|grüß gott|grüezi|guten morgen|guten tag|guten abend|tag|liebe|lieber|liebes|"
    "sehr geehrte|sehr geehrter|"
    "sehr geehrte damen und herren|hallo zusammen|hallo hermes|morgen|huhu|mahlzeit",
    questions="wer|wen|wem|wessen|was|welche|welcher|welches|welchen|welchem|wo|wohin|woher|wann|warum|wieso|weshalb|wozu|wie|"
    "wieviel|wie viele|womit|wodurch|worin|"
    "woran|hast du|haben sie|habt ihr|hat|hatte|ist|sind|war|waren|gibt es|gab es|wurde|wurden|wird|werden|bist du|stimmt es|"
    "kann ich|darf ich|muss ich|soll ich|"
    "seit wann|bis wann|ab wann|an welcher|auf welcher|in welcher|in welchem|auf welchem|für welche|von wem|funktioniert|läuft|"
    "fehlt|habe ich|liegt|steht|geht|gehört",
    requests="kannst du|können sie|könntest du|könnten sie|könnt ihr|würdest du|würden sie|wären sie so|wärst du so|magst du|"
    "mögen sie|kann man|könnte man|können wir|"
    "könnten wir|sollen wir|sollten wir|wollen wir|wie wäre es|wie wär's|wie wäre es mit|was hältst du davon|was halten sie davon|"
    "bitte|ist es möglich|wäre es möglich|"
    "warum nicht|machst du|machen sie|änderst du|ändern sie|darf ich sie bitten|darf ich dich bitten|kann die|kann der|kann das|"
    "könnte die|könnte der|könnte das",
    telling="kannst du mir sagen|können sie mir sagen|könntest du mir sagen|könnten sie mir sagen|kannst du erklären|"
    "können sie erklären|kannst du mir erklären|"
    "können sie mir erklären|könntest du mir erklären|könnten sie mir erklären|sag mir|sagen sie mir|erklär mir|erkläre mir|"
    "erklären sie mir|weißt du|wissen sie|"
    "bitte sag mir|bitte sagen sie mir|bitte erkläre|bitte erklären sie|kannst du auflisten|kannst du zusammenfassen|"
    "können sie zusammenfassen|"
    "kannst du mir zeigen wo|können sie mir zeigen wo|kannst du mir verraten|können sie mir verraten",
)
