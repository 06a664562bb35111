"""F6 and F14: a disk that is full or cannot be written for a while. Need root."""

import fcntl
import os
import statistics
import struct
import time
import unittest

from faults import FULL, UsersFileReader, Clients, FaultTest, report, rounds
from mounts import Ext4Disk, Mounted, enter_own_namespace, run
from roster_process import TIMEOUT_SECONDS

FS_IOC_GETFLAGS = 0x80086601
FS_IOC_SETFLAGS = 0x40086602
IMMUTABLE = 0x10


class DiskTest(FaultTest):
    def use_disk(self, disk):
        self.addCleanup(disk.__exit__)
        disk.mount()
        self.use_directory(disk.point)
        self.add_admin()

    def assert_refused_and_back(self, break_it, repair_it, seconds):
        """Under load: writes are refused while it is broken, reads are not; then writes resume."""
        server = self.serve()
        with UsersFileReader(self.store_file) as reader, Clients(server, self.ledger, "load") as clients:
            self.ledger.wait_for_acknowledged(8)
            break_it()
            try:
                times = self.outlast(server, seconds)
            finally:
                repair_it()
            self.wait_until_written_again(server)
            self.ledger.wait_for_acknowledged(8)
        self.assertEqual(clients.cut_off, [])
        self.check(server, "with space again")
        self.assertEqual(server.stop(), 0, server.log())
        self.check_stored("after a stop")
        self.check(self.serve(), "after a start")
        self.assert_kept(reader)
        self.assertEqual(self.litter(), [])
        return times

    def outlast(self, server, seconds):
        """Returns how long refusals took."""
        refused = self.ledger.refused
        self.ledger.wait_for(lambda ledger: ledger.refused > refused, "refused write")
        end = time.monotonic() + seconds
        number = 0
        times = []
        while time.monotonic() < end or len(times) < 3:
            begin = time.monotonic()
            status = self.sign_up(server, f"refused-{number}")
            number += 1
            self.assertLess(time.monotonic(), end + TIMEOUT_SECONDS, "too few writes are refused")
            if status == 201:
                self.found_space()
                continue
            self.assertEqual(status, 503)
            times.append(time.monotonic() - begin)
            self.users(server)
        return times

    def found_space(self):
        self.fail("acknowledged, though nothing can be written")

    def wait_until_written_again(self, server):
        deadline = time.monotonic() + TIMEOUT_SECONDS
        number = 0
        while True:
            number += 1
            if self.sign_up(server, f"again-{number}") == 201:
                return
            self.assertLess(time.monotonic(), deadline, server.log())
            time.sleep(0.05)

    def assert_prompt(self, fault, times, text):
        if FULL:
            self.assertLess(statistics.median(times), 1)
        report(
            fault,
            f"{text}, {self.ledger.acknowledged} acknowledged writes, 0 lost, "
            f"{self.ledger.refused} refused, the median in {statistics.median(times):.3f} s",
        )


class FullDisk(DiskTest):
    def test_refuses_writes_until_there_is_space(self):
        """F6"""
        enter_own_namespace()
        # A write-ahead log takes four MiB before it is copied into its database, and the audit log
        # records every refusal once there is space.
        self.use_disk(Mounted(self.directory / "disk", "-t", "tmpfs", "-o", "size=16m", "none"))
        seconds = rounds(short=1, full=5)
        times = self.assert_refused_and_back(self.fill, self.free, seconds)
        self.assert_prompt("F6", times, f"disk full for {seconds} s")

    def found_space(self):
        """In the last block of a truncated file, or after a snapshot was given up."""
        self.fill()

    def filler(self):
        return self.directory / "disk" / "filler"

    def fill(self):
        with open(self.filler(), "ab", buffering=0) as file:
            while True:
                try:
                    file.write(bytes(4096))
                except OSError:
                    return

    def free(self):
        self.filler().unlink()


class ReadOnly(DiskTest):
    """F14. A mount cannot become read-only while a file on it is open for writing, as a server's
    lock and journal are. So the files and their directory become immutable."""

    def test_a_start_on_a_read_only_mount(self):
        enter_own_namespace()
        real = self.directory / "real"
        real.mkdir()
        disk = Mounted(self.directory / "disk", "--bind", real)
        self.use_disk(disk)
        run("mount", "-o", "remount,bind,ro", disk.point)
        before = self.store_file.read_bytes()
        done = self.run_roster("serve", "--classic", "127.0.0.1:0", "--store", self.url)
        self.assert_fails(done, 5, str(self.store_file))
        self.assertEqual(self.store_file.read_bytes(), before)
        run("mount", "-o", "remount,bind,rw", disk.point)
        with self.serve() as server:
            self.assertEqual(self.sign_up(server, "afterwards"), 201)
            self.check(server, "afterwards")
        self.assert_kept()

    def test_files_that_become_immutable(self):
        enter_own_namespace()
        self.use_disk(Ext4Disk(self.directory / "disk.img", self.directory / "disk"))
        self.addCleanup(self.set_immutable, False)
        times = self.assert_refused_and_back(
            lambda: self.set_immutable(True),
            lambda: self.set_immutable(False),
            rounds(short=1, full=5),
        )
        self.assert_prompt("F14", times, "files and directory immutable")

    def set_immutable(self, on):
        """The directory becomes immutable first and writable last, so that no file is added,
        replaced or removed meanwhile. Not a database's shared memory: the kernel answers a write
        to that with SIGBUS (docs/SQLITE.md); and not the socket, which cannot be opened."""
        if on:
            set_flag(self.store_file.parent, True)
        for path in sorted(self.store_file.parent.glob(f"{self.store_file.name}*")):
            if not path.name.endswith(("-shm", ".sock")):
                set_flag(path, on)
        if not on:
            set_flag(self.store_file.parent, False)


def set_flag(path, on):
    descriptor = os.open(path, os.O_RDONLY)
    try:
        # The kernel reads and writes an int, whatever the number of the call says.
        value = bytearray(struct.pack("l", 0))
        fcntl.ioctl(descriptor, FS_IOC_GETFLAGS, value)
        flags = struct.unpack_from("i", value)[0]
        flags = flags | IMMUTABLE if on else flags & ~IMMUTABLE
        fcntl.ioctl(descriptor, FS_IOC_SETFLAGS, struct.pack("l", flags))
    finally:
        os.close(descriptor)


if __name__ == "__main__":
    unittest.main()
