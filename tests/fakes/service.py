"""An HTTP server on a free port, of the loopback unless said otherwise, in threads of its own."""

import gzip
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Asked:
    """A request: where, with which query, header lines (names in lower case) and fields (JSON or form)."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    fields: dict[str, Any]


@dataclass
class Said:
    """An answer; JSON unless `raw` is given. `cut`: the connection ends without one."""

    status: int = 200
    body: Any = None
    raw: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False


class Service:
    """Answers by `answer(asked)`; use it in a `with`."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.lock = threading.Condition()
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                said = service.answer(_asked(self))
                if said.cut:
                    self.close_connection = True
                    return
                body = json.dumps(said.body).encode() if said.raw is None else said.raw
                try:
                    self.send_response(said.status)
                    for name, value in {"Content-Type": "application/json", **said.headers}.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:
                    self.close_connection = True  # who asked has gone

            do_GET = do_POST  # noqa: N815 - the names are http.server's

            def log_message(self, *args: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, request: Any, client_address: Any) -> None:
                pass  # a client that was killed

        self._server = Server((host, 0), Handler)
        self.url = f"http://{host}:{self._server.server_port}"

    def answer(self, asked: Asked) -> Said:
        raise NotImplementedError

    def __enter__(self) -> Any:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


def _asked(handler: BaseHTTPRequestHandler) -> Asked:
    address = urlsplit(handler.path)
    headers = {name.lower(): value for name, value in handler.headers.items()}
    content = handler.rfile.read(int(headers.get("content-length", "0")))
    query = dict(parse_qsl(address.query, keep_blank_values=True))
    if headers.get("content-encoding") == "gzip":
        content = gzip.decompress(content)
    if headers.get("content-type", "").startswith("application/json") or content.startswith(b"{"):
        fields = json.loads(content or b"{}")
    else:
        fields = dict(parse_qsl(content.decode(), keep_blank_values=True))
    return Asked(handler.command, address.path, query, headers, fields)
