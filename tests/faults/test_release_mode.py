"""Release mode with missing or fake credentials: it starts, says so, and stays silent
towards the world. Connections are counted at the interpreter's own socket events."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from hossagent.config import BASE_DIR

if TYPE_CHECKING:
    from tests.faults.machine import Machine

pytestmark = pytest.mark.slow

# Runs a manage.py command and prints each attempt to reach anything by network.
WATCHED = """
import socket, sys
def watch(event, args):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo",
                 "socket.gethostbyname", "socket.gethostbyaddr"):
        address = args[1] if event == "socket.connect" else args
        sys.stderr.write(f"[NETWORK] {event} {address!r}\\n")
sys.addaudithook(watch)
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", *sys.argv[1:]])
"""

FAKE = {
    "EMAIL_MODE": "SENDGRID",
    "SENDGRID_API_KEY": "SG.fake",
    "SENDGRID_FROM_EMAIL": "hoss@agency.test",
    "LEAD_SOURCE_PROVIDER": "SEARCH_API",
    "LEAD_SEARCH_API_URL": "https://api.changeme.test/search",
    "LEAD_SEARCH_API_KEY": "changeme",
    "ENABLE_STRIPE": "TRUE",
    "STRIPE_API_KEY": "sk_live_fake",
    "OPENAI_API_KEY": "your_key_here",
}


def watched(machine: Machine, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", WATCHED, *command],
        cwd=BASE_DIR,
        env=machine.environ() | {"DJANGO_SETTINGS_MODULE": "hossagent.settings"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("credentials", [{}, FAKE], ids=["missing", "fake"])
def test_it_starts_says_so_once_and_reaches_nobody(
    machine: Machine, credentials: dict[str, str]
) -> None:
    assert machine.run("seed_demo").returncode == 0
    machine.environment |= {
        "RELEASE_MODE": "TRUE",
        "AUTOPILOT_PERIOD_SECONDS": "300",
        "BASE_URL": "https://app.agency.test",
        "MAX_EMAILS_PER_HOUR": "150",
        **credentials,
    }

    cycle = watched(machine, "autopilot", "--once")

    assert cycle.returncode == 0, cycle.stderr
    tags = re.findall(
        r"\[RELEASE_MODE\]\[(?:ON|HIGH_VOLUME_WARNING)\]|\[DRY_RUN_FALLBACK\] subsystem=\w+",
        cycle.stderr,
    )
    assert sorted(tags) == [
        "[DRY_RUN_FALLBACK] subsystem=email",
        "[DRY_RUN_FALLBACK] subsystem=leads",
        "[DRY_RUN_FALLBACK] subsystem=stripe",
        "[DRY_RUN_FALLBACK] subsystem=writer",
        "[RELEASE_MODE][HIGH_VOLUME_WARNING]",
        "[RELEASE_MODE][ON]",
    ]
    assert "Traceback" not in cycle.stderr
    assert re.findall(r"\[NETWORK\].*", cycle.stderr) == []
    assert machine.count("agents_cyclerun WHERE outcome = 'failed'") == 0
    # Five agents for each of the three demo customers
    worked = (
        "SELECT DISTINCT customer_id, agent FROM agents_cyclerun WHERE outcome IN ('ok', 'idle')"
    )
    assert machine.count(f"({worked}) AS worked") == 15


def test_the_watch_sees_a_connection(machine: Machine) -> None:
    machine.environment["REDIS_URL"] = "redis://127.0.0.1:1/0"

    doctor = watched(machine, "doctor")

    assert "[NETWORK] socket.connect ('127.0.0.1', 1)" in doctor.stderr
