"""The pretend internet: repeatable, mixed as promised, and read right by the classifier."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from agents.inbox.classify import classify, parse
from agents.sandbox.internet import Letter, Persona, choose_persona, reaction_delay, write_mail
from agents.states import ReplyLabel
from tests.conftest import NOON

OURS = """Hi Grace,

would ten minutes next week suit you? We could show you what changes for the front desk.

Best regards,
Ada Byron
Agency, 1 Main Street, Austin, TX 78701

If you would rather not hear from us, reply "unsubscribe" or open
https://hossagent.example/u/0123456789abcdef0123456789abcdef
"""
MEANS = {
    Persona.INTERESTED: ReplyLabel.INTERESTED,
    Persona.ASKS: ReplyLabel.QUESTION,
    Persona.REFERS: ReplyLabel.REFERRAL,
    Persona.NOT_NOW: ReplyLabel.NOT_NOW,
    Persona.DECLINES: ReplyLabel.NOT_INTERESTED,
    Persona.OPTS_OUT: ReplyLabel.OPT_OUT,
    Persona.OUT_OF_OFFICE: ReplyLabel.OUT_OF_OFFICE,
    Persona.HARD_BOUNCE: ReplyLabel.BOUNCE,
    Persona.DELAYED: ReplyLabel.DELAY,
}


def letter(persona: Persona, lead_pk: int = 1) -> Letter:
    return Letter(
        seed=1,
        persona=persona,
        at=NOON,
        lead_pk=lead_pk,
        step=0,
        lead_name="Grace Hopper",
        lead_email="grace@clinic.example",
        lead_company="Clinic Öst",
        our_name="Ada Byron",
        our_address="ada@agency.test",
        reply_to=f"reply+{'a' * 32}@inbound.agency.test",
        subject="A quieter front desk",
        body=OURS,
        message_id="<m1@agency.test>",
        sent_at=NOON - timedelta(hours=3),
    )


def persona_of(customer: int, ordinal: int, step: int = 0) -> Persona:
    return choose_persona(seed=1, customer=customer, ordinal=ordinal, step=step)


def test_one_of_every_five_leads_is_interested() -> None:
    handfuls = [
        Counter(persona_of(customer, first + place) for place in range(5))
        for customer in range(30)
        for first in range(0, 20, 5)
    ]

    assert [handful[Persona.INTERESTED] for handful in handfuls] == [1] * len(handfuls)


def test_ten_leads_meet_bounce_absence_opt_out_and_decline() -> None:
    met = {persona_of(7, ordinal) for ordinal in range(10)}

    assert met >= set(MEANS) - {Persona.REFERS, Persona.DELAYED}


def test_one_seed_makes_one_sandbox_and_another_differs() -> None:
    worlds = [
        [
            choose_persona(seed=seed, customer=1, ordinal=n, step=step)
            for n in range(50)
            for step in range(3)
        ]
        for seed in (1, 1, 2)
    ]

    assert worlds[0] == worlds[1]
    assert worlds[0] != worlds[2]
    assert write_mail(letter(Persona.INTERESTED)) == write_mail(letter(Persona.INTERESTED))


def test_a_silent_persona_never_answers() -> None:
    assert reaction_delay(seed=1, lead=1, step=0, persona=Persona.SILENT) is None
    with pytest.raises(ValueError, match="writes no mail"):
        write_mail(letter(Persona.SILENT))


@pytest.mark.parametrize("persona", MEANS)
def test_the_classifier_reads_every_persona_right(persona: Persona) -> None:
    mails = [parse(write_mail(letter(persona, lead_pk=n))) for n in range(40)]

    labels = Counter(classify(mail, today=NOON.date()).label for mail in mails)

    assert labels == {MEANS[persona]: 40}
    assert {mail.recipients for mail in mails} == {(f"reply+{'a' * 32}@inbound.agency.test",)}


def test_a_hard_bounce_is_a_delivery_report_that_names_our_mail() -> None:
    mail = parse(write_mail(letter(Persona.HARD_BOUNCE)))

    verdict = classify(mail, today=NOON.date())

    assert mail.report_type == "delivery-status"
    assert mail.returned_ids == ("<m1@agency.test>",)
    assert verdict.report is not None
    assert (verdict.report.status, verdict.report.recipient) == ("5.1.1", "grace@clinic.example")


def test_dates_that_personas_name_are_understood() -> None:
    away = [
        classify(parse(write_mail(letter(Persona.OUT_OF_OFFICE, n))), today=NOON.date())
        for n in range(20)
    ]
    later = [
        classify(parse(write_mail(letter(Persona.NOT_NOW, n))), today=NOON.date())
        for n in range(20)
    ]

    for verdict in away:
        assert verdict.resume_on is not None
        assert 3 <= (verdict.resume_on - NOON.date()).days <= 14
    for verdict in later:
        assert verdict.resume_on is not None
        assert 35 <= (verdict.resume_on - NOON.date()).days <= 120
