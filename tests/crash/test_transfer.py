"""A copy or restore that is killed, or has no space, leaves the old store or the new one.

ROSTER_STORE_KIND is the kind of the target.
"""

import json
import pathlib
import shutil
import signal
import subprocess
import time
import unittest

from faults import UNDER_STRACE, FaultTest, report, rounds
from mounts import Mounted, enter_own_namespace
from roster_process import PROGRAM, STORE_KIND, STORE_NAMES, environment

USERS = 4000


class TransferTest(FaultTest):
    """The old store has two users, one of them only in its journal or log; the new one, which is
    to replace it, has many."""

    def setUp(self):
        super().setUp()
        self.source = f"json:{self.directory}/source.json"
        lines = [
            json.dumps({"id": number, "email": f"new-{number}-{'x' * 150}@t.test", "role": "admin"})
            for number in range(1, USERS + 1)
        ]
        self.import_users(self.source, lines)
        done = self.run_roster("backup", self.source, "backup")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.new = (USERS, f"new-1-{'x' * 150}@t.test")

    def import_users(self, url, lines):
        done = self.run_roster("import", "-", "--store", url, stdin="\n".join(lines) + "\n")
        self.assertEqual(done.returncode, 0, done.stderr)

    def make_old(self):
        """A killed server leaves the last change in the journal, or in the log."""
        for path in self.store_file.parent.glob(f"{self.store_file.name}*"):
            path.unlink()
        self.import_users(self.url, ['{"email": "old-1@t.test", "role": "admin"}'])
        with self.serve() as server:
            self.assertEqual(self.sign_up(server, "old-2"), 201)
            server.kill()
        self.old = (2, "old-1@t.test")

    def found(self):
        """The number of users, and the e-mail of the first."""
        done = self.run_roster("export", "--store", self.url)
        self.assertEqual(done.returncode, 0, done.stderr)
        users = [json.loads(line) for line in done.stdout.splitlines()]
        return len(users), users[0]["email"]

    def transfers(self):
        return (
            ("copy", self.source, self.url, "--replace"),
            ("restore", "backup", self.url, "--replace"),
        )

    def assert_no_litter(self):
        litter = [name for name in self.litter() if ".before-restore-" not in name]
        self.assertEqual(litter, [])


class Kill(TransferTest):
    def test_leaves_one_store_or_the_other(self):
        """F1"""
        outcomes = {"old": 0, "new": 0}
        for arguments in self.transfers():
            self.make_old()
            begin = time.monotonic()
            done = self.run_roster(*arguments)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(self.found(), self.new)
            seconds = time.monotonic() - begin
            for _ in range(rounds(short=8, full=100)):
                self.make_old()
                self.kill(arguments, self.choices.uniform(0, seconds))
                self.count(outcomes)
        report("F1", f"copy and restore killed: {outcomes['old']} times the old store was found, "
                     f"{outcomes['new']} times the new one, never a mixture")

    def test_at_every_step_of_putting_it_in_place(self):
        """Few and quick steps: killed before each of them in turn."""
        if not shutil.which("strace"):
            self.skipTest("needs strace")
        outcomes = {"old": 0, "new": 0}
        for arguments in self.transfers():
            for call in ("rename,renameat,renameat2", "unlink,unlinkat", "link,linkat"):
                number = 0
                while True:
                    number += 1
                    self.make_old()
                    if not self.kill_at(arguments, call, number):
                        break
                    self.count(outcomes)
        report("F1", f"copy and restore killed at every rename, link and unlink: "
                     f"{outcomes['old']} times the old store, {outcomes['new']} times the new one")

    def kill(self, arguments, seconds):
        with subprocess.Popen(
            [PROGRAM, *arguments], cwd=self.directory, env=environment(),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        ) as process:
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                process.kill()

    def kill_at(self, arguments, call, number):
        """False if there is no such call."""
        done = subprocess.run(
            ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}",
             "-e", f"inject={call}:signal=SIGKILL:when={number}", PROGRAM, *arguments],
            cwd=self.directory, env=environment(UNDER_STRACE), capture_output=True, text=True,
            check=False,
        )
        if done.returncode == 1 and "strace:" in done.stderr:
            self.skipTest(f"strace cannot: {done.stderr}")
        if done.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL):
            return True
        self.assertEqual(done.returncode, 0, done.stderr)
        return False

    def open_to_write(self):
        """Whatever opens the store to write finishes or removes what was left."""
        done = self.run_roster("user", "set", "1", "--role", "admin", "--store", self.url)
        self.assertEqual(done.returncode, 0, done.stderr)

    def count(self, outcomes):
        self.open_to_write()
        found = self.found()
        self.assertIn(found, (self.old, self.new))
        outcomes["new" if found == self.new else "old"] += 1
        self.assert_no_litter()


class Full(TransferTest):
    def test_leaves_the_store(self):
        """F6"""
        enter_own_namespace()
        # Space for the old store, but not for the new one beside it.
        disk = Mounted(self.directory / "disk", "-t", "tmpfs", "-o", "size=1m", "none")
        self.addCleanup(disk.__exit__)
        disk.mount()
        self.store_file = pathlib.Path(disk.point) / STORE_NAMES[STORE_KIND]
        self.url = f"{STORE_KIND}:{self.store_file}"
        self.make_old()
        for arguments in self.transfers():
            done = self.run_roster(*arguments)
            self.assert_fails(done, 5, "cannot be written")
            self.assert_no_litter()
        done = self.run_roster("backup", self.source, disk.point / "backup")
        self.assert_fails(done, 5, "cannot be written")
        self.assertEqual([path.name for path in disk.point.glob("backup*")], [])
        self.assertEqual(self.found(), self.old)
        report("F6", "no space for a copy, a restore or a backup: the store is as it was")


if __name__ == "__main__":
    unittest.main()
