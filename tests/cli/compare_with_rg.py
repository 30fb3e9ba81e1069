"""The lines that `vyre scan` prints are those that ripgrep prints, whatever the pattern.

Usage: compare_with_rg.py VYRE [--quick] [PATH]...
Compares on a generated tree, /usr/include and a part of /usr/share, or on the given paths alone.
Order apart, since neither program promises one between files.
"""

import argparse
import collections
import os
import pathlib
import random
import subprocess
import sys
import tempfile

import generated_tree

RG = ["rg", "--no-config", "-a", "--no-unicode", "--no-ignore", "--hidden", "--no-messages",
      "--no-heading", "-H"]
MODES = {"lines": (["-n"], []), "count": (["-c"], ["-c"]), "files": (["-l"], ["-l"]),
         "matches": (["-n", "-o"], ["-o"])}
SHARE_BYTES = 64 << 20

# Rare enough in source text to run over the system's trees, too.
SELECTIVE = [
    "needle", "pthread_create", "(?i)Needle", "(?i:posix)_[a-z]+_np", r"\bneedle\b", r"\Bneedle",
    r"needle\B", r"^needle", r"needle$", r"^\s*needle\s*$", "foo|barr|bazz", "(?:quick|slow) brown",
    r"\d{4}-\d{2}-\d{2}", r"0x[0-9a-f]{8}\b", r"[A-Z]{12,}", r"[A-Z]{3,5}_[0-9]+_[a-z]",
    r"\w+@\w+\.(?:org|com)", r"https?://[^\s'>]+\.html", r'key\s*=\s*"[^"]*"', r"a{100,}",
    r"a{20,30}$", r"(?:ab){2}", r"(?:a|b)*abb{3}", "BEGIN.*END", r"BEGIN[a-z]+END",
    r"BEGIN[^ ]*END$", r"q{50000}", r"q{999}END", r"x{0,3}yz{2,}",
    "the_quick_brown_fox_jumps_over_the_lazy_dog_the_quick_brown_fox_jumps", r"\x00", r"\x00\x00+n",
    r"\xff", r"\xff\xfe", r"[\x80-\xff]{3}", r"\xc3\xa9", r"na.ve", "ca.{2} ", r"\$HOME",
    r"\^caret", r"back\\slash", r"\[x\]", r"a\|b", r"\r$", r"\t+here", r"vt\sff", r"vt\vff",
    r"[[:digit:]]+[[:upper:]]{4}", r"[^[:print:][:space:]]{4}", r"(?s)needle.without",
    r"(?-s).needle.", r"(?m)^first needle$", r"(?U)BEGIN.+END", r"(fo+|ba+r)(42|99)",
    r"[a-f&&d]needle|needle42", r"int\s+main\s*\(", r"#\s*include\s+<sys/[a-z]+\.h>",
    r"(?i)copyright \(c\) 19\d\d", r"return\s+-E[A-Z]+;", r"\*\*\*+ [A-Z]", r"[^\x00-\x7f]",
    r"(?:\d{1,3}\.){3}\d{1,3}",
]
# Match nearly everywhere; over the generated tree alone. Where a match is empty, ripgrep's -o is no
# yardstick: it prints whole lines for some.
BROAD = [
    ".", "", "a*", "^", "$", "^$", r"\b", r"\B", "x?", r"[^a]", r"\w", r"\S+$", r"^.{3}$", r"(?:)",
    r"a|", r"\s*$", r"^[^ ]*$", r"(?i)E", r".*", r".+\d", r"\D{40,}", r"(a|ab)(c|bcd)?", r"\A",
    r"\z", r"^\W*$", r"a.*b.*c", r"(?:a*)*", r"[a-z]+?", r"\x61",
]

def run(command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False,
                          timeout=120)
    return done.returncode, done.stdout, done.stderr.decode(errors="replace").strip()


def share_part():
    """Entries of /usr/share in order of name, up to SHARE_BYTES."""
    chosen, total = [], 0
    for entry in sorted(pathlib.Path("/usr/share").iterdir()):
        if entry.is_symlink() or not entry.is_dir():
            continue
        size = sum(os.lstat(os.path.join(folder, name)).st_size
                   for folder, _, names in os.walk(entry) for name in names)
        if total + size <= SHARE_BYTES:
            chosen.append(str(entry))
            total += size
    return chosen


class Comparison:
    def __init__(self, vyre):
        self.vyre = vyre
        self.runs = self.lines = self.differing = self.refused = 0

    def compare(self, name, pattern, mode, paths):
        rg_options, vyre_options = MODES[mode]
        rg_exit, rg_out, rg_text = run([*RG, *rg_options, "-e", pattern, *paths])
        if rg_exit == 2 and not rg_out:
            self.refused += 1
            print(f"note: ripgrep refuses {pattern!r}: {rg_text.splitlines()[-1:]}")
            return
        own_exit, own_out, own_text = run([self.vyre, "scan", *vyre_options, "-e", pattern, *paths])
        theirs = collections.Counter(rg_out.split(b"\n"))
        own = collections.Counter(own_out.split(b"\n"))
        missing, extra = theirs - own, own - theirs
        self.runs += 1
        self.lines += sum(theirs.values()) - 1
        if not missing and not extra and own_exit == rg_exit:
            return
        self.differing += sum(missing.values()) + sum(extra.values())
        if own_exit != rg_exit:
            self.differing += 1
        print(f"DIFFERENT: {name}, {mode}, {pattern!r}: exit {own_exit}, ripgrep {rg_exit}; "
              f"{sum(missing.values())} lines missing, {sum(extra.values())} too many "
              f"{own_text[:300]}")
        for sign, lines in (("-", missing), ("+", extra)):
            for line in sorted(lines)[:5]:
                print(f"  {sign} {line[:200]!r}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("vyre")
    parser.add_argument("--quick", action="store_true", help="only lines of the generated tree")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("paths", nargs="*")
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}, {len(SELECTIVE) + len(BROAD)} patterns")
    comparison = Comparison(arguments.vyre)

    if arguments.paths:
        for pattern in SELECTIVE:
            comparison.compare("given paths", pattern, "lines", arguments.paths)
    else:
        with tempfile.TemporaryDirectory() as folder:
            generated_tree.write(pathlib.Path(folder), arguments.seed)
            for number, pattern in enumerate(SELECTIVE + BROAD):
                modes = ["lines", "count" if number % 2 == 0 else "files"]
                if pattern in SELECTIVE:
                    modes.append("matches")
                for mode in modes[:1] if arguments.quick else modes:
                    comparison.compare("generated tree", pattern, mode, [folder])
        if not arguments.quick:
            system = ["/usr/include", *share_part()]
            for pattern in SELECTIVE:
                comparison.compare("/usr/include and /usr/share", pattern, "lines", system)

    print(f"{comparison.runs} runs, {comparison.lines} lines of ripgrep, "
          f"{comparison.refused} refused by ripgrep, {comparison.differing} differing lines")
    return 1 if comparison.differing or not comparison.runs else 0


if __name__ == "__main__":
    sys.exit(main())
