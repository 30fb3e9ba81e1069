"""`vyre scan` loses its device and goes on in a new process: what it prints is what one run prints.

Usage: restart.py VYRE [cuda] [CASE]. On the CPU all workers are lost at once, as VYRE_CPU_INJECT has
it; with `cuda` the GPU faults or hangs for true, and without one the test is skipped.
"""

import concurrent.futures
import json
import os
import random
import select
import signal
import subprocess
import sys

import checkpoint
import run_case
import seccomp

CUDA = False
RULES = """
[[rules]]
id = "needle"
regex = '''needle[^\\n]{0,20}'''
[[rules]]
id = "spans"
regex = '''straw\\s+\\w+'''
"""
LINES = ["-e", "needle"]
FORMS = {"lines": LINES, "matches": [*LINES, "-o", "-b"], "counts": [*LINES, "-c"],
         "files": [*LINES, "-l"], "json": [*LINES, "--json"], "rules": ["--rules", "RULES"],
         "rules-json": ["--rules", "RULES", "--json"]}
RESTARTED = "files are done, the rest goes on"
MARKER = "POISONED"
TILE = 65536


def device():
    return ["--backend", "cuda" if CUDA else "cpu", "--hang-after", "1s" if CUDA else "30s"]


def environment(place):
    """`place` is ":TILE" or "=MARKER", with a kind before it where it is not the usual one."""
    result = dict(os.environ)
    if place is not None:
        kind = "" if place[0] not in ":=" else "bad-store" if CUDA else "lose"
        result["VYRE_CUDA_INJECT" if CUDA else "VYRE_CPU_INJECT"] = kind + place
    return result


def restarts(errors):
    return errors.count(RESTARTED)


class Restart(run_case.RunCase):
    def setUp(self):
        super().setUp()
        chance = random.Random(3)
        lines = [" ".join(chance.choices(["needle", "hay", "straw", "stack"], k=5)) + "\n"
                 for _ in range(2000)]
        for i in range(40):
            first = chance.randrange(1000)
            text = "".join(lines[first:first + chance.choice([1, 40, 700])])
            self.write(f"tree/{i % 7}/file{i}", text)
        # Of each line there is output: far more than one file may gather.
        self.big = self.write("tree/big", "".join(
            f"{i} needle {'x' * 100}\n" for i in range(11_000)))
        self.tree = self.folder / "tree"
        self.rules = self.write("rules.toml", RULES)

    def command(self, form, *arguments, paths=None):
        words = [word.replace("RULES", os.fspath(self.rules)) for word in FORMS[form]]
        return [self.vyre, "scan", *device(), *words, *arguments, *(paths or [self.tree])]

    def scan(self, form, *arguments, place=None, paths=None, **options):
        return run_case.Finished(self.command(form, *arguments, paths=paths),
                                 env=environment(place), **options)

    def expect_same(self, form, run, output, sound):
        self.assertEqual(run.exit, sound.exit, (form, run.errors))
        self.assertEqual(checkpoint.by_file(output, form), checkpoint.by_file(sound.output, form),
                         form)

    def each(self, cases, check):
        """Two at a time, since most of it is waiting; of a GPU each wants all."""
        with concurrent.futures.ThreadPoolExecutor(1 if CUDA else 2) as pool:
            return sum(pool.map(lambda case: check(*case), cases))

    def test_every_form_of_output(self):
        sound = {form: self.scan(form) for form in FORMS}
        tiles = [0, 9, 22]

        def check(form, tile, to_file):
            output = self.folder / f"{form}{tile}"
            arguments = ["--output", output] if to_file else []
            run = self.scan(form, *arguments, "--threads", "2", place=f":{tile}")
            self.expect_same(form, run, output.read_bytes() if to_file else run.output, sound[form])
            self.assertEqual(run.errors.count("\n"), restarts(run.errors), run.errors)
            if "json" in form and not to_file:
                self.assertEqual(run.objects("stats")[0]["restarts"], restarts(run.errors))
            return restarts(run.errors)
        cases = [(form, tile, (tile + number) % 2 == 1)
                 for number, form in enumerate(FORMS) for tile in tiles]
        self.assertGreater(self.each(cases, check), len(cases) // 2)

    def test_any_number_of_threads(self):
        sound = self.scan("lines")

        def check(threads, tile):
            run = self.scan("lines", "--threads", str(threads), place=f":{tile}")
            self.expect_same("lines", run, run.output, sound)
            return restarts(run.errors)
        cases = [(threads, tile) for threads in (1, 5) for tile in (2, 20)]
        self.assertGreater(self.each(cases, check), 2)

    def test_a_long_output_goes_on_at_its_very_byte(self):
        sound = self.scan("lines", paths=[self.big])
        self.assertGreater(len(sound.output), 1 << 20)

        def check(tile, where):
            output = self.folder / f"{where}{tile}"
            arguments = {"pipe": [], "file": ["--output", output], "shell": []}[where]
            with open(output, "ab") as shell:
                done = subprocess.run(
                    list(map(os.fspath, self.command("lines", *arguments, paths=[self.big]))),
                    env=environment(f":{tile}"), check=False, timeout=60, stderr=subprocess.PIPE,
                    stdout=shell if where == "shell" else subprocess.PIPE)
            text = done.stdout if where == "pipe" else output.read_bytes()
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertTrue(text == sound.output, (tile, where, len(text), len(sound.output)))
            return restarts(done.stderr.decode())
        cases = [(tile, where) for tile in (9, 17) for where in ("pipe", "file", "shell")]
        self.assertEqual(self.each(cases, check), len(cases))

    def test_output_to_a_named_pipe(self):
        sound = self.scan("lines", paths=[self.big])
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            reader = pool.submit(pipe.read_bytes)
            run = self.scan("lines", "--output", pipe, place=":17", paths=[self.big])
            self.assertEqual(run.exit, 0, run.errors)
            self.assertTrue(reader.result(timeout=60) == sound.output)
        self.assertEqual(restarts(run.errors), 1)

    def test_the_end_when_it_is_lost_again_and_again(self):
        # Late, so that what precedes it is out, and at a tile's beginning, however it is cut.
        text = bytearray(self.big.read_bytes() * 3)
        for place in range(40 * TILE, len(text) - len(MARKER), 4096):
            text[place:place + len(MARKER)] = MARKER.encode()
        poisoned = self.write("poisoned", bytes(text))
        arguments = ["--threads", "1", "--stats"]
        sound = self.scan("lines", *arguments, paths=[poisoned])
        run = self.scan("lines", *arguments, place=f"={MARKER}", paths=[poisoned])
        self.assertEqual(run.exit, 2, run.errors)
        self.assertEqual(restarts(run.errors), 3)
        self.assertIn("the scan was restarted 3 times for it already, and ends", run.errors)
        self.assertIn("recovered   3 restarts after the device was lost", run.errors)
        self.assertIn("found  ", run.errors)
        # Nothing of it came twice.
        self.assertGreater(len(run.output), 256 * 1024)
        self.assertTrue(sound.output.startswith(run.output))

    def test_with_a_checkpoint(self):
        sound = self.scan("lines", "--stats")
        for tile in (0, 17):
            output, journal = self.folder / f"output{tile}", self.folder / f"journal{tile}"
            run = self.scan("lines", "--checkpoint", journal, "--output", output, "--stats",
                            place=f":{tile}")
            self.expect_same("lines", run, output.read_bytes(), sound)
            self.assertEqual(restarts(run.errors), 1, run.errors)
            self.assertIn("runs        2 with this one", run.errors)
            self.assertEqual(self.counts(run), self.counts(sound))

    def counts(self, run):
        return [line.split(" in ")[0] for line in run.errors.splitlines()
                if line.startswith(("scanned", "found"))]

    def test_totals_are_of_all_processes(self):
        sound = self.scan("lines", "--stats")
        run = self.scan("lines", "--stats", place=":13")
        self.assertEqual(restarts(run.errors), 1, run.errors)
        self.assertEqual(self.counts(run), self.counts(sound))
        self.assertIn("recovered   1 restarts after the device was lost", run.errors)
        self.assertNotIn("recovered", sound.errors)

    def test_what_can_be_read_only_once(self):
        sound = self.scan("lines")
        command = list(map(os.fspath, [self.vyre, "scan", *device(), "-f", "-", self.tree]))
        done = subprocess.run(command, env=environment(":13"), input=b"nothing\nneedle\n",
                              capture_output=True, check=False, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(restarts(done.stderr.decode()), 1)
        self.assertEqual(checkpoint.by_file(done.stdout, "lines"),
                         checkpoint.by_file(sound.output, "lines"))
        for option, text in (("-f", b"needle\n"), ("--rules", RULES.encode())):
            reader, writer = os.pipe()
            os.write(writer, text)
            os.close(writer)
            # A file that was opened for us, too.
            with open(self.big, "rb") as big:
                paths = [self.tree, f"/dev/fd/{big.fileno()}"]
                command = [self.vyre, "scan", *device(), option, f"/dev/fd/{reader}", *paths]
                done = subprocess.run(list(map(os.fspath, command)), env=environment(":13"),
                                      capture_output=True, check=False, timeout=60,
                                      pass_fds=(reader, big.fileno()))
                form = "lines" if option == "-f" else "rules"
                sound = self.scan(form, paths=paths, pass_fds=(big.fileno(),))
            os.close(reader)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(restarts(done.stderr.decode()), 1)
            self.assertEqual(checkpoint.by_file(done.stdout, form),
                             checkpoint.by_file(sound.output, form))

    def test_errors_are_told_and_counted_once(self):
        # Its size is told, and reading it fails.
        paths = [self.tree, "missing", "/proc/self/mem", "missing"]
        for form in ("lines", "json"):
            sound = self.scan(form, "--stats", paths=paths)
            self.assertEqual(sound.exit, 2)
            for tile in (0, 13):
                run = self.scan(form, "--stats", place=f":{tile}", paths=paths)
                self.expect_same(form, run, run.output, sound)
                self.assertEqual(self.counts(run), self.counts(sound))
                self.assertEqual(run.errors.count("vyre: missing: "), 2, run.errors)
                self.assertEqual(run.errors.count("vyre: /proc/self/mem: "), 1, run.errors)

    def test_a_file_that_changed_meanwhile_is_told(self):
        changes = self.write("changes", self.big.read_bytes() * 3)
        command = self.command("lines", "--json", "--threads", "1", paths=[changes])
        with subprocess.Popen(list(map(os.fspath, command)), env=environment(":50"),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            # It waits for us to read while some of the output is out.
            select.select([process.stdout], [], [], 60)
            with open(changes, "a", encoding="utf-8") as file:
                file.write("one more needle\n")
            output, errors = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 2, errors)
        self.assertEqual(errors.count(b"gives other output than before the device was lost"), 1)
        entries = [json.loads(line) for line in output.splitlines()]
        numbers = [entry["line"] for entry in entries if entry["type"] == "match"]
        self.assertEqual(numbers, list(range(1, len(numbers) + 1)))
        self.assertEqual([entry["path"] for entry in entries if entry["type"] == "error"],
                         [os.fspath(changes)])
        self.assertEqual(entries[-1]["errors"], 1)

    def test_no_restart_where_it_is_recorded(self):
        run = self.scan("lines", "--record", self.folder / "log", place=":5")
        self.assertEqual(run.exit, 2, run.errors)
        self.assertEqual(restarts(run.errors), 0)
        self.assertIn("the scan is not restarted, since --record keeps it as it was", run.errors)

    def test_where_the_process_cannot_be_replaced(self):
        if not seccomp.available():
            self.skipTest("no seccomp filter can be installed")
        sound = self.scan("lines")
        run = self.scan("lines", place=":17", before=seccomp.refuse_close_range)
        self.assertEqual(run.exit, 2, run.errors)
        self.assertEqual(restarts(run.errors), 0)
        self.assertIn("and no new process could go on: close_range: Operation not permitted",
                      run.errors)
        # What was delivered before is there, each thing once.
        given, _ = checkpoint.by_file(run.output, "lines")
        whole, _ = checkpoint.by_file(sound.output, "lines")
        for path, lines in given.items():
            self.assertEqual(lines, whole[path][:len(lines)])

    def test_interrupted_after_a_restart(self):
        command = self.command("lines", paths=[self.big])
        with subprocess.Popen(list(map(os.fspath, command)), env=environment(":0"),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            # The first process writes nothing; the second waits for us to read.
            select.select([process.stdout], [], [], 60)
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130, errors)
        self.assertEqual(restarts(errors.decode()), 1)

    def test_a_state_that_no_process_left_is_refused(self):
        for named in ("99", "x", "1"):
            run = run_case.Finished(self.command("lines"),
                                    env=environment(None) | {"VYRE_RESTARTED_SCAN": named})
            self.assertEqual(run.exit, 2)
            self.assertIn(f"VYRE_RESTARTED_SCAN={named} names nothing", run.errors)
            self.assertEqual(run.output, b"")


class RestartOnDevice(Restart):
    def test_a_hang(self):
        sound = self.scan("lines")
        run = self.scan("lines", place="hang:13")
        self.expect_same("lines", run, run.output, sound)
        self.assertEqual(restarts(run.errors), 1, run.errors)


def why_no_device(vyre):
    done = subprocess.run([vyre, "scan", "--backend", "cuda", "-e", "x", "/dev/null"],
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    text = done.stderr.decode(errors="replace")
    return "" if "/dev/null" in text else text.strip()


if __name__ == "__main__":
    if "cuda" in sys.argv[2:3]:
        CUDA = True
        del sys.argv[2]
        if missing := why_no_device(sys.argv[1]):
            print(f"SKIP: {missing}")
            sys.exit(77)
    sys.exit(run_case.main(RestartOnDevice if CUDA else Restart))
