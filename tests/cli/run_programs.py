"""What `vyre run` prints, compared with what Python computes. Usage: run_programs.py VYRE [CASE]"""

import os
import random
import re
import subprocess
import sys

import run_case
from run_case import COPY, CRC32C, LINES, MARKS

TILE = 65536
SIZES = (0, 1, 100, 4095, 4096, 4097, TILE - 1, TILE, TILE + 1, 3 * TILE, 270336, 1_000_000)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


class RunPrograms(run_case.RunCase):
    def make_files(self):
        rng = random.Random(5)
        contents = {}
        for size in SIZES:
            data = bytearray(rng.randbytes(size))
            for edge in range(TILE, size, TILE):
                data[edge - 1:edge + 1] = b"#!"
            path = self.write(f"data/{size // 5000}/file{size}", bytes(data))
            contents[str(path)] = bytes(data)
        return contents

    def test_text_has_a_line_for_each_file(self):
        contents = self.make_files()
        run = self.run_program(LINES, self.folder / "data")
        self.assertEqual(run.exit, 0, run.errors)
        self.assertEqual(run.errors, "")
        self.assertEqual(sorted(run.lines),
                         sorted(f"{path}: lines={data.count(10)}"
                                for path, data in contents.items()))

    def test_json_has_an_object_for_each_file_and_a_summary(self):
        contents = self.make_files()
        run = self.run_program(LINES, "--json", self.folder / "data")
        self.assertEqual(run.exit, 0, run.errors)
        files = {item["path"]: item for item in run.objects("file")}
        self.assertEqual(files, {path: {"type": "file", "path": path, "bytes": len(data),
                                        "results": {"lines": data.count(10)}}
                                 for path, data in contents.items()})
        (summary,) = run.objects("summary")
        self.assertEqual(run.lines[-1][:17], '{"type":"summary"')
        self.assertEqual(summary["files"], len(contents))
        self.assertEqual(summary["bytes"], sum(map(len, contents.values())))
        self.assertEqual((summary["errors"], summary["failed_files"], summary["windows"]),
                         (0, 0, {}))

    def test_results_do_not_depend_on_threads(self):
        self.make_files()
        outputs = {tuple(sorted(self.run_program(CRC32C, "--threads", threads, "--io", way,
                                                 self.folder / "data").lines))
                   for threads in ("1", "2", "3", "8") for way in ("auto", "buffered")}
        self.assertEqual(len(outputs), 1)

    def test_crc32c(self):
        path = self.write("file", random.Random(1).randbytes(150_000))
        run = self.run_program(CRC32C, path)
        self.assertEqual(run.lines, [f"{path}: crc={crc32c(path.read_bytes())}"])

    def test_one_thread_keeps_the_order_of_the_arguments(self):
        paths = [self.write(f"file{number}", "x\n" * (number * 7919 % 100_000))
                 for number in range(60)]
        random.Random(3).shuffle(paths)
        run = self.run_program(LINES, "--threads", "1", *paths)
        self.assertEqual([line.split(":")[0] for line in run.lines], [str(path) for path in paths])

    def test_records_come_before_the_results_and_a_file_stays_together(self):
        contents = self.make_files()
        run = self.run_program(MARKS, self.folder / "data")
        expected = {}
        for path, data in contents.items():
            marks = [match.start() for match in re.finditer(b"(?=#!)", data)]
            expected[path] = ([f"{path}:{offset}: 7" for offset in marks]
                              + [f"{path}: marks={len(marks)}"])
        left = list(run.lines)
        while left:
            lines = expected.pop(left[0].split(":")[0])
            self.assertEqual(left[:len(lines)], lines)
            del left[:len(lines)]
        self.assertEqual(expected, {})

    def test_records_in_json_and_without(self):
        path = self.write("file", b"#! and #!")
        (item,) = self.run_program(MARKS, "--json", path).objects("file")
        self.assertEqual(item["records"], [{"offset": 0, "value": 7}, {"offset": 7, "value": 7}])
        self.assertEqual((item["record_count"], item["results"]), (2, {"marks": 2}))
        (item,) = self.run_program(MARKS, "--json", "--no-records", path).objects("file")
        self.assertNotIn("records", item)
        self.assertEqual(item["record_count"], 2)
        self.assertEqual(self.run_program(MARKS, "--no-records", path).lines,
                         [f"{path}: marks=2 records=2"])
        none = self.write("none", b"")
        (item,) = self.run_program(MARKS, "--json", none).objects("file")
        self.assertEqual((item["records"], item["record_count"]), ([], 0))

    def test_many_records_are_printed_as_they_come(self):
        path = self.write("file", b"#!" * 400_000)
        run = self.run_program(MARKS, path)
        self.assertEqual(len(run.lines), 400_001, run.errors)
        self.assertEqual(run.lines[-1], f"{path}: marks=400000")
        (item,) = self.run_program(MARKS, "--json", path).objects("file")
        self.assertEqual([record["offset"] for record in item["records"]],
                         list(range(0, 800_000, 2)))

    def test_raw_is_the_programs_output_and_nothing_else(self):
        contents = self.make_files()
        paths = list(contents)
        run = self.run_program(COPY, "--raw", "--threads", "1", *paths)
        self.assertEqual(run.exit, 0, run.errors)
        self.assertTrue(run.output == b"".join(contents[path] for path in paths))
        run = self.run_program(COPY, paths[-1])
        self.assertEqual(run.lines, [f"{paths[-1]}: output_bytes={len(contents[paths[-1]])}"])

    def test_windows_are_set_and_printed(self):
        program = (".window total add 0 3\n.window factor read 3 2\n v.lane v0\n m.lti m0, v0, 2\n"
                   " w.load v2, v0, m0, factor\n count.byte s0, '\\n'\n v.splat v3, s0\n"
                   " v.mul v3, v3, v2\n w.add v3, v0, m0, total\n halt\n")
        self.write("data/a", "1\n2\n")
        self.write("data/b", "3\n")
        data = self.folder / "data"
        self.assertEqual(self.run_program(program, "--set", "factor=10,0x64", data).lines,
                         ["windows: total[0]=30 total[1]=300"])
        run = self.run_program(program, "--set", "factor=1", "--set", "total=5,6,7", "--json", data)
        (summary,) = run.objects("summary")
        self.assertEqual(summary["windows"], {"total": [8, 6, 7]})

    def test_blocks_of_results_print_what_is_not_zero(self):
        program = ".result bytes sum 256\n histogram bytes\n halt\n"
        path = self.write("file", b"aab")
        empty = self.write("empty", b"")
        self.assertEqual(self.run_program(program, path).lines,
                         [f"{path}: bytes[97]=2 bytes[98]=1"])
        self.assertEqual(self.run_program(program, empty).lines, [f"{empty}: bytes[]=0"])
        (item,) = self.run_program(program, "--json", path).objects("file")
        self.assertEqual(item["results"]["bytes"], [0] * 97 + [2, 1] + [0] * 157)

    def test_binary_programs_do_the_same(self):
        path = self.write("file", "a\nb\n")
        binary = self.folder / "lines.vir0"
        subprocess.run([self.vyre, "asm", self.program(LINES), "-o", binary], check=True)
        run = run_case.Finished([self.vyre, "run", binary, path])
        self.assertEqual(run.lines, [f"{path}: lines=2"], run.errors)

    def test_current_directory_where_no_path_is_given(self):
        self.write("data/a", "1\n2\n")
        run = self.run_program(LINES, cwd=self.folder / "data")
        self.assertEqual(run.lines, ["a: lines=2"], run.errors)

    def test_names_that_are_not_utf8(self):
        name = os.fsencode(self.folder) + b"/inv\xff\n"
        with open(name, "wb") as file:
            file.write(b"1\n")
        self.assertEqual(self.run_program(LINES, os.fsdecode(name)).output, name + b": lines=1\n")
        (item,) = self.run_program(LINES, "--json", os.fsdecode(name)).objects("file")
        self.assertIn("path_bytes", item)

    def test_statistics_go_to_standard_error(self):
        path = self.write("file", "a\n")
        run = self.run_program(LINES, "--stats", path)
        self.assertEqual(run.lines, [f"{path}: lines=1"])
        self.assertIn("1 files", run.errors)
        self.assertEqual(run.exit, 0)

    def test_sparse_file_of_64_mib(self):
        path = self.write("sparse", b"")
        os.truncate(path, 64 << 20)
        program = ".result zeros sum\n count.byte s0, 0\n result s0, zeros\n halt\n"
        self.assertEqual(self.run_program(program, path).lines, [f"{path}: zeros={64 << 20}"])

    def test_rings_share_a_big_file(self):
        data = random.Random(11).randbytes(1 << 20) * 45 + b"\nend"
        path = self.write("big", data)
        for threads in (1, 4):
            run = self.run_program(LINES, "--json", "--threads", str(threads), path)
            self.assertEqual(run.exit, 0, run.errors)
            (file,) = run.objects("file")
            self.assertEqual((file["bytes"], file["results"]["lines"]),
                             (len(data), data.count(10)))
            (summary,) = run.objects("summary")
            self.assertEqual(summary["files"], 1)

    def test_small_files_by_the_thousand(self):
        for number in range(3000):
            self.write(f"data/{number % 50}/{number}", "x\n" * (number % 40))
        run = self.run_program(LINES, self.folder / "data")
        self.assertEqual(len(run.lines), 3000)
        for line in run.lines:
            path, _, count = line.partition(": lines=")
            self.assertEqual(int(count), int(path.rsplit("/", 1)[1]) % 40)


if __name__ == "__main__":
    sys.exit(run_case.main(RunPrograms))
