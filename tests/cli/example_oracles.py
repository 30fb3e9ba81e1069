"""The usual tools, and plain computations that share nothing with vyre, file by file."""

import collections
import math
import os
import re
import subprocess

U32 = 0xFFFFFFFF
U64 = (1 << 64) - 1
C_LOCALE = {**os.environ, "LC_ALL": "C"}
PRINTABLE_RUN = re.compile(rb"[\t -~]{4,}")


def tool(*command):
    done = subprocess.run(command, capture_output=True, env=C_LOCALE, check=False)
    assert done.returncode == 0, (command[0], done.stderr[:500])
    return done.stdout


def in_groups(paths, size=200):
    paths = list(paths)
    return [paths[i:i + size] for i in range(0, len(paths), size)]


def wc(paths):
    """{path: (lines, words, bytes)} by wc. Its words are those of text: it passes over unprintables."""
    found = {}
    for group in in_groups(paths):
        for row in tool("wc", "-lwc", *group, os.devnull).splitlines()[:-2]:
            lines, words, size, path = row.split(maxsplit=3)
            found[path.decode()] = (int(lines), int(words), int(size))
    return found


def xxhsum(paths):
    found = {}
    for group in in_groups(paths):
        for row in tool("xxhsum", "-H1", *group).splitlines():
            value, path = row.split(maxsplit=1)
            found[path.decode()] = int(value, 16)
    return found


def strings(paths):
    """{path: [(offset, length)]} by strings."""
    found = {path: [] for path in paths}
    for group in in_groups(paths):
        for row in tool("strings", "-a", "-f", "-t", "d", "-n", "4", *group).split(b"\n")[:-1]:
            path, rest = row.split(b": ", 1)
            offset, run = re.fullmatch(rb" *(\d+) ([\t -~]*)", rest).groups()
            found[path.decode()].append((int(offset), len(run)))
    return found


def printable_runs(data):
    return [(match.start(), len(match[0])) for match in PRINTABLE_RUN.finditer(data)]


def crc32c_bitwise(data):
    register = U32
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = register >> 1 ^ (0x82F63B78 if register & 1 else 0)
    return register ^ U32


def crc32c_table():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


def crc32c(data, table=tuple(crc32c_table())):
    register = U32
    for byte in data:
        register = register >> 8 ^ table[(register ^ byte) & 0xFF]
    return register ^ U32


def histogram(data):
    counts = collections.Counter(data)
    return [counts[byte] for byte in range(256)]


def entropy(data):
    """Bits per byte, as log2(n) less the mean of log2(count)."""
    if not data:
        return 0.0
    counts = collections.Counter(data)
    return math.log2(len(data)) - sum(n * math.log2(n) for n in counts.values()) / len(data)


def first_invalid(data):
    """Offset of the first byte that cannot stand where it stands; None in valid UTF-8."""
    try:
        data.decode("utf-8", "strict")
    except UnicodeDecodeError as error:
        if error.reason == "invalid start byte":
            return error.start
        return len(data) if error.reason == "unexpected end of data" else error.end
    return None


def iconv_accepts(path):
    return subprocess.run(["iconv", "-f", "UTF-8", "-t", "UTF-32", path], check=False,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def lines_of(data):
    """Lines without their newlines; what follows the last newline is one if it is not empty."""
    lines = data.split(b"\n")
    return lines if lines[-1] else lines[:-1]


def awk_longest(path):
    program = "{ if (length($0) > m) m = length($0) } END { print m + 0 }"
    return int(tool("awk", program, path))


def field_filter(data, threshold):
    """[(offset of the comma before the third field, its number up to 2^32 - 1)], and the sum."""
    found = []
    position = 0
    for line in lines_of(data):
        fields = line.split(b",", 3)
        if len(fields) > 2:
            number = min(int(re.match(rb"[0-9]*", fields[2])[0] or b"0"), U32)
            if number > threshold:
                found.append((position + len(fields[0]) + 1 + len(fields[1]), number))
        position += len(line) + 1
    return found


def awk_rows(path, threshold):
    program = "$3 + 0 > t { ++n } END { print n + 0 }"
    return int(tool("awk", "-F,", "-v", f"t={threshold}", program, path))


def occurrences(data, literal):
    """Offsets, of overlapping ones too."""
    return [match.start() for match in re.finditer(rb"(?=" + re.escape(literal) + rb")", data)]


def grep_offsets(path, literal):
    done = subprocess.run(["grep", "-aobF", literal, path], capture_output=True, env=C_LOCALE,
                          check=False)
    assert done.returncode in (0, 1), done.stderr
    return [int(row.split(b":", 1)[0]) for row in done.stdout.splitlines()]


def line_lengths(contents, shift, buckets):
    """Lines by length >> shift, the last bucket for all that is longer; and the longest."""
    counts = [0] * buckets
    longest = 0
    for data in contents:
        for line in lines_of(data):
            counts[min(len(line) >> shift, buckets - 1)] += 1
            longest = max(longest, len(line))
    return counts, longest


def awk_line_lengths(paths, shift, buckets):
    program = """{ b = int(length($0) / w); if (b > last) b = last; ++n[b] }
                 END { for (b = 0; b <= last; ++b) print n[b] + 0 }"""
    rows = tool("awk", "-v", f"w={1 << shift}", "-v", f"last={buckets - 1}", program, *paths)
    return [int(row) for row in rows.split()]
