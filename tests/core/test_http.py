"""The outgoing HTTP client: it ends, reads no more than it should, follows nothing and tells no secret."""

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from tests.fakes.service import Asked, Said, Service
from virtadmin.core.http import Client, HttpFailure

SECRET = "123456:a-secret-in-the-path"


class Scripted(Service):
    """Says what the test wants said."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Asked] = []
        self.does: Callable[[Asked], Said] = lambda asked: Said(body={"ok": True})

    def answer(self, asked: Asked) -> Said:
        self.asked.append(asked)
        return self.does(asked)


@pytest.fixture
def service() -> Iterator[Scripted]:
    with Scripted() as running:
        yield running


@pytest.fixture
def client(service: Scripted) -> Iterator[Client]:
    asking = Client(service.url, largest=1000)
    yield asking
    asking.close()


def test_it_posts_json_and_reads_json(service: Scripted, client: Client) -> None:
    answer = client.post("/x", {"text": "ümlaut"}, headers={"Authorization": "Bearer y"})
    assert (answer.status, answer.json()) == (200, {"ok": True})
    assert service.asked[0].fields == {"text": "ümlaut"}
    assert service.asked[0].headers["authorization"] == "Bearer y"


@pytest.mark.parametrize("raw", [b"<html>", b"[1]", b"", b"\xff"])
def test_what_is_no_json_object_is_empty(service: Scripted, client: Client, raw: bytes) -> None:
    service.does = lambda asked: Said(502, raw=raw)
    answer = client.post("/x", {})
    assert (answer.status, answer.json(), answer.body) == (502, {}, raw)


def test_a_redirect_is_not_followed(service: Scripted, client: Client) -> None:
    service.does = lambda asked: Said(302, headers={"Location": f"{service.url}/elsewhere"})
    assert client.post("/x", {}).status == 302
    assert len(service.asked) == 1


def failure(client: Client, seconds: float = 5.0) -> HttpFailure:
    with pytest.raises(HttpFailure) as failed:
        client.post(f"/bot{SECRET}/sendMessage", {"token": SECRET}, headers={"X": SECRET}, seconds=seconds)
    return failed.value


def test_an_answer_too_large_is_not_read_to_its_end(service: Scripted, client: Client) -> None:
    service.does = lambda asked: Said(raw=b"x" * 1001)
    assert failure(client).message == "127.0.0.1 answered with more than 1000 bytes."


def test_a_slow_one_is_waited_for_no_longer_than_was_said(service: Scripted, client: Client) -> None:
    held = threading.Event()
    service.does = lambda asked: Said(body={"waited": held.wait(10)})
    begun = time.monotonic()
    told = failure(client, seconds=1)
    held.set()
    assert time.monotonic() - begun < 5
    assert (told.message, told.arrived) == ("127.0.0.1 did not answer within 1 s.", True)


def test_one_that_sends_a_byte_now_and_then_is_left(client: Client) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def drip() -> None:
            peer = listening.accept()[0]
            peer.recv(65536)
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n")
            try:
                while True:
                    peer.sendall(b" ")
                    time.sleep(0.1)
            except OSError:
                peer.close()

        threading.Thread(target=drip, daemon=True).start()
        told = failure(Client(f"http://127.0.0.1:{listening.getsockname()[1]}"), seconds=0.5)
    assert told.message == "127.0.0.1 did not finish its answer in time."


def test_one_that_hangs_up_may_have_got_the_request(service: Scripted, client: Client) -> None:
    service.does = lambda asked: Said(cut=True)
    told = failure(client)
    assert told.arrived
    assert told.message.startswith("127.0.0.1 ended the connection")


def test_one_that_is_not_there_has_not() -> None:
    told = failure(Client("http://127.0.0.1:1"))
    assert (told.message, told.arrived) == ("127.0.0.1 cannot be reached: Connection refused.", False)


def test_no_error_and_no_log_line_holds_a_secret(
    service: Scripted, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client.post(f"/bot{SECRET}/getMe", {})
    told = []
    for said in (Said(cut=True), Said(raw=b"x" * 1001)):
        service.does = lambda asked, said=said: said  # type: ignore[misc]
        told.append(failure(client))
    told += [failure(Client("http://127.0.0.1:1")), failure(Client("http://no\x00host"))]
    for error in told:
        logging.getLogger("test").exception("told", exc_info=error)
        assert SECRET not in repr(error) + error.message
    assert SECRET not in caplog.text
