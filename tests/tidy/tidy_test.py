"""tools/tidy accepts a good tree and rejects each kind of bad input, at the right line."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

TIDY = pathlib.Path(__file__).resolve().parents[2] / "tools" / "tidy"
WORD = "TO" "DO"
ELSEWHERE = "/ro" "ot/notes"

GOOD = {
    "include/vyre/a.hpp": "#pragma once\n",
    "src/base/low.hpp": "#pragma once\n#include <string>\n\n#include \"vyre/a.hpp\"\n"
                        "inline std::string low() { return {}; }\n",
    "src/uring/high.hpp": "#pragma once\n#include \"base/low.hpp\"\n",
    "src/uring/high.cpp": "#include \"uring/high.hpp\"\n\n// A brace in a comment: {\n"
                          "const char* kText = \"{ ( \\\" {\";\nconst char kOpen = '{';\n"
                          "const int kMany = 1'000'000;\n",
    "src/uring/CMakeLists.txt": "vyre_layer(uring SOURCES high.cpp)\n",
}


def function_of(lines, head="int f(int x)"):
    return head + " {\n" + "  x += 1;\n" * (lines - 2) + "}\n"


# name, file, its content, where and what the report must say
REJECTED = [
    ("include that points up", "src/base/low.hpp",
     '#pragma once\n#include "uring/high.hpp"\n', "src/base/low.hpp:2:", "a layer above it"),
    ("folder that is no layer", "src/misc/x.cpp", '#include "base/low.hpp"\n',
     "src/misc/x.cpp:1:", "no layer"),
    ("quoted include outside the layers", "src/uring/high.cpp",
     '#include "uring/high.hpp"\n#include "cli/main.hpp"\n', "src/uring/high.cpp:2:", "layer"),
    ("public header that sees a layer", "include/vyre/a.hpp",
     '#pragma once\n#include "base/low.hpp"\n', "include/vyre/a.hpp:2:", "public"),
    ("long file", "src/uring/high.cpp", '#include "uring/high.hpp"\n' + "int a;\n" * 400,
     "src/uring/high.cpp:1:", "401 lines"),
    ("long function", "src/uring/high.cpp",
     '#include "uring/high.hpp"\nnamespace a {\n\n' + function_of(71) + "}\n",
     "src/uring/high.cpp:4:", "function of 71 lines"),
    ("long constructor", "src/uring/high.cpp",
     '#include "uring/high.hpp"\n' + function_of(80, "A::A(int y)\n    : a_{y}, b_(2)"),
     "src/uring/high.cpp:", "function of 8"),
    ("long method in a class", "src/uring/high.cpp",
     '#include "uring/high.hpp"\nclass B : public C {\n public:\n' + function_of(75) + "};\n",
     "src/uring/high.cpp:4:", "function of 75 lines"),
    ("long python function", "src/uring/tool.py", "def f():\n" + "    pass\n" * 71,
     "src/uring/tool.py:1:", "function of 72 lines"),
    ("source that nobody builds", "src/uring/lost.cpp", "int lost;\n", "src/uring/lost.cpp:1:",
     "no CMakeLists.txt"),
    ("device code that nobody builds", "src/uring/lost.cu", "int lost;\n", "src/uring/lost.cu:1:",
     "no CMakeLists.txt"),
    ("device header that nobody includes", "src/uring/lost.cuh", "#pragma once\n",
     "src/uring/lost.cuh:1:", "no file includes"),
    ("python file that nobody runs or imports", "tests/lost.py", "", "tests/lost.py:1:",
     "no CMakeLists.txt"),
    ("header that nobody includes", "src/uring/lost.hpp", "#pragma once\n",
     "src/uring/lost.hpp:1:", "no file includes"),
    ("header without guard", "src/base/low.hpp", "struct Low {};\n", "src/base/low.hpp:1:",
     "pragma once"),
    ("header that needs another first", "src/base/low.hpp",
     "#pragma once\nstd::string low();\n", "src/base/low.hpp:1:", "does not compile alone"),
    ("header that warns", "src/base/low.hpp",
     "#pragma once\ninline char low(int x) { return x; }\n", "src/base/low.hpp:1:",
     "does not compile alone"),
    ("forbidden word", "src/uring/high.cpp", f'#include "uring/high.hpp"\n// {WORD}: later\n',
     "src/uring/high.cpp:2:", "forbidden word"),
    ("path of one machine", "README.md", f"Look into {ELSEWHERE}.\n", "README.md:1:", "one machine"),
    ("tab", "src/uring/CMakeLists.txt", "vyre_layer(uring\tSOURCES high.cpp)\n",
     "src/uring/CMakeLists.txt:1:", "tab"),
    ("trailing space", "README.md", "one \ntwo\n", "README.md:1:", "trailing"),
    ("no final newline", "README.md", "one", "README.md:1:", "newline"),
]

ACCEPTED = [
    ("the good tree", "README.md", "Good.\n"),
    ("function at the limit", "src/uring/high.cpp",
     '#include "uring/high.hpp"\n' + function_of(70)),
    ("long table", "src/uring/high.cpp",
     '#include "uring/high.hpp"\nconstexpr int kTable[] = {\n' + "  f(1),\n" * 90 + "};\n"),
    ("long namespace and class", "src/uring/high.cpp",
     '#include "uring/high.hpp"\nnamespace a {\nclass alignas(64) B : public C<int()> {\n'
     + "  int g();\n" * 90 + "};\n}\n"),
    ("header for nvcc alone", "src/base/low.hpp",
     "#pragma once\n#include <string>\n#if defined(__CUDACC__)\n__device__ int f() { return 1; }\n"
     "#endif\n"),
    ("source that a fragment names", "src/uring/part.cmake",
     "set(sources ${CMAKE_CURRENT_LIST_DIR}/high.cpp)\n"),
    ("words that only contain one", "README.md", "XX" "XXXX and mkstemp\n"),
    ("system path", "README.md", "Looks under /usr/include and src/wo" "rk/x.\n"),
]


class TidyTest(unittest.TestCase):
    def run_tidy(self, path, content):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name, text in {**GOOD, path: content}.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text)
            # high.hpp and a.hpp stay included whatever the case replaces.
            (root / "tests").mkdir(exist_ok=True)
            (root / "tests" / "user.cpp").write_text(
                '#include "uring/high.hpp"\n#include "base/low.hpp"\n#include "vyre/a.hpp"\n')
            (root / "tests" / "CMakeLists.txt").write_text("vyre_test(user SOURCES user.cpp)\n")
            return subprocess.run([TIDY, "--root", root, "--cache", root / "build" / "cache.json"],
                                  capture_output=True, text=True, check=False)

    def test_rejects(self):
        for name, path, content, where, what in REJECTED:
            with self.subTest(name):
                done = self.run_tidy(path, content)
                self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
                hits = [line for line in done.stdout.splitlines()
                        if line.startswith(where) and what in line]
                self.assertTrue(hits, done.stdout)

    def test_accepts(self):
        for name, path, content in ACCEPTED:
            with self.subTest(name):
                done = self.run_tidy(path, content)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_an_empty_tree_is_no_success(self):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([TIDY, "--root", folder], capture_output=True, check=False)
            self.assertEqual(done.returncode, 1)


if __name__ == "__main__":
    sys.exit(unittest.main())
