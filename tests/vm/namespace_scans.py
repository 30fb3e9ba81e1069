"""Namespaces read by NVMe commands: the same matches at the same offsets as in a file."""

import subprocess

from scan_case import BLOCK, PATTERN, SCAN, ScanCase
import machines

# By disk: the bytes of a block, and windows (first block, count).
WINDOWS = {
    "planted": (BLOCK, [(0, 1), (15, 2), (100, 1000), (1023, 1026), (16383, 1)]),
    "wide": (4096, [(5, 3), (1023, 1025)]),
}


class NamespaceScans(ScanCase):
    def test_whole_namespace_equals_file(self):
        for serial, path in (("planted", "auto"), ("planted", "passthrough"),
                             ("small", "passthrough"), ("wide", "passthrough")):
            node = self.generic(serial)
            with self.subTest(serial=serial, path=path):
                self.assert_scan(f"--path {path} {node}", self.oracle(node))
        # The lines, by a pattern and as counts, of the program itself on a file.
        node = self.generic("planted")
        for arguments in (["-e", PATTERN], ["-c", "-e", PATTERN], ["-e", "mark$"]):
            with self.subTest(arguments):
                line = " ".join(f"'{word}'" for word in arguments)
                self.assertEqual(self.run_ok(f"vyre scan --path passthrough {line} {node}"),
                                 self.file_scan(node, *arguments))

    def test_no_match(self):
        done = self.machine.run(f"vyre scan -e nowhere-to-be-found {self.generic('planted')}")
        self.assertEqual(done, (1, "", ""))

    def test_windows_of_blocks(self):
        for serial, (block, windows) in WINDOWS.items():
            node = self.generic(serial)
            for first, count in windows:
                with self.subTest(serial=serial, first=first, count=count):
                    expected = self.oracle(node, first, count, block=block)
                    self.assert_scan(f"--lba {first}:{count} {node}", expected,
                                     0 if expected else 1)

    def test_window_beyond_the_end(self):
        node = self.generic("planted")
        blocks = machines.PLANTED_BYTES // BLOCK
        for first in (blocks - 1, 1 << 40):
            with self.subTest(first):
                self.assert_refused(f"--lba {first}:2 {node}", node, str(blocks))

    def test_rings(self):
        node = self.generic("planted")
        for ring in ("sqpoll", "iopoll"):
            with self.subTest(ring):
                self.assert_scan(f"--path passthrough --ring {ring} {node}", self.oracle(node))

    def test_block_device(self):
        node = self.block("planted")
        self.assert_scan(f"--path passthrough {node}", self.oracle(node))

    def test_block_device_past_the_page_cache(self):
        node = self.block("planted")
        for ring in ("default", "sqpoll", "iopoll"):
            with self.subTest(ring):
                self.assert_scan(f"--path mapped --ring {ring} {node}", self.oracle(node))

    def test_several_devices(self):
        nodes = {self.generic("planted"): BLOCK, self.generic("wide"): 4096,
                 self.block("small"): BLOCK}
        expected = "".join(self.oracle(node, 512, 512, block=block)
                           for node, block in nodes.items())
        done = self.run_ok(f"{SCAN} --lba 512:512 {' '.join(nodes)}")
        self.assertEqual(sorted(done.splitlines(True)), sorted(expected.splitlines(True)))

    def test_certificate(self):
        # Whole commands of up to a slot, with halos that are read twice.
        length = len(self.text)
        for path, serial, taken in (("auto", self.generic("planted"), "passthrough"),
                                    ("passthrough", self.block("planted"), "passthrough"),
                                    ("mapped", self.block("planted"), "registered-direct")):
            with self.subTest(path=path, node=serial):
                bytes_by_path, missed = self.certificate(f"--path {path} {serial}")
                self.assertEqual(list(bytes_by_path), [taken])
                self.assertTrue(length <= bytes_by_path[taken] < length * 1.1, bytes_by_path)
                expected = {"auto": {"peer": "ordinary-memory"},
                            "passthrough": {"peer": "other-path-asked"},
                            "mapped": {"peer": "other-path-asked",
                                       "passthrough": "other-path-asked"}}[path]
                self.assertEqual(missed, expected)

    def test_partition(self):
        first, count = machines.PARTITION
        part = self.block("parted") + "p1"
        inside = self.text[first * BLOCK:(first + count) * BLOCK]
        self.assert_scan(f"--path mapped {part}", self.oracle(part, text=inside))
        self.assert_refused(f"--path passthrough {part}", part, f"--lba {first}:{count}")
        # What the refusal advises brings the same lines.
        node = self.generic("parted")
        self.assert_scan(f"--path passthrough --lba {first}:{count} {node}",
                         self.oracle(node, first, count))

    def test_metadata_is_refused(self):
        node = self.generic("tagged")
        self.assert_refused(f"--path passthrough {node}", node, "metadata")

    def test_controller_is_refused(self):
        node = f"/dev/nvme{self.nodes['planted'][0]}"
        self.assert_refused(f"--path passthrough {node}", node, "/dev/ng")

    def file_result(self, first, count):
        """What a program prints after the name of a file of these blocks, on this machine."""
        file = self.disks / f"window-{first}-{count}"
        file.write_bytes(self.text[first * BLOCK:(first + count) * BLOCK])
        done = subprocess.run(
            [self.vyre, "run", "--backend", "cpu", self.source / "examples" / "crc32c.vasm", file],
            capture_output=True, text=True, check=True)
        return done.stdout.removeprefix(str(file))

    def test_run(self):
        blocks = machines.PLANTED_BYTES // BLOCK
        for path, first, count in (("passthrough", 0, blocks), ("auto", 100, 1001),
                                   (f"peer --peer {self.address('peer')}", 7, 3)):
            # Only "planted" is behind one switch with the peer.
            node = self.generic("planted" if path.startswith("peer") else "small")
            window = "" if count == blocks else f"--lba {first}:{count}"
            with self.subTest(path=path):
                self.assertEqual(
                    self.run_ok(f"vyre run --path {path} {window} /share/crc32c.vasm {node}"),
                    node + self.file_result(first, count))
