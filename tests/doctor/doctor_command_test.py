"""`vyre doctor`: its JSON, its text, its exit status, and what it says where the process may do less
than usual. Usage: doctor_command_test.py VYRE"""

import ctypes
import json
import os
import pathlib
import re
import resource
import struct
import subprocess
import sys
import tempfile
import unittest

VYRE = sys.argv.pop(1)
NOBODY = 65534
MANUAL = pathlib.Path(__file__).resolve().parents[2] / "docs" / "DOCTOR.md"


def doctor(*arguments, **options):
    return subprocess.run([VYRE, "doctor", *arguments], capture_output=True, check=False,
                          timeout=30, **options)


def rows_by_name(done):
    return {row["name"]: row for row in json.loads(done.stdout)["rows"]}


def forbid_io_uring():
    """A seccomp filter as container runtimes have: EPERM for the three calls of io_uring."""
    # BPF: load the call's number; 425 to 427 (io_uring_setup, _enter, _register) end with
    # SECCOMP_RET_ERRNO | EPERM, all others with SECCOMP_RET_ALLOW.
    instructions = [(0x20, 0, 0, 0), (0x35, 0, 2, 425), (0x25, 1, 0, 427),
                    (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7FFF0000)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *i) for i in instructions))
    program = ctypes.create_string_buffer(
        struct.pack("HxxxxxxP", len(instructions), ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    set_no_new_privileges, set_seccomp, filter_mode = 38, 22, 2
    if libc.prctl(set_no_new_privileges, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    if libc.prctl(set_seccomp, filter_mode, program, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


class DoctorCommand(unittest.TestCase):
    def test_json_and_exit_status_agree(self):
        done = doctor("--json")
        report = json.loads(done.stdout)
        self.assertEqual(done.returncode, 0 if report["healthy"] else 1)
        for row in report["rows"]:
            self.assertIn(row["state"], ("available", "degraded", "unavailable"))
            self.assertTrue(row["evidence"])
            self.assertEqual(not row["consequence"], row["state"] == "available", row)
        broken = [row for row in report["rows"]
                  if row["required"] and row["state"] == "unavailable"]
        self.assertEqual(report["healthy"], not broken)
        self.assertEqual([row["name"] for row in report["rows"]][-1], "file-system:.")

    def test_text_has_every_row(self):
        rows = json.loads(doctor("--json").stdout)["rows"]
        text = doctor().stdout.decode()
        for row in rows:
            group, _, name = row["name"].rpartition(":")
            self.assertIn(name if group in ("feature", "opcode", "flag") else row["name"], text)

    def test_paths_are_looked_at(self):
        with tempfile.TemporaryDirectory() as folder:
            rows = json.loads(doctor("--json", folder, folder + "/missing").stdout)["rows"]
        states = {row["name"]: row["state"] for row in rows}
        self.assertIn(states["file-system:" + folder], ("available", "degraded"))
        self.assertEqual(states["file-system:" + folder + "/missing"], "unavailable")

    def test_a_path_that_is_no_utf8(self):
        done = doctor("--json", b"/no\xff")
        self.assertIn("file-system", done.stdout.decode())

    def test_the_manual_has_every_row(self):
        manual = MANUAL.read_text(encoding="utf-8")
        for row in json.loads(doctor("--json", "/dev/null").stdout)["rows"]:
            name = re.sub(r"^(feature|opcode|flag):.*", r"\1:*", row["name"])
            name = re.sub(r"^cuda:\d+", "cuda:N", name)
            name = re.sub(r"nvme:nvme\d+", "nvme:nvmeX", name)
            name = re.sub(r"nvme:ng\d+n\d+", "nvme:ngXnY", name)
            name = re.sub(r"^p2pmem:.*", "p2pmem:ADDRESS", name)
            name = re.sub(r"^([a-z-]+):/.*", r"\1:PATH", name)
            self.assertIn(f"`{name}`", manual)

    def test_a_path_given_twice_is_told_once(self):
        names = [row["name"] for row in json.loads(doctor("--json", "/", "/").stdout)["rows"]]
        self.assertEqual(names.count("file-system:/"), 1)


class Required(unittest.TestCase):
    """--require decides the exit status by what is tried."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = pathlib.Path(folder.name) / "file"
        self.file.write_bytes(b"text" * 5000)
        self.healthy = doctor().returncode == 0

    def test_ordinary_reads(self):
        done = doctor("--json", "--require", "mapped", str(self.file))
        [wanted] = json.loads(done.stdout)["requirements"]
        self.assertEqual(done.returncode, 0 if self.healthy else 1)
        self.assertEqual((wanted["require"], wanted["path"]), ("mapped", str(self.file)))
        self.assertEqual(wanted["available"], self.healthy)

    def test_commands_to_a_file(self):
        done = doctor("--require", "passthrough", "--require", "mapped", str(self.file))
        self.assertEqual(done.returncode, 1)
        first = done.stdout.decode().splitlines()[0]
        self.assertTrue(first.startswith("passthrough is not available"), first)
        self.assertIn("regular file", first)

    def test_each_path_counts(self):
        done = doctor("--json", "--require", "mapped", str(self.file), "/no/such/file")
        wanted = json.loads(done.stdout)["requirements"]
        self.assertEqual(done.returncode, 1)
        entry = {entry["path"]: entry for entry in wanted}
        self.assertEqual(entry[str(self.file)]["available"], self.healthy)
        self.assertFalse(entry["/no/such/file"]["available"])
        self.assertTrue(entry["/no/such/file"]["evidence"])
        self.assertTrue(entry["/no/such/file"]["fix"])

    def test_the_machine_as_a_whole(self):
        done = doctor("--json", "--require", "passthrough", "--require", "peer")
        wanted = json.loads(done.stdout)["requirements"]
        self.assertEqual(sorted(entry["require"] for entry in wanted), ["passthrough", "peer"])
        met = all(entry["available"] for entry in wanted)
        self.assertEqual(done.returncode, 0 if self.healthy and met else 1)
        if not list(pathlib.Path("/dev").glob("ng*n*")):
            self.assertFalse(any(entry["available"] for entry in wanted
                                 if entry["require"] == "passthrough"))

    def test_a_way_that_is_none(self):
        done = doctor("--require", "pear")
        self.assertEqual(done.returncode, 2)
        self.assertIn("did you mean peer", done.stderr.decode())

    def test_auto_is_no_way(self):
        self.assertEqual(doctor("--require", "auto").returncode, 2)


class Confined(unittest.TestCase):
    """What is missing is told, in the row that it is about, and decides the exit status."""

    def test_too_few_descriptors(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_NOFILE, (20, 20))
        done = doctor("--json", preexec_fn=limit)
        self.assertEqual(done.returncode, 1)
        row = rows_by_name(done)["open-files"]
        self.assertTrue(row["required"])
        self.assertEqual(row["state"], "unavailable")

    def test_a_filter_that_refuses_io_uring(self):
        done = doctor("--json", "--require", "mapped", preexec_fn=forbid_io_uring)
        self.assertEqual(done.returncode, 1)
        rows = rows_by_name(done)
        for name in ("io_uring", "seccomp"):
            self.assertEqual(rows[name]["state"], "unavailable")
            self.assertIn("seccomp", rows[name]["fix"])
        self.assertIn("mode 2", rows["seccomp"]["evidence"])
        self.assertFalse(json.loads(done.stdout)["requirements"][0]["available"])

    def test_little_locked_memory(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_MEMLOCK, (65536, 65536))
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
        try:
            done = doctor("--json", preexec_fn=limit)
        except PermissionError:
            self.skipTest(f"{VYRE} lies where user {NOBODY} may not run it")
        self.assertEqual(done.returncode, 1)
        rows = rows_by_name(done)
        self.assertEqual(rows["memlock"]["state"], "unavailable")
        self.assertIn("64 KiB", rows["memlock"]["evidence"])
        self.assertTrue(rows["memlock"]["fix"])
        self.assertEqual(rows["registered_buffers"]["state"], "unavailable")


if __name__ == "__main__":
    sys.exit(unittest.main())
