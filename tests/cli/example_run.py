"""Runs a program over files with `vyre run --json`."""

import json
import os
import pathlib
import subprocess

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples"


class Run:
    """A finished run that must have had no error: `files` by path, and the summary's windows."""

    def __init__(self, vyre, program, paths, threads=2, options=()):
        command = [vyre, "run", "--json", "--threads", str(threads), *options,
                   EXAMPLES / f"{program}.vasm", *paths]
        done = subprocess.run(command, capture_output=True, check=False, timeout=120)
        assert done.returncode == 0, done.stderr.decode(errors="replace")[:2000]
        self.output = done.stdout
        rows = [json.loads(row) for row in done.stdout.splitlines()]
        self.files = {row["path"]: row for row in rows if row["type"] == "file"}
        (summary,) = [row for row in rows if row["type"] == "summary"]
        self.windows = summary["windows"]
        assert sorted(self.files) == sorted(map(os.fspath, paths)), "a file is missing, or twice"

    def results(self, name):
        """{path: the result of that name}"""
        return {path: row["results"][name] for path, row in self.files.items()}

    def records(self):
        """{path: [(offset, value)]}"""
        return {path: [(record["offset"], record["value"]) for record in row["records"]]
                for path, row in self.files.items()}
