"""Debian 12's kernel, 6.1: NVMe commands work, memory of PCI devices is not to be had."""

from scan_case import BLOCK, ScanCase
import machines


class OlderKernel(ScanCase):
    def test_passthrough(self):
        for serial in ("planted", "small", "wide"):
            node = self.generic(serial)
            with self.subTest(serial):
                self.assert_scan(f"--path passthrough {node}", self.oracle(node))

    def test_passthrough_by_sqpoll(self):
        node = self.generic("planted")
        self.assert_scan(f"--path passthrough --ring sqpoll {node}", self.oracle(node))

    def test_window_of_blocks(self):
        node = self.generic("planted")
        self.assert_scan(f"--lba 100:1000 {node}", self.oracle(node, 100, 1000))

    def test_mapped(self):
        node = self.block("planted")
        self.assert_scan(f"--path mapped {node}", self.oracle(node))

    def test_bad_media(self):
        bad = machines.BAD_BLOCK["damaged"]
        left = (self.text[:bad * BLOCK] + bytes(BLOCK) + self.text[(bad + 1) * BLOCK:])
        node = self.generic("damaged")
        done = self.machine.run(f"vyre scan -o -e 'planted-[0-9]*-mark' {node}", 90)
        self.assertEqual((done.exit, done.output), (2, self.oracle(node, text=left)))
        self.assertIn(f"LBA {bad}", done.errors)

    def test_peer_is_unavailable_with_the_reason(self):
        errors = self.assert_refused(f"--path peer {self.generic('planted')}")
        self.assertRegex(errors, "(?i)p2p")
