"""What the tests of `vyre scan` in a virtual machine share: what it must print."""

import json
import re
import subprocess

from vm_case import VmCase

PATTERN = "planted-[0-9]{7}-mark"
SCAN = f"vyre scan -o -e '{PATTERN}'"
BLOCK = 512


class ScanCase(VmCase):
    def oracle(self, path, first=0, count=None, text=None, block=BLOCK):
        """The output for the blocks [first, first + count) of the planted text, which a program of
        no more than a regular expression found."""
        text = self.text if text is None else text
        begin = first * block
        end = len(text) if count is None else begin + count * block
        window = text[begin:end]
        rows, lines, seen = [], 1, 0
        for match in re.finditer(PATTERN.encode(), window):
            lines += window.count(b"\n", seen, match.start())
            seen = match.start()
            rows.append(f"{path}:{lines}:{begin + match.start()}:{match[0].decode()}\n")
        return "".join(rows)

    def file_scan(self, path, *arguments):
        """What the same command prints on this machine, of the same bytes in a file, by reads into
        mapped memory on the CPU backend; for the name `path`."""
        file = self.disks / "planted.img"
        done = subprocess.run(
            [self.vyre, "scan", "-b", "--path", "mapped", "--backend", "cpu", *arguments, file],
            capture_output=True, text=True, check=True)
        return done.stdout.replace(str(file), path)

    def certificate(self, arguments):
        """{path: bytes} of what a scan of one source certifies, and {path: reason} of the better
        paths that it did not take."""
        done = self.machine.run(f"vyre scan --json -e nowhere-to-be-found {arguments}", 90)
        self.assertEqual((done.exit, done.errors), (1, ""), arguments)
        stats = json.loads(done.output.splitlines()[-1])
        self.assertEqual(stats["type"], "stats")
        (source,) = stats["certificate"]
        return ({taken["path"]: taken["bytes"] for taken in source["taken"]},
                {missed["path"]: missed["reason"] for missed in source["not_taken"]})

    def assert_scan(self, arguments, expected, exit_status=0):
        """Runs a scan that prints `expected` and no error."""
        done = self.machine.run(f"{SCAN} {arguments}", 90)
        self.assertEqual((done.exit, done.errors), (exit_status, ""), arguments)
        self.assertEqual(done.output, expected, arguments)

    def assert_refused(self, arguments, *words):
        """Runs a scan that prints nothing but an error with all of `words` in it."""
        done = self.machine.run(f"{SCAN} {arguments}", 90)
        self.assertEqual((done.exit, done.output), (2, ""), arguments)
        for word in words:
            self.assertIn(word, done.errors, arguments)
        return done.errors
