"""tools/report_tests keeps ctest's exit status and summary, and names skips with their reasons."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

REPORT = pathlib.Path(__file__).resolve().parents[2] / "tools" / "report_tests"

# A GoogleTest binary's words for a skip, a script's, a pass and a failure.
GTEST_SKIP = "echo 'a.cpp:1: Skipped'; echo 'no GPU here'; echo '[  SKIPPED ] A.B (0 ms)'"
SCRIPT_SKIP = "echo 'SKIP: no seccomp'; exit 77"


class ReportTests(unittest.TestCase):
    def report(self, **commands):
        with tempfile.TemporaryDirectory() as folder:
            lines = []
            for name, command in commands.items():
                lines.append(f'add_test({name} sh -c [=[{command}]=])')
                lines.append(f'set_tests_properties({name} PROPERTIES SKIP_RETURN_CODE 77 '
                             'SKIP_REGULAR_EXPRESSION "\\\\[  SKIPPED \\\\]")')
            (pathlib.Path(folder) / "CTestTestfile.cmake").write_text("\n".join(lines) + "\n")
            return subprocess.run([REPORT, folder], capture_output=True, text=True, check=False)

    def test_skips_are_counted_with_reasons(self):
        done = self.report(one=GTEST_SKIP, two=SCRIPT_SKIP, three="true")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("2 tests skipped", done.stdout)
        self.assertIn("skipped: one: no GPU here", done.stdout)
        self.assertIn("skipped: two: no seccomp", done.stdout)
        self.assertLess(done.stdout.index("2 tests skipped"), done.stdout.index("out of 3"))

    def test_a_failure_fails(self):
        done = self.report(good="true", bad="echo shown; exit 1")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("shown", done.stdout)
        self.assertIn("1 tests failed out of 2", done.stdout)

    def test_no_tests_fail(self):
        self.assertNotEqual(self.report().returncode, 0)


if __name__ == "__main__":
    sys.exit(unittest.main())
