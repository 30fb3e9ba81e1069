"""kill -9 at any moment: `vyre scan --checkpoint` then finds what one run finds, each thing once.

Usage: checkpoint.py VYRE [SEED]. A tree is scanned in every form of output, killed at random moments
and gone on with until it ends; then from every kind of state that a kill can leave; and with outputs,
options and places that it must refuse. A failure names the seed.
"""

import collections
import fcntl
import json
import os
import pathlib
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import generated_tree

VYRE = ""
SEED = 1
KILLS = 8
RULES = """
[[rules]]
id = "needle"
regex = '''needle[^\\n]{0,20}'''
[[rules]]
id = "spans"
regex = '''return\\s+\\w+'''
[[rules]]
id = "hidden"
path = '''hidden'''
"""
LINES = ["-e", "needle|key=value"]
FORMS = {
    "lines": LINES,
    "matches": [*LINES, "-o", "-b"],
    "counts": [*LINES, "-c"],
    "files": [*LINES, "-l"],
    "nothing": ["-e", "no such text anywhere"],
    "json": [*LINES, "--json"],
    "rules": ["--rules", "rules.toml"],
    "rules-json": ["--rules", "rules.toml", "--json"],
}
# Of the last line of JSON: what does not depend on how the work was cut.
COUNTS = ["files", "files_with_matches", "errors", "bytes", "matches"]


def by_file(text, form):
    """How often each file's output is there, line by line; fails where one file's is not together."""
    groups, current, errors = {}, None, collections.Counter()
    for line in text.split(b"\n")[:-1]:
        if "json" in form:
            entry = json.loads(line)
            if entry["type"] == "error":
                errors[line] += 1
                continue
            path = entry.get("path", entry["type"])
            if entry["type"] == "stats":
                line = [entry[name] for name in COUNTS]
        else:
            path = line.split(b":", 1)[0]
        assert path == current or path not in groups, f"{path} comes twice"
        groups.setdefault(path, []).append(line)
        current = path
    return groups, errors


class Checkpoint(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.tree = pathlib.Path(cls.temporary.name)
        for name, content in generated_tree.files(SEED):
            path = cls.tree / "tree" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            # Two streams are enough.
            if not name.startswith("big/") or name.startswith(("big/2", "big/6")):
                path.write_bytes(content[:800_000])
        (cls.tree / "rules.toml").write_text(RULES)
        # Files and trees, each under another name; and twice a path that is not there.
        cls.paths = ["tree", "missing", "./tree/src", "./tree/utf8", "./tree/one-line", "missing"]

    def setUp(self):
        self.random = random.Random(f"{SEED} {self.id()}")
        work = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.addCleanup(work.cleanup)
        self.journal = pathlib.Path(work.name) / "journal"
        self.output = pathlib.Path(work.name) / "output"

    def start(self, *arguments, paths=None, **options):
        command = [VYRE, "scan", *map(os.fspath, arguments), *(self.paths if paths is None else paths)]
        options = {"cwd": self.tree, "stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE,
                   "stderr": subprocess.PIPE} | options
        return subprocess.Popen(command, **options)

    def run_once(self, *arguments, **options):
        process = self.start(*arguments, **options)
        process.out, process.err = process.communicate(timeout=60)
        return process

    def resumable(self, *arguments, **options):
        return self.run_once("--checkpoint", self.journal, "--output", self.output, *arguments,
                             **options)

    def expect(self, form, plain, final):
        self.assertEqual(final.returncode, plain.returncode, (form, SEED, final.err))
        self.assertEqual(final.out, b"")
        self.assertEqual(by_file(self.output.read_bytes(), form), by_file(plain.out, form),
                         (form, SEED))

    def expect_ended(self, form, plain):
        output, journal = self.output.read_bytes(), self.journal.read_bytes()
        again = self.resumable(*FORMS[form])
        self.assertEqual(again.returncode, plain.returncode, again.err)
        self.assertIn(b"complete", again.err)
        self.assertEqual(self.output.read_bytes(), output)
        self.assertEqual(self.journal.read_bytes(), journal)

    def killed_until_it_ends(self, form, signals, kills):
        """Up to `kills` times; how often it was."""
        plain = self.run_once(*FORMS[form])
        self.assertEqual(plain.returncode, 2, plain.err)  # a path is missing
        begin = time.monotonic()
        self.run_once(*FORMS[form])
        span = time.monotonic() - begin
        killed = 0
        while True:
            process = self.start("--checkpoint", self.journal, "--output", self.output,
                                 *FORMS[form], "--threads", str(self.random.choice((1, 2, 3))))
            if killed < kills:
                time.sleep(self.random.uniform(0.1, 0.9) * span)
                process.send_signal(self.random.choice(signals))
            process.out, process.err = process.communicate(timeout=60)
            if process.returncode not in (-signal.SIGKILL, -signal.SIGINT, -signal.SIGTERM, 130):
                break
            killed += 1
        self.expect(form, plain, process)
        self.expect_ended(form, plain)
        return killed

    def test_killed_at_random_moments(self):
        killed, rounds = 0, 0
        forms = list(FORMS)
        while rounds < len(forms) or killed < KILLS and rounds < 3 * len(forms):
            form = forms[rounds % len(forms)]
            with self.subTest(form=form, seed=SEED):
                self.journal.unlink(missing_ok=True)
                killed += self.killed_until_it_ends(form, [signal.SIGKILL], 4)
            rounds += 1
        print(f"killed {killed} times in {rounds} scans")
        self.assertGreaterEqual(killed, KILLS)

    def test_interrupted_and_killed(self):
        self.killed_until_it_ends("lines", [signal.SIGINT, signal.SIGKILL, signal.SIGTERM], 5)

    def test_from_every_state_that_a_kill_can_leave(self):
        """A journal cut anywhere beside an output of any length from there on."""
        for form in ("lines", "counts", "rules-json"):
            plain = self.run_once(*FORMS[form])
            self.journal.unlink(missing_ok=True)
            self.assertEqual(self.resumable(*FORMS[form]).returncode, 2)
            journal, output = self.journal.read_bytes(), self.output.read_bytes()
            for _ in range(6):
                # A journal vouches for no more than what was written when its end was.
                size = self.random.randrange(600, len(journal))
                self.journal.write_bytes(journal[:size])
                self.output.write_bytes(output + b"more that was never vouched for\n")
                with self.subTest(form=form, size=size, seed=SEED):
                    self.expect(form, plain, self.resumable(*FORMS[form]))

    def test_appended_standard_output(self):
        plain = self.run_once(*LINES)
        self.output.write_bytes(b"before\n")
        for size in (None, 700):
            if size is not None:
                self.journal.write_bytes(self.journal.read_bytes()[:size])
            with open(self.output, "ab") as out:
                run = self.run_once("--checkpoint", self.journal, *LINES, stdout=out)
            self.assertEqual(run.returncode, 2, run.err)
            text = self.output.read_bytes()
            self.assertTrue(text.startswith(b"before\n"))
            self.assertEqual(by_file(text[7:], "lines"), by_file(plain.out, "lines"))

    def test_totals_and_exit_are_of_all_runs(self):
        keys = ("scanned", "found")
        plain = self.run_once(*LINES, "--stats")
        self.resumable(*LINES)
        self.journal.write_bytes(self.journal.read_bytes()[:-200])
        run = self.resumable(*LINES, "--stats")

        def counts(text):
            lines = [line for line in text.decode().splitlines() if line.startswith(keys)]
            return [line.split(" in ")[0] for line in lines]
        self.assertEqual(len(counts(run.err)), 2, run.err)
        self.assertEqual(counts(run.err), counts(plain.err))
        self.assertIn(b"runs        2 with this one", run.err)

    def test_a_changed_file_is_told_and_not_scanned_again(self):
        folder = self.output.parent / "changing"
        folder.mkdir()
        for number in range(3):
            (folder / f"{number}.txt").write_text("needle\n")
        arguments = dict(paths=[os.fspath(folder)])
        self.resumable("-e", "needle", **arguments)
        before = self.output.read_bytes()
        self.assertEqual(before.count(b"\n"), 3)
        # The last record says that all is done: without it the scan goes on.
        self.journal.write_bytes(self.journal.read_bytes()[:-1])
        (folder / "1.txt").write_text("needle\nneedle\n")
        (folder / "new.txt").write_text("needle\n")
        run = self.resumable("-e", "needle", **arguments)
        self.assertEqual(run.returncode, 0, run.err)
        self.assertIn(b"1.txt: changed since it was scanned", run.err)
        after = self.output.read_bytes()
        self.assertTrue(after.startswith(before))
        self.assertEqual(after[len(before):], f"{folder}/new.txt:1:needle\n".encode())

    def test_does_not_search_what_it_writes(self):
        folder = self.output.parent
        (folder / "a.txt").write_text("needle\n")
        for _ in range(2):
            run = self.resumable("-e", "needle", paths=[os.fspath(folder)])
            self.assertEqual(run.returncode, 0, run.err)
            self.assertEqual(self.output.read_bytes(), f"{folder}/a.txt:1:needle\n".encode())
            self.journal.write_bytes(self.journal.read_bytes()[:-1])

    def test_refusals(self):
        self.resumable(*LINES)
        output, journal = self.output.read_bytes(), self.journal.read_bytes()
        changed = bytearray(output)
        changed[100] ^= 1

        def journal_of(text):
            return lambda: self.journal.write_bytes(text)

        def output_of(text):
            return lambda: self.output.write_bytes(text)
        cases = [
            # what is done before, arguments, what is told
            (None, ["-e", "other"], "patterns"),
            (None, [*LINES, "-c"], "form of output"),
            (None, [*LINES, "-b"], "form of output"),
            (output_of(output[:-10]), LINES, "vouches for"),
            (output_of(bytes(changed)), LINES, "have changed"),
            (output_of(b""), LINES, "vouches for"),
            (self.output.unlink, LINES, "vouches for"),
            (journal_of(b"\0" * 500), LINES, "no checkpoint"),
            (journal_of(journal[:40]), LINES, "damaged in its first record"),
            (journal_of(b"vyre checkpoint 9\n"), LINES, "another version"),
        ]
        for prepare, arguments, told in cases:
            with self.subTest(arguments=arguments, told=told):
                self.output.write_bytes(output)
                self.journal.write_bytes(journal)
                if prepare:
                    prepare()
                kept = self.output.read_bytes() if self.output.exists() else b""
                kept_journal = self.journal.read_bytes()
                run = self.resumable(*arguments)
                self.assertEqual(run.returncode, 2, run.err)
                self.assertIn(told, run.err.decode())
                self.assertEqual(self.output.read_bytes(), kept)
                self.assertEqual(self.journal.read_bytes(), kept_journal)

    def test_places_that_cannot_serve(self):
        fifo = self.output.parent / "fifo"
        os.mkfifo(fifo)
        cases = [
            (self.journal, None, "cannot|could take nothing back"),
            (self.journal, "/dev/null", "could take nothing back"),
            (self.journal, fifo, "fifo"),
            (self.output.parent, self.output, "directory"),
            ("/dev/full", self.output, "not a regular file"),
            (fifo, self.output, "not a regular file"),
            ("/proc/version", self.output, "checkpoint"),
            (self.output.parent / "none/journal", self.output, "No such file"),
            (self.output, self.output, "both the checkpoint and the output"),
            ("", self.output, "names none"),
        ]
        for journal, output, told in cases:
            with self.subTest(journal=journal, output=output):
                arguments = ["--checkpoint", journal, *LINES]
                if output is not None:
                    arguments += ["--output", output]
                run = self.run_once(*arguments)
                self.assertNotEqual(run.returncode, 0)
                self.assertRegex(run.err.decode(), told)

    def test_two_processes(self):
        self.resumable(*LINES)
        self.journal.write_bytes(self.journal.read_bytes()[:-1])
        with open(self.journal) as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            run = self.resumable(*LINES)
        self.assertEqual(run.returncode, 2)
        self.assertIn(b"another process works with the checkpoint", run.err)
        self.assertEqual(self.resumable(*LINES).returncode, 2)

    def test_no_space_stops_it_and_more_space_goes_on(self):
        plain = self.run_once(*LINES)

        def little_space():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, resource.RLIM_INFINITY))
        run = self.resumable(*LINES, preexec_fn=little_space)
        self.assertEqual(run.returncode, 2)
        self.assertIn(b"File too large", run.err)
        self.assertLessEqual(self.output.stat().st_size, 60_000)
        self.expect("lines", plain, self.resumable(*LINES))

    def test_a_path_given_twice_is_found_twice(self):
        paths = ["tree/utf8", "tree/utf8", "tree/src", "tree/utf8"]
        plain = self.run_once("-e", "a", paths=paths)
        for size in (10**9, 400, 600, 800):
            if self.journal.exists():
                self.journal.write_bytes(self.journal.read_bytes()[:size])
            run = self.resumable("-e", "a", paths=paths)
            self.assertEqual(run.returncode, 0, run.err)
            lines = self.output.read_bytes().split(b"\n")
            self.assertEqual(sorted(lines), sorted(plain.out.split(b"\n")))

    def test_output_alone(self):
        plain = self.run_once(*LINES)
        self.output.write_bytes(b"x" * 100_000_00)
        run = self.run_once(*LINES, "--output", self.output)
        self.assertEqual(run.returncode, plain.returncode)
        self.assertEqual(by_file(self.output.read_bytes(), "lines"), by_file(plain.out, "lines"))


if __name__ == "__main__":
    VYRE = os.path.abspath(sys.argv[1])
    SEED = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(10**6)
    print(f"seed {SEED}")
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]], verbosity=2)
