"""`roster login`, `logout`, and the commands with --server."""

import json
import os
import re
import stat
import unittest

from program_terminal import Terminal
from roster_process import ProgramTest

ADMIN, USER = "admin@a.com", "bob@b.com"
PASSWORD = "correct horse 9"
NEW = "another horse 7"
ARGON2 = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"


class RemoteTest(ProgramTest):
    """A server with an administrator (1) and a user (2), and nobody logged in."""

    def setUp(self):
        super().setUp()
        self.add_user(ADMIN, PASSWORD, "--role", "admin")
        self.add_user(USER, PASSWORD)
        self.server = self.serve()
        self.at = f"http://127.0.0.1:{self.server.http_port}"
        self.config = self.directory / "config" / "of" / "mine"
        self.token = self.config / "roster" / f"127.0.0.1:{self.server.http_port}.token"

    def roster(self, *arguments, stdin="", **variables):
        # Elsewhere than the store, which must not be found.
        elsewhere = {"XDG_CONFIG_HOME": str(self.config), "ROSTER_STORE": "json:none/users.json"}
        return self.run_roster(*arguments, stdin=stdin, variables=elsewhere | variables)

    def ask(self, *arguments, stdin="", **variables):
        """A command for the server."""
        return self.roster(*arguments, "--server", self.at, stdin=stdin, **variables)

    def say(self, *arguments, stdin="", **variables):
        done = self.ask(*arguments, stdin=stdin, **variables)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def log_in(self, login=ADMIN, password=PASSWORD):
        return self.say("login", login, "--password-stdin", stdin=password + "\n")

    def on_terminal(self, *arguments):
        variables = {"XDG_CONFIG_HOME": str(self.config)}
        terminal = Terminal(
            *arguments, "--server", self.at, cwd=self.directory, variables=variables
        )
        self.addCleanup(terminal.close)
        return terminal

    def token_of(self, login):
        """A token that is kept nowhere."""
        self.log_in(login)
        token = self.token.read_text().strip()
        self.token.unlink()
        return token


class LogIn(RemoteTest):
    def test_keeps_a_token_that_others_cannot_read(self):
        old = os.umask(0)
        self.addCleanup(os.umask, old)
        self.assertEqual(self.log_in(), f"logged in to {self.at} as user 1 {ADMIN} (admin)\n")
        self.assertEqual(stat.filemode(self.token.stat().st_mode), "-rw-------")
        self.assertEqual(stat.filemode(self.token.parent.stat().st_mode), "drwx------")
        self.assertEqual(list(self.token.parent.iterdir()), [self.token])

    def test_is_in_the_home_directory_without_a_place_for_settings(self):
        done = self.ask(
            "login", ADMIN, "--password-stdin", stdin=PASSWORD + "\n",
            XDG_CONFIG_HOME="relative", HOME=str(self.directory),
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue((self.directory / ".config" / "roster" / self.token.name).exists())

    def test_wrong_passwords_keep_nothing(self):
        done = self.ask("login", ADMIN, "--password-stdin", stdin="wrong\n")
        self.assert_fails(done, 1, ADMIN, "wrong password")
        self.assertFalse(self.token.exists())

    def test_asks_on_the_terminal_and_shows_nothing(self):
        terminal = self.on_terminal("login", USER)
        terminal.expect(f"Password for {USER}: ")
        self.assertFalse(terminal.echoes())
        terminal.type(PASSWORD + "\n")
        self.assertEqual(terminal.end(), (0, f"logged in to {self.at} as user 2 {USER} (user)\n"))
        self.assertNotIn(PASSWORD, terminal.seen)

    def test_again_ends_the_session_before(self):
        self.log_in(USER)
        self.log_in(USER)
        sessions = json.loads(self.say("session", "list", "2", "--format", "json"))["sessions"]
        self.assertEqual([session["label"] for session in sessions],
                         [f"roster on {os.uname().nodename}"])

    def test_a_token_that_others_can_read_is_refused(self):
        self.log_in()
        self.token.chmod(0o640)
        for command in (["user", "list"], ["logout"], ["login", ADMIN, "--password-stdin"]):
            with self.subTest(command=command):
                self.assert_fails(self.ask(*command), 1, str(self.token), "chmod 600")

    def test_servers_have_tokens_of_their_own(self):
        self.log_in()
        other = self.start("--store", "memory:")
        done = self.roster("user", "list", "--server", f"http://127.0.0.1:{other.http_port}")
        self.assert_fails(done, 1, "no token")


class LogOut(RemoteTest):
    def test_ends_the_session_and_removes_the_token(self):
        self.log_in()
        token = self.token.read_text().strip()
        self.assertEqual(self.say("logout"), f"logged out of {self.at}\n")
        self.assertFalse(self.token.exists())
        done = self.ask("user", "list", ROSTER_TOKEN=token)
        self.assert_fails(done, 1, self.at, "ROSTER_TOKEN", "roster login")
        self.assert_fails(self.ask("logout"), 1, "not logged in")

    def test_removes_a_token_that_the_server_does_not_know(self):
        self.log_in()
        self.token.write_text("rst_unknown\n")
        self.assertIn("did not know any more", self.say("logout"))
        self.assertFalse(self.token.exists())

    def test_keeps_the_token_if_the_server_is_away(self):
        self.log_in()
        self.server.stop()
        self.assert_fails(self.ask("logout"), 1, self.at)
        self.assertTrue(self.token.exists())


class Commands(RemoteTest):
    def local(self, *arguments):
        done = self.run_roster(*arguments, "--store", self.url)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def test_read_the_same_as_from_the_store(self):
        self.token_of(USER)
        self.log_in()
        self.say("user", "set", USER, "--username", "bob", "--group", "a", "--metadata", '{"b":1}')
        for command in (
            ["user", "list"], ["user", "list", "--format", "ndjson", "--role", "user"],
            ["user", "list", "--after", "1", "--format", "json"],
            ["user", "list", "--limit", "1", "--sort", "-email"],
            ["user", "show", "bob"], ["user", "show", "1", "--format", "json"],
        ):
            with self.subTest(command=command):
                self.assertEqual(self.say(*command), self.local(*command))
        for command in (["session", "list"], ["session", "list", USER, "--format", "json"]):
            with self.subTest(command=command):
                # The server saves last_seen_at from time to time only.
                local, remote = (
                    re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME", listed)
                    for listed in (self.local(*command), self.say(*command))
                )
                self.assertEqual(remote, local)
                self.assertIn("TIME", remote)

    def test_show_the_sessions_of_many_users_with_a_few_requests(self):
        self.server.stop()
        users = "".join(f'{{"email":"u{number}@a.com","password_hash":"{ARGON2}"}}\n'
                        for number in range(30))
        done = self.run_roster("import", "-", "--input-format", "ndjson", stdin=users)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.server = self.serve("--access-log", "text")
        self.at = f"http://127.0.0.1:{self.server.http_port}"
        self.log_in()
        listed = json.loads(self.say("session", "list", "--format", "json"))["sessions"]
        self.assertEqual([session["email"] for session in listed], [ADMIN])
        self.server.wait_for_log("GET /v1/sessions 200")
        self.assertLess(self.server.log().count("GET /v1/"), 10)

    def test_change_users(self):
        self.log_in()
        added = self.say("user", "add", "c@c.com", "--password-stdin", stdin=PASSWORD + "\n")
        self.assertEqual(added, "added user 3 c@c.com (user)\n")
        self.assertEqual(self.say("user", "set", "c@c.com", "--role", "admin"),
                         "changed user 3 c@c.com (admin)\n")
        self.assertEqual(self.say("user", "password", "3", "--password-stdin", stdin=NEW + "\n"),
                         "changed the password of user 3 c@c.com\n")
        self.assertEqual(self.say("user", "disable", "3"), "disabled user 3 c@c.com\n")
        self.assertEqual(self.say("user", "remove", "3", "--yes"), "removed user 3 c@c.com\n")

    def test_have_the_same_exit_codes(self):
        self.log_in()
        add = ["user", "add", "--password-stdin"]
        for command, stdin, code in (
            (["user", "show", "none@a.com"], "", 3),
            (["user", "remove", ADMIN, "--yes"], "", 4),
            ([*add, USER], PASSWORD + "\n", 4),
            ([*add, "c@c.com"], "short\n", 2),
            (["session", "revoke", "99"], "", 3),
        ):
            with self.subTest(command=command):
                self.assertEqual(self.ask(*command, stdin=stdin).returncode, code)

    def test_end_sessions_and_ones_own_last(self):
        self.token_of(USER)
        self.say("login", ADMIN, "--password-stdin", stdin=PASSWORD + "\n")
        self.say("user", "set", USER, "--role", "admin")
        listed = json.loads(self.say("session", "list", "--format", "json"))["sessions"]
        users = [session for session in listed if session["user"] == 2]
        self.assertEqual(self.say("session", "revoke", str(users[0]["id"])), "revoked 1 session\n")
        self.token_of(USER)
        self.log_in()
        self.token_of(USER)
        self.log_in()
        self.assertRegex(self.say("session", "revoke", "--all", "--yes"), r"revoked \d sessions\n")
        self.assertEqual(json.loads(self.local("session", "list", "--format", "json"))["sessions"],
                         [])
        self.assert_fails(self.ask("user", "list"), 1, self.at, "roster login --server")

    def test_end_ones_own_of_several_sessions_last(self):
        self.token_of(USER)
        self.log_in()
        listed = json.loads(self.say("session", "list", "--format", "json"))["sessions"]
        own = [str(session["id"]) for session in listed if session["user"] == 1]
        other = [str(session["id"]) for session in listed if session["user"] == 2]
        self.assertEqual(self.say("session", "revoke", *own, *other), "revoked 2 sessions\n")
        self.assert_fails(self.ask("user", "list"), 1, self.at, "roster login --server")

    def test_ones_own_password_needs_the_current_one(self):
        self.log_in(ADMIN)
        own = ["user", "password", "1", "--password-stdin"]
        self.assert_fails(self.ask(*own, stdin=f"wrong\n{NEW}\n"), 1, "wrong password")
        self.assert_fails(self.ask(*own, stdin=f"{PASSWORD}\n"), 2, "takes two lines")
        self.assertIn("changed the password", self.say(*own, stdin=f"{PASSWORD}\n{NEW}\n"))
        self.log_in(ADMIN, NEW)

    def test_ones_own_password_is_asked_for_before_the_new_one(self):
        self.log_in(USER)
        terminal = self.on_terminal("user", "password", USER)
        for prompt, password in (
            ("Current password: ", PASSWORD), (f"Password for {USER}: ", NEW),
            ("Repeat the password: ", NEW),
        ):
            terminal.expect(prompt)
            terminal.type(password + "\n")
        self.assertEqual(terminal.end()[0], 0)
        self.log_in(USER, NEW)


class Access(RemoteTest):
    def test_needs_a_token(self):
        for command in (["user", "list"], ["user", "add", ADMIN], ["session", "revoke", "1"]):
            with self.subTest(command=command):
                done = self.ask(*command)
                self.assert_fails(done, 1, f"run 'roster login --server {self.at} LOGIN'")

    def test_the_token_of_the_environment_wins(self):
        token = self.token_of(ADMIN)
        self.log_in(USER)
        self.assertIn(USER, self.say("user", "show", USER, ROSTER_TOKEN=token))
        self.assert_fails(self.ask("user", "show", ADMIN), 1, "administrator")
        self.assert_fails(self.ask("user", "list", ROSTER_TOKEN=""), 2, "ROSTER_TOKEN")
        self.assert_fails(self.ask("user", "list", ROSTER_TOKEN="a\r\nb: c"), 2, "ROSTER_TOKEN")

    def test_an_ordinary_user_is_told_that_they_may_not(self):
        self.log_in(USER)
        add = ["user", "add", "c@c.com", "--role", "admin", "--password-stdin"]
        for command in (
            add, ["user", "set", "2", "--role", "admin"], ["session", "list", ADMIN],
        ):
            with self.subTest(command=command):
                done = self.ask(*command, stdin=PASSWORD + "\n")
                self.assert_fails(done, 1, "only an administrator may do this", "roster login")
        # But may do what is theirs.
        self.assertEqual(json.loads(self.say("user", "show", USER, "--format", "json"))["id"], 2)
        own = ["user", "password", USER, "--password-stdin"]
        self.assertIn("changed the password", self.say(*own, stdin=f"{PASSWORD}\n{NEW}\n"))
        self.assertIn(USER, self.say("user", "list"))
        listed = json.loads(self.say("session", "list", "--format", "json"))["sessions"]
        self.assertEqual([session["email"] for session in listed], [USER])
        self.assertEqual(self.say("session", "revoke", "--all", "--yes"), "revoked 1 session\n")

    def test_plain_http_to_another_host_warns(self):
        token = self.token_of(ADMIN)
        # The system leads it to this machine, but it is no loopback address.
        other = f"http://0.0.0.0:{self.server.http_port}"
        done = self.roster("user", "list", "--server", other, ROSTER_TOKEN=token)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, rf"\Awarning: {other} is plain http .*\n\Z")

    def test_a_server_that_is_away_is_named(self):
        self.log_in()
        self.server.stop()
        self.assert_fails(self.ask("user", "list"), 1, self.at, "refused")

    def test_a_unix_socket_needs_no_token(self):
        done = self.roster("user", "list", "--server", f"unix:{self.server.socket}")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(ADMIN, done.stdout)
        none = f"unix:{self.directory}/none.sock"
        self.assert_fails(self.roster("user", "list", "--server", none), 1, none)
        self.assert_fails(self.roster("login", ADMIN, "--server", none), 2, "needs no log-in")


class ServerOrStore(RemoteTest):
    def test_one_command_has_one_of_them(self):
        self.assert_fails(self.ask("user", "list", "--store", self.url), 2, "--server", "--store")
        self.assert_fails(self.roster("user", "list", "--server", "ftp://a.com"), 2, "https://HOST:PORT")
        self.assert_fails(self.roster("user", "list", "--server", "a.com"), 2, "http://HOST:PORT")

    def test_the_stronger_source_counts(self):
        file = self.directory / "roster.toml"
        file.write_text(f'server = "{self.at}"\n')
        at = {"XDG_CONFIG_HOME": str(self.config)}
        for arguments, variables, is_server in (
            ([], {"ROSTER_SERVER": self.at}, True),
            ([], {"ROSTER_SERVER": self.at, "ROSTER_STORE": self.url}, True),
            (["--store", self.url], {"ROSTER_SERVER": self.at}, False),
            (["--server", self.at], {"ROSTER_STORE": self.url}, True),
            (["--config", str(file)], {}, True),
            (["--config", str(file)], {"ROSTER_STORE": self.url}, False),
            (["--config", str(file), "--store", self.url], {}, False),
        ):
            with self.subTest(arguments=arguments, variables=variables):
                done = self.run_roster("user", "list", *arguments, variables=at | variables)
                # Nobody is logged in.
                self.assertEqual(done.returncode, 1 if is_server else 0, done.stderr)
                self.assertEqual("no token" in done.stderr, is_server)


if __name__ == "__main__":
    unittest.main()
