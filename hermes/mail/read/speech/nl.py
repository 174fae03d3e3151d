"""Dutch."""

from __future__ import annotations

from typing import Final

from hermes.mail.read.speech.speech import Speech

SPEECH: Final = Speech(
    code="nl",
    stop="stop|stoppen|stopt|stop maar|stop ermee|stop daarmee|hou op|houd op|hou ermee op|ophouden|annuleer|annuleren|"
    "annuleer het|annuleer dat|breek af|breek het af|afbreken|wacht|wachten|wacht even|wacht eens|even wachten|momentje|"
    "een moment|een ogenblik|laat maar|laat maar zitten|vergeet het|vergeet het maar|vergeet dat|niet doen|doe het niet|"
    "doe dat niet|doe maar niet|niet verdergaan|ga niet verder|pauze|pauzeer|onderbreek|onderbreken|toch niet|liever niet|"
    "stopzetten|halt|doe niets|doe maar niets|doe er niets mee|nu niet|nog niet|negeer dit|negeer dat|negeer mijn bericht|"
    "negeer mijn mail|laat het zo|laat maar zo|stop alles|alles stoppen",
    status="status|stand|stand van zaken|wat is de stand|wat is de stand van zaken|hoe ver ben je|hoe ver bent u|hoe ver is het|"
    "hoe staat het|hoe staat het ermee|hoe gaat het|hoe gaat het ermee|is er nieuws|nog nieuws|nieuws|voortgang|"
    "wat is de voortgang|wat is de status|ben je klaar|bent u klaar|ben je al klaar|is het klaar|is het al klaar|is het af|"
    "al klaar|wanneer is het klaar|wanneer ben je klaar|wanneer bent u klaar|hoe lang duurt het|hoe lang duurt het nog|"
    "hoelang duurt het|hoelang nog|hoe lang nog|wat doe je|wat ben je aan het doen|waar ben je mee bezig|"
    "waar bent u mee bezig|ben je nog bezig|ben je bezig|loopt het nog|schiet het op|hoe vordert het|update|"
    "hoe staat het ervoor|is dit al klaar|al nieuws|is er al nieuws|lukt het|ben je al begonnen|bent u al begonnen",
    undo="ongedaan maken|maak ongedaan|maak het ongedaan|maak dat ongedaan|ongedaan|draai terug|draai het terug|draai dat terug|"
    "terugdraaien|terug|zet terug|zet het terug|zet dat terug|terugzetten|herstel|herstel het|herstellen|"
    "maak het weer zoals het was|zoals het was|zoals het eerst was|neem terug|neem het terug|terugnemen|"
    "terug naar de vorige versie|vorige versie|haal het terug|zet het terug zoals het was|zoals eerst|zoals voorheen|"
    "terug zoals het was|de vorige versie|herstel de vorige versie|terug naar hoe het was",
    courtesy="bedankt|dank|dank je|dank je wel|dank u|dank u wel|dankjewel|dankuwel|hartelijk dank|hartelijk bedankt|"
    "heel erg bedankt|erg bedankt|alvast bedankt|veel dank|duizendmaal dank|super|geweldig|perfect|prima|uitstekend|"
    "fantastisch|prachtig|mooi|heel mooi|goed|heel goed|goed gedaan|goed werk|mooi werk|prima werk|fijn|heel fijn|top|"
    "toppie|leuk|tof|gaaf|ziet er goed uit|ziet er mooi uit|ziet er prima uit|ziet er geweldig uit|ziet er top uit|oké|ok|"
    "okay|akkoord zo|begrepen|ontvangen|genoteerd|duidelijk|het werkt|werkt|werkt goed|in orde|is in orde|komt goed|"
    "fijne dag|fijn weekend|fijne avond|prettige dag|prettig weekend|tot ziens|tot straks|tot later|tot morgen|graag gedaan|"
    "geen probleem|precies wat ik wilde|precies goed|bravo|wow|chapeau|hartstikke bedankt|hartstikke goed|groetjes|"
    "heel hartelijk bedankt|bedankt allemaal|nogmaals bedankt|nogmaals dank|dank voor alles|bedankt voor alles|"
    "bedankt voor de hulp|dank voor de hulp|bedankt voor je hulp|bedankt voor uw hulp|dat is precies wat ik wilde|"
    "precies wat ik bedoelde|dat is perfect|dat is prima|prima zo|perfect zo|zo is het goed|zo is het prima|"
    "ziet er perfect uit|erg mooi|schitterend|geweldig gedaan|alles goed|alles in orde|helemaal goed|helemaal prima|"
    "we zijn blij|ik ben blij|groeten|met vriendelijke groet",
    approve="ja|jazeker|zeker|natuurlijk|uiteraard|goedgekeurd|goedkeuring|ik keur het goed|keur ik goed|akkoord|ga akkoord|"
    "ik ga akkoord|ik ben akkoord|eens|ik ben het ermee eens|ga je gang|gaat uw gang|ga door|ga verder|klopt|correct|juist|"
    "bevestigd|ik bevestig|ja graag|graag|groen licht|toestemming|ja ga je gang|ja doe maar|doe maar|ja is goed|"
    "ga maar door|is akkoord|ja akkoord",
    decline="nee|neen|nee bedankt|nee dank je|afgekeurd|afgewezen|ik wijs het af|ik keur het af|niet akkoord|ik ga niet akkoord|"
    "niet goedgekeurd|zo niet|niet zo|oneens|ik ben het er niet mee eens|absoluut niet|nee zo niet|nee nog niet|zeker niet|"
    "beslist niet|niet mee eens",
    publish="publiceer|publiceren|publiceer het|publiceer dat|zet het online|zet online|online zetten|zet het live|zet live|"
    "live zetten|ga live|live gaan|uitrollen|rol uit|rol het uit|maak het openbaar|deploy|breng het live|breng online|"
    "zet maar live|mag live|mag online|je mag publiceren|u mag publiceren|publiceer het nu|publiceer nu|publiceer de pagina|"
    "publiceer de wijzigingen",
    help="hulp|help|help me|hoe werkt het|hoe werkt dit|hoe werkt dat|wat kun je|wat kan je|wat kunt u|wat kan ik schrijven|"
    "wat kan ik doen|welke opdrachten zijn er|"
    "opdrachten|commando's|handleiding|uitleg|instructies|hoe gebruik ik dit",
    build="bouw|bouwen|bouw het|build|bouw de site|bouw de website|start de build",
    commit="commit|committen|commit het|maak een commit",
    push="push|pushen|push het|push de wijzigingen",
    preview="voorbeeld|een voorbeeld|het voorbeeld|voorbeeldweergave|voorvertoning|preview|een preview|laat het voorbeeld zien|"
    "laat een voorbeeld zien|laat me een voorbeeld zien|"
    "stuur me een voorbeeld|stuur een voorbeeld|stuur me het voorbeeld|link naar het voorbeeld|toon het voorbeeld|toon een voorbeeld",
    fillers="maak|draai|zet|haal|neem|laat|stuur|alsjeblieft|alstublieft|aub|a.u.b|svp|nu|meteen|direct|onmiddellijk|gelijk|even|"
    "maar|toch|eens|nog|al|ook|en|dan|dus|weer|zeer|heel|erg|zo|alles|allemaal|de|het|een|dat|dit|deze|die|ik|je|jij|u|we|"
    "wij|jullie|me|mij|ons|mijn|jouw|uw|voor|met|van|aan|op|in|te|is|zijn|ben|hier|er|kun je|kan je|kunt u|zou je|zou u|"
    "wil je|wilt u|ik wil|ik wil graag|graag|werk|taak|opdracht|verzoek|bericht|mail|e-mail|proces|bezig|doen|doe|hulp|"
    "moeite|snelle|snel|reactie|sorry|excuses|pardon|oh|ah|och|vandaag|indien mogelijk|team|allen|waarmee|waar|mee|ermee|"
    "daarmee|wat|echt|aan allen|aan het hele team|het hele team|voor alles|voor de hulp|voor uw hulp|voor je hulp|"
    "voor de snelle hulp|voor nu|voorlopig|ja|nogmaals|helemaal|hartelijk",
    taken_back="wijziging|wijzigingen|laatste wijziging|de laatste wijziging|laatste wijzigingen|de laatste wijzigingen|aanpassing|"
    "aanpassingen|laatste aanpassing|"
    "verandering|veranderingen|laatste verandering|laatste|de laatste|je wijziging|uw wijziging|wat je hebt gedaan|wat je deed|"
    "laatste stap|laatste opdracht|"
    "bewerking|laatste bewerking|laatste commit",
    excuses="ik heb me vergist|heb me vergist|mijn fout|het was een vergissing|was een vergissing|dat was een vergissing|"
    "dat was fout|het was fout|per ongeluk|ik heb me bedacht|ik ben van gedachten veranderd|verkeerde pagina|"
    "verkeerd bestand|verkeerde mail|dat bedoelde ik niet|zo bedoelde ik het niet|niet meer nodig|is niet meer nodig|"
    "het is niet meer nodig|ik heb het niet meer nodig|ik moet nog nadenken|ik moet iets nakijken|bevalt me niet|"
    "het bevalt me niet|dat bevalt me niet|dat klopt niet|er klopt iets niet|dat wilde ik niet|dit is fout|dat is fout|"
    "dat was de verkeerde pagina|het was de verkeerde pagina|verkeerde pagina gekozen|ik heb de verkeerde pagina genomen|"
    "verkeerd project|verkeerd adres|per ongeluk verstuurd|te vroeg verstuurd|dat was niet voor u|dat was niet voor jou|"
    "ik moet het eerst vragen|foutje|vergissing",
    subjects="de|het|dit|dat|deze|die|hij|zij|ze|wij|we|ik|mijn|onze|ons|hun|haar|zijn|iedereen|niemand|klant|klanten|baas|zo|"
    "nu",
    blames="haat|haten|heeft een hekel|hebben een hekel|houdt er niet van|vindt niet mooi|vindt niks|vinden niets|"
    "vindt niets|vindt lelijk|vinden lelijk|bevalt niet|klaagt|klagen|klaagde|heeft geklaagd|niet tevreden|niet blij|"
    "ontevreden|boos|woedend|weigert|is tegen|lelijk|afschuwelijk|verschrikkelijk|vreselijk|slecht|slechter|fout|"
    "verkeerd|kapot|stuk|raar|onleesbaar|werkt niet|was beter|was mooier|heeft zich bedacht|heb me bedacht|"
    "hebben zich bedacht|wil de oude|wil het oude|willen de oude",
    wishes="moet|moeten|zou|zouden|liever|plaats|alsjeblieft|alstublieft|graag|kun|kunt|kan|nodig|maak|zet|verander|maar",
    apologies="sorry|excuses|mijn excuses|pardon|het spijt me|spijt me|oeps|neem me niet kwalijk|sorry daarvoor",
    greetings="hallo|hoi|hey|dag|goedemorgen|goedemiddag|goedenavond|goedendag|beste|geachte|lieve|hallo allemaal|hoi allemaal|hi",
    questions="wie|wiens|wat|welke|welk|waar|waarheen|waarvandaan|wanneer|waarom|hoe|hoeveel|hoelang|waarmee|waarin|waarop|"
    "waarvoor|heb je|heeft u|hebt u|hebben jullie|"
    "heeft|is|zijn|was|waren|ben je|bent u|werd|werden|wordt|worden|kan ik|mag ik|moet ik|zal ik|sinds wanneer|tot wanneer|"
    "in welke|op welke|van wie|bij wie|klopt het dat|"
    "werkt|staat|ontbreekt|bestaat|kloppen",
    requests="kun je|kan je|kunt u|kan u|kunnen jullie|zou je|zou u|zouden jullie|wil je|wilt u|willen jullie|kunnen we|zouden we|"
    "zullen we|is het mogelijk|zou het mogelijk zijn|"
    "hoe zou het zijn|wat dacht je van|wat vind je ervan|waarom niet|mag ik je vragen|mag ik u vragen|alsjeblieft|alstublieft|"
    "kan het|kan de|kan dit|zou het|zou de|kan dat",
    telling="kun je me zeggen|kan je me zeggen|kunt u me zeggen|kun je mij zeggen|kunt u mij zeggen|kun je me vertellen|"
    "kan je me vertellen|kunt u me vertellen|kunt u mij vertellen|"
    "zou je me kunnen vertellen|zou u me kunnen vertellen|kun je uitleggen|kan je uitleggen|kunt u uitleggen|kun je me uitleggen|"
    "zeg me|vertel me|vertel mij|leg uit|weet je|"
    "weet u|kun je samenvatten|kunt u samenvatten|kun je opsommen",
)
