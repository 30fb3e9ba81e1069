"""A tree of files in which line scanners tend to go wrong; the same for the same seed."""

import random

# The geometry of the runtime, so that matches can be put across its boundaries.
SLOT_BYTES = 512 * 1024
HALO_BYTES = 4096
CHUNK_BYTES = SLOT_BYTES - 2 * HALO_BYTES
TILE_BYTES = 64 * 1024
LANE_BYTES = 512

WORDS = [b"alpha", b"beta", b"Gamma", b"DELTA", b"needle", b"NEEDLE", b"int", b"void", b"return",
         b"foo", b"bar", b"foobar", b"x", b"42", b"0x1f", b"1999-12-31", b"user@example.org",
         b"http://example.org/a?b=c", b"key=value", b"key = \"secret value\"", b"{", b"}", b"();",
         b"a.b.c", b"_under_score", b"caf\xc3\xa9", b"na\xefve", b"tab\there", b"vt\x0bff\x0c",
         b"aaaa", b"aaab", b"abab", b"zzz", b"$HOME", b"^caret", b"back\\slash", b"[x]", b"a|b",
         b"quick brown fox jumps over the lazy dog"]
LONG_LITERAL = b"the_quick_brown_fox_jumps_over_the_lazy_dog_" * 3 + b"end"


def words(rng, count):
    return b" ".join(rng.choices(WORDS, k=count))


def text(rng, lines, newline=b"\n"):
    return b"".join(words(rng, rng.randrange(0, 14)) + newline for _ in range(lines))


def around_boundaries(rng, size):
    """Text of `size` bytes with a marker across most multiples of chunk, tile and lane bytes."""
    data = bytearray()
    while len(data) < size:
        data += text(rng, 400)
    del data[size:]
    for step, every in ((CHUNK_BYTES, 1), (SLOT_BYTES, 1), (TILE_BYTES, 1), (LANE_BYTES, 97)):
        for boundary in range(step, size - 64, step * every):
            marker = rng.choice([b"needle", b"NEEDLE42", b"user@example.org", LONG_LITERAL[:40]])
            start = boundary - rng.randrange(0, len(marker) + 1)
            data[start:start + len(marker)] = marker
    return bytes(data)


def files(seed):
    """(path, content) of every file, all paths relative."""
    rng = random.Random(seed)
    yield "empty", b""
    yield "newline", b"\n"
    yield "newlines", b"\n\n\n\n"
    yield "no-final-newline", b"first needle\nlast needle without newline"
    yield "one-byte", b"x"
    yield "crlf", text(rng, 200, b"\r\n")
    yield "old-mac", text(rng, 50, b"\r")
    yield "nul", b"before\0after\n\0\0\n\0needle\0\nno nul here\n" + b"\0" * 5000 + b"needle\n"
    yield "high-bytes", bytes(range(256)) * 40 + b"\n\xff\xfe needle \xff\n\xff\xff\xff\n"
    yield "random-bytes", rng.randbytes(300_000)
    yield "utf8", "naïve café — “quoted” Straße İstanbul\n".encode() * 30
    yield "byte-order-mark", b"\xef\xbb\xbf" + text(rng, 40)
    yield "utf16-le", b"\xff\xfe" + "needle na\xefve\nfoobar\r\n42\n".encode("utf-16-le") * 20
    yield "utf16-be", b"\xfe\xff" + "needle\n\U0001f600 key=value\n".encode("utf-16-be") * 20
    yield "long-line", (b"BEGIN" + b"q" * 200_000 + b"END\nshort BEGIN END line\n"
                        + b"BEGIN" + words(rng, 20_000) + b"END")
    yield "one-line", words(rng, 120_000)
    yield "runs", b"\n".join(b"a" * n for n in range(0, 300)) + b"\n"
    yield "long-literal", text(rng, 30) + LONG_LITERAL + b"\n" + b"pad" + LONG_LITERAL[1:] + b"\n"
    for number, size in enumerate((SLOT_BYTES - 2, SLOT_BYTES - 1, SLOT_BYTES, SLOT_BYTES + 1,
                                   CHUNK_BYTES, CHUNK_BYTES + 1, 5 * 1024 * 1024)):
        yield f"big/{number}-{size}", around_boundaries(rng, size)
    for number in range(400):
        folder = ("src", "src/deep/er", ".hidden", "with space")[number % 4]
        yield f"{folder}/{number}.txt", text(rng, rng.randrange(0, 120))
    yield ".gitignore", b"*\nneedle\n"
    yield "src/.hidden-file", b"needle in a hidden file\n"


def write(folder, seed):
    for name, content in files(seed):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
