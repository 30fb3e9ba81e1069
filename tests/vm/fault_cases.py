"""Media that cannot be read, and a device that is removed while it is read."""

import json
import re
import time

from scan_case import BLOCK, PATTERN, SCAN, ScanCase
import machines


class BadMedia(ScanCase):
    def test_costs_its_own_blocks(self):
        bad = machines.BAD_BLOCK["damaged"] * BLOCK
        left = self.text[:bad] + bytes(BLOCK) + self.text[bad + BLOCK:]
        lost = set(re.findall(PATTERN.encode(), self.text)) - set(re.findall(PATTERN.encode(), left))
        self.assertTrue(lost, "nothing is planted in the bad block")
        node = self.generic("damaged")
        done = self.machine.run(f"{SCAN} --path passthrough {node}", 90)
        self.assertEqual(done.exit, 2)
        self.assertEqual(done.output, self.oracle(node, text=left))
        self.assertEqual(len(done.errors.splitlines()), 1, done.errors)
        for word in (node, f"LBA {machines.BAD_BLOCK['damaged']}", "Unrecovered Read Error"):
            self.assertIn(word, done.errors)

    def test_outside_a_window_costs_nothing(self):
        node = self.generic("damaged")
        bad = machines.BAD_BLOCK["damaged"]
        for first, count in ((0, bad), (bad + 1, 1000)):
            with self.subTest(first):
                self.assert_scan(f"--path passthrough --lba {first}:{count} {node}",
                                 self.oracle(node, first, count))

    def test_run_reports_the_source(self):
        node = self.generic("damaged")
        done = self.machine.run(f"vyre run --path passthrough /share/crc32c.vasm {node}", 90)
        self.assertEqual(done.exit, 2)
        self.assertIn(f"LBA {machines.BAD_BLOCK['damaged']}", done.errors)

    def test_mapped_reads_of_the_block_device(self):
        done = self.machine.run(f"{SCAN} --path mapped {self.block('damaged')}", 90)
        self.assertEqual(done.exit, 2)
        self.assertIn(self.block("damaged"), done.errors)


class Removal(ScanCase):
    """The disk "gone" is slow, and is taken away while it is scanned."""

    def settled_reads(self, node):
        """The reads that have ended once nobody reads any more: what follows is the scan's."""
        deadline = time.monotonic() + 60
        before, now = -1, self.machine.reads_ended(node)
        while before != now:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.5)
            before, now = now, self.machine.reads_ended(node)
        return now

    def test_ends_with_one_error(self):
        node = self.generic("gone")
        before = self.settled_reads("gone-node")
        self.machine.start(f"vyre scan --json -e '{PATTERN}' --path passthrough {node}")
        deadline = time.monotonic() + 60
        while self.machine.reads_ended("gone-node") < before + 8:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)
        self.machine.ask("device_del", id="gone")
        done = self.machine.finish(120)
        self.machine.wait_for_event("DEVICE_DELETED", 60)
        self.assertEqual(done.exit, 2, done)
        self.assertEqual(len(done.errors.splitlines()), 1, done.errors)
        for word in (node, "LBA", "gone"):
            self.assertIn(word, done.errors)
        *lines, last = map(json.loads, done.output.splitlines())
        # What was found before is right, and each command is accounted for.
        expected = [match.start() for match in
                    re.finditer(PATTERN.encode(), self.text * machines.GONE_REPEATS)]
        found = [line["offset"] for line in lines if line["type"] == "match"]
        self.assertEqual(found, expected[:len(found)])
        self.assertTrue(0 < len(found) < len(expected))
        reads = last["read_paths"]["nvme_passthrough"]
        self.assertGreater(reads["failed"], 0)
        self.assertEqual(reads["submitted"], reads["completed"] + reads["failed"], reads)
        self.assertEqual(self.run_ok("ls /sys/class/nvme | wc -l").strip(),
                         str(len(self.nodes) - 1))
