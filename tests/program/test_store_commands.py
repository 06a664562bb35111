"""`roster check` and `roster repair`."""

import json
import unittest

from roster_process import ProgramTest, has_sqlite


class StoreCommands(ProgramTest):
    def setUp(self):
        super().setUp()
        self.add_user("a@a.com", "pw12-pw12", "--role", "admin")
        self.add_user("b@b.com")

    def damage(self):
        """Breaks the second user of the snapshot; returns the damaged text."""
        text = self.snapshot.read_text().replace('"b@b.com"', '"b@b.com')
        self.snapshot.write_text(text)
        return text

    def test_a_sound_store(self):
        before = self.store_file.read_bytes()
        done = self.run_roster("check", self.url)
        self.assertEqual((done.returncode, done.stdout), (0, "sound: 2 users\n"))
        done = self.run_roster("repair", self.url, "--yes")
        self.assertEqual((done.returncode, done.stdout), (0, "nothing to repair\n"))
        self.assertEqual(self.store_file.read_bytes(), before)

    def test_a_damaged_store_is_shown_with_places(self):
        text = self.damage()
        done = self.run_roster("check", self.url)
        self.assertEqual(done.returncode, 5)
        self.assertRegex(done.stdout, r"damaged: .*users\.json\.base:18:\d+: ")
        self.assertEqual(self.snapshot.read_text(), text)

    def test_an_edit_that_is_wrong_is_a_note(self):
        self.store_file.write_text(self.store_file.read_text().replace('"b@b.com"', '"b@b.com'))
        done = self.run_roster("check", self.url)
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout, r"users\.json:18:\d+: .* until it is corrected")

    def test_a_repair_is_shown_before_it_is_done(self):
        text = self.damage()
        done = self.run_roster("repair", self.url)
        self.assertEqual(done.returncode, 5)
        self.assertIn("a user is lost", done.stdout)
        self.assertIn("user 2 is taken from", done.stdout)
        self.assertIn("nothing was changed", done.stdout)
        self.assertEqual(self.snapshot.read_text(), text)
        done = self.run_roster("repair", self.url, "--yes")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        users = json.loads(self.store_file.read_text())["users"]
        self.assertEqual([user["email"] for user in users], ["a@a.com", "b@b.com"])
        (kept,) = self.directory.glob("users.json.base.damaged-*")
        self.assertEqual(kept.read_text(), text)
        self.assertEqual(self.run_roster("check", self.url).returncode, 0)

    def test_a_served_store_can_be_checked_but_not_repaired(self):
        with self.serve():
            self.assertEqual(self.run_roster("check", self.url).returncode, 0)
            done = self.run_roster("repair", self.url, "--yes")
            self.assert_fails(done, 5, "in use")

    def test_the_store_is_the_one_of_other_commands(self):
        self.assertEqual(self.run_roster("check", "--store", self.url).returncode, 0)
        done = self.run_roster("repair", variables={"ROSTER_STORE": self.url})
        self.assertEqual(done.stdout, "nothing to repair\n")

    def test_a_store_of_another_kind_is_not_called_damaged(self):
        other = {"json": "sqlite", "sqlite": "json"}.get(self.url.partition(":")[0])
        if other is None or not has_sqlite():
            self.skipTest("there is no other kind of file")
        url = f"{other}:{self.store_file}"
        # What lies beside it says the same.
        for path in self.directory.iterdir():
            if path != self.store_file:
                path.unlink()
        for arguments in (("check", url), ("repair", url), ("user", "list", "--store", url)):
            done = self.run_roster(*arguments)
            self.assert_fails(done, 5, f"is a store of another kind; use {self.url}")

    def test_a_store_with_its_record_stays_what_it_is(self):
        self.store_file.write_bytes(b"SQLite format 3\0" * 10)
        self.assertEqual(self.run_roster("check", self.url).returncode, 0)
        with self.serve():
            self.assertIn("b@b.com", self.run_roster("user", "list", "--store", self.url).stdout)

    def test_no_store_is_a_usage_error(self):
        self.assert_fails(self.run_roster("check", "users.json"), 2, "json:PATH")
        self.assert_fails(self.run_roster("check", ""), 2, "URL")


class NoStore(ProgramTest):
    """In another directory, say: "nobody was logged in" would be wrong there."""

    def test_is_told_by_what_changes_and_none_is_made(self):
        for arguments in (
            ("session", "revoke", "--all", "--yes"), ("limit", "list"), ("limit", "forgive", "x"),
            ("user", "disable", "a@a.com"), ("user", "enable", "a@a.com"),
            ("user", "remove", "--yes", "a@a.com"), ("user", "list"), ("user", "show", "a@a.com"),
            ("user", "set", "--role", "admin", "a@a.com"), ("session", "list"),
        ):  # fmt: skip
            with self.subTest(arguments=arguments):
                done = self.run_roster(*arguments)
                self.assert_fails(done, 5, "does not exist; correct the path")
                self.assertEqual(list(self.directory.iterdir()), [])

    def test_a_new_user_makes_it(self):
        self.add_user("a@a.com")
        self.assertIn("sound: 1 user\n", self.run_roster("check").stdout)

    def test_the_password_of_a_database_is_shown_nowhere(self):
        for store in ("postgres://u:secretpw@127.0.0.1:1/d", "postgre://u:secretpw@h/d",
                      "postgres://u@127.0.0.1:1/d?password=secretpw"):
            for arguments in (
                ("config", "--store", store), ("user", "link", "1", "--store", store),
                ("repair", store), ("check", store), ("copy", store, "json:other.json"),
                ("user", "list", "--store", store), ("migrate", "status", "--store", store),
            ):  # fmt: skip
                with self.subTest(arguments=arguments):
                    done = self.run_roster(*arguments)
                    self.assertNotIn("secretpw", done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
