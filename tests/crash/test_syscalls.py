"""F8 and F10: the system refuses to make something durable, or to rename it. Need strace."""

import functools
import re
import shutil
import subprocess
import tempfile
import time
import unittest

# First, because it extends the import path.
from faults import CHEAP, UNDER_STRACE, UsersFileReader, Clients, FaultTest, report, rounds
from documented_client import DocumentedClient
from roster_process import TIMEOUT_SECONDS, RosterServer

SYNCS = "?fsync,?fdatasync"
RENAMES = "?rename,?renameat,?renameat2"


@functools.cache
def why_not():
    """Why tracing is impossible here; empty if it is possible."""
    if not shutil.which("strace"):
        return "needs strace"
    with tempfile.NamedTemporaryFile() as log:
        done = subprocess.run(
            ["strace", "-D", "-f", "-o", log.name, "-e", f"inject={SYNCS}:error=EIO", "true"],
            capture_output=True,
            text=True,
            check=False,
        )
    return "" if done.returncode == 0 else f"may not trace here: {done.stderr.strip()}"


class FailingCalls(FaultTest):
    def setUp(self):
        super().setUp()
        if why_not():
            self.skipTest(why_not())
        self.trace = self.directory / "trace"
        self.add_admin()

    def serve_failing(self, calls, error, when):
        """A server of which calls of this kind fail; each of its threads counts its own."""
        wrapper = [
            *("strace", "-D", "-f", "-qq", "-y", "-o", str(self.trace)),
            *("-e", f"trace={calls}", "-e", f"inject={calls}:error={error}:when={when}"),
        ]
        return RosterServer(
            "--store", self.url, *CHEAP, wrapper=wrapper, variables=UNDER_STRACE
        )

    def injected(self):
        return self.trace.read_text().count("(INJECTED)") if self.trace.exists() else 0

    def wait_for_injected(self):
        """Until a call failed."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while not self.injected():
            self.assertLess(time.monotonic(), deadline, "no call failed")
            time.sleep(0.02)

    def assert_nothing_lost(self, when):
        server = self.serve()
        self.check(server, when)
        self.assertEqual(self.sign_up(server, f"{when}-and-goes-on".replace(" ", "-")), 201)
        self.assertEqual(server.stop(), 0, server.log())
        self.check_stored(when)
        self.assert_kept()
        self.assertEqual(self.litter(), [])


class FailingSync(FailingCalls):
    """F8"""

    def test_is_final(self):
        self.ledger.refused_may_have_happened = True
        runs = 0
        for number in range(1, rounds(short=5, full=25) + 1):
            with self.subTest(sync=number):
                runs += self.fail_sync(number)
        self.assertGreater(runs, 0, "no sync of a running server failed")
        report(
            "F8",
            f"one sync failed in {runs} servers, {self.ledger.acknowledged} acknowledged writes, "
            f"0 lost, {self.ledger.refused} refused",
        )

    def fail_sync(self, number):
        try:
            server = self.serve_failing(SYNCS, "EIO", when=number)
        except AssertionError as error:
            # A sync of its start failed: then it does not serve, and says so.
            self.assertIn("roster: ", str(error))
            self.assert_nothing_lost(f"start {number}")
            return 0
        with server, UsersFileReader(self.store_file) as reader:
            with Clients(server, self.ledger, f"sync {number}") as clients:
                refused = self.ledger.refused
                # Enough for every client to be refused at least once.
                self.ledger.wait_for(lambda ledger: ledger.refused > refused + 20, "refusals")
            self.assertEqual(clients.cut_off, [])
            self.assertGreater(self.injected(), 0)
            for again in range(3):
                self.assertEqual(self.sign_up(server, f"refused-{number}-{again}"), 503)
            self.check(server, f"after failed sync {number}")
            with DocumentedClient(server.port) as client:
                status = client.ask("HEAD").headers["Roster-Status"]
            self.assertEqual(status, "read-only")
            self.assertEqual(server.stop(), 0, server.log())
        self.assert_kept(reader)
        self.assert_no_retry()
        self.assert_nothing_lost(f"restart {number}")
        return 1

    def assert_no_retry(self):
        """No thread syncs a file again after a sync of it failed, except the audit log."""
        failed = set()
        for line in self.trace.read_text().splitlines():
            call = re.match(r"(\d+) +f(?:data)?sync\((\d+<[^>]*>)", line)
            if call and ".audit>" not in call[2]:
                self.assertNotIn(call.groups(), failed, line)
                if "(INJECTED)" in line:
                    failed.add(call.groups())


class FailingRename(FailingCalls):
    """F10"""

    def test_of_one_and_of_all(self):
        runs = 0
        for when in ("1", "2", "3", "1+", "2+", "1+2")[: rounds(short=4, full=6)]:
            for error in ("EIO", "ENOSPC", "EACCES")[: rounds(short=1, full=3)]:
                with self.subTest(when=when, error=error):
                    self.fail_rename(error, when)
                    runs += 1
        report(
            "F10",
            f"renames failed in {runs} servers, {self.ledger.acknowledged} acknowledged writes, "
            f"0 lost, {self.ledger.refused} refused",
        )

    def fail_rename(self, error, when):
        before = self.store_file.read_bytes()
        server = self.serve_failing(RENAMES, error, when)
        with server, UsersFileReader(self.store_file) as reader:
            with Clients(server, self.ledger, f"rename {error} {when}") as clients:
                self.wait_for_injected()
                heard = self.ledger.acknowledged + self.ledger.refused + 20
                self.ledger.wait_for(
                    lambda ledger: ledger.acknowledged + ledger.refused >= heard, "answers"
                )
            self.assertEqual(clients.cut_off, [])
            self.check(server, f"rename {error} {when}")
            if when == "1+":
                self.assertEqual(self.store_file.read_bytes(), before)
            self.assertEqual(server.stop(), 0, server.log())
            self.assertEqual(self.litter(), [])
        self.assert_kept(reader)
        self.assert_nothing_lost(f"rename {error} {when}")


if __name__ == "__main__":
    unittest.main()
