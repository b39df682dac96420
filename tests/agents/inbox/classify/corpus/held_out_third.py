"""Replies written after the families of phrases, and never used to change a phrase.

The sets before were known to whoever wrote the families, so what those get right of them
says little. Of these, the rules got 17 right, 23 left to a person and 8 wrong without the
families, and 18, 22 and 8 with them. Two rules about a mail's form came of the wrong ones:
a question beside a statement is for a person, and an automatic answer with a day of return
is an absence. Since then a wrong label is rare, and what is unknown goes to a person.
"""

from __future__ import annotations

from agents.states import ReplyLabel as L
from tests.agents.inbox.classify.corpus import clients as c
from tests.agents.inbox.classify.corpus.machines import away

AUTO = {"Auto_Submitted": "auto-replied"}

HELD_OUT: tuple[tuple[L, str, bytes], ...] = (
    # --- interested
    (L.INTERESTED, "bring_it_on", c.gmail("Bring it on. I am at the practice all day on the 11th.")),
    (L.INTERESTED, "you_had_me", c.iphone("You had me at six calls a day. Got half an hour on Monday?")),
    (L.INTERESTED, "forms", c.outlook("Happy to give this a spin. Which forms do you need from us?")),
    (L.INTERESTED, "phone_number", c.samsung("512 555 0188 after 5")),
    (L.INTERESTED, "trial", c.apple("We would want to run it at one location first. Can that be arranged for April?")),
    (L.INTERESTED, "german", c.outlook_german("Das wäre tatsächlich etwas für uns. Wann hätten Sie Zeit?")),
    (L.INTERESTED, "spanish", c.spanish_gmail("Perfecto, quedamos el jueves a las once.")),
    (L.INTERESTED, "french", c.french_apple("Très bien, fixons un rendez-vous la semaine prochaine.")),
    # --- question
    (L.QUESTION, "voicemail", c.gmail("We already get voicemails by email. In what way is this better?")),
    (L.QUESTION, "in_house", c.outlook("Do you handle the calls in-house or do you hand them to a call center?")),
    (L.QUESTION, "languages", c.iphone("Spanish speakers too?")),
    (L.QUESTION, "not_work", c.apple("What if it does not work for us, are we stuck with it?")),
    (L.QUESTION, "call_you", c.yahoo("Who would call our patients back, you or us?")),
    (L.QUESTION, "german", c.iphone_german("Wo liegen die Daten und wer hört die Gespräche?")),
    (L.QUESTION, "italian", c.bare("Serve un contratto annuale?")),
    # --- referral
    (L.REFERRAL, "dana", c.gmail("Dana is who you want. dana@northgatedental.com")),
    (L.REFERRAL, "franchise", c.outlook("We are a franchise, all of that comes from the franchisor.")),
    (L.REFERRAL, "my_son", c.iphone("my son does the tech stuff, write him: joe@northgatedental.com")),
    (L.REFERRAL, "board", c.apple("I've put Priya Raman in copy since phones are her thing.")),
    (L.REFERRAL, "german", c.outlook_german("Ihr Ansprechpartner wäre Herr Vogt aus der Verwaltung.")),
    (L.REFERRAL, "french", c.outlook_french("C'est mon associé qui gère ce sujet.")),
    # --- not now
    (L.NOT_NOW, "flu", c.gmail("Half the team is out with the flu. Later this spring perhaps.")),
    (L.NOT_NOW, "too_early", c.outlook("It is too early for us, we open the second office in August.")),
    (L.NOT_NOW, "next_budget", c.apple("I'll bring it up when we do the next budget round.")),
    (L.NOT_NOW, "plate", c.iphone("too much on my plate rn")),
    (L.NOT_NOW, "german", c.iphone_german("Melden Sie sich gern nach den Sommerferien noch mal.")),
    (L.NOT_NOW, "spanish", c.spanish_gmail("Por ahora no podemos, quizá el año que viene.")),
    # --- not interested
    (L.NOT_INTERESTED, "voicemail", c.gmail("Our voicemail does the trick. Thanks anyway.")),
    (L.NOT_INTERESTED, "cousin", c.outlook("My cousin built us something for this, so no.")),
    (L.NOT_INTERESTED, "money", c.iphone("cant afford it sorry")),
    (L.NOT_INTERESTED, "thanks_but", c.apple("Thanks for thinking of us, but it's a no from our side.")),
    (L.NOT_INTERESTED, "waste", c.samsung("dont waste your time on us")),
    (L.NOT_INTERESTED, "german", c.outlook_german("Wir haben uns dagegen entschieden.")),
    (L.NOT_INTERESTED, "french", c.french_apple("Nous n'en voyons pas l'utilité.")),
    (L.NOT_INTERESTED, "spanish", c.spanish_gmail("No es algo que estemos buscando.")),
    # --- opt-out
    (L.OPT_OUT, "count_out", c.gmail("Get my name off of there.")),
    (L.OPT_OUT, "how_many", c.outlook("How many times do I have to ask you to quit writing me?")),
    (L.OPT_OUT, "address_gone", c.iphone("Delete this address.")),
    (L.OPT_OUT, "german", c.outlook_german("Bitte sehen Sie künftig von weiteren Zuschriften ab.")),
    (L.OPT_OUT, "french", c.outlook_french("Je ne souhaite plus recevoir vos messages.")),
    (L.OPT_OUT, "spanish", c.spanish_gmail("Dejen de mandarme correos.")),
    # --- out of office
    (L.OUT_OF_OFFICE, "wedding", away("I'm getting married! Back at my desk on March 23.", **AUTO)),
    (L.OUT_OF_OFFICE, "training", away("I'm in a training all week and will catch up on mail on March 9.", **AUTO)),
    (L.OUT_OF_OFFICE, "german", away("Ich bin bis zum 13. März dienstlich unterwegs.", subject="Automatische Antwort: Calls", **AUTO)),
    (L.OUT_OF_OFFICE, "danish", away("Jeg holder ferie til og med den 15. marts.", subject="Automatisk svar: Calls", **AUTO)),
    # --- for a person
    (L.UNCLEAR, "ok", c.iphone("ok")),
    (L.UNCLEAR, "story", c.gmail("My first summer job was at a front desk. I never forgot it.")),
    (L.UNCLEAR, "later_today", c.outlook("Received.")),
)  # fmt: skip
