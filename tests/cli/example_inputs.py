"""Files on which programs tend to go wrong: sizes around tiles and chunks, features across edges."""

import os
import pathlib
import random

TILE = 64 * 1024
# What a chunk owns: of `vyre run`, of a session with slots of 512 KiB.
CHUNKS = (4 * TILE, 7 * TILE)
SLOTS = (4 * TILE + 2 * 4096, 512 * 1024)
REAL_TREES = ("/usr/include", "/usr/share/doc")
REAL_FILES = 300
REAL_FILE_BYTES = 100_000

WORDS = [b"a", b"int", b"void", b"return", b"x1", b"--", b"\"quoted\"", b"{", b"};", b"#include",
         b"the", b"quick", b"brown", b"0x1f", b"under_score", b"a,b,c", b"1999-12-31", b"~!@"]
SPACES = [b" ", b" ", b" ", b"  ", b"\t", b"\n", b"\n", b"\r\n", b"\n\n", b" \v\f "]
CHARACTERS = ["e", "z", " ", "\n", "\x7f", "\x80", "é", "\u07ff", "\u0800", "€", "\ud7ff", "\ue000",
              "\uffff", "\U00010000", "\U0001f600", "\U0010ffff"]
BROKEN = [b"\x80", b"\xbf", b"\xc0\x80", b"\xc1\xbf", b"\xc3", b"\xc3\x28", b"\xe0\x80\x80",
          b"\xe0\x9f\xbf", b"\xe2\x82", b"\xe2\x28\xa1", b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xe2",
          b"\xf0\x80\x80\x80", b"\xf0\x8f\xbf\xbf", b"\xf0\x9f\x98", b"\xf0\x9f", b"\xf0",
          b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80", b"\xf8\x88\x80\x80\x80", b"\xfe", b"\xff",
          b"\xc3\xa9\xa9", b"\xe2\x82\xac\x80", b"\xf0\x9f\x98\x80\x80"]


def sizes():
    """0, 1, 2, and every multiple that matters, less 1 and more 1."""
    edges = [TILE, 2 * TILE, *CHUNKS, *SLOTS]
    return [0, 1, 2, 31, 32, 33, 4095, 4096, 4097] + [e + d for e in edges for d in (-1, 0, 1)]


def text(rng, size):
    """Printable words and white space."""
    out = b"".join(word + space for word, space in
                   zip(rng.choices(WORDS, k=size // 3 + 1), rng.choices(SPACES, k=size // 3 + 1)))
    return out[:size]


def csv(rng, size):
    """Rows of 0 to 6 fields; the third is an unsigned integer, or empty."""
    def row():
        fields = [str(rng.randrange(10 ** rng.randrange(1, 7))) for _ in range(rng.randrange(7))]
        if len(fields) > 2:
            fields[2] = rng.choice(["", "0", "000000000000012", str(rng.randrange(2000)),
                                    str((1 << 32) + rng.randrange(-8, 8)),
                                    str(rng.randrange(1 << 32)), str(rng.randrange(1 << 40))])
        return ",".join(fields)
    piece = ("\n".join(row() for _ in range(4000)) + "\n").encode()
    return (piece * (size // len(piece) + 1))[:size]


def random_bytes(rng, size):
    return rng.randbytes(size)


def unprintable(rng, size):
    """Bytes that no run of printables has."""
    return rng.randbytes(size).translate(bytes(b % 9 if b < 128 else b for b in range(256)))


def utf8(rng, size):
    """Valid, at most `size` bytes long."""
    out = "".join(rng.choices(CHARACTERS, k=size // 2)).encode()[:size]
    return out.decode(errors="ignore").encode()


def of_all_sizes(name, make, rng):
    return {f"{name}-{size}": make(rng, size) for size in sizes()}


def across_edges(name, filler, features, edges=5):
    """Each feature at every place around tiles' edges, and at every second one around a chunk's,
    which is among a file's edges."""
    files = {}
    for number, feature in enumerate(features):
        places = len(feature) + 2
        for first in range(0, places, 2):
            data = bytearray(filler[:edges * TILE + 100])
            for edge in range(1, edges + 1):
                start = edge * TILE - (first + edge) % places
                data[start:start + len(feature)] = feature
            files[f"{name}-{number}-{first}"] = bytes(data)
    return files


def broken_utf8(rng):
    """Valid text with one thing wrong, at every place around a tile's edge, a chunk's and the end."""
    files = {}
    for number, wrong in enumerate(BROKEN):
        for shift in range(len(wrong) + 1):
            filler = utf8(rng, TILE + 100)
            start = TILE - shift
            files[f"broken-{number}-{shift}"] = (
                filler[:start].decode(errors="ignore").encode().ljust(start, b".") + wrong + b"ok")
        files[f"broken-{number}-end"] = b"x" * (TILE - len(wrong)) + wrong
        files[f"broken-{number}-last"] = b"x" * rng.randrange(40) + wrong
        files[f"broken-{number}-chunk"] = b"x" * (CHUNKS[0] - 1) + wrong + b"\xff"
    return files


def long_lines():
    return {"mebibyte": b"short\n" + b"m" * (1 << 20) + b"\nshort",
            "many-chunks": b"q" * (5 * CHUNKS[0] + 17),
            "many-chunks-ended": b"q" * (2 * CHUNKS[0]) + b"\n",
            "two-long": b"a" * 700_000 + b"\n" + b"b" * 700_001 + b"\n",
            "newlines": b"\n" * (TILE + 3)}


def real_files(seed):
    """A few hundred files of this machine: {path: content}. Empty where there are none."""
    paths = sorted(os.path.join(folder, name) for tree in REAL_TREES
                   for folder, _, names in os.walk(tree) for name in names)
    random.Random(seed).shuffle(paths)
    files = {}
    for path in paths:
        if os.path.isfile(path) and not os.path.islink(path) and path.isascii() \
                and os.path.getsize(path) <= REAL_FILE_BYTES:
            files[path] = pathlib.Path(path).read_bytes()
        if len(files) == REAL_FILES:
            break
    return files


def write(folder, files):
    """{path: content} of the files, written into the folder."""
    written = {}
    for name, content in files.items():
        path = os.path.join(folder, name)
        pathlib.Path(path).write_bytes(content)
        written[path] = content
    return written
