"""`roster import` beside a running server, and with --server."""

import http.server
import json
import threading
import unittest

from roster_process import ProgramTest, files_only

ARGON2 = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
PASSWORD = "correct horse 9"


class ImportBesideAServer(ProgramTest):
    def setUp(self):
        super().setUp()
        self.add_user("a@a.com", PASSWORD, "--role", "admin")

    def import_lines(self, lines, *arguments):
        return self.run_roster("import", "-", "--store", self.url, *arguments, stdin=lines)

    def exported(self):
        done = self.run_roster("export", "--store", self.url, "--with-hashes")
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def test_every_member_arrives(self):
        user = {
            "id": 7, "email": "b@b.com", "username": "bob", "name": "Bob \u00fc",
            "role": "admin", "groups": ["x", "y"], "disabled": True,
            "created_at": "2001-02-03T04:05:06Z", "updated_at": "2002-02-03T04:05:06Z",
            "email_verified_at": "2003-02-03T04:05:06Z", "locale": "de-CH",
            "last_login_at": "2004-02-03T04:05:06Z", "password_hash": ARGON2,
            "metadata": {"n": 1.5},
        }
        self.serve()
        done = self.import_lines(json.dumps(user))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(self.exported()[1:], [user])

    def test_passwords_are_hashed_here(self):
        # The server would refuse to hash more than 1000 of one request.
        self.serve()
        lines = "".join(
            f'{{"email":"u{n}@a.com","password":"correct horse {n}"}}\n' for n in range(1001))
        done = self.import_lines(lines, "--hash-memory-kib", "8", "--hash-passes", "1")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(len(self.exported()), 1002)
        self.assertTrue(all("argon2id$v=19$m=8,t=1" in user["password_hash"]
                            for user in self.exported()[1:]))

    def test_an_id_of_a_removed_user_is_named_the_same(self):
        self.add_user("b@b.com", PASSWORD)
        removed = self.run_roster("user", "remove", "2", "--yes", "--store", self.url)
        self.assertEqual(removed.returncode, 0, removed.stderr)
        line = '{"email":"c@c.com","id":2}'
        alone = self.import_lines(line)
        self.assert_fails(alone, 4, "line 1: id 2 belonged to a user who was removed")
        self.serve()
        served = self.import_lines(line)
        self.assertEqual((served.returncode, served.stderr), (4, alone.stderr))

    @files_only
    def test_many_megabytes_are_several_requests(self):
        metadata = {"text": "x" * 15_000}
        lines = "".join(
            json.dumps({"email": f"u{n}@a.com", "metadata": metadata}) + "\n"
            for n in range(1500))
        self.assertGreater(len(lines), 20 * 1024 * 1024)
        self.serve()
        done = self.import_lines(lines)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("imported 1500 users", done.stdout)
        users = self.exported()
        self.assertEqual([user["email"] for user in users[1:]],
                         [f"u{n}@a.com" for n in range(1500)])
        imports = [event for event in map(json.loads, self.audit_log.read_text().splitlines())
                   if event["action"] == "import"]
        self.assertEqual(len(imports), 2)
        self.assertEqual(sum(event["count"] for event in imports), 1500)


class FakeServer(http.server.BaseHTTPRequestHandler):
    """Has no users, and answers imports as `answers` says; `None` closes the connection."""

    protocol_version = "HTTP/1.1"
    answers = []

    def do_GET(self):
        status = b'{"name":"roster","version":"1","status":"ready"}'
        self.reply(200, status if self.path == "/v1/status" else b"")

    def do_POST(self):
        lines = b""
        while size := int(self.rfile.readline(), 16):
            lines += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        answer = self.answers.pop(0)
        if answer is None:
            self.close_connection = True
            return
        if answer == "added":
            count = lines.count(b"\n")
            answer = json.dumps({"summary": {"added": count, "refused": 0}}) + "\n"
        self.reply(200, answer.encode())

    def reply(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class ImportThatFails(ProgramTest):
    """At a server that adds some of the requests."""

    def import_many(self, *answers):
        handler = type("Handler", (FakeServer,), {"answers": list(answers)})
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        lines = "".join(
            json.dumps({"email": f"u{n}@a.com", "metadata": {"text": "x" * 15_000}}) + "\n"
            for n in range(1500))
        return self.run_roster(
            "import", "-", "--server", f"http://127.0.0.1:{server.server_port}", stdin=lines,
            variables={"ROSTER_TOKEN": "rst_x"},
        )

    REFUSED = (
        '{"line":2,"status":"refused","code":"email_taken","detail":"u9@a.com is user 3 already"}\n'
        '{"summary":{"added":0,"refused":1}}\n'
    )

    def test_in_the_first_request_adds_nothing(self):
        self.assert_fails(self.import_many(self.REFUSED), 4,
                          "nothing was imported: u9@a.com is user 3 already")

    def test_in_the_second_names_what_was_added(self):
        done = self.import_many("added", self.REFUSED)
        self.assert_fails(done, 4, "u9@a.com is user 3 already", "--existing skip")
        self.assertRegex(done.stderr,
                         r"imported the first 1\d\d\d of 1500 users, by id and line: u9")

    def test_without_an_answer_says_what_is_not_known(self):
        self.assertRegex(self.import_many(None).stderr,
                         r"perhaps imported the first 1\d\d\d of 1500 users, by id and line: http:")
        done = self.import_many("added", None)
        self.assert_fails(done, 1, "http://127.0.0.1", "--existing skip")
        self.assertRegex(done.stderr, r"the first 1\d\d\d of 1500 users, by id and line, "
                                      r"and perhaps the next \d+: ")


if __name__ == "__main__":
    unittest.main()
