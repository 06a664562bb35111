"""Tokens for programs, and links to set a password: made by a server, and shown once."""

import json
import re
import unittest

from roster_process import ProgramTest

PASSWORD = "correct horse 9"


class Tokens(ProgramTest):
    def setUp(self):
        super().setUp()
        self.add_user("a@a.com", PASSWORD, "--role", "admin")
        self.add_user("b@b.com", PASSWORD)
        self.server = self.serve()
        self.at = ("--server", f"http://127.0.0.1:{self.server.http_port}")
        self.variables = {"XDG_CONFIG_HOME": str(self.directory / "config")}
        self.run_here("login", "a@a.com", "--password-stdin", *self.at, stdin=PASSWORD + "\n")

    def run_here(self, *arguments, variables=None, **options):
        variables = self.variables if variables is None else variables
        return self.run_roster(*arguments, variables=variables, **options)

    def test_of_a_program(self):
        made = self.run_here("token", "create", "nightly backup", "--expires-in", "90d", *self.at)
        self.assertEqual(made.returncode, 0, made.stderr)
        self.assertRegex(made.stdout, r"\Arst_\S+\n\Z")
        number = re.search(r"token (\d+) 'nightly backup' is valid until 20", made.stderr)[1]
        as_program = {"ROSTER_TOKEN": made.stdout.strip()}
        shown = self.run_here("user", "show", "b@b.com", *self.at, variables=as_program)
        self.assertEqual(shown.returncode, 0, shown.stderr)
        for where in (self.at, ("--store", self.url)):
            listed = self.run_here("token", "list", "--format", "json", *where)
            (token,) = json.loads(listed.stdout)["tokens"]
            self.assertEqual((str(token["id"]), token["label"]), (number, "nightly backup"))
        done = self.run_here("token", "revoke", number, *self.at)
        self.assertEqual((done.returncode, done.stdout), (0, "revoked 1 session\n"))
        shown = self.run_here("user", "show", "b@b.com", *self.at, variables=as_program)
        self.assert_fails(shown, 1, "ROSTER_TOKEN")

    def test_for_a_program_that_reads_json(self):
        made = self.run_here("token", "create", "ci", "--format", "json", *self.at)
        token = json.loads(made.stdout)
        self.assertEqual(set(token), {"id", "label", "expires_at", "token"})
        self.assertEqual(made.stderr, "")

    def test_what_is_refused(self):
        self.assert_fails(self.run_here("token", "create", "x" * 1000, *self.at), 2, "/label")
        done = self.run_here("token", "create", "ci", "--server", f"unix:{self.server.socket}")
        self.assert_fails(done, 1)
        done = self.run_here("token", "revoke", "99", *self.at)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("no session has the id 99", done.stderr)

    def test_a_link_sets_the_password_once(self):
        for where in (self.at, ("--store", self.url)):
            made = self.run_here("user", "link", "b@b.com", "--purpose", "invite", *where)
            self.assertEqual(made.returncode, 0, made.stderr)
            self.assertRegex(made.stdout, rf"\A{self.at[1]}/invite/rst_\S+\n\Z")
            self.assertIn("user 2 b@b.com sets a password once", made.stderr)
        made = self.run_here("user", "link", "b@b.com", "--format", "json", *self.at)
        self.assertIn("/reset/rst_", json.loads(made.stdout)["url"])

    def test_a_link_needs_somebody_to_serve_it(self):
        self.assert_fails(self.run_here("user", "link", "none@b.com", *self.at), 3, "none@b.com")
        self.server.stop()
        done = self.run_here("user", "link", "b@b.com", "--store", self.url)
        self.assert_fails(done, 1, "no server answers")

    def test_a_limit_is_forgiven(self):
        wrong = ("login", "b@b.com", "--password-stdin", *self.at)
        while "too many" not in self.run_here(*wrong, stdin="wrong horse 1\n").stderr.lower():
            pass
        listed = self.run_here("limit", "list", "--format", "json", *self.at)
        keys = [limit["key"] for limit in json.loads(listed.stdout)["limits"]]
        self.assertTrue(keys, listed.stderr)
        for key in keys:
            done = self.run_here("limit", "forgive", key, *self.at)
            self.assertEqual((done.returncode, done.stdout), (0, f"forgave {key}\n"))
        self.assertEqual(
            self.run_here("limit", "list", "--store", self.url, "--format", "json").stdout,
            '{"limits":[]}\n')
        done = self.run_here(*wrong, stdin=PASSWORD + "\n")
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
