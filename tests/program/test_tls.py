"""TLS on the HTTP listener."""

import json
import os
import pathlib
import signal
import socket
import ssl
import subprocess
import threading
import time
import unittest

from roster_process import TIMEOUT_SECONDS, ProgramTest

READY = b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\n\r\n"
LAST = b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def read_answer(connection):
    """Gives the head and the body of one answer whose length is said."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(4096)
        if not part:
            raise AssertionError(f"the connection ended after {data!r}")
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(4096)
    return head.decode(), body


def read_all(connection):
    """Gives all bytes until the peer says that there are no more."""
    parts = []
    while not parts or parts[-1]:
        parts.append(connection.recv(65536))
    return b"".join(parts)


class TlsTest(ProgramTest):
    def setUp(self):
        super().setUp()
        self.certificate, self.key = self.make_certificate("first")
        self.files = ("--tls-cert", str(self.certificate), "--tls-key", str(self.key))

    def make_certificate(self, name, days=90):
        """For localhost, signed by itself; gives its file and the key's."""
        certificate, key = (
            pathlib.Path(self.directory) / f"{name}.{suffix}" for suffix in ("pem", "key")
        )
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", certificate,
             "-days", str(days), "-subj", "/CN=localhost",
             "-addext", "subjectAltName=DNS:localhost"],
            check=True, capture_output=True, timeout=TIMEOUT_SECONDS,
        )  # fmt: skip
        return certificate, key

    def context(self, certificate=None):
        return ssl.create_default_context(cafile=str(certificate or self.certificate))

    def connect(self, server, context=None, session=None):
        plain = socket.create_connection(("127.0.0.1", server.http_port), TIMEOUT_SECONDS)
        self.addCleanup(plain.close)
        connection = (context or self.context()).wrap_socket(
            plain, server_hostname="localhost", session=session, suppress_ragged_eofs=False
        )
        self.addCleanup(connection.close)
        return connection

    def plain(self, server):
        connection = socket.create_connection(("127.0.0.1", server.http_port), TIMEOUT_SECONDS)
        self.addCleanup(connection.close)
        return connection


class Handshake(TlsTest):
    def test_serves_what_the_plain_listener_serves(self):
        server = self.serve(*self.files)
        connection = self.connect(server)
        for _ in range(3):
            connection.sendall(READY)
            head, body = read_answer(connection)
            self.assertTrue(head.startswith("HTTP/1.1 200 OK\r\n"), head)
            self.assertEqual(json.loads(body), {"status": "ready"})
        connection.sendall(READY * 20)
        answers = [connection.recv(1)]
        while b"".join(answers).count(b'{"status":"ready"}') < 20:
            answers.append(connection.recv(65536))

    def test_versions(self):
        server = self.serve(*self.files)
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = self.context()
            context.minimum_version = context.maximum_version = version
            connection = self.connect(server, context)
            connection.sendall(READY)
            self.assertIn("200 OK", read_answer(connection)[0])
        old = subprocess.run(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{server.http_port}", "-tls1_1",
             "-cipher", "DEFAULT@SECLEVEL=0"],
            input="", capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False,
        )  # fmt: skip
        self.assertIn("alert protocol version", old.stderr)

    def test_ciphers_of_tls_1_2_keep_what_was_said_secret_for_ever(self):
        server = self.serve(*self.files)
        context = self.context()
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        for cipher, is_spoken in (
            ("ECDHE+AESGCM", True), ("ECDHE+CHACHA20", True), ("AES128-GCM-SHA256", False),
            ("AES128-SHA", False), ("ECDHE-ECDSA-AES128-SHA256", False),
        ):  # fmt: skip
            context.set_ciphers(cipher + ":@SECLEVEL=0")
            if is_spoken:
                self.assertIn("ECDHE-", self.connect(server, context).cipher()[0])
            else:
                with self.assertRaises(ssl.SSLError):
                    self.connect(server, context)

    def test_protocol_names(self):
        server = self.serve(*self.files)
        context = self.context()
        context.set_alpn_protocols(["h2", "http/1.1"])
        self.assertEqual(self.connect(server, context).selected_alpn_protocol(), "http/1.1")
        context.set_alpn_protocols(["h2"])
        with self.assertRaisesRegex(ssl.SSLError, "(?i)no.application.protocol"):
            self.connect(server, context)

    def test_sessions_are_resumed(self):
        server = self.serve(*self.files)
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = self.context()
            context.minimum_version = context.maximum_version = version
            first = self.connect(server, context)
            first.sendall(READY)
            read_answer(first)
            self.assertFalse(first.session_reused)
            self.assertTrue(self.connect(server, context, first.session).session_reused)

    def test_plain_http_is_told_to_use_tls(self):
        server = self.serve(*self.files)
        connection = self.plain(server)
        connection.sendall(READY)
        head, body = read_answer(connection)
        self.assertTrue(head.startswith("HTTP/1.1 400 "), head)
        self.assertIn("write https:// instead", json.loads(body)["detail"])
        self.assertEqual(connection.recv(1), b"")

    def test_what_is_no_handshake_ends_the_connection(self):
        server = self.serve(*self.files)
        for garbage in (b"\x00" * 100, b"\x16\x03\x01\xff\xff" + b"x" * 70000, b"SSH-2.0-x\r\n"):
            connection = self.plain(server)
            try:
                connection.sendall(garbage)
                while connection.recv(4096):
                    pass
            except ConnectionError:
                pass
        self.assertIn("200 OK", self.answer_to_ready(server))

    def test_one_that_is_not_finished_in_time_ends_the_connection(self):
        server = self.serve(*self.files, "--head-timeout", "300ms")
        silent, half = self.plain(server), self.plain(server)
        half.sendall(b"\x16\x03\x01\x02\x00\x01")
        self.assertIn("200 OK", self.answer_to_ready(server))
        self.assertEqual(silent.recv(1), b"")
        self.assertEqual(half.recv(1), b"")

    def test_may_come_byte_by_byte(self):
        server = self.serve(*self.files)
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        inside = self.context().wrap_bio(incoming, outgoing, server_hostname="localhost")
        connection = self.plain(server)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def run(step):
            while True:
                try:
                    return step()
                except ssl.SSLWantReadError:
                    for byte in outgoing.read():
                        connection.sendall(bytes([byte]))
                    incoming.write(connection.recv(1))

        run(inside.do_handshake)
        for _ in range(2):
            inside.write(READY)
            self.assertIn(b"200 OK", run(lambda: inside.read(4096)))

    def answer_to_ready(self, server):
        connection = self.connect(server)
        connection.sendall(READY)
        return read_answer(connection)[0]


class Stream(TlsTest):
    """What records (RFC 8446 §5.1) and requests have to do with each other: nothing."""

    def test_many_requests_in_a_record(self):
        connection = self.connect(self.serve(*self.files))
        # More than one record holds, in one write.
        connection.sendall(READY * 500 + LAST)
        self.assertEqual(read_all(connection).count(b"HTTP/1.1 200 OK"), 501)

    def test_a_request_in_many_records(self):
        connection = self.connect(self.serve(*self.files))
        for byte in READY:
            connection.sendall(bytes([byte]))
        self.assertIn("200 OK", read_answer(connection)[0])

    def test_a_body_of_many_records(self):
        connection = self.connect(self.serve(*self.files))
        # Its refusal comes after its end: the connection goes on.
        body = b" " * 60_000 + json.dumps({"email": "a@example.com", "password": "x"}).encode()
        connection.sendall(
            b"POST /v1/users HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n" % len(body) + body
        )
        self.assertIn(" 422 ", read_answer(connection)[0])
        connection.sendall(READY)
        self.assertIn("200 OK", read_answer(connection)[0])

    def test_an_answer_to_a_peer_that_has_closed_its_side(self):
        connection = self.connect(self.serve(*self.files))
        connection.sendall(READY * 3)
        # Without TLS's end, as a connection that was cut.
        with socket.socket(fileno=os.dup(connection.fileno())) as same:
            same.shutdown(socket.SHUT_WR)
        self.assertEqual(read_all(connection).count(b"HTTP/1.1 200 OK"), 3)

    def test_a_slow_reader_gets_all_of_it(self):
        server = self.serve(*self.files)
        connection = self.connect(server)
        asked = b"GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n"
        connection.sendall(asked)
        _, expected = read_answer(connection)
        connection.sendall(asked * 60 + LAST)
        # The server has to wait in the middle of a record meanwhile.
        time.sleep(0.5)
        self.assertEqual(read_all(connection).count(expected), 60)


class End(TlsTest):
    def test_the_peer_is_told_of_the_end(self):
        connection = self.connect(self.serve(*self.files))
        connection.sendall(LAST)
        read_answer(connection)
        # An end without TLS's own would raise.
        self.assertEqual(connection.recv(1), b"")

    def test_a_peer_that_goes_on_sending_still_reads_the_answer(self):
        connection = self.connect(self.serve(*self.files))
        connection.sendall(b"POST /v1/users HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n")
        head, _ = read_answer(connection)
        self.assertIn(" 413 ", head)

    def test_a_stop_waits_for_nobody_who_only_listens(self):
        server = self.serve(*self.files)
        idle = self.connect(server)
        # The client's half of a handshake of TLS 1.3 ends before the server's, which can say no
        # farewell earlier (RFC 8446 §6.1).
        idle.sendall(READY)
        read_answer(idle)
        half = self.plain(server)
        half.sendall(b"\x16\x03\x01")
        self.assertEqual(server.stop(), 0)
        self.assertEqual(idle.recv(1), b"")

    def test_an_answer_that_is_not_read_ends_the_connection(self):
        server = self.serve(*self.files, "--write-timeout", "300ms")
        connection = self.connect(server)
        connection.settimeout(TIMEOUT_SECONDS)
        asked = b"GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n" * 50
        with self.assertRaises((ConnectionError, ssl.SSLError, TimeoutError)):
            for _ in range(100_000):
                connection.sendall(asked)

    def test_large_answers_to_many_at_once(self):
        server = self.serve(*self.files)
        reference = self.connect(server)
        reference.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n")
        expected = read_answer(reference)[1]
        bodies = []

        def ask():
            connection = self.connect(server)
            for _ in range(20):
                connection.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n")
                bodies.append(read_answer(connection)[1])

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(TIMEOUT_SECONDS)
        self.assertEqual(bodies, [expected] * 160)


class Certificate(TlsTest):
    def test_a_new_one_is_used_after_sighup_and_open_connections_stay(self):
        server = self.serve(*self.files)
        old = self.connect(server)
        second, its_key = self.make_certificate("second")
        second.replace(self.certificate)
        its_key.replace(self.key)
        server.process.send_signal(signal.SIGHUP)
        server.wait_for_log("the certificate was read again")
        new = self.connect(server, self.context(self.certificate))
        for connection in (old, new):
            connection.sendall(READY)
            self.assertIn("200 OK", read_answer(connection)[0])

    def test_one_that_cannot_be_used_leaves_the_old_one(self):
        server = self.serve(*self.files)
        trusts_the_first = self.context()
        second, _ = self.make_certificate("second")
        second.replace(self.certificate)
        server.process.send_signal(signal.SIGHUP)
        server.wait_for_log("the old certificate stays: --tls-key")
        self.assertIn("key values mismatch", server.log())
        connection = self.connect(server, trusts_the_first)
        connection.sendall(READY)
        self.assertIn("200 OK", read_answer(connection)[0])

    def test_what_cannot_be_used_is_refused_at_the_start(self):
        nothing = str(self.directory) + "/nothing.pem"
        for arguments, reason in (
            (("--tls-cert", str(self.certificate)), "need each other"),
            (("--tls-key", str(self.key)), "need each other"),
            (("--tls-cert", nothing, "--tls-key", str(self.key)), f"--tls-cert {nothing}: No such"),
            (("--tls-cert", str(self.key), "--tls-key", str(self.key)), "its chain"),
            (("--tls-cert", str(self.certificate), "--tls-key", str(self.certificate)),
             "without a password"),
        ):  # fmt: skip
            run = self.run_roster(
                "serve", "--store", "memory:", "--classic", "off", "--http", "127.0.0.1:0",
                *arguments,
            )  # fmt: skip
            self.assert_fails(run, 2, reason)

    def test_its_end_is_mentioned(self):
        certificate, key = self.make_certificate("short", days=3)
        server = self.serve("--tls-cert", str(certificate), "--tls-key", str(key))
        server.wait_for_log(f"the certificate {certificate} ends on 20")
        self.assertNotIn("ends on", self.start("--store", "memory:", *self.files).log())


class Browsers(TlsTest):
    def log_in(self, *options):
        """Gives the header lines of a log-in by cookie."""
        server = self.serve(*self.files, *options)
        connection = self.connect(server)
        body = json.dumps({"email": "a@a.com", "password": "correct horse"}).encode()
        head = b"POST %b HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        connection.sendall(head % (b"/v1/users", len(body)) + body)
        self.assertIn(" 201 ", read_answer(connection)[0])
        body = json.dumps({"login": "a@a.com", "password": "correct horse", "cookie": True}).encode()
        connection.sendall(head % (b"/v1/sessions", len(body)) + body)
        return read_answer(connection)[0]

    def test_cookies_are_secure(self):
        head = self.log_in()
        self.assertIn("Set-Cookie: __Host-roster=", head)
        self.assertIn("; Secure", head)
        # It may be tried on localhost, whose other servers have no TLS.
        self.assertNotIn("Strict-Transport-Security", head)

    def test_a_public_name_is_for_tls_only(self):
        head = self.log_in("--public-url", "https://accounts.example.com")
        self.assertIn("Strict-Transport-Security: max-age=31536000", head)


class Commands(TlsTest):
    def setUp(self):
        super().setUp()
        self.add_user("admin@admin.com", "correct horse", "--role", "admin")
        self.server = self.serve(*self.files)
        self.variables = {
            "XDG_CONFIG_HOME": str(self.directory), "SSL_CERT_FILE": str(self.certificate),
        }  # fmt: skip

    def log_in(self, host="localhost", **variables):
        return self.run_roster(
            "login", "--server", f"https://{host}:{self.server.http_port}", "--password-stdin",
            "admin@admin.com", stdin="correct horse\n", variables=self.variables | variables,
        )  # fmt: skip

    def test_ask_a_server_whose_certificate_is_trusted(self):
        done = self.log_in()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stderr, "")
        url = f"https://localhost:{self.server.http_port}"
        listed = self.run_roster("user", "list", "--server", url, variables=self.variables)
        self.assertIn("admin@admin.com", listed.stdout)
        self.assertEqual(listed.stderr, "")

    def test_say_nothing_to_another(self):
        second, _ = self.make_certificate("second")
        for done in (self.log_in(SSL_CERT_FILE=str(second)), self.log_in(host="127.0.0.1")):
            self.assert_fails(done, 1, "certificate is not trusted", "SSL_CERT_FILE")
        events = self.audit_log.read_text()
        self.assertNotIn("log_in", events)


if __name__ == "__main__":
    unittest.main()
