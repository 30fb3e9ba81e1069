"""Input and output of any kind for `vyre asm`, `vyre disasm` and `vyre verify`.

Usage: program_commands_input.py VYRE [TEST]...
"""

import json
import os
import pathlib
import resource
import signal
import stat
import subprocess
import sys
import threading
import unittest

from program_commands_case import NEWLINES, VYRE, Case, Done


class Input(Case):
    """What all commands do with input of any kind."""

    def expect(self, arguments, exit_code, *parts, **options):
        for command in ("asm", "disasm", "verify"):
            with self.subTest(command):
                extra = ["-o", self.folder / "out"] if command != "verify" else []
                done = Done([command, *arguments, *extra], **options)
                self.assertEqual(done.exit, exit_code, done.errors)
                for part in parts:
                    self.assertIn(part, done.errors)
                self.assertEqual(done.errors == "", exit_code == 0)
                self.assertEqual((self.folder / "out").exists(),
                                 exit_code == 0 and command != "verify")

    def test_missing_file(self):
        self.expect([self.folder / "missing"], 2, "missing", "No such file")

    def test_directory(self):
        self.expect([self.folder], 2, str(self.folder), "directory")

    def test_path_in_brackets(self):
        for name in ("[a,b]", "[]"):
            path = self.write(name, NEWLINES)
            self.assertEqual(Done(["verify", path]).exit, 0, path)
            done = Done(["verify", name], cwd=self.folder)
            self.assertEqual((done.exit, done.errors), (0, ""))
            self.assertEqual(Done(["asm", name, "-o", name + ".out"], cwd=self.folder).exit, 0)
            self.assertTrue((self.folder / (name + ".out")).exists())

    def test_endless_device(self):
        self.expect(["/dev/zero"], 2, "/dev/zero")

    def test_binary_garbage(self):
        garbage = bytes(range(256)) * 64
        path = self.write("garbage", garbage)
        for command in ("asm", "verify"):
            done = Done([command, path])
            self.assertEqual(done.exit, 1)
            self.assertLessEqual(len(done.errors.splitlines()), 20)
        self.assertEqual(Done(["disasm", path]).exit, 1)
        self.expect([pathlib.Path(sys.executable).resolve()], 1, "VIR0")

    def test_damaged_binary(self):
        data = self.assemble(NEWLINES).read_bytes()
        for damaged in (data[:-1], data[:20], b"VIR0", data + b"\0",
                        data[:60] + bytes([data[60] ^ 1]) + data[61:]):
            for command in ("disasm", "verify"):
                done = Done([command, "-"], input=damaged)
                self.assertEqual((done.exit, done.out), (1, b""))
                self.assertTrue(done.errors)

    def test_empty_file(self):
        path = self.write("empty", b"")
        self.assertEqual(Done(["asm", path]).exit, 1)
        self.assertEqual(Done(["verify", path]).exit, 1)
        self.assertEqual(Done(["disasm", path]).exit, 0)
        self.assertEqual(Done(["verify", "-"], input=b"").exit, 1)

    def test_nul_bytes(self):
        for text, place in [(b"\0", "1:1"), (b"halt\n; a\0b", "2:4"), (b"\n\n\0", "3:1"),
                            (b'.metadata "\0"', "1:12")]:
            done = Done(["verify", "-"], input=text)
            self.assertEqual(done.exit, 1)
            self.assertIn(f":{place}: ", done.errors)

    def test_line_ends_and_tabs(self):
        binary = self.assemble(NEWLINES).read_bytes()
        for text in (NEWLINES.replace(b"\n", b"\r\n"), NEWLINES.replace(b"  ", b"\t"),
                     NEWLINES[:-1], b"\n\n" + NEWLINES, NEWLINES.replace(b"\n", b" \t \n")):
            self.assertEqual(Done(["asm", "-"], input=text).out, binary)

    def test_unicode(self):
        text = '.metadata "caf\u00e9 \U0001f600"\n; \u00fc\n  halt\n'.encode()
        done = Done(["verify", "--json", "-"], input=text)
        self.assertEqual(json.loads(done.out)["metadata"], "caf\u00e9 \U0001f600")
        again = Done(["disasm", "-"], input=text).out
        self.assertEqual(Done(["asm", "-"], input=again).out, Done(["asm", "-"], input=text).out)

    def test_line_of_10_megabytes(self):
        size = 10_000_000
        for text, exit_code in [(b"halt ;" + b"x" * size, 0),
                                (b".table\n.text \"" + b"x" * size + b"\"\n halt", 0),
                                (b".table\n.hex " + b"ab" * (size // 2) + b"\n halt", 0),
                                (b".table\n.u8 1" + b",2" * (size // 2) + b"\n halt", 0),
                                (b"x" * size, 1), (b"jump " + b"x" * size, 1),
                                (b'.metadata "' + b"\\" * size, 1), (b"," * size, 1)]:
            done = Done(["verify", "-"], input=text)
            self.assertEqual(done.exit, exit_code, text[:30])
            self.assertLess(len(done.errors), 4000)

    def test_options(self):
        path = self.write("a.vasm", NEWLINES)
        cases = [(["asm"], "asm"), (["disasm"], "disasm"), (["verify"], "verify"),
                 (["asm", "--no-verfy", path], "--no-verify"), (["asm", "--outptu", path], "--output"),
                 (["asm", path, "-o"], "-o"), (["verify", "--jsno", path], "--json"),
                 (["disasm", "--no-verify", path], "--no-verify"), (["asm", path, path], "a.vasm"),
                 (["verfy", path], "verify"), (["disassm", path], "disasm")]
        for arguments, part in cases:
            with self.subTest(arguments):
                done = Done(arguments)
                self.assertEqual((done.exit, done.out), (2, b""))
                self.assertIn(part, done.errors)
        self.assertEqual(self.names(), ["a.vasm"])

    def test_help(self):
        for command in ("asm", "disasm", "verify"):
            done = Done([command, "--help"])
            self.assertEqual((done.exit, done.errors), (0, ""))
            self.assertIn(b"Exit status:", done.out)
            self.assertIn(f"vyre {command} ".encode(), done.out)


class Output(Case):
    """How files are written: whole or not at all."""

    def test_replaces_and_keeps_the_mode(self):
        output = self.write("out", b"old" * 10_000)
        output.chmod(0o640)
        (self.folder / "link").symlink_to("out")
        self.assertEqual(Done(["asm", "-", "-o", self.folder / "link"], input=NEWLINES).exit, 0)
        self.assertTrue((self.folder / "link").is_symlink())
        self.assertEqual(stat.S_IMODE(output.stat().st_mode), 0o640)
        self.assertEqual(output.read_bytes(), Done(["asm", "-"], input=NEWLINES).out)
        self.assertEqual(self.names(), ["link", "out"])

    def test_a_new_file_obeys_the_umask(self):
        output = self.folder / "out"
        done = Done(["asm", "-", "-o", output], input=NEWLINES, preexec_fn=lambda: os.umask(0o027))
        self.assertEqual(done.exit, 0)
        self.assertEqual(stat.S_IMODE(output.stat().st_mode), 0o640)

    def test_unwritable_paths(self):
        (self.folder / "folder").mkdir()
        file = self.write("file", b"")
        for output in ("/nonexistent/out", self.folder / "folder", file / "out",
                       self.folder / ("x" * 300), "/proc/out"):
            with self.subTest(output):
                for command in ("asm", "disasm"):
                    done = Done([command, "-", "-o", output], input=NEWLINES)
                    self.assertEqual(done.exit, 2)
                    self.assertIn(str(output), done.errors)
        self.assertEqual(self.names(), ["file", "folder"])

    def test_full_disk(self):
        for arguments in (["asm", "-"], ["disasm", "-"], ["verify", "-"], ["verify", "--json", "-"]):
            with self.subTest(arguments), open("/dev/full", "wb") as full:
                done = subprocess.run([VYRE, *arguments], input=NEWLINES, stdout=full,
                                      stderr=subprocess.PIPE, check=False, timeout=20)
                self.assertEqual(done.returncode, 2)
                self.assertIn(b"No space left", done.stderr)
        done = Done(["asm", "-", "-o", "/dev/full"], input=NEWLINES)
        self.assertEqual(done.exit, 2)
        self.assertTrue(stat.S_ISCHR(os.stat("/dev/full").st_mode))

    def test_file_size_limit_leaves_the_old_file(self):
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (16, 16))
        output = self.write("out", b"old")
        done = Done(["asm", "-", "-o", output], input=NEWLINES, preexec_fn=limit)
        self.assertEqual(done.exit, 2)
        self.assertEqual(output.read_bytes(), b"old")
        self.assertEqual(self.names(), ["out"])

    def test_devices_and_pipes_are_written_in_place(self):
        self.assertEqual(Done(["asm", "-", "-o", "/dev/null"], input=NEWLINES).exit, 0)
        self.assertTrue(stat.S_ISCHR(os.stat("/dev/null").st_mode))
        fifo = self.folder / "fifo"
        os.mkfifo(fifo)
        taken = []
        reader = threading.Thread(target=lambda: taken.append(fifo.read_bytes()))
        reader.start()
        self.assertEqual(Done(["asm", "-", "-o", fifo], input=NEWLINES).exit, 0)
        reader.join(20)
        self.assertTrue(taken[0].startswith(b"VIR0"))

    def test_broken_pipe(self):
        text = b".table\n" + b".hex 00\n" * 200_000
        with subprocess.Popen([VYRE, "disasm", self.assemble(text)], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as process:
            process.stdout.readline()
            process.stdout.close()
            errors = process.stderr.read()
            process.wait(20)
        self.assertEqual((process.returncode, errors), (0, b""))


if __name__ == "__main__":
    sys.exit(0 if unittest.main(exit=False).result.wasSuccessful() else 1)
