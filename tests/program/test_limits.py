"""A start that takes long or that the system does not give enough to."""

import json
import os
import re
import resource
import select
import shutil
import signal
import subprocess
import unittest

from roster_process import (
    PROGRAM, SANITIZED, TIMEOUT_SECONDS, ProgramTest, RosterServer, environment, json_only,
)

# A user who runs nothing else: the number of threads is one of the machine.
NOBODY = 54321


class StartTest(ProgramTest):
    def start_process(self, *arguments, program=PROGRAM, **options):
        """A server that need not become ready."""
        log = open(self.directory / "log", "wb")
        self.addCleanup(log.close)
        process = subprocess.Popen(
            [program, "serve", "--classic", "127.0.0.1:0", "--store", self.url, *arguments],
            env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
            **options,
        )
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.addCleanup(process.stdout.close)
        return process

    def log(self):
        return (self.directory / "log").read_text()

    def write_original(self, users):
        people = [
            {"id": i, "email": f"u{i}@x.com", "password": f"pw-{i}-pw"} for i in range(1, users + 1)
        ]
        self.store_file.write_text(json.dumps({"users": people}))


@json_only
class StoppedWhileItStarts(StartTest):
    def test_a_signal_ends_the_hashing_and_what_is_hashed_is_kept(self):
        self.write_original(2000)
        process = self.start_process()
        while "hashed 200 of 2000" not in self.log():
            self.assertIsNone(process.poll(), self.log())
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(TIMEOUT_SECONDS), 0, self.log())
        self.assertEqual(process.stdout.read(), b"")
        users = json.loads(self.store_file.read_text())["users"]
        plain = [user for user in users if not user["password"].startswith("$argon2id$")]
        self.assertEqual(len(users), 2000)
        self.assertLess(len(plain), 1801)
        self.assertGreater(len(plain), 0)
        self.assertEqual({user["password"] for user in plain} - {f"pw-{i}-pw" for i in range(2001)},
                         set())
        self.assertEqual([user["id"] for user in users if user["role"] == "admin"], [1])
        again = self.start_process()
        while "plain passwords" not in self.log():
            self.assertIsNone(again.poll(), self.log())
        self.assertEqual(int(re.search(r"hashing (\d+) plain", self.log())[1]), len(plain))
        again.send_signal(signal.SIGTERM)
        self.assertEqual(again.wait(TIMEOUT_SECONDS), 0, self.log())


@unittest.skipIf(SANITIZED, "a sanitizer needs more memory and threads than the limits")
class UnderALimit(StartTest):
    def end_of(self, *limits):
        """The exit code of a start under these limits, and its last line; None if it is ready."""
        def limit():
            for what, value in limits:
                resource.setrlimit(what, (value, value))
            # The number of threads is not limited for root.
            if os.geteuid() == 0:
                os.setgid(NOBODY)
                os.setuid(NOBODY)

        program = PROGRAM
        if os.geteuid() == 0:
            # The other user may not reach root's directories.
            program = shutil.copy(PROGRAM, self.directory)
            for path in (self.directory, *self.directory.iterdir()):
                os.chown(path, NOBODY, NOBODY)
        process = self.start_process("--http", "off", program=program, preexec_fn=limit)
        # A line, or the end.
        self.assertTrue(select.select([process.stdout], [], [], TIMEOUT_SECONDS)[0], "it hangs")
        if process.stdout.readline().startswith(b"ready"):
            process.terminate()
            self.assertEqual(process.wait(TIMEOUT_SECONDS), 0, self.log())
            return None, ""
        return process.wait(TIMEOUT_SECONDS), self.log().splitlines()[-1]

    def assert_clear(self, code, line):
        self.assertEqual(code, 1, line)
        self.assertRegex(line, "^roster: .*(memory|threads)")
        self.assertNotIn("correct the file", line)

    @unittest.skipUnless(os.geteuid() == 0, "needs root, to run as another user")
    def test_too_few_threads(self):
        self.add_user("a@a.com", "pw12-pw12", "--role", "admin")
        for threads in (1, 4, 12):
            with self.subTest(threads=threads):
                self.assert_clear(*self.end_of((resource.RLIMIT_NPROC, threads)))

    @json_only
    def test_too_little_memory(self):
        outcomes = []
        for mebibytes in (100, 150, 200, 250, 300, 400):
            with self.subTest(mebibytes=mebibytes):
                self.write_original(20)
                (self.directory / "users.json.base").unlink(missing_ok=True)
                code, line = self.end_of((resource.RLIMIT_AS, mebibytes << 20))
                outcomes.append(code)
                if code is not None:
                    self.assert_clear(code, line)
        self.assertIn(1, outcomes)


if __name__ == "__main__":
    unittest.main()
