"""How people say yes, ask, pass on, put off and decline, by family: data for `labels`.

Each family stands for one way of saying it, with its weight. Where the same words also
speak of something else ("Thursday doesn't suit", "do you do this in-house?") the family
leaves them out: a reply that nobody understands goes to a person, a wrong label acts.
Patterns mind the case only where a name is told by its capital.
"""

from __future__ import annotations

from agents.states import ReplyLabel

_NOT = r"(?<!not )(?<!n't )(?<!dont )(?<!never )(?<!no )"
_DAY = r"(?:monday|tuesday|wednesday|thursday|friday|tomorrow)"
_LATER = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december|spring|summer|fall|autumn"
    r"|winter|q[1-4]|easter|christmas|new year|next year|next quarter|next month)"
)
_MONAT = r"(?:januar|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember|frühjahr|frühling|sommer|herbst|winter|(?:nächste[mns]|kommende[mns]) (?:jahr|monat|quartal))"
_MOIS = r"(?:janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre)"
_MES = r"(?:enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|otoño|verano|primavera|invierno)"
_MESE = r"(?:gennaio|febbraio|marzo|aprile|maggio|giugno|luglio|agosto|settembre|ottobre|novembre|dicembre|autunno|primavera|estate)"
_MEZ = (
    r"(?:janeiro|fevereiro|março|abril|maio|junho|julho|agosto|setembro|outubro|novembro|dezembro)"
)
_MATERIAL = r"(?:offers?|proposals?|quotes?|estimates?|samples?|deck|brochures?|links?|invites?|invitation|info\w*|materials?|documentation|agreement)"
# Nobody's name, though a capital begins it.
_NO_NAME = r"(?!(?:I|It|This|That|He|She|We|You|They|Who|What|Me|Us|Back|Again|Our|My|The|There|Nobody|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|January|February|March|April|May|June|July|August|September|October|November|December|Spring|Summer|Fall|Autumn|Winter|Q[1-4]|Easter|Christmas)\b)"
_NAME = r"(?:(?:Mr|Mrs|Ms|Dr)\.? )?" + _NO_NAME + r"[A-Z][a-z]+"
_ROLE = r"(?:manager|partner|husband|wife|sister|brother|daughter|son|boss|colleague|assistant|team|department|owner|director|receptionist|supervisor|accountant|buyer|front desk|head office)"

INTERESTED = (
    # Wants to talk, be called, be visited
    (3, r"\b(?:when|how soon) (?:can|could|do|would|shall) (?:you|we|i) (?:\w+ )?(?:start|begin|talk|speak|meet|come|call|get (?:going|started)|drop by|show)\b"),
    (3, r"\b(?:can|could|would|will|shall|should|may) (?:you|we|i) (?:\w+ ){0,2}(?:talk|speak|meet|chat|have a (?:call|chat)|hop on|jump on|(?:call|ring|phone) (?:me|us)|(?:come|stop|drop|swing) by|show (?:me|us))\b"),
    (3, r"\b(?:walk|talk|take|run) (?:me|us|(?:me|us) and \w+ \w+(?: \w+)?)\b[^.!?\n]{0,40}\bthrough (?:it|this|that|how)\b"),
    (3, _NOT + r"\b(?:ring|phone|call|text) (?:me|us)\b(?! (?:a|an|the|old|crazy|again) )"),
    (3, r"\b(?:reach|get|catch) (?:me|us) (?:on|at) (?:my|our) (?:cell|mobile|direct|phone|number|desk)|\bmy direct (?:line|number)\b"),
    (3, _NOT + r"(?<!you )(?<!to )\b(?:swing|stop|drop|come|pop) by\b"),
    # Wants to begin, or to see more
    (3, r"\bnext steps?\b|\bwhere (?:do|can) (?:i|we) (?:sign|start|book|begin)\b|\bhow (?:do|can) (?:i|we) (?:sign up|get started|start|book|proceed|begin)\b"),
    (3, r"\b(?:sign (?:me|us) up|count (?:me|us) in)\b|\b(?:i'm|we're) in(?=\s*[.!,\n]|$)"),
    (3, _NOT + r"\b(?:give (?:it|this|you) a (?:try|go|shot|whirl)|try (?:it|this) out|want to (?:try|test) (?:it|this)|let'?s (?:do (?:it|this)|give|try (?:it|this)))\b"),
    (3, r"\b(?:let me|let'?s|lets) see what you(?:'ve)? (?:have|got|offer|can do)|\bshow (?:me|us) what you\b"),
    (3, r"\bcurious to (?:see|hear|learn)\b|\bcaught my (?:eye|attention|interest)\b|\b(?:i'd|we'd|would) (?:like|love) to hear (?:how|about|what)\b"),
    (3, _NOT + r"\b(?:put together|prepare|draw up|mail|e-?mail|send|get) (?:(?:me|us|over) )?(?:an? |the |your |some )(?:\w+ )?" + _MATERIAL + r"\b"),
    (2, r"^[^\w\n]{0,9}(?:why not|go (?:ahead|for it)|fine by me|by all means|with pleasure|gladly|of course|agreed|count on it)\b"),
    # Names a slot
    (3, r"\b(?:put|get|add|stick) (?:\w+ ){0,2}(?:on|in|into) (?:my|our|the) (?:calendar|diary|schedule|agenda)\b"),
    (3, r"(?<!n't )(?<!not )\b(?:suits? (?:me|us)|works? (?:best|well|fine) (?:for )?(?:me|us))\b"),
    (3, r"\b(?:\d+|five|ten|fifteen|twenty|thirty) min(?:ute)?s (?:is|are|would be|should be|sounds?|works?) (?:fine|ok|okay|good|great|doable)\b"),
    (3, r"^[^\w\n]{0,9}(?:either |maybe |say )?" + _DAY + r"(?: (?:morning|afternoon|evening))?(?: (?:at|after|before|around))? ?\d{1,2}(?::\d\d)?\b"),
    # German
    (3, r"\b(?:hört|hoert|klingt|liest) (?:sich )?(?:\w+ )?(?:gut|spannend|interessant|vielversprechend)\b|\bpasst (?:(?!nicht|nie)\w+ ){0,3}gut\b"),
    (3, r"\brufen sie (?:mich|uns)\b(?![^.!?\n]{0,40}\bnicht\b)|\b(?:können|könnten|wollen|sollen) wir (?:[\w.:]+ ){0,8}?(?:telefonieren|sprechen|treffen|reden)\b"),
    (3, r"\b(?:schicken|senden|mailen) sie (?:mir|uns) (?:\w+ ){0,4}(?:unterlagen|informationen|infos|angebot|details|material|termin\w*|link)\b|\b(?:schaue?n?|sehen?) (?:ich|wir) (?:mir|uns) (?:das|es) (?:gerne? )?an\b"),
    # French
    (3, r"(?<!ne )\b(?:m'|nous )intéress(?:e|ent|erait)\b(?! pas)|\b(?:r?appelez)[- ](?:moi|nous)\b(?! pas)|\bavec plaisir\b|\bpourquoi pas\b|\bje suis (?:disponible|libre|dispo)\b"),
    (3, r"\bpou(?:vons|rrions)-nous (?:nous )?(?:parler|rencontrer|voir|échanger)\b|\bpou(?:vez|rriez)-vous (?:me |m'|nous )(?:r?appeler|en dire plus|montrer|envoyer)\b|(?<!ne m')\benvoyez[- ](?:moi|nous)\b"),
    # Spanish, Portuguese, Italian
    (3, r"\b(?:saber|conocer) (?:un poco )?más\b|\b(?:nos|me) gustaría (?:ver|hablar|probar|conocer)\b|(?<!no )\b(?:llám[ae]n?(?:me|nos)|puede llamar(?:me|nos))\b|\btiene un (?:hueco|rato|momento)\b|\bpodemos (?:hablar|vernos|reunirnos|agendar)\b|\bcon (?:mucho )?gusto\b"),
    (3, r"\bgostar(?:ia|íamos) de (?:saber mais|conhecer|ver|conversar|marcar)\b|\bpode(?:mos|m|ria)? (?:me )?(?:ligar|conversar|marcar|agendar)\b|\bsaber mais\b|\bligue(?:-me|-nos)\b|\bcom (?:todo o )?prazer\b"),
    (3, r"\bpossiamo (?:sentirci|vederci|parlar\w+|fissare)\b|(?<!non )\b(?:mi|ci) (?:piace|piacerebbe|incuriosisce|chiami|richiami)\b|\bsapern?e di più\b|\b(?:volentieri|con piacere)\b"),
    # Dutch, Swedish
    (3, r"\bkunnen we (?:\w+ ){0,4}(?:bellen|afspreken|praten|spreken)\b|\bbelt? u? ?(?:me|mij|ons)\b|\b(?:graag|wil|willen) (?:wel )?meer (?:weten|horen|informatie)\b|\blijkt (?:me|mij|ons) (?:wel )?(?:leuk|interessant|goed)\b"),
    (3, r"\blåter (?:bra|intressant|spännande)\b|(?<!inte )\bring (?:mig|oss)\b|\b(?:gärna|vill) (?:veta|höra) mer\b"),
)  # fmt: skip

QUESTION = (
    (2, r"\b(?:i|we)(?:'d| would) (?:need|want|like|have) to (?:know|understand) (?:what|how|who|where|whether|if|why)\b"),
    (2, r"\b(?:i|we) (?:don't|do not|didn't|did not|can't) (?:\w+ )?(?:understand|get|follow) (?:\w+ )?(?:what|how|why|who)\b|\bnot (?:quite |really |entirely )?(?:sure|clear) (?:what|how|who) (?:it|this|you|that)\b"),
    (2, r"\A\W{0,20}(?:hi \w+,?\s+)?(?:(?:so|and|but) )?(?:(?:is|are) (?:there|it|this|that|you|your)|(?:do|does|did|can|could|will|would) (?:you|it|this|that|one)|(?:what|how) (?:is|are|does|do|would|much|long|many|kind)|who (?:is|are))\b[^.!?\n]{8,}$"),
)  # fmt: skip

REFERRAL = (
    # Names the one to turn to
    (3, r"\b(?i:ask for|(?:best to|please) ask|(?:address|send|direct|refer|take|bring) (?:this|that|it|your \w+) (?:up )?(?:to|with)|check with|go through|get in touch with|speak (?:to|with)|write to|try) " + _NAME),
    (3, r"\b(?i:ask for|(?:address|send|direct|refer|take) (?:this|that|it|your \w+) (?:up )?(?:to|with)|(?:have|need) to go through|go through) (?i:my|our|the) (?i:(?:\w+ ){0,2})(?i:" + _ROLE + r")"),
    (3, r"\b(?i:ask for (?!a\b|an\b|the\b|more\b|it\b|my\b|your\b|that\b|this\b|help\b|me\b)[a-z]+ (?:at|in|from) )"),
    (3, r"(?i:\b(?:address|send|direct|refer) (?:this|that|it|your \w+) to (?:him|her|them)\b|\b(?:e-?mail|reach|contact|write to|ask) (?:him|her|them) (?:at|on|directly|instead|about)\b|\b(?:her|his) (?:e-?mail|address|number) is\b)"),
    (3, r"(?i:\b" + _ROLE + r"s?\b[^.!?\n]{0,40}[:( ][\w.+-]+@[\w-]+\.\w)"),
    # Says who decides
    (3, r"\b" + _NAME + r"(?: [A-Z][a-z]+)? (?i:(?:now )?(?:owns|decides|oversees|makes (?:these|those|the|such|all) (?:calls|decisions)|is the (?:person|contact|one) (?:to|who|for)))\b"),
    (3, r"(?i:\bdecisions? (?:like this |on this |about this |of this kind )?(?:is|are|gets?) made (?:at|by|in|elsewhere)\b|\b(?:that|this|it)(?:'s| is) (?:up to )?my (?:\w+ )?" + _ROLE + r"'s\b)"),
    (3, r"(?i:\b(?:that|this)(?:'?s| is) not (?:me|my (?:area|department|call|decision|job))\b|\bnot my (?:area|department|call|decision)\b)"),
    # Has passed it on
    (3, r"(?i:\b(?:i|we)(?:'ve| have|'ll| will|'m| am)? (?:sent|sending|send|given|giving|give|handed|handing|hand|passed|passing|pass|shared|sharing|relayed|left) (?:your \w+|this|that|it) (?:(?:on|over|along) )?(?:to|with) (?!me\b|us\b|you\b|(?:the |my )?(?:spam|trash|junk|bin)\b))"),
    (3, r"\b(?i:adding|cc-?ing|introducing|bringing in|connecting you (?:with|to)|putting you in touch with) " + _NAME),
    # German, French, Spanish, Italian, Dutch, Portuguese
    (3, r"(?i:\b(?:ist|sind|wäre) [^.!?\n]{0,60}\bzuständig\b|\bzuständig(?:er?)? (?:ist|sind|dafür ist|hierfür ist)\b|\bweitergeleitet\b|\bleite [^.!?\n]{0,40}\bweiter\b|\b(?:sprechen|fragen|kontaktieren) sie (?:bitte |dazu |hierzu |am besten )*(?:mit )?(?:herrn?|frau|meinen?|unseren?) )"),
    (3, r"(?i:\bvoir (?:cela |ça |ceci )?avec (?:ma|mon|m\.|mme|madame|monsieur|notre)\b|\b(?:adressez|contactez|écrivez|parlez)(?:-vous)? (?:à |avec |plutôt )*(?:m\.|mme|madame|monsieur|notre)\b|\b(?:transmis|fait suivre) (?:votre|à)\b|\bs'en occupe\b)"),
    (3, r"(?i:\bse encarga\b|\ble paso (?:su|el) (?:correo|teléfono|contacto)|\b(?:hable|contacte|diríjase|escriba) (?:con |a )?(?:el |la )?(?:señora?|sra?\.?|mi|nuestr[oa]) |\bhe reenviado\b)"),
    (3, r"(?i:\bse ne occupa\b|\b(?:parli|scriva|contatti|si rivolga) (?:pure )?(?:con |a |al |alla )?(?:il |la )?(?:sig|dott|mi[oa]|nostr)|\bho inoltrato\b)"),
    (3, r"(?i:\bcontact op(?:nemen)? met (?:mijn|onze|de heer|mevrouw|dhr|mw)\b|\bcontact opnemen met (?:mijn|onze|de heer|mevrouw)\b|\bgaat (?:hier|daar)over\b|\bdoorgestuurd\b)"),
    (3, r"(?i:\bquem (?:trata|cuida|decide)\b|\bfale com (?:o |a )?(?:meu|minha|sr|senhora?|dona|noss[oa])\b|\bencaminhei\b)"),
)  # fmt: skip

NOT_NOW = (
    # Later, some day, after something
    (3, r"\b(?:ask|remind|try|check|revisit|discuss)(?: \w+){0,2} (?:again|once more|later|" + _LATER + r"|in " + _LATER + r")\b"),
    (3, r"\b(?:have|has|need|needs|will|would|must)(?: just)? (?:to )?wait (?:until|till|for (?:the|a|our)|a (?:bit|while))\b|\bback burner\b|\b(?:everything|projects?|this|it|all) (?:is |are )?(?:put )?on hold (?:until|till|for now)\b"),
    (3, r"\b(?:not|nothing|won't|no|never|don't|can't|cannot)\b[^.!?\n]{0,60}\b(?:before|until|till) (?:the |our |after |late |early |mid-? ?|end of )*(?:\w+ ){0,2}?(?:" + _LATER + r"|fiscal|financial|year|quarter|holidays|season)\b"),
    (3, r"\b(?:maybe|perhaps|possibly) (?:some |an)other (?:time|day|year)\b|\b(?:some other time|another time)\W*(?:perhaps|maybe|then|thanks)?\W*$|\bmaybe (?:someday|one day)\b"),
    (3, r"\bgive (?:it|us|me) (?:half a year|(?:a|another) (?:year|month|quarter|while|few (?:weeks|months)|couple (?:of )?months)|(?:six|three|two|\d+) (?:more )?(?:weeks|months))\b"),
    (3, r"\b(?:once|when|until) (?:things|it|life|we)(?:'ve| have|'re| are)? (?:\w+ )?(?:settled?|calm(?:ed)?|slow(?:ed)?|quiet(?:ed)?|reopen|back to normal)\b|\b(?:after|once|until) (?:the )?(?:easter|christmas|holidays|summer|move|renovation|tax season|flu season|busy season|new year)\b"),
    # Has no room for it
    (2, r"\b(?:crazy|hectic|insane|bad|terrible|wrong|awful) (?:time|moment|month|week|season|quarter)\b|\b(?:buried|slammed|overloaded|stretched thin|in the mid(?:dle|st) of)\b|\b(?:maternity|paternity|parental) leave\b"),
    # German, French
    (3, r"\b(?:zur ?zeit|gerade|aktuell|derzeit|momentan|im augenblick|dieses (?:quartal|jahr)|diesen monat|diese woche)\b[^.!?\n]{0,60}\b(?:nicht|keine zeit|zu viel|unmöglich|ungünstig|viel los|ausgelastet)\b(?! interessiert)"),
    (3, r"\b(?:ab|im|nach|erst|in) (?:dem |den )?" + _MONAT + r"\b[^.!?\n]{0,40}\b(?:wieder|noch ?(?:ein)?mal|erneut|nachfragen|melden)\b|\bgerne? (?:wieder )?ab " + _MONAT + r"\b|\bzu einem späteren zeitpunkt\b|\b(?:ungünstiger|kein guter) zeitpunkt\b"),
    (3, r"\bpas le (?:bon )?moment\b|\brevenez vers (?:moi|nous)\b|\b(?:rappelez|relancez|écrivez)[- ](?:moi|nous) (?:en|après|à la) (?:" + _MOIS + r"|les|l'|rentrée)|\bl'année prochaine\b|\bpas avant (?:" + _MOIS + r"|la rentrée|l'été)"),
    # Spanish, Portuguese, Italian
    (3, r"\beste (?:mes|año|trimestre)\b[^.!?\n]{0,40}\b(?:no|imposible|complicado)\b|\bno es (?:el|un)(?: buen)? momento\b|\b(?:escríba|lláme|contácte|hable|vuelva)\w*[^.!?\n]{0,20} (?:en|después de|a partir de) " + _MES + r"\b|\bel (?:próximo año|año que viene)\b"),
    (3, r"\b(?:neste|no|de) momento\b[^.!?\n]{0,20}\bnão\b|\bnão\b[^.!?\n]{0,30}\b(?:neste momento|por enquanto|por agora)\b|\b(?:fale|volte|contact|entre em contato|ligue|escreva)\w*[^.!?\n]{0,25}\b(?:em|a partir de|depois de) " + _MEZ + r"\b|\b(?:ano que vem|no próximo ano)\b"),
    (3, r"\b(?:al momento|per il momento|per adesso|in questo (?:momento|periodo)|quest'anno)\b[^.!?\n]{0,30}\bnon\b|\b(?:ci risentiamo|ci sentiamo|mi ricontatti|ci ricontatti|riscriva|sentiamoci)\b[^.!?\n]{0,20}\b(?:a|in|dopo|da) (?:" + _MESE + r"|l'estate|le ferie)|\bpiù avanti\b|\bl'anno prossimo\b"),
    # Dutch, Swedish
    (3, r"\b(?:momenteel|op dit moment|dit (?:jaar|kwartaal)|deze maand)\b[^.!?\n]{0,30}\b(?:niet|te druk)\b|\b(?:volgend (?:jaar|kwartaal)|na de (?:zomer|vakantie))\b|\bkomt (?:nu|even) niet uit\b"),
    (3, r"\b(?:just nu (?:\w+ )?inte|inte just nu)\b|\b(?:återkom|hör av (?:dig|er))\b[^.!?\n]{0,20}\b(?:i|efter|nästa)\b|\bnästa (?:år|kvartal)\b"),
)  # fmt: skip

NOT_INTERESTED = (
    # No use for it
    (3, r"\b(?:no|not much|little|zero) (?:\w+ )?(?:use|need|appetite|demand) for\b|\bmakes? no sense\b|\b(?:doesn't|does not|don't|won't|wouldn't) (?:really )?(?:make (?:much |any )?sense|match|apply|concern us|appeal|interest (?:me|us))\b"),
    (3, r"\b(?:isn't|is not|nothing|not) (?:really )?(?:something|anything|one) (?:that )?(?:we|i)(?:'d|'ll)? (?:\w+ )?(?:spend|pay|want|buy|consider|pursue|need)\b"),
    (3, r"\b(?:i'll|we'll|i will|we will|i'd rather|we'd rather|i think i'll) (?:just )?(?:leave (?:it|this|that)(?! (?:till|until|for|to|with)\b)|skip (?:it|this|that)|give (?:it|this) a miss|sit this (?:one )?out|stick (?:with|to)|stay with)\b"),
    (3, r"\b(?:hard|strong|definite|firm) (?:pass|no)\b|^[^\w\n]{0,9}(?:nope|nah)\b[\s,]+(?:not|we|i'm|thanks|thx|sorry)\b|\bnot for me\b"),
    # Has it already, or is gone
    (3, r"\b(?:went|gone|signed|settled|sticking|staying) (?:up )?(?:with|on) (?:another|someone else|somebody else|a different|a competitor|our (?:current|existing)|what we)\b"),
    (3, r"(?<!do )(?<!can )(?<!could )(?<!would )(?<!should )\bwe (?:\w+ )?(?:do|handle|answer|manage|keep)\b[^.!?\n]{0,40}\b(?:ourselves|in[- ]house|internally)\b(?![^.\n]{0,40}\?)"),
    (2, r"\b(?:we|i)(?:'ve| have)? (?:closed|shut|wound up|retired from) (?:down )?(?:the|our|my) (?:practice|business|company|office|shop|clinic|doors)\b|\bout of business\b"),
    # Does not do such things
    (3, r"\b(?:we|i) (?:do not|don't|never|won't|will not|wouldn't) (?:\w+ )?(?:buy|purchase|outsource|do business|respond to|invest in|spend money)\b"),
    (2, r"\b(?:good|best of) luck (?:with|in|on|to)\b|\bwish you (?:all the |the |every )?(?:best|luck|success)\b"),
    # German, French
    (3, r"\b(?:bestens|gut|schon|bereits|ausreichend) (?:versorgt|aufgestellt|bedient|ausgestattet)\b|\bkein(?:e|en|er)? (?:verwendung|gebrauch|nutzen)\b|\bnicht (?:interessiert|relevant|benötigt)\b|\bbrauchen (?:wir|ich) (?:das |es |so etwas )?(?:\w+ )?nicht\b|\b(?:haben|nutzen) (?:dafür |da |hier )?(?:schon|bereits) (?:eine|jemand)|\bkommt (?:\w+ ){0,4}nicht (?:infrage|in frage)\b"),
    (3, r"\bne (?:nous|me|m') ?(?:concerne|intéresse|correspond)\w* pas\b|\bpas (?:besoin|pour nous)\b|\b(?:n'avons|n'ai) (?:pas|aucun\w*) (?:de )?(?:besoin|intérêt)\b|\bavons déjà (?:un|une|ce)\b|\bsans façon\b|\bdéclin(?:e|ons)\b"),
    # Spanish, Italian, Portuguese
    (3, r"\bno (?:lo |la |nos |me )?(?:necesit\w+|hace falta|interesa)\b|\bya (?:tenemos|contamos con|trabajamos con) |\bestamos (?:cubiert|satisfech)\w+"),
    (3, r"\bnon (?:ci |mi |ce |ne )?(?:serve|interessa|occorre)\b|\bnon (?:ne )?abbiamo bisogno\b|\babbiamo già (?:un|una|qualcuno|chi)\b|\bsiamo (?:già )?(?:a posto|coperti)\b|\bnon fa per noi\b"),
    (3, r"\bnão (?:\w+ )?(?:precisamos|preciso|necessitamos|é para nós|interessa)\b|\bjá (?:temos|trabalhamos com) (?:um|uma|alguém)"),
    # Dutch, Swedish, Polish
    (3, r"\bgeen (?:behoefte|gebruik)\b|\bniet (?:nodig|geïnteresseerd|interessant)\b|\bniets? voor ons\b|\bzijn (?:al|reeds) voorzien\b|\bhebben (?:wij |we )?(?:al|reeds) (?:een|iemand)\b"),
    (3, r"\b(?:inget|inte något|ingenting) för (?:oss|mig)\b|\b(?:inget behov|behöver (?:vi |det )?inte|inte aktuellt|har redan en)\b"),
    (3, r"\bnie (?:jeste\w+ )?zainteresowan\w+|\bnie,? dziękuj\w+"),
)  # fmt: skip

FAMILIES = {
    ReplyLabel.INTERESTED: INTERESTED,
    ReplyLabel.QUESTION: QUESTION,
    ReplyLabel.REFERRAL: REFERRAL,
    ReplyLabel.NOT_NOW: NOT_NOW,
    ReplyLabel.NOT_INTERESTED: NOT_INTERESTED,
}
