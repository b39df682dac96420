"""/metrics of a real web server: any worker answers for all, also for those that are gone."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.faults.machine import eventually
from tests.faults.test_up import answers, descendants, free_port
from tests.helpers.metrics import TOKEN, read

if TYPE_CHECKING:
    from tests.faults.machine import Machine

pytestmark = [pytest.mark.slow, pytest.mark.sqlite]

LOGIN = "hossagent_http_requests_total{method=GET,status=2xx,view=accounts:login}"


def get(port: int, path: str) -> str:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers={"Authorization": f"Bearer {TOKEN}"})
    text = connection.getresponse().read().decode()
    connection.close()
    return text


def web_workers(pid: int) -> list[int]:
    """The processes that gunicorn's first one started."""
    listed = subprocess.run(
        ["ps", "-o", "pid=,ppid=,args=", "-p", ",".join(str(one) for one in descendants(pid))],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.splitlines()
    rows = [line.split(None, 2) for line in listed if "gunicorn" in line]
    masters = {own for own, parent, _ in rows if int(parent) == pid}
    return [int(own) for own, parent, _ in rows if parent in masters]


def test_every_worker_tells_the_same_and_none_is_forgotten(machine: Machine) -> None:
    port = free_port()
    machine.environment["METRICS_TOKEN"] = TOKEN
    process = machine.start_manage("up", "--no-demo", "--bind", f"127.0.0.1:{port}")
    assert eventually(lambda: answers(port), seconds=60), machine.output()
    assert eventually(lambda: len(web_workers(process.pid)) == 2)

    for _ in range(20):
        get(port, "/login")
    told = {read(get(port, "/metrics"))[LOGIN] for _ in range(10)}
    before = web_workers(process.pid)
    for worker in before:
        os.kill(worker, signal.SIGKILL)
    assert eventually(
        lambda: len(set(web_workers(process.pid)) - set(before)) == 2 and answers(port)
    )

    assert told == {20}
    assert {read(get(port, "/metrics"))[LOGIN] for _ in range(10)} == {20}


def maps_of(worker: int) -> str:
    """The files that this process has mapped."""
    return Path(f"/proc/{worker}/maps").read_text(encoding="utf-8")


def folder_of(worker: int) -> Path:
    """Where this process has its numbers."""
    lines = maps_of(worker).splitlines()
    (path,) = {line.split()[-1] for line in lines if "/counter_" in line}
    return Path(path).parent


def test_a_broken_or_removed_folder_costs_only_numbers(machine: Machine) -> None:
    port = free_port()
    machine.environment["METRICS_TOKEN"] = TOKEN
    process = machine.start_manage("up", "--no-demo", "--bind", f"127.0.0.1:{port}")
    assert eventually(lambda: answers(port), seconds=60), machine.output()
    assert eventually(lambda: len(web_workers(process.pid)) == 2)
    for _ in range(20):
        get(port, "/login")

    def replace_workers() -> None:
        before = web_workers(process.pid)
        for worker in before:
            os.kill(worker, signal.SIGKILL)
        assert eventually(
            lambda: len(set(web_workers(process.pid)) - set(before)) == 2 and answers(port)
        ), machine.output()

    workers = web_workers(process.pid)
    folder = next(folder_of(one) for one in workers if "/counter_" in maps_of(one))
    for path in folder.glob("*.db"):
        path.write_bytes(b"garbage" * 999)
    replace_workers()
    after_garbage = "hossagent_http_requests_total" in get(port, "/metrics")
    shutil.rmtree(folder)
    replace_workers()

    assert after_garbage
    assert "hossagent_http_requests_total" not in get(port, "/metrics")
    assert "<form" in get(port, "/login")
    assert process.poll() is None
