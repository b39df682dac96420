"""How people ask to be left alone, by language: data for `opt_out`.

Each family stands for one way of asking: be left in peace, be taken off, have the sender
stop, hear nothing more, have the address forgotten. Words that also mean something
harmless ("lassen Sie uns in Ruhe darüber sprechen", "recept uitschrijven") are told apart
by what stands around them; where that is not possible, the request wins.
"""

from __future__ import annotations

# Where a sentence begins, or after a word that still leaves it an order.
_ORDER = r"(?:(?:^|[.!?,;:(–—-])[^\w\n]{0,3}|\b(?:please|pls|just|kindly|to|and|now|so) )"
_ENDS = r"(?= ?(?:[.,;:!?)\n]|$))"
_MAIL = r"(?:e-?mails?|mails?|messages?|correspondence|spam|newsletters?|outreach)"
_ADDRESS = r"(?:e-?mails?|(?:e-?mail )?address(?:es)?|number|name|contact|details|info\w*|records?|data|domain|company|office|practice)"

ENGLISH = (
    _ORDER + r"(?:leave|let) (?:me|us|everyone(?: here)?|everybody(?: here)?|(?:all|both) of us|my \w+|our \w+|this \w+) (?:the \w+ )?(?:alone|in peace|be)\b(?! (?:in|at|on|for|with (?!(?:this|these|your|the) " + _MAIL + r")))",
    r"^[^\w\n]{0,9}(?:please |just )*(?:go away|get lost|(?:buzz|sod|piss|bugger|fuck|f\W{1,3}k?) off)" + _ENDS,
    r"(?<!n't )(?<!not )\b(?:take|get|drop|strike|scratch|pull) (?:(?:all|both|each) of (?:us|them)|everyone(?: here)?|everybody(?: here)?|the (?:whole|entire) \w+|(?:me|us)(?: all| both)?|my \w+|our (?:\w+ )?\w+|this \w+) off\b(?! (?:the )?(?:phones?|hold|guard|hook|road|desk|work|calls?)\b)",
    r"(?<!n't )(?<!not )\b(?:opt|sign) (?:all of us|us all|both of us|everyone(?: here)?|me|us) (?:all )?out\b",
    r"\b(?:keep|stay|get|go) (?:me |us |yourself )?out of (?:my|our) (?:inbox(?:es)?|mail(?:box)?)\b",
    r"\b(?:keep|get|want) (?:me |us |to be |to get )?(?:off|out of) (?:your|this|these|any|all(?: of)?(?: your)?) (?:\w+ ){0,2}(?:lists?|sequences?|campaigns?|database|crm|system|mailings?)\b",
    r"\b(?:i|we) want off\b",
    _ORDER + r"(?:remove|delete|exclude|purge|scrub|wipe|erase|unlist|delist|deregister) (?:me|us|(?:all|both) of us|everyone(?: here)?|(?:my|our|this|the above|these) (?:\w+ )?" + _ADDRESS + r")\b",
    r"\b(?:put|place|add) (?:me|us|my \w+|our \w+|this \w+) (?:on|to) (?:your|the|a) (?:do[- ]not[- ]\w+|suppression|no[- ]\w+|block\w*|opt[- ]?out) list",
    r"(?:^|[.!?][ \n]{0,2}|\b(?:please|pls|kindly|just) )(?:stop|cease|desist|knock it off|cut it out|enough(?: already| is enough)?|cease and desist)(?: (?:it|this|already|now|immediately|at once|please))*" + _ENDS,
    r"^[^\w\n]{0,9}(?:no more|enough)(?: of)? (?:this|these|your|the) (?:" + _MAIL + r"|please)?",
    r"^[^\w\n]{0,9}(?:no more|not another)(?: (?:one|of (?:this|these)|" + _MAIL + r"))?(?: please)?" + _ENDS,
    r"\b(?:never|don't ever|do not ever) (?:want|wish|care|need) to (?:hear|receive|get|be (?:contacted|e-?mailed)|see)\b[^.!?\n]{0,20}\b(?:from you|" + _MAIL + r"|again)\b",
    r"(?<!if you would )(?<!if you'd )(?<!if you )\b(?:rather|prefer|ask|request) (?:to )?not (?:to )?(?:be (?:contacted|e-?mailed|written to|on)|receive|get|hear)\b",
    r"\b(?:prefer|rather|glad|grateful|appreciate it|thank you) (?:it )?(?:if )?you (?:didn't|did not|don't|do not|wouldn't|no longer|stopped|would stop|never) (?:\w+ )?(?:contact|e-?mail|mail|writ|messag|send|sent|wrote)",
    r"\b(?:don't|do not|no need to|never) (?:bother (?:to )?)?(?:e-?mail|writ|mail|contact|messag|follow|reach|send|sent)\w*(?: up| out| back)?(?: to)?(?: me| us| here| anyone| anybody| this \w+| our \w+| my \w+)?(?: \w+){0,2} (?:again|any ?more|any longer|any further|ever)\b",
    r"\b(?:don't|do not) (?:e-?mail|writ|mail|send|contact)\w*(?: \w+){0,3} (?:to )?(?:this (?:office|address|company|inbox|practice|domain)|anyone (?:here|at)|anybody (?:here|at))\b",
    r"\b(?:don't|do not) bother (?:e-?mailing|writing|contacting|messaging|following up|reaching out)\b",
    r"\b(?:may not|no permission to|not (?:allowed|permitted|authori[sz]ed) to|no right to) (?:contact|e-?mail|write|mail|message)\b(?! you)",
    r"\b(?:i|we)(?: have)? (?:never|didn't|did not|haven't|have not) (?:sign(?:ed)? up|subscribed?|opt(?:ed)?[- ]?in|registered?|consent(?:ed)?|agreed?) (?:for this|to (?:this list|receive|get|be (?:contacted|e-?mailed)|being (?:contacted|e-?mailed))|(?:for|to) (?:this|these|your|any) (?:\w+ )?(?:" + _MAIL + r"|list))",
    r"\b(?:i'm|i am|i've|i have|i'll|i will|we're|we are|we've|we have|we'll|we will|am|just|been) (?:now |just |going to |already )?block(?:ed|ing)? (?:you|your|this (?:sender|address|domain))\b",
    r"\b(?:withdraw|revoke|object to|do not consent to|don't consent to) (?:\w+ ){0,3}(?:consent|permission|marketing|processing|contact\w*|" + _MAIL + r"|being contacted)\b",
    r"\b(?:must|should|will|shall|has to|had better|better|let|make) (?:this |it |that )?(?:be )?(?:the|your) (?:very )?last (?:one|time|" + _MAIL + r")\b",
    r"\bforget (?:that )?you (?:ever |have |had )*(?:my|our|this)? ?(?:ha[dv]e? |got |found )?(?:my|our|this) " + _ADDRESS + r"\b",
    _ORDER + r"(?:lose|forget|discard|destroy) (?:my|our|this) (?:e-?mail|address|number|contact|details)\b",
    r"\b(?:shouldn't|should not|don't want to|do not want to|don't belong|do not belong|not supposed to) (?:be )?(?:on|in) (?:your|this|any|a) (?:\w+ )?(?:lists?|database|mailing)\b",
    r"\bcancel (?:my|our|this|the) (?:subscription|e-?mails?|mailings?)\b(?! (?:to|with|at) (?!you\b|your\b|this\b|these\b))",
    r"\bget off my (?:back|case)\b",
)  # fmt: skip

GERMAN = (
    r"\blass(?:en sie|t|)? (?:mich|uns|meine?n? \w+|unsere?n? \w+)(?: \w+){0,2} in (?:ruhe|frieden)(?= ?(?:[.,;:!?\n]|$|bitte\b|danke\b|mit (?:ihre|eure|diese|solche|deine|werb|dem ))) ?",
    r"\b(?:streichen|entfernen|löschen) sie (?:bitte |umgehend |sofort |endlich )*(?:mich|uns|alle|meine|unsere|diese (?:adresse|e-?mail|mail))\b(?![^.!?\n]{0,40}\bnicht\b(?! mehr))",
    r"\b(?:streicht|entfernt|löscht|lösch|streich) (?:bitte )?(?:mich|uns|meine|unsere)\b(?![^.!?\n]{0,40}\bnicht\b(?! mehr))",
    r"\b(?:nehmen sie|nehmt|nimm|tragen sie|tragt|trag|melden sie|meldet|meld) (?:bitte |sofort |endlich |umgehend )*(?:mich|uns|meine \w+|unsere \w+|diese \w+)\b(?![^.!?\n]{0,60}\bnicht\b)[^.!?\n]{0,60}?\b(?:raus|heraus|aus (?:ihr|eur|de[mr] (?:verteiler|liste|datei|datenbank|mailing|newsletter))\w*|aus|ab)\b(?= ?(?:[.,;:!?\n]|$|bitte|ihr|eur|verteiler|liste|der|dem))",
    r"\bbitte (?:(?!nicht\b|noch\b|keine?n?\b)[\w-]+ ){0,4}(?:mich|uns|meine?n?|unsere?n?|diese) (?:(?!nicht\b)[\w-]+ ){0,4}(?:löschen|entfernen|streichen|austragen|abmelden|rausnehmen|herausnehmen)\b",
    r"\bbitte (?:um )?(?:löschung|austragung|abmeldung|streichung)\b|\b(?:bitte|möchte|wollen|will|möchten) (?:(?!nicht\b|termin)[\w-]+ ){0,4}(?:abbestellen|austragen|abgemeldet werden)\b",
    r"\b(?:schreiben|mailen|kontaktieren|schicken|senden|belästigen) sie (?:mir|uns|mich)? ?(?:bitte |künftig |in zukunft )*(?:nie|nicht|keine|nichts)\b(?: \w+)? ?(?:wieder|mehr)\b",
    r"\b(?:schreibt|schickt|sendet|kontaktiert|belästigt) (?:mir|uns|mich) (?:bitte )?(?:nie|nicht|keine|nichts)\b(?: \w+)? ?(?:wieder|mehr)\b",
    r"\bnie(?:mals)? wieder (?:\w+ ){0,3}(?:schreiben|kontaktieren|mailen|anschreiben|melden|hören|belästigen)\b",
    r"\b(?:nichts|keine \w+) (?:mehr |weiter(?:es)? )?von (?:ihnen|euch|dir)\b(?: mehr)?(?: \w+)? (?:hören|bekommen|erhalten|lesen|sehen)\b",
    r"\b(?:unterlassen|verschonen) sie\b|\bhören sie (?:bitte |endlich |sofort )*(?:auf|damit auf)\b(?! (?:unser|mein|d(?:en|as|ie) (?:anruf|kunden|team)))",
    r"\bwiderspr(?:eche|echen|uch)\b[^.!?\n]{0,60}\b(?:nutzung|verarbeitung|verwendung|speicherung|werbung|kontaktaufnahme|zusendung|daten)",
    r"\bkein(?:e|en|erlei)? (?:kontakt(?:aufnahme|versuche)?|zusendung(?:en)?|werbe\w+|newsletter|post|akquise\w*) (?:mehr|wünsch\w+|erwünscht)",
    r"\b(?:will|möchte|wollen|möchten|wünschen?) (?:\w+ ){0,3}(?:mails?|nachrichten|werbung|newsletter|anschreiben) (?:nicht|nie)(?: mehr)?\b",
)  # fmt: skip

FRENCH = (
    r"\b(?:laisse[rz]?|fich(?:ez|e)|fout(?:ez|s)|foutre)[- ](?:moi|nous)(?: \w+)? (?:tranquilles?|en paix|la paix)\b|\b(?:me|nous) laisser (?:tranquilles?|en paix)\b",
    r"\b(?:cesse[rz]|arr[êe]te[rz]|stoppe[rz])(?: \w+)? (?:de |d')(?:me |nous |m')?(?:écri|contact|envo|sollicit|harcel|relanc|démarch|spam|embêt)\w*",
    r"\b(?:cesse[rz]|arr[êe]te[rz]|stoppe[rz]|fini|assez)(?: \w+)? (?:vos|ces|cet|tout|tous|avec|de vos|de ces|cela)(?: \w+)? ?(?:e-?mails?|mails?|courriels?|messages?|envois?|relances?|sollicitations?|démarchages?|pub\w*|spams?)",
    r"\b(?:je|nous) ne (?:veux|souhaite|désire|voulons|souhaitons|désirons) (?:plus|pas|aucune?)\b(?: \w+){0,2} (?:recevoir|être (?:contacté|sollicité|démarché|dérangé)\w*|de vos|e-?mails?|mails?|courriels?|messages?|sollicitations?|vous lire)",
    r"\b(?:merci de|veuillez|prière de|je vous (?:prie|demande) de) ne (?:plus|pas) (?:jamais )?(?:me |nous |m'|rien )?(?:écri|contact|envo|sollicit|relanc|démarch|importun|dérang|adresser)",
    r"\bn(?:e |')(?:me |nous |m')?(?:écrivez|contactez|envoyez|sollicitez|relancez|importunez|dérangez) (?:plus|jamais|pas)\b",
    r"\b(?:merci de|veuillez|prière de|pourriez-vous|pouvez-vous|demande de) (?:bien vouloir )?(?:me |nous |m')?(?:retirer|supprimer|désinscrire|désabonner|radier|effacer|enlever|rayer|oublier)\b(?! (?:le |la )?(?:rendez|rdv|réunion|commande))",
    r"\b(?:retirez|supprimez|enlevez|rayez|radiez|effacez|ôtez|sortez|oubliez|désinscrivez|désabonnez)[- ](?:moi|nous|mon|mes|notre|nos|cette adresse|mes coordonnées)\b(?! pas\b)",
    r"\b(?:sur|de|à) (?:vos|votre|cette|ces) (?:listes?|fichiers?|base)(?: de diffusion| d'envoi)?\b(?=[^.!?\n]{0,40}\b(?:retir|supprim|enlev|radi|effac|désins))|\b(?:retir|supprim|enlev|radi|effac)\w+\b[^.!?\n]{0,50}\b(?:vos|votre|cette) (?:listes?|fichiers?|base)\b",
    r"^[^\w\n]{0,9}plus (?:de|aucune?|jamais de) (?:e-?mails?|mails?|courriels?|messages?|pub\w*)",
    r"\b(?:droit (?:d'opposition|à l'oubli|à l'effacement)|m'oppose à)\b|\bjamais (?:abonnée?|inscrite?)\b",
)  # fmt: skip

SPANISH = (
    r"\b(?:d[ée]j[ae]n?|dejad|dejar)(?:me|nos) (?:\w+ )?(?:en paz|tranquil[oa]s?)\b|\b(?:me|nos) dejen? (?:\w+ )?(?:en paz|tranquil[oa]s?)\b",
    r"\bno (?:me|nos) (?:molest|escrib|contact|llam|env[ií]|mand)(?:en?|es|an?|as)\b(?: \w+){0,2}? ?(?:más|mas|nunca|jamás|correos?|e-?mails?|mensajes|publicidad|nada|otra vez|de nuevo)",
    r"\bno (?:me|nos) molest(?:en?|es)\b|\bno (?:(?:me|nos) )?vuelva[ns]? a (?:escribir|contactar|enviar|mandar|molestar|llamar)",
    r"\b(?:d[ée]j[ae]n?|dejad|paren?) (?:ya )?de (?:escribir|mandar|enviar|contactar|molestar|spam|hacer spam)\w*",
    r"\b(?:qu[ií]t|s[áa]qu|b[óo]rr|elim[ií]n|ret[ií]r)[ea]n?(?:me|nos)\b(?! un)",
    r"\b(?:quite|saque|borre|elimine|retire|suprima)n? (?:mi|nuestr[oa]|est[ea]) (?:\w+ )?(?:correo|e-?mail|dirección|datos|nombre|contacto)\b",
    r"\b(?:d[ée]n?|dar|doy|dad)(?:me|nos) de baja\b|\b(?:solicito|quiero|pido|deseo|queremos) (?:\w+ ){0,2}(?:la baja|mi baja|darme de baja|darnos de baja|que me den de baja)\b",
    r"\bno (?:quiero|deseo|queremos|deseamos) (?:\w+ ){0,2}?(?:recibir|más (?:correos|mensajes|e-?mails|publicidad|comunicaciones)|(?:sus|estos) (?:correos|mensajes|e-?mails)|que (?:me|nos) (?:escrib|contact|env|mand|molest)|saber nada)",
    r"^[^\w\n]{0,9}(?:no más|basta(?: ya)?(?: de)?|ni un) (?:\w+ )?(?:correos?|mensajes?|e-?mails?|publicidad)|^[^\w\n]{0,9}basta(?: ya)?" + _ENDS,
    r"\bcancel(?:ar|en?|ad) (?:mi |la |nuestra )?suscripción\b|\bnunca (?:me|nos) (?:suscrib|registr)",
)  # fmt: skip

DUTCH = (
    r"\blaat (?:me|mij|ons)(?: \w+){0,3} met rust\b|\bmet rust (?:te )?(?:laten|gelaten)\b",
    r"\b(?:graag|gelieve|willen?|wens|verzoek\w*|kunt u|kan je|kun je|aub|a\.u\.b\.|alstublieft|mij|me|ons|hierbij|direct|onmiddellijk)\W+(?:(?!niet\b|nog\b|factu|rekening|recept|offerte|cheque|bon)\S+ ){0,5}(?:uit te schrijven|uitschrijven|uitgeschreven|uitschrijving)\b",
    r"^[^\w\n]{0,9}(?:s\.?v\.?p\.? |graag )?(?:uitschrijven|uitschrijving|afmelden|afmelding)\b(?! (?:we|wij|kan|is|doe|van (?:fact|recept)|voor (?:de )?(?:vergadering|afspraak)))",
    r"\b(?:graag|gelieve|aub|a\.u\.b\.|alstublieft|willen?|wens)\W+(?:(?!niet\b|nog\b)\S+ ){0,4}(?:afmelden|af te melden|afgemeld)\b(?= (?:van|voor) (?:deze|die|uw|jullie|de|alle) (?:mail|e-mail|bericht|nieuws|lijst|verzend)| ?(?:[.!,\n]|$))",
    r"\b(?:meld|schrijf|haal|verwijder|schrap|gooi) (?:me|mij|ons|mijn|onze|dit adres|deze adressen)\b(?![^.!?\n]{0,40}\bniet\b)(?=[^.!?\n]{0,60}\b(?:af|uit|eraf|weg|van|lijst|bestand)\b|(?: \w+)? ?(?:[.!,\n]|$))",
    r"\b(?:stop|hou(?:d|dt)? op|kap|ophouden|stoppen) (?:\S+ )?(?:met (?:mail|e-mail|schrijv|stur|spam|bericht|deze|die|dit|uw|jullie|het (?:mail|stur|verz))|hiermee|ermee|daarmee)",
    r"\b(?:mail|schrijf|benader|contacteer|bel|stuur) (?:me|mij|ons)(?: \w+){0,2} (?:niet|nooit|niets|geen (?:e-?mails?|mails?|berichten|reclame))(?: meer)?\b(?! (?:voor|vandaag|morgen|deze))",
    r"\b(?:geen|nooit meer|niets meer)\b(?: \w+)? ?(?:e-?mails?|mails?|berichten|reclame|post|van (?:u|jullie)) (?:meer|ontvangen|horen|van (?:u|jullie))\b|\b(?:niets|niks) meer (?:van (?:u|jullie|je) )?(?:ontvangen|horen|krijgen)\b",
    r"\b(?:adres|gegevens|ons|mij|me) (?:\w+ )?(?:te )?verwijderen\b|\bverwijderen uit (?:uw|jullie|de|het)\b",
)  # fmt: skip

ITALIAN = (
    r"\b(?:lascia(?:te)?(?:mi|ci)|(?:mi|ci) lasci(?:ate|no)?) (?:\w+ )?(?:in pace|stare|perdere|tranquill[oaie])\b",
    r"\b(?:smett(?:ete|a|ano|i|etela|ila)|finitela|piantatela)(?: \w+)? (?:di |con )(?:scriv|mand|invi|contatt|disturb|spam|tempest|quest|le vostr|i vostr)\w*|\bsmettetela\b",
    r"\bnon (?:(?:mi|ci) )?(?:scriv|contatt|invi|mand|disturb)\w+(?: \w+)? (?:più|piu|mai più|nulla|niente)\b|\bnon disturbat\w+\b",
    r"\b(?:rimuov|cancell|elimin|togli|depenn)\w*(?:temi|teci)\b|\b(?:mi|ci) (?:cancell|rimuov|tolg|elimin)\w*\b(?=[^.!?\n]{0,50}\b(?:list|mailing|elenc|databas|rubric|archiv|indirizz)| ?(?:[.!,\n]|$))",
    r"\b(?:cancell|rimuov|togli|elimin)\w+ (?:il |la |i )?(?:mi[oa]|miei|nostr[oai]|quest[oa]) (?:\w+ )?(?:indirizz|e-?mail|mail|nominativ|dat[oi]\b|contatt)\w*",
    r"\bnon (?:voglio|vogliamo|desidero|desideriamo|intendo|gradisco) (?:più )?(?:ricevere|essere contattat|sentir|le vostre (?:e-?mail|mail))",
    r"^[^\w\n]{0,9}(?:basta|niente più|mai più)(?: con)?(?: \w+)? (?:e-?mail|mail|messaggi|pubblicità)|^[^\w\n]{0,9}basta(?: così)?" + _ENDS,
)  # fmt: skip

PORTUGUESE = (
    r"\b(?:deix(?:e|em|a|ar)[- ](?:me|nos|a gente)|(?:me|nos) deix(?:e|em|a)) (?:\w+ )?(?:em paz|sossegad\w*|tranquil\w*)\b",
    r"\b(?:par(?:e|em|a|ar)|deix(?:e|em)) de (?:me |nos )?(?:enviar|mandar|escrever|contactar|contatar|incomodar|ligar|spam)",
    r"\b(?:me|nos) (?:tire|remova|retire|exclua|descadastre|apague)m?\b|\b(?:tire|remova|retire|exclua|risque|apague)m?-?(?: )?(?:me|nos)\b",
    r"\b(?:tir(?:e|em|ar)|exclu(?:a|am|ir)|apag(?:ue|uem|ar)|remov(?:a|am|er)|elimin(?:e|em|ar)|retir(?:e|em|ar)) (?:o |a |os )?(?:meus?|minhas?|nossos?|nossas?|este) (?:\w+ )?(?:e-?mails?|endereços?|dados|contact?os?|nomes?)\b",
    r"\bnão (?:quero|queremos|desejo|desejamos|pretendo|gostaria de) (?:mais )?(?:receber|ser (?:contact|contat)ad|(?:mais )?(?:e-?mails|mensagens)|os seus|que me)",
    r"\bnão (?:me|nos) (?:escreva|envie|mande|contact?e|incomode|perturbe)m?\b|\bnão (?:escreva|envie|mande|contact?e|incomode)m?[- ](?:me|nos|mais)\b",
    r"\bcancel(?:ar|e|em) (?:a )?(?:minha |nossa )?(?:inscrição|subscrição|assinatura)\b|^[^\w\n]{0,9}(?:chega|basta) de (?:\w+ )?(?:e-?mails?|mensagens|spam)",
)  # fmt: skip

PHRASES = (*ENGLISH, *GERMAN, *FRENCH, *SPANISH, *DUTCH, *ITALIAN, *PORTUGUESE)
