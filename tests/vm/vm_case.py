"""What the tests in virtual machines share: one machine that is up, and what its disks hold."""

import json
import unittest

FIND_NODES = ("for c in /sys/class/nvme/nvme*; do"
              " echo $(cat $c/serial) ${c##*/nvme} $(cat $c/address); done")


class VmCase(unittest.TestCase):
    """What the suite has set up: `machine`, a VirtualMachine; `text`, what the disk "planted" holds,
    and `disks`, the folder of the images; `vyre`, the program, and `source`, the project's folder.
    """
    maxDiff = 4000
    machine = None
    text = b""
    disks = None
    vyre = None
    source = None
    nodes = {}
    guest_cases = []

    @classmethod
    def setUpClass(cls):
        # By serial number: (number, PCI address), since the numbers are given by chance.
        rows = cls.machine.run(FIND_NODES).output.split("\n")
        cls.nodes = {row.split()[0]: row.split()[1:] for row in rows if row}

    def generic(self, serial):
        return f"/dev/ng{self.nodes[serial][0]}n1"

    def block(self, serial):
        return f"/dev/nvme{self.nodes[serial][0]}n1"

    def address(self, serial):
        """On the PCI bus."""
        return self.nodes[serial][1]

    def run_ok(self, command, seconds=60):
        """Runs a command that must succeed; what it printed."""
        done = self.machine.run(command, seconds)
        self.assertEqual((done.exit, done.errors), (0, ""), command)
        return done.output

    def run_guest_tests(self, which):
        """Runs the guest's own tests that `which`, GoogleTest's filter, names."""
        self.machine.run(f"vyre_vm_guest --gtest_filter='{which}' --gtest_output=json:/tmp/report",
                         120)
        report = json.loads(self.machine.run("cat /tmp/report").output)
        cases = [(f"{suite['name']}.{case['name']}", case)
                 for suite in report["testsuites"] for case in suite["testsuite"]
                 if case["status"] == "RUN"]
        self.assertTrue(cases, which)
        for name, case in cases:
            with self.subTest(name):
                failures = [failure["failure"] for failure in case.get("failures", [])]
                self.guest_cases.append(name)
                self.assertEqual((case["result"], failures), ("COMPLETED", []))
        self.machine.run("rm /tmp/report")
