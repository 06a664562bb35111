"""A server that speaks PostgreSQL's protocol as far as a client needs to ask what it is, and claims
to be something else: a database that is too old, or another product.

    with ImitatedPostgres("CockroachDB CCL v23.2.0", number="13.0.0") as server:
        ["roster", "serve", "--store", server.url()]
"""

import contextlib
import socket
import struct
import threading

SSL_REQUEST, GSS_REQUEST = 80877103, 80877104
TEXT = 25


def message(kind, body=b""):
    return kind + struct.pack("!i", len(body) + 4) + body


def strings(*texts):
    return b"".join(text.encode() + b"\0" for text in texts)


class ImitatedPostgres:
    def __init__(self, version, number, encoding="UTF8"):
        """`version`: what version() returns; every other statement is refused."""
        self._version = version
        self._parameters = {"server_version": number, "server_encoding": encoding,
                            "client_encoding": "UTF8"}
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self):
        return f"postgres://roster@127.0.0.1:{self.port}/roster"

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client = self._listener.accept()[0]
                threading.Thread(target=self._serve, args=[client], daemon=True).start()

    def _serve(self, client):
        with client, client.makefile("rb") as received, contextlib.suppress(OSError, struct.error):
            while True:
                size, code = struct.unpack("!ii", received.read(8))
                received.read(size - 8)
                if code not in (SSL_REQUEST, GSS_REQUEST):
                    break
                client.sendall(b"N")
            client.sendall(
                message(b"R", struct.pack("!i", 0))
                + b"".join(message(b"S", strings(*one)) for one in self._parameters.items())
                + message(b"K", struct.pack("!ii", 1, 1)) + message(b"Z", b"I"))
            self._answer_statements(client, received)

    def _answer_statements(self, client, received):
        is_failed = False
        while kind := received.read(1):
            body = received.read(struct.unpack("!i", received.read(4))[0] - 4)
            if kind == b"S":
                is_failed = False
                client.sendall(message(b"Z", b"I"))
            elif is_failed:
                continue
            elif kind == b"P" and b"SELECT version()" not in body:
                is_failed = True
                client.sendall(message(b"E", strings("SERROR", "VERROR", "C42883",
                                                     "Munknown function") + b"\0"))
            else:
                client.sendall(self._answer(kind))

    def _answer(self, kind):
        version = self._version.encode()
        return {
            b"P": message(b"1"),
            b"B": message(b"2"),
            b"D": message(b"T", struct.pack("!h", 1) + strings("version")
                          + struct.pack("!ihihih", 0, 0, TEXT, -1, -1, 0)),
            b"E": message(b"D", struct.pack("!hi", 1, len(version)) + version)
                  + message(b"C", strings("SELECT 1")),
        }.get(kind, b"")

    def close(self):
        self._listener.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
