"""What people write back, in which program, and what it means."""

from __future__ import annotations

from agents.states import ReplyLabel as L
from tests.agents.inbox.classify.corpus import clients as c

INTERESTED = (
    (
        "good_timing",
        c.gmail,
        "Hi Ada,\n\nGood timing, we were just talking about this. Tuesday at 10 works for me.\n\nGrace",
    ),
    (
        "tell_me_more",
        c.outlook,
        "Ada,\n\nTell me more. What would the first step be?\n\nThanks,\nGrace",
    ),
    ("happy_to_chat", c.iphone, "Happy to chat. Call me on my cell 512-555-0100"),
    ("sounds_interesting", c.apple, "Sounds interesting! Could you send over some details?"),
    ("yes_please", c.android, "Yes please"),
    ("sure", c.samsung, "Sure, let's set up a call. I'm free Thursday afternoon."),
    (
        "calendar",
        c.outlook_html_only,
        "Can you send me an invite for next week? We have been looking for something like this.",
    ),
    ("interested_price", c.gmail_html_only, "I'm interested. How much does it cost?"),
    ("worth_a_call", c.thunderbird, "This could be worth a call. How about Monday?"),
    ("inline_yes", c.inline, "Yes, we would be interested. Thursday at 2 pm works for us."),
    (
        "german",
        c.outlook_german,
        "Hallo Frau Byron,\n\ndas klingt interessant. Gerne mehr dazu am Telefon.\n\nViele Grüße",
    ),
    ("german_phone", c.iphone_german, "Wir hätten Interesse. Rufen Sie gerne an."),
    ("french", c.outlook_french, "Bonjour,\n\ncela nous intéresse, pouvez-vous m'appeler ?"),
    ("spanish", c.spanish_gmail, "Hola Ada, me interesa. ¿Podemos hablar el jueves?"),
    ("demo", c.yahoo, "We'd love to see a demo. Please book a time with me."),
    ("long_signature", c.signed, "Looks good, let's talk on Wednesday."),
)
QUESTION = (
    ("price", c.gmail, "What does it cost for two locations?"),
    ("how_long", c.outlook, "How long does the setup take, and who does it?"),
    ("references", c.apple, "Do you have references from other dental practices?"),
    ("where_address", c.iphone, "Where did you get my address?"),
    ("integration", c.outlook_line, "Does it work with Dentrix?"),
    ("curious", c.gmail_wrapped, "Just wondering how this is different from an answering service?"),
    ("german_price", c.outlook_german, "Was kostet das?"),
    ("french_price", c.french_apple, "Combien ça coûte ?"),
    ("spanish_price", c.spanish_gmail, "¿Cuánto cuesta?"),
    (
        "two_questions",
        c.signed,
        "I have a few questions first. Is there a contract? Is the data stored in the US?",
    ),
)
REFERRAL = (
    (
        "colleague",
        c.gmail,
        "I don't handle this. Please contact my colleague Dana Whitfield at dana@northgatedental.com.",
    ),
    ("cc", c.outlook, "I've cc'd Marcus Oyelaran, who takes care of our phones."),
    ("right_person", c.apple, "The right person for this is our practice manager, Priya Raman."),
    ("forwarded", c.iphone, "Forwarded this to my boss."),
    (
        "wrong_person",
        c.outlook_html_only,
        "You have the wrong person, Tom Aldridge is in charge of this.",
    ),
    ("reach_out", c.gmail_html_only, "Please reach out to Tom Aldridge instead."),
    ("german", c.outlook_german, "Bitte wenden Sie sich an meine Kollegin Frau Weber."),
    ("spanish", c.spanish_gmail, "Por favor póngase en contacto con mi compañero Luis."),
)
NOT_NOW = (
    ("next_quarter", c.gmail, "Not right now, check back next quarter."),
    ("after_summer", c.outlook, "The timing isn't right. Please reach out again after the summer."),
    ("in_june", c.apple, "We're swamped with the move. Try me again in June."),
    ("budget", c.iphone, "Budget is frozen until July. Maybe later."),
    (
        "contract",
        c.outlook_line,
        "We are under contract until November. Get back to me in October.",
    ),
    (
        "not_interested_now",
        c.gmail_wrapped,
        "Not interested at this time, but follow up in six months.",
    ),
    ("circle_back", c.android, "Circle back in the new year"),
    ("german", c.outlook_german, "Im Moment nicht, melden Sie sich bitte im Herbst wieder."),
    ("french", c.outlook_french, "Pas pour le moment, recontactez-moi en septembre."),
    ("spanish", c.spanish_gmail, "Ahora no, quizás más adelante."),
)
NOT_INTERESTED = (
    ("no_thanks", c.gmail, "No thanks."),
    ("not_interested", c.outlook, "Hi Ada,\n\nThank you, but we're not interested.\n\nGrace"),
    ("all_set", c.iphone, "We're all set"),
    ("already_have", c.apple, "We already have a service for this and are happy with it."),
    ("pass", c.outlook_html_only, "I'll pass, thanks."),
    ("not_a_fit", c.gmail_html_only, "This is not a fit for us."),
    ("no", c.samsung, "No"),
    ("dont_need", c.thunderbird, "We don't need this."),
    ("decline", c.signed, "I have to respectfully decline."),
    ("german", c.iphone_german, "Kein Interesse, danke."),
    ("french", c.french_apple, "Non merci, nous ne sommes pas intéressés."),
    ("spanish", c.spanish_gmail, "No, gracias. No nos interesa."),
    ("nein_danke", c.outlook_german, "Nein danke."),
)
OPT_OUT = (
    ("unsubscribe", c.gmail, "unsubscribe"),
    ("stop", c.iphone, "STOP"),
    ("remove_me", c.outlook, "Please remove me from your list."),
    ("take_me_off", c.apple, "Take me off this list!"),
    ("stop_emailing", c.outlook_html_only, "Stop emailing me."),
    ("do_not_contact", c.gmail_html_only, "Do not contact me again."),
    ("no_more", c.android, "No more emails please"),
    ("not_interested_and_remove", c.outlook_line, "Not interested. Please unsubscribe me."),
    (
        "polite_long",
        c.signed,
        "Dear Ada,\n\nwe appreciate the effort you put in, but I do not wish to receive any further messages from you or anybody at your company.\n\nKind regards",
    ),
    ("gdpr", c.outlook_old, "Under the GDPR I ask you to delete all my personal data."),
    ("below_quote", c.thunderbird, "Remove our address from your database."),
    ("between_quotes", c.inline, "No. Opt me out of this."),
    ("german", c.outlook_german, "Bitte nehmen Sie mich aus Ihrem Verteiler."),
    ("german_no_mail", c.iphone_german, "Bitte keine weiteren E-Mails mehr."),
    (
        "french",
        c.outlook_french,
        "Merci de me désinscrire. Ne m'écrivez plus : ne plus me contacter.",
    ),
    ("spanish", c.spanish_gmail, "Por favor, no me envíen más correos."),
    ("italian", c.bare, "Non desidero più ricevere le vostre email."),
    ("dutch", c.bare, "Schrijf mij uit a.u.b."),
    ("portuguese", c.bare, "Não quero mais receber os seus emails."),
    ("never_again", c.yahoo, "Don't ever email me again"),
    ("lose_my_address", c.gmail_wrapped, "Lose my email."),
    # Missed when they were unseen.
    ("leave_alone", c.iphone, "Leave me alone."),
    (
        "whole_office",
        c.apple,
        "Nobody at this office wants to get your mail. Take all of us off.",
    ),
    ("dutch_uitschrijven", c.bare, "Graag uitschrijven van deze mails."),
)
COMPLAINT = (
    ("reported", c.gmail, "I have reported you for spam."),
    ("this_is_spam", c.iphone, "This is spam. Marking it as spam now."),
)
UNCLEAR = (
    ("empty", c.gmail, ""),
    ("thumbs", c.iphone, "\U0001f44d"),
    ("who", c.bare, "Grace is my mother, she reads this on Sundays."),
    ("both", c.outlook, "I'm interested in many things, but no thanks."),
    (
        "dont_unsubscribe",
        c.apple,
        "Please don't unsubscribe me, my assistant pressed that by mistake.",
    ),
)

GROUPS = {
    L.INTERESTED: INTERESTED,
    L.QUESTION: QUESTION,
    L.REFERRAL: REFERRAL,
    L.NOT_NOW: NOT_NOW,
    L.NOT_INTERESTED: NOT_INTERESTED,
    L.OPT_OUT: OPT_OUT,
    L.COMPLAINT: COMPLAINT,
    L.UNCLEAR: UNCLEAR,
}
