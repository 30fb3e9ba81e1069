#!/usr/bin/env python3
"""The programs and sessions of docs/PROGRAMS.md, docs/LOAD_MISS.md and README.md do what they say.

Usage: documented_programs.py VYRE. A block ```vasm is a file, named by its first comment (with the
word `rejected` behind the name where the verifier must refuse it). A block ```console is a session:
each `$ command` prints what follows it; a line `...` stands for any lines, at a line's end for any
rest.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

VYRE = ""
ROOT = pathlib.Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(vasm|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(document):
    """[(line, kind, text)], line being that of the fence."""
    text = (ROOT / document).read_text()
    return [(text.count("\n", 0, match.start()) + 1, match[1], match[2])
            for match in BLOCK.finditer(text)]


def commands(session):
    """[(command, what it prints)]"""
    return [tuple((piece + "\n").split("\n", 1)) for piece in re.split(r"^\$ ", session,
                                                                       flags=re.MULTILINE)[1:]]


def pattern_of(expected):
    lines = []
    for line in expected.strip("\n").split("\n"):
        if line == "...":
            lines.append(r"(?:.*\n)*?")
        elif line.endswith("..."):
            lines.append(re.escape(line[:-3]) + r".*\n")
        else:
            lines.append(re.escape(line) + r"\n")
    return "".join(lines) if expected.strip() else ""


class Documents(unittest.TestCase):
    maxDiff = 2000

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        (self.folder / "bin").mkdir()
        (self.folder / "bin" / "vyre").symlink_to(VYRE)
        (self.folder / "examples").symlink_to(ROOT / "examples")

    def shell(self, command):
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        return subprocess.run(["sh", "-c", command], cwd=self.folder, text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
                              env={**os.environ, "PATH": path, "LC_ALL": "C"})

    def check_program(self, text):
        name, *rejected = text.split("\n", 1)[0].removeprefix("; ").split()
        (self.folder / name).write_text(text)
        done = self.shell(f"vyre verify {name}")
        self.assertEqual(done.returncode, 1 if rejected else 0, done.stdout)
        if rejected:
            return
        done = self.shell(f"vyre asm {name} -o x.vir0 && vyre disasm x.vir0 | vyre asm - -o - "
                          "| cmp - x.vir0")
        self.assertEqual(done.returncode, 0, done.stdout)

    def check_session(self, text):
        for command, expected in commands(text):
            printed = self.shell(command).stdout
            printed += "" if not printed or printed.endswith("\n") else "\n"
            if not re.fullmatch(pattern_of(expected), printed):
                self.assertEqual(printed, expected, command)  # shows the difference
                self.fail(command)

    def check_document(self, document, at_least):
        found = blocks(document)
        self.assertGreaterEqual(len(found), at_least, "the blocks are not found any more")
        for line, kind, text in found:
            with self.subTest(f"{document}:{line}"):
                (self.check_program if kind == "vasm" else self.check_session)(text)

    def test_tutorial(self):
        self.check_document("docs/PROGRAMS.md", 15)

    def test_loads(self):
        self.check_document("docs/LOAD_MISS.md", 3)

    def test_readme(self):
        self.check_document("README.md", 1)


if __name__ == "__main__":
    VYRE = os.path.abspath(sys.argv.pop(1))
    unittest.main()
