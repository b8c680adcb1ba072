"""A page that only answers: python -m tests.serving.fake_page PORT [SECONDS TO LIVE]."""

import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


if __name__ == "__main__":
    sys.stdout.write(f"page pid {os.getpid()}\n")
    sys.stdout.flush()
    if len(sys.argv) > 2:
        threading.Timer(float(sys.argv[2]), lambda: os._exit(3)).start()
    HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
