#!/usr/bin/env python3
"""Compares what `vyre` prints on the CPU backend and on a GPU, byte for byte, over real files.

usage: compare_backends.py VYRE EXAMPLES RULES PATH...

With one thread files come in the order of the walk, so outputs must be equal as they are; with all
threads, files may come in another order, and their lines are compared sorted. Exit status 1 where any
two differ.
"""

import os
import subprocess
import sys

PATTERNS = ["struct", "(?i)error", r"\bfoo\w*", "^$", "[0-9]{4}-[0-9]{2}", r"a.*z$", "import|include"]
PROGRAMS = ["wc", "histogram", "crc32c", "xxh64", "utf8", "longest_line", "strings", "line_lengths"]


def scans(rules):
    for pattern in PATTERNS:
        yield f"scan -e {pattern}", ["scan", "-e", pattern]
    yield "scan -c -e struct", ["scan", "-c", "-e", "struct"]
    yield "scan --json -e error", ["scan", "--json", "-e", "error"]
    yield "scan --rules", ["scan", "--rules", rules]


def runs(examples):
    for name in PROGRAMS:
        yield f"run {name}", ["run", f"{examples}/{name}.vasm"]
    yield "run field_filter", ["run", "--set", "threshold=7", f"{examples}/field_filter.vasm"]


def output(vyre, backend, threads, command, paths):
    arguments = [vyre, command[0], "--backend", backend]
    if threads:
        arguments += ["--threads", str(threads)]
    done = subprocess.run(arguments + command[1:] + paths, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False)
    # The statistics say how long it took.
    lines = [line for line in done.stdout.split(b"\n") if not line.startswith(b'{"type":"stats"')]
    return done.returncode, lines


def told(vyre, threads, command, paths):
    """What differs, or nothing, and the lines of the output."""
    cpu_status, cpu = output(vyre, "cpu", threads, command, paths)
    gpu_status, gpu = output(vyre, "cuda", threads, command, paths)
    if cpu_status != gpu_status:
        return f"exit status {cpu_status} and {gpu_status}", len(cpu)
    if threads != 1:
        cpu.sort()
        gpu.sort()
    if cpu != gpu:
        return f"outputs of {len(cpu)} and {len(gpu)} lines differ", len(cpu)
    return "", len(cpu)


def why_no_device(vyre):
    done = subprocess.run([vyre, "scan", "--backend", "cuda", "-e", "x", "/dev/null"],
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    text = done.stderr.decode(errors="replace")
    return "" if "/dev/null" in text else text.strip()


def size_of(paths):
    files = total = 0
    for path in paths:
        for folder, _, names in os.walk(path):
            for name in names:
                entry = os.path.join(folder, name)
                if os.path.isfile(entry) and not os.path.islink(entry):
                    files += 1
                    total += os.path.getsize(entry)
    return files, total


def main():
    if len(sys.argv) < 5:
        print(__doc__, file=sys.stderr)
        return 2
    vyre, examples, rules, paths = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]
    missing = why_no_device(vyre)
    if missing:
        print(f"SKIP: {missing}")
        return 77
    files, total = size_of(paths)
    print(f"{files} files, {total / 1e9:.2f} GB under {' '.join(paths)}")
    wrong = 0
    for name, command in [*scans(rules), *runs(examples)]:
        for threads in (1, None):
            difference, length = told(vyre, threads, command, paths)
            wrong += difference != ""
            how = "1 thread, as it is" if threads else "all threads, sorted"
            print(f"{name}: {how}: {difference or f'equal, {length} lines'}", flush=True)
    print(f"{wrong} differences")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
