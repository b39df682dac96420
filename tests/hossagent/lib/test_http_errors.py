"""Did a connection come about? Asked of errors that `requests` really raises."""

from __future__ import annotations

import socket
from threading import Thread

import requests

from hossagent.lib.http_errors import is_never_connected


def error_of(url: str) -> requests.RequestException:
    try:
        requests.post(url, data=b"x", timeout=5)
    except requests.RequestException as error:
        return error
    raise AssertionError("it was answered")


def test_a_refused_connection_never_came_about() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))

        error = error_of(f"http://127.0.0.1:{closed.getsockname()[1]}/")

    assert is_never_connected(error) is True


def test_a_server_that_hangs_up_may_have_read_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            server.accept()[0].close()

        Thread(target=hang_up, daemon=True).start()

        error = error_of(f"http://127.0.0.1:{server.getsockname()[1]}/")

    assert is_never_connected(error) is False


def test_other_errors_say_nothing_about_a_connection() -> None:
    assert [is_never_connected(error) for error in (OSError(), ValueError("no"))] == [False, False]
