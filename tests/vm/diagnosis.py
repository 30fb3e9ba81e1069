"""`vyre doctor` in the guest: what it says is so, is."""

import json

from vm_case import VmCase


class Diagnosis(VmCase):
    def state_of(self, way, *paths):
        """(whether doctor says that the way to read works, its whole output)."""
        done = self.machine.run(f"vyre doctor --require {way} {' '.join(paths)}", 90)
        self.assertIn(done.exit, (0, 1), done)
        return done.exit == 0, done.output + done.errors

    def assert_states(self, serial, **ways):
        for way, expected in ways.items():
            with self.subTest(serial=serial, way=way):
                works, text = self.state_of(way, self.generic(serial))
                self.assertEqual(works, expected, text)

    def document(self):
        done = self.machine.run("vyre doctor --json", 90)
        self.assertEqual(done.exit, 0, done.output + done.errors)
        document = json.loads(done.output)
        self.assertTrue(document["healthy"])
        for row in document["rows"]:
            self.assertTrue(row["evidence"], row)
        return {row["name"]: row for row in document["rows"]}


class CurrentKernel(Diagnosis):
    def test_required_ways(self):
        self.assert_states("planted", passthrough=True, peer=True)
        self.assert_states("tagged", passthrough=False)
        self.assert_states("small", passthrough=True)

    def test_document(self):
        self.assertTrue(self.document())


class OlderKernel(Diagnosis):
    def test_required_ways(self):
        self.assert_states("planted", passthrough=True, peer=False)

    def test_document(self):
        self.assertTrue(self.document())
