"""What the tests of `vyre run` share: a folder of files and programs, and a finished run."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

LINES = ".result lines sum\n count.byte s0, '\\n'\n result s0, lines\n halt\n"
CRC32C = ".result crc crc32c\n crc32c s0\n result s0, crc\n halt\n"
COPY = " s.input s0, length\n s.const s1, 0\n copy s1, s0\n halt\n"
MARKS = ('.result marks sum\n.table mark\n .text "#!"\n s.const s0, 7\n find.emit s0, mark\n'
         " find.count s1, mark\n result s1, marks\n halt\n")
# Reads outside the tile where the tile is the file's sixth.
FAULTS = (".result tiles sum\n s.input s0, offset\n s.shri s2, s0, 16\n s.eqi s1, s2, 5\n"
          " branch.zero s1, fine\n v.splat v0, s0\n m.const m0, 1\n v.load.u8 v1, v0, m0\nfine:\n"
          " s.const s2, 1\n result s2, tiles\n halt\n")


class Finished:
    def __init__(self, command, before=None, timeout=60, **options):
        done = subprocess.run([os.fsencode(os.fspath(word)) for word in command],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=timeout, check=False,
                              preexec_fn=before, **options)
        self.exit = done.returncode
        self.output = done.stdout
        self.lines = done.stdout.decode(errors="replace").splitlines()
        self.errors = done.stderr.decode(errors="replace")

    def objects(self, kind):
        """The JSON Lines of one type."""
        return [item for item in map(json.loads, self.lines) if item["type"] == kind]


class RunCase(unittest.TestCase):
    maxDiff = 4000
    vyre = ""

    def setUp(self):
        temporary = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.folder.chmod(0o755)
        self.programs = 0

    def write(self, name, content):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def program(self, text):
        self.programs += 1
        return self.write(f"programs/program{self.programs}.vasm", text)

    def run_program(self, text, *arguments, **options):
        return Finished([self.vyre, "run", self.program(text), *arguments], **options)


def main(case):
    """Runs the cases named in the arguments, or all. Usage: SCRIPT VYRE [CASE]..., or --list."""
    names = unittest.TestLoader().getTestCaseNames(case)
    if sys.argv[1] == "--list":
        print(";".join(name.removeprefix("test_") for name in names), end="")
        return 0
    case.vyre = os.path.abspath(sys.argv[1])
    chosen = ["test_" + name for name in sys.argv[2:]] or names
    result = unittest.TextTestRunner(verbosity=2).run(
        unittest.TestSuite(case(name) for name in chosen))
    for _, reason in result.skipped:
        print(f"SKIP: {reason}")
    if result.skipped and result.wasSuccessful() and len(result.skipped) == len(chosen):
        return 77
    return 0 if result.wasSuccessful() else 1
