#!/usr/bin/env python3
"""Tests vyre on a real NVMe driver and emulated controllers, in a virtual machine in software.

suite.py MACHINE --vyre VYRE --guest GUEST --cache FOLDER

MACHINE is `current` (a kernel that maps PCI memory for the user) or `older` (Debian 12's own). GUEST
is the program with the tests that run inside; FOLDER keeps the kernels, which are fetched once.
Exits 77 after a line `SKIP: reason` where the machine cannot be had.
"""

import argparse
import collections
import pathlib
import shutil
import sys
import tempfile
import time
import unittest

import diagnosis
import driver_rows
import fault_cases
import initramfs
import kernel_package
import machines
import namespace_scans
import older_kernel
import peer_reads
import permissions
import virtual_machine
from vm_case import VmCase

Kind = collections.namedtuple("Kind", "release append cases")
KINDS = {
    "current": Kind("trixie-backports", "nvme.poll_queues=1", [
        driver_rows.CurrentKernel, namespace_scans.NamespaceScans, peer_reads.PeerReads,
        permissions.Permissions, permissions.WithoutPollQueues, diagnosis.CurrentKernel,
        fault_cases.BadMedia, fault_cases.Removal]),
    "older": Kind("bookworm", "", [
        driver_rows.OlderKernel, older_kernel.OlderKernel, diagnosis.OlderKernel]),
}
SKIPPED = 77
SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent


class TimedResult(unittest.TextTestResult):
    """Says how long each test took."""

    def startTest(self, test):
        self.begin = time.monotonic()
        super().startTest(test)

    def stopTest(self, test):
        super().stopTest(test)
        self.stream.writeln(f"    {time.monotonic() - self.begin:.1f} s")


def boot(kind, arguments, folder):
    for tool in ("qemu-system-x86_64", "busybox"):
        if shutil.which(tool) is None:
            raise kernel_package.Unavailable(f"there is no {tool}; scripts/setup installs it")
    if machines.find_mkfs() is None:
        raise kernel_package.Unavailable("there is no mkfs.ext4; scripts/setup installs it")
    kernel = kernel_package.kernel(kind.release, arguments.cache)
    VmCase.text = machines.make_disks(folder)
    program = SOURCE / "examples" / "crc32c.vasm"
    archive = initramfs.build([arguments.vyre, arguments.guest],
                              {"share/crc32c.vasm": program.read_bytes()})
    return virtual_machine.VirtualMachine(kernel, archive, machines.devices(folder), kind.append)


def run(kind, arguments, folder):
    begin = time.monotonic()
    VmCase.machine = boot(kind, arguments, folder)
    VmCase.vyre, VmCase.source = arguments.vyre.resolve(), SOURCE
    VmCase.disks = pathlib.Path(folder)
    try:
        print(f"vm: Linux {VmCase.machine.release} is up after {time.monotonic() - begin:.1f} s",
              flush=True)
        loader = unittest.TestLoader()
        loader.testNamePatterns = arguments.only and [f"*{arguments.only}*"]
        tests = unittest.TestSuite(loader.loadTestsFromTestCase(case) for case in kind.cases)
        result = unittest.TextTestRunner(sys.stdout, verbosity=2, resultclass=TimedResult).run(tests)
    finally:
        VmCase.machine.close()
    for name in VmCase.guest_cases:
        print(f"in the guest: {name}")
    print(f"vm: {result.testsRun} tests from outside, {len(VmCase.guest_cases)} in the guest,"
          f" {len(result.failures) + len(result.errors)} failures, {VmCase.machine.boots} boot(s),"
          f" {time.monotonic() - begin:.1f} s")
    return 0 if result.wasSuccessful() and result.testsRun else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("machine", choices=KINDS)
    parser.add_argument("--vyre", required=True, type=pathlib.Path)
    parser.add_argument("--guest", required=True, type=pathlib.Path)
    parser.add_argument("--cache", required=True, type=pathlib.Path)
    parser.add_argument("--only", help="tests whose names contain this")
    arguments = parser.parse_args()
    arguments.cache = arguments.cache.resolve()
    with tempfile.TemporaryDirectory(prefix="vyre-vm-disks-") as folder:
        try:
            return run(KINDS[arguments.machine], arguments, folder)
        except kernel_package.Unavailable as reason:
            print(f"SKIP: {reason}")
            return SKIPPED


if __name__ == "__main__":
    sys.exit(main())
