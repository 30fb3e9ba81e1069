#!/usr/bin/env python3
"""Each program under examples/ against the usual tool, on files made to break it.

Usage: examples.py VYRE [CASE], or --list. VYRE_EXAMPLES_SEED replays a seed that a failure printed.
"""

import os
import random
import struct
import subprocess
import sys
import tempfile
import unittest

import example_inputs as inputs
import example_oracles as oracles
from example_run import EXAMPLES, Run

VYRE = ""
SEED = int(os.environ.get("VYRE_EXAMPLES_SEED") or random.randrange(1 << 32))
LITERAL = b"#include"
NOWHERE = (1 << 64) - 1


class Example(unittest.TestCase):
    """A folder of files to which a test adds; each check runs on one thread and on two."""
    maxDiff = 1500

    def setUp(self):
        temporary = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.addCleanup(temporary.cleanup)
        self.folder = temporary.name
        self.rng = random.Random(f"{SEED}-{self.id()}")
        self.contents = {}

    def add(self, files):
        """Writes them; returns {path: content}."""
        written = inputs.write(self.folder, files)
        self.contents |= written
        return written

    def add_sizes(self, make, name="sized"):
        return self.add(inputs.of_all_sizes(name, make, self.rng))

    def add_edges(self, make, features, name="planted"):
        filler = make(self.rng, 5 * inputs.TILE + 100)
        return self.add(inputs.across_edges(name, filler, features))

    def add_real(self):
        self.contents |= inputs.real_files(SEED)

    def runs(self, program, options=()):
        """Of all files added so far, in one call each."""
        for threads in (1, 2):
            yield Run(VYRE, program, self.contents, threads, options)

    def assertSame(self, found, expected):
        """Both by path; shows the first file that differs, not all."""
        self.assertEqual(found.keys(), expected.keys())
        for path, value in expected.items():
            self.assertEqual(found[path], value, f"{path}, seed {SEED}")

    def assertAllSame(self, function, expected):
        self.assertSame({path: function(data) for path, data in self.contents.items()}, expected)


class Wc(Example):
    FEATURES = [b" word ", b"\n\n", b"  \t", b"longerword", b"a b c d", b"\r\n"]

    def check(self):
        for run in self.runs("wc"):
            self.assertSame(run.results("lines"),
                            {path: data.count(b"\n") for path, data in self.contents.items()})
            self.assertSame(run.results("words"),
                            {path: len(data.split()) for path, data in self.contents.items()})
            self.assertSame(run.results("bytes"),
                            {path: len(data) for path, data in self.contents.items()})
        return run

    def test_text_as_wc_counts_it(self):
        self.add_sizes(inputs.text)
        self.add_edges(inputs.text, self.FEATURES)
        self.add({"one-word": b"w" * (3 * inputs.TILE), "spaces": b" " * (2 * inputs.TILE + 1)})
        run = self.check()
        found = {path: (row["results"]["lines"], row["results"]["words"], row["results"]["bytes"])
                 for path, row in run.files.items()}
        self.assertSame(found, oracles.wc(self.contents))

    def test_bytes_and_real_files(self):
        self.add_real()
        self.add_sizes(inputs.random_bytes)
        limits = b"\x08\t\n\v\f\r\x0e\x1f !\xa0"  # around each end of what is white space
        self.add_edges(lambda _, size: b"w" * size, [b"w%cw" % byte for byte in limits])
        self.check()


class HistogramAndEntropy(Example):
    def test_counts(self):
        self.add_real()
        self.add_sizes(inputs.random_bytes)
        self.add({"one-value": b"\xff" * 300_000, "each": bytes(range(256)) * 1000})
        expected = {path: oracles.histogram(data) for path, data in self.contents.items()}
        for run in self.runs("histogram"):
            self.assertSame(run.results("counts"), expected)
            self.check_entropy(run.output)

    def check_entropy(self, lines):
        done = subprocess.run([EXAMPLES / "entropy"], input=lines, capture_output=True, check=True)
        found = dict(row.rsplit(": ", 1) for row in done.stdout.decode().splitlines())
        self.assertEqual(found.keys(), self.contents.keys())
        for path, data in self.contents.items():
            self.assertAlmostEqual(float(found[path]), oracles.entropy(data), delta=1e-6,
                                   msg=f"{path}, seed {SEED}")


class Crc32c(Example):
    def test_check_values(self):
        self.assertEqual(oracles.crc32c_bitwise(b"123456789"), 0xE3069283)  # of the CRC catalogue
        small = self.add({"check": b"123456789", "zeros": bytes(32), "ones": b"\xff" * 32})
        self.add_sizes(inputs.random_bytes)
        small |= {path: data for path, data in self.contents.items() if len(data) < 70_000}
        self.assertAllSame(oracles.crc32c, {path: oracles.crc32c_bitwise(data) if path in small
                                            else oracles.crc32c(data)
                                            for path, data in self.contents.items()})
        self.add_real()
        expected = {path: oracles.crc32c(data) for path, data in self.contents.items()}
        for run in self.runs("crc32c"):
            self.assertSame(run.results("crc"), expected)


class Xxh64(Example):
    def test_as_xxhsum(self):
        self.add_real()
        self.add_sizes(inputs.random_bytes)
        self.add({f"tail-{n}": self.rng.randbytes(inputs.TILE + n) for n in range(1, 41)})
        expected = oracles.xxhsum(self.contents)
        for run in self.runs("xxh64"):
            self.assertSame(run.results("hash"), expected)


class FieldFilter(Example):
    ROWS = [b"\n1,2,4000000000,x\n", b"\n,,7\n", b"\n,,,,\n,,1001", b"\nlong field,b,123456",
            b"\n,,4294967296,\n", b"x\n,,00000000000000001999\n"]

    def check(self, threshold, reference):
        expected = {path: oracles.field_filter(data, threshold)
                    for path, data in self.contents.items()}
        for run in self.runs("field_filter", ["--set", f"threshold={threshold}"]):
            self.assertSame(run.records(), expected)
            found_rows = run.results("rows")
            self.assertSame(found_rows, {path: len(rows) for path, rows in expected.items()})
            self.assertSame(run.results("total"), {path: sum(number for _, number in rows)
                                                   for path, rows in expected.items()})
        for path in reference:
            self.assertEqual(found_rows[path], oracles.awk_rows(path, threshold),
                             f"{path}, seed {SEED}")

    def test_rows_as_awk_finds_them(self):
        tables = self.add_sizes(inputs.csv)
        tables |= self.add_edges(inputs.csv, self.ROWS)
        tables |= self.add({"wide": b"," * (3 * inputs.TILE) + b"\n,,1500\n",
                            "long-field": b"f" * 200_000 + b"," + b"g" * 200_000 + b",1234,\n"})
        self.check(1000, tables)

    def test_without_a_threshold(self):
        self.add_sizes(inputs.csv)
        self.add({"all-rows": b",,9\n" * 70_000})
        self.check(0, [])

    def test_any_text(self):
        self.add_real()
        self.add_sizes(inputs.text)
        self.check(3, [])


class Utf8(Example):
    def check(self):
        expected = {path: oracles.first_invalid(data) for path, data in self.contents.items()}
        for run in self.runs("utf8"):
            self.assertSame(run.results("invalid"),
                            {path: int(at is not None) for path, at in expected.items()})
            self.assertSame(run.results("first_invalid"),
                            {path: NOWHERE if at is None else at for path, at in expected.items()})
        return expected

    def test_as_the_strict_decoder(self):
        self.add_real()
        self.add_sizes(inputs.utf8)
        self.add_sizes(inputs.random_bytes, "random")
        self.add_edges(lambda _, size: b"." * size, [c.encode() for c in inputs.CHARACTERS])
        self.check()

    def test_one_thing_wrong(self):
        self.add(inputs.broken_utf8(self.rng))
        expected = self.check()
        for path in self.rng.sample(sorted(self.contents), 60):
            self.assertEqual(oracles.iconv_accepts(path), expected[path] is None, path)


class LongestLine(Example):
    def check(self):
        expected = {path: max(map(len, oracles.lines_of(data)), default=0)
                    for path, data in self.contents.items()}
        for run in self.runs("longest_line"):
            self.assertSame(run.results("longest"), expected)
        return expected

    def test_as_awk_measures(self):
        files = self.add(inputs.long_lines())
        files |= self.add_sizes(inputs.text)
        self.add_edges(lambda _, size: b"l" * size, [b"\n", b"\n\n", b"\nx\n"])
        expected = self.check()
        self.assertSame({path: oracles.awk_longest(path) for path in files},
                        {path: expected[path] for path in files})

    def test_bytes_and_real_files(self):
        self.add_real()
        self.add_sizes(inputs.random_bytes)
        self.check()


class Strings(Example):
    RUNS = [b"x" * length for length in (1, 3, 4, 5, 8)] + [
        b"ab\0cdef\0g", b"\x1f    \x1f", b"\x7f~~~~\x7f", b"\x08\t\t\t\t\n", b"!!!\x80!!!"]

    def check(self, expected):
        for run in self.runs("strings"):
            self.assertSame(run.results("runs"), {path: len(runs) for path, runs in expected.items()})
            self.assertSame(run.records(), {path: self.records_of(runs)
                                            for path, runs in expected.items()})

    @staticmethod
    def records_of(runs):
        return sorted([(offset, 1) for offset, _ in runs]
                      + [(offset + length - 1, 2) for offset, length in runs])

    def test_as_strings_finds_them(self):
        self.add_sizes(inputs.random_bytes)
        self.add_edges(inputs.unprintable, self.RUNS)
        self.add({"whole": b"p" * (5 * inputs.TILE + 1), "densest": b"pppp\n" * 60_000})
        expected = oracles.strings(self.contents)
        self.assertAllSame(oracles.printable_runs, expected)
        self.check(expected)

    def test_real_files(self):
        self.add_real()
        self.check(oracles.strings(self.contents))


class FindLiteral(Example):
    def test_as_grep_finds_them(self):
        self.add_real()
        self.add_edges(inputs.text, [LITERAL, LITERAL + b"x" + LITERAL, LITERAL[:-1]])
        self.add({"densest": LITERAL * 20_000, "cut": b"x" * 70_000 + LITERAL[:-1], "empty": b""})
        expected = {path: oracles.occurrences(data, LITERAL)
                    for path, data in self.contents.items()}
        for path in self.rng.sample(sorted(self.contents), 60):
            self.assertEqual(expected[path], oracles.grep_offsets(path, LITERAL), path)
        for run in self.runs("find_literal"):
            self.assertSame(run.results("occurrences"),
                            {path: len(found) for path, found in expected.items()})
            found = run.records()
            self.assertSame({path: [offset for offset, _ in records]
                             for path, records in found.items()}, expected)
            self.assertSame(run.results("most_in_a_tile"),
                            {path: max((value for _, value in records), default=0)
                             for path, records in found.items()})


class LineLengths(Example):
    BUCKETS = 64

    def check(self, shift):
        options = ["--set", f"shift={shift}"]
        counts, longest = oracles.line_lengths(self.contents.values(), shift, self.BUCKETS)
        for run in self.runs("line_lengths", options):
            self.assertEqual(run.windows, {"lengths": counts, "longest": longest}, f"seed {SEED}")
            self.assertSame(run.results("lines"), {path: len(oracles.lines_of(data))
                                                   for path, data in self.contents.items()})
        return counts

    def test_a_tree_as_awk_counts_it(self):
        self.add(inputs.long_lines())
        self.add_sizes(inputs.text)
        for shift in (0, 3):
            counts = self.check(shift)
            self.assertEqual(counts, oracles.awk_line_lengths(self.contents, shift, self.BUCKETS))

    def test_bytes_and_real_files(self):
        self.add_real()
        self.add_sizes(inputs.random_bytes)
        self.add_edges(lambda _, size: b"l" * size, [b"\n", b"\n\n", b"\nx\n"])
        self.check(2)


class FollowIndex(Example):
    LARGEST = 2048

    def entries(self, count, data):
        """Most of them good; records at the end, beyond it, too long, of no bytes, far away."""
        for _ in range(count):
            offset, length = self.rng.randrange(len(data)), self.rng.randrange(self.LARGEST + 1)
            kind = self.rng.randrange(16)
            if kind == 0:
                offset = len(data) - self.rng.randrange(10)
                length = self.rng.randrange(20)
            elif kind == 1:
                length = self.rng.choice([0, 1, self.LARGEST, self.LARGEST + 1, 1 << 40])
            elif kind == 2:
                offset, length = NOWHERE - self.rng.randrange(3), self.rng.randrange(3)
            yield offset, length

    def follow(self, index, data):
        """([(entry's offset, sum of the record's bytes)], bytes, sums, failed)"""
        records, loaded, failed = [], 0, 0
        for at in range(0, len(index) // 16 * 16, 16):
            offset, length = struct.unpack_from("<QQ", index, at)
            if length > self.LARGEST or offset + length > len(data):
                failed += 1
            else:
                records.append((at, sum(data[offset:offset + length])))
                loaded += length
        return records, loaded, sum(value for _, value in records), failed

    def test_as_python_does(self):
        data = self.rng.randbytes(200_000)
        resource = os.path.join(self.folder, "records.bin")
        with open(resource, "wb") as file:
            file.write(data)
        for name, count in (("empty", 0), ("one", 1), ("a tile", 4096), ("more", 4500)):
            index = b"".join(struct.pack("<QQ", *entry) for entry in self.entries(count, data))
            self.add({name: index + b"tail"[:self.rng.randrange(5)]})
        expected = {path: self.follow(index, data) for path, index in self.contents.items()}
        for run in self.runs("follow_index", ["--resource", f"records={resource}"]):
            self.assertSame(run.records(), {path: one[0] for path, one in expected.items()})
            self.assertSame(run.results("entries"),
                            {path: len(index) // 16 for path, index in self.contents.items()})
            for place, name in ((1, "bytes"), (2, "sums"), (3, "failed")):
                self.assertSame(run.results(name),
                                {path: one[place] for path, one in expected.items()})


class EveryExample(unittest.TestCase):
    def test_has_a_case_here(self):
        cases = {"wc": Wc, "histogram": HistogramAndEntropy, "crc32c": Crc32c, "xxh64": Xxh64,
                 "field_filter": FieldFilter, "utf8": Utf8, "longest_line": LongestLine,
                 "strings": Strings, "find_literal": FindLiteral, "line_lengths": LineLengths,
                 "follow_index": FollowIndex}
        self.assertEqual(sorted(cases), sorted(path.stem for path in EXAMPLES.glob("*.vasm")))


def case_names():
    return [name for name, value in globals().items()
            if isinstance(value, type) and issubclass(value, unittest.TestCase)
            and value is not Example]


if __name__ == "__main__":
    if sys.argv[1:] == ["--list"]:
        print(";".join(case_names()), end="")
    else:
        VYRE = os.path.abspath(sys.argv[1])
        print(f"seed {SEED}")
        unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
