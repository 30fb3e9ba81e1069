"""What the tests of the commands for programs share. Importing it takes VYRE from the arguments."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

VYRE = os.path.abspath(sys.argv.pop(1))
NEWLINES = b""".metadata "newlines"
.result lines sum
  count.byte s0, '\\n'
  result s0, lines
  halt
"""
# It assembles; s1 is never set.
UNSET = b".result lines sum\n  count.byte s0, 10\n  result s1, lines\n  halt\n"


class Done:
    def __init__(self, arguments, **options):
        done = subprocess.run([VYRE, *map(os.fspath, arguments)], capture_output=True, check=False,
                              timeout=60, **options)
        self.exit, self.out = done.returncode, done.stdout
        self.errors = done.stderr.decode(errors="replace")


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, data):
        path = self.folder / name
        path.write_bytes(data)
        return path

    def names(self):
        return sorted(path.name for path in self.folder.iterdir())

    def assemble(self, text, name="program"):
        binary = self.folder / (name + ".vir0")
        done = Done(["asm", "--no-verify", "-", "-o", binary], input=text)
        self.assertEqual((done.exit, done.errors), (0, ""))
        return binary
