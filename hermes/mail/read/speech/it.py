"""Italian."""

from __future__ import annotations

from typing import Final

from hermes.mail.read.speech.speech import Speech

SPEECH: Final = Speech(
    code="it",
    stop="ferma|fermati|fermare|fermate|si fermi|fermo|fermi|fermalo|ferma tutto|fermate tutto|stop|stoppa|basta|annulla|"
    "annullare|annulli|annullate|annullalo|interrompi|interrompere|interrompa|interrompete|interrompilo|aspetta|aspetti|"
    "aspettare|aspettate|aspetta un attimo|aspetti un attimo|un attimo|un momento|attendi|attenda|lascia perdere|"
    "lasci perdere|lasciate perdere|lascia stare|lasci stare|dimentica|dimenticalo|non farlo|non lo fare|non continuare|"
    "sospendi|sospenda|pausa|meglio di no|non fare nulla|non faccia nulla|non fare niente|non faccia niente|non ora|"
    "non ancora|ignora|ignori|ignora il mio messaggio|ignori il mio messaggio|lascia com'è|lasci com'è|alla fine no|"
    "ferma tutto subito",
    status="stato|a che punto sei|a che punto è|a che punto siamo|a che punto siete|come va|come procede|come sta andando|"
    "ci sono novità|novità|qualche novità|progressi|qual è lo stato|com'è lo stato|è pronto|è finito|è fatto|hai finito|"
    "ha finito|avete finito|hai già finito|è già pronto|quando è pronto|quando sarà pronto|quando finisci|"
    "quando avrai finito|quando hai finito|quanto manca|quanto ci vuole|quanto tempo ci vuole|quanto tempo manca|"
    "cosa stai facendo|che cosa stai facendo|che stai facendo|cosa sta facendo|a cosa stai lavorando|stai ancora lavorando|"
    "sta ancora lavorando|avanzamento|aggiornamenti|ci sono aggiornamenti|come siamo messi|per quando|hai iniziato|"
    "ha iniziato|quanto ci vuole ancora|quanto manca ancora",
    undo="annulla la modifica|annulla l'ultima modifica|disfa|disfare|disfallo|ripristina|ripristinare|ripristini|ripristinalo|"
    "ripristinate|torna indietro|torni indietro|tornare indietro|torna alla versione precedente|"
    "tornare alla versione precedente|versione precedente|rimetti com'era|rimettilo com'era|rimetti tutto com'era|"
    "com'era prima|come prima|rimetti come prima|riporta indietro|riportalo indietro|annulla modifica|rimetta com'era|"
    "rimettilo come prima|rimetta come prima|torna come prima|torni alla versione precedente|"
    "ripristina la versione precedente|ripristini la versione precedente|annulla le modifiche",
    courtesy="grazie|grazie mille|mille grazie|molte grazie|grazie tante|tante grazie|grazie infinite|ti ringrazio|la ringrazio|"
    "vi ringrazio|perfetto|ottimo|eccellente|fantastico|bellissimo|stupendo|meraviglioso|bene|molto bene|benissimo|va bene|"
    "va benissimo|ben fatto|ottimo lavoro|bel lavoro|buon lavoro|che bello|mi piace|mi piace molto|mi piace tantissimo|"
    "adoro|ricevuto|capito|ho capito|inteso|d'accordo|ok|okay|super|bravo|brava|bravi|bravissimo|grande|funziona|"
    "ora funziona|tutto bene|tutto perfetto|tutto ok|buona giornata|buona serata|buon weekend|buon fine settimana|a presto|"
    "a dopo|a domani|ciao|prego|nessun problema|di niente|esattamente quello che volevo|proprio quello che volevo|wow|bello|"
    "molto bello|complimenti|grazie a tutti|grazie a tutta la squadra|grazie ancora|grazie di nuovo|grazie di tutto|"
    "grazie dell'aiuto|grazie per l'aiuto|grazie per la risposta|è perfetto|è perfetto così|va bene così|va benissimo così|"
    "è venuto benissimo|è esattamente quello che volevo|splendido|mi piace tanto|siamo contenti|sono contento|sono contenta|"
    "ricevuto grazie|preso nota|un saluto|cordiali saluti|buona notte",
    approve="sì|certo|certamente|ovviamente|approvato|approvata|approvo|lo approvo|accetto|accettato|confermo|confermato|"
    "lo confermo|procedi|proceda|procedete|sono d'accordo|corretto|giusto|esatto|esattamente|via libera|autorizzato|"
    "autorizzo|sì grazie|sì per favore|vai pure|volentieri|sì procedi|sì proceda|sì va bene|puoi procedere|può procedere|"
    "è approvato|confermo tutto|sì procedi pure|procedi pure|sì fai pure|fai pure|faccia pure",
    decline="no|no grazie|rifiutato|rifiutata|rifiuto|lo rifiuto|respinto|non approvo|non lo approvo|non approvato|"
    "non sono d'accordo|non così|così no|assolutamente no|non accetto|negato|no non così|no non ancora|non va bene|"
    "non mi convince|non sono d'accordo con questo",
    publish="pubblica|pubblicare|pubblichi|pubblicalo|lo pubblichi|pubblicate|metti online|mettilo online|metta online|"
    "lo metta online|mettere online|vai online|vai in produzione|metti in produzione|manda online|mandalo online|"
    "distribuisci|rilascia|rilascialo|pubblicalo ora|pubblicala|pubblicatelo ora|puoi pubblicare|può pubblicare|"
    "pubblica la pagina|pubblica le modifiche",
    help="aiuto|aiutami|mi aiuti|come funziona|cosa puoi fare|cosa può fare|cosa posso scrivere|cosa posso fare|"
    "quali comandi ci sono|comandi|istruzioni|manuale|"
    "come si usa|come lo uso",
    build="build|compila|compilare|compili|costruisci|costruire|esegui la build|lancia la build",
    commit="commit|fai commit|fai il commit|fare commit",
    push="push|fai push|fai il push|fare push|carica le modifiche",
    preview="anteprima|un'anteprima|l'anteprima|mostrami l'anteprima|mostrami un'anteprima|mi mostri l'anteprima|"
    "mi mostri un'anteprima|mandami l'anteprima|"
    "mandami un'anteprima|inviami l'anteprima|inviami un'anteprima|mi mandi l'anteprima|link dell'anteprima",
    fillers="per favore|per piacere|per cortesia|cortesemente|gentilmente|adesso|ora|subito|immediatamente|ancora|solo|anche|e|ma|"
    "allora|quindi|poi|dai|oh|ah|eh|molto|tutto|tutti|tutta|il|lo|la|le|gli|i|l'|un|una|uno|quello|questo|questa|quella|ciò|"
    "che|è|sono|io|tu|lei|voi|noi|mi|ti|si|ci|vi|mio|mia|tuo|tua|suo|sua|vostro|per|con|di|del|della|a|al|in|su|puoi|può|"
    "potresti|potrebbe|potete|vorrei|voglio|lavoro|compito|richiesta|comando|messaggio|mail|e-mail|email|processo|"
    "esecuzione|aiuto|scusa|scusi|scusate|mi dispiace|di nuovo|qui|qua|lì|oggi|se possibile|veloce|rapido|risposta|squadra|"
    "davvero|così|proprio|fare|tanto|a tutti|a tutta la squadra|a tutto il team|per l'aiuto|dell'aiuto|per la velocità|"
    "di tutto|per ora|per il momento|sì|di cuore",
    taken_back="modifica|modifiche|ultima modifica|l'ultima modifica|ultime modifiche|le ultime modifiche|cambiamento|cambiamenti|"
    "ultimo cambiamento|ultimo|ultima|"
    "l'ultimo|l'ultima|la tua modifica|le tue modifiche|quello che hai fatto|ciò che hai fatto|ultimo passo|ultima richiesta|"
    "ultimo commit",
    excuses="mi sono sbagliato|mi sono sbagliata|ho sbagliato|è stato un errore|era un errore|errore mio|colpa mia|per errore|"
    "per sbaglio|ho cambiato idea|pagina sbagliata|file sbagliato|mail sbagliata|non è quello che volevo|"
    "non era quello che volevo|non serve più|non ne ho più bisogno|non è più necessario|devo pensarci|fammi pensare|"
    "mi faccia pensare|devo controllare una cosa|non mi piace|è sbagliato|qualcosa non va|ho sbagliato pagina|"
    "ho sbagliato file|ho sbagliato mail|ho sbagliato messaggio|ho sbagliato destinatario|era la pagina sbagliata|"
    "non era quella pagina|non è quella pagina|inviato per errore|inviata per errore|l'ho mandato per errore|non era per te|"
    "non era per lei|devo prima chiedere|errore",
    subjects="il|lo|la|i|gli|le|l'|al|alla|questo|questa|questi|quello|quella|è|mio|mia|nostro|nostra|nostri|suo|sua|lui|lei|"
    "loro|noi|io|tutti|nessuno|cliente|clienti|capo|non|così",
    blames="odia|odiano|detesta|detestano|non piace|non piacciono|non è piaciuto|non è piaciuta|non gli piace|si lamenta|"
    "si lamentano|si è lamentato|si è lamentata|non è contento|non è contenta|scontento|scontenta|insoddisfatto|"
    "insoddisfatta|arrabbiato|arrabbiata|furioso|furiosa|rifiuta|è contrario|è contraria|brutto|brutta|orribile|"
    "orrendo|orrenda|terribile|pessimo|pessima|sbagliato|sbagliata|peggio|peggiore|rotto|rotta|illeggibile|strano|"
    "strana|non funziona|era meglio|era migliore|ha cambiato idea|ho cambiato idea|hanno cambiato idea|"
    "preferisce quello di prima|preferisce la vecchia|preferiva|vuole quello di prima|vuole la vecchia",
    wishes="dovrebbe|deve|devono|invece|piuttosto|favore|potrebbe|puoi|bisogno|serve|metti|cambia|ma",
    apologies="scusa|scusi|scusate|mi scusi|mi dispiace|le mie scuse|ops|pardon|chiedo scusa",
    greetings="ciao|salve|buongiorno|buonasera|buon giorno|buona sera|gentile|gentili|egregio|caro|cara|cari|spettabile|"
    "ciao a tutti|buongiorno a tutti",
    questions="chi|che|che cosa|cosa|cos'è|quale|quali|dove|dov'è|quando|perché|perche|come|com'è|quanto|quanta|quanti|quante|hai|"
    "ha|avete|hanno|c'è|ci sono|è|sono|era|erano|"
    "sei|siete|posso|devo|si può|da quando|fino a quando|da dove|di chi|di che|a chi|a che|in che|in quale|con che|qual è|manca|"
    "esiste|funziona",
    requests="puoi|può|potresti|potrebbe|potete|potreste|mi puoi|mi può|mi potresti|mi potrebbe|possiamo|potremmo|"
    "sarebbe possibile|è possibile|vuoi|vorresti|ti dispiacerebbe|"
    "le dispiacerebbe|che ne dici di|che ne dice di|e se|perché non|si potrebbe|per favore|per piacere|posso chiederti|"
    "posso chiederle|saresti così gentile|sarebbe così gentile",
    telling="puoi dirmi|può dirmi|potresti dirmi|potrebbe dirmi|mi puoi dire|mi può dire|mi potresti dire|mi potrebbe dire|"
    "puoi spiegarmi|può spiegarmi|potresti spiegarmi|"
    "potrebbe spiegarmi|mi puoi spiegare|mi può spiegare|dimmi|mi dica|spiegami|mi spieghi|sai|sa se|puoi riassumere|"
    "può riassumere|puoi elencare|puoi spiegare|può spiegare",
)
