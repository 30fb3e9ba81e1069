"""`vyre asm`, `vyre disasm`, `vyre verify`. Usage: program_commands.py VYRE [TEST]..."""

import errno
import json
import os
import pathlib
import pty
import subprocess
import sys
import unittest

from program_commands_case import NEWLINES, UNSET, VYRE, Case, Done

EXAMPLES = sorted((pathlib.Path(__file__).resolve().parents[2] / "examples").glob("*.vasm"))


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


if __name__ == "__main__":
    sys.exit(0 if unittest.main(exit=False).result.wasSuccessful() else 1)
