"""The figures of a run as Markdown, each beside its yardstick and the aim."""

AIMS = {"latency_median": 4.5e-6, "latency_p999": 12e-6, "slots": 60e6, "ingest": 48e9,
        "scan": {"one literal": 40e9, "10 literals": 40e9, "rules": 20e9},
        "automaton": 300e9, "by_hand": 0.5, "quiesce": 1e-3}


def verdict(met):
    return "met" if met else "**missed**"


def figures(spread, scale, digits):
    return (f"{spread['median'] * scale:.{digits}f} "
            f"({spread['min'] * scale:.{digits}f}..{spread['max'] * scale:.{digits}f})")


def row(*cells):
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def header(*cells):
    yield row(*cells)
    yield "|" + "---|" * len(cells)


def latency(report):
    yield "## Latency, microseconds"
    yield ""
    yield from header("what", "median", "p99", "p99.9", "least", "most",
                      "medians of repetitions", "aim")
    names = {"nop_slot": "NOP slot, publish to host-seen DONE",
             "mailbox": "yardstick: single-word mailbox",
             "launch_and_wait": "yardstick: launch and synchronize",
             "clock": "a thread that looks at the clock for as long, without the GPU"}
    for key, name in names.items():
        part = report[key]
        aim = ""
        if key == "nop_slot":
            aim = (f"median under 4.5 {verdict(part['median'] < AIMS['latency_median'])}, "
                   f"p99.9 under 12 {verdict(part['p999'] < AIMS['latency_p999'])}")
        cells = [f"{part[word] * 1e6:.2f}" for word in ("median", "p99", "p999", "min", "max")]
        yield row(name, *cells, figures(part["median_of_repetitions"], 1e6, 2), aim)


def slots(report):
    yield "## Rates, millions a second, one producer thread"
    yield ""
    yield from header("what", "median (least..most)", "aim")
    own = report["nop_slots_per_second"]
    yield row("NOP slots", figures(own, 1e-6, 2), f"60 {verdict(own['median'] >= AIMS['slots'])}")
    yield row("yardstick: launches of an empty kernel", figures(report["launches_per_second"], 1e-6, 3), "")


def ingest_stream(part, stream):
    same, best = stream["copy_same_threads"], stream["copy_best"]
    rate, cost = stream["bytes_per_second"], stream["cpu_seconds_per_gigabyte"]
    cheap = cost["median"] <= same["cpu_seconds_per_gigabyte"]["median"]
    often = "" if stream["times"] == 1 else f", the files {stream['times']} times over"
    yield row(f"session, {part['program']}{often}", figures(rate, 1e-9, 1), figures(cost, 1, 3),
              f"{part['slots']} slots of {part['slot_bytes'] >> 10} KiB a ring",
              f"48 {verdict(rate['median'] >= AIMS['ingest'])}; no more CPU than the "
              f"yardstick's {verdict(cheap)}")
    for name, yardstick in (("as many threads", same), ("its best", best)):
        way = yardstick["way"]
        yield row(f"yardstick: pread and cudaMemcpyAsync, {name}",
                  figures(yardstick["bytes_per_second"], 1e-9, 1),
                  figures(yardstick["cpu_seconds_per_gigabyte"], 1, 3),
                  f"{way['threads']} threads, {way['piece_bytes'] >> 20} MiB, {way['waits']}", "")


def ingest(report):
    yield (f"## Ingest of {report['files']} warm files in tmpfs, {report['bytes'] / 1e9:.2f} GB, "
           f"{report['rings']} rings")
    yield ""
    yield from header("what", "GB/s", "CPU s per GB", "how", "aim")
    for part in report["programs"]:
        for stream in part["streams"]:
            yield from ingest_stream(part, stream)
    yield ""
    yield from header("yardstick's threads", "MiB", "waits", "GB/s", "CPU s per GB")
    for way in report["copy_grid"]:
        yield row(way["threads"], way["piece_bytes"] >> 20, way["waits"],
                  f"{way['bytes_per_second'] / 1e9:.1f}",
                  f"{way['cpu_seconds_per_gigabyte']:.3f}")


def scan(tasks):
    yield "## `vyre scan` as a process"
    yield ""
    yield ("GB/s by the program's own clock, which leaves out start-up and the compilation of the "
           "patterns, and by the process's whole time.")
    yield ""
    yield from header("files", "task", "program", "GB/s, own clock", "GB/s, whole process",
                      "CPU s", "lines", "outputs of cuda and cpu", "aim")
    for task in tasks:
        kind = "rules" if task["title"].startswith("rules") else task["title"]
        for name, result in task["results"].items():
            own, whole = result["own_seconds"]["median"], result["seconds"]["median"]
            rates = [f"{task['bytes'] / spread['median'] / 1e9:.2f} "
                     f"({task['bytes'] / spread['max'] / 1e9:.2f}.."
                     f"{task['bytes'] / spread['min'] / 1e9:.2f})"
                     for spread in (result["own_seconds"], result["seconds"])]
            aim = AIMS["scan"][kind]
            judged = ""
            if name.startswith("cuda") and task["corpus"] == "big":
                judged = (f"{aim / 1e9:.0f}: own clock {verdict(task['bytes'] / own >= aim)}, "
                          f"process {verdict(task['bytes'] / whole >= aim)}")
            lines = result.get("report", {}).get("matches", result["output"]["lines"])
            yield row(f"{task['files']}, {task['bytes'] / 1e9:.2f} GB", task["title"], name, *rates,
                      f"{result['cpu_seconds']['median']:.2f}", lines,
                      task["outputs"] if name == "cuda, printing" else "", judged)


def device(tasks):
    yield "## Data in device memory, GB/s"
    yield ""
    yield from header("task", "GB", "records", "program", "chunk", "by hand", "way", "ratio", "aim")
    for task in tasks:
        own, hand = task["bytes_per_second"], task["by_hand"]["bytes_per_second"]
        ratio = own["median"] / hand["median"]
        aim = f"0.5x {verdict(ratio >= AIMS['by_hand'])}"
        if task["task"].startswith("automaton"):
            aim += f"; 300 {verdict(own['median'] >= AIMS['automaton'])}"
        yield row(task["task"], f"{task['bytes'] / 1e9:.2f}", task["records"],
                  figures(own, 1e-9, 0), f"{task['chunk_bytes'] >> 10} KiB",
                  figures(hand, 1e-9, 0), task["by_hand"]["way"], f"{ratio:.2f}x", aim)
    yield ""
    sizes = list(tasks[0]["bytes_per_second_by_chunk"])
    yield from header("program, GB/s by chunk",
                      *(f"{int(size) >> 10} KiB" for size in sizes))
    for task in tasks:
        yield row(task["task"], *(f"{task['bytes_per_second_by_chunk'][size] / 1e9:.0f}"
                                  for size in sizes))


def pause(report):
    yield "## What does not stop for the kernel, and what it costs to stop it; microseconds"
    yield ""
    yield from header("what", "median (least..most)", "aim")
    for name, spread in report.items():
        aim = ""
        if name == "quiesce, launch and the first NOP done":
            aim = f"under 1000 {verdict(spread['median'] < AIMS['quiesce'])}"
        yield row(name, figures(spread, 1e6, 1), aim)


def power(report):
    yield "## Power, as information"
    yield ""
    yield from header("state", "W", "MHz")
    for name, part in report.items():
        yield row(name, figures(part["watts"], 1, 0), figures(part["megahertz"], 1, 0))


PARTS = {"latency": latency, "slots": slots, "ingest": ingest, "scan": scan, "device": device,
         "pause": pause, "power": power}


def document(report):
    machine = report["machine"]
    yield "# The megakernel on a GPU beside its yardsticks"
    yield ""
    yield (f"{machine['gpu']}, driver {machine['driver']}; {machine['cores']} cores of "
           f"{machine['processor']}, Linux {machine['kernel']}; {machine['date']}. Medians with "
           f"extremes of {report['repetitions']} interleaved repetitions; GB are 10^9 bytes.")
    for name, part in PARTS.items():
        if name in report:
            yield ""
            yield from part(report[name])
