"""`roster check` and `roster repair`."""

import json
import unittest

from roster_process import ProgramTest


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

    def test_no_store_is_a_usage_error(self):
        self.assert_fails(self.run_roster("check", "users.json"), 2, "json:PATH")
        self.assert_fails(self.run_roster("check"), 2, "URL")


if __name__ == "__main__":
    unittest.main()
