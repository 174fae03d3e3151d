"""Portuguese, of Portugal and of Brazil."""

from __future__ import annotations

from typing import Final

from hermes.mail.read.speech.speech import Speech

SPEECH: Final = Speech(
    code="pt",
    stop="para|pare|parar|parem|pára|pare com isso|para tudo|pare tudo|stop|cancela|cancelar|cancele|cancelem|cancela isso|"
    "cancele isso|interrompe|interrompa|interromper|espera|espere|esperar|esperem|espera aí|espere um pouco|espera um pouco|"
    "um momento|um instante|aguarda|aguarde|esquece|esqueça|esquece isso|esqueça isso|deixa|deixe|deixa pra lá|"
    "deixa para lá|deixa estar|deixe estar|não faças isso|não faça isso|não faças|não continue|não continues|suspende|"
    "suspenda|pausa|aborta|abortar|melhor não|chega|basta|não faça nada|não faças nada|agora não|ainda não|ignore|ignora|"
    "ignore a minha mensagem|ignore minha mensagem|deixe como está|deixa como está|afinal não|pode parar",
    status="estado|status|situação|como está|como está indo|como vai|como vai isso|como estão as coisas|em que pé está|"
    "em que ponto está|em que ponto estás|há novidades|alguma novidade|novidades|algum progresso|progresso|andamento|"
    "como está o andamento|qual é o estado|qual o estado|qual é o status|qual o status|já está|já está pronto|está pronto|"
    "ficou pronto|já ficou pronto|já terminou|terminou|já acabou|acabou|já acabaste|já terminaste|quando fica pronto|"
    "quando vai ficar pronto|quando estará pronto|quando termina|quando acaba|quanto falta|quanto tempo falta|"
    "quanto tempo demora|quanto demora|o que estás a fazer|o que você está fazendo|o que está fazendo|o que está a fazer|"
    "ainda está trabalhando|ainda está a trabalhar|em que estás a trabalhar|no que você está trabalhando|em que pé estamos|"
    "está quase|falta muito|tem novidades|para quando|já começou|como estamos|como está a correr|como está correndo|"
    "como vai indo|está a avançar",
    undo="desfazer|desfaz|desfaça|desfazê-lo|desfaz isso|desfaça isso|reverte|reverter|reverta|reverte isso|reverta isso|"
    "volta atrás|volte atrás|voltar atrás|voltar|volta como estava|volte como estava|deixa como estava|deixe como estava|"
    "como estava|como estava antes|põe como estava|coloque como estava|restaura|restaurar|restaure|volta à versão anterior|"
    "volte à versão anterior|versão anterior|repõe|repor|reponha|volte a deixar como estava|volta a deixar como estava|"
    "ponha como estava|como antes|volte para a versão anterior|restaure a versão anterior|desfaça as alterações|"
    "desfaz as alterações|desfaça a alteração",
    courtesy="obrigado|obrigada|muito obrigado|muito obrigada|obrigadão|obrigadinho|agradeço|agradecido|agradecida|valeu|perfeito|"
    "ótimo|óptimo|excelente|maravilha|maravilhoso|fantástico|incrível|muito bem|bem|muito bom|bom|boa|bom trabalho|"
    "ótimo trabalho|excelente trabalho|belo trabalho|bem feito|que bom|que bonito|ficou bom|ficou ótimo|ficou perfeito|"
    "ficou muito bom|ficou lindo|está ótimo|está perfeito|está bom|está bem|tudo bem|tudo certo|tudo ok|gostei|gostei muito|"
    "adorei|recebido|entendido|percebido|anotado|ok|okay|combinado|super|bravo|parabéns|legal|show|beleza|funciona|"
    "já funciona|funcionou|bom dia para ti|tenha um bom dia|bom fim de semana|até logo|até breve|até amanhã|abraço|abraços|"
    "de nada|sem problema|exatamente o que eu queria|era isso mesmo|lindo|muito bonito|fixe|obrigado a todos|"
    "obrigada a todos|muito obrigado a todos|obrigado de novo|obrigado mais uma vez|obrigada mais uma vez|obrigado por tudo|"
    "obrigada por tudo|obrigado pela ajuda|obrigada pela ajuda|ficou excelente|está bom assim|é isso mesmo|"
    "era exatamente o que eu queria|que maravilha|gostámos|gostamos|recebido obrigado|boa noite|um abraço|cumprimentos",
    approve="sim|certo|claro|claro que sim|com certeza|aprovado|aprovada|aprovo|eu aprovo|aceito|aceite|confirmado|confirmo|avança|"
    "avance|pode avançar|podes avançar|pode seguir|concordo|estou de acordo|de acordo|correto|exato|exatamente|isso mesmo|"
    "autorizado|autorizo|sim por favor|luz verde|sim pode avançar|sim avance|sim claro|está aprovado",
    decline="não|não obrigado|não obrigada|rejeitado|rejeitada|rejeito|recusado|recuso|não aprovo|não aprovado|não concordo|"
    "não estou de acordo|assim não|de jeito nenhum|de maneira nenhuma|não aceito|reprovado|não assim não|não ainda não|"
    "nem pensar|não concordo com isso|não me convence",
    publish="publica|publicar|publique|publica isso|publique isso|publicá-lo|coloca no ar|coloque no ar|põe no ar|ponha no ar|"
    "colocar no ar|põe online|coloca online|coloque online|pôr online|lança|lançar|lance|faz o deploy|faça o deploy|"
    "põe em produção|coloca em produção|coloque em produção|pode publicar|publique agora|publica agora|ponha online|"
    "publique a página|publique as alterações",
    help="ajuda|ajuda-me|me ajuda|me ajude|ajude-me|socorro|como funciona|como isso funciona|como isto funciona|o que podes fazer|"
    "o que você pode fazer|o que pode fazer|"
    "o que posso escrever|o que posso fazer|que comandos existem|quais são os comandos|comandos|instruções|manual|como se usa|"
    "como uso isto",
    build="build|compila|compilar|compile|constrói|construir|construa|faz o build|faça o build",
    commit="commit|faz commit|faça commit|fazer commit",
    push="push|faz push|faça push|fazer push|envia as alterações|envie as alterações",
    preview="pré-visualização|uma pré-visualização|a pré-visualização|pré-visualizar|visualização|prévia|uma prévia|"
    "mostra-me a pré-visualização|mostre a pré-visualização|"
    "mostra uma prévia|mostre uma prévia|me mostra uma prévia|me mostre uma prévia|envia a pré-visualização|"
    "envie a pré-visualização|link da pré-visualização|visualizar",
    fillers="por favor|se faz favor|já|agora|agora mesmo|imediatamente|logo|ainda|só|também|e|mas|então|pois|oh|ah|ai|muito|tudo|"
    "todos|toda|o|a|os|as|um|uma|isso|isto|esse|essa|este|esta|é|eu|tu|você|vocês|me|te|se|lhe|nos|meu|minha|teu|tua|seu|"
    "sua|por|para mim|com|de|do|da|em|no|na|que|pode|podes|poderia|podia|poderias|podem|quero|queria|gostaria|gostava|"
    "trabalho|tarefa|pedido|comando|mensagem|mail|email|e-mail|processo|execução|ajuda|desculpa|desculpe|desculpem|perdão|"
    "outra vez|de novo|aqui|aí|hoje|se possível|rápido|rápida|resposta|equipa|equipe|mesmo|assim|pela|pelo|tão|fazer|"
    "a todos|a toda a equipa|a toda a equipe|por tudo|pela ajuda|pela rapidez|de verdade|por agora|por enquanto|sim|"
    "mais uma vez",
    taken_back="alteração|alterações|última alteração|a última alteração|últimas alterações|as últimas alterações|mudança|mudanças|"
    "última mudança|a última mudança|"
    "modificação|modificações|última modificação|último|última|o último|a última|a tua alteração|a sua alteração|o que fizeste|"
    "o que você fez|o que fez|último passo|"
    "último pedido|edição|última edição|último commit",
    excuses="enganei-me|me enganei|eu errei|errei|foi um erro|foi erro meu|erro meu|foi engano|foi um engano|por engano|por erro|"
    "mudei de ideia|mudei de ideias|página errada|arquivo errado|ficheiro errado|mail errado|não era isso|não é isso|"
    "não era o que eu queria|não é o que eu queria|já não é preciso|não é mais necessário|não preciso mais|já não preciso|"
    "preciso pensar|deixa-me pensar|deixe-me pensar|preciso verificar uma coisa|não gostei|não gosto|está errado|"
    "algo está errado|enganei-me na página|me enganei de página|enganei-me no ficheiro|página errada desculpe|"
    "não era essa página|não é essa página|era a página errada|enviado por engano|enviei por engano|não era para si|"
    "não era para você|preciso perguntar antes|erro",
    subjects="o|a|os|as|ao|isto|isso|este|esta|esse|essa|meu|minha|nosso|nossa|nossos|seu|sua|ele|ela|eles|elas|nós|eu|todos|"
    "ninguém|cliente|clientes|chefe|não|ficou|está|é",
    blames="odeia|odeiam|odiou|detesta|detestam|detestou|não gosta|não gostam|não gostou|não gostaram|não agrada|"
    "não agradou|reclamou|reclamaram|reclama|queixou-se|queixa-se|se queixou|não está contente|não está satisfeito|"
    "não está satisfeita|insatisfeito|insatisfeita|descontente|zangado|zangada|furioso|furiosa|recusa|recusou|"
    "é contra|feio|feia|horrível|péssimo|péssima|terrível|errado|errada|mal|pior|partido|quebrado|quebrada|ilegível|"
    "estranho|estranha|não funciona|era melhor|estava melhor|mudou de ideia|mudei de ideia|prefere o anterior|"
    "prefere a anterior|preferia|quer o anterior|quer a anterior",
    wishes="deveria|deve|devem|tem que|em vez|favor|poderia|podes|pode|precisa|precisamos|põe|mude|mas",
    apologies="desculpa|desculpe|desculpem|peço desculpa|peço desculpas|me desculpe|perdão|sinto muito|ups|opa desculpa",
    greetings="olá|oi|bom dia|boa tarde|boa noite|caro|cara|caros|prezado|prezada|prezados|estimado|estimada|olá a todos|oi pessoal|viva",
    questions="quem|que|o que|qual|quais|onde|aonde|quando|por que|porque|porquê|por quê|como|quanto|quanta|quantos|quantas|já|"
    "fizeste|você fez|há|tem|tinha|existe|está|estão|é|"
    "são|era|eram|foi|posso|devo|tenho de|tenho que|pode-se|de que|de quem|a que|a quem|em que|em qual|com que|para que|"
    "desde quando|até quando|de onde|funciona|falta|mudou",
    requests="pode|podes|poderia|podia|poderias|podem|poderiam|podemos|poderíamos|você pode|você poderia|tu podes|seria possível|"
    "é possível|queres|quer|gostaria de|"
    "importas-te de|importa-se de|que tal|e se|por que não|porque não|dá para|dava para|por favor|posso pedir|será que pode|"
    "será que podes|consegues|consegue",
    telling="pode me dizer|pode dizer-me|podes dizer-me|poderia me dizer|poderia dizer-me|podia dizer-me|você pode me dizer|"
    "pode explicar|podes explicar|poderia explicar|"
    "pode me explicar|pode explicar-me|diz-me|diga-me|me diga|me diz|explica-me|explique-me|me explica|me explique|sabes|você sabe|"
    "sabe se|pode resumir|podes resumir|"
    "pode listar|por favor diga-me|por favor me diga",
)
