"""`roster export`, and the way back by `roster import`."""

import json
import os
import stat
import unittest

from roster_process import STORE_SUFFIXES, ProgramTest, exchange, files_only

ARGON2 = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"

USERS = [
    {
        "id": 3, "email": "a@a.com", "password_hash": ARGON2, "role": "admin", "disabled": False,
        "created_at": "2001-02-03T04:05:06Z", "updated_at": "2002-02-03T04:05:06Z",
    },
    {
        "id": 7, "email": '=1,"x"; ö@b.com', "password_hash": ARGON2, "role": "user",
        "disabled": True, "created_at": "2003-02-03T04:05:06Z",
        "updated_at": "2003-02-03T04:05:06Z",
        "username": "b.B", "name": "-B, \u00f6", "groups": ["admins", "media"],
        "email_verified_at": "2003-02-03T04:05:07Z", "locale": "de-CH",
        "last_login_at": "2003-02-03T04:05:08Z",
        "metadata": {"a \"b\", c": [1, -1.5e300, "\u00f6\n"], "d": {}},
    },
    {
        "id": 4_000_000_000_000, "email": "'c' @c.com", "role": "user", "disabled": False,
        "created_at": "2004-02-03T04:05:06Z", "updated_at": "2004-02-03T04:05:06Z",
    },
]


class Export(ProgramTest):
    def setUp(self):
        super().setUp()
        text = "".join(json.dumps(user) + "\n" for user in USERS)
        done = self.run_roster("import", "-", "--store", self.url, stdin=text)
        self.assertEqual(done.returncode, 0, done.stderr)

    def export(self, *arguments, store=None):
        done = self.run_roster("export", "--store", store or self.url, *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def test_writes_every_user(self):
        done = self.export("--with-hashes")
        self.assertEqual([json.loads(line) for line in done.stdout.splitlines()], USERS)
        self.assertIn("exported 3 users", done.stderr)

    def test_comes_back_from_either_format(self):
        before = self.export("--with-hashes").stdout
        for name in ("ndjson", "csv"):
            copy = f"json:{self.directory}/copy-{name}.json"
            self.export("--with-hashes", "--format", name, "--output", f"users.{name}")
            done = self.run_roster("import", f"users.{name}", "--store", copy)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(self.export("--with-hashes", store=copy).stdout, before)

    def test_holds_hashes_only_when_told(self):
        for name in ("ndjson", "csv"):
            done = self.export("--format", name)
            self.assertNotIn("argon2", done.stdout)
            self.assertNotIn("password", done.stdout)
            self.assertIn("without password hashes", done.stderr)

    def test_a_file_is_for_its_owner_alone(self):
        output = self.directory / "users.csv"
        output.write_text("old")
        output.chmod(0o644)
        self.export("--output", "users.csv", "--format", "csv", "--with-hashes")
        self.assertEqual(stat.S_IMODE(output.stat().st_mode), 0o600)
        self.assertTrue(output.read_text().startswith("id,email,username,name,password_hash,role,"))
        self.assertEqual(len(list(self.directory.glob("*.tmp-*"))), 0)

    def test_formulas_are_said_and_can_be_escaped(self):
        done = self.export("--format", "csv")
        self.assertIn("would take 2 of the cells for formulas", done.stderr)
        done = self.export("--format", "csv", "--spreadsheet")
        self.assertIn("\"'=1,", done.stdout)
        self.assertNotIn("formulas", done.stderr)

    @files_only
    def test_replaces_no_file_of_the_store(self):
        before = self.store_file.read_bytes()
        (self.directory / "link").symlink_to(self.store_file.name)
        beside = [self.store_file.name + suffix for suffix in STORE_SUFFIXES]
        for name in (self.store_file.name, f"./{self.store_file.name}", "link", *beside):
            done = self.run_roster("export", "--store", self.url, "--output", name)
            self.assert_fails(done, 2, "of the store")
        self.assertEqual(self.store_file.read_bytes(), before)

    def test_a_store_that_is_not_there_is_not_made(self):
        done = self.run_roster("export", "--store", "json:typo.json")
        self.assert_fails(done, 5, "typo.json", "does not exist")
        self.assertEqual(list(self.directory.glob("typo*")), [])

    def test_beside_a_server_sees_what_was_acknowledged(self):
        before = self.export("--with-hashes").stdout
        with self.serve() as server, server.connect() as connection:
            self.assertEqual(self.export("--with-hashes").stdout, before)
            status, _ = exchange(connection, "POST", "user:new@n.com,pw12-pw12,signup")
            self.assertEqual(status, 201)
            users = [json.loads(line) for line in self.export("--with-hashes").stdout.splitlines()]
        self.assertEqual(users[:3], USERS)
        self.assertEqual((users[3]["id"], users[3]["email"]), (4_000_000_000_001, "new@n.com"))
        self.assertIn("argon2id", users[3]["password_hash"])

    def test_an_empty_store_comes_back(self):
        empty = f"json:{self.directory}/empty.json"
        self.run_roster("import", "-", "--allow-empty", "--store", empty)
        text = self.export(store=empty).stdout
        self.assertEqual(text, "")


if __name__ == "__main__":
    unittest.main()
