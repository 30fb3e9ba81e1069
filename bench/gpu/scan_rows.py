"""`vyre scan` on a GPU beside the CPU backend and Vectorscan, as whole processes."""

import hashlib
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

LITERAL = "pthread_create"
LITERALS = [LITERAL, "EWOULDBLOCK", "SIGPIPE", "std::nullptr_t", "memory_order_release",
            "GL_TEXTURE_2D", "no warranty", "__STDC_VERSION__", "Copyright (C) 1998",
            "localhost:8080"]
STATS_SECONDS = re.compile(r"^scanned .* in ([0-9.]+) s", re.MULTILINE)


def planted_lines():
    """A line for each literal, and some that a rule for secrets finds, made up on the spot."""
    digits = hashlib.sha256(b"vyre").hexdigest().upper()
    key = "".join("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[int(digit, 16) * 2] for digit in digits[:16])
    return [f"  planted = {text};" for text in LITERALS] + [f'  aws_key = "AKIA{key}"']


def quoted(texts):
    return [part for text in texts
            for part in ("-e", text.replace("(", "\\(").replace(")", "\\)"))]


def in_hexadecimal(texts):
    """The literals as Vectorscan patterns: it knows no quoting of its own."""
    return [part for text in texts
            for part in ("-e", "".join(f"\\x{byte:02x}" for byte in text.encode()))]


def run(command, output):
    """One process: its wall and CPU seconds, and what it says on standard error."""
    with open(output, "wb") as out, tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        text = errors.read().decode(errors="replace")
    if process.returncode not in (0, 1):
        sys.exit(f"bench: exit {process.returncode} of {' '.join(map(str, command))}:\n{text}")
    return {"seconds": seconds, "cpu_seconds": usage.ru_utime + usage.ru_stime, "errors": text}


def spread(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values),
            "repetitions": values}


def own_seconds(result, output, name):
    """What the program itself took for the scan: without start-up and compilation of patterns."""
    if name.startswith("vectorscan"):
        return json.loads(output.read_text())["scan_seconds"]
    found = STATS_SECONDS.search(result["errors"])
    if not found:
        sys.exit(f"bench: no time in what --stats printed:\n{result['errors']}")
    return float(found[1])


def contestants(vyre, vectorscan, rules, path):
    """By task: programs by name."""
    scan = [vyre, "scan", "--stats"]
    yardstick = [vectorscan, "--threads", str(len(os.sched_getaffinity(0)))]
    for title, texts in (("one literal", [LITERAL]), ("10 literals", LITERALS)):
        patterns = quoted(texts)
        yield title, {
            "cuda, counting": [*scan, "--backend", "cuda", "-c", *patterns, path],
            "cuda, printing": [*scan, "--backend", "cuda", *patterns, path],
            "cpu, printing": [*scan, "--backend", "cpu", *patterns, path],
            "vectorscan": [*yardstick, "--lines", *in_hexadecimal(texts), "--", path]}
    yield f"rules of {rules.name}", {
        "cuda, printing": [*scan, "--backend", "cuda", "--rules", rules, path],
        "cpu, printing": [*scan, "--backend", "cpu", "--rules", rules, path],
        "vectorscan": [*yardstick, "--rules", rules, "--", path]}


def digests(output):
    """Of the output as it is, and of its lines sorted: files may end in any order."""
    text = output.read_bytes()
    ordered = b"\n".join(sorted(text.split(b"\n")))
    return {"bytes": len(text), "lines": text.count(b"\n"),
            "sha256": hashlib.sha256(text).hexdigest(),
            "sha256_of_sorted_lines": hashlib.sha256(ordered).hexdigest()}


def compare_backends(results):
    cuda, cpu = results["cuda, printing"]["output"], results["cpu, printing"]["output"]
    if cuda["sha256"] == cpu["sha256"]:
        return "identical"
    if cuda["sha256_of_sorted_lines"] == cpu["sha256_of_sorted_lines"]:
        return "the same lines, files in another order"
    return "DIFFERENT"


def measure_task(programs, output, repetitions):
    results = {name: {"command": [str(part) for part in command], "seconds": [], "own_seconds": [],
                      "cpu_seconds": []}
               for name, command in programs.items()}
    for repetition in range(-1, repetitions):
        for name, command in programs.items():
            result = run(command, output)
            if repetition < 0:
                results[name]["output"] = digests(output)
                if name == "vectorscan":
                    report = json.loads(output.read_text())
                    results[name]["report"] = report
                continue
            results[name]["seconds"].append(result["seconds"])
            results[name]["cpu_seconds"].append(result["cpu_seconds"])
            results[name]["own_seconds"].append(own_seconds(result, output, name))
            results[name]["stats"] = result["errors"][-4000:]
    for result in results.values():
        for key in ("seconds", "own_seconds", "cpu_seconds"):
            result[key] = spread(result[key])
    return results


def measure(vyre, vectorscan, rules, folder, repetitions):
    """All tasks over the big files and over the tree of small ones."""
    tasks = []
    for corpus in ("big", "tree"):
        path = folder / corpus
        for title, programs in contestants(vyre, vectorscan, rules, path):
            print(f"bench: scan of {corpus}, {title}", file=sys.stderr)
            results = measure_task(programs, folder / "output", repetitions)
            report = results["vectorscan"]["report"]
            tasks.append({"title": title, "corpus": corpus, "files": report["files"],
                          "bytes": report["bytes"], "results": results,
                          "outputs": compare_backends(results)})
    return tasks
