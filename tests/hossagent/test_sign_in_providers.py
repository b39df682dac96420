"""Google and Microsoft appear with both credentials, and only Google's word counts."""

from __future__ import annotations

import pytest

from hossagent.config import load
from hossagent.sign_in_providers import sign_in_providers

GOOGLE = {"GOOGLE_CLIENT_ID": "g", "GOOGLE_CLIENT_SECRET": "s"}
MICROSOFT = {"MICROSOFT_CLIENT_ID": "m", "MICROSOFT_CLIENT_SECRET": "t"}


@pytest.mark.parametrize(
    ("environ", "names"),
    [
        ({}, []),
        ({"GOOGLE_CLIENT_ID": "g"}, []),
        ({"MICROSOFT_CLIENT_SECRET": "t"}, []),
        (GOOGLE, ["google"]),
        (MICROSOFT, ["microsoft"]),
        (GOOGLE | MICROSOFT, ["google", "microsoft"]),
    ],
)
def test_a_provider_appears_with_both_credentials(
    environ: dict[str, str], names: list[str]
) -> None:
    assert sorted(sign_in_providers(load({"SESSION_SECRET": "s"} | environ))) == names


def test_microsoft_never_vouches_for_an_address() -> None:
    providers = sign_in_providers(load({"SESSION_SECRET": "s"} | GOOGLE | MICROSOFT))

    assert providers["google"]["EMAIL_AUTHENTICATION"] is True
    assert set(providers["microsoft"]) == {"APP", "OAUTH_PKCE_ENABLED"}
