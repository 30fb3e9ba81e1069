"""What needs no superuser, and how an error says what is lacking where something is."""

from scan_case import PATTERN, SCAN, ScanCase

AS_NOBODY = "su -s /bin/sh nobody -c"


class Permissions(ScanCase):
    def nobody_scans(self, arguments):
        command = f"{SCAN} {arguments}".replace("'", '"')
        return self.machine.run(f"{AS_NOBODY} '{command}'", 90)

    def test_reading_the_node_is_enough(self):
        node = self.generic("planted")
        self.run_ok(f"chmod 644 {node}")
        done = self.nobody_scans(f"--path passthrough {node}")
        self.run_ok(f"chmod 600 {node}")
        self.assertEqual(done, (0, self.oracle(node), ""))

    def test_without_permission_the_error_names_it(self):
        for node in (self.generic("planted"), self.block("planted")):
            with self.subTest(node):
                done = self.nobody_scans(f"--path passthrough {node}")
                self.assertEqual((done.exit, done.output), (2, ""))
                self.assertIn(node, done.errors)
                self.assertRegex(done.errors, "CAP_[A-Z_]+")

    def test_peer_memory_needs_permission(self):
        node = self.generic("planted")
        self.run_ok(f"chmod 644 {node}")
        done = self.nobody_scans(f"--path peer --peer {self.address('peer')} {node}")
        self.run_ok(f"chmod 600 {node}")
        self.assertEqual((done.exit, done.output), (2, ""))
        self.assertIn("p2pmem", done.errors)


class WithoutPollQueues(ScanCase):
    """The disk "media" has none any more: driver_rows takes them away."""

    def test_iopoll_says_so(self):
        done = self.machine.run(
            f"vyre scan -e '{PATTERN}' --path mapped --ring iopoll {self.block('media')}", 90)
        self.assertEqual((done.exit, done.output), (2, ""))
        self.assertIn("poll_queues", done.errors)
