"""Hostile clients. The server stays up, stays small, and goes on serving honest ones."""

import contextlib
import json
import os
import pathlib
import random
import re
import resource
import select
import selectors
import socket
import struct
import subprocess
import tempfile
import time
import unittest

from documented_client import DocumentedClient
from roster_process import (
    PROGRAM, SANITIZED, TIMEOUT_SECONDS, RosterServer, environment, exchange, request, run_roster,
)

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


def setUpModule():
    """The tests with many connections need more descriptors than some systems allow by default."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= soft < 1024:
        resource.setrlimit(resource.RLIMIT_NOFILE, (1024 if hard < 0 else min(1024, hard), hard))


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


def resident_mib(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


def reset(connection):
    """Closes with RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class Attack(unittest.TestCase):
    def serve(self, *options):
        self.server = self.enterContext(RosterServer("--store", "memory:", *options))
        return self.server

    def connect(self):
        return self.enterContext(contextlib.closing(self.server.connect()))

    def expect_honest_service(self):
        with contextlib.closing(self.server.connect()) as honest:
            self.assertEqual(exchange(honest, "GET")[0], 403)

    def expect_honest_service_within(self, seconds):
        """The same, of a server with a short timeout: on a busy machine this client may be too slow,
        and is then tried again."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while True:
            begun = time.monotonic()
            try:
                return self.expect_honest_service()
            except (AssertionError, OSError):
                ended = time.monotonic()
                if ended - begun < seconds or ended > deadline:
                    raise

    def test_connections_that_never_speak(self):
        self.serve("--head-timeout", "1s")
        silent = [self.connect() for _ in range(50)]
        self.expect_honest_service_within(seconds=1)
        for connection in silent:
            self.assertEqual(connection.recv(1), b"")

    def test_slow_heads_and_slow_bodies(self):
        self.serve("--head-timeout", "1s", "--body-timeout", "1s")
        slow = []
        for half in (b"GET / HTTP/1.1\r\nHos", request("POST", "user:a@a.com,pw,signup")[:-3]):
            for _ in range(25):
                begun = time.monotonic()
                connection = self.connect()
                with contextlib.suppress(OSError):
                    connection.sendall(half)
                # A client that sends nothing in time gets no response.
                if time.monotonic() - begun < 1:
                    slow.append(connection)
        self.assertTrue(slow)
        self.expect_honest_service_within(seconds=1)
        for connection in slow:
            self.assertTrue(connection.recv(100).startswith(b"HTTP/1.1 408 "))

    def test_more_connections_than_the_cap(self):
        cap = 20
        self.serve("--max-connections", str(cap))
        for _ in range(3):
            crowd = [self.server.connect() for _ in range(3 * cap)]
            # Otherwise the rest of the crowd could still evict the next connection.
            self.wait_until_closed(crowd, len(crowd) - cap)
            self.expect_honest_service()
            for connection in crowd:
                connection.close()
        self.expect_honest_service()

    def wait_until_closed(self, connections, count):
        """Waits until the server has closed `count` of the connections, which sent nothing."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        with selectors.DefaultSelector() as selector:
            for connection in connections:
                selector.register(connection, selectors.EVENT_READ)
            while len(selector.get_map()) > len(connections) - count:
                ended = selector.select(max(0, deadline - time.monotonic()))
                self.assertTrue(ended, f"{len(selector.get_map())} are still open")
                for key, _ in ended:
                    selector.unregister(key.fileobj)

    @unittest.skipIf(SANITIZED, "UBSan needs a descriptor of its own to look at an object's type")
    def test_the_open_file_limit(self):
        limit = 96
        server = subprocess.Popen(
            [PROGRAM, "serve", "--classic", "127.0.0.1:0", "--store", "memory:"]
            + ["--max-connections", "10000"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit)),
        )
        crowd = []
        try:
            port = int(re.search(rb":(\d+) ", server.stdout.readline())[1])
            for _ in range(limit * 2):
                crowd.append(socket.create_connection(("127.0.0.1", port)))
                crowd[-1].sendall(b"GET / HTTP/1.1\r\n")
            self.assertIn(b"cannot accept", self.read_until(server.stderr, b"cannot accept"))
            before, began = cpu_seconds(server.pid), time.monotonic()
            while time.monotonic() < began + 1:
                select.select([], [], [], 0.1)
            # A listener that spins burns a whole core.
            self.assertLess(cpu_seconds(server.pid) - before, 0.5)
            for connection in crowd:
                reset(connection)
            with DocumentedClient(port) as honest:
                self.assertEqual(honest.sign_up("a@a.com", "pw12-pw12").status, 201)
        finally:
            server.kill()
            server.wait()
            server.stdout.close()
            server.stderr.close()
            for connection in crowd:
                connection.close()

    @staticmethod
    def read_until(stream, text):
        seen = b""
        while text not in seen:
            line = stream.readline()
            if not line:
                break
            seen += line
        return seen

    @unittest.skipIf(SANITIZED, "a sanitizer's memory is not the server's")
    def test_a_server_that_nobody_uses_takes_little_memory(self):
        self.serve()
        self.assertLess(resident_mib(self.server.pid), 8)

    @unittest.skipIf(SANITIZED, "a sanitizer's memory is not the server's")
    def test_answers_that_are_never_read(self):
        self.serve("--write-timeout", "1s")
        before = resident_mib(self.server.pid)
        connection = self.connect()
        connection.setblocking(False)
        requests = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 1000
        sent = 0
        # Sends until the server has stopped reading, and then until it resets the connection.
        try:
            while select.select([], [connection], [], 30)[1] and sent < 1 << 30:
                sent += connection.send(requests)
        except (ConnectionResetError, BrokenPipeError):
            pass
        self.assertLess(sent, 1 << 30)
        self.assertLess(resident_mib(self.server.pid) - before, 16)
        self.expect_honest_service()

    @unittest.skipIf(SANITIZED, "a sanitizer's memory is not the server's")
    def test_all_users_that_are_never_read(self):
        directory = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        store = f"json:{directory}/users.json"
        run_roster("user", "add", "--store", store, "--role", "admin", "--password-stdin",
                   "a@a.com", stdin="pw12-pw12\n")
        lines = directory / "users.ndjson"
        lines.write_text("".join(
            json.dumps({"email": f"{i}@{'x' * 230}.com"}) + "\n" for i in range(12_000)))
        done = run_roster("import", str(lines), "--store", store)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.server = self.enterContext(
            RosterServer("--store", store, "--write-timeout", "300s"))
        crowd = [self.connect() for _ in range(10)]
        for connection in crowd:
            self.assertEqual(exchange(connection, "POST", "user:a@a.com,pw12-pw12,login")[0], 200)
        before = resident_mib(self.server.pid)
        statuses = []
        for connection in crowd:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
            connection.sendall(request("GET"))
            statuses.append(connection.recv(12)[-3:])
        # Each of the answers has more than four megabytes.
        self.assertIn(b"200", statuses)
        self.assertLessEqual(set(statuses), {b"200", b"503"})
        self.assertLess(resident_mib(self.server.pid) - before, 16)
        self.expect_honest_service()
        for connection in crowd:
            reset(connection)
        connection = self.connect()
        exchange(connection, "POST", "user:a@a.com,pw12-pw12,login")
        status, body = exchange(connection, "GET")
        while status == 503:
            status, body = exchange(connection, "GET")
        self.assertEqual(len(json.loads(body)["users"]), 12_001)
        self.assertGreater(len(body), 4 << 20)

    def test_resets_in_the_middle_of_requests(self):
        self.serve()
        whole = request("POST", "user:a@a.com,pw12-pw12,signup")
        for i in range(200):
            connection = self.server.connect()
            connection.sendall(whole[: 1 + i % (len(whole) - 1)])
            reset(connection)
        self.expect_honest_service()
        with contextlib.closing(self.server.connect()) as honest:
            self.assertEqual(exchange(honest, "POST", "user:a@a.com,pw12-pw12,signup")[0], 201)

    def test_random_bytes(self):
        seed = random.randrange(1 << 32)
        noise = random.Random(seed)
        self.serve()
        for _ in range(200):
            with contextlib.closing(self.server.connect()) as connection:
                with contextlib.suppress(OSError):
                    connection.sendall(noise.randbytes(noise.randrange(1, 3000)))
                    connection.shutdown(socket.SHUT_WR)
                    while connection.recv(4096):
                        pass
        with self.subTest(seed=seed):
            self.expect_honest_service()

    def test_a_megabyte_of_password(self):
        self.serve()
        connection = self.connect()
        with contextlib.suppress(OSError):
            connection.sendall(request("POST", f"user:a@a.com,{'p' * 1_000_000},login"))
        self.assertTrue(connection.recv(100).startswith(b"HTTP/1.1 413 "))
        self.expect_honest_service()

    def test_a_sign_up_makes_no_administrator(self):
        self.serve()
        connection = self.connect()
        for body in (
            "user:a@a.com,pw12-pw12,admin,signup",
            'user:b@b.com,pw12-pw12","role":"admin,signup',
            "user:c@c.com,pw12-pw12,signup",
        ):
            self.assertEqual(exchange(connection, "POST", body)[0], 201)
        self.assertEqual(exchange(connection, "POST", "user:d@d.com,pw12-pw12,admin")[0], 400)
        self.assertEqual(exchange(connection, "POST", "user:a@a.com,pw12-pw12,admin,login")[0], 200)
        status, own = exchange(connection, "GET")
        self.assertEqual(status, 200)
        self.assertIn('"role":"user"', own)

    def test_nothing_without_a_log_in(self):
        self.serve()
        connection = self.connect()
        exchange(connection, "POST", "user:a@a.com,pw12-pw12,signup")
        self.assertEqual(exchange(connection, "GET")[0], 403)
        for user_id in ("1", "0", "01", "18446744073709551615"):
            body = f"user:b@b.com,pw12-pw12,{user_id}"
            self.assertEqual(exchange(connection, "PUT", body)[0], 403, user_id)
        for user_id in ("-1", "1 ", "+1", "1.0", "0x1", "18446744073709551616", ""):
            body = f"user:b@b.com,pw12-pw12,{user_id}"
            self.assertEqual(exchange(connection, "PUT", body)[0], 400, user_id)

    def test_foreign_ids_are_refused(self):
        self.serve()
        connection = self.connect()
        for name in "ab":
            exchange(connection, "POST", f"user:{name}@a.com,pw12-pw12,signup")
        exchange(connection, "POST", "user:b@a.com,pw12-pw12,login")
        self.assertEqual(exchange(connection, "PUT", "user:x@x.com,pw12-pw12,1")[0], 403)
        self.assertEqual(exchange(connection, "PUT", "user:x@x.com,pw12-pw12,3")[0], 404)
        self.assertEqual(exchange(connection, "PUT", "user:x@x.com,pw12-pw12,0")[0], 404)

    def test_the_log_has_no_password_and_no_forged_line(self):
        users_file = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())) / "users.json"
        password = "s3cret-passw0rd"
        options = ["--log-level", "trace", "--store", f"json:{users_file}"]
        with RosterServer(*options) as server:
            for email in ("a@a.com", "b\n2026 info forged", "c\x1b[31m@c.com"):
                for option in ("signup", "login"):
                    with contextlib.closing(server.connect()) as connection:
                        exchange(connection, "POST", f"user:{email},{password},{option}")
            with contextlib.closing(server.connect()) as connection:
                exchange(connection, "POST", f"user:a@a.com,{password},login")
                exchange(connection, "PUT", f"user:a@a.com,{password}2,1")
            server.stop()
            log = server.log()
        self.assertIn("a@a.com", log)
        self.assertNotIn(password, log)
        self.assertNotIn("$argon2", log)
        self.assertNotIn("\x1b", log)
        for line in log.splitlines():
            self.assertRegex(line, r"^\d{4}-\d\d-\d\dT")
        self.assertNotIn(password, users_file.read_text())

    def test_a_flood_of_log_ins_does_not_stop_the_rest(self):
        self.serve()
        with contextlib.closing(self.server.connect()) as connection:
            exchange(connection, "POST", "user:a@a.com,pw12-pw12,signup")
        flood = []
        for i in range(300):
            connection = self.connect()
            connection.sendall(request("POST", f"user:unknown{i}@a.com,pw12-pw12,login"))
            flood.append(connection)
        for _ in range(20):
            self.expect_honest_service()
        statuses = {connection.recv(12)[-3:] for connection in flood}
        self.assertIn(b"401", statuses)
        self.assertLessEqual(statuses, {b"401", b"503"})


if __name__ == "__main__":
    unittest.main()
