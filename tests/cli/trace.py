"""What `--trace` writes: JSON that trace viewers open, whatever becomes of the run.

Usage: trace.py VYRE [CASE], or --list.
"""

import collections
import json
import os
import pathlib
import resource
import signal
import subprocess
import sys
import time

import run_case
from run_case import COPY, FAULTS, LINES

HOPS = ["submit", "read", "publish", "claim", "run", "take", "consume"]


def limit_files():
    """Files of 64 KiB at most: a disk that is full."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, 1 << 16))


class Visit:
    """One slot's way: its hops as (name, begin, end), in the order of the file."""

    def __init__(self):
        self.hops = []
        self.args = []


class Trace(run_case.RunCase):
    def setUp(self):
        super().setUp()
        self.trace = self.folder / "trace.json"

    def visits(self):
        """Checks the file as a whole, and what each slot did."""
        whole = json.loads(self.trace.read_bytes())
        self.assertEqual(set(whole), {"traceEvents", "displayTimeUnit"})
        names = collections.defaultdict(dict)
        visits, open_hops, ends = collections.defaultdict(Visit), {}, {}
        for event in whole["traceEvents"]:
            if event["ph"] == "M":
                names[event["pid"]][event["tid"], event["name"]] = event["args"]
                continue
            key = event["pid"], event["cat"], event["id"]
            self.assertEqual(event["name"], f"{event['tid']} {event['cat']}")
            self.assertEqual(event["tid"], HOPS.index(event["cat"]) + 1)
            if event["ph"] == "b":
                self.assertNotIn(key, open_hops, "a pair within a pair")
                open_hops[key] = event
                continue
            self.assertEqual(event["ph"], "e")
            begin = open_hops.pop(key)
            visit = visits[event["pid"], event["id"]]
            visit.hops.append((event["cat"], begin["ts"], event["ts"]))
            visit.args.append(begin["args"])
            self.assertLessEqual(begin["ts"], event["ts"])
            # A hop of a slot does not begin before the one before it has ended.
            self.assertLessEqual(ends.get((event["pid"], event["id"]), 0), begin["ts"])
            ends[event["pid"], event["id"]] = event["ts"]
        self.assertEqual(open_hops, {}, "each that begins, ends")
        for ring, told in names.items():
            self.assertEqual(told[0, "process_name"], {"name": f"ring {ring - 1}"})
            for number, hop in enumerate(HOPS, 1):
                self.assertEqual(told[number, "thread_name"], {"name": f"{number} {hop}"})
        self.assertLessEqual({ring for ring, _ in visits}, set(names))
        for visit in visits.values():
            order = [HOPS.index(hop) for hop, _, _ in visit.hops]
            self.assertEqual(order, sorted(set(order)))
            self.assertTrue(all(args == visit.args[0] for args in visit.args))
        return list(visits.values())

    def scan(self, *arguments, **options):
        return run_case.Finished(
            [self.vyre, "scan", "--trace", self.trace, "-e", "needle", *arguments], **options)

    def run_traced(self, text, *arguments, **options):
        return self.run_program(text, "--trace", self.trace, *arguments, **options)

    def test_scan_tells_each_slot(self):
        for number in range(300):
            self.write(f"data/small{number}", "a needle\n" * (number % 9))
        self.write("data/big", b"x" * 3_000_000)
        run = self.scan("--json", "--threads", "2", self.folder / "data")
        self.assertEqual(run.exit, 0, run.errors)
        stats = run.objects("stats")[0]
        visits = self.visits()
        whole = [visit for visit in visits if len(visit.hops) == len(HOPS)]
        self.assertEqual(len(whole), stats["chunks"])
        for hop in HOPS:
            count = sum(name == hop for visit in visits for name, _, _ in visit.hops)
            self.assertEqual(count, stats["latency"][hop]["slots"], hop)
        last = max(end for visit in visits for _, _, end in visit.hops)
        self.assertLess(last / 1e6, stats["seconds"] + 10)
        of_big = [visit.args[0] for visit in whole
                  if visit.args[0]["file"] == str(self.folder / "data/big")]
        self.assertGreater(len(of_big), 3)
        offsets = [args["offset"] for args in of_big]
        self.assertEqual(len(set(offsets)), len(offsets))
        self.assertEqual(sum(args["files"] for args in (v.args[0] for v in visits)),
                         300 + len(of_big))

    def test_run_tells_faults(self):
        self.write("data/file", b"x" * (6 << 16))
        run = self.run_traced(FAULTS, self.folder / "data")
        self.assertEqual(run.exit, 2, run.errors)
        faults = [visit.args[0]["fault"] for visit in self.visits() if "fault" in visit.args[0]]
        self.assertEqual(len(faults), 1)

    def test_names_are_escaped(self):
        hostile = os.fsencode(self.folder) + b'/data/a"b\\c\n\x1b[31m\xff\xc3'
        (self.folder / "data").mkdir()
        pathlib.Path(os.fsdecode(hostile)).write_bytes(b"needle\n")
        self.assertEqual(self.scan(self.folder / "data").exit, 0)
        names = [visit.args[0]["file"] for visit in self.visits()]
        self.assertEqual(names, [f'{self.folder}/data/a"b\\c\n\x1b[31m\ufffd\ufffd'])

    def test_is_not_read_itself(self):
        self.trace = self.folder / "data/trace.json"
        self.write("data/file", "needle\n")
        run = self.scan("--json", self.folder / "data")
        self.assertEqual(run.objects("stats")[0]["files"], 1, run.errors)
        run = self.run_traced(LINES, "--json", self.folder / "data")
        self.assertEqual(run.objects("summary")[0]["files"], 1, run.errors)
        self.assertEqual(len(self.visits()), 1)

    def test_nothing_to_read(self):
        run = self.scan(self.folder / "missing")
        self.assertEqual(run.exit, 2)
        self.visits()

    def until_events(self, command):
        """Runs the command, and gives it once it has written some events."""
        process = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        begun = time.monotonic()
        while not self.trace.exists() or self.trace.stat().st_size < 4096:
            self.assertIsNone(process.poll(), "it ended too soon")
            self.assertLess(time.monotonic() - begun, 30)
            time.sleep(0.01)
        return process

    def endless(self):
        """A command that goes on for long."""
        os.truncate(self.write("data/huge1", b""), 1 << 40)
        return [self.vyre, "run", "--trace", self.trace, self.program(LINES), self.folder / "data"]

    def test_interrupt_leaves_whole_json(self):
        process = self.until_events(self.endless())
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(30), 130)
        self.assertGreater(len(self.visits()), 10)

    def test_kill_leaves_whole_json(self):
        process = self.until_events(self.endless())
        # A kill alone may cut a write short.
        process.send_signal(signal.SIGSTOP)
        while pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1][1] != "T":
            time.sleep(0.001)
        process.kill()
        process.wait(30)
        self.assertGreater(len(self.visits()), 10)

    def test_memory_is_bounded(self):
        command = self.endless()
        process = self.until_events(command)
        while self.trace.stat().st_size < 8 << 20:
            time.sleep(0.02)
        status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        peak = int(status.split("VmHWM:")[1].split()[0])
        self.assertLess(peak, 256 << 10)

    def test_a_full_disk_is_told(self):
        os.truncate(self.write("data/file", b""), 256 << 20)
        run = self.run_traced(LINES, self.folder / "data", before=limit_files)
        self.assertEqual(run.exit, 2, run.errors)
        self.assertIn(f"of the trace {self.trace}: File too large", run.errors)
        self.assertIn("lines=0", run.lines[0])

    def test_what_cannot_hold_a_trace_is_refused(self):
        data = self.write("data/file", "needle\n")
        os.mkfifo(self.folder / "fifo")
        cases = {self.folder: "Is a directory", self.folder / "no/trace": "No such file",
                 "/dev/null": "no regular file", self.folder / "fifo": "No such device",
                 data: "would empty what is to be read", "": "this names none"}
        for place, told in cases.items():
            with self.subTest(str(place)):
                for words in (["scan", "-e", "needle"], ["run", self.program(COPY)]):
                    run = run_case.Finished([self.vyre, *words, "--trace", place, data],
                                            timeout=20)
                    self.assertEqual(run.exit, 2)
                    self.assertIn(told, run.errors)
                    self.assertEqual(run.lines, [])
        self.assertEqual(data.read_bytes(), b"needle\n")

    def test_misspelt_option(self):
        run = run_case.Finished([self.vyre, "scan", "-e", "x", "--trase", "t", self.folder])
        self.assertEqual(run.exit, 2)
        self.assertIn("did you mean --trace?", run.errors)

    def test_names_in_brackets(self):
        self.trace = self.folder / "[a,b]"
        data = self.write("data/file", "needle\n")
        run = run_case.Finished([self.vyre, "scan", "--trace", "[a,b]", "-e", "needle", data],
                                cwd=self.folder)
        self.assertEqual(run.exit, 0, run.errors)
        self.assertEqual(len(self.visits()), 1)


if __name__ == "__main__":
    sys.exit(run_case.main(Trace))
