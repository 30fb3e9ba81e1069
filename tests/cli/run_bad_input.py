"""What `vyre run` does with hostile files, programs and users: a clear error, the rest of the work
done, nothing half said. Usage: run_bad_input.py VYRE [CASE]. Exits 77 after a line `SKIP: reason`
where the case cannot be made here.
"""

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

import run_case
import seccomp
from run_case import COPY, FAULTS, LINES, MARKS

NOBODY = 65534
TILE = 65536


def become_nobody():
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)


class RunBadInput(run_case.RunCase):
    def setUp(self):
        super().setUp()
        self.good = self.write("data/good", "1\n2\n")
        self.good_line = f"{self.good}: lines=2"

    def expect_good(self, run, exit_code, *told):
        self.assertIn(self.good_line, run.lines, run.errors)
        self.assertEqual(run.exit, exit_code, run.errors)
        for text in told:
            self.assertIn(text, run.errors)

    # Resources

    def test_resources_that_cannot_be(self):
        program = (".io 8\n.resource records\n s.const s0, records\n io.load s1, s0, s0, s0\n"
                   " halt\n")
        cases = [
            (["recrds=" + str(self.good)], "no resource 'recrds'; did you mean records?"),
            (["records"], "gives no path"),
            (["records="], "gives no path"),
            ([], "resource 'records' is not given; add --resource records=PATH"),
            (["records=" + str(self.folder / "missing")], "No such file"),
            (["records=" + str(self.folder)], "neither a file nor a block device"),
            (["records=/dev/zero"], "neither a file nor a block device"),
            (["records=a", "records=b"], "twice"),
        ]
        for given, told in cases:
            options = [word for text in given for word in ("--resource", text)]
            run = self.run_program(program, *options, self.good)
            self.assertEqual((run.exit, run.lines), (2, []), run.errors)
            self.assertIn(told, run.errors)
        run = self.run_program(LINES, "--resource", "records=x", self.good)
        self.assertEqual(run.exit, 2)
        self.assertIn("it names none: leave out --resource", run.errors)

    # Files

    def test_missing_path(self):
        missing = self.folder / "missing"
        self.expect_good(self.run_program(LINES, missing, self.good), 2, str(missing))
        run = self.run_program(LINES, "--json", missing, self.good)
        self.assertEqual([item["path"] for item in run.objects("error")], [str(missing)])
        self.assertEqual(run.objects("summary")[0]["errors"], 1)

    def test_empty_file_and_empty_directory(self):
        empty = self.write("data/empty", b"")
        (self.folder / "data/nothing").mkdir()
        run = self.run_program(LINES, self.folder / "data")
        self.expect_good(run, 0)
        self.assertIn(f"{empty}: lines=0", run.lines)
        self.assertEqual(len(run.lines), 2)

    def test_unreadable_file(self):
        self.write("data/secret", "1\n").chmod(0)
        program = self.program(LINES)
        vyre, before = self.vyre, None
        if os.geteuid() == 0:
            vyre, before = self.folder / "vyre", become_nobody
            shutil.copy(self.vyre, vyre)
            vyre.chmod(0o755)
        run = run_case.Finished([vyre, "run", program, self.folder / "data"], before=before)
        self.expect_good(run, 2, "secret", "Permission denied")

    def test_devices_fifos_and_sockets(self):
        os.mkfifo(self.folder / "data/fifo")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(self.folder / "data/socket"))
            self.expect_good(self.run_program(LINES, self.folder / "data", timeout=20), 0)
            for path in ("/dev/null", "/dev/zero", self.folder / "data/fifo"):
                with self.subTest(str(path)):
                    run = self.run_program(LINES, path, self.good, timeout=20)
                    self.expect_good(run, 2, str(path))

    def test_proc_file_of_size_0_with_content(self):
        run = self.run_program(LINES, "/proc/meminfo")
        count = len(open("/proc/meminfo", "rb").read().splitlines())
        self.assertEqual(run.lines, [f"/proc/meminfo: lines={count}"], run.errors)

    def test_files_that_shrink_and_grow(self):
        changing = self.write("data/changing", b"x" * (8 << 20))
        stop = threading.Event()

        def change():
            rng = random.Random(7)
            while not stop.is_set():
                os.truncate(changing, rng.randrange(0, 8 << 20))
        thread = threading.Thread(target=change)
        thread.start()
        try:
            for _ in range(15):
                run = self.run_program(LINES, self.folder / "data")
                self.expect_good(run, run.exit)
                self.assertIn(run.exit, (0, 2), run.errors)
                self.assertEqual(run.exit == 2, "changing" in run.errors, run.errors)
        finally:
            stop.set()
            thread.join()

    # Programs

    def expect_no_run(self, run, *told):
        self.assertEqual((run.exit, run.lines), (2, []), run.errors)
        for text in told:
            self.assertIn(text, run.errors)

    def test_a_program_that_is_none(self):
        garbage = self.write("garbage", random.Random(2).randbytes(5000))
        cut = self.write("cut", b"VIR0" + bytes(20))
        nothing = self.write("nothing", b"")
        for path in (self.folder / "missing", self.folder, garbage, cut, nothing, "/dev/null"):
            with self.subTest(str(path)):
                run = run_case.Finished([self.vyre, "run", path, self.good])
                self.expect_no_run(run, str(path))

    def test_a_mistake_in_the_text_is_told_by_line(self):
        program = self.program(".result a sum\n\n frobnicate s0\n halt\n")
        run = run_case.Finished([self.vyre, "run", program, self.good])
        self.expect_no_run(run, f"{program}:3:")

    def test_a_rejected_program_is_told_by_line(self):
        program = self.program(".result a sum\n result s0, a\n halt\n")
        run = run_case.Finished([self.vyre, "run", program, self.good])
        self.expect_no_run(run, f"{program}:2:")

    def test_a_fault_names_file_instruction_place_and_tile(self):
        big = self.write("data/big", bytes(6 * TILE))
        small = self.write("data/small", bytes(5 * TILE))
        run = self.run_program(FAULTS, self.folder / "data")
        self.assertEqual(run.exit, 2)
        self.assertEqual(sorted(run.lines), [f"{self.good}: tiles=1", f"{small}: tiles=5"])
        for text in (str(big), "instruction 6", "tile-out-of-range", f"offset {5 * TILE}",
                     "program1.vasm:8:"):
            self.assertIn(text, run.errors)
        self.assertEqual(len(run.errors.splitlines()), 1)
        run = self.run_program(FAULTS, "--json", big)
        (error,) = run.objects("error")
        self.assertEqual((error["path"], error["code"]), (str(big), "device-fault"))
        self.assertEqual(run.objects("file"), [])
        self.assertEqual(run.objects("summary")[0]["failed_files"], 1)

    def test_a_fault_after_many_records_leaves_whole_json(self):
        program = FAULTS.replace("fine:\n", "fine:\n find.emit s2, mark\n").replace(
            ".result tiles sum\n", '.result tiles sum\n.table mark\n .text "#!"\n')
        big = self.write("data/big", b"#!" * (4 * TILE))
        run = self.run_program(program, "--json", "--threads", "1", big)
        self.assertEqual(run.exit, 2)
        self.assertEqual(len(run.objects("error")), 1)
        for item in run.objects("file"):
            self.assertTrue(item["incomplete"])
            self.assertNotIn("results", item)

    def test_more_records_than_there_is_room_for_are_said_to_be_missing(self):
        # 16 records for each byte of a slot.
        program = (".table a\n .text \"a\"\n s.const s0, 1\n"
                   + " find.emit s0, a\n" * 16 + " halt\n")
        path = self.write("data/many", b"a" * (4 * TILE))
        run = self.run_program(program, "--no-records", path)
        self.assertEqual((run.exit, run.lines), (0, [f"{path}: records={16 * 4 * TILE}"]),
                         run.errors)
        run = self.run_program(program, "--json", path)
        (item,) = run.objects("file")
        self.assertEqual(item["record_count"], 16 * 4 * TILE)
        if run.exit != 0:
            self.assertTrue(item["records_truncated"])
            self.assertIn("missing", run.errors)
        else:
            self.assertEqual(len(item["records"]), item["record_count"])

    # What the user gives

    def test_settings_that_fit_no_window(self):
        program = ".window limits read 0 2\n halt\n"
        for setting, told in (("limits", "limits"), ("limit=1", "limits"), ("limits=1,2,3", "2"),
                              ("limits=", "''"), ("limits=1,", "''"), ("limits=-1", "-1"),
                              ("limits=4294967296", "4294967296"), ("limits=0x", "0x"),
                              ("limits=1x", "1x"), ("=1", "limits")):
            with self.subTest(setting):
                run = self.run_program(program, "--set", setting, self.good)
                self.expect_no_run(run, told)
        self.expect_no_run(self.run_program(LINES, "--set", "a=1", self.good), "no window 'a'")

    def test_options_that_conflict_or_do_not_exist(self):
        self.expect_no_run(self.run_program(COPY, "--raw", "--json", self.good), "--raw", "--json")
        self.expect_no_run(self.run_program(LINES, "--raw", self.good), "--raw")
        self.expect_no_run(self.run_program(LINES, "--jsn", self.good), "--json")
        self.expect_no_run(run_case.Finished([self.vyre, "run"]), "PROGRAM")

    def test_help_has_an_example(self):
        run = run_case.Finished([self.vyre, "run", "--help"])
        self.assertEqual(run.exit, 0)
        self.assertIn("vyre run ", run.output.decode())

    # The machine

    def test_a_ring_that_fails_in_the_midst(self):
        if not seccomp.available():
            self.skipTest("no seccomp filter can be installed on this machine")
        big = self.write("data/big", b"1\n" * (16 << 20))
        for window in ("", ".window w state 0 1\n"):
            for form in ((), ("--json",)):
                with self.subTest((window, form)):
                    run = self.run_program(window + LINES, *form, self.folder / "data",
                                           before=seccomp.break_waiting)
                    self.assertEqual(run.exit, 2, run.errors)
                    self.assertIn("vyre: io_uring_enter: Input/output error", run.errors)
                    # What is not whole is not told: neither the big file nor what goes over all.
                    for told in (str(big), "windows", "summary"):
                        self.assertNotIn(told, run.output.decode())

    def test_a_reader_that_goes_away(self):
        self.write("data/long", b"#!" * 3_000_000)
        with subprocess.Popen([self.vyre, "run", self.program(MARKS), self.folder / "data"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            process.stdout.readline()
            process.stdout.close()
            errors = process.stderr.read().decode()
            process.wait(20)
        self.assertEqual((process.returncode, errors), (0, ""))

    def test_a_full_disk(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([self.vyre, "run", self.program(LINES), self.folder / "data"],
                                  stdout=full, stderr=subprocess.PIPE, timeout=20, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"No space left", done.stderr)

    def test_interrupt(self):
        os.truncate(self.write("data/huge1", b""), 1 << 40)
        os.truncate(self.write("data/huge2", b""), 1 << 40)
        carry = ".carry 4\n xxh64 s0, 0\n halt\n"
        serial = ".window w state 0\n count.byte s0, 0\n halt\n"
        for text in (LINES, carry, serial):
            with self.subTest(text), subprocess.Popen(
                    [self.vyre, "run", self.program(text), self.folder / "data"],
                    stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
                time.sleep(0.5)
                process.send_signal(signal.SIGINT)
                start = time.monotonic()
                process.communicate(timeout=30)
                self.assertLess(time.monotonic() - start, 5)
                self.assertEqual(process.returncode, 130)

    def test_interrupt_leaves_whole_json(self):
        program = self.program(MARKS.replace("#!", "a"))
        self.write("data/many", b"a" * (64 << 20))
        with open(self.folder / "printed", "wb") as printed:
            with subprocess.Popen([self.vyre, "run", "--json", program, self.folder / "data"],
                                  stdout=printed) as process:
                while os.path.getsize(printed.name) == 0 and process.poll() is None:
                    time.sleep(0.01)
                process.send_signal(signal.SIGINT)
                process.wait(30)
                self.assertEqual(process.returncode, 130)
        for line in open(printed.name, "rb"):
            item = json.loads(line)
            if item.get("path", "").endswith("many"):
                self.assertTrue(item["incomplete"])

    def test_interrupt_while_two_long_files_are_printed(self):
        program = MARKS.replace("#!", "\\x00")
        os.truncate(self.write("data/huge1", b""), 1 << 40)
        os.truncate(self.write("data/huge2", b""), 1 << 40)
        with subprocess.Popen(
                [self.vyre, "run", self.program(program), "--threads", "2", self.folder / "data"],
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            time.sleep(0.7)
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=30)
            self.assertEqual(process.returncode, 130)


if __name__ == "__main__":
    sys.exit(run_case.main(RunBadInput))
