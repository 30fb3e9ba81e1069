"""What `vyre scan` does with hostile files, machines and users, driven from outside the process.

Usage: bad_input.py VYRE [CASE], or --list. Each case: a clear error, the rest of the work done,
nothing lost. Exits 77 after a line `SKIP: reason` where a case cannot be made here.
"""

import json
import os
import pathlib
import random
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import seccomp

VYRE = ""
NOBODY = 65534
MEMORY_LIMIT_KIB = 256 * 1024
HINT = "needle in "


def become_nobody():
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)


class Run:
    """A finished scan."""

    def __init__(self, arguments, before=None, timeout=60, program=None):
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            command = [program or VYRE, *map(os.fsencode, map(os.fspath, arguments))]
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                       preexec_fn=before)
            timer = threading.Timer(timeout, process.kill)
            timer.start()
            _, status, usage = os.wait4(process.pid, 0)
            timer.cancel()
            self.exit = process.returncode = os.waitstatus_to_exitcode(status)
            self.peak_kib = usage.ru_maxrss
            out.seek(0)
            err.seek(0)
            self.lines = out.read().split(b"\n")[:-1]
            self.errors = err.read().decode(errors="replace")


class BadInput(unittest.TestCase):
    maxDiff = 2000

    def setUp(self):
        temporary = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.folder.chmod(0o755)
        self.good = self.write("good.txt", HINT + "good\n")

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def scan(self, *arguments, **options):
        return Run(["scan", "-e", "needle", *arguments], **options)

    def expect_good(self, run, exit_code, *told):
        """The good file's line is there, and the errors tell each of `told`."""
        self.assertIn(f"{self.good}:1:{HINT}good".encode(), run.lines, run.errors)
        self.assertEqual(run.exit, exit_code, run.errors)
        for text in told:
            self.assertIn(text, run.errors)

    def reachable_by_nobody(self):
        """A copy of the program that an unprivileged user can start."""
        if os.geteuid() != 0:
            return VYRE
        copy = self.folder.parent / f"vyre-{os.getpid()}"
        shutil.copy(VYRE, copy)
        copy.chmod(0o755)
        self.addCleanup(copy.unlink)
        return copy

    def unprivileged(self, *before):
        def prepare():
            for step in before:
                step()
            if os.geteuid() == 0:
                become_nobody()
        return prepare

    # Files

    def test_missing_path(self):
        self.expect_good(self.scan(self.folder / "missing", self.good), 2, "missing")

    def test_unreadable_file(self):
        secret = self.write("secret.txt", HINT + "secret\n")
        secret.chmod(0)
        program = self.reachable_by_nobody()
        run = self.scan(self.folder, before=self.unprivileged(), program=program)
        self.expect_good(run, 2, "secret.txt")

    def test_unreadable_directory(self):
        self.write("closed/inside.txt", HINT + "closed\n")
        (self.folder / "closed").chmod(0)
        self.addCleanup((self.folder / "closed").chmod, 0o755)
        program = self.reachable_by_nobody()
        run = self.scan(self.folder, before=self.unprivileged(), program=program)
        self.expect_good(run, 2, "closed")

    def test_file_that_shrinks_and_grows(self):
        changing = self.write("changing.txt", b"x" * (8 << 20))
        stop = threading.Event()

        def change():
            rng = random.Random(7)
            while not stop.is_set():
                os.truncate(changing, rng.randrange(0, 8 << 20))
        thread = threading.Thread(target=change)
        thread.start()
        try:
            for _ in range(15):
                run = self.scan(self.folder)
                self.assertIn(run.exit, (0, 2), run.errors)
                self.expect_good(run, run.exit)
        finally:
            stop.set()
            thread.join()

    def test_files_deleted_while_they_are_scanned(self):
        for number in range(4000):
            self.write(f"many/{number}.txt", f"{HINT}{number}\n")
        victims = sorted((self.folder / "many").iterdir())[::2]
        kept = {f"{path}:1:{path.read_text()[:-1]}".encode()
                for path in set((self.folder / "many").iterdir()) - set(victims)}
        thread = threading.Thread(target=lambda: [path.unlink() for path in victims])
        thread.start()
        run = self.scan(self.folder)
        thread.join()
        self.assertLessEqual(kept, set(run.lines))
        self.expect_good(run, run.exit)
        self.assertIn(run.exit, (0, 2), run.errors)

    def test_directory_given_as_file(self):
        for option in ("-f", "--rules"):
            run = Run(["scan", option, self.folder, self.good])
            self.assertEqual(run.exit, 2)
            self.assertIn(str(self.folder), run.errors)

    def test_fifo_socket_and_device(self):
        os.mkfifo(self.folder / "fifo")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(self.folder / "socket"))
            self.expect_good(self.scan(self.folder, timeout=20), 0)
            for path in (self.folder / "fifo", self.folder / "socket", "/dev/zero", "/dev/tty"):
                with self.subTest(str(path)):
                    self.expect_good(self.scan(path, self.good, timeout=20), 2, str(path))

    def test_proc_file_of_size_0_with_content(self):
        self.assertEqual(os.stat("/proc/meminfo").st_size, 0)
        run = Run(["scan", "-e", "^MemTotal:", "/proc/meminfo"])
        self.assertEqual((run.exit, len(run.lines)), (0, 1), run.errors)

    def test_sparse_file_of_5_gb(self):
        size = 5 * 10**9
        path = self.write("sparse", b"")
        with open(path, "r+b") as file:
            file.truncate(size)
            file.seek(size - 40)
            file.write(b"\nneedle at the end\n")
        run = self.scan("-c", self.folder, timeout=280)
        expected = {f"{file}:1".encode() for file in (path, self.good)}
        self.assertEqual(set(run.lines), expected)
        self.assertLess(run.peak_kib, MEMORY_LIMIT_KIB)

    def test_empty_file(self):
        empty = self.write("empty", b"")
        self.expect_good(self.scan(empty, self.good), 0)
        self.assertEqual(Run(["scan", "-e", "^", empty]).exit, 1)

    def test_names_with_newline_and_invalid_utf8(self):
        names = [b"new\nline", b"invalid\xff\xfe", b"tab\tname", b"-e", b" space ", b"quo\"te'"]
        for name in names:
            with open(os.path.join(os.fsencode(self.folder), name), "wb") as file:
                file.write(b"needle here\n")
        run = self.scan(self.folder)
        self.expect_good(run, 0)
        self.assertEqual(b"\n".join(run.lines).count(b":1:needle here"), len(names))
        self.assertIn(os.fsencode(self.folder) + b"/invalid\xff\xfe:1:needle here", run.lines)
        self.assertEqual(self.scan("--json", self.folder).exit, 0)

    def test_100000_files(self):
        count = 100_000
        for number in range(count):
            folder = self.folder / str(number % 100)
            if number < 100:
                folder.mkdir()
            (folder / f"{number}.txt").write_bytes(b"needle\n" if number % 1000 == 0 else b"hay\n")
        run = self.scan("-l", self.folder, timeout=120)
        self.assertEqual(len(run.lines), count // 1000 + 1, run.errors)
        self.assertLess(run.peak_kib, MEMORY_LIMIT_KIB)

    def test_symbolic_links_are_not_followed(self):
        (self.folder / "loop").symlink_to(self.folder)
        (self.folder / "broken").symlink_to("nowhere")
        (self.folder / "again").symlink_to(self.good)
        run = self.scan(self.folder)
        self.expect_good(run, 0)
        self.assertEqual(len(run.lines), 1)

    def test_disk_that_fails_with_eio(self):
        # A regular file that opens and whose first byte cannot be read.
        broken = "/proc/self/mem"
        with open(broken, "rb") as file, self.assertRaises(OSError):
            file.read(1)
        self.expect_good(self.scan(broken, self.good), 2, broken, "Input/output error")

    # The machine

    def test_too_few_descriptors(self):
        for number in range(200):
            self.write(f"more/{number}.txt", HINT + "more\n")
        for limit in (4, 8, 12, 16, 20, 24, 32, 48, 64):
            with self.subTest(limit):
                def lower(limit=limit):
                    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
                run = self.scan("-c", self.folder, before=lower)
                if run.exit == 0:
                    self.assertEqual(len(run.lines), 201)
                else:
                    self.assertEqual(run.exit, 2)
                    self.assertTrue(run.errors)

    def test_memlock_limit_of_64_kib(self):
        def lower():
            resource.setrlimit(resource.RLIMIT_MEMLOCK, (65536, 65536))
        program = self.reachable_by_nobody()
        run = self.scan(self.folder, before=self.unprivileged(lower), program=program)
        if run.exit == 0:
            self.expect_good(run, 0)
        else:
            self.assertEqual(run.exit, 2)
            self.assertRegex(run.errors, r"RLIMIT_MEMLOCK")
            self.assertRegex(run.errors, r"\b65536 bytes|\b64 KiB")
        doctor = Run(["doctor"], before=self.unprivileged(lower), program=program)
        self.assertEqual(doctor.exit, 0 if run.exit == 0 else 1, doctor.lines)

    def test_io_uring_refused_by_seccomp(self):
        if not seccomp.available():
            self.skipTest("no seccomp filter can be installed on this machine")
        run = self.scan(self.folder, before=seccomp.refuse_io_uring)
        self.assertEqual(run.exit, 2)
        self.assertIn("io_uring", run.errors)
        self.assertIn("seccomp", run.errors)
        doctor = Run(["doctor"], before=seccomp.refuse_io_uring)
        self.assertEqual(doctor.exit, 1)
        self.assertIn(b"seccomp", b"".join(doctor.lines))

    def test_a_ring_that_fails_in_the_midst(self):
        if not seccomp.available():
            self.skipTest("no seccomp filter can be installed on this machine")
        self.write("big", (HINT + "big\n" + "hay\n" * 100) * 80_000)
        whole = set(self.scan(self.folder).lines)
        for form in ((), ("--stats",)):
            with self.subTest(form):
                run = self.scan(*form, self.folder, before=seccomp.break_waiting)
                self.assertEqual(run.exit, 2, run.errors)
                self.assertIn("vyre: io_uring_enter: Input/output error", run.errors)
                self.assertLessEqual(set(run.lines), whole)
        run = self.scan("--json", self.folder, before=seccomp.break_waiting)
        objects = list(map(json.loads, run.lines))
        self.assertEqual((run.exit, objects[-1]["type"], objects[-1]["errors"]), (2, "stats", 1))

    # What the user gives

    def test_invalid_pattern(self):
        for pattern in ("a(b", "[z-a]", "x**{", "(?P<n", "a{2,1}", "\\"):
            with self.subTest(pattern):
                run = Run(["scan", "-e", "fine", "-e", pattern, self.good])
                self.assertEqual((run.exit, run.lines), (2, []))
                self.assertIn(pattern, run.errors)

    def test_invalid_pattern_in_a_file_is_told_by_line(self):
        patterns = self.write("patterns", "fine\na(b\n")
        run = Run(["scan", "-f", patterns, self.good])
        self.assertEqual(run.exit, 2)
        self.assertIn(f"{patterns}:2", run.errors)

    def test_rules_with_a_syntax_error(self):
        rules = self.write("rules.toml", '[[rules]]\nid = "a"\nregex = "unclosed\n')
        run = Run(["scan", "--rules", rules, self.good])
        self.assertEqual(run.exit, 2)
        self.assertRegex(run.errors, r"rules\.toml:?.*\b3\b.*\d")

    def test_rules_with_an_invalid_regex(self):
        rules = self.write("rules.toml", '[[rules]]\nid = "odd-one"\nregex = "a(b"\n')
        run = Run(["scan", "--rules", rules, self.good])
        self.assertEqual(run.exit, 2)
        self.assertIn("odd-one", run.errors)

    def test_broken_pipe(self):
        self.write("long.txt", "needle and more text\n" * 400_000)
        with subprocess.Popen([VYRE, "scan", "-e", "needle", self.folder], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as process:
            process.stdout.readline()
            process.stdout.close()
            errors = process.stderr.read().decode()
            process.wait(20)
        self.assertGreaterEqual(process.returncode, 0, "ended by a signal")
        self.assertNotIn("check failed", errors)
        self.assertLessEqual(len(errors.splitlines()), 2, errors)

    def test_full_disk(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([VYRE, "scan", "-e", "needle", self.folder], stdout=full,
                                  stderr=subprocess.PIPE, timeout=20, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"No space left", done.stderr)

    def test_interrupt(self):
        huge = self.write("huge", b"")
        os.truncate(huge, 1 << 40)
        for delay in (0.02, 0.3, 0.8):
            with self.subTest(delay), subprocess.Popen(
                    [VYRE, "scan", "-e", "needle", self.folder], stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE) as process:
                time.sleep(delay)
                process.send_signal(signal.SIGINT)
                start = time.monotonic()
                process.communicate(timeout=30)
                self.assertLess(time.monotonic() - start, 5)
                self.assertIn(process.returncode, (130,) if delay > 0.1 else (130, -signal.SIGINT))


def main():
    global VYRE
    names = unittest.TestLoader().getTestCaseNames(BadInput)
    if sys.argv[1] == "--list":
        print(";".join(name.removeprefix("test_") for name in names), end="")
        return 0
    VYRE = os.path.abspath(sys.argv[1])
    chosen = ["test_" + name for name in sys.argv[2:]] or names
    suite = unittest.TestSuite(BadInput(name) for name in chosen)
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    for _, reason in result.skipped:
        print(f"SKIP: {reason}")
    if result.skipped and result.wasSuccessful() and len(result.skipped) == len(chosen):
        return 77
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
