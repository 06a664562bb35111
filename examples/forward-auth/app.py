#!/usr/bin/env python3
"""An application without a log-in of its own: it shows who the proxy says it is.

usage: app.py PORT

It listens on loopback only, as every application behind forward authentication must: who reaches it
past the proxy may say to be anybody.
"""

import base64
import hashlib
import html
import http.server
import json
import sys

IDENTITY = ("Remote-User", "Remote-Name", "Remote-Email", "Remote-Groups", "Roster-User-Id",
            "Roster-Role")
PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>An application</title>
<h1>Hello, {name}</h1>
<table>{rows}</table>
"""


class Application(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.read_body()
        if self.headers.get("Upgrade") == "websocket":
            key = self.headers.get("Sec-WebSocket-Key", "") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
            accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
            self.send_response(101)
            self.send_header("Upgrade", "websocket")
            self.send_header("Connection", "Upgrade")
            self.send_header("Sec-WebSocket-Accept", accept)
            self.end_headers()
            self.close_connection = True
        elif self.path.startswith("/request"):
            told = {"method": self.command, "path": self.path, "body": body.decode("latin-1"),
                    "headers": [[name, value] for name, value in self.headers.items()]}
            self.send_text(json.dumps(told), "application/json")
        else:
            rows = "".join(
                f"<tr><th>{name}<td>{html.escape(self.headers.get(name, ''))}" for name in IDENTITY)
            name = html.escape(self.headers.get("Remote-Name", "nobody"))
            self.send_text(PAGE.format(name=name, rows=rows), "text/html; charset=utf-8")

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = answer

    def read_body(self):
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def send_text(self, text, content_type):
        data = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, *_):
        pass


def main():
    port = int(sys.argv[1]) if len(sys.argv) == 2 else sys.exit(__doc__)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Application)
    print(f"ready http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
