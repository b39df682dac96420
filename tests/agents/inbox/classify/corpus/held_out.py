"""Mails written after the rules of their day: how those did on what they had not seen.

Known to whoever wrote the families of phrases later; `held_out_third` was not."""

from __future__ import annotations

from agents.states import ReplyLabel as L
from tests.agents.inbox.classify.corpus import clients as c
from tests.agents.inbox.classify.corpus.machines import EXCHANGE, POSTFIX, away, report

AUTO = {"Auto_Submitted": "auto-replied"}

HELD_OUT: tuple[tuple[L, str, bytes], ...] = (
    # --- interested
    (L.INTERESTED, "ring_after_lunch", c.iphone("Ring me after lunch, I'd like to hear how that works.")),
    (L.INTERESTED, "walk_through", c.gmail("Hi Ada, this caught my eye. Could you walk me and our office manager through it on Thursday?")),
    (L.INTERESTED, "pain_now", c.outlook("Funny you should write, we missed three calls this morning alone. When can you start?")),
    (L.INTERESTED, "two_slots", c.apple("Either Monday 9:30 or Wednesday after 4 would suit us. Whichever you prefer.")),
    (L.INTERESTED, "go_ahead", c.android("Go ahead and put something on my calendar")),
    (L.INTERESTED, "curious_yes", c.outlook_html_only("Count me in for the ten minutes. My direct line is 512 555 0123.")),
    (L.INTERESTED, "proposal", c.signed("Please put together an offer for two practices and mail it to me.")),
    (L.INTERESTED, "german", c.outlook_german("Guten Tag, das passt gerade sehr gut. Können wir am Dienstag um 10 Uhr telefonieren?")),
    (L.INTERESTED, "french", c.outlook_french("Bonjour, votre offre m'intéresse beaucoup. Appelez-moi jeudi matin.")),
    (L.INTERESTED, "spanish", c.spanish_gmail("Buenas tardes, nos gustaría saber más. ¿Tiene un hueco el lunes?")),
    (L.INTERESTED, "partner_too", c.gmail_wrapped("My partner and I talked it over and we want to give it a try.")),
    (L.INTERESTED, "thumbs_words", c.samsung("ok sounds good when do we talk")),
    # --- question
    (L.QUESTION, "hipaa", c.gmail("Is this HIPAA compliant, and where are recordings kept?")),
    (L.QUESTION, "who_are_you", c.outlook("Who is behind this and how did you come by our name?")),
    (L.QUESTION, "weekends", c.apple("Does somebody pick up on weekends as well?")),
    (L.QUESTION, "ballpark", c.iphone("Ballpark figure per month?")),
    (L.QUESTION, "minimum", c.outlook_line("What is the minimum term?")),
    (L.QUESTION, "german", c.iphone_german("Funktioniert das auch mit unserer Telefonanlage?")),
    (L.QUESTION, "spanish", c.spanish_gmail("¿Trabajan también con clínicas veterinarias?")),
    (L.QUESTION, "no_mark", c.gmail("Before I answer I would need to know what happens to calls in Spanish.")),
    # --- referral
    (L.REFERRAL, "sister", c.gmail("My sister runs the front desk, her address is lena@northgatedental.com.")),
    (L.REFERRAL, "head_office", c.outlook("Decisions like this are made at head office in Dallas. Ask for Ms. Quintero.")),
    (L.REFERRAL, "loop", c.apple("Adding Joel to this thread, he looks after vendors for us.")),
    (L.REFERRAL, "retired", c.iphone("I sold the practice. Dr. Imani Osei owns it now.")),
    (L.REFERRAL, "french", c.french_apple("Merci de voir cela avec ma collègue Mme Girard.")),
    (L.REFERRAL, "try", c.bare("Try Marta at the Round Rock office.")),
    # --- not now
    (L.NOT_NOW, "renovation", c.gmail("We are in the middle of a renovation. Let's talk again once we reopen in May.")),
    (L.NOT_NOW, "hiring", c.outlook("Just hired somebody for the phones, ask me again next year.")),
    (L.NOT_NOW, "busy", c.iphone("Crazy month. After Easter please")),
    (L.NOT_NOW, "fiscal", c.apple("Nothing new before our fiscal year starts in October.")),
    (L.NOT_NOW, "german", c.outlook_german("Dieses Quartal schaffen wir das nicht, gerne ab Juli.")),
    (L.NOT_NOW, "spanish", c.spanish_gmail("Este mes es imposible, escríbame en septiembre.")),
    # --- not interested
    (L.NOT_INTERESTED, "sister_does_it", c.gmail("Thanks Ada, but we answer every call ourselves and like it that way.")),
    (L.NOT_INTERESTED, "polite", c.outlook("I appreciate the note. This isn't something we would spend money on.")),
    (L.NOT_INTERESTED, "short", c.samsung("nope not for me")),
    (L.NOT_INTERESTED, "closed", c.apple("We closed the practice last year, so there is nothing to answer.")),
    (L.NOT_INTERESTED, "competitor", c.signed("We went with another provider in January and are staying there.")),
    (L.NOT_INTERESTED, "german", c.iphone_german("Danke, aber wir sind bestens versorgt.")),
    (L.NOT_INTERESTED, "french", c.french_apple("Merci mais cela ne nous concerne pas.")),
    (L.NOT_INTERESTED, "italian", c.bare("Grazie, ma non ci serve.")),
    # --- opt-out
    (L.OPT_OUT, "delete_record", c.gmail("Please erase my record and confirm that you have done so.")),
    (L.OPT_OUT, "again_and_again", c.outlook("This is the third one. Kindly cease sending these.")),
    (L.OPT_OUT, "below", c.thunderbird("No further emails, thank you.")),
    (L.OPT_OUT, "subject_words", c.mail("Thank you.", subject="Remove me")),
    (L.OPT_OUT, "legal", c.outlook_old("I object to the processing of my personal data for direct marketing. Stop writing to me.")),
    (L.OPT_OUT, "german", c.outlook_german("Bitte löschen Sie meine Adresse, ich möchte nichts mehr von Ihnen hören.")),
    (L.OPT_OUT, "french", c.outlook_french("Retirez mon adresse de votre fichier.")),
    (L.OPT_OUT, "spanish", c.spanish_gmail("Quítenme de su lista de correo.")),
    (L.OPT_OUT, "polite", c.yahoo("I'd be grateful if you could stop mailing me.")),
    # --- away, gone, receipts
    (L.OUT_OF_OFFICE, "jury_duty", away("I have jury duty this week and answer mail on Monday.", **AUTO)),
    (L.OUT_OF_OFFICE, "conference", away("At a conference in Denver through March 8. Slow to respond.", **AUTO)),
    (L.OUT_OF_OFFICE, "norwegian", away("Jeg er på ferie og er tilbake 16. mars.", subject="Automatisk svar: Calls", **AUTO)),
    (L.OUT_OF_OFFICE, "polish", away("Jestem na urlopie do 20 marca.", subject="Odpowiedź automatyczna: Calls", **AUTO)),
    (L.OUT_OF_OFFICE, "closed_week", away("Northgate Dental is closed for spring break and reopens March 16.", **AUTO)),
    (L.AUTO_REPLY, "form_thanks", c.mail("Thank you for contacting Northgate Dental! A member of our team will be with you shortly.", subject="Thank you for contacting us", **AUTO)),
    (L.AUTO_REPLY, "new_address", c.mail("I have a new address: grace@hopperdental.com. This one is retired.", subject="Automatic reply: Calls", **AUTO)),
    (L.BOUNCE, "quota_hard", report(sender=POSTFIX, subject="Undelivered Mail Returned to Sender", words="over quota for 60 days", status="5.2.2")),
    (L.BOUNCE, "relay_denied", report(sender=EXCHANGE, subject="Undeliverable: Calls", words="relay", status="5.4.1", diagnostic="smtp;550 5.4.1 Recipient address rejected: Access denied")),
    (L.DELAY, "greylisted", report(sender=POSTFIX, subject="Delayed Mail", words="greylisted", status="4.7.1", action="delayed")),
    # --- for a person
    (L.UNCLEAR, "joke", c.gmail("Ha! Our receptionist would laugh at this. Then cry.")),
    (L.UNCLEAR, "wrong_thread", c.iphone("Is the 9:40 patient here already. Tell her five minutes")),
)  # fmt: skip
