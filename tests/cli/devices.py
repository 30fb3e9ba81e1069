"""Block devices, ranges of blocks and named paths, as far as a machine without NVMe drives has them.

Usage: devices.py VYRE [CASE], or --list. What needs NVMe or peer memory is tested in virtual machines.
"""

import glob
import os
import random
import shutil
import stat
import sys

from loop_device import LoopDevice
from run_case import CRC32C, MARKS, Finished, RunCase, main

BLOCK = 512
BYTES = 3 << 20
NOBODY = 65534


def planted_text():
    """Lines of every length with marks, some of which lie across chunks and tiles."""
    rng = random.Random(11)
    text = bytearray()
    while len(text) < BYTES:
        text += bytes(rng.choice(b"abcdef #!") for _ in range(rng.randrange(1, 300))) + b"\n"
    for place in (0, 511, 65530, 458747, 458752, 1 << 20, BYTES - 7):
        text[place:place + 7] = b" needle"
    return bytes(text[:BYTES])


class Devices(RunCase):
    text = planted_text()

    def setUp(self):
        super().setUp()
        self.file = self.write("image", self.text)

    def loop(self, file=None):
        try:
            device = LoopDevice(file or self.file)
        except OSError as error:
            self.skipTest(f"no loop device can be set up on this machine: {error}")
        self.addCleanup(device.close)
        return device.path

    def scan(self, *arguments, **options):
        return Finished([self.vyre, "scan", "-e", "needle", *arguments], **options)

    def expect_refusal(self, run, *told):
        self.assertEqual((run.exit, run.lines), (2, []), run.errors)
        for text in told:
            self.assertIn(text, run.errors)

    def lines_of(self, run, path):
        """[line, offset, text] of each line, which must be the path's."""
        parts = [line.split(":", 3) for line in run.lines]
        self.assertEqual({part[0] for part in parts}, {path})
        return [(int(line), int(offset), text) for _, line, offset, text in parts]

    # What the command line refuses before anything is read.

    def test_options_that_cannot_be_meant(self):
        device = "/dev/null"
        cases = [
            (["--lba", "5", device], ["--lba", "FIRST:COUNT"]),
            (["--lba", "5:0", device], ["no blocks"]),
            (["--lba", "18446744073709551615:1", device], ["64 bits"]),
            (["--lba", "0:1"], ["--lba", "no device"]),
            (["--lba", "0:1", self.file], [str(self.file), "a regular file"]),
            (["--lba", "0:1", self.folder], [str(self.folder), "a directory"]),
            (["--path", "passthrough", self.file], ["--path passthrough", "a regular file"]),
            (["--path", "passthrough", self.folder], ["--path passthrough", "a directory"]),
            (["--path", "pear", self.file], ["did you mean peer?"]),
            (["--ring", "iopoll", self.file], ["--ring iopoll", "a regular file"]),
            (["--io", "buffered", "--path", "peer", self.file], ["--io buffered", "--path peer"]),
            (["--peer", "0000:00:00.0", self.file], ["--peer", "--path peer"]),
        ]
        for arguments, told in cases:
            with self.subTest(arguments):
                self.expect_refusal(self.scan(*arguments), *told)
                self.expect_refusal(self.run_program(CRC32C, *arguments), *told)

    def test_what_is_no_source(self):
        os.mkfifo(self.folder / "fifo")
        for path in ("/dev/null", "/dev/zero", str(self.folder / "fifo")):
            for choice in ("auto", "mapped", "peer" if self.peers() else "auto"):
                with self.subTest(path=path, choice=choice):
                    self.expect_refusal(self.scan("--path", choice, path, timeout=20), path)

    def peers(self):
        return glob.glob("/sys/bus/pci/devices/*/p2pmem")

    def test_peer_memory_that_is_not_there(self):
        self.expect_refusal(self.scan("--backend", "cpu", "--path", "peer", "--peer",
                                      "ffff:ff:1f.7", self.file), "ffff:ff:1f.7")
        if self.peers():
            self.skipTest("this machine has peer memory")
        self.expect_refusal(self.scan("--backend", "cpu", "--path", "peer", self.file),
                            "no PCI device offers memory", "doctor")

    # Byte offsets

    def test_byte_offsets_are_as_ripgrep_has_them(self):
        if shutil.which("rg") is None:
            self.skipTest("rg is not installed")
        for form in (["-b"], ["-b", "-o"], ["-b", "-c"], ["-b", "-l"], ["-c"]):
            with self.subTest(form):
                whole = Finished(["rg", "-a", "-n", "-H", *form, "-e", "needle", self.file])
                self.assertEqual(self.scan(*form, self.file).lines, whole.lines)

    # Devices

    def test_device_equals_file(self):
        device = self.loop()
        expected = self.scan("-b", self.file).output.replace(bytes(self.file), device.encode())
        for form in ([], ["--path", "mapped"], ["--io", "direct"], ["--io", "buffered"],
                     ["--ring", "sqpoll"], ["--threads", "2"], ["-b"]):
            with self.subTest(form):
                run = self.scan(*form, device)
                self.assertEqual((run.exit, run.output, run.errors), (0, expected, ""))
        without = self.scan("--no-byte-offset", device)
        self.assertEqual(without.lines, [line.replace(str(self.file), device)
                                         for line in self.scan(self.file).lines])

    def test_device_beside_files(self):
        device = self.loop()
        run = self.scan("-b", self.file, device, self.file)
        one = self.scan("-b", self.file).lines
        self.assertEqual(sorted(run.lines),
                         sorted(2 * one + [line.replace(str(self.file), device) for line in one]))

    def test_blocks_equal_a_slice(self):
        device = self.loop()
        blocks = BYTES // BLOCK
        for first, count in [(0, 1), (1, 1), (127, 3), (895, 2), (896, 1024), (0, blocks),
                             (blocks - 1, 1), (7, blocks - 7)]:
            with self.subTest(first=first, count=count):
                part = self.write("part", self.text[first * BLOCK:(first + count) * BLOCK])
                expected = self.scan("-b", part)
                run = self.scan("--lba", f"{first}:{count}", device)
                self.assertEqual(run.exit, expected.exit, run.errors)
                if run.exit != 0:
                    continue
                self.assertEqual(
                    self.lines_of(run, device),
                    [(line, offset + first * BLOCK, text)
                     for line, offset, text in self.lines_of(expected, str(part))])

    def test_blocks_beyond_the_end(self):
        device = self.loop()
        blocks = BYTES // BLOCK
        for first, count in [(blocks, 1), (blocks - 1, 2), (0, blocks + 1), (1 << 62, 1)]:
            with self.subTest(first=first, count=count):
                self.expect_refusal(self.scan("--lba", f"{first}:{count}", device), device,
                                    str(first), f"device of {blocks} blocks")

    def test_commands_for_what_takes_none(self):
        device = self.loop()
        self.expect_refusal(self.scan("--path", "passthrough", device), device,
                            "no NVMe namespace", "--path mapped")
        self.expect_refusal(self.run_program(CRC32C, "--path", "passthrough", device), device,
                            "no NVMe namespace")

    def test_polling_what_cannot_be_polled(self):
        device = self.loop()
        self.expect_refusal(self.scan("--ring", "iopoll", device), device, "poll queues")

    def test_device_without_permission(self):
        if os.geteuid() != 0:
            self.skipTest("only the superuser can set up a device that others may not read")
        device = self.loop()
        if os.stat(device).st_mode & stat.S_IROTH:
            self.skipTest("everybody may read loop devices here")
        program = shutil.copy(self.vyre, self.folder / "vyre")

        def become_nobody():
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
        run = Finished([program, "scan", "-e", "needle", device], before=become_nobody)
        self.expect_refusal(run, device, "Permission denied")

    def test_device_that_ends_while_it_is_read(self):
        device = self.loop()
        whole = self.scan(device).lines
        os.truncate(self.file, BYTES // 2)
        run = self.scan("--io", "direct", device)
        self.assertEqual(run.exit, 2, run.errors)
        self.assertIn(device, run.errors)
        self.assertLessEqual(set(run.lines), set(whole))

    def test_nodes_in_a_tree_are_passed_over(self):
        device = self.loop()
        try:
            os.mknod(self.folder / "node", 0o600 | stat.S_IFBLK, os.stat(device).st_rdev)
        except OSError as error:
            self.skipTest(f"no device node can be made here: {error}")
        run = self.scan("-l", self.folder)
        self.assertEqual((run.lines, run.errors), ([str(self.file)], ""))

    # Programs

    def test_program_over_a_device(self):
        device = self.loop()
        expected = self.run_program(CRC32C, self.file).lines
        for form in ([], ["--path", "mapped"], ["--io", "buffered"], ["--ring", "sqpoll"]):
            with self.subTest(form):
                run = self.run_program(CRC32C, *form, device)
                self.assertEqual(run.exit, 0, run.errors)
                self.assertEqual([line.replace(device, str(self.file)) for line in run.lines],
                                 expected)

    def test_program_over_blocks(self):
        device = self.loop()
        first, count = 131, 1000
        part = self.write("part", self.text[first * BLOCK:(first + count) * BLOCK])
        whole = self.run_program(MARKS, "--json", part).objects("file")[0]
        told = self.run_program(MARKS, "--json", "--lba", f"{first}:{count}", device)
        found = told.objects("file")[0]
        self.assertGreater(len(whole["records"]), 10)
        self.assertEqual(found["results"], whole["results"])
        self.assertEqual([record["offset"] - first * BLOCK for record in found["records"]],
                         [record["offset"] for record in whole["records"]])

    # The certificate

    def certificate(self, run, kind):
        return {item["path"]: item for item in run.objects(kind)[0]["certificate"]}

    def test_certificate(self):
        device = self.loop()
        small = self.write("small/file", b"needle\n")
        paths = (device, self.file, small.parent)
        for run, kind in ((self.scan("--json", "--io", "direct", *paths), "stats"),
                          (self.run_program(CRC32C, "--json", "--io", "direct", *paths),
                           "summary")):
            with self.subTest(kind):
                told = self.certificate(run, kind)
                self.assertEqual(set(told), {str(path) for path in paths})
                for path in (device, str(self.file)):
                    self.assertEqual([way["path"] for way in told[path]["taken"]],
                                     ["registered-direct"])
                    self.assertGreaterEqual(told[path]["taken"][0]["bytes"], BYTES)
                self.assertEqual({way["path"]: way["reason"] for way in told[device]["not_taken"]},
                                 {"peer": "ordinary-memory", "passthrough": "not-nvme"})
                reasons = {way["path"]: way["reason"] for way in told[str(self.file)]["not_taken"]}
                self.assertEqual(reasons["passthrough"], "regular-file")
                packed = told[str(small.parent)]
                self.assertEqual(packed["taken"],
                                 [{"path": "registered-buffered", "reads": 1, "bytes": 7}])
                self.assertEqual({way["path"] for way in packed["not_taken"]},
                                 {"peer", "passthrough", "registered-direct"})

    def test_certificate_for_people(self):
        device = self.loop()
        for run in (self.scan("--stats", "--path", "mapped", device, self.file),
                    self.run_program(CRC32C, "--stats", "--path", "mapped", device, self.file)):
            lines = [line for line in run.errors.splitlines() if f" {device}: " in line]
            self.assertEqual(len(lines), 1, run.errors)
            self.assertRegex(lines[0], r"^path +\S+: registered-direct, \d+ bytes in \d+ reads; "
                                       r"not peer: .*; not passthrough: another path was asked for$")
            self.assertRegex(run.errors, rf"\n +{self.file}: registered-")


if __name__ == "__main__":
    sys.exit(main(Devices))
