"""`roster user add`, by pipe and on a terminal."""

import json
import signal
import unittest

from program_terminal import Terminal
from roster_process import STORE_KIND, ProgramTest, json_only, exchange


class UserAdd(ProgramTest):
    def test_prints_the_new_user(self):
        admin = self.add_user("a@a.com", "pw12-pw12", "--role", "admin")
        self.assertEqual(admin.stdout, "added user 1 a@a.com (admin)\n")
        self.assertRegex(admin.stderr, rf"^made the store {STORE_KIND}:\S+, which was not there\n$")
        user = self.add_user("b@b.com")
        self.assertEqual((user.stdout, user.stderr), ("added user 2 b@b.com (user)\n", ""))

    def test_without_a_password_nobody_can_log_in_yet(self):
        add = ("user", "add", "--store", self.url, "--no-password", "a@a.com")
        done = self.run_roster(*add)
        self.assertEqual((done.returncode, done.stdout), (0, "added user 1 a@a.com (user)\n"))
        with self.serve().connect() as connection:
            answer = exchange(connection, "POST", "user:a@a.com,a guess,login")
        self.assertEqual(answer[0], 401)
        self.assert_fails(self.run_roster(*add, "--password-stdin"), 2, "--password-stdin")

    @json_only
    def test_the_users_file_has_a_hash_and_not_the_password(self):
        self.add_user("a@a.com", "correct horse, battery")
        text = self.store_file.read_text()
        self.assertNotIn("correct horse", text)
        (user,) = json.loads(text)["users"]
        self.assertTrue(user["password"].startswith("$argon2id$v=19$m=19456,t=2,p=1$"))
        self.assertEqual(self.store_file.stat().st_mode & 0o777, 0o600)

    def test_a_server_knows_the_user_it_added(self):
        self.add_user("a@a.com", "pass,with,commas", "--role", "admin")
        with self.serve().connect() as connection:
            answer = exchange(connection, "POST", "user:a@a.com,pass,with,commas,login")
        self.assertEqual(answer, (200, "Success Login. you are admin"))

    def test_what_is_not_valid_is_a_usage_error(self):
        self.assert_fails(self.add("a", "pw12-pw12\n"), 2, "the e-mail must have at least 2")
        self.assert_fails(self.add("a@a.com", "p\n"), 2, "the password must have at least 8")
        self.assert_fails(self.add("a@a.com", ""), 2, "standard input is empty")
        self.assert_fails(self.add("a@a.com\x1b[2J", "pw12-pw12\n"), 2, "\\x1B[2J")

    def add(self, email, stdin):
        return self.run_roster(
            "user", "add", "--store", self.url, "--password-stdin", email, stdin=stdin
        )


class UserAddOnATerminal(ProgramTest):
    def setUp(self):
        super().setUp()
        self.terminal = Terminal("user", "add", "a@a.com", cwd=self.directory)
        self.addCleanup(self.terminal.close)

    def test_asks_twice_and_shows_nothing(self):
        self.terminal.expect("Password for a@a.com: ")
        self.assertFalse(self.terminal.echoes())
        self.terminal.type("hunter2222-x\n")
        self.terminal.expect("Repeat the password: ")
        self.terminal.type("hunter2222-x\n")
        code, output = self.terminal.end()
        self.assertEqual((code, output.splitlines()[-1]), (0, "added user 1 a@a.com (user)"))
        self.assertNotIn("hunter2222-x", self.terminal.seen)
        self.assertTrue(self.terminal.echoes())

    def test_two_different_passwords_add_no_user(self):
        self.terminal.expect("Password for a@a.com: ")
        self.terminal.type("hunter2222-x\n")
        self.terminal.expect("Repeat the password: ")
        self.terminal.type("hunter3333-x\n")
        code, output = self.terminal.end()
        self.assertEqual(code, 2)
        self.assertIn("the two passwords differ", output)

    def test_end_of_input_adds_no_user(self):
        self.terminal.expect("Password for a@a.com: ")
        self.terminal.type("\x04")
        code, _ = self.terminal.end()
        self.assertEqual(code, 1)
        self.assertTrue(self.terminal.echoes())

    def test_an_interrupt_leaves_the_terminal_as_it_was(self):
        self.terminal.expect("Password for a@a.com: ")
        self.assertFalse(self.terminal.echoes())
        self.terminal.type("hunt\x03")
        code, _ = self.terminal.end()
        self.assertEqual(code, -signal.SIGINT)
        self.assertTrue(self.terminal.echoes())

    def test_termination_leaves_the_terminal_as_it_was(self):
        self.terminal.expect("Password for a@a.com: ")
        self.terminal.process.terminate()
        code, _ = self.terminal.end()
        self.assertEqual(code, -signal.SIGTERM)
        self.assertTrue(self.terminal.echoes())


if __name__ == "__main__":
    unittest.main()
