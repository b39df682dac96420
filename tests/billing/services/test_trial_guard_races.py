"""Two sign-ups with one mailbox at the same moment."""

from __future__ import annotations

from functools import partial

import pytest

from billing.models import TrialGuardKey
from billing.services import trial_guard
from billing.services.trial_guard import Applicant
from billing.states import TrialOutcome
from tests.conftest import NOON
from tests.helpers.threads import meet, together

TRIAL, NO_TRIAL = TrialOutcome.TRIAL, TrialOutcome.NO_TRIAL


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_sign_ups_with_one_mailbox_get_one_trial(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Both find no keys and make them; both weigh what they find, which is nothing."""
    meet(monkeypatch, TrialGuardKey.objects, "bulk_create")
    meet(monkeypatch, trial_guard, "_record_decision")
    decide = partial(trial_guard.decide, now=NOON)

    rows = together(
        *(
            partial(decide, applicant=Applicant(email))
            for email in ("ann+1@gmail.com", "a.nn+2@gmail.com")
        )
    )

    assert sorted(row.outcome for row in rows) == [NO_TRIAL, TRIAL]
