"""Does the sender ask not to be written to again? Errs on the side of yes."""

from __future__ import annotations

import re

from agents.inbox.classify.opt_out_phrases import PHRASES

_NEGATED = re.compile(
    # "You did not remove me" is a complaint about a request, not a wish to stay.
    r"\b(?:do not|don't|dont|please don't|(?<!you )didn't|(?<!you )did not|not going to|no need to|never)"
    r" (?:want (?:you )?to |need to |mean to |wish to |plan to )?"
    r"(?:unsubscribe|remove|delete|opt[- ]?out|stop|(?:take|get|drop) (?:\w+ ){1,3}?off)\b",
    re.IGNORECASE,
)
# A whole reply, or its first line, that is nothing but the request.
_BARE = re.compile(
    r"\W*(?:please\s+|pls\s+|kindly\s+|bitte\s+|por favor\s+|merci de\s+)?"
    r"(?:unsub(?:scribe)?(?: me| us)?(?: please| now| thanks?)?|unsubscribed?|stop(?: it| now| please| this| emailing| e-?mails?| all)?|"
    r"remove(?: me| us)?(?: please| now)?|opt(?:ing)?[- ]?(?:me )?out|quit|end|cancel|take me off|"
    r"no more e-?mails?|do not contact|abmelden|abbestellen|austragen|stopp|"
    r"désabonner|désinscription|désinscrire|me désinscrire|baja|darme de baja|dar de baja|cancelar suscripción|"
    r"cancellami|disiscrivimi|disiscrizione|uitschrijven|afmelden|avregistrera|avmeld|afmeld|"
    r"wypisz|cancelar inscrição|descadastrar|remover|отписаться|отпишите меня)"
    r"(?:\s*,?\s*(?:please|thanks|thank you|danke|merci|gracias|now|immediately))?\W*",
    re.IGNORECASE,
)
_REQUEST = re.compile(
    r"\bunsubscribe (?:me|us|my|our (?:e-?mail|address)|this (?:e-?mail|address)|from (?:this|your|these|all|any)|immediately|at once|asap)\b|"
    r"\b(?:want|wish|like|need|how (?:do|can) (?:i|we)|trying|asked?|request(?:ed)?|can you|could you|please|kindly|will) (?:\w+ ){0,3}(?:unsubscribe|be unsubscribed|be removed|opt[- ]?out|be taken off)\b|"
    r"\b(?:please |kindly |just |and )(?:unsubscribe|opt (?:me|us) out)\b|"
    r"\b(?:remove|delete|take|drop|scratch|erase|strike) (?:me|us|my|our|this (?:e-?mail|address|account|contact)|these|him|her|them|all (?:of )?(?:my|our)|[\w.+-]+@[\w.-]+)\b(?=[^.!?\n]{0,60}\b(?:list|lists|database|off(?! (?:the )?(?:phones?|hold|hook|road|desk)\b)|mailing|e-?mail|contacts?|records|data|system|distribution|crm|from)\b)|"
    r"^[^\w\n]{0,9}(?:please |pls |kindly )?(?:remove|delete) (?:me|us|my (?:e-?mail|address|details|data|info\w*))\b|"
    r"\btake (?:me|us) off\b(?! (?:the )?(?:phones?|hold|guard|hook|road|desk|work|calls?)\b)|"
    r"\b(?:stop|quit|cease|discontinue) (?:e-?mail|mail|contact|send|writ|messag|spam|pester|bother|harass|pitch|solicit|with (?:the|these|your) (?:e-?mail|mail|messag)|these (?:e-?mail|mail|messag)|the (?:e-?mail|mail|spam|messag)|(?:all |any )?(?:further |future )?(?:e-?mails|contact|communication))|"
    r"\b(?:do not|don't|dont|never|not to)(?: ever)? (?:e-?mail|contact|write|message|reach out|send|mail|bother|spam|call)(?: to)? (?:me|us|my|our|this|any|anything|again|more)\b|"
    r"\b(?:do not|don't|dont) (?:e-?mail|contact|write|message|mail|reach out)(?: to)?(?: me| us)?(?: \w+){0,3} (?:again|any ?more|further|ever)\b|"
    r"\bno (?:more|further) (?:e-?mails?|mails?|messages|contact|communication|correspondence|outreach|solicitations?)\b|"
    r"\b(?:no longer|do not|don't|not) (?:wish|want|care|like) to (?:be (?:contacted|e-?mailed|on)|receive|hear|get)\b|"
    r"\b(?:don't|do not) want (?:any|your|these|further|more) (?:e-?mails?|messages|mail|spam|emails)\b|"
    r"\bopt(?:ing|ed)?[- ]?(?:me |us )?out (?:of|from) (?:your|these|all|any|this|future|further|the (?:list|mailing))|"
    r"\boff (?:of )?(?:your|the|this) (?:mailing |e-?mail |contact )?list\b|"
    r"\blose my (?:e-?mail|number|address|details|contact)|"
    r"\b(?:right to (?:be forgotten|erasure|object)|gdpr|ccpa|can-spam|article 17|art\. ?17)\b(?=.{0,200}\b(?:remov|delet|eras|stop|cease|object|unsubscrib))|"
    r"\b(?:delete|erase|remove) (?:all )?(?:my|our) (?:personal )?(?:data|details|information|info|record)|"
    # German, French, Spanish, Italian, Dutch, Portuguese, Swedish
    r"\b(?:keine (?:weiteren|werbe)?-?\s?(?:e-?mails|mails|nachrichten|werbung|anfragen)(?: mehr)?|(?:nicht mehr|keinesfalls) (?:an)?(?:schreiben|kontaktieren|mailen)|aus (?:ihrem|dem|ihrer|der|eurem) (?:verteiler|liste|datenbank|e-?mail)|löschen sie (?:meine|unsere|bitte meine)|von (?:ihrer|der) liste)\b|"
    r"\b(?:ne (?:plus|pas) (?:me |nous )?(?:contacter|écrire|envoyer|recevoir)|ne (?:me|nous) (?:contactez|écrivez|envoyez) plus|(?:retirez|retirer|supprimez|supprimer|enlevez|désinscrivez|désabonnez)[- ](?:moi|nous|mon|mes|notre)|de votre liste)\b|"
    r"\b(?:no (?:me |nos )?(?:contacten?|escriban?|env[ií]en?|manden?) (?:más|mas)|no (?:deseo|quiero|queremos) recibir|(?:elimine|eliminen|borre|borren|quite|quiten|denme|deme|dar)(?:me|nos)? (?:de (?:baja|su lista|la lista)|mi (?:correo|email)|mis datos)|elimínen?me|bórren?me|de su lista)\b|"
    r"\b(?:non (?:mi |ci )?(?:contattate|scrivete|inviate|contattatemi|scrivetemi)(?:mi|ci)? (?:più|piu)|non (?:desidero|voglio) (?:più )?ricevere|(?:rimuovete|cancellate|togliete)(?:mi|ci| il mio))\b|"
    r"\b(?:(?:wil|wens|willen) geen (?:e-?mails?|mails?|berichten)(?: meer)?|niet meer (?:mailen|contacteren|benaderen)|uit (?:uw|jullie|de) (?:lijst|bestand|mailinglijst)|schrijf (?:me|mij|ons) uit)\b|"
    r"\b(?:não (?:quero|desejo) (?:mais )?receber|não (?:me )?(?:contacte|contate|envie)m? mais|remov(?:a|er|am)-?(?:me|-me| meu| o meu)|retir(?:e|em)-me)\b|"
    r"\b(?:ta bort (?:mig|oss)|inte (?:fler|längre) (?:mejl|mail|kontakta)|kontakta (?:mig|oss) inte)\b",
    re.IGNORECASE | re.MULTILINE,
)
_FAMILIES = re.compile(
    "|".join(f"(?:{phrase})" for phrase in PHRASES), re.IGNORECASE | re.MULTILINE
)
# Words that mean nothing else: in a short reply they are the request.
_WORD = re.compile(
    r"(?<!nicht )(?<!non )(?<!não )\b"
    r"(?:unsubscribe|désabonn\w*|désinscri\w*|disiscri\w*|descadastr\w*|abbestell\w*)\b"
    r"(?!(?:[- ]\w+)? pas\b)",
    re.IGNORECASE,
)
_SHORT = 12  # words
_COMPLAINT = re.compile(
    r"\b(?:report(?:ed|ing)?|mark(?:ed|ing)?|flag(?:ged|ging)?)\b[^.!?\n]{0,40}\b(?:spam|junk|phishing|abuse)\b|"
    r"\b(?:this|that|your e-?mail|which) is (?:\w+ )?(?:spam|junk|unsolicited)\b|\bstop spamming\b|"
    r"\b(?:als spam (?:gemeldet|markiert)|c'est du spam|esto es spam|questo è spam|dit is spam)\b",
    re.IGNORECASE,
)


def asks_to_opt_out(text: str, *, subject: str = "") -> bool:
    """The sender's own words (quotes already stripped), or a subject that is only the
    request, ask for no more mail. `don't remove me` does not."""
    text = text[:20_000].replace("’", "'").replace("‘", "'")
    bare_subject = re.sub(r"^(?:\s*(?:re|aw|sv|antw|rv)\s*:)+\s*", "", subject, flags=re.IGNORECASE)
    if bare_subject and _BARE.fullmatch(bare_subject):
        return True
    first_line = next((line for line in text.split("\n") if line.strip()), "")
    if _BARE.fullmatch(first_line) or (len(text) < 400 and _BARE.fullmatch(text)):
        return True
    text = _NEGATED.sub(" ", text)
    if _REQUEST.search(text) or _FAMILIES.search(text):
        return True
    # A short reply with the word in it is a request; a long one may be about the word.
    return len(text.split()) <= _SHORT and _WORD.search(text) is not None


def is_complaint(text: str) -> bool:
    """The sender calls the mail spam: worse than an opt-out, and counted by the breaker."""
    return bool(_COMPLAINT.search(text[:20_000].replace("’", "'")))
