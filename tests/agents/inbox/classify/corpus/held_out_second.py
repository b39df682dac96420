"""A second set of mails: everyday answers, most of them one line.

Written before the rules were widened, by one who knew some of them, and kept as it was:
rules are widened by families of phrases, never by a sentence of this file.
"""

from __future__ import annotations

from agents.states import ReplyLabel as L
from tests.agents.inbox.classify.corpus import clients as c
from tests.agents.inbox.classify.corpus.machines import away

AUTO = {"Auto_Submitted": "auto-replied"}

HELD_OUT: tuple[tuple[L, str, bytes], ...] = (
    # --- interested
    (L.INTERESTED, "been_wondering", c.gmail("Ada, we have talked about exactly this in our last staff meeting. What would be the next step?")),
    (L.INTERESTED, "swing_by", c.iphone("Swing by any morning before 9, I'm usually in.")),
    (L.INTERESTED, "why_not", c.samsung("why not, lets see what you have")),
    (L.INTERESTED, "sign_up", c.outlook("Where do I sign? Our phones are a disaster at the moment.")),
    (L.INTERESTED, "teams_link", c.outlook_line("Sure thing. Please send a Teams link for the 12th, 2 pm Central.")),
    (L.INTERESTED, "samples", c.apple("I would be curious to see a couple of examples from other dentists. You can reach me on my cell.")),
    (L.INTERESTED, "ten_minutes", c.android("Ten minutes is fine. Wednesday?")),
    (L.INTERESTED, "german_call", c.iphone_german("Hallo Frau Byron, das hört sich spannend an. Rufen Sie mich doch morgen Vormittag kurz an.")),
    (L.INTERESTED, "german_material", c.outlook_german("Schicken Sie uns bitte Unterlagen dazu, wir schauen uns das gern an.")),
    (L.INTERESTED, "french_yes", c.french_apple("Bonjour, oui avec plaisir. Je suis disponible mardi à 14h.")),
    (L.INTERESTED, "italian_yes", c.bare("Buongiorno, la proposta ci piace. Possiamo sentirci giovedì?")),
    (L.INTERESTED, "portuguese_yes", c.bare("Olá, gostaria de saber mais. Pode ligar amanhã?")),
    # --- question
    (L.QUESTION, "setup_effort", c.gmail("How much work would it be on our side to set this up?")),
    (L.QUESTION, "which_clinics", c.outlook("Which practices near Austin use you already?")),
    (L.QUESTION, "contract", c.iphone("Is there a long contract or can one leave any time")),
    (L.QUESTION, "source", c.apple("May I ask where you got the number of six calls from?")),
    (L.QUESTION, "robot", c.yahoo("So is that a real person who answers or some sort of robot?")),
    (L.QUESTION, "unsure_what", c.gmail_wrapped("I don't quite understand what it is you are offering.")),
    (L.QUESTION, "dutch_cost", c.bare("Wat zijn de kosten per maand?")),
    (L.QUESTION, "french_how", c.outlook_french("Comment cela marche-t-il avec notre logiciel de rendez-vous ?")),
    (L.QUESTION, "italian_price", c.bare("Quali sono i vostri prezzi?")),
    # --- referral
    (L.REFERRAL, "husband", c.iphone("That's my husband's department. Email him at paul@northgatedental.com")),
    (L.REFERRAL, "ops_manager", c.outlook("Our operations manager Dana Whitfield makes those calls, please address this to her.")),
    (L.REFERRAL, "left_it_to", c.gmail("I have sent your message on to Chris, who will get back to you if it fits.")),
    (L.REFERRAL, "corporate", c.outlook_old("You'd have to go through our corporate purchasing team: vendors@northgategroup.com")),
    (L.REFERRAL, "not_me", c.samsung("thats not me anymore, ask for brenda at the front desk")),
    (L.REFERRAL, "german", c.outlook_german("Dafür ist bei uns Herr Kessler zuständig (kessler@northgatedental.com).")),
    (L.REFERRAL, "spanish", c.spanish_gmail("De esto se encarga la señora Prieto, le paso su correo: prieto@northgatedental.com")),
    (L.REFERRAL, "dutch", c.bare("U kunt hiervoor beter contact opnemen met mevrouw De Wit.")),
    # --- not now
    (L.NOT_NOW, "tax_season", c.gmail("We're buried until tax season is over. Feel free to try me in May.")),
    (L.NOT_NOW, "new_system", c.outlook("We are just switching our practice software, so this will have to wait until the summer.")),
    (L.NOT_NOW, "maternity", c.apple("I'm about to go on maternity leave and won't take on anything new before September.")),
    (L.NOT_NOW, "board", c.signed("The budget for this year is already allocated. Let's revisit in January.")),
    (L.NOT_NOW, "someday", c.iphone("Maybe some other time")),
    (L.NOT_NOW, "half_year", c.android("give it half a year and ask again")),
    (L.NOT_NOW, "german", c.iphone_german("Zurzeit ist bei uns zu viel los, bitte im Herbst noch einmal nachfragen.")),
    (L.NOT_NOW, "french", c.french_apple("Ce n'est pas le bon moment, revenez vers nous en septembre.")),
    (L.NOT_NOW, "portuguese", c.bare("Neste momento não é possível, fale conosco em agosto.")),
    # --- not interested
    (L.NOT_INTERESTED, "in_house", c.gmail("We have two receptionists and they do a great job, so we have no use for this.")),
    (L.NOT_INTERESTED, "dont_see", c.outlook("I had a look and it doesn't match what we do. Good luck with it.")),
    (L.NOT_INTERESTED, "leave_it", c.iphone("I'll leave it, thanks")),
    (L.NOT_INTERESTED, "too_small", c.apple("We're a one chair practice. It makes no sense for our size.")),
    (L.NOT_INTERESTED, "hard_no", c.samsung("hard pass")),
    (L.NOT_INTERESTED, "policy", c.outlook_line("As a rule we do not buy from unsolicited mails.")),
    (L.NOT_INTERESTED, "german", c.outlook_german("Vielen Dank für Ihr Angebot, wir möchten davon keinen Gebrauch machen.")),
    (L.NOT_INTERESTED, "spanish", c.spanish_gmail("Gracias, pero no lo necesitamos.")),
    (L.NOT_INTERESTED, "dutch", c.bare("Dank u, maar hier hebben wij geen behoefte aan.")),
    (L.NOT_INTERESTED, "swedish", c.bare("Tack, men det är inget för oss.")),
    # --- opt-out
    (L.OPT_OUT, "lose_address", c.gmail("Please lose my address.")),
    (L.OPT_OUT, "do_not_write", c.outlook("Do not write to this address again.")),
    (L.OPT_OUT, "off_list", c.iphone("take us off whatever list this is")),
    (L.OPT_OUT, "enough", c.samsung("Enough with the emails already")),
    (L.OPT_OUT, "gdpr", c.outlook_line("Under Article 17 GDPR I request deletion of all data you hold on me.")),
    (L.OPT_OUT, "german", c.iphone_german("Nehmen Sie mich aus dem Verteiler.")),
    (L.OPT_OUT, "french", c.french_apple("Merci de ne plus m'écrire.")),
    (L.OPT_OUT, "spanish", c.spanish_gmail("No me escriban más, por favor.")),
    (L.OPT_OUT, "italian", c.bare("Vi prego di cancellarmi dalla vostra lista.")),
    (L.OPT_OUT, "dutch", c.bare("Gelieve mij geen e-mails meer te sturen.")),
    # --- out of office
    (L.OUT_OF_OFFICE, "travel", away("I'm travelling with patchy internet until the 19th and will answer when I'm back.", **AUTO)),
    (L.OUT_OF_OFFICE, "parental", away("I am on parental leave until 1 June. For anything urgent call the front desk.", **AUTO)),
    (L.OUT_OF_OFFICE, "german", away("Ich bin bis einschließlich 20.03. im Urlaub und lese meine E-Mails nicht.", subject="Abwesenheitsnotiz: Calls", **AUTO)),
    (L.OUT_OF_OFFICE, "french", away("Je suis absente du bureau jusqu'au 16 mars inclus.", subject="Réponse automatique : Calls", **AUTO)),
    (L.OUT_OF_OFFICE, "spanish", away("Estoy de vacaciones y regreso el 17 de marzo.", subject="Respuesta automática: Calls", **AUTO)),
    (L.OUT_OF_OFFICE, "italian", away("Sono fuori ufficio fino al 13 marzo.", subject="Risposta automatica: Calls", **AUTO)),
    (L.OUT_OF_OFFICE, "dutch", away("Ik ben met vakantie en op 23 maart weer bereikbaar.", subject="Automatisch antwoord: Calls", **AUTO)),
    (L.OUT_OF_OFFICE, "swedish", away("Jag är på semester och är tillbaka den 16 mars.", subject="Autosvar: Calls", **AUTO)),
    (L.OUT_OF_OFFICE, "by_hand", c.gmail("On holiday until the 16th, will read this properly when I'm back at my desk.")),
    # --- for a person
    (L.UNCLEAR, "thanks", c.iphone("Thanks Ada")),
    (L.UNCLEAR, "weather", c.gmail("Funny, I knew a Byron from Waco. Any relation of yours, I wonder.")),
)  # fmt: skip
