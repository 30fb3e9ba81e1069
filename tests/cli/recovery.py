"""What `vyre scan` and `vyre run` make of workers that hang or end, of chunks that take too long,
and of Ctrl-C in the middle of one. Usage: recovery.py VYRE [CASE].
"""

import json
import os
import random
import signal
import subprocess
import sys
import time

import run_case

# Takes long over tiles that begin with an L.
LONG = (".result tiles sum\n.carry 1\n s.const s1, 0\n v.block.u8 v0, s1\n v.extract s2, v0, s1\n"
        " s.eqi s2, s2, 'L'\n s.muli s2, s2, 65536\n repeat.scalar s2, 65536\n s.addi s1, s1, 1\n"
        " s.addi s1, s1, 1\n s.addi s1, s1, 1\n end\n s.const s0, 1\n result s0, tiles\n halt\n")
ADDS = (".window n add 0\n count.byte s0, 'a'\n v.splat v0, s0\n v.const v1, 0\n v.lane v2\n"
        " m.eqi m0, v2, 0\n w.add v0, v1, m0, n\n halt\n")
TILE = 65536


class Recovery(run_case.RunCase):
    def setUp(self):
        super().setUp()
        chance = random.Random(1)
        lines = [" ".join(chance.choices(["needle", "hay", "straw", "stack"], k=5)) + "\n"
                 for _ in range(2000)]
        for i in range(150):
            first = chance.randrange(1000)
            text = "".join(lines[first:first + chance.choice([1, 40, 1000])])
            self.write(f"tree/{i % 7}/file{i}", text * chance.choice([1, 1, 4]))
        self.tree = self.folder / "tree"

    def scan(self, *arguments, inject=None, paths=None):
        environment = dict(os.environ)
        if inject is not None:
            environment["VYRE_CPU_INJECT"] = inject
        return run_case.Finished([self.vyre, "scan", "--backend", "cpu", "-e", "needle", *arguments,
                                  *(paths or [self.tree])], env=environment)

    def test_scan_gives_the_same_output(self):
        modes = [["-c"], ["-o"], ["-l"], ["--json"], []]
        injections = ["end:0", "end:20", "hang:13"]
        for number, mode in enumerate(modes):
            arguments = ["--hang-after", "1s", *mode]
            sound = self.scan(*arguments)
            self.assertEqual(sound.exit, 0, sound.errors)
            self.assertEqual(sound.errors, "")
            run = self.scan(*arguments, inject=injections[number % len(injections)])
            self.assertEqual(run.exit, 0, run.errors)
            self.assertIn("vyre: warning: worker ", run.errors)
            self.assertIn("another took its place, and 1 chunks ran once more", run.errors)
            if mode == ["--json"]:
                self.assertEqual(self.findings(run), self.findings(sound))
                self.assertEqual(run.objects("stats")[0]["lost_workers"], 1)
                self.assertEqual(run.objects("stats")[0]["repeated_chunks"], 1)
            else:
                self.assertEqual(sorted(run.lines), sorted(sound.lines), mode)

    def findings(self, run):
        return sorted(line for line in run.lines if json.loads(line)["type"] != "stats")

    def test_a_single_worker_is_replaced(self):
        sound = self.scan("--threads", "1")
        run = self.scan("--threads", "1", "--stats", inject="end:11")
        self.assertEqual(run.lines, sound.lines)
        self.assertIn("recovered   1 workers replaced, 1 chunks run again, 0 given up", run.errors)

    def test_a_chunk_that_costs_two_workers_is_given_up(self):
        sound = self.scan()
        poisoned = self.write("poisoned", "POISONED needle\n" + "x" * 600000)
        run = self.scan("--threads", "2", inject="end=POISONED", paths=[self.tree, poisoned])
        self.assertEqual(run.exit, 2, run.errors)
        self.assertIn(f"vyre: {poisoned}: the chunk at offset 0 was given up", run.errors)
        self.assertIn("2 workers in all were replaced", run.errors)
        self.assertEqual(sorted(run.lines), sorted(sound.lines))

    def test_workers_that_are_lost_without_end_are_an_error(self):
        for i in range(40):
            self.write(f"bad/{i}", "POISONED" + "x" * 600000)
        run = self.scan("--threads", "2", inject="end=POISONED", paths=[self.folder / "bad"])
        self.assertEqual(run.exit, 2, run.errors)
        self.assertIn("workers were lost within a minute", run.errors)

    def test_programs_that_change_windows_are_not_repeated(self):
        os.environ["VYRE_CPU_INJECT"] = "end:5"
        self.addCleanup(os.environ.pop, "VYRE_CPU_INJECT", None)
        run = self.run_program(ADDS, "--backend", "cpu", self.tree)
        self.assertEqual(run.exit, 2, run.errors)
        self.assertIn("it changes its windows", run.errors)
        self.assertNotIn("windows:", run.output.decode())

    def test_run_gives_the_same_results(self):
        sound = self.run_program(run_case.LINES, "--backend", "cpu", self.tree)
        os.environ["VYRE_CPU_INJECT"] = "end:31"
        self.addCleanup(os.environ.pop, "VYRE_CPU_INJECT", None)
        run = self.run_program(run_case.LINES, "--backend", "cpu", self.tree)
        self.assertEqual(run.exit, 0, run.errors)
        self.assertEqual(sorted(run.lines), sorted(sound.lines))
        self.assertIn("warning: worker", run.errors)

    def test_run_ends_where_all_workers_are_lost(self):
        os.environ["VYRE_CPU_INJECT"] = "lose:3"
        self.addCleanup(os.environ.pop, "VYRE_CPU_INJECT", None)
        run = self.run_program(run_case.LINES, "--backend", "cpu", self.tree)
        self.assertEqual(run.exit, 2, run.errors)
        self.assertIn("all workers are lost", run.errors)
        self.assertNotIn("took its place", run.errors)

    def test_deadline(self):
        slow = self.write("slow", b"".join(b"L" + b"x" * (TILE - 1) for _ in range(2)))
        quick = self.write("quick", "abc")
        run = self.run_program(LONG, "--backend", "cpu", "--deadline", "1us", "--stats", slow, quick)
        self.assertEqual(run.exit, 2, run.errors)
        self.assertIn(f"vyre: {slow}: the chunk at offset 0 was given up, since it took longer than "
                      "0.001 ms", run.errors)
        run = self.run_program(LONG, "--backend", "cpu", "--deadline", "10m", slow, quick)
        self.assertEqual(run.exit, 0, run.errors)
        self.assertEqual(sorted(run.lines), sorted([f"{slow}: tiles=2", f"{quick}: tiles=1"]))

    def test_durations_that_are_none(self):
        for option, given, told in [("--deadline", "5", "'5' is no duration"),
                                    ("--deadline", "0s", "no time at all"),
                                    ("--hang-after", "x", "'x' is no duration"),
                                    ("--hang-after", "1ms", "use 10 ms or more"),
                                    ("--hang-aftr", "1s", "--hang-after")]:
            run = self.scan(option, given)
            self.assertEqual(run.exit, 2)
            self.assertIn(told, run.errors)

    def test_injections_that_are_none(self):
        for inject in ["end", "bad-store:3", "hang=short", "kill:1"]:
            run = self.scan(inject=inject)
            self.assertEqual(run.exit, 2, inject)
            self.assertNotEqual(run.errors, "")

    def test_interrupt_ends_a_long_program(self):
        slow = self.write("slow", b"".join(b"L" + b"x" * (TILE - 1) for _ in range(4000)))
        process = subprocess.Popen([self.vyre, "run", "--backend", "cpu", "--threads", "1",
                                    self.program(LONG), slow], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        begin = time.monotonic()
        _, errors = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130, errors)
        self.assertLess(time.monotonic() - begin, 10)


if __name__ == "__main__":
    sys.exit(run_case.main(Recovery))
