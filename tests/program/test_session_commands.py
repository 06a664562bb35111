"""`roster session …`, and what else ends sessions."""

import json
import unittest

from program_terminal import Terminal
from roster_process import ProgramTest, files_only

ADMIN, USER, OTHER = "admin@a.com", "bob@b.com", "carol@c.com"
PASSWORD = "correct horse 9"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"


class SessionCommandTest(ProgramTest):
    """An administrator (1) with one session, and users with two (2) and none (3)."""

    def setUp(self):
        super().setUp()
        self.add_user(ADMIN, PASSWORD, "--role", "admin")
        self.add_user(USER, PASSWORD)
        self.add_user(OTHER, PASSWORD)
        self.admins = self.open_session(ADMIN, PASSWORD, "desk")
        self.laptop = self.open_session(USER, PASSWORD, "laptop", "2001:db8::1")
        self.phone = self.open_session(USER, PASSWORD, "phone")

    def roster(self, *arguments, stdin=""):
        """Runs a command on the store."""
        return self.run_roster(*arguments, "--store", self.url, stdin=stdin)

    def say(self, *arguments, stdin=""):
        done = self.roster(*arguments, stdin=stdin)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def sessions(self, *arguments):
        listed = json.loads(self.say("session", "list", *arguments, "--format", "json"))
        return listed["sessions"]

    def ids(self, *arguments):
        return [session["id"] for session in self.sessions(*arguments)]


class SessionList(SessionCommandTest):
    def test_is_a_table(self):
        self.assertRegex(
            self.say("session", "list", USER),
            r"\Aid  user  email      kind   created_at            last_seen_at          "
            r"expires_at            ip           label   user_agent\n"
            rf" {self.laptop}     2  bob@b\.com  login  {TIME}  {TIME}  {TIME}  2001:db8::1  laptop  test/1\n"
            rf" {self.phone}     2  bob@b\.com  login  {TIME}  {TIME}  {TIME}  192\.0\.2\.1    phone   test/1\n\Z",
        )

    def test_is_of_one_user_or_of_all(self):
        self.assertEqual(self.ids(), [self.admins, self.laptop, self.phone])
        self.assertEqual(self.ids("1"), [self.admins])
        self.assertEqual(self.ids("BOB@b.com"), [self.laptop, self.phone])
        self.assertEqual(self.ids(OTHER), [])
        self.assertEqual(self.say("session", "list", OTHER, "--format", "ndjson"), "")

    def test_is_an_object_a_line_in_ndjson(self):
        lines = self.say("session", "list", "--format", "ndjson").splitlines()
        self.assertEqual([json.loads(line) for line in lines], self.sessions())

    def test_shows_everything_but_the_secret(self):
        session = self.sessions("1")[0]
        self.assertEqual(
            list(session),
            ["id", "user", "kind", "label", "created_at", "last_seen_at", "expires_at", "ip",
             "user_agent", "email"],
        )
        self.assertEqual(
            (session["user"], session["label"], session["ip"], session["user_agent"],
             session["email"]),
            (1, "desk", "192.0.2.1", "test/1", ADMIN),
        )

    def test_no_control_character_reaches_the_terminal(self):
        self.open_session(OTHER, PASSWORD, "\x1b[2J\nroster:", user_agent="\x9b31m\x07\x7f" + "x" * 300)
        for format_ in ("table", "json", "ndjson"):
            text = self.say("session", "list", "--format", format_)
            bad = [c for c in text if (ord(c) < 32 and c != "\n") or 127 <= ord(c) < 160]
            self.assertEqual(bad, [], text)
            self.assertNotIn("\nroster:", text)

    def test_beside_a_server(self):
        before = self.sessions()
        with self.serve():
            self.assertEqual(self.sessions(), before)
            self.assertEqual(self.ids(USER), [self.laptop, self.phone])

    def test_of_no_user_is_not_found(self):
        self.assert_fails(self.roster("session", "list", "9"), 3, "no user has the id 9")

    def test_the_user_is_shown_with_the_number_of_sessions(self):
        shown = json.loads(self.say("user", "show", USER, "--format", "json"))
        self.assertEqual(shown["sessions"], 2)


class SessionRevoke(SessionCommandTest):
    def test_by_id(self):
        self.assertEqual(
            self.say("session", "revoke", str(self.laptop)), "revoked 1 session\n"
        )
        self.assertEqual(self.ids(), [self.admins, self.phone])
        said = self.say(
            "session", "revoke", str(self.admins), str(self.phone), "--format", "json"
        )
        self.assertEqual(json.loads(said), {"revoked": 2})
        self.assertEqual(self.ids(), [])

    def test_what_is_not_there_keeps_nothing_else(self):
        done = self.roster("session", "revoke", "99", str(self.phone), "0", str(self.phone))
        self.assertEqual((done.returncode, done.stdout), (3, "revoked 1 session\n"))
        self.assertIn(f"no session has the id 99, 0, {self.phone}", done.stderr)
        self.assertIn("session list", done.stderr)
        self.assertEqual(self.ids(), [self.admins, self.laptop])

    def test_of_a_user(self):
        self.assertEqual(self.say("session", "revoke", "--user", USER), "revoked 2 sessions\n")
        self.assertEqual(self.say("session", "revoke", "--user", "2"), "revoked 0 sessions\n")
        self.assertEqual(self.ids(), [self.admins])
        self.assert_fails(self.roster("session", "revoke", "--user", "9"), 3, "no user has")

    def test_all_takes_yes_where_nobody_can_be_asked(self):
        self.assert_fails(self.roster("session", "revoke", "--all"), 2, "no terminal", "--yes")
        self.assertEqual(len(self.ids()), 3)
        self.assertEqual(self.say("session", "revoke", "--all", "--yes"), "revoked 3 sessions\n")
        self.assertEqual(self.ids(), [])
        self.assertEqual(self.say("session", "revoke", "--all"), "revoked 0 sessions\n")

    def test_all_asks_on_a_terminal(self):
        for answer, code, left in (("n\n", 1, 3), ("y\n", 0, 0)):
            terminal = Terminal(
                "session", "revoke", "--all", "--store", self.url, cwd=self.directory
            )
            self.addCleanup(terminal.close)
            terminal.expect("End 3 sessions of 2 users? [y/N] ")
            terminal.type(answer)
            self.assertEqual(terminal.end()[0], code)
            self.assertEqual(len(self.ids()), left)

    def test_usage_errors(self):
        for arguments in ([], ["1", "--all"], ["1", "--user", USER], ["--user", USER, "--all"]):
            with self.subTest(arguments=arguments):
                done = self.roster("session", "revoke", *arguments)
                self.assert_fails(done, 2, "IDs of sessions, or --user USER, or --all")
        self.assert_fails(self.roster("session", "revoke", "x"), 2, "must be ids of sessions")
        self.assertEqual(len(self.ids()), 3)

    @files_only
    def test_beside_a_server_without_a_socket_it_says_what_to_do(self):
        server = self.serve("--admin-socket", "off")
        for arguments in (["revoke", "1"], ["revoke", "--all", "--yes"]):
            with self.subTest(arguments=arguments):
                self.assert_fails(
                    self.roster("session", *arguments), 5,
                    f"in use by process {server.pid} ", "admin socket", "stop",
                )


class RevokeBesideAServer(SessionRevoke):
    """The same, all of it, by the server."""

    def setUp(self):
        super().setUp()
        self.server = self.serve()

    @files_only
    def test_beside_a_server_without_a_socket_it_says_what_to_do(self):
        self.server.stop()
        super().test_beside_a_server_without_a_socket_it_says_what_to_do()


class WhatEndsSessions(SessionCommandTest):
    def test_a_new_password(self):
        done = self.say("user", "password", USER, "--password-stdin", stdin="battery staple 7")
        self.assertEqual(done, "changed the password of user 2 bob@b.com; 2 sessions ended\n")
        self.assertEqual(self.ids(), [self.admins])

    def test_a_new_password_that_keeps_them(self):
        done = self.say(
            "user", "password", USER, "--password-stdin", "--keep-sessions",
            stdin="battery staple 7",
        )
        self.assertEqual(done, "changed the password of user 2 bob@b.com; 2 sessions kept\n")
        self.assertEqual(self.ids(), [self.admins, self.laptop, self.phone])

    def test_being_disabled(self):
        self.assertEqual(
            self.say("user", "disable", USER), "disabled user 2 bob@b.com; 2 sessions ended\n"
        )
        self.assertEqual(self.ids(), [self.admins])
        self.say("user", "enable", USER)
        self.assertEqual(self.ids(), [self.admins])

    def test_being_removed(self):
        self.assertEqual(
            self.say("user", "remove", USER, "--yes"),
            "removed user 2 bob@b.com; 2 sessions ended\n",
        )
        self.assertEqual(self.ids(), [self.admins])

    def test_neither_a_new_email_nor_another_role(self):
        self.say("user", "set", USER, "--email", "robert@b.com", "--role", "admin")
        self.assertEqual(self.ids("2"), [self.laptop, self.phone])


class WhatEndsSessionsBesideAServer(WhatEndsSessions):
    def setUp(self):
        super().setUp()
        self.serve()


if __name__ == "__main__":
    unittest.main()
