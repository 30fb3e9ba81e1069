"""`--record` of scan and run, and `vyre replay`. Usage: replay.py VYRE [CASE]..."""

import json
import os
import pathlib
import random
import resource
import shutil
import signal
import struct
import subprocess
import sys
import time

from run_case import FAULTS, LINES, Finished, RunCase, main

SOURCE = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = SOURCE / "examples"


def text(rng, size):
    words = [b"alpha", b"key = \"0123456789abcdef\"", b"na\xc3\xafve", b"\n", b"42,7,x\n", b"\0\1"]
    data = b""
    while len(data) < size:
        data += b" ".join(rng.choices(words, k=500))
    return data[:size]


class ReplayCase(RunCase):
    def setUp(self):
        super().setUp()
        rng = random.Random(6)
        for number, size in enumerate([0, 1, 50, 4096, 65_536, 70_000, 200_000, 1_500_000]):
            self.write(f"tree/file{number}", text(rng, size))
        for number in range(40):
            self.write(f"tree/small/{number}", text(rng, rng.randrange(3000)))
        self.tree = self.folder / "tree"
        self.log = self.folder / "run.log"

    def record(self, *words, log=None, expect=0, **options):
        done = Finished([self.vyre, *words, "--record", log or self.log, "--threads", "2",
                         "--backend", "cpu", self.tree], **options)
        self.assertEqual((done.exit, done.errors), (expect, ""))
        return done

    def replay(self, *arguments, log=None):
        return Finished([self.vyre, "replay", "--backend", "cpu", *arguments, log or self.log])

    def same(self, **options):
        done = self.replay("--json", **options)
        (report,) = done.objects("replay")
        self.assertEqual((done.exit, done.errors, report["same"]), (0, "", True), report)
        return report

    def differs(self, **options):
        done = self.replay("--json", **options)
        (report,) = done.objects("replay")
        self.assertEqual((done.exit, done.errors, report["same"]), (1, "", False), report)
        return report["difference"]

    def test_each_example_replays_the_same(self):
        resource = self.write("records.bin", random.Random(7).randbytes(100_000))
        for program in sorted(EXAMPLES.glob("*.vasm")):
            with self.subTest(program.name):
                loads = "io.load" in program.read_text()
                named = ["--resource", f"records={resource}"] if loads else []
                self.record("run", "--no-records", *named, program)
                report = self.same()
                self.assertEqual((report["cut"], report["unfinished"]), (False, 0))
                self.assertEqual(report["programs"], 1)
                self.assertGreaterEqual(report["slots"], 48)
                self.assertGreaterEqual(report["bytes"], 1_800_000)

    def test_a_scan_by_rules_replays_the_same(self):
        done = self.record("scan", "--rules", EXAMPLES / "secrets.toml", expect=1)
        report = self.same()
        self.assertGreaterEqual(report["bytes"], 1_800_000)
        self.assertEqual(done.output, b"")

    def test_the_scan_prints_what_it_prints_without_a_log(self):
        plain = Finished([self.vyre, "scan", "-c", "-e", "alpha", "--threads", "2", self.tree])
        logged = self.record("scan", "-c", "-e", "alpha")
        self.assertEqual(sorted(plain.lines), sorted(logged.lines))
        self.same()

    def test_text_says_what_was_replayed(self):
        self.record("run", self.program(LINES))
        done = self.replay()
        self.assertEqual((done.exit, done.errors), (0, ""))
        self.assertRegex(done.lines[0], r"^.*run.log: \d+ slots, 1 programs, \d+ bytes run again")
        self.assertEqual(done.lines[1:], ['recorded on "cpu", replayed on "cpu"', "no difference"])

    def test_a_changed_byte_of_an_input_is_found_and_named(self):
        program = self.program('.metadata "lines of a file"\n' + LINES)
        self.record("run", program)
        path = self.tree / "file6"
        data = bytearray(path.read_bytes())
        data[150_000] ^= 1
        path.write_bytes(data)
        difference = self.differs()
        self.assertEqual((difference["kind"], difference["program_name"]),
                         ("input", "lines of a file"))
        (place,) = difference["bytes"]
        self.assertEqual(place["path"], str(path))
        self.assertLessEqual(place["offset"], 150_000)
        self.assertGreater(place["offset"] + place["length"], 150_000)
        done = self.replay()
        self.assertIn(f"slot {difference['slot']} of ring {difference['ring']} has another input",
                      done.output.decode())
        self.assertIn("lines of a file", done.output.decode())

    def test_a_log_with_inputs_stands_alone(self):
        self.record("run", "--record-inputs", self.program(LINES))
        self.assertGreater(self.log.stat().st_size, 1_800_000)
        shutil.rmtree(self.tree)
        self.same()

    def record_loads(self, *options):
        """An index of 300 entries, and what it points at."""
        rng = random.Random(9)
        data = self.write("records.bin", rng.randbytes(100_000))
        shutil.rmtree(self.tree)
        self.write("tree/index", b"".join(
            struct.pack("<QQ", rng.randrange(99_000), 1000) for _ in range(300)))
        self.record("run", "--no-records", "--resource", f"records={data}", *options,
                    EXAMPLES / "follow_index.vasm")
        return data

    def test_what_programs_load_is_part_of_the_log(self):
        data = self.record_loads()
        self.assertLess(self.log.stat().st_size, 100_000)
        self.assertEqual(self.same()["loads"], 300)
        changed = bytearray(data.read_bytes())
        changed[50_000] ^= 1
        data.write_bytes(changed)
        difference = self.differs()
        self.assertEqual((difference["kind"], difference["slot"]), ("load", 0))
        offset, length = struct.unpack_from("<QQ", (self.tree / "index").read_bytes(),
                                            16 * difference["load"])
        self.assertTrue(offset <= 50_000 < offset + length)
        self.assertRegex(difference["words"][0],
                         f"^1000 bytes of resource 0 from offset {offset}: the bytes are not those "
                         'of the recording: "/.*/records.bin", modified since$')
        self.assertEqual(self.replay().lines[2],
                         f"first difference: slot 0 of ring {difference['ring']} differs in load "
                         f"{difference['load']}")

    def test_a_log_with_inputs_holds_what_programs_load(self):
        self.record_loads("--record-inputs").unlink()
        shutil.rmtree(self.tree)
        self.assertGreater(self.log.stat().st_size, 300_000)
        self.assertEqual(self.same()["loads"], 300)
        self.assertIn("; 300 loads", self.replay().lines[0])

    def test_relative_paths_are_those_of_the_recording(self):
        done = Finished([self.vyre, "run", self.program(LINES), "--record", "here.log", "tree"],
                        cwd=self.folder)
        self.assertEqual(done.exit, 0)
        self.same(log=self.folder / "here.log")

    def test_faults_are_part_of_the_log(self):
        done = self.run_program(FAULTS, "--record", self.log, self.tree)
        self.assertEqual(done.exit, 2)
        self.assertEqual(self.same()["faulted"], 1)

    def test_windows_are_part_of_the_log(self):
        text_of_program = (
            ".window total add 0 1\n.window factor read 1\n v.lane v0\n m.eqi m0, v0, 0\n"
            " v.const v1, 0\n w.load v2, v1, m0, factor\n count.byte s0, 'a'\n v.splat v3, s0\n"
            " v.mul v3, v3, v2\n w.add v3, v1, m0, total\n halt\n")
        self.record("run", "--set", "factor=3", self.program(text_of_program))
        self.assertEqual(self.same()["windows_compared"], 1)

    def test_a_killed_recording_replays_up_to_the_cut(self):
        rng = random.Random(1)
        for number in range(1500):
            self.write(f"tree/many/{number}", text(rng, 2000))
        program = self.program(LINES)
        cut = 0
        for attempt in range(20):
            process = subprocess.Popen([self.vyre, "run", program, "--record", self.log,
                                        "--backend", "cpu", self.tree], stdout=subprocess.DEVNULL)
            while process.poll() is None and (not self.log.exists()
                                              or self.log.stat().st_size < 100_000 * (attempt + 1)):
                time.sleep(0.001)
            process.send_signal(signal.SIGKILL)
            process.wait()
            report = self.same()
            cut += report["cut"]
            self.log.unlink()
            if cut == 2:
                return
        self.fail(f"only {cut} of 20 recordings were cut")

    def test_a_disk_that_is_full_ends_the_run_with_an_error(self):
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
        done = self.run_program(LINES, "--record-inputs", "--record", self.log, self.tree,
                                before=limit)
        self.assertEqual(done.exit, 2)
        self.assertIn(f"write the replay log {self.log}: File too large", done.errors)
        self.assertTrue(self.same()["cut"])

    def test_what_cannot_be_replayed_is_told(self):
        self.record("run", self.program(LINES))
        whole = self.log.read_bytes()
        changed = bytearray(whole)
        changed[len(whole) // 2] ^= 4
        cases = [("damaged", bytes(changed), "is damaged: record"), ("empty", b"", "no replay log"),
                 ("text", b"x" * 3000, "does not begin as one")]
        for name, content, told in cases:
            with self.subTest(name):
                done = self.replay(log=self.write(name, content))
                self.assertEqual((done.exit, done.output), (2, b""))
                self.assertIn(told, done.errors)
        for path in (self.folder, self.folder / "none", "/dev/null"):
            done = self.replay(log=path)
            self.assertEqual((done.exit, done.output), (2, b""), path)
            self.assertIn(os.fspath(path), done.errors)

    def test_options_that_make_no_sense_are_refused(self):
        cases = [(["run", self.program(LINES), "--record-inputs", self.tree], "without --record"),
                 (["run", self.program(LINES), "--record", "", self.tree], "names none"),
                 (["scan", "-e", "x", "--record", self.folder, self.tree], "Is a directory"),
                 (["scan", "-e", "x", "--recrod", self.log, self.tree], "did you mean --record?"),
                 (["replay"], "LOG is required"),
                 (["replay", "--backend", "cpu", "--device", "0", self.log], "together"),
                 (["replay", "--jsn", self.log], "did you mean --json?"),
                 (["repaly", self.log], "did you mean replay?")]
        for words, told in cases:
            with self.subTest(words):
                done = Finished([self.vyre, *words])
                self.assertEqual((done.exit, done.output), (2, b""))
                self.assertIn(told, done.errors)

    def test_json_is_one_line_of_it(self):
        self.record("run", self.program(LINES))
        done = self.replay("--json")
        self.assertEqual(len(done.lines), 1)
        self.assertEqual(json.loads(done.lines[0])["recorded"], {"kind": "cpu", "name": "cpu"})


if __name__ == "__main__":
    sys.exit(main(ReplayCase))
