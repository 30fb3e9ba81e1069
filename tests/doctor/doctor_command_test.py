"""`vyre doctor`: its JSON, its text and its exit status. Usage: doctor_command_test.py VYRE"""

import json
import resource
import subprocess
import sys
import tempfile
import unittest

VYRE = sys.argv.pop(1)


def doctor(*arguments, **options):
    return subprocess.run([VYRE, "doctor", *arguments], capture_output=True, check=False,
                          timeout=30, **options)


class DoctorCommand(unittest.TestCase):
    def test_json_and_exit_status_agree(self):
        done = doctor("--json")
        report = json.loads(done.stdout)
        self.assertEqual(done.returncode, 0 if report["healthy"] else 1)
        for row in report["rows"]:
            self.assertIn(row["state"], ("available", "degraded", "unavailable"))
            self.assertTrue(row["evidence"])
        broken = [row for row in report["rows"]
                  if row["required"] and row["state"] == "unavailable"]
        self.assertEqual(report["healthy"], not broken)
        self.assertEqual([row["name"] for row in report["rows"]][-1], "file-system:.")

    def test_text_has_every_row(self):
        rows = json.loads(doctor("--json").stdout)["rows"]
        text = doctor().stdout.decode()
        for row in rows:
            self.assertIn(row["name"], text)

    def test_paths_are_looked_at(self):
        with tempfile.TemporaryDirectory() as folder:
            rows = json.loads(doctor("--json", folder, folder + "/missing").stdout)["rows"]
        states = {row["name"]: row["state"] for row in rows}
        self.assertIn(states["file-system:" + folder], ("available", "degraded"))
        self.assertEqual(states["file-system:" + folder + "/missing"], "unavailable")

    def test_a_path_that_is_no_utf8(self):
        done = doctor("--json", b"/no\xff")
        self.assertIn("file-system", done.stdout.decode())

    def test_too_few_descriptors_are_told(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_NOFILE, (20, 20))
        done = doctor("--json", preexec_fn=limit)
        report = json.loads(done.stdout)
        self.assertEqual(done.returncode, 1)
        self.assertIn("open-files", [row["name"] for row in report["rows"]
                                     if row["state"] == "unavailable" and row["required"]])


if __name__ == "__main__":
    sys.exit(unittest.main())
