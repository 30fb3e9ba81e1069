"""`vyre asm`, `vyre disasm`, `vyre verify`. Usage: program_commands.py VYRE [TEST]..."""

import errno
import json
import os
import pathlib
import pty
import resource
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import unittest

VYRE = sys.argv.pop(1)
EXAMPLES = sorted((pathlib.Path(__file__).resolve().parents[2] / "examples").glob("*.vasm"))
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


class Asm(Case):
    def test_default_output(self):
        for name, output in [("a.vasm", "a.vir0"), ("b", "b.vir0"), ("c.txt", "c.txt.vir0"),
                             ("d e.vasm", "d e.vir0")]:
            with self.subTest(name):
                done = Done(["asm", self.write(name, NEWLINES)])
                self.assertEqual((done.exit, done.out, done.errors), (0, b"", ""))
                self.assertTrue((self.folder / output).read_bytes().startswith(b"VIR0"))

    def test_standard_input_and_output(self):
        to_output = Done(["asm", "-"], input=NEWLINES)
        self.assertEqual(to_output.exit, 0)
        path = self.write("a.vasm", NEWLINES)
        self.assertEqual(Done(["asm", path, "-o", "-"]).out, to_output.out)
        self.assertEqual(Done(["asm", path, "--output=-"]).out, to_output.out)
        self.assertEqual(self.assemble(NEWLINES).read_bytes(), to_output.out)

    def test_no_binary_on_a_terminal(self):
        path = self.write("a.vasm", NEWLINES)
        master, terminal = pty.openpty()
        self.addCleanup(os.close, master)
        for arguments in (["asm", path, "-o", "-"], ["asm", "-"]):
            done = subprocess.run([VYRE, *arguments], stdin=subprocess.DEVNULL, stdout=terminal,
                                  stderr=subprocess.PIPE, check=False, timeout=20)
            self.assertEqual(done.returncode, 2)
            self.assertIn(b"terminal", done.stderr)
        os.close(terminal)
        try:
            shown = os.read(master, 100)
        except OSError as closed:
            self.assertEqual(closed.errno, errno.EIO)
            shown = b""
        self.assertEqual(shown, b"")

    def test_mistakes_have_places(self):
        cases = [(b"hlat\n", ["1:1"]), (b"\n\n  jump x", ["3:8"]), (UNSET, ["3:3"]),
                 (b"halt\nq\n.carry x\n", ["2:1", "3:8"]), (b"x: halt\r\n\thlat\r\n", ["2:2"]),
                 ("; caf\u00e9 \U0001f600\n  h\u00e9\n".encode(), ["2:3"])]
        for text, places in cases:
            with self.subTest(text):
                path = self.write("a.vasm", text)
                done = Done(["asm", path])
                self.assertEqual(done.exit, 1)
                lines = done.errors.splitlines()
                self.assertEqual(len(lines), len(places), lines)
                for line, place in zip(lines, places):
                    self.assertTrue(line.startswith(f"{path}:{place}: "), line)
                self.assertEqual(self.names(), ["a.vasm"])

    def test_no_verify(self):
        path = self.write("a.vasm", UNSET)
        self.assertEqual(Done(["asm", path, "--no-verify"]).exit, 0)
        self.assertEqual(Done(["verify", self.folder / "a.vir0"]).exit, 1)

    def test_binary_input(self):
        binary = self.assemble(NEWLINES)
        self.assertEqual(Done(["asm", binary, "-o", self.folder / "b"]).exit, 1)
        self.assertEqual(self.names(), ["program.vir0"])

    def test_the_text_is_not_overwritten(self):
        path = self.write("a.vasm", NEWLINES)
        (self.folder / "link").symlink_to(path)
        for output in (path, self.folder / "link"):
            self.assertEqual(Done(["asm", path, "-o", output]).exit, 2)
            self.assertEqual(path.read_bytes(), NEWLINES)


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


class Disasm(Case):
    def test_round_trip(self):
        binary = self.assemble(NEWLINES)
        done = Done(["disasm", binary])
        self.assertEqual((done.exit, done.out, done.errors), (0, NEWLINES, ""))
        self.assertEqual(Done(["disasm", "-"], input=binary.read_bytes()).out, NEWLINES)
        text = self.folder / "out.vasm"
        self.assertEqual(Done(["disasm", binary, "-o", text]).exit, 0)
        self.assertEqual(text.read_bytes(), NEWLINES)

    def test_a_program_that_does_not_verify(self):
        done = Done(["disasm", self.assemble(b".word 0xff\n")])
        self.assertEqual((done.exit, done.out), (0, b"  .word 0x00000000000000ff\n"))

    def test_text_is_written_anew(self):
        done = Done(["disasm", "-"], input=b".alias n s1\n.const K 0x10\n s.const n,K ; why\n")
        self.assertEqual((done.exit, done.out), (0, b"  s.const s1, 16\n"))

    @unittest.skipUnless(EXAMPLES, "examples/ holds no programs")
    def test_examples(self):
        for example in EXAMPLES:
            with self.subTest(example.name):
                binary = self.assemble(example.read_bytes(), example.stem)
                text = Done(["disasm", binary]).out
                again = self.assemble(text, "again").read_bytes()
                self.assertEqual(again, binary.read_bytes())
                self.assertEqual(Done(["disasm", "-"], input=again).out, text)


class Verify(Case):
    def test_report(self):
        path = self.write("a.vasm", NEWLINES)
        done = Done(["verify", path])
        self.assertEqual((done.exit, done.errors), (0, ""))
        report = done.out.decode()
        for part in (str(path), "instructions", "tables", "content hash", "fuel", "registers",
                     "loop depth", "lines sum", "windows", "carry", "emit", "output", "proven",
                     "checked", "order"):
            self.assertIn(part, report)

    def test_json(self):
        text = (b".result a sum\n.result b max 2\n.window w or 4 2\n.carry 1\n.emit 7\n"
                b".table\n.u8 1, 2\n s.input s3, length\n result s3, b+1\n halt\n")
        path = self.write("a.vasm", text)
        binary = self.assemble(text)
        done = Done(["verify", "--json", path, binary])
        self.assertEqual((done.exit, done.errors), (0, ""))
        rows = [json.loads(line) for line in done.out.splitlines()]
        self.assertEqual([row.pop("file") for row in rows], [str(path), str(binary)])
        self.assertEqual(rows[0], rows[1])
        self.assertRegex(rows[0].pop("content_hash"), "^[0-9a-f]{32}$")
        self.assertGreaterEqual(rows[0].pop("fuel_per_tile"), 3)
        self.assertEqual(rows[0], {
            "accepted": True, "metadata": "", "instructions": 3, "tables": 1, "table_bytes": 2,
            "scalar_registers": 4, "vector_registers": 0, "mask_registers": 0, "loop_depth": 0,
            "results": [{"name": "a", "combine": "sum", "count": 1},
                        {"name": "b", "combine": "max", "count": 2}],
            "windows": [{"name": "w", "access": "or", "first": 4, "count": 2}],
            "carry_words": 1, "emit_budget": 7, "records_per_tile": 0, "output_per_tile": 0,
            "proven_accesses": 0, "checked_accesses": 0, "tile_order": "any"})

    def test_exit_status_is_the_worst(self):
        good = self.write("good.vasm", NEWLINES)
        bad = self.write("bad.vasm", UNSET)
        missing = self.folder / "missing"
        cases = [([good], 0), ([good, good], 0), ([good, bad], 1), ([bad, good], 1),
                 ([missing, good], 2), ([bad, missing, good], 2)]
        for files, exit_code in cases:
            done = Done(["verify", *files])
            self.assertEqual(done.exit, exit_code, files)
            self.assertEqual(done.out.count(b": accepted"), files.count(good))

    def test_rejections_have_places(self):
        text = self.write("bad.vasm", UNSET)
        done = Done(["verify", text])
        self.assertTrue(done.errors.startswith(f"{text}:3:3: "), done.errors)
        binary = self.assemble(UNSET)
        done = Done(["verify", binary])
        self.assertTrue(done.errors.startswith(f"{binary}: instruction 1"), done.errors)
        # A rejection of the whole program is that of no line.
        empty = self.write("empty.vasm", b"; nothing\n")
        done = Done(["verify", empty])
        self.assertEqual(done.exit, 1)
        self.assertNotIn("empty.vasm:", done.errors.replace("empty.vasm: ", ""))

    def test_json_of_rejections(self):
        text = self.write("bad.vasm", UNSET)
        mistakes = self.write("mistakes.vasm", b"hlat\n\n  q\n")
        missing = self.folder / "missing"
        done = Done(["verify", "--json", text, mistakes, missing])
        self.assertEqual((done.exit, done.errors), (2, ""))
        rows = [json.loads(line) for line in done.out.splitlines()]
        self.assertEqual([row["accepted"] for row in rows], [False] * 3)
        problem = rows[0]["problems"][0]
        self.assertEqual((problem["line"], problem["column"], problem["instruction"]), (3, 3, 1))
        places = [(row["line"], row["column"]) for row in rows[1]["problems"]]
        self.assertEqual(places, [(1, 1), (3, 3)])
        self.assertEqual(set(rows[2]["problems"][0]), {"what", "fix"})

    def test_a_name_that_is_no_utf8(self):
        path = os.path.join(os.fsencode(self.folder), b"a\xff.vasm")
        with open(path, "wb") as file:
            file.write(NEWLINES)
        done = Done(["verify", "--json", path])
        self.assertEqual(done.exit, 0)
        self.assertTrue(json.loads(done.out)["accepted"])

    @unittest.skipUnless(EXAMPLES, "examples/ holds no programs")
    def test_examples_are_accepted(self):
        done = Done(["verify", *EXAMPLES])
        self.assertEqual((done.exit, done.errors), (0, ""))


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


if __name__ == "__main__":
    sys.exit(0 if unittest.main(exit=False).result.wasSuccessful() else 1)
