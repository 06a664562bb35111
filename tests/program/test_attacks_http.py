"""Hostile clients of the HTTP listener, with and without TLS. The server stays up, stays small, and
goes on serving honest ones."""

import contextlib
import json
import pathlib
import random
import re
import resource
import select
import socket
import ssl
import unittest

from roster_process import SANITIZED, TIMEOUT_SECONDS, RosterServer, run_roster
from test_attacks import reset, resident_mib
from test_tls import TlsTest, read_answer

LIVE = b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n"
PAGE = b"GET /v1/users?limit=500 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\n\r\n"
EXPORT = b"GET /v1/export HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\n\r\n"


class HttpAttacks(TlsTest):
    """On both kinds of listener."""

    def setUp(self):
        super().setUp()
        self.trusted = self.context()

    def listeners(self, *options):
        """A server of each kind, and how to connect to it."""
        for files in ((), self.files):
            with self.subTest(tls=bool(files)):
                self.server = RosterServer("--store", "memory:", *options, *files)
                with self.server:
                    yield self.open_tls if files else self.open_plain

    def open_plain(self):
        return self.plain(self.server)

    def open_tls(self):
        return self.connect(self.server, self.trusted)

    def expect_honest_service(self, connect):
        with contextlib.closing(connect()) as honest:
            honest.sendall(LIVE)
            self.assertIn(" 200 ", read_answer(honest)[0])

    def test_connections_that_never_speak(self):
        for connect in self.listeners("--head-timeout", "1s"):
            silent = [self.plain(self.server) for _ in range(50)] + [connect() for _ in range(10)]
            self.expect_honest_service(connect)
            for connection in silent:
                self.assertEqual(connection.recv(1), b"")

    def test_slow_heads_and_slow_bodies(self):
        body = b"POST /v1/users HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        for connect in self.listeners("--head-timeout", "1s", "--body-timeout", "1s"):
            slow = []
            for half in (LIVE[:-2], body + b"Content-Length: 20\r\n\r\n{",
                         body + b"Transfer-Encoding: chunked\r\n\r\n1\r\n"):
                for _ in range(10):
                    slow.append(connect())
                    slow[-1].sendall(half)
            self.expect_honest_service(connect)
            for connection in slow:
                self.assertIn(" 408 ", read_answer(connection)[0])

    def test_heads_without_end(self):
        line = b"X-Y: " + b"z" * 1000 + b"\r\n"
        bombs = (
            (b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\n", " 414 "),
            (LIVE[:-2] + line * 100, " 431 "),
            (LIVE[:-2] + b"A: b\r\n" * 1000, " 431 "),
            (LIVE[:-2] + b"A" * 100_000, " 431 "),
        )  # fmt: skip
        for connect in self.listeners():
            for bomb, status in bombs:
                connection = connect()
                with contextlib.suppress(OSError):
                    connection.sendall(bomb)
                self.assertIn(status, read_answer(connection)[0])
            self.expect_honest_service(connect)

    def test_more_connections_than_the_cap(self):
        cap = 20
        for connect in self.listeners("--max-connections", str(cap)):
            for _ in range(2):
                crowd = [self.plain(self.server) for _ in range(3 * cap)]
                closed = 0
                while closed < len(crowd) - cap:
                    readable, _, _ = select.select(crowd, [], [], TIMEOUT_SECONDS)
                    self.assertTrue(readable, "the crowd was not evicted")
                    for connection in readable:
                        crowd.remove(connection)
                        closed += 1
                    closed = 3 * cap - len(crowd)
                    if len(crowd) <= cap:
                        break
                self.expect_honest_service(connect)
                for connection in crowd:
                    connection.close()

    def test_resets_in_the_middle_of_requests(self):
        for connect in self.listeners():
            for i in range(100):
                connection = connect()
                connection.sendall(LIVE[: 1 + i % (len(LIVE) - 1)])
                reset(connection)
            self.expect_honest_service(connect)

    def test_random_bytes(self):
        seed = random.randrange(1 << 32)
        noise = random.Random(seed)
        for connect in self.listeners():
            for _ in range(50):
                with contextlib.closing(connect()) as connection, contextlib.suppress(OSError):
                    connection.sendall(noise.randbytes(noise.randrange(1, 3000)))
                    connection.settimeout(TIMEOUT_SECONDS)
                    connection.recv(4096)
            with self.subTest(seed=seed):
                self.expect_honest_service(connect)

    @unittest.skipIf(SANITIZED, "a sanitizer's memory is not the server's")
    def test_pipelined_requests_whose_answers_are_never_read(self):
        for connect in self.listeners("--write-timeout", "1s"):
            before = resident_mib(self.server.pid)
            for request in (LIVE, b"GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n"):
                connection = connect()
                connection.settimeout(TIMEOUT_SECONDS)
                # Until the server has stopped reading, and then until it resets the connection.
                with self.assertRaises((OSError, ssl.SSLError)):
                    for _ in range(1 << 20):
                        connection.sendall(request * 1000)
            self.assertLess(resident_mib(self.server.pid) - before, 24)
            self.expect_honest_service(connect)


class LongAnswers(TlsTest):
    """Answers of megabytes to an administrator who does not read them."""

    USERS = 600

    def setUp(self):
        super().setUp()
        self.add_user("a@a.com", "pw12-pw12", "--role", "admin")
        lines = self.directory / "users.ndjson"
        metadata = {"text": "x" * 15_000}
        lines.write_text("".join(
            json.dumps({"email": f"{i}@b.com", "metadata": metadata}) + "\n"
            for i in range(self.USERS)))
        done = run_roster("import", str(lines), "--store", self.url)
        self.assertEqual(done.returncode, 0, done.stderr)

    def log_in(self, server):
        body = json.dumps({"login": "a@a.com", "password": "pw12-pw12"}).encode()
        connection = self.plain(server)
        connection.sendall(
            b"POST /v1/sessions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        return json.loads(read_answer(connection)[1])["token"].encode()

    def ask(self, server, request, count):
        """Connections that ask and do not read; with the statuses of their answers."""
        crowd = []
        for _ in range(count):
            crowd.append(socket.socket())
            crowd[-1].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            crowd[-1].settimeout(TIMEOUT_SECONDS)
            crowd[-1].connect(("127.0.0.1", server.http_port))
            self.addCleanup(crowd[-1].close)
            crowd[-1].sendall(request)
        return crowd, [connection.recv(12)[-3:] for connection in crowd]

    @unittest.skipIf(SANITIZED, "a sanitizer's memory is not the server's")
    def test_that_are_never_read_take_a_bounded_memory(self):
        server = self.serve("--write-timeout", "300s")
        token = self.log_in(server)
        before = resident_mib(server.pid)
        for request, count in ((PAGE, 32), (EXPORT, 128)):
            crowd, statuses = self.ask(server, request % token, count)
            # Without a cap the pages took 600 MiB.
            self.assertLess(resident_mib(server.pid) - before, 256)
            self.assertEqual(set(statuses), {b"200", b"503"})
            for connection in crowd:
                reset(connection)
            # What was never read is counted no more.
            while self.ask(server, request % token, 1)[1] != [b"200"]:
                pass

    @unittest.skipIf(SANITIZED, "a sanitizer takes all addresses")
    def test_that_find_no_memory_are_refused(self):
        server = self.serve()
        token = self.log_in(server)
        status = pathlib.Path(f"/proc/{server.pid}/status").read_text()
        size = int(re.search(r"VmSize:\s+(\d+)", status)[1]) << 10
        resource.prlimit(server.pid, resource.RLIMIT_AS, (size + (24 << 20), size + (24 << 20)))
        _, statuses = self.ask(server, PAGE % token, 16)
        self.assertIn(b"503", statuses)
        self.assertLessEqual(set(statuses), {b"200", b"503"})
        honest = self.plain(server)
        honest.sendall(LIVE)
        self.assertIn(" 200 ", read_answer(honest)[0])

    def test_that_are_read_are_whole(self):
        server = self.serve()
        token = self.log_in(server)
        connection = self.plain(server)
        for _ in range(20):
            connection.sendall(PAGE % token)
            head, body = read_answer(connection)
            self.assertIn(" 200 ", head)
            self.assertEqual(len(json.loads(body)["items"]), 500)


if __name__ == "__main__":
    unittest.main()
