"""F18: a second server for a store that is served."""

import signal
import time
import unittest

from faults import FULL, PASSWORD, FaultTest, report
from roster_process import STORE_KIND


class SecondServer(FaultTest):
    """F18"""

    def setUp(self):
        super().setUp()
        self.add_admin()
        self.server = self.serve()

    def assert_refused(self, *arguments):
        before = self.store_file.read_bytes()
        begin = time.monotonic()
        done = self.run_roster(*arguments)
        seconds = time.monotonic() - begin
        self.assert_fails(done, 5, str(self.store_file), str(self.server.pid))
        self.assertEqual(self.store_file.read_bytes(), before)
        if FULL:
            self.assertLess(seconds, 1)
        self.assertEqual(self.sign_up(self.server, f"after-{len(self.users(self.server))}"), 201)
        # Stop it, so that the file does not change before the next attempt.
        self.assertEqual(self.server.stop(), 0, self.server.log())
        self.check_stored("after a stop")
        self.assert_kept()
        report("F18", f"a second server ended with 5 in {seconds:.3f} s")

    def serve_another(self, path):
        self.assert_refused("serve", "--classic", "127.0.0.1:0", "--store", f"{STORE_KIND}:{path}")

    def test_by_the_same_name(self):
        self.serve_another(self.store_file)

    def test_by_a_relative_name(self):
        self.serve_another(self.store_file.name)

    def test_through_a_link_to_the_file(self):
        link = self.directory / "link.json"
        link.symlink_to(self.store_file)
        self.serve_another(link)
        self.assertTrue(link.is_symlink())

    def test_through_a_link_to_the_directory(self):
        link = self.directory / "elsewhere"
        link.symlink_to(self.directory, target_is_directory=True)
        self.serve_another(link / self.store_file.name)

    def add_by_command(self):
        return self.run_roster(
            "user", "add", "--store", self.url, "--password-stdin", "other@load.test",
            stdin=PASSWORD + "\n",
        )

    def test_another_command_asks_the_server(self):
        done = self.add_by_command()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("other@load.test", str(self.users(self.server)))

    def test_without_the_socket_another_command_is_refused(self):
        self.assertEqual(self.server.stop(), 0, self.server.log())
        self.server = self.serve("--admin-socket", "off")
        before = self.store_file.read_bytes()
        self.assert_fails(self.add_by_command(), 5, str(self.store_file))
        self.assertEqual(self.store_file.read_bytes(), before)

    def test_the_lock_of_a_killed_server_is_free(self):
        self.server.stop(signal.SIGKILL)
        self.server = self.serve()
        self.serve_another(self.store_file)


class FirstServerIsALink(FaultTest):
    """F18, the other way round: the first server was started with the link."""

    def test_is_one_store(self):
        self.add_admin()
        link = self.directory / "link.json"
        link.symlink_to(self.store_file)
        server = self.start("--store", f"{STORE_KIND}:{link}")
        done = self.run_roster("serve", "--classic", "127.0.0.1:0", "--store", self.url)
        self.assert_fails(done, 5, str(self.store_file))
        self.assertEqual(self.sign_up(server, "still"), 201)
        self.assertEqual(server.stop(), 0, server.log())
        self.assertTrue(link.is_symlink())
        self.check_stored("through a link")
        self.assert_kept()


if __name__ == "__main__":
    unittest.main()
