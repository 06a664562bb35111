"""Files and links of other users, and directories of other users, when root runs a command."""

import os
import pathlib
import stat
import subprocess
import unittest

from roster_process import PROGRAM, STORE_KIND, ProgramTest, environment

STRANGER = 12345
LOGS = {"json": (".journal", ".sessions"), "sqlite": ("-journal", "-wal", "-shm")}[STORE_KIND]


@unittest.skipUnless(os.geteuid() == 0, "needs root, to make files of other users")
class AsRoot(ProgramTest):
    def setUp(self):
        super().setUp()
        self.add_user("a@a.com", "pw12-pw12", "--role", "admin")
        self.shared = self.directory / "shared"
        self.shared.mkdir()
        self.shared.chmod(0o1777)

    def prepared(self, name, owner=STRANGER):
        """A file that another user has made before."""
        path = self.shared / name
        path.write_text('{"users":[]}\n')
        os.chown(path, owner, owner)
        return path

    def assert_refused(self, path, *command):
        before = path.read_bytes()
        done = self.run_roster(*command)
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertIn("belongs to another user", done.stderr)
        self.assertEqual(path.read_bytes(), before)
        self.assertEqual(path.stat().st_uid, STRANGER)

    def test_a_file_of_another_user_is_not_replaced_where_others_may_write(self):
        path = self.prepared("copy")
        self.assert_refused(path, "backup", self.url, path, "--replace")
        self.assert_refused(path, "copy", self.url, f"json:{path}", "--replace")
        backup = self.directory / "backup"
        self.assertEqual(self.run_roster("backup", self.url, backup).returncode, 0)
        self.assert_refused(path, "restore", backup, f"json:{path}", "--replace")
        path = self.prepared("copy2.sessions")
        self.assert_refused(path, "copy", self.url, f"json:{self.shared}/copy2", "--replace")

    def test_files_of_their_owners_are_replaced(self):
        mine = self.prepared("mine", owner=0)
        self.assertEqual(self.run_roster("backup", self.url, mine, "--replace").returncode, 0)
        os.chown(self.shared, STRANGER, STRANGER)
        theirs = self.prepared("theirs")
        done = self.run_roster("copy", self.url, f"json:{theirs}", "--replace")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(theirs.stat().st_uid, STRANGER)

    def test_a_store_in_a_directory_of_another_user_is_theirs(self):
        home = self.directory / "home"
        home.mkdir()
        os.chown(home, STRANGER, STRANGER)
        self.use_directory(home)
        self.add_user("b@b.com")
        copy = home / "copy.json"
        self.assertEqual(self.run_roster("copy", self.url, f"json:{copy}").returncode, 0)
        for path in home.iterdir():
            self.assertEqual((path.stat().st_uid, path.stat().st_gid), (STRANGER, STRANGER), path)
            self.assertEqual(stat.S_IMODE(path.stat().st_mode) & 0o077, 0, path)

    def test_a_backup_in_a_directory_of_another_user_is_not_theirs(self):
        os.chown(self.shared, STRANGER, STRANGER)
        copy = self.shared / "copy"
        self.assertEqual(self.run_roster("backup", self.url, copy).returncode, 0)
        self.assertEqual(copy.stat().st_uid, 0)

    def test_hard_links_are_not_written_through(self):
        for ending in (*LOGS, ".lock", ".audit.lock"):
            with self.subTest(ending):
                victim = self.directory / f"victim{ending}"
                victim.write_text("precious\n")
                os.chown(victim, STRANGER, STRANGER)
                place = pathlib.Path(f"{self.store_file}{ending}")
                place.unlink(missing_ok=True)
                os.link(victim, place)
                done = self.run_roster(
                    "user", "add", "--store", self.url, "--password-stdin", "x@x.com",
                    stdin="pw12-pw12\n",
                )
                self.assertEqual(done.returncode, 5, done.stderr)
                self.assertIn(str(place), done.stderr)
                self.assertEqual(victim.read_text(), "precious\n")
                self.assertEqual(victim.stat().st_uid, STRANGER)
                place.unlink()

    def test_links_of_another_user_are_not_followed_where_others_may_write(self):
        victim = self.directory / "victim"
        for command in (
            ("export", "--store", self.url, "--output"),
            ("backup", self.url),
        ):
            with self.subTest(command):
                link = self.shared / "link"
                link.symlink_to(victim)
                os.lchown(link, STRANGER, STRANGER)
                done = self.run_roster(*command, link)
                self.assertIn(done.returncode, (1, 5), done.stderr)
                self.assertIn("Permission denied", done.stderr)
                self.assertFalse(victim.exists())
                link.unlink()
                link.symlink_to(victim)
                self.assertEqual(self.run_roster(*command, link).returncode, 0)
                self.assertTrue(victim.exists())
                victim.unlink()
                link.unlink()


class OddFiles(ProgramTest):
    def setUp(self):
        super().setUp()
        self.add_user("a@a.com", "pw12-pw12", "--role", "admin")

    def assert_named(self, path, *command):
        done = subprocess.run(
            [PROGRAM, *command], env=environment(), capture_output=True, text=True, timeout=20,
            check=False, stdin=subprocess.DEVNULL,
        )
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertIn(str(path), done.stderr)
        self.assertIn("regular file", done.stderr)

    def test_what_is_no_file_in_the_place_of_a_log_is_refused(self):
        for ending in LOGS:
            path = pathlib.Path(f"{self.store_file}{ending}")
            for make, remove in ((os.mkfifo, os.unlink), (os.mkdir, os.rmdir)):
                with self.subTest(f"{make.__name__} {ending}"):
                    path.unlink(missing_ok=True)
                    make(path)
                    self.assert_named(path, "serve", "--classic", "127.0.0.1:0", "--store", self.url)
                    self.assert_named(path, "user", "list", "--store", self.url)
                    remove(path)

    def test_what_has_no_end_is_no_audit_log(self):
        fifo = self.directory / "fifo"
        os.mkfifo(fifo)
        for path in (fifo, "/dev/zero"):
            done = self.run_roster("audit", "verify", path)
            self.assert_fails(done, 1, str(path), "not a regular file")


if __name__ == "__main__":
    unittest.main()
