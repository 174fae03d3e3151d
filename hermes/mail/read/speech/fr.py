"""French."""

from __future__ import annotations

from typing import Final

from hermes.mail.read.speech.speech import Speech

SPEECH: Final = Speech(
    code="fr",
    stop="stop|stoppe|stoppez|stopper|arrête|arrêter|arrêtez|arrete|arreter|arretez|arrête ça|arrêtez ça|arrête tout|"
    "arrêtez tout|arrêt|annule|annuler|annulez|annule ça|annulez ça|attends|attendez|attendre|attends un peu|"
    "attendez un peu|un instant|une minute|un moment|laisse tomber|laissez tomber|oublie|oubliez|oublie ça|oubliez ça|"
    "laisse|laissez|ne le fais pas|ne le faites pas|ne fais rien|ne faites rien|interromps|interrompez|interrompre|suspends|"
    "suspendez|pause|ne continue pas|ne continuez pas|abandonne|abandonnez|stop tout|stoppez tout|on arrête|on arrête tout|"
    "on annule|pas maintenant|pas encore|ignorez|ignorez ça|ignorez mon message|ignorez mon dernier message|"
    "ne tenez pas compte de mon message|n'en tenez pas compte|finalement non|c'est annulé|ne touchez à rien|"
    "ne touche à rien|ne changez rien|ne change rien",
    status="statut|état|où en es-tu|où en êtes-vous|où en est-on|où ça en est|ça en est où|tu en es où|vous en êtes où|"
    "où en sommes-nous|ça avance|est-ce que ça avance|comment ça avance|comment ça va|du nouveau|des nouvelles|quoi de neuf|"
    "avancement|état d'avancement|quel est l'état|quel est le statut|c'est fini|est-ce fini|est-ce que c'est fini|"
    "as-tu fini|avez-vous fini|tu as fini|vous avez fini|c'est prêt|est-ce prêt|est-ce que c'est prêt|c'est terminé|"
    "est-ce terminé|est-ce que c'est terminé|as-tu terminé|avez-vous terminé|quand est-ce que ce sera prêt|"
    "quand sera-ce prêt|ce sera prêt quand|quand est-ce que ce sera fini|quand auras-tu fini|quand aurez-vous fini|"
    "ça prend combien de temps|combien de temps|combien de temps encore|combien de temps faut-il|que fais-tu|"
    "que faites-vous|qu'est-ce que tu fais|qu'est-ce que vous faites|sur quoi travailles-tu|sur quoi travaillez-vous|"
    "c'est pour quand|pour quand|c'est prévu pour quand|où en est le travail|où en est ma demande|où en est-ce|"
    "ça donne quoi|des avancées|y a-t-il du nouveau|est-ce que ça avance bien|est-ce en cours|c'est en cours|"
    "quand est-ce prêt|quand est-ce que c'est prêt|ce sera fini quand|ce sera long|il reste combien de temps|"
    "je viens aux nouvelles|je venais aux nouvelles|avez-vous commencé|as-tu commencé|c'est commencé",
    undo="annule la modification|défais|défaites|défaire|défais ça|défaites ça|reviens en arrière|revenez en arrière|"
    "revenir en arrière|retour en arrière|retour arrière|rétablis|rétablissez|rétablir|restaure|restaurez|restaurer|"
    "remets comme avant|remettez comme avant|remets tout comme avant|remettez tout comme avant|comme avant|"
    "reviens à la version précédente|revenez à la version précédente|revenir à la version précédente|version précédente|"
    "remets l'ancienne version|remettez l'ancienne version|remettez comme c'était|remets comme c'était|comme c'était|"
    "comme c'était avant|remettez tel quel|remets tel quel|revenez à l'ancienne version|reviens à l'ancienne version|"
    "ancienne version|l'ancienne version|retour à la version précédente|retour à l'ancienne version|"
    "annulez cette modification|annule cette modification|annulez la modification|annulez votre modification|revenez dessus|"
    "faites machine arrière|fais machine arrière|machine arrière",
    courtesy="merci|merci beaucoup|merci bien|mille mercis|un grand merci|grand merci|merci infiniment|je vous remercie|"
    "je te remercie|super|génial|parfait|excellent|très bien|bien|c'est bien|c'est très bien|c'est parfait|c'est super|"
    "c'est génial|c'est bon|c'est noté|bien reçu|bien noté|reçu|noté|entendu|compris|d'accord|ça marche|bravo|chapeau|"
    "magnifique|formidable|top|au top|nickel|impeccable|beau travail|bon travail|excellent travail|joli|très joli|très beau|"
    "bonne journée|bonne soirée|bon week-end|bon weekend|à bientôt|à plus tard|à demain|ok|okay|ça me plaît|ça me convient|"
    "cela me convient|j'adore|j'aime beaucoup|tout est bon|tout va bien|ça fonctionne|cool|chouette|trop bien|wow|de rien|"
    "avec plaisir|pas de souci|pas de problème|rien à redire|exactement ce que je voulais|un grand merci à tous|"
    "un grand merci à toute l'équipe|merci à tous|merci à toute l'équipe|merci encore|encore merci|merci d'avance|"
    "merci à vous|merci à toi|merci pour tout|merci pour votre aide|merci pour ton aide|merci pour l'info|"
    "merci pour la réponse|merci pour le retour|merci de votre aide|c'est exactement ce que je voulais|"
    "c'est exactement ce qu'il fallait|exactement ce qu'il me fallait|c'est nickel|c'est top|c'est impeccable|"
    "c'est bien comme ça|c'est parfait comme ça|très bien comme ça|très réussi|réussi|sublime|splendide|extra|bien vu|"
    "bien joué|je suis ravi|je suis ravie|je suis content|je suis contente|nous sommes ravis|pris note|c'est compris|"
    "c'est reçu|ça roule|à la prochaine|bonne fin de journée|bonne nuit|bonnes fêtes|cordialement|bien cordialement|"
    "bien à vous|tout est parfait|tout est nickel|ça marche bien|ça marche parfaitement|bonne semaine|belle journée|"
    "belle soirée|excellente journée|bon après-midi|c'est très réussi|ça rend bien|ça rend très bien|c'est magnifique|"
    "c'est superbe|superbe",
    approve="oui|ouais|oui merci|bien sûr|approuvé|approuvée|j'approuve|validé|validée|je valide|valide|validez|accepté|j'accepte|"
    "confirmé|je confirme|allez-y|vas-y|feu vert|accord donné|je suis d'accord|exact|exactement|c'est ça|c'est correct|"
    "volontiers|tout à fait|oui allez-y|oui vas-y|oui c'est bon|oui d'accord|oui s'il vous plaît|oui svp|c'est validé|"
    "c'est approuvé|ok pour moi|bon pour accord|vous pouvez y aller|tu peux y aller|oui volontiers|oui je confirme",
    decline="non|non merci|refusé|refusée|je refuse|refuse|rejeté|rejetée|je rejette|pas d'accord|je ne suis pas d'accord|"
    "pas comme ça|pas ainsi|pas validé|je ne valide pas|surtout pas|plutôt pas|n'approuve pas|je n'approuve pas|"
    "non pas comme ça|non merci pas comme ça|non pas encore|certainement pas|non surtout pas|je ne suis pas pour|"
    "je n'approuve pas cela|je n'accepte pas",
    publish="en ligne svp|en ligne s'il vous plaît|"
    "publie|publier|publiez|publie-le|publiez-le|publie ça|publiez ça|mets en ligne|mettez en ligne|mettre en ligne|"
    "mets-le en ligne|mettez-le en ligne|mise en ligne|passe en ligne|passez en ligne|déploie|déployez|déployer|"
    "mets en production|mettez en production|mise en production|vous pouvez publier|tu peux publier|"
    "vous pouvez mettre en ligne|tu peux mettre en ligne|publiez la page|publiez le site|publiez les modifications|"
    "on publie|on met en ligne|mettez tout en ligne|mettez ça en ligne|mettez en ligne maintenant|publiez maintenant",
    help="aide|à l'aide|aide-moi|aidez-moi|comment ça marche|comment ça fonctionne|que peux-tu faire|que pouvez-vous faire|"
    "que puis-je écrire|que puis-je faire|quelles sont les commandes|commandes|mode d'emploi|instructions|"
    "qu'est-ce que je peux écrire|qu'est-ce que je peux faire|que puis-je vous écrire|que puis-je t'écrire|"
    "comment ça s'utilise|qui es-tu|qui êtes-vous|quelles sont les options",
    build="construis|construire|construisez|compile|compiler|compilez|lance le build|lancez le build|build",
    commit="commit|committe|committer|commite|fais un commit|faites un commit|valide les modifications dans git",
    push="push|pousse|pousser|poussez|pousse les modifications|poussez les modifications",
    preview="aperçu|un aperçu|l'aperçu|montre-moi l'aperçu|montrez-moi l'aperçu|montre-moi un aperçu|montrez-moi un aperçu|"
    "envoie-moi l'aperçu|envoyez-moi l'aperçu|"
    "envoie-moi un aperçu|envoyez-moi un aperçu|prévisualiser|prévisualise|prévisualisez|prévisualisation|lien de l'aperçu",
    fillers="montre|montrez|envoie|envoyez|fais|faites|remets|remettez|s'il te plaît|s'il vous plaît|s'il te plait|s'il vous plait|"
    "svp|stp|maintenant|tout de suite|immédiatement|de suite|vite|encore|juste|aussi|et|mais|alors|donc|donc|oh|ah|bon|eh|"
    "très|tout|tous|toute|le|la|les|l'|un|une|des|du|de|ce|cela|ça|cette|ces|c'est|est|je|tu|vous|nous|moi|toi|me|te|mon|ma|"
    "mes|votre|vos|ton|ta|tes|pour|avec|à|au|en|sur|y|peux-tu|pouvez-vous|pourrais-tu|pourriez-vous|tu peux|vous pouvez|"
    "veuillez|merci de|je veux|je voudrais|j'aimerais|travail|tâche|demande|commande|message|mail|courriel|e-mail|travaux|"
    "traitement|processus|aide|désolé|désolée|pardon|excusez-moi|excuse-moi|finalement|plutôt|si possible|aujourd'hui|"
    "rapide|rapidité|réponse|équipe|tellement|vraiment|ici|là|que|qui|plus|à toute l'équipe|toute l'équipe|à tous|"
    "à vous tous|de votre part|de ta part|pour votre aide|pour ton aide|pour votre réactivité|pour la rapidité|"
    "pour cette rapidité|pour tout|de tout cœur|dès maintenant|pour l'instant|pour le moment|franchement|vraiment tout|"
    "d'abord|oui|encore une fois|une fois de plus|bien|aujourd'hui même|en fait",
    taken_back="modification|modifications|dernière modification|la dernière modification|dernières modifications|"
    "les dernières modifications|changement|changements|"
    "dernier changement|le dernier changement|derniers changements|dernière|dernier|ta modification|votre modification|"
    "tes modifications|vos modifications|"
    "ce que tu as fait|ce que vous avez fait|dernière étape|dernière action|dernière demande|dernier commit|modif|dernière modif",
    excuses="je me suis trompé|je me suis trompée|erreur de ma part|c'était une erreur|c'est une erreur|mon erreur|par erreur|"
    "j'ai changé d'avis|mauvaise page|mauvais fichier|mauvais message|ce n'est pas ce que je voulais|"
    "ce n'était pas ce que je voulais|ce n'est plus nécessaire|plus besoin|je n'en ai plus besoin|on n'en a plus besoin|"
    "je dois réfléchir|laisse-moi réfléchir|laissez-moi réfléchir|je dois vérifier quelque chose|je n'aime pas|"
    "ça ne me plaît pas|cela ne me plaît pas|c'est faux|ce n'est pas bon|il y a une erreur|quelque chose ne va pas|"
    "je me suis trompé de page|je me suis trompée de page|je me suis trompé de fichier|je me suis trompée de fichier|"
    "je me suis trompé de message|je me suis trompée de message|je me suis trompé de destinataire|"
    "je me suis trompée de destinataire|ce n'est pas la bonne page|ce n'était pas la bonne page|ce n'est pas le bon fichier|"
    "c'est la mauvaise page|c'était la mauvaise page|mauvaise adresse|mauvais destinataire|mauvais projet|envoyé trop tôt|"
    "envoyé par erreur|ce n'était pas pour vous|c'est une erreur de ma part|fausse manipulation|fausse manip|"
    "je dois demander d'abord|je dois d'abord vérifier|erreur",
    subjects="le|la|les|l'|ce|cette|ces|c'est|cela|ça|il|elle|ils|elles|on|nous|je|j'ai|mon|ma|mes|notre|nos|votre|vos|son|sa|"
    "ses|leur|leurs|tout|personne|client|cliente|clients|patron",
    blames="déteste|détestent|n'aime pas|n'aiment pas|aime pas|n'a pas aimé|n'ont pas aimé|ne plaît pas|ne plait pas|"
    "plaît pas|n'a pas plu|s'est plaint|s'est plainte|se plaint|se plaignent|n'est pas content|n'est pas contente|"
    "ne sont pas contents|pas satisfait|pas satisfaite|mécontent|mécontente|furieux|furieuse|fâché|fâchée|refuse|"
    "refusent|est contre|sont contre|moche|affreux|affreuse|horrible|laid|laide|atroce|faux|fausse|pire|cassé|cassée|"
    "illisible|bizarre|ne marche pas|ne fonctionne pas|marche pas|était mieux|c'était mieux|a changé d'avis|"
    "ai changé d'avis|ont changé d'avis|préfère l'ancien|préfère l'ancienne|préférait|veut l'ancien|veut l'ancienne",
    wishes="devrait|doit|doivent|faut|plutôt|place|svp|pourrait|pouvez|peux|besoin|mets|mettez|mais",
    apologies="pardon|désolé|désolée|je suis désolé|je suis désolée|désolé pour ça|désolée pour ça|excusez-moi|excuse-moi|"
    "toutes mes excuses|mes excuses|oups",
    greetings="bonjour|salut|bonsoir|coucou|cher|chère|chers|madame|monsieur|bonjour à tous|bonjour madame|bonjour monsieur|hello|hey",
    questions="qui|que|qu'est-ce|qu'est-ce que|qu'est-ce qui|quoi|quel|quelle|quels|quelles|où|quand|pourquoi|comment|combien|"
    "est-ce que|est-ce|est-il|est-elle|y a-t-il|"
    "as-tu|avez-vous|a-t-il|a-t-elle|ont-ils|sont-ils|sont-elles|es-tu|êtes-vous|avons-nous|puis-je|dois-je|peut-on|faut-il|à quoi|"
    "de quoi|pour quoi|depuis quand|"
    "jusqu'à quand|d'où|à quelle|dans quel|dans quelle|sur quel|sur quelle|à qui|lequel|laquelle|était-ce|c'est quoi|c'est où|"
    "c'est quand|tu as|vous avez",
    requests="peux-tu|pouvez-vous|pourrais-tu|pourriez-vous|tu peux|vous pouvez|tu pourrais|vous pourriez|voudrais-tu|"
    "voudriez-vous|veux-tu|voulez-vous|est-il possible de|"
    "serait-il possible|est-ce que tu peux|est-ce que vous pouvez|est-ce que tu pourrais|est-ce que vous pourriez|"
    "est-ce qu'on peut|pourquoi ne pas|et si|"
    "que dis-tu de|que dites-vous de|peut-on|pourrait-on|puis-je te demander|puis-je vous demander|s'il te plaît|s'il vous plaît|"
    "merci de",
    telling="peux-tu me dire|pouvez-vous me dire|pourrais-tu me dire|pourriez-vous me dire|tu peux me dire|vous pouvez me dire|"
    "peux-tu m'expliquer|pouvez-vous m'expliquer|"
    "pourrais-tu m'expliquer|pourriez-vous m'expliquer|dis-moi|dites-moi|explique-moi|expliquez-moi|sais-tu|savez-vous|"
    "peux-tu expliquer|pouvez-vous expliquer|"
    "pouvez-vous résumer|peux-tu résumer|pouvez-vous lister|peux-tu lister|est-ce que tu sais|est-ce que vous savez|"
    "est-ce que tu peux me dire|est-ce que vous pouvez me dire",
)
