"""A very small web server: requests in, answers out, no framework."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True, slots=True)
class Request:
    """What came in."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, Any]:
        """Return query and form (or JSON) as one nested dictionary."""
        if "json" in self.headers.get("content-type", ""):
            return {**nested(self.query), **(json.loads(self.body or b"{}") or {})}
        if "multipart/form-data" in self.headers.get("content-type", ""):
            return {**nested(self.query), **self._parts()}
        return {**nested(self.query), **nested(self.body.decode("utf-8", "replace"))}

    def _parts(self) -> dict[str, Any]:
        """Read a form with files: each part by its name, a file as (its name, its content)."""
        head = f"Content-Type: {self.headers['content-type']}\r\n\r\n".encode()
        found: dict[str, Any] = {}
        for part in message_from_bytes(head + self.body, policy=HTTP).iter_parts():
            content = part.get_payload(decode=True)
            name = str(part.get_param("name", header="content-disposition"))
            plain = content if isinstance(content, bytes) else b""
            file = part.get_filename()
            found[name] = (file, plain) if file is not None else plain.decode("utf-8", "replace").strip()
        return found


@dataclass(slots=True)
class Answer:
    """What goes out; `lost` closes the line without a word."""

    body: str | bytes = ""
    status: int = 200
    kind: str = "text/html; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    lost: bool = False


def json_answer(body: Any, status: int = 200) -> Answer:
    """Answer with JSON."""
    return Answer(json.dumps(body), status, "application/json")


def redirect(url: str) -> Answer:
    """Send the browser elsewhere."""
    return Answer("", 303, headers={"Location": url})


Handler = Callable[[Request], Answer]
KEY: Final = re.compile(r"\[([^\]]*)\]")


def nested(text: str) -> dict[str, Any]:
    """Read `a[b][]=1&a[c][0][d]=2` into dictionaries and lists."""
    found: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        path = [name.split("[", 1)[0], *KEY.findall(name)]
        place: dict[str, Any] = found
        for step in path[:-1]:
            place = place.setdefault(step or str(len(place)), {})
        place[path[-1] or str(len(place))] = value
    return {key: _lists(value) for key, value in found.items()}


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {key: _lists(part) for key, part in value.items()}
    if inner and all(key.isdigit() for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner


def serve(host: str, port: int, handler: Handler) -> ThreadingHTTPServer:
    """Return a server that answers with the handler; the caller runs it."""

    class Line(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {key.lower(): value for key, value in self.headers.items()}
            answer = handler(Request(self.command, parts.path, parts.query, headers, body))
            if answer.lost:
                self.close_connection = True
                return
            content = answer.body.encode() if isinstance(answer.body, str) else answer.body
            self.send_response(answer.status)
            for key, value in {"Content-Type": answer.kind, **answer.headers}.items():
                self.send_header(key, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        do_GET = do_POST = do_DELETE = do_HEAD = handle_any  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

    return Server((host, port), Line)
