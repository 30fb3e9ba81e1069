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


    def assert_rows(self, **expected):
        """The states of rows; each that is not available says what follows and how to mend it."""
        rows = self.document()
        names = {"data_queues": f"nvme:nvme{self.nodes['data'][0]}:poll-queues",
                 "planted": f"nvme:ng{self.nodes['planted'][0]}n1",
                 "tagged": f"nvme:ng{self.nodes['tagged'][0]}n1",
                 "peer_memory": f"p2pmem:{self.address('peer')}"}
        for name, state in expected.items():
            with self.subTest(name):
                row = rows[names.get(name, name)]
                self.assertEqual(row["state"], state, row)
                if state == "unavailable":
                    self.assertTrue(row["consequence"] and row["fix"], row)


class CurrentKernel(Diagnosis):
    def test_required_ways(self):
        self.assert_states("planted", passthrough=True, peer=True)
        self.assert_states("tagged", passthrough=False)
        self.assert_states("small", passthrough=True)

    def test_rows(self):
        self.assert_rows(p2pdma="available", peer_memory="available", planted="available",
                         tagged="unavailable", data_queues="available")


class OlderKernel(Diagnosis):
    def test_required_ways(self):
        self.assert_states("planted", passthrough=True, peer=False)

    def test_rows(self):
        self.assert_rows(p2pdma="unavailable", p2pmem="unavailable", planted="available",
                         tagged="unavailable")
