"""Being asked to stop is the one thing that must not be missed, in whatever words."""

from __future__ import annotations

import time

import pytest

from agents.inbox.classify.opt_out import asks_to_opt_out

REQUESTS = (
    "Would you kindly leave us in peace.",
    "Enough already!",
    "This is the fourth mail. Please stop.",
    "Get everybody here off.",
    "I'd rather not be contacted by your company.",
    "Don't bother writing back.",
    "We never signed up for your newsletter.",
    "I am blocking you now.",
    "Let this be the last message.",
    "Stay out of my inbox",
    "Put this address on your do-not-contact list.",
    "You did not remove me from the list as I asked.",
    "I shouldn't be on any list of yours. Exclude us.",
    "Lassen Sie mich endlich in Ruhe!",
    "Schreiben Sie uns nicht mehr.",
    "Bitte unsere Adresse löschen.",
    "Ich widerspreche der Nutzung meiner Daten für Werbung.",
    "Tragen Sie mich bitte aus Ihrem Verteiler aus.",
    "Laissez-moi tranquille.",
    "Arrêtez de m'écrire, s'il vous plaît.",
    "Veuillez supprimer notre adresse.",
    "Nous ne souhaitons plus recevoir vos courriels.",
    "Déjenme en paz.",
    "No me escriban nunca más.",
    "Borren mi correo, gracias.",
    "Solicito la baja.",
    "Laat ons met rust.",
    "Kunt u mij uitschrijven?",
    "Haal ons van de lijst.",
    "Stuur mij geen mails meer.",
    "Lasciatemi in pace.",
    "Smettetela di scriverci.",
    "Vi prego di cancellare il mio indirizzo.",
    "Me deixem em paz.",
    "Parem de me enviar mensagens.",
    "Não me escrevam.",
)
NEAR_MISSES = (
    "Leave it with me, I will ask our office manager.",
    "Don't take it off the list yet, I want to show my partner.",
    "I am alone in the office until Thursday.",
    "They leave me alone in the office every Friday, so yes, call then.",
    "Leave me a voicemail.",
    # Our own footer, where a program has quoted it without a mark.
    'Call me. If you would rather not hear from us, reply "unsubscribe" or open the link below.',
    "It would take us off the phones at lunch, which we like.",
    "Please stop by our office on Monday.",
    "Please do not delete my address, I am only on holiday.",
    "You can leave us alone with the demo for an hour and we will find every bug.",
    "We never agreed on a price.",
    "We want out of our contract with the answering service first.",
    "Take a day off first, then call me.",
    "I'll be on the road; can you make this your last call of the day?",
    "Lassen Sie uns in Ruhe darüber sprechen.",
    "Bitte noch nicht abbestellen.",
    "Melden Sie sich ab Dienstag bei meiner Kollegin.",
    "Laissez-moi un message.",
    "Ne me désabonnez pas, c'est une erreur.",
    "Déjeme su número.",
    "Wij schrijven facturen, kan uw dienst die ook uitschrijven?",
    "Kunt u een recept uitschrijven?",
    "Laat ons weten wat het kost.",
    "Lasciatemi un messaggio.",
    "Deixe o seu número, por favor.",
)


@pytest.mark.parametrize("text", REQUESTS)
def test_a_request_to_stop_is_understood(text: str) -> None:
    assert asks_to_opt_out(text) is True


@pytest.mark.parametrize("text", NEAR_MISSES)
def test_words_that_only_sound_like_one_are_not_taken_for_it(text: str) -> None:
    assert asks_to_opt_out(text) is False


def test_a_request_is_found_in_the_midst_of_other_words() -> None:
    around = "We talked about this in March. ", " Kind regards, the whole front desk"

    missed = [text for text in REQUESTS if not asks_to_opt_out(text.join(around))]

    assert missed == []


@pytest.mark.parametrize(
    "word", ["a", "take ", "bitte mich ", "laat me ", "no more ", "x y ", "(", "\n", " "]
)
def test_long_text_is_read_in_no_time(word: str) -> None:
    text = word * (20_000 // len(word))
    started = time.perf_counter()

    asks_to_opt_out(text)

    assert time.perf_counter() - started < 5
