"""What a person's reply means: seven labels by weighed phrases, with a confidence.

Every phrase that fires adds its weight to its label. One strong phrase alone is enough;
two labels that contradict each other leave too little confidence, and a person decides.
"""

from __future__ import annotations

import re
from collections import Counter

from agents.inbox.classify.label_families import FAMILIES
from agents.states import ReplyLabel

CONFIDENT = 0.6
# Below it the label rests on one weak phrase, and a second opinion is worth its price.
SURE = 0.7
# A question mark and one more sign of a question.
_BARELY = 4

_NOT = r"(?<!not )(?<!n't )(?<!never )(?<!isn't )(?<!no longer )(?<!not really )(?<!not very )(?<!not that )(?<!not currently )(?<!not particularly )"

_PHRASES: tuple[tuple[ReplyLabel, int, str], ...] = (
    # --- interested
    (ReplyLabel.INTERESTED, 3, r"(?<!not )\bworth (?:a (?:call|chat|talk|look|conversation)|exploring)"),
    (ReplyLabel.INTERESTED, 3, _NOT + r"\b(?:interested|keen|intrigued)\b(?! in (?:buying|selling) (?:your|from))"),
    (ReplyLabel.INTERESTED, 3, r"\b(?:sounds|looks|seems) (?:really |very |pretty )?(?:good|great|interesting|promising|useful|like (?:a|something))"),
    (ReplyLabel.INTERESTED, 3, r"\b(?:let'?s|let us|happy to|glad to|love to|like to|keen to|up for|open to|game for|down for) (?:\w+ ){0,2}(?:talk|chat|call|meet|meeting|schedule|set up|discuss|hop on|connect|hear more|learn more|know more|see (?:more|a demo|it)|a (?:call|chat|demo|conversation)|explore|jump on)"),
    (ReplyLabel.INTERESTED, 3, r"\b(?:tell|show|send|give) (?:me|us|over|through) (?:\w+ ){0,2}(?:more|details|info|information|a proposal|some times|a time|your calendar|a calendar|an invite|the deck|a quote|an offer|an overview|examples)"),
    (ReplyLabel.INTERESTED, 2, r"\b(?:book|grab|find|schedule|set up|arrange|pick|block) (?:me |us )?(?:a |some |in )?(?:\w+ )?(?:time|slot|call|meeting|demo|calendar|invite)\b"),
    (ReplyLabel.INTERESTED, 3, r"\b(?:i'?m|i am|we'?re|we are|i could do|i can do|works? for (?:me|us)|free|available) (?:\w+ ){0,2}(?:free|available|(?:on )?(?:monday|tuesday|wednesday|thursday|friday|tomorrow)|next week)\b(?! to)"),
    (ReplyLabel.INTERESTED, 3, r"\b(?:call me|give me a call|ring me|my (?:cell|number|mobile|direct line) is|send (?:me )?(?:a|an|the) (?:invite|calendar))"),
    (ReplyLabel.INTERESTED, 2, r"\b(?:good timing|perfect timing|great timing|we(?:'ve| have) been (?:looking|thinking|meaning|struggling)|exactly what we|we could use|we need (?:help|this))"),
    (ReplyLabel.INTERESTED, 2, r"^[^\w\n]{0,9}(?:yes|yep|yeah|sure|absolutely|definitely|please do|ok(?:ay)?,? (?:sure|let))\b"),
    (ReplyLabel.INTERESTED, 3, r"\b(?:klingt (?:gut|interessant|spannend)|(?:habe|hätte|haben|hätten) interesse|gerne (?:mehr|telefonieren|einen termin)|interessiert uns|mehr erfahren)"),
    (ReplyLabel.INTERESTED, 3, r"\b(?:(?:cela|ça) (?:nous |m['’])?intéresse|je suis intéressée?|intéressant|volontiers|en savoir plus|(?<!no )(?:me|nos) interesa|suena (?:bien|interesante)|más información|(?:mi|ci) interessa|sembra interessante|ik heb (?:wel )?interesse|klinkt (?:goed|interessant)|tenho interesse|parece interessante)"),
    # --- question
    (ReplyLabel.QUESTION, 2, r"\?(?:\s|$)"),
    (ReplyLabel.QUESTION, 2, r"\b(?:how much|what (?:does|do|is|are|would|kind)|how (?:does|do|did|is|are|would|long|many)|who (?:are|is)|where (?:did|do|are)|can you|could you|do you|does (?:it|this|your)|are you|is (?:it|this|there)|which)\b[^.!?\n]{0,160}\?"),
    (ReplyLabel.QUESTION, 2, r"\b(?:pricing|price list|case stud(?:y|ies)|references)\b[^.!\n]{0,60}\?"),
    (ReplyLabel.QUESTION, 2, r"\b(?:was kostet|wie (?:viel|funktioniert)|combien|cuánto|quanto costa|hoeveel|quanto custa)\b"),
    (ReplyLabel.QUESTION, 2, r"\b(?:before (?:i|we) (?:go|decide|say)|i (?:have|had) (?:a|one|some|a few|two) (?:quick )?questions?|just wondering|curious (?:how|what|about|whether))"),
    # --- referral
    (ReplyLabel.REFERRAL, 3, r"\b(?:(?:right|best|better|correct) (?:person|contact|one) (?:\w+ ){0,6}(?:is|would be)\b|(?:speak|talk|reach out|write|contact|connect|get in touch|email|try)(?: to| with| out to)? (?:my (?:colleague|partner|boss|manager|assistant|business partner|associate)|our (?!team to)\w+|[A-Z][a-z]+ (?:[A-Z][a-z]+|at |who |instead|in |on )))"),
    (ReplyLabel.REFERRAL, 3, r"\b(?i:(?:i(?:'ve| have)? |i'm |am )?(?:cc(?:'d|ed|'ing|ing)?|copied|copying|looping in|looped in|forwarded|forwarding|passed|passing)\b(?: (?:this|it|your (?:e-?mail|message|note)))?(?: in| on| along)?(?: to)?) (?:my|our|to|[A-Z][a-z]+)"),
    (ReplyLabel.REFERRAL, 3, r"\b(?i:not the right person|wrong person|(?:don'?t|do not|no longer) (?:handle|deal with|look after|manage|run) (?:this|that|these|it)|handles? (?:this|that|these|all of (?:this|that)|our)|takes? care of (?:this|that|our)|in charge of (?:this|that|our)|responsible for (?:this|that|our)|looks after (?:this|that|our))"),
    (ReplyLabel.REFERRAL, 3, r"\b(?i:wenden sie sich (?:bitte )?an|ansprechpartner(?:in)? (?:ist|dafür|hierfür)|meine[nr]? kolleg|adressez-vous à|contactez (?:ma|mon)|mon collègue|ma collègue|póngase en contacto con|mi colega|mi compañer|il mio collega|mijn collega|meu colega|contattare)"),
    # --- not now
    (ReplyLabel.NOT_NOW, 3, r"\b(?:not (?:right )?now|not at (?:the|this) (?:moment|time|stage|point)|not (?:this|until|before) (?:\w+ )?(?:month|quarter|year|week|spring|summer|fall|autumn|winter|january|february|march|april|may|june|july|august|september|october|november|december|q[1-4])|bad timing|(?:timing|time) (?:is(?:n't| not)|isn't) (?:right|great|good|ideal))"),
    (ReplyLabel.NOT_NOW, 3, r"\b(?:check|circle|come|get|reach|follow|touch|ping|try|write|talk|speak|contact|call|connect|reconnect|revisit|pick this)(?: (?:me|us|it|this|base|back|in|out|up|with|again|to))* (?:again )?(?:in|next|after|around|later|early|mid|come|once|when|at the)\b(?! (?:touch|tomorrow|charge))"),
    (ReplyLabel.NOT_NOW, 2, r"\b(?:swamped|too busy|snowed under|flat out|hands full|no bandwidth|budget(?:s)? (?:is|are|has been) (?:set|frozen|spent|locked|gone)|budget freeze|under contract|locked in(?:to)? (?:a contract|until)|contract (?:runs|ends|is up|expires)|maybe later|(?:perhaps|maybe) (?:next|in|after)|down the (?:road|line|track)|keep (?:this|it|you|your details) on file|in a few months|(?:next|in the) (?:quarter|year|new year))\b"),
    (ReplyLabel.NOT_NOW, 3, r"\b(?:im moment nicht|derzeit (?:nicht|kein)|momentan (?:nicht|kein)|(?:erst|frühestens) (?:im|ab|nach)|melden sie sich|pas (?:pour le moment|en ce moment|maintenant)|recontactez|ahora no|en este momento no|más adelante|al momento no|per ora no|nu even niet|op dit moment niet|agora não|no momento não)"),
    # --- not interested
    (ReplyLabel.NOT_INTERESTED, 3, r"\b(?:not|n't|no longer|never) (?:really |very |currently |particularly |that |at all |be )*(?:interested|keen|looking|a (?:good )?fit|for us|something we|in the market|relevant|need(?:ed)?|need (?:this|it|any))\b"),
    (ReplyLabel.NOT_INTERESTED, 3, r"\b(?:no,? thank(?:s| you)|no interest|(?:i'?ll|we'?ll|going to|have to|will) (?:have to )?pass\b|not for (?:us|me)|we(?:'re| are) (?:all set|good|happy|covered|fine|sorted)|all set\b|already (?:have|use|using|work(?:ing)? with|got|do this)|happy with (?:our|what)|do(?:n'?t| not) need|don'?t see (?:a|the) (?:need|fit)|must decline|decline\b|respectfully)"),
    (ReplyLabel.NOT_INTERESTED, 2, r"^[^\w\n]{0,9}(?:no|nope|nah|pass)[^\w\n]{0,9}$"),
    (ReplyLabel.NOT_INTERESTED, 3, r"\b(?:kein(?:en)? (?:interesse|bedarf)|nein,? danke|pas intéressée?s?|non merci|no (?:me|nos) interesa|no estamos interesad|no,? gracias|non (?:mi|ci|siamo) interess|no grazie|geen interesse|nee,? (?:bedankt|dank)|não temos interesse|não,? obrigad|inte intresserad|nej tack)"),
)  # fmt: skip
_ALL = (
    *_PHRASES,
    *((label, weight, phrase) for label, group in FAMILIES.items() for weight, phrase in group),
)
_COMPILED = [
    (label, weight, re.compile(pattern, re.IGNORECASE | re.MULTILINE))
    if label is not ReplyLabel.REFERRAL
    # Names in referral phrases are told by their capital, so these mind the case.
    else (label, weight, re.compile(pattern, re.MULTILINE))
    for label, weight, pattern in _ALL
]

# When both fire, the first says more than the second: "interested, what does it cost?"
# is interest; "no thanks, ask my colleague" is a referral.
_SAYS_MORE = (
    (ReplyLabel.NOT_NOW, ReplyLabel.NOT_INTERESTED),
    (ReplyLabel.NOT_NOW, ReplyLabel.INTERESTED),
    (ReplyLabel.REFERRAL, ReplyLabel.NOT_INTERESTED),
    (ReplyLabel.REFERRAL, ReplyLabel.INTERESTED),
    (ReplyLabel.REFERRAL, ReplyLabel.QUESTION),
    (ReplyLabel.NOT_NOW, ReplyLabel.QUESTION),
    (ReplyLabel.INTERESTED, ReplyLabel.QUESTION),
    (ReplyLabel.NOT_INTERESTED, ReplyLabel.QUESTION),
)


def label_reply(text: str) -> tuple[ReplyLabel, float]:
    """The label of a person's own words, and how sure the rules are (0 to 1).

    Below `CONFIDENT` the label is UNCLEAR: a person reads it.
    """
    scores: Counter[ReplyLabel] = Counter()
    text = text[:20_000].replace("’", "'").replace("‘", "'")
    for label, weight, pattern in _COMPILED:
        if pattern.search(text):
            scores[label] += weight
    for stronger, weaker in _SAYS_MORE:
        if scores[stronger] >= 3 and scores[weaker]:
            del scores[weaker]
    if not scores:
        return ReplyLabel.UNCLEAR, 0.0
    is_barely_a_question = set(scores) == {ReplyLabel.QUESTION} and scores.total() <= _BARELY
    if is_barely_a_question and _says_more_than_it_asks(text):
        return ReplyLabel.UNCLEAR, 0.5
    (best, points), *rest = scores.most_common(2)
    against = rest[0][1] if rest else 0
    confidence = round(points / (points + against + 1), 2)
    return (best if confidence >= CONFIDENT else ReplyLabel.UNCLEAR), confidence


def _says_more_than_it_asks(text: str) -> bool:
    """A question comes with a statement that no rule understands, so it may be a yes as
    well as a no: a person reads it, and so may the model."""
    sentences = [part for part in re.findall(r"[^.!?\n]+[.!?]*", text) if len(part.split()) > 2]
    return not all(part.rstrip().endswith("?") for part in sentences)
