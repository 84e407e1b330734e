"""What the VictoriaMetrics store does besides the contract: years, names, and being away."""

import http.server
import logging
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings

from tests.metrics.conftest import Victoria
from virtadmin.metrics.capacity import server_capacity
from virtadmin.metrics.errors import HistoryAway, HistoryRefused
from virtadmin.metrics.observation import Observation
from virtadmin.metrics.store import history
from virtadmin.metrics.stores.victoriametrics import VictoriaMetricsStore
from virtadmin.metrics.victoria import outbox as outboxes
from virtadmin.metrics.victoria.client import Client
from virtadmin.metrics.victoria.names import NAMES
from virtadmin.metrics.victoria.outbox import Outbox

DAY = 24 * 3600
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def store(victoria: Victoria) -> Iterator[VictoriaMetricsStore]:
    """A store of the running server."""
    with override_settings(HISTORY_URL=victoria.url):
        store = VictoriaMetricsStore()
        yield store
        store.forget(50)
        store.close()


def test_fifteen_months_are_a_thousand_points_with_peaks_and_gaps(
    store: VictoriaMetricsStore, victoria: Victoria
) -> None:
    now = int(time.time()) // DAY * DAY
    start = now - 455 * DAY
    rows = [(50, Observation(start + hour * 3600, {"cpu_usage": 90.0 if hour == 5000 else 10.0}, {}))
            for hour in range(455 * 24) if not 2000 <= hour < 3000]  # fmt: skip
    store.write(rows)
    assert store.outbox.flush(20)
    victoria.settle()
    points = store.range(50, "cpu_usage", start, now, 1000)
    assert 850 < len(points) <= 1000
    assert max(point.high for point in points) == 90.0
    assert {point.low for point in points} == {10.0}
    assert max(point.mean for point in points) < 20
    assert not [point for point in points if start + 2030 * 3600 < point.time < start + 2960 * 3600]
    assert start <= points[0].time < start + DAY
    assert now - DAY < points[-1].time < now


def test_names_have_units() -> None:
    assert NAMES["cpu_usage"] == "virtadmin_cpu_usage_percent"
    assert NAMES["network_in_percent"] == "virtadmin_network_in_percent"
    assert NAMES["network_usage_in"] == "virtadmin_network_usage_in_megabits_per_second"
    assert len(set(NAMES.values())) == len(NAMES)


def test_it_does_nothing_to_roll_up_or_prune(store: VictoriaMetricsStore) -> None:
    store.write([])
    store.roll(time.time())
    assert store.prune(time.time()) == 0


def test_it_is_in_use_where_the_settings_name_it() -> None:
    assert history().name == "sql"
    with override_settings(HISTORY_URL=NOWHERE):
        assert history().name == "victoriametrics"


def test_one_that_is_away_stops_no_writer_and_is_told_of_when_asked(caplog: pytest.LogCaptureFixture) -> None:
    with override_settings(HISTORY_URL=NOWHERE):
        store = VictoriaMetricsStore()
        begun = time.monotonic()
        for _ in range(100):
            store.write([(1, Observation(begun, {"cpu_usage": 1.0}, {}))])
        assert time.monotonic() - begun < 1
        assert not store.outbox.flush(0.3)
        assert "history waits (0 dropped so far): VictoriaMetrics at 127.0.0.1 cannot be asked" in caplog.text
        for call in (
            lambda: store.raw(1, "load1", 0, 1),
            lambda: store.range(1, "load1", 0, 1, 5),
            lambda: store.forget(1),
        ):
            with pytest.raises(HistoryAway, match="cannot be asked"):
                call()
        mounts = [{"mount": "/", "used": 1.0, "available": 1.0, "read_only": False}]
        assert server_capacity(1, {"mounts": mounts}, time.time()).values() == {}
        store.close()


def test_what_waited_is_sent_when_it_is_back(
    tmp_path: Any, victoria: Victoria, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(outboxes, "FIRST_PAUSE", 0.05)
    own = Victoria(tmp_path)
    with override_settings(HISTORY_URL=own.url):
        store = VictoriaMetricsStore()
        at = int(time.time()) - 600
        try:
            store.write([(50, Observation(at, {"load1": 1.0}, {}))])
            assert store.outbox.flush(10)
            own.stop()
            for second in range(1, 6):
                store.write([(50, Observation(at + second, {"load1": 1.0 + second}, {}))])
            assert not store.outbox.flush(0.3)
            own.start()
            assert store.outbox.flush(10)
            own.settle()
            assert [value for _, value in store.raw(50, "load1", at, at + 10)] == [1, 2, 3, 4, 5, 6]
        finally:
            own.stop()
            store.close()


class TestOutbox:
    """What waits to be sent."""

    @pytest.fixture(autouse=True)
    def soon(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(outboxes, "FIRST_PAUSE", 0.01)

    def test_when_too_many_wait_the_oldest_go_and_are_counted(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.WARNING)
        away, sent = threading.Event(), []
        away.set()

        def send(text: bytes) -> None:
            if away.is_set():
                raise HistoryAway("nobody there")
            sent.append(text)

        outbox = Outbox(send, most=10)
        for number in range(30):
            outbox.put(1, b"%d " % number)
            assert len(outbox._waiting) <= 10
        away.clear()
        assert outbox.flush(5)
        kept = [int(number) for number in b"".join(sent).split()]
        assert kept[-10:] == list(range(20, 30))
        assert len(kept) + outbox.dropped == 30
        outbox.close(5)
        assert f"the history store takes on; {outbox.dropped} observations were dropped" in caplog.text

    def test_what_is_refused_is_dropped_and_what_follows_is_sent(self, caplog: pytest.LogCaptureFixture) -> None:
        sent = []

        def send(text: bytes) -> None:
            if text == b"bad":
                raise HistoryRefused("not this")
            sent.append(text)

        outbox = Outbox(send)
        outbox.put(3, b"bad")
        assert outbox.flush(5)
        outbox.put(1, b"good")
        assert outbox.flush(5)
        assert (outbox.dropped, sent) == (3, [b"good"])
        outbox.close(0)
        assert "refused and is dropped (3 so far): not this" in caplog.text

    def test_much_is_sent_in_pieces(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(outboxes, "A_SENDING", 3)
        go, sent = threading.Event(), []

        def send(text: bytes) -> None:
            go.wait(5)
            sent.append(text)

        outbox = Outbox(send)
        for _ in range(8):
            outbox.put(1, b"x")
        go.set()
        assert outbox.flush(5)
        assert max(map(len, sent)) <= 3
        outbox.close(0)
        assert sum(map(len, sent)) == 8


class Answering(http.server.BaseHTTPRequestHandler):
    """Answers with the server's status, closes each second connection unasked."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        seen: list[Any] = self.server.seen  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers["Content-Length"]))
        seen.append((self.path, body, self.headers["Authorization"]))
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")
        self.close_connection = True  # without saying so: the kept connection is dead at the next call

    def log_message(self, *_: Any) -> None:
        """Nothing."""


class TestClient:
    """HTTP to it."""

    @pytest.fixture
    def server(self) -> Iterator[Any]:
        server: Any = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        server.seen, server.status = [], 200
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()
        server.server_close()

    def test_a_kept_connection_that_was_closed_is_made_anew_and_the_login_is_sent(self, server: Any) -> None:
        client = Client(f"http://us%20er:p%40ss@127.0.0.1:{server.server_port}/select/")
        for _ in range(3):
            assert client.call("/a", {"q": "1 2"}) == b"ok"
        assert server.seen[0] == ("/select/a", b"q=1+2", "Basic dXMgZXI6cEBzcw==")
        assert client.call("/a", {"q": "1"}, b"text") == b"ok"
        assert server.seen[-1][:2] == ("/select/a?q=1", b"text")
        assert len(server.seen) == 4
        client.close()

    @pytest.mark.parametrize(
        ("status", "refused"), [(400, True), (404, True), (429, False), (500, False), (503, False)]
    )
    def test_an_answer_that_is_no_success_is_told_with_what_it_says(
        self, server: Any, status: int, refused: bool
    ) -> None:
        server.status = status
        client = Client(f"http://127.0.0.1:{server.server_port}")
        with pytest.raises(HistoryAway, match=f"answered {status}: ok") as caught:
            client.call("/a", {})
        assert isinstance(caught.value, HistoryRefused) == refused
        client.close()

    def test_https_is_spoken_where_the_address_says_so(self, server: Any) -> None:
        with pytest.raises(HistoryAway, match="SSL"):
            Client(f"https://127.0.0.1:{server.server_port}").call("/a", {})
