"""Reads into another device's memory, proven by the addresses that the controllers transferred to."""

import re

from scan_case import BLOCK, ScanCase


class PeerReads(ScanCase):
    def memory_of(self, serial):
        """[begin, end) of the controller's memory on the bus."""
        rows = self.run_ok(f"cat /sys/bus/pci/devices/{self.address(serial)}/resource").splitlines()
        ranges = [[int(word, 16) for word in row.split()[:2]] for row in rows]
        # Its registers are in the first one.
        begin, last = max(ranges[1:], key=lambda range_: range_[1] - range_[0])
        return begin, last + 1

    def traced(self, arguments, expected):
        """(bytes into the memory of "peer", bytes elsewhere) that a scan's transfers brought."""
        begin, end = self.memory_of("peer")
        before = len(self.machine.traced_addresses())
        self.machine.trace(True)
        self.assert_scan(arguments, expected)
        self.machine.trace(False)
        transfers = self.machine.traced_addresses()[before:]
        inside = [(address, size) for address, size in transfers if begin <= address < end]
        if inside:
            print(f"{arguments}: {len(inside)} transfers into [{begin:#x}, {end:#x}), the first:"
                  f" {inside[0][1]} bytes to {inside[0][0]:#x}", flush=True)
        inside = sum(size for _, size in inside)
        return inside, sum(size for _, size in transfers) - inside

    def test_namespace(self):
        node = self.generic("planted")
        inside, outside = self.traced(f"--path peer --peer {self.address('peer')} {node}",
                                      self.oracle(node))
        self.assertGreaterEqual(inside, len(self.text))
        # What the canary compares with, and what identify brings.
        self.assertLess(outside, 1 << 20)

    def test_passthrough_alone_stays_in_memory(self):
        node = self.generic("planted")
        inside, outside = self.traced(f"--path passthrough {node}", self.oracle(node))
        self.assertEqual(inside, 0)
        self.assertGreaterEqual(outside, len(self.text))

    def test_block_device_and_file(self):
        self.run_ok(f"mkdir -p /tmp/files && mount -t ext4 -o ro {self.block('files')} /tmp/files")
        block, file = self.block("planted"), "/tmp/files/planted.txt"
        for node, window, expected, length in (
                (block, "--lba 0:4096", self.oracle(block, 0, 4096), 4096 * BLOCK),
                (file, "-b", self.oracle(file), len(self.text))):
            with self.subTest(node):
                self.run_ok("echo 3 >/proc/sys/vm/drop_caches")
                inside, _ = self.traced(
                    f"{window} --path peer --peer {self.address('peer')} {node}", expected)
                self.assertGreaterEqual(inside, length)
        self.run_ok("umount /tmp/files")

    def test_without_common_switch(self):
        node = self.generic("planted")
        errors = self.assert_refused(f"--path peer --peer {self.address('lone')} {node}", node)
        self.assertRegex(errors, re.compile("switch", re.IGNORECASE))

    def test_unknown_device(self):
        self.assert_refused(f"--path peer --peer 0000:7f:00.0 {self.generic('planted')}",
                            "0000:7f:00.0")

    def test_rings(self):
        node = self.generic("planted")
        for ring in ("sqpoll", "iopoll"):
            with self.subTest(ring):
                self.assert_scan(f"--path peer --peer {self.address('peer')} --ring {ring}"
                                 f" --lba 1000:2048 {node}", self.oracle(node, 1000, 2048))

    def test_certificate(self):
        taken, missed = self.certificate(
            f"--path peer --peer {self.address('peer')} --lba 0:2048 {self.generic('planted')}")
        self.assertEqual((list(taken), missed), (["peer"], {}))
        self.assertGreaterEqual(taken["peer"], 1 << 20)
