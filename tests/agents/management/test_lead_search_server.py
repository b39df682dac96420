"""`manage.py lead_search_server`, as a process of its own and asked by the real provider."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys

import pytest

from agents.leads.providers import ProviderFailed
from agents.leads.providers.search_api import SearchApi
from hossagent.config import BASE_DIR

COMMAND = [sys.executable, "manage.py", "lead_search_server"]


def environment() -> dict[str, str]:
    return {**os.environ, "HOSSAGENT_ENV_FILE": "", "SESSION_SECRET": "only-for-tests"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_says_what_to_set_answers_and_stops(number: int) -> None:
    port = free_port()
    process = subprocess.Popen(
        [*COMMAND, "--port", str(port), "--key", "a-key", "--total", "7"],
        cwd=BASE_DIR,
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        told = [process.stdout.readline().strip() for _ in range(4)]
        settings = dict(line.split("=", 1) for line in told[1:])
        found = SearchApi(settings["LEAD_SEARCH_API_URL"], settings["LEAD_SEARCH_API_KEY"]).find(
            niche="law firms", geography="Berlin", wanted=20, cursor=""
        )
        with pytest.raises(ProviderFailed) as refused:
            SearchApi(settings["LEAD_SEARCH_API_URL"], "another").find(
                niche="law firms", geography="Berlin", wanted=1, cursor=""
            )
        process.send_signal(number)
        rest, _ = process.communicate(timeout=30)
    finally:
        process.kill()
        process.communicate()

    assert told[0] == "Set these variables, then restart the service:"
    assert settings["LEAD_SOURCE_PROVIDER"] == "SEARCH_API"
    assert (len(found.candidates), found.next_cursor) == (7, None)
    assert refused.value.status == "401"
    assert (rest.strip(), process.returncode) == ("Stopped.", 0)


def test_a_port_that_is_taken_is_said() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = subprocess.run(
            [*COMMAND, "--port", str(port)],
            cwd=BASE_DIR,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"CommandError: Port {port} cannot be used: ")
