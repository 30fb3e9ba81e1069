#!/usr/bin/env python3
"""Plants one match at every offset around the boundaries of lanes, tiles and chunks: each is found
once, where it lies. Usage: boundary_offsets.py VYRE
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

from generated_tree import CHUNK_BYTES, LANE_BYTES, TILE_BYTES

VYRE = sys.argv.pop() if len(sys.argv) > 1 else ""
BOUNDARIES = [LANE_BYTES, TILE_BYTES, CHUNK_BYTES, 2 * CHUNK_BYTES]
LINE_MATCH = b"needle-0123456789x"
RULE_MATCH = b"open:\n" + b"k" * 30 + b"\n:shut"
LINE_PATTERN = r"needle-\d{10}x"
RULE = r"open:\nk{20,40}\n:shut"


def filler(size):
    line = b"nothing to see in this line of sixty-four bytes, just filler..\n"
    return bytearray(line * (size // len(line) + 1))[:size]


def plant(folder, match):
    """One file per offset; returns {path: offset of its match}."""
    expected = {}
    for boundary in BOUNDARIES:
        for start in range(boundary - len(match) - 1, boundary + 2):
            content = filler(boundary + 5000)
            content[start:start + len(match)] = match
            path = pathlib.Path(folder) / f"{boundary}-{start}"
            path.write_bytes(content)
            expected[str(path)] = start
    return expected


def found(arguments):
    run = subprocess.run([VYRE, "scan", "--json", *arguments], capture_output=True, check=False)
    rows = [json.loads(row) for row in run.stdout.splitlines()]
    return sorted((row["path"], row["offset"]) for row in rows if row["type"] == "match")


class BoundaryOffsets(unittest.TestCase):
    def test_lines(self):
        with tempfile.TemporaryDirectory() as folder:
            expected = plant(folder, LINE_MATCH)
            self.assertEqual(found(["-e", LINE_PATTERN, folder]), sorted(expected.items()))

    def test_rules_across_lines(self):
        with tempfile.TemporaryDirectory() as folder:
            expected = plant(folder, RULE_MATCH)
            with tempfile.NamedTemporaryFile("w", suffix=".toml") as rules:
                rules.write(f"[[rules]]\nid = 'planted'\nregex = '''{RULE}'''\n")
                rules.flush()
                self.assertEqual(found(["--rules", rules.name, folder]), sorted(expected.items()))


if __name__ == "__main__":
    unittest.main()
