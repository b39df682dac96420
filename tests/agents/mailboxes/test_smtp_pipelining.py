"""Commands in a row: what each answer means, and that no text leaves after a no."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from agents.mailboxes.transports import mime, smtp
from agents.mailboxes.transports.base import OutgoingMail, SendOutcome
from agents.mailboxes.transports.smtp import SmtpTransport
from hossagent.config import Config
from tests.conftest import NOON
from tests.fakes.mail import MailServer
from tests.helpers.live import smtp_config

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agents.mailboxes.transports.base import SendResult

ROW = b"MAIL FROM:<ada@agency.com>\r\nRCPT TO:<grace@one.com>\r\nDATA\r\n"
LATE = "There was no time left to send it in this hour."


def make_mail(to: str = "grace@one.com") -> OutgoingMail:
    return OutgoingMail(
        from_name="Ada",
        from_address="ada@agency.com",
        to_name="Grace",
        to_address=to,
        reply_to="ada@agency.com",
        subject="A quieter front desk",
        body="Hello.\n",
        message_id="<1@agency.com>",
        date=NOON,
        unsubscribe_url="https://app.agency.com/u/1/",
    )


class Script:
    """A server that answers one row of commands with `answers`, each after `waits`
    seconds, and keeps every byte that it gets afterwards. It takes one text and hangs up
    on what stands behind that."""

    def __init__(self, answers: Sequence[str], waits: Sequence[float]) -> None:
        self._answers, self._waits = answers, waits
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.row = self.rest = b""
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def _serve(self) -> None:
        with self._listener, self._listener.accept()[0] as client:
            client.settimeout(5)
            client.sendall(b"220 script\r\n")
            client.recv(1_000)
            client.sendall(b"250-script\r\n250 PIPELINING\r\n")
            while len(self.row) < len(ROW):
                if not (data := client.recv(1_000)):
                    return
                self.row += data
            for answer, wait in zip(self._answers, self._waits, strict=False):
                time.sleep(wait)
                client.sendall(f"{answer}\r\n".encode())
            if len(self._answers) < 3:
                return
            while data := client.recv(10_000):
                self.rest += data
                _, has_ended, behind = self.rest.partition(b"\r\n.\r\n")
                if has_ended or self.rest == b"rset\r\n":
                    client.sendall(b"250 OK\r\n")
                if behind:
                    return


@contextmanager
def script(*answers: str, waits: Sequence[float] = (0, 0, 0)) -> Iterator[Script]:
    running = Script(answers, waits)
    yield running
    running.thread.join(10)
    assert not running.thread.is_alive()


def transport(port: int) -> SmtpTransport:
    return SmtpTransport(Config.model_validate({"SESSION_SECRET": "x", **smtp_config(port)}))


def soon(seconds: float = 20.0) -> float:
    return time.monotonic() + seconds


def test_envelope_leaves_in_one_row_and_the_text_after_it() -> None:
    with script("250 OK", "250 OK", "354 go") as server:
        way = transport(server.port)
        result = way.send(make_mail(), deadline=soon())
        way.close()

    assert result.success is True
    assert server.row == ROW
    assert server.rest.startswith(b"Date: ")


@pytest.mark.parametrize(
    "answers",
    [
        ("550 5.1.1 no such user", "503 no sender", "354 go"),
        ("250 OK", "550 5.1.1 no such user", "354 go"),
    ],
)
def test_a_server_that_waits_for_text_after_its_no_gets_none(answers: tuple[str, ...]) -> None:
    with script(*answers) as server:
        result = transport(server.port).send(make_mail(), deadline=soon())

    assert (result.outcome, result.status) == (SendOutcome.REJECTED, "5.1.1")
    assert server.rest == b""


def test_the_first_no_counts_and_the_session_goes_on() -> None:
    with script("250 OK", "450 4.2.0 greylisted", "503 no recipient") as server:
        way = transport(server.port)
        result = way.send(make_mail(), deadline=soon())
        way.close()

    assert (result.outcome, result.error) == (SendOutcome.TRY_LATER, "450 4.2.0 greylisted")
    assert server.rest == b"rset\r\n"


def test_a_no_before_the_server_hangs_up_is_what_counts() -> None:
    with script("421 4.7.0 your reputation is low") as server:
        result = transport(server.port).send(make_mail(), deadline=soon())

    assert result.outcome is SendOutcome.REPUTATION


def test_a_server_that_hangs_up_without_a_word_has_nothing() -> None:
    with script("250 OK") as server:
        result = transport(server.port).send(make_mail(), deadline=soon())

    assert (result.success, result.outcome) == (False, SendOutcome.TRY_LATER)


def test_no_text_leaves_when_the_answers_came_after_the_deadline() -> None:
    with script("250 OK", "250 OK", "354 go", waits=(0, 0.3, 0)) as server:
        result = transport(server.port).send(make_mail(), deadline=soon(0.2))

    assert (result.outcome, result.error) == (SendOutcome.TRY_LATER, f"451 {LATE}")
    assert server.rest == b""


def test_after_the_deadline_nothing_is_said_at_all() -> None:
    with MailServer(pipelining=True) as server:
        way = transport(server.port)
        assert way.send(make_mail(), deadline=soon()).success is True
        late = way.send(make_mail(), deadline=soon(-1))
        way.close()

    assert (late.outcome, late.error, len(server.letters)) == (
        SendOutcome.UNREACHABLE,
        f"451 {LATE}",
        1,
    )


# --- Several mails in a row -----------------------------------------------------------


class Recorder(MailServer):
    """Takes commands in a row, and answers the text of mail N with `texts[N]`."""

    def __init__(self, *texts: str) -> None:
        super().__init__(pipelining=True)
        self.texts = list(texts)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 # the library's hook
        answer = self.texts.pop(0)
        if answer == "hang up":
            server.transport.abort()
        if not answer.startswith("250"):
            return answer
        return await super().handle_DATA(server, session, envelope)


def three() -> list[OutgoingMail]:
    return [make_mail(f"{name}@one.com") for name in ("ada", "grace", "mary")]


def outcomes(results: Sequence[SendResult]) -> list[SendOutcome]:
    return [result.outcome for result in results]


def arrived(server: MailServer) -> list[str]:
    return [letter.recipients[0] for letter in server.letters]


def test_the_next_envelope_leaves_with_the_text_before_it() -> None:
    with script("250 OK", "250 OK", "354 go") as server:
        way = transport(server.port)
        results = way.send_all([make_mail(), make_mail("mary@two.com")], deadline=soon())
        way.close()

    text, _, envelope = server.rest.partition(b"\r\n.\r\n")
    assert text.startswith(b"Date: ")
    assert envelope == b"MAIL FROM:<ada@agency.com>\r\nRCPT TO:<mary@two.com>\r\nDATA\r\n"
    assert outcomes(results) == [SendOutcome.ACCEPTED, SendOutcome.TRY_LATER]


@pytest.mark.parametrize("pipelining", [False, True])
def test_mails_in_a_row_arrive_once_each_over_one_connection(*, pipelining: bool) -> None:
    with MailServer(pipelining=pipelining) as server:
        way = transport(server.port)
        results = way.send_all(three(), deadline=soon())
        again = way.send(make_mail(), deadline=soon())
        way.close()

    assert outcomes([*results, again]) == [SendOutcome.ACCEPTED] * 4
    assert arrived(server) == ["ada@one.com", "grace@one.com", "mary@one.com", "grace@one.com"]
    assert server.connections == 1


def test_refused_text_does_not_touch_the_mail_behind_it() -> None:
    with Recorder("250 OK", "554 5.7.1 looks like spam", "250 OK") as server:
        way = transport(server.port)
        results = way.send_all(three(), deadline=soon())
        way.close()

    assert [result.error for result in results] == [None, "554 5.7.1 looks like spam", None]
    assert arrived(server) == ["ada@one.com", "mary@one.com"]


def test_refused_recipient_behind_a_text_touches_no_other() -> None:
    with MailServer(pipelining=True, refuse_only="grace@one.com") as server:
        way = transport(server.port)
        results = way.send_all(three(), deadline=soon())
        way.close()

    assert [result.status for result in results] == ["", "5.1.1", ""]
    assert arrived(server) == ["ada@one.com", "mary@one.com"]


def test_connection_lost_after_a_text_leaves_that_one_unknown() -> None:
    with Recorder("250 OK", "hang up", "250 OK") as server:
        way = transport(server.port)
        results = way.send_all(three(), deadline=soon())
        way.close()

    assert outcomes(results) == [SendOutcome.ACCEPTED, SendOutcome.UNKNOWN, SendOutcome.ACCEPTED]
    assert arrived(server) == ["ada@one.com", "mary@one.com"]


def test_a_mail_that_cannot_be_addressed_is_not_announced() -> None:
    with MailServer(pipelining=True) as server:
        way = transport(server.port)
        ada, grace, mary = three()
        results = way.send_all([ada, replace(grace, to_address="a b@c.d"), mary], deadline=soon())
        way.close()

    assert [result.error for result in results] == [None, "553 'a b@c.d' is not an address.", None]
    assert arrived(server) == ["ada@one.com", "mary@one.com"]


def test_a_connection_is_given_up_after_its_share_of_mails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(smtp, "MAX_MAILS_PER_CONNECTION", 2)
    with MailServer(pipelining=True) as server:
        way = transport(server.port)
        results = way.send_all(three(), deadline=soon())
        way.close()

    assert outcomes(results) == [SendOutcome.ACCEPTED] * 3
    assert (arrived(server), server.connections) == (
        ["ada@one.com", "grace@one.com", "mary@one.com"],
        2,
    )


def test_being_cut_off_leaves_no_answer_to_be_read_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A worker's time limit may strike between a text and its answer."""

    class TimeIsUp(BaseException):
        pass

    def strike(_mail: OutgoingMail) -> bytes:
        raise TimeIsUp

    with MailServer(pipelining=True) as server:
        way = transport(server.port)
        ada, grace, mary = three()
        to_bytes = mime.to_bytes
        monkeypatch.setattr(
            mime, "to_bytes", lambda mail: (strike if mail is grace else to_bytes)(mail)
        )
        with pytest.raises(TimeIsUp):
            way.send_all([ada, grace], deadline=soon())
        result = way.send(mary, deadline=soon())
        way.close()

    assert result.success is True
    assert (arrived(server), server.connections) == (["ada@one.com", "mary@one.com"], 2)


@pytest.mark.parametrize("address", ["", "grace@one.com>\r\nRCPT TO:<eve@two.com", "a b@c.d"])
def test_what_is_no_address_never_reaches_the_wire(address: str) -> None:
    result = transport(1).send(make_mail(to=address), deadline=soon())

    assert (result.success, result.outcome) == (False, SendOutcome.REJECTED)
