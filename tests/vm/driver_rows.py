"""What the kernel's driver and a controller do with commands, right and wrong, sent by liburing
alone: the facts that our own code stands on."""

from vm_case import VmCase


class CurrentKernel(VmCase):
    def test_rows(self):
        self.run_guest_tests("-Kernel6_1.*:WithoutPollQueues*")

    def test_rows_without_poll_queues(self):
        self.run_ok("echo 0 >/sys/module/nvme/parameters/poll_queues")
        address = self.address("media")
        for step in ("unbind", "bind"):
            self.run_ok(f"echo {address} >/sys/bus/pci/drivers/nvme/{step}")
        self.run_ok("echo 1 >/sys/module/nvme/parameters/poll_queues")
        self.setUpClass()
        self.run_guest_tests("WithoutPollQueues*")


class OlderKernel(VmCase):
    """6.1: no memory of PCI devices for the user, a limit on fixed buffers."""

    def test_rows(self):
        self.run_guest_tests(
            "Passthrough*:Refused*:MediaError.*:*BlockDevice.*:Kernel6_1.*"
            ":Namespace.*:Ring.*:*RingCommands*NotRegistered:-*/FixedBufferAndFile32Deep:Namespace.NeedsNoPrivilege*")
