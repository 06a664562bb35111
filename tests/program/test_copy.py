"""`roster copy`: from one kind of store to the other and back."""

import json
import stat
import unittest

from roster_process import ProgramTest, exchange, has_sqlite

PASSWORD = "pw12-pw12"


class CopyTest(ProgramTest):
    """A JSON store with an administrator, two users, the second of them disabled, and sessions."""

    def setUp(self):
        super().setUp()
        self.store_file = self.directory / "users.json"
        self.url = f"json:{self.store_file}"
        self.add_user("a@a.com", PASSWORD, "--role", "admin")
        self.add_user("b@b.com")
        self.add_user("c@c.com")
        self.add_user("d@d.com")
        self.run_roster("user", "remove", "--yes", "d@d.com", "--store", self.url)
        for label in ("one", "two"):
            self.open_session("b@b.com", PASSWORD, label)
        self.run_roster("user", "disable", "c@c.com", "--store", self.url)

    def shown(self, url):
        """What the program shows of a store: every user with the hash, and every session."""
        users = self.run_roster("export", "--with-hashes", "--store", url)
        sessions = self.run_roster("session", "list", "--format", "ndjson", "--store", url)
        self.assertEqual((users.returncode, sessions.returncode), (0, 0), users.stderr)
        return users.stdout, sessions.stdout

    def copy(self, *arguments):
        done = self.run_roster("copy", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def names(self):
        return sorted(path.name for path in self.directory.iterdir())


@unittest.skipUnless(has_sqlite(), "this program was built without SQLite")
class Copy(CopyTest):
    def test_there_and_back_again(self):
        before = self.shown(self.url)
        self.assertIn('"label":"two"', before[1])
        text = self.store_file.read_bytes()
        done = self.copy(self.url, "sqlite:roster.db")
        self.assertEqual(
            done.stdout,
            f"copied 3 users and 2 sessions to sqlite:{self.directory}/roster.db (revision 6), "
            "and compared both\n",
        )
        self.assertEqual(done.stderr, "")
        mode = (self.directory / "roster.db").stat().st_mode
        self.assertEqual(stat.S_IMODE(mode), 0o600)
        self.assertEqual(self.shown("sqlite:roster.db"), before)
        self.copy("sqlite:roster.db", "json:back.json")
        self.assertEqual(self.shown("json:back.json"), before)
        self.assertEqual((self.directory / "back.json").read_bytes(), text)
        self.assertEqual(self.store_file.read_bytes(), text)

    def test_the_copy_is_served(self):
        self.copy(self.url, "sqlite:roster.db")
        with self.start("--store", "sqlite:roster.db") as server, server.connect() as connection:
            login = exchange(connection, "POST", f"user:a@a.com,{PASSWORD},login")
            self.assertEqual(login, (200, "Success Login. you are admin"))
            status, _ = exchange(connection, "POST", f"user:e@e.com,{PASSWORD},signup")
            self.assertEqual(status, 201)
            users = json.loads(exchange(connection, "GET")[1])["users"]
        # 4 was given to somebody who is gone.
        self.assertEqual([user["id"] for user in users], [1, 2, 3, 5])

    def test_leaves_a_line_in_the_audit_log_of_the_copy(self):
        self.copy(self.url, "sqlite:roster.db")
        line = json.loads((self.directory / "roster.db.audit").read_text().splitlines()[-1])
        self.assertEqual(
            (line["actor"], line["action"], line["target"], line["outcome"], line["count"]),
            ("operator", "copy", {"store": self.url}, "ok", 3),
        )

    def test_a_target_that_is_not_empty(self):
        self.run_roster(
            "user", "add", "--store", "sqlite:roster.db", "--password-stdin", "old@o.com",
            stdin=PASSWORD + "\n",
        )
        before = (self.directory / "roster.db").read_bytes()
        done = self.run_roster("copy", self.url, "sqlite:roster.db")
        self.assert_fails(done, 4, "is not empty", "--replace")
        self.assertEqual((self.directory / "roster.db").read_bytes(), before)
        self.copy(self.url, "sqlite:roster.db", "--replace")
        self.assertEqual(self.shown("sqlite:roster.db"), self.shown(self.url))

    def test_members_that_have_no_place_are_said(self):
        text = self.store_file.read_text().replace('"role": "admin",', '"role": "admin", "nick": "A",')
        self.store_file.write_text(text)
        done = self.copy(self.url, "sqlite:roster.db")
        self.assertIn("note: members that roster does not know, of 1 user,", done.stderr)

    def test_stores_in_use_are_said_with_what_to_do(self):
        with self.serve() as server:
            done = self.run_roster("copy", self.url, "sqlite:roster.db")
            self.assert_fails(done, 5, "in use", str(server.pid), "roster backup")
            done = self.run_roster("copy", "json:users.json", self.url, "--replace")
            self.assert_fails(done, 2, "both stores")

    def test_a_damaged_source_leaves_the_target(self):
        self.copy(self.url, "sqlite:roster.db")
        before = self.shown("sqlite:roster.db")
        self.snapshot.write_bytes(self.snapshot.read_bytes()[:-40])
        done = self.run_roster("copy", self.url, "sqlite:roster.db", "--replace")
        self.assert_fails(done, 5, "users.json.base:")
        self.assertEqual(self.shown("sqlite:roster.db"), before)
        self.assertEqual([name for name in self.names() if ".new-" in name], [])


class Refusals(CopyTest):
    def test_what_cannot_be_copied(self):
        names = self.names()
        for arguments, code, text in (
            (("json:typo.json", "json:to.json"), 5, "typo.json: does not exist"),
            ((self.url, "json:users.json", "--replace"), 2, "both stores"),
            ((self.url, "memory:"), 2, "memory:"),
            ((self.url, "to.json"), 2, "json:PATH"),
            ((self.url,), 2, "TO"),
            ((self.url, "json:nowhere/to.json"), 5, "nowhere"),
        ):
            with self.subTest(arguments):
                self.assert_fails(self.run_roster("copy", *arguments), code, text)
        self.assertEqual(self.names(), names)


if __name__ == "__main__":
    unittest.main()
