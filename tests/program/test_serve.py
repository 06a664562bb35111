"""`roster serve`: start, messages, stop."""

import http.client
import json
import os
import pathlib
import re
import signal
import sys
import unittest

from roster_process import STORE_KIND, ProgramTest, RosterServer, json_only, exchange


class Start(ProgramTest):
    def test_the_ready_line_names_the_addresses(self):
        server = self.start("--store", f"{STORE_KIND}:{self.store_file.name}")
        self.assertRegex(
            server.ready_line,
            r"^ready http=127\.0\.0\.1:[1-9]\d* classic=127\.0\.0\.1:[1-9]\d* "
            rf"socket={self.url.partition(':')[2]}\.sock store={STORE_KIND}:/",
        )
        self.assertEqual(server.store, self.url)
        with server.connect() as connection:
            self.assertEqual(exchange(connection, "GET"), (403, "Forbidden"))

    def test_a_forward_domain_must_be_one_that_browsers_take_cookies_for(self):
        for domain, public_url, says in (
            ("lan", "https://auth.lan", "has one label"),
            ("duckdns.org", "https://duckdns.org", "is a public suffix"),
            ("lab.lan", "https://auth.example.com", "--public-url 'https://auth.example.com'"),
        ):
            done = self.run_roster(
                "serve", "--classic", "127.0.0.1:0", "--http", "127.0.0.1:0", "--store", "memory:",
                "--forward-domain", domain, "--public-url", public_url,
            )
            self.assert_fails(done, 2, says)
        done = self.run_roster(
            "serve", "--http", "127.0.0.1:0", "--store", "memory:", "--forward-domain", "lab.lan"
        )
        self.assert_fails(done, 2, "--forward-domain needs --public-url")

    def test_warns_while_there_is_no_administrator(self):
        server = self.serve()
        self.assertIn("no administrator", server.log())
        self.assertIn("roster user add --role admin --store " + self.url, server.log())
        server.stop()
        self.add_user("a@a.com", "pw12-pw12", "--role", "admin")
        self.assertNotIn("no administrator", self.serve().log())

    def test_warns_of_what_strangers_may_do_behind_a_forward_domain(self):
        domain = ("--forward-domain", "lab.lan", "--public-url", "https://auth.lab.lan")
        server = self.serve(*domain)
        self.assertIn("anybody may sign up", server.log())
        self.assertIn("users may take any free username", server.log())
        server.stop()
        log = self.serve(*domain, "--sign-up", "closed", "--identity-changes", "admins").log()
        self.assertNotIn("anybody may sign up", log)
        self.assertNotIn("users may take", log)

    def test_where_no_browser_can_open_the_pages_there_is_no_code(self):
        server = self.start("--http", "0.0.0.0:0", "--store", self.url)
        self.assertIn("give --public-url", server.log())
        self.assertNotIn("enter the code", server.log())
        self.assertFalse(pathlib.Path(f"{self.store_file}.setup").exists())
        connection = http.client.HTTPConnection("127.0.0.1", server.http_port)
        self.addCleanup(connection.close)
        connection.request("POST", "/login", "login=a&password=b", {
            "Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html",
            "Origin": f"http://192.0.2.1:{server.http_port}"})
        answer = connection.getresponse()
        text = answer.read().decode()
        self.assertEqual(answer.status, 403)
        self.assertIn("start it with --public-url", text)
        self.assertNotIn("http://0.0.0.0", text)
        self.run_roster("user", "add", "--store", self.url, "--no-password", "a@a.com")
        done = self.run_roster("user", "link", "--store", self.url, "a@a.com")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("no browser can open this link", done.stderr)

    @json_only
    def test_a_limit_on_the_size_of_files_is_a_full_disk(self):
        self.add_user("a@a.com")
        limits = ("prlimit", "--fsize=16384", "--")
        users = "\n".join(f'{{"email":"u{n}@a.com"}}' for n in range(500))
        done = self.run_roster("import", "--store", self.url, "--input-format", "ndjson", "-",
                               stdin=users, wrapper=limits)
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertIn("File too large", done.stderr)

    def test_a_second_server_on_one_store_ends_at_once(self):
        self.serve()
        done = self.run_roster("serve", "--classic", "127.0.0.1:0", "--store", self.url)
        self.assert_fails(done, 5, str(self.store_file))

    @json_only
    def test_a_damaged_users_file_is_refused_and_left_unchanged(self):
        self.store_file.write_text('{\n\t"users": [\n\t\t{"id": 1,}\n\t]\n}\n')
        before = self.store_file.read_bytes()
        done = self.run_roster("serve", "--classic", "127.0.0.1:0", "--store", self.url)
        self.assert_fails(done, 5, str(self.store_file))
        self.assertRegex(done.stderr, r"\b3\b")
        self.assertEqual(self.store_file.read_bytes(), before)

    def test_a_port_in_use_is_reported(self):
        server = self.serve()
        address = f"127.0.0.1:{server.port}"
        done = self.run_roster("serve", "--classic", address, "--store", "memory:")
        self.assert_fails(done, 1, address)

    @unittest.skipUnless(sys.platform == "linux", "reads /proc")
    def test_leaves_no_core_and_takes_all_descriptors(self):
        limits = pathlib.Path(f"/proc/{self.serve().pid}/limits").read_text()
        self.assertRegex(limits, r"Max core file size +0 +0 ")
        soft, hard = re.search(r"Max open files +(\S+) +(\S+)", limits).groups()
        self.assertEqual(soft, hard)


class LogReader(ProgramTest):
    def test_one_that_stops_reading_stops_nothing(self):
        fifo = self.directory / "log"
        os.mkfifo(fifo)
        reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        server = self.start(
            *("--store", self.url, "--no-throttle"),
            *("--hash-memory-kib", "8", "--hash-passes", "1"),
            wrapper=("sh", "-c", 'exec "$0" "$@" 2>log'),
        )
        with server.connect() as connection:
            for number in range(2000):
                answer = exchange(connection, "POST", f"user:{number}@a.com,wrong,login")
                self.assertEqual(answer[0], 401)
            os.read(reader, 1 << 20)
            exchange(connection, "POST", "user:last@a.com,wrong,login")
        rest = os.read(reader, 1 << 20).decode()
        self.assertRegex(rest, r"warning \d+ lines of the log are missing here")
        self.assertIn("last@a.com", rest)
        self.assertEqual(server.stop(), 0)


class Http(ProgramTest):
    def get(self, server, path, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", server.http_port, timeout=20)
        self.addCleanup(connection.close)
        connection.request("GET", path, headers=headers or {})
        answer = connection.getresponse()
        return answer, json.loads(answer.read())

    def test_is_served_beside_the_classic_protocol(self):
        server = self.serve()
        answer, body = self.get(server, "/v1/status")
        self.assertEqual((answer.status, body["name"], body["status"]), (200, "roster", "ready"))
        answer, body = self.get(server, "/nothing?password=secret", {"Request-Id": "id-1"})
        self.assertEqual((answer.status, body["code"], body["request_id"]), (404, "not_found", "id-1"))
        self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
        self.assertNotIn("/nothing", server.log())

    def test_has_an_access_log(self):
        for form in ("text", "on"):
            server = self.serve("--access-log", form)
            self.get(server, "/nothing?password=secret", {"Request-Id": "id-1"})
            self.assertRegex(
                server.log(), r" info http 127\.0\.0\.1 GET /nothing 404 \d+ bytes \d+ us id-1\n"
            )
            self.assertNotIn("secret", server.log())
            server.stop()

    def test_has_an_access_log_of_json(self):
        server = self.serve("--access-log", "json")
        self.get(server, "/nothing?password=secret", {"Request-Id": "id-1"})
        line = next(line for line in server.log().splitlines() if line.startswith("{"))
        entry = json.loads(line)
        self.assertEqual(
            (entry["event"], entry["address"], entry["method"], entry["path"], entry["status"],
             entry["request_id"]),
            ("http_request", "127.0.0.1", "GET", "/nothing", 404, "id-1"),
        )
        self.assertNotIn("secret", server.log())

    def test_the_access_log_has_no_token_of_a_link(self):
        server = self.serve("--access-log", "text")
        token = "rst_" + "Abc-" * 10 + "xyz"
        for path in (f"/reset/{token}", f"/%72eset/%72st%5F{token[4:]}", f"/a/x{token}/b"):
            self.get(server, path, {"Accept": "application/json"})
        self.assertIn(" GET /reset/rst_*** ", server.log())
        self.assertIn(" GET /%72eset/rst_*** ", server.log())
        self.assertIn(" GET /a/rst_***/b ", server.log())
        self.assertNotIn("Abc", server.log())

    def test_each_listener_can_be_off(self):
        server = self.serve("--http", "off")
        self.assertTrue(server.ready_line.startswith("ready http=off classic=127.0.0.1:"))
        server.stop()
        done = self.run_roster("serve", "--http", "off", "--classic", "off", "--store", self.url)
        self.assert_fails(done, 2, "all listeners are off", "--http")

    def test_a_port_in_use_is_reported(self):
        address = f"127.0.0.1:{self.serve().http_port}"
        done = self.run_roster(
            "serve", "--http", address, "--classic", "127.0.0.1:0", "--store", "memory:"
        )
        self.assert_fails(done, 1, address, "--http")


class FirstAdministrator(ProgramTest):
    def setUp(self):
        super().setUp()
        self.password_file = self.directory / "password"
        self.password_file.write_text("pw12-pw12\nnot this line\n")
        self.variables = {
            "ROSTER_ADMIN_EMAIL": "a@a.com",
            "ROSTER_ADMIN_PASSWORD_FILE": str(self.password_file),
        }

    def test_is_made_from_the_environment(self):
        server = self.serve(variables=self.variables)
        with server.connect() as connection:
            answer = exchange(connection, "POST", "user:a@a.com,pw12-pw12,login")
        self.assertEqual(answer, (200, "Success Login. you are admin"))
        self.assertNotIn("pw12-pw12", server.log())

    def test_is_made_only_if_there_is_no_administrator(self):
        self.serve(variables=self.variables).stop()
        # The file is not read again: it may be gone after the first start.
        self.password_file.unlink()
        server = self.serve(variables=self.variables | {"ROSTER_ADMIN_EMAIL": "b@b.com"})
        with server.connect() as connection:
            answer = exchange(connection, "POST", "user:b@b.com,pw12-pw12,login")
        self.assertEqual(answer, (401, "Unauthorized"))

    def test_an_ordinary_user_is_not_promoted(self):
        self.add_user("a@a.com")
        self.assert_start_fails(4, "a@a.com", "choose another e-mail")

    def test_a_missing_password_file_is_reported(self):
        self.password_file.unlink()
        self.assert_start_fails(2, str(self.password_file))

    def test_an_empty_password_file_is_reported(self):
        self.password_file.write_text("")
        self.assert_start_fails(2, "the file is empty")

    def assert_start_fails(self, code, *texts):
        done = self.run_roster(
            "serve", "--classic", "127.0.0.1:0", "--store", self.url, variables=self.variables
        )
        self.assert_fails(done, code, *texts)


class Stop(ProgramTest):
    def test_signals_end_it_with_success(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(signal=number), RosterServer("--store", "memory:") as server:
                with server.connect() as connection:
                    exchange(connection, "HEAD")
                    self.assertEqual(server.stop(number), 0, server.log())
                self.assertIn(number.name, server.log())

    def test_a_second_signal_ends_running_requests(self):
        server = self.serve("--stop-grace", "1h", "--head-timeout", "1h")
        with server.connect() as connection, server.connect() as other:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n")
            exchange(other, "HEAD")
            server.process.send_signal(signal.SIGTERM)
            # Two pending signals are delivered as one.
            server.wait_for_log("SIGTERM")
            server.process.send_signal(signal.SIGTERM)
            self.assertEqual(server.wait(), 0, server.log())

    def test_a_signal_while_the_store_is_closed_changes_nothing(self):
        for _ in range(5):
            server = self.serve()
            server.process.send_signal(signal.SIGTERM)
            server.wait_for_log("stopped")
            server.process.send_signal(signal.SIGTERM)
            self.assertEqual(server.wait(), 0, server.log())

    def test_hangups_and_broken_pipes_end_nothing(self):
        server = self.serve()
        server.process.send_signal(signal.SIGHUP)
        server.process.send_signal(signal.SIGPIPE)
        with server.connect() as connection:
            self.assertEqual(exchange(connection, "GET")[0], 403)
        self.assertEqual(server.stop(), 0)

    def test_an_acknowledged_write_survives_a_restart(self):
        server = self.serve()
        with server.connect() as connection:
            answer = exchange(connection, "POST", "user:n@n.com,pw12-pw12,signup")
        self.assertEqual(answer, (201, "Success create user"))
        self.assertEqual(server.stop(), 0)
        with self.serve().connect() as connection:
            answer = exchange(connection, "POST", "user:n@n.com,pw12-pw12,login")
        self.assertEqual(answer, (200, "Success Login. you are user"))


if __name__ == "__main__":
    unittest.main()
