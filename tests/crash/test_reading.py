"""Commands that read keep no server from starting, and need nothing to be written."""

import fcntl
import json
import os
import signal
import subprocess
import threading
import unittest

import mounts
from faults import FaultTest
from roster_process import PROGRAM, STORE_KIND, environment, json_only

HASH = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$" + "A" * 43


class Reading(FaultTest):
    def import_users(self, count):
        lines = (
            json.dumps({"email": f"u{i}@load.test", "password_hash": HASH}) for i in range(count)
        )
        done = self.run_roster("import", "-", "--store", self.url, stdin="\n".join(lines) + "\n")
        self.assertEqual(done.returncode, 0, done.stderr)

    def suspended(self, *arguments):
        """A command that is stopped while it has the store open, or has ended too fast for that."""
        store = os.path.realpath(self.store_file)
        for _ in range(5):
            command = subprocess.Popen(
                [PROGRAM, *arguments], cwd=self.directory, env=environment(),
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            )
            self.addCleanup(command.wait)
            self.addCleanup(command.kill)
            self.addCleanup(command.stdout.close)
            while command.poll() is None:
                if any(path.startswith(store) for path in self.open_files(command.pid)):
                    command.send_signal(signal.SIGSTOP)
                    is_open = any(path.startswith(store) for path in self.open_files(command.pid))
                    if is_open and not self.keeps_others_out(command.pid):
                        return command
                    command.send_signal(signal.SIGCONT)
        return command

    @staticmethod
    def open_files(pid):
        try:
            names = os.listdir(f"/proc/{pid}/fd")
            return [os.readlink(f"/proc/{pid}/fd/{name}") for name in names]
        except FileNotFoundError:
            return []

    @staticmethod
    def keeps_others_out(pid):
        """While SQLite recovers its log for the first one to open the store, others have to wait."""
        with open("/proc/locks", encoding="ascii") as locks:
            return any(f" WRITE {pid} " in line for line in locks)

    def start_beside(self, *arguments):
        command = self.suspended(*arguments)
        server = self.serve()
        account = f"beside-{arguments[0]}"
        self.assertEqual(self.sign_up(server, account), 201)
        if command.returncode is None:
            command.send_signal(signal.SIGCONT)
        text = command.communicate(timeout=60)[0]
        self.assertEqual(command.returncode, 0, text)
        self.assertEqual(server.stop(), 0, server.log())
        self.assertIn(f"{account}@load.test", str(self.stored_users()))

    def test_a_server_starts_beside_them(self):
        self.add_admin()
        self.import_users(3000)
        self.start_beside("check", self.url)
        self.start_beside("backup", self.url, self.directory / "copy", "--replace")

    def test_a_server_starts_beside_them_after_a_kill(self):
        self.add_admin()
        self.import_users(3000)
        for name, command in {"check": (), "backup": (self.directory / "copy", "--replace")}.items():
            server = self.serve()
            self.assertEqual(self.sign_up(server, f"before-{name}"), 201)
            server.stop(signal.SIGKILL)
            self.start_beside(name, self.url, *command)

    def test_a_start_waits_for_a_lock_that_is_held_for_a_moment(self):
        self.add_admin()
        with open(f"{self.store_file}.lock", "rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            release = threading.Timer(0.2, fcntl.flock, (lock, fcntl.LOCK_UN))
            release.start()
            self.assertEqual(self.serve().stop(), 0)
            release.join()

    def read_all(self):
        copy = self.directory / "copy"
        for command in (
            ("check", self.url),
            ("user", "list", "--store", self.url),
            ("user", "show", "--store", self.url, "u1@load.test"),
            ("export", "--store", self.url),
            ("backup", self.url, copy, "--replace"),
            ("audit", "verify", f"{self.store_file}.audit"),
        ):
            done = self.run_roster(*command)
            self.assertEqual(done.returncode, 0, f"{command}: {done.stdout}{done.stderr}")
        done = self.run_roster("user", "list", "--store", f"{STORE_KIND}:{copy}")
        self.assertIn("u1@load.test", done.stdout)

    def test_a_file_system_that_cannot_be_written_can_be_read(self):
        mounts.enter_own_namespace()
        disk = mounts.Mounted(self.directory / "disk", "-t", "tmpfs", "none")
        with disk:
            self.use_directory(disk.point)
            self.add_admin()
            self.import_users(2)
            mounts.run("mount", "-o", "remount,ro", disk.point)
            self.read_all()
            mounts.run("mount", "-o", "remount,rw", disk.point)
            server = self.serve()
            self.assertEqual(self.sign_up(server, "killed"), 201)
            server.stop(signal.SIGKILL)
            mounts.run("mount", "-o", "remount,ro", disk.point)
            self.read_all()

    @json_only
    def test_a_backup_without_a_server_has_what_a_person_wrote(self):
        self.add_admin()
        text = self.store_file.read_text().replace("\t]\n", "\t\t,{\"email\": \"e@x.x\", "
                                                             "\"password\": \"plain-pw\"}\n\t]\n")
        self.store_file.write_text(text)
        copy = self.directory / "copy"
        self.assertEqual(self.run_roster("backup", self.url, copy).returncode, 0)
        self.assertIn("e@x.x", copy.read_text())
        self.assertEqual(self.store_file.read_text(), text)


if __name__ == "__main__":
    unittest.main()
