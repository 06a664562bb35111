"""`roster backup` and `roster restore`, beside a server and without one."""

import json
import stat
import threading
import unittest

from roster_process import ProgramTest, exchange, has_sqlite

PASSWORD = "pw12-pw12"
CHEAP = ("--hash-memory-kib", "8", "--hash-passes", "1")


class Writer:
    """Signs up u1@w.test, u2@w.test … one after the other, until it is stopped.

    Every account is there before the next one is asked for, so every state of the store holds
    u1 … uK and nobody else of them.
    """

    def __init__(self, server):
        self.sent = 0
        self.acknowledged = 0
        self.failures = []
        self._server = server
        self._changed = threading.Condition()
        self._stop = False
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop = True
        self._thread.join()

    def wait_for(self, count):
        with self._changed:
            if not self._changed.wait_for(lambda: self.acknowledged >= count, 60):
                raise AssertionError(f"{self.acknowledged} of {count}: {self.failures}")

    def _run(self):
        try:
            with self._server.connect() as connection:
                while not self._stop:
                    self.sent += 1
                    body = f"user:u{self.sent}@w.test,{PASSWORD},signup"
                    status, text = exchange(connection, "POST", body)
                    if status != 201:
                        self.failures.append((status, text))
                        return
                    with self._changed:
                        self.acknowledged = self.sent
                        self._changed.notify_all()
        except (OSError, AssertionError) as error:
            self.failures.append(error)


class BackupTests:
    """For every kind of store."""

    def setUp(self):
        super().setUp()
        self.store_file = self.directory / f"store.{self.kind}"
        self.url = f"{self.kind}:{self.store_file}"
        self.backup = self.directory / "backup"
        self.add_user("a@a.com", PASSWORD, "--role", "admin")

    def back_up(self, *arguments):
        done = self.run_roster("backup", self.url, self.backup, *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def restore(self, *arguments):
        done = self.run_roster("restore", self.backup, self.url, *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def emails(self, url):
        done = self.run_roster("export", "--store", url)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line)["email"] for line in done.stdout.splitlines()]

    def names(self):
        return sorted(path.name for path in self.directory.iterdir())

    def test_says_what_was_saved(self):
        done = self.back_up()
        self.assertRegex(
            done.stdout,
            r"^saved 1 user and 0 sessions to /.*/backup \(\d+ bytes, revision 1, as of "
            r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\)\n$",
        )
        for path in self.directory.glob("backup*"):
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600, path)
        done = self.run_roster("check", f"{self.kind}:{self.backup}")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertTrue(done.stdout.endswith("sound: 1 user\n"), done.stdout)

    def test_beside_a_server_that_writes(self):
        """Each backup is a state that was: all that was acknowledged before, in order, no gap."""
        with self.serve(*CHEAP, "--no-throttle") as server, Writer(server) as writer:
            for number in range(12):
                writer.wait_for(writer.acknowledged + 1 + number * 3)
                before = writer.acknowledged
                self.back_up("--replace")
                after = writer.sent
                self.check_prefix(before, after)
        self.assertEqual(writer.failures, [])
        self.back_up("--replace")
        self.check_prefix(writer.acknowledged, writer.acknowledged)

    def check_prefix(self, least, most):
        emails = self.emails(f"{self.kind}:{self.backup}")
        count = len(emails) - 1
        self.assertEqual(emails, ["a@a.com"] + [f"u{i}@w.test" for i in range(1, count + 1)])
        self.assertLessEqual(least, count)
        self.assertLessEqual(count, most)

    def test_beside_a_server_that_was_killed(self):
        with self.serve(*CHEAP) as server:
            with server.connect() as connection:
                body = f"user:b@b.com,{PASSWORD},signup"
                self.assertEqual(exchange(connection, "POST", body)[0], 201)
            server.kill()
        self.back_up()
        self.assertEqual(self.emails(f"{self.kind}:{self.backup}"), ["a@a.com", "b@b.com"])

    def test_an_older_backup_is_only_replaced_when_told(self):
        self.back_up()
        before = self.backup.read_bytes()
        done = self.run_roster("backup", self.url, self.backup)
        self.assert_fails(done, 4, "already exists", "--replace")
        self.assertEqual(self.backup.read_bytes(), before)
        self.add_user("b@b.com")
        self.back_up("--replace")
        self.assertEqual(self.emails(f"{self.kind}:{self.backup}"), ["a@a.com", "b@b.com"])

    def test_a_restore(self):
        self.back_up()
        self.add_user("b@b.com")
        before = self.emails(self.url)
        done = self.run_roster("restore", self.backup, self.url)
        self.assert_fails(done, 4, "is not empty", "--replace")
        self.assertEqual(self.emails(self.url), before)
        done = self.restore("--replace")
        self.assertIn("restored 1 user and 0 sessions from ", done.stdout)
        kept = done.stdout.splitlines()[1].removeprefix("the store that was there is kept as ")
        self.assertEqual(self.emails(kept), before)
        self.assertEqual(self.emails(self.url), ["a@a.com"])
        # 2 was given after the backup.
        self.assertIn("added user 3 ", self.add_user("c@c.com").stdout)
        audit = (self.directory / f"{self.store_file.name}.audit").read_text()
        self.assertIn('"action":"restore"', audit)
        self.assertEqual([name for name in self.names() if ".new-" in name], [])

    def test_a_restore_where_nothing_was(self):
        self.back_up()
        done = self.run_roster("restore", "backup", f"{self.kind}:new")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.emails(f"{self.kind}:new"), ["a@a.com"])
        self.assertEqual(len(done.stdout.splitlines()), 1)

    def test_a_damaged_backup_is_refused(self):
        self.back_up()
        self.add_user("b@b.com")
        text = self.backup.read_bytes()
        for damaged in (b"", text[: len(text) // 2], text[:-20], bytes(len(text)), b"{}"):
            self.backup.write_bytes(damaged)
            done = self.run_roster("restore", self.backup, self.url, "--replace")
            self.assert_fails(done, 5, "backup")
        self.assertEqual(self.emails(self.url), ["a@a.com", "b@b.com"])
        self.assertEqual([name for name in self.names() if ".before" in name], [])

    def test_a_served_store_is_not_restored(self):
        self.back_up()
        with self.serve() as server:
            done = self.run_roster("restore", self.backup, self.url, "--replace")
            self.assert_fails(done, 5, "in use", str(server.pid))

    def test_arguments_in_the_wrong_order_are_said(self):
        self.back_up()
        before = self.names()
        for arguments, text in (
            (("backup", self.backup, self.url), "roster backup STORE FILE"),
            (("restore", self.url, self.backup), "roster restore FILE STORE"),
            (("backup", self.url, self.url), "where a file is expected"),
            (("restore", self.backup, self.store_file), "is not a store"),
            (("backup", self.url, self.store_file), "both stores"),
            (("restore", self.store_file, self.url, "--replace"), "both stores"),
        ):
            with self.subTest(arguments):
                self.assert_fails(self.run_roster(*arguments), 2, text)
        self.assertEqual(self.names(), before)

    def test_what_is_not_there(self):
        done = self.run_roster("backup", f"{self.kind}:typo", "b")
        self.assert_fails(done, 5, "typo: does not exist")
        done = self.run_roster("restore", "typo", self.url, "--replace")
        self.assert_fails(done, 5, "typo: does not exist")
        self.assertEqual([name for name in self.names() if "typo" in name or name == "b"], [])


class JsonBackup(BackupTests, ProgramTest):
    kind = "json"


@unittest.skipUnless(has_sqlite(), "this program was built without SQLite")
class SqliteBackup(BackupTests, ProgramTest):
    kind = "sqlite"

    def test_goes_to_the_other_kind_as_well(self):
        self.back_up()
        done = self.run_roster("restore", "backup", "json:users.json")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.emails("json:users.json"), ["a@a.com"])

    def test_an_older_version_is_brought_up(self):
        done = self.run_roster("migrate", "down", "--to", "1", "--store", self.url)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.back_up()
        before = self.backup.read_bytes()
        self.restore("--replace")
        self.assertEqual(self.emails(self.url), ["a@a.com"])
        self.assertEqual(self.backup.read_bytes(), before)


if __name__ == "__main__":
    unittest.main()
