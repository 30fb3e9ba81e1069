"""The installed library is enough to build and run examples/stream_files, with CMake and pkg-config.

Usage: install_test.py CMAKE BUILD_FOLDER SOURCE_FOLDER CXX
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

CMAKE, BUILD, SOURCE, CXX = sys.argv[1:5]
EXAMPLE = pathlib.Path(SOURCE) / "examples" / "stream_files"
WORD = "needle"


def run(*command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False, **options)
    if done.returncode != 0:
        raise AssertionError(f"exit {done.returncode} of {command}:\n{done.stdout}")
    return done.stdout


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.work = pathlib.Path(temporary.name)
        cls.prefix = cls.work / "prefix"
        run(CMAKE, "--install", BUILD, "--prefix", cls.prefix)

    def check_example(self, program):
        small = self.work / "small.txt"
        small.write_text(f"one {WORD}\nand one {WORD}")
        # Two chunks and more, with a word at the very end.
        big = self.work / "big.txt"
        big.write_bytes(b"." * 1_500_000 + WORD.encode())
        missing = self.work / "missing.txt"
        done = subprocess.run([program, WORD, small, missing, big], capture_output=True, text=True,
                              check=False, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(sorted(done.stdout.split()),
                         sorted([f"{small}:9", f"{small}:24", f"{big}:1500005"]))
        self.assertIn(str(missing), done.stderr)

    def test_find_package(self):
        build = self.work / "cmake-build"
        # Whether the library holds a CUDA backend or not, who links it needs no CUDA toolkit.
        run(CMAKE, "-S", EXAMPLE, "-B", build, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={self.prefix}",
            f"-DCMAKE_CXX_COMPILER={CXX}", "-DCMAKE_DISABLE_FIND_PACKAGE_CUDAToolkit=ON")
        run(CMAKE, "--build", build)
        self.check_example(build / "stream_files")

    def test_pkg_config(self):
        (found,) = self.prefix.rglob("vyre.pc")
        environment = {**os.environ, "PKG_CONFIG_PATH": str(found.parent)}
        flags = run("pkg-config", "--cflags", "--libs", "vyre", env=environment).split()
        program = self.work / "by-pkg-config"
        run(CXX, "-std=c++20", EXAMPLE / "main.cpp", "-o", program, *flags)
        self.check_example(program)

    def test_the_installed_command_runs(self):
        (vyre,) = self.prefix.glob("bin/vyre")
        self.assertIn("scan", run(vyre, "--help"))

    def test_the_command_starts_without_a_driver(self):
        (vyre,) = self.prefix.glob("bin/vyre")
        self.assertNotIn("libcuda", run("ldd", vyre))

    def test_headers_stand_alone(self):
        headers = sorted((self.prefix / "include" / "vyre").glob("*.hpp"))
        self.assertTrue(headers)
        for header in headers:
            run(CXX, "-std=c++20", "-fsyntax-only", f"-I{self.prefix / 'include'}", "-x", "c++",
                "-", input=f"#include <vyre/{header.name}>\n")


if __name__ == "__main__":
    sys.exit(unittest.main(argv=sys.argv[:1]))
