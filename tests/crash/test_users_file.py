"""The users file as people and systems treat it: attributes, edits in place, a mount of its own."""

import json
import os
import signal
import stat
import struct
import time
import unittest

import mounts
from faults import PASSWORD, FaultTest
from roster_process import TIMEOUT_SECONDS, exchange

ACL = "system.posix_acl_access"
EVERYBODY = 0xFFFFFFFF
USER_OBJ, USER, GROUP_OBJ, MASK, OTHER = 0x01, 0x02, 0x04, 0x10, 0x20
READ, WRITE = 4, 2


def list_of(*entries):
    """An access control list as the kernel has it: version 2, then tag, rights and id."""
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


class UsersFile(FaultTest):
    def setUp(self):
        super().setUp()
        self.add_admin()

    def write_again(self):
        """Has a server write the file."""
        server = self.serve()
        self.assertEqual(self.sign_up(server, "written"), 201)
        self.assertEqual(server.stop(), 0, server.log())
        self.assertIn("written@load.test", self.store_file.read_text())

    def set_attribute(self, name, value):
        try:
            os.setxattr(self.store_file, name, value)
        except OSError as error:
            self.skipTest(f"this file system has no {name}: {error}")

    def test_its_attributes_are_kept(self):
        self.set_attribute("user.note", b"from backup 7")
        self.write_again()
        self.assertEqual(os.getxattr(self.store_file, "user.note"), b"from backup 7")

    def test_its_access_control_list_is_kept(self):
        # One user may read it, and the group may not; its mode seems to say that the group may.
        entries = list_of(
            (USER_OBJ, READ | WRITE, EVERYBODY), (USER, READ, 12345), (GROUP_OBJ, 0, EVERYBODY),
            (MASK, READ, EVERYBODY), (OTHER, 0, EVERYBODY),
        )
        self.set_attribute(ACL, entries)
        self.write_again()
        self.assertEqual(os.getxattr(self.store_file, ACL), entries)
        self.assertEqual(stat.S_IMODE(self.store_file.stat().st_mode), 0o640)

    def test_a_list_of_the_directory_gives_no_rights(self):
        entries = list_of(
            (USER_OBJ, 7, EVERYBODY), (USER, 7, 12345), (GROUP_OBJ, 0, EVERYBODY),
            (MASK, 7, EVERYBODY), (OTHER, 0, EVERYBODY),
        )
        self.store_file.chmod(0o640)
        try:
            os.setxattr(self.directory, "system.posix_acl_default", entries)
        except OSError as error:
            self.skipTest(f"this file system has no lists: {error}")
        self.write_again()
        self.assertNotIn(ACL, os.listxattr(self.store_file))

    def test_an_edit_that_keeps_size_and_time_is_taken_over(self):
        server = self.serve()
        self.assertEqual(self.sign_up(server, "anna"), 201)
        self.wait_until_written("anna@load.test")
        before = self.store_file.stat()
        text = self.store_file.read_text()
        with open(self.store_file, "r+", encoding="utf-8") as file:
            file.write(text.replace("anna@load.test", "ANNE@load.test"))
        os.utime(self.store_file, ns=(before.st_atime_ns, before.st_mtime_ns))
        self.assertEqual(self.store_file.stat().st_size, before.st_size)
        server.wait_for_log("was edited")
        self.assertIn("ANNE@load.test", str(self.users(server)))

    def test_a_file_whose_text_is_the_same_is_not_edited(self):
        server = self.serve("--log-level", "debug")
        self.assertEqual(self.sign_up(server, "anna"), 201)
        self.wait_until_written("anna@load.test")
        self.store_file.chmod(0o400)
        os.utime(self.store_file)
        self.assertEqual(self.sign_up(server, "ben"), 201)
        self.wait_until_written("ben@load.test")
        self.assertNotIn("was edited", server.log())

    def wait_until_written(self, text):
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while text not in self.store_file.read_text():
            self.assertLess(time.monotonic(), deadline, f"{text} is not in the users file")
            os.sched_yield()

    def edit(self, change):
        """Saves the file with the users that `change` returns."""
        document = json.loads(self.store_file.read_text())
        document["users"] = change(document["users"])
        self.store_file.write_text(json.dumps(document))

    def test_users_whom_an_edit_removed_come_back_as_the_log_says(self):
        server = self.serve()
        self.assertEqual(self.sign_up(server, "anna"), 201)
        self.wait_until_written("anna@load.test")
        anna = json.loads(self.store_file.read_text())["users"].pop()
        self.assertEqual(anna["email"], "anna@load.test")
        self.edit(lambda users: users[:-1])
        server.wait_for_log("erased 1 of them: anna@load.test. To get them back, copy")
        self.assertNotIn("anna@load.test", str(self.users(server)))
        del anna["id"], anna["revision"]
        self.edit(lambda users: [*users, anna])
        while "anna@load.test" not in str(self.users(server)):
            self.assertIsNone(server.process.poll())
        with server.connect() as connection:
            status, _ = exchange(connection, "POST", f"user:anna@load.test,{PASSWORD},login")
        self.assertEqual(status, 200)

    def mount_file(self):
        """Mounts a users file by itself, as a container has it."""
        mounts.enter_own_namespace()
        outside = self.directory / "outside.json"
        inside = self.directory / "inside"
        inside.mkdir()
        self.use_directory(inside)
        self.store_file.write_text("")
        mounts.require("mount", "--bind", outside, self.store_file)
        self.addCleanup(mounts.run, "umount", "--lazy", self.store_file)
        return outside

    def test_an_original_file_that_is_mounted_by_itself_is_written_in_place(self):
        outside = self.directory / "outside.json"
        outside.write_text('{"users":[{"id":1,"email":"a@a.com","password":"pw12-pw12"}]}')
        self.mount_file()
        server = self.serve()
        self.assertIn("mounted by itself", server.log())
        self.assertEqual(self.sign_up(server, "anna"), 201)
        self.wait_until_written("anna@load.test")
        server.stop(signal.SIGKILL)
        # Of the container only what is mounted is left.
        for path in self.store_file.parent.iterdir():
            if path != self.store_file:
                path.unlink()
        server = self.serve()
        self.assertEqual(server.stop(), 0, server.log())
        emails = [user["email"] for user in json.loads(outside.read_text())["users"]]
        self.assertEqual(emails, ["a@a.com", "anna@load.test"])
        self.assertIn("mounted by itself", self.run_roster("check", self.url).stdout)


if __name__ == "__main__":
    unittest.main()
