"""The choice of the backend, from outside the process, where CUDA has no device to offer: this build
has no CUDA, the machine no device, or the environment hides them. Usage: backend_choice.py VYRE
[CASE].
"""

import json
import os
import sys

import run_case
from run_case import CRC32C, LINES, Finished

WITHOUT_DEVICE = dict(os.environ, CUDA_VISIBLE_DEVICES="")


class BackendChoice(run_case.RunCase):
    def setUp(self):
        super().setUp()
        for number in range(40):
            self.write(f"data/{number}", f"needle {number}\nhay\n" * (number * 300))
        self.data = self.folder / "data"
        self.lines = self.program(LINES)
        self.commands = {
            "scan": ["scan", "-e", "needle 7$", "-e", "nothing"],
            "scan --json": ["scan", "-e", "needle 7$", "--json"],
            "run": ["run", self.lines],
            "run --json": ["run", self.program(CRC32C), "--json"],
        }

    def run_vyre(self, *arguments):
        return Finished([self.vyre, *arguments], env=WITHOUT_DEVICE)

    def test_cuda_asked_for_by_name_or_device_is_an_error(self):
        for name, command in self.commands.items():
            for choice in (["--backend", "cuda"], ["--device", "0"], ["--device", "GPU-0"],
                           ["--backend", "cuda", "--device", "0"],
                           ["--backend", "auto", "--device", "0"]):
                with self.subTest((name, choice)):
                    run = self.run_vyre(*command, *choice, self.data)
                    self.assertEqual((run.exit, run.lines), (2, []), run.errors)
                    self.assertRegex(run.errors, r"\Avyre: .*(CUDA|NVIDIA).*; .*\n\Z")

    def test_auto_prints_what_cpu_prints(self):
        for name, command in self.commands.items():
            with self.subTest(name):
                runs = [self.run_vyre(*command, "--threads", "1", *choice, self.data)
                        for choice in ([], ["--backend", "auto"], ["--backend", "cpu"])]
                texts = [self.without_statistics(run) for run in runs]
                self.assertGreater(len(texts[0]), 0)
                self.assertEqual(texts[0], texts[2])
                self.assertEqual(texts[1], texts[2])
                self.assertEqual({run.exit for run in runs}, {0})
                self.assertEqual({run.errors for run in runs}, {""})

    def without_statistics(self, run):
        return [line for line in run.lines
                if not line.startswith(('{"type":"stats"', '{"type":"summary"'))]

    def test_statistics_say_what_ran_and_why(self):
        for name, kind in (("scan --json", "stats"), ("run --json", "summary")):
            with self.subTest(name):
                command = self.commands[name]
                (auto,) = self.run_vyre(*command, self.data).objects(kind)
                self.assertEqual(auto["backend"]["kind"], "cpu")
                self.assertRegex(auto["backend"]["reason"], "CUDA|NVIDIA")
                (cpu,) = self.run_vyre(*command, "--backend", "cpu", self.data).objects(kind)
                self.assertEqual(cpu["backend"], {"kind": "cpu", "name": "cpu"})
                reason = auto["backend"]["reason"]
                text = self.run_vyre(*command, "--stats", self.data).errors
                self.assertIn(f"\nbackend     cpu; not cuda: {reason}\n", text)
                text = self.run_vyre(*command, "--stats", "--backend", "cpu", self.data).errors
                self.assertIn("\nbackend     cpu\n", text)

    def test_doctor_says_what_auto_chooses(self):
        report = json.loads(self.run_vyre("doctor", "--json").output)
        (stats,) = self.run_vyre(*self.commands["scan --json"], self.data).objects("stats")
        self.assertEqual(report["backend"], stats["backend"])
        rows = {row["name"]: row for row in report["rows"]}
        self.assertEqual(rows["backend:cuda"]["state"], "unavailable")
        self.assertIn(report["backend"]["reason"], rows["session"]["evidence"])
        self.assertEqual(self.run_vyre("doctor").lines[-1],
                         "`vyre scan` works here, on the CPU backend.")

    def test_words_that_conflict_or_are_none(self):
        for command in (self.commands["scan"], self.commands["run"]):
            for choice, told in ((["--backend", "cpu", "--device", "0"], "--device"),
                                 (["--backend", "cud"], "did you mean cuda?"),
                                 (["--device", ""], "--device"), (["--bakend"], "--backend")):
                with self.subTest((command, choice)):
                    run = self.run_vyre(*command, *choice, self.data)
                    self.assertEqual((run.exit, run.lines), (2, []), run.errors)
                    self.assertIn(told, run.errors)


if __name__ == "__main__":
    sys.exit(run_case.main(BackendChoice))
