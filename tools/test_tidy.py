"""Tests of tools/tidy: each rule fires on a small bad tree and is silent on a good one.

Bad words and paths are put together from pieces, because this file is checked too.
"""

import os
import subprocess
import unittest

from tool_case import TOOLS, ToolCase


def function(lines, head="int count() {"):
    """A function whose braces span `lines` lines."""
    return head + "\n" + "  step();\n" * (lines - 2) + "}\n"


class TextRulesTest(ToolCase):
    tool = "tidy"

    def assert_fires(self, rule, where, files):
        self.assertEqual(self.findings(files), [(rule, where)])

    def test_empty_tree(self):
        self.assert_silent({})

    def test_runs_as_a_program(self):
        run = subprocess.run([TOOLS / "tidy", "--root", self.root], capture_output=True, text=True)
        self.assertEqual((run.returncode, run.stdout), (0, "tidy: 0 findings in 0 files\n"))

    def test_good_files(self):
        self.assert_silent(
            {
                "tools/install": "#!/bin/sh\necho ready\n",
                "ui/src/page.ts": "export const page = 1;\n",
                "README.md": "A page may hold lines as long as they like: " + "x" * 200 + "\n",
                "tests/cases/a.case": "data may hold \t tabs and end anyhow",
                "demo/nab/README.md": "about the data\n",
                "src/flow/empty.cc": "",
                "tests/fuzz/corpus/json/1": b"\x00\xff\x01",
                "docs/a.md": "see https://example.com/home/page and src/work/x and TODOS\n",
            }
        )

    def test_tab(self):
        self.assert_fires("tab", "ui/src/a.ts:2", {"ui/src/a.ts": "a;\n\tb;\n"})

    def test_trailing_blank(self):
        self.assert_fires("trailing-blank", "README.md:1", {"README.md": "text \n"})

    def test_columns(self):
        self.assert_silent({"tools/a.py": "#" * 100 + "\n"})
        self.assert_fires("columns", "tools/a.py:1", {"tools/a.py": "#" * 101 + "\n"})

    def test_columns_count_characters_and_spare_raw_strings(self):
        wide = "é" * 90
        raw = 'const char* kRow = R"({\n' + "x" * 150 + '\n})";\n'
        self.assert_silent({"ui/src/a.ts": f'"{wide}";\n', "src/flow/a.cc": raw})

    def test_final_newline(self):
        self.assert_fires("final-newline", "ui/src/a.css:1", {"ui/src/a.css": "a {}"})

    def test_open_work(self):
        mark = "TO" + "DO"
        self.assert_silent({"ui/src/a.ts": f"// {mark} #12: wider\n"})
        self.assert_fires("open-work", "ui/src/a.ts:1", {"ui/src/a.ts": f"// {mark}: wider\n"})

    def test_words(self):
        pieces = ["Chat|GPT", "L|LM", "Clau|de", "A|I assistant", "this |session", "sub|agent"]
        for word in [piece.replace("|", "") for piece in pieces + ["farm|-7", "Open|AI"]]:
            with self.subTest(word):
                self.assert_fires("word", "docs/a.md:2", {"docs/a.md": f"x\nmade by {word}\n"})

    def test_words_in_data_and_locks(self):
        word = "clau" + "de"
        files = {"package-lock.json": f'{{"name": "{word}"}}\n'}
        self.assert_fires("word", "package-lock.json:1", files)

    def test_machine_paths(self):
        for folder in ("work", "home", "root"):
            with self.subTest(folder):
                line = f'path = "/{folder}' + '/x"\n'
                self.assert_fires("machine-path", "tools/a.py:1", {"tools/a.py": line})

    def test_hosts(self):
        host = "deb.debian" + ".org"
        self.assert_fires("host", "docs/a.md:1", {"docs/a.md": f"https://{host}/debian\n"})
        (self.root / "docs/a.md").unlink()
        self.assert_silent({"tools/setup": f"#!/bin/sh\nmirror=https://{host}/debian\n"})

    def test_file_bytes(self):
        self.assert_silent({"tests/a.bin": b"\0" * (200 * 1024)})
        big = b"\0" * (200 * 1024 + 1)
        self.assert_silent({"demo/a.bin": big, "ui/package-lock.json": big})
        self.assert_fires("file-bytes", "tests/a.bin:1", {"tests/a.bin": big})

    def test_file_lines(self):
        limits = {"src/a/a.cc": 800, "ui/src/a.tsx": 800, "ui/src/a.css": 800, "tools/a.py": 800}
        for path, stop in limits.items():
            with self.subTest(path):
                self.assert_silent({path: "\n" * stop})
                self.assert_fires("file-lines", f"{path}:1", {path: "\n" * (stop + 1)})
                (self.root / path).unlink()

    def test_file_lines_of_a_header(self):
        user = {"src/a/a.cc": '#include "a/a.h"\n'}
        self.assert_silent(user | {"src/a/a.h": "\n" * 300})
        self.assert_fires("file-lines", "src/a/a.h:1", user | {"src/a/a.h": "\n" * 301})

    def test_aims_are_warnings(self):
        files = {"src/a/a.cc": function(41) + "\n" * 400}
        self.assert_silent(files)
        shown = [rule for rule, _ in self.findings(files, "--verbose")]
        self.assertEqual(shown, ["file-lines", "function-lines"])
        files = {"src/a/a.cc": function(40) + "\n" * 359}
        self.assertEqual(self.findings(files, "--verbose"), [])

    def test_exceptions_in_scripts(self):
        wide = "#" * 101 + "\n"
        self.assert_silent({"tools/a.sh": "# tidy: the address cannot be broken\n" + wide})
        files = {"tools/a.sh": "# tidy:\n" + wide}
        self.assertEqual(self.findings(files), [("exception", "tools/a.sh:1")])

    def test_ignored_files_are_not_read(self):
        git = {"GIT_CONFIG_GLOBAL": os.devnull, **os.environ}
        subprocess.run(["git", "init", "-q", self.root], check=True, env=git)
        self.assert_silent({".gitignore": "made/\n", "made/a.py": "\t\n"})

    def test_only_the_chosen_paths_are_reported(self):
        files = {"ui/src/a.ts": "\t\n", "tools/a.py": "\t\n"}
        with_path = self.findings(files, str(self.root / "ui"))
        self.assertEqual({where for _, where in with_path}, {"ui/src/a.ts:1"})


class CppRulesTest(ToolCase):
    tool = "tidy"

    def assert_fires(self, rule, line, text):
        found = self.findings({"src/flow/a.cc": text})
        self.assertEqual(found, [(rule, f"src/flow/a.cc:{line}")])

    def assert_good(self, text):
        self.assert_silent({"src/flow/a.cc": text})

    def test_function_lines(self):
        self.assert_good(function(70))
        self.assert_fires("function-lines", 3, "// What it does.\n\n" + function(71))

    def test_function_lines_of_every_kind_of_head(self):
        heads = [
            "template <class T>\nvoid Row<T>::put(std::span<const T> row) const noexcept {",
            "Row::Row(int a)\n    : a_{a}, b_(a) {",
            "Row::Row(int a) : a_(a), b_{a} {",
            "auto Row::at(int i) -> Result<Cell> {",
            "bool operator==(const Row& a, const Row& b) {",
            "std::function<void(int)> maker(int a) {",
            "TEST(Row, holds_cells) {",
            '[[nodiscard]] extern "C" int entry(const char* text) {',
        ]
        for head in heads:
            with self.subTest(head):
                self.assert_fires("function-lines", 1, function(71, head))

    def test_function_lines_skip_what_is_no_function(self):
        rows = "  {1, 2},\n" * 100
        self.assert_good("const Row kRows[] = {\n" + rows + "};\n")
        self.assert_good("namespace a {\n" + "int b;\n" * 100 + "}\n")
        self.assert_good("struct A {\n" + "int b;\n" * 100 + "};\n")
        self.assert_good("enum class A : int {\n" + "b = (1),\n" * 100 + "};\n")
        self.assert_good('const char* kText = R"(\n' + "void f() {\n" * 100 + ')";\n')

    def test_braces_of_one_preprocessor_branch_count(self):
        branches = "#if A\nvoid f() {\n#else\nint f() {\n#endif\n"
        self.assert_good(branches + "  step();\n" * 60 + "}\n" + function(60))
        self.assert_fires("function-lines", 2, branches + "  step();\n" * 67 + "}\n")

    def test_function_lines_count_lambdas_within(self):
        body = "  const auto f = [&](int a) {\n" + "    step(a);\n" * 80 + "  };\n"
        self.assert_fires("function-lines", 1, "void g() {\n" + body + "}\n")

    def test_function_lines_exception(self):
        self.assert_good("// tidy: one table of states\n" + function(71))
        self.assert_good(function(71, "int f() {  // tidy: one table of states"))
        comment = "// tidy: one table of states, which reads\n// best whole\n"
        self.assert_good(comment + function(71))

    def test_parameters(self):
        self.assert_good("void f(int a, std::map<int, int> b, int c, int d, int e = g(1, 2)) {}\n")
        self.assert_fires("parameters", 1, "void f(int a, int b, int c, int d, int e, int g) {}\n")
        self.assert_fires("parameters", 1, "void f(int a, int b, int c, int d, int e, int g);\n")

    def test_parameters_are_reported_once_for_header_and_source(self):
        many = "(int a, int b, int c, int d, int e, int g)"
        files = {
            "src/flow/a.h": f"struct A {{\n  void f{many};\n}};\nint h{many};\n",
            "src/flow/a.cc": f'#include "flow/a.h"\nvoid A::f{many} {{}}\nint h{many} {{}}\n',
        }
        expected = [("parameters", "src/flow/a.h:2"), ("parameters", "src/flow/a.h:4")]
        self.assertEqual(self.findings(files), expected)

    def test_nesting(self):
        three = "void f() {\n  for (;;) {\n    if (a) {\n      while (b) {\n%s}\n}\n}\n}\n"
        self.assert_good(three % "        step();\n")
        self.assert_fires("nesting", 5, three % "        if (c) step();\n")
        self.assert_fires("nesting", 5, three % "        do {\n        } while (c);\n")

    def test_nesting_counts_statements_without_braces(self):
        text = "void f() {\n  for (;;)\n    for (;;)\n      if (a)\n        if (b) step();\n}\n"
        self.assert_fires("nesting", 2, text)

    def test_nesting_of_else_if_and_cases(self):
        chain = "".join(f"  if (a{i}) {{\n  }} else" for i in range(5))
        self.assert_good("void f() {\n" + chain + " {\n  }\n}\n")
        cases = "  switch (a) {\n    case A::kB: {\n      if (b) {\n      }\n    }\n  }\n"
        self.assert_good("void f() {\n" + cases + "}\n")

    def test_nesting_starts_again_in_a_lambda(self):
        inner = "  each([&](int a) {\n    for (;;) {\n      if (a) {\n      }\n    }\n  });\n"
        self.assert_good("void f() {\n for (;;) {\n  if (b) {\n" + inner + "  }\n }\n}\n")

    def test_public_methods(self):
        methods = "".join(f"  int m{i}() const;\n" for i in range(15))
        more = "  A();\n  ~A();\n  A(const A&) = delete;\n  bool operator==(const A&) const;\n"
        hidden = " private:\n  int a_ = 0;\n  void b();\n"
        good = "class A {\n public:\n" + more + methods + "  int n_{1};\n" + hidden + "};\n"
        self.assert_good(good)
        bad = good.replace(" private:", "  int last() { return 1; }\n private:")
        self.assert_fires("public-methods", 1, bad)

    def test_public_methods_count_overloads_once(self):
        methods = "".join(f"  void put(T{i} value);\n" for i in range(30))
        self.assert_good("struct A {\n" + methods + "};\n")

    def test_public_methods_of_a_struct(self):
        methods = "".join(f"  int m{i}();\n" for i in range(16))
        self.assert_fires("public-methods", 1, "struct A : B {\n" + methods + "};\n")

    def test_type_suffixes(self):
        bad = ["class RowManager {};", "struct Util;", "enum class RowData { a };"]
        bad += ["using RowInfo = int;", "template <class T>\nclass RowHandler final {};"]
        for text in bad:
            with self.subTest(text):
                self.assert_fires("type-suffix", 1 + text.count("\n"), text + "\n")
        self.assert_good("struct Metadata {};\ntemplate <class Handler>\nvoid on(Handler h);\n")

    def test_catch_all(self):
        text = "void f() {\n  try {\n    g();\n  } catch (...) {%s\n  }\n}\n"
        self.assert_good(text % "  // the library throws ints")
        self.assert_fires("catch-all", 4, text % "")

    def test_new_and_delete(self):
        self.assert_good("void f() {  // new rows delete old ones\n  log(\"new\");\n}\n")
        self.assert_good("struct A {\n  A(const A&) = delete;\n};\n")
        factory = "std::unique_ptr<A> a() {\n  return std::unique_ptr<A>(new A);%s\n}\n"
        self.assert_good(factory % "  // private constructor")
        self.assert_fires("raw-new", 2, factory % "")
        self.assert_fires("raw-new", 2, "void f() {\n  a = new A;  // because\n}\n")
        self.assert_fires("raw-delete", 2, "void f() {\n  delete a;\n}\n")

    def test_using_namespace_std(self):
        self.assert_good("using namespace std::chrono_literals;\n")
        self.assert_fires("using-std", 1, "using namespace std;\n")

    def test_exception_that_excuses_nothing(self):
        self.assert_fires("exception", 1, "// tidy: was longer once\nint a;\n")

    def test_exception_without_reason(self):
        found = self.findings({"src/flow/a.cc": "void f() {\n  delete a;  // tidy:\n}\n"})
        self.assertEqual(found, [("exception", "src/flow/a.cc:2")])

    def test_text_output(self):
        run = self.run_tool({"src/flow/a.cc": "using namespace std;\n"})
        expected = (
            "src/flow/a.cc:1: using-std: expected qualified names, found 'using namespace std'\n"
            "tidy: 1 findings in 1 files\n"
        )
        self.assertEqual((run.returncode, run.stdout), (1, expected))


class TreeRulesTest(ToolCase):
    tool = "tidy"

    def test_module_lines(self):
        build = {"src/flow/CMakeLists.txt": "lineside_module(flow)\n"}
        files = {f"src/flow/a{i}.cc": "\n" * 750 for i in range(8)}
        self.assert_silent(build | files | {"src/flow/a_test.cc": "\n" * 750})
        found = self.findings({"src/flow/b.cc": "\n"})
        self.assertEqual(found, [("module-lines", "src/flow/CMakeLists.txt:1")])
        self.assert_silent({"src/flow/CMakeLists.txt": "# tidy: split is planned in #9\n"})

    def test_dead_header(self):
        self.assertEqual(self.findings({"src/flow/a.h": "\n"}), [("dead-header", "src/flow/a.h:1")])
        self.assert_silent({"src/edge/a.cc": '#include "flow/a.h"\n'})

    def test_header_included_beside_the_file(self):
        self.assert_silent({"tests/feed.h": "\n", "tests/feed_test.cc": '#include "feed.h"\n'})

    def test_written_twice(self):
        one = function(4, "std::string to_hex(std::span<const std::byte> bytes) {")
        two = "namespace {\n" + function(5, "std::string to_hex(std::string_view text) {") + "}\n"
        files = {"src/crypt/a.cc": one, "src/edge/b.cc": two}
        self.assertEqual(self.findings(files), [("written-twice", "src/edge/b.cc:2")])

    def test_written_twice_spares_overloads_short_ones_and_one_module(self):
        self.assert_silent(
            {
                "src/flow/a.cc": function(9, "std::string to_text(Window window) {"),
                "src/edge/a.cc": function(9, "std::string to_text(Alert alert) {"),
                "src/flow/b.cc": function(3, "int twice(int a) {") + function(9, "int c() {"),
                "src/edge/b.cc": function(3, "int twice(int a) {") + function(9, "int A::c() {"),
                "src/edge/c.cc": function(9, "int here(int a) {"),
                "src/edge/d.cc": function(9, "int here(int a) {"),
            }
        )


if __name__ == "__main__":
    unittest.main()
