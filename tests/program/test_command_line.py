"""Version, help and usage errors of every sub-command."""

import subprocess
import unittest

from roster_process import PROGRAM, ProgramTest, TIMEOUT_SECONDS, environment


class CommandLine(ProgramTest):
    COMMANDS = (
        [], ["audit"], ["audit", "verify"], ["backup"], ["check"], ["client"], ["copy"], ["export"],
        ["hash"], ["hash", "calibrate"], ["import"], ["login"], ["logout"], ["migrate"], ["migrate", "status"],
        ["migrate", "up"], ["migrate", "down"], ["repair"], ["restore"], ["serve"], ["session"],
        ["session", "list"], ["session", "revoke"], ["user"], ["user", "add"],
        ["user", "disable"], ["user", "enable"], ["user", "list"],
        ["user", "password"], ["user", "remove"], ["user", "set"], ["user", "show"],
    )

    def test_every_help_has_examples(self):
        for command in self.COMMANDS:
            with self.subTest(command=command):
                done = self.run_roster(*command, "--help")
                self.assertEqual(done.returncode, 0)
                self.assertEqual(done.stderr, "")
                self.assertRegex(done.stdout, r"Examples?:\n +\S")
                self.assertIn("roster " + " ".join(command), done.stdout)

    def test_without_a_sub_command_it_helps(self):
        for command in ([], ["hash"], ["session"], ["user"]):
            with self.subTest(command=command):
                done = self.run_roster(*command)
                self.assertEqual(done.returncode, 2)
                self.assertIn("Usage: roster", done.stderr)

    def test_a_full_disk_is_a_failure(self):
        self.add_user("a@a.com")
        for command in (
            ["--version"], ["user", "--help"], ["check"], ["config"], ["export"], ["user", "list"],
            ["user", "list", "--format", "json"], ["user", "disable", "a@a.com"],
        ):
            store = ["--store", self.url] if command[-1][0] != "-" else []
            with self.subTest(command=command), open("/dev/full", "wb") as full:
                done = subprocess.run(
                    [PROGRAM, *command, *store], stdout=full, stderr=subprocess.PIPE, text=True,
                    env=environment(), cwd=self.directory, timeout=TIMEOUT_SECONDS, check=False,
                )
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertEqual(done.stderr.count("standard output cannot be written"), 1)

    def test_usage_errors(self):
        for command, text in (
            (["--nonsense"], "--nonsense"),
            (["nonsense"], "nonsense"),
            (["serve", "--nonsense"], "--nonsense"),
            (["serve", "more"], "more"),
            (["serve", "--threads", "many"], "--threads: must be a whole number"),
            (["serve", "--head-timeout", "0s"], "--head-timeout: must be a time"),
            (["serve", "--log-level", "loud"], "--log-level"),
            (["serve", "--admin-email", "a@a.com"], "need each other"),
            (["serve", "--store", "nonsense:users"], "nonsense:users"),
            (["serve", "--store", "users.json"], "--store: must be a store's URL"),
            (["serve", "--classic", "nonsense"], "--classic: must be HOST:PORT"),
            (["serve", "--http", "8080"], "--http: must be HOST:PORT"),
            (["serve", "--access-log", "yes"], "--access-log"),
            (["user", "add"], "EMAIL"),
            (["user", "add", "--role", "king", "a@a.com"], "--role"),
        ):
            with self.subTest(command=command):
                self.assert_fails(self.run_roster(*command), 2, text)

    def test_an_unknown_option_is_named_and_never_what_was_given_for_it(self):
        for command, text in (
            (["serve", "--strore", "json:x"], "--strore is not known here; is --store meant?"),
            (["serve", "--htpp", "127.0.0.1:0"], "--htpp is not known here; is --http meant?"),
            (["--store", "json:x", "user", "list"],
             "--store is not known here; write it after the command"),
            (["user", "add", "a@a.com", "--password", "secret-1"],
             "--password is not known here; is --password-stdin meant?"),
            (["user", "add", "a@a.com", "--passwd=secret-1"], "--passwd is not known here"),
        ):
            with self.subTest(command=command):
                done = self.run_roster(*command)
                self.assert_fails(done, 2, text)
                self.assertNotIn("secret-1", done.stderr)

    def test_a_directory_that_is_not_there_is_named(self):
        missing = self.directory / "none"
        for command in (("serve", "--store", f"json:{missing}/users.json"),
                        ("check", f"json:{missing}/users.json"),
                        ("user", "list", "--store", f"json:{missing}/users.json")):
            with self.subTest(command=command):
                self.assert_fails(self.run_roster(*command), 5,
                                  f"the directory {missing} does not exist; make it")

    def test_nothing_is_left_behind_by_a_usage_error(self):
        self.run_roster("serve", "--threads", "many")
        self.assertEqual(list(self.directory.iterdir()), [])


if __name__ == "__main__":
    unittest.main()
