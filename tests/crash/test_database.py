"""F19: a damaged SQLite database is refused, and stays as it is, byte for byte."""

import sqlite3
import unittest

from faults import FaultTest, report, rounds


class DamagedDatabase(FaultTest):
    def setUp(self):
        super().setUp()
        self.add_admin()
        with self.serve() as server:
            for number in range(40):
                self.assertEqual(self.sign_up(server, f"user-{number}"), 201)
            self.assertEqual(server.stop(), 0, server.log())
        self.whole = self.store_file.read_bytes()

    def assert_refused(self, text):
        self.store_file.write_bytes(text)
        done = self.run_roster("serve", "--classic", "127.0.0.1:0", "--store", self.url)
        self.assert_fails(done, 5, str(self.store_file))
        self.assertEqual(self.store_file.read_bytes(), text)
        self.assertEqual(self.litter(), [])
        done = self.run_roster("check", self.url)
        self.assertEqual(done.returncode, 5, done.stdout)
        self.assertIn("damaged: ", done.stdout)
        self.assertEqual(self.store_file.read_bytes(), text)

    def test_truncated(self):
        size = len(self.whole)
        places = sorted({size * i // 50 for i in range(rounds(short=5, full=50))} | {0, size - 1})
        for end in places:
            with self.subTest(end=end):
                self.assert_refused(self.whole[:end])
        report("F19", f"a database cut at {len(places)} places, each refused")

    def test_other_content(self):
        for name, text in {
            "NULs": bytes(len(self.whole)),
            "text": b"[]\n" * 1000,
            "no header": bytes(16) + self.whole[16:],
            "pages of NULs": self.whole[:4096] + bytes(len(self.whole) - 4096),
        }.items():
            with self.subTest(name):
                self.assert_refused(text)

    def test_after_a_kill(self):
        """Damage that only a full check finds, which a start after a kill makes."""
        self.store_file.write_bytes(self.whole)
        with self.serve() as server:
            self.assertEqual(self.sign_up(server, "last"), 201)
            server.kill()
        database = sqlite3.connect(self.store_file)
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()
        text = bytearray(self.store_file.read_bytes())
        at = text.rindex(b"user-3@load.test")
        text[at] ^= 1
        self.assert_refused(bytes(text))

    def test_a_newer_version_is_refused_unchanged(self):
        self.store_file.write_bytes(self.whole)
        database = sqlite3.connect(self.store_file)
        database.execute("INSERT INTO schema_migrations VALUES (99, 'later', 'x', 0)")
        database.execute("UPDATE schema_migrations SET number = (SELECT count(*) FROM "
                         "schema_migrations) WHERE number = 99")
        database.commit()
        database.close()
        before = self.store_file.read_bytes()
        done = self.run_roster("serve", "--classic", "127.0.0.1:0", "--store", self.url)
        self.assert_fails(done, 5, str(self.store_file), "newer", "_later")
        self.assertEqual(self.store_file.read_bytes(), before)
        done = self.run_roster("migrate", "status", "--store", self.url)
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertIn("_later", done.stdout)

    def test_migrating_down_and_starting_again(self):
        done = self.run_roster("migrate", "down", "--to", "1", "--store", self.url)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("took back 0002_sessions", done.stdout)
        done = self.run_roster("migrate", "status", "--store", self.url)
        self.assertIn("0002_sessions  not applied", done.stdout)
        with self.serve() as server:
            self.check(server, "after a migration")
            done = self.run_roster("migrate", "down", "--store", self.url)
            self.assert_fails(done, 5, str(self.store_file), str(server.pid))
        self.assert_kept()
        done = self.run_roster("migrate", "up", "--store", "json:users.json")
        self.assertEqual((done.returncode, "nothing to migrate" in done.stdout), (0, True))


if __name__ == "__main__":
    unittest.main()
