"""F2: a power cut while a server writes. Needs root, loop devices, and ext4."""

import time
import unittest

from faults import UsersFileReader, Clients, FaultTest, report, rounds
from mounts import Ext4Disk, enter_own_namespace


class PowerCut(FaultTest):
    def test_loses_nothing(self):
        """F2"""
        enter_own_namespace()
        disk = Ext4Disk(self.directory / "disk.img", self.directory / "disk")
        self.addCleanup(disk.__exit__)
        disk.mount()
        self.use_directory(disk.point)
        self.add_admin()
        count = rounds(short=3, full=100)
        for number in range(count):
            self.cut(disk, number)
        server = self.serve()
        self.check(server, "at the end")
        self.assertEqual(server.stop(), 0, server.log())
        self.check_stored("at the end")
        self.assert_kept()
        self.assertEqual(self.litter(), [])
        report("F2", f"{count} power cuts, {self.ledger.acknowledged} acknowledged writes, 0 lost")

    def cut(self, disk, number):
        server = self.serve()
        self.check(server, f"start {number}")
        with UsersFileReader(self.store_file) as reader, Clients(server, self.ledger, f"round {number}"):
            self.ledger.wait_for_acknowledged(self.choices.randrange(1, 30))
            time.sleep(self.choices.uniform(0, 0.02))
            self.ledger.power_is_cut = True
            disk.cut_power()
            server.kill()
        self.assert_kept(reader)
        disk.unmount()
        disk.mount()
        self.ledger.power_is_cut = False
        # Before a server could repair it.
        self.stored_users()


if __name__ == "__main__":
    unittest.main()
