"""A PhysioNet-shaped server on this machine that serves, stalls, truncates and lies."""

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import unquote

ROOT = "/files/x/1.0/"


class FileServer:
    """Serves ``files`` below ``base``; ``moods`` of a file are used up, one for each request."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.moods: dict[str, list[str]] = {}
        self.asked: list[tuple[str, str]] = []
        self.release = threading.Event()
        self._http = _Http(self)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,))

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}{ROOT}"

    def put(self, files: dict[str, bytes]) -> None:
        """Serve files and, for all of them, their checksums."""
        self.files |= files
        lines = [
            f"{hashlib.sha256(content).hexdigest()} {name}\n"
            for name, content in self.files.items()
            if name != "SHA256SUMS.txt"
        ]
        self.files["SHA256SUMS.txt"] = "".join(lines).encode()

    def requests(self, name: str) -> list[str]:
        """The ranges asked for of a file."""
        return [wanted for asked, wanted in self.asked if asked == name]

    def __enter__(self) -> "FileServer":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


class _Http(ThreadingHTTPServer):
    def __init__(self, owner: FileServer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.owner = owner

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients of an impossible server leave in the middle."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Http

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        self.close_connection = True
        owner = self.server.owner
        name = unquote(self.path).removeprefix(ROOT)
        wanted = self.headers.get("Range", "")
        owner.asked.append((name, wanted))
        moods = owner.moods.get(name, [])
        mood = moods.pop(0) if moods else "ok"
        content = owner.files.get(name)
        if content is None or mood.isdigit():
            self.send_error(404 if content is None else int(mood))
        elif mood.startswith("redirect "):
            self._head(302, {"Location": mood.removeprefix("redirect "), "Content-Length": "0"})
        else:
            if mood == "lie":
                content = bytes(byte ^ 1 for byte in content)
            self._answer(content, "" if mood == "ignores ranges" else wanted, mood)

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _answer(self, content: bytes, wanted: str, mood: str) -> None:
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        if start >= len(content) > 0:
            self._head(416, {"Content-Range": f"bytes */{len(content)}", "Content-Length": "0"})
            return
        headers = {} if mood == "endless" else {"Content-Length": str(len(content) - start)}
        if start:
            first = start + (mood == "wrong range")
            headers["Content-Range"] = f"bytes {first}-{len(content) - 1}/{len(content)}"
        self._head(206 if start else 200, headers)
        self._send(content[start:], mood)

    def _send(self, body: bytes, mood: str) -> None:
        release = self.server.owner.release
        some = {"truncate": len(body) // 2, "stall": len(body) // 2, "nothing": 0, "trickle": 0}
        self.wfile.write(body[: some.get(mood, len(body))])
        self.wfile.flush()
        if mood == "stall":
            release.wait(20)
        while mood == "endless" and not release.is_set():
            self.wfile.write(body)
        for at in range(len(body) if mood == "trickle" else 0):
            self.wfile.write(body[at : at + 1])
            self.wfile.flush()
            if release.wait(0.05):
                return
