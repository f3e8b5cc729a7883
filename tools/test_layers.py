"""Tests of tools/layers: each rule fires on a small bad tree and is silent on a good one."""

import unittest

from tool_case import ToolCase

LAYERS = """
L0 base
L1 world stat! crypt!
L2 flow! codec
L3 store net
L4 edge
header sqlite3.h : store
header nlohmann/* : codec, src/edge/*api*.cc
header gtest/* : src/*_test.cc, tests/*
"""
HEADER = "#pragma once\n"
MODULES = {
    "tools/layers.txt": LAYERS,
    "src/base/CMakeLists.txt": "lineside_module(base)\n",
    "src/base/result.h": HEADER,
    "src/base/result.cc": '#include "base/result.h"\n',
    "src/flow/CMakeLists.txt": "lineside_module(flow DEPS base)\n",
    "src/flow/window.h": HEADER + '#include <vector>\n\n#include "base/result.h"\n',
    "src/flow/window.cc": '#include "flow/window.h"\n\n#include <chrono>\n',
    "src/flow/window_test.cc": '#include "flow/window.h"\n\n#include <gtest/gtest.h>\n',
    "src/store/CMakeLists.txt": "lineside_module(store DEPS base)\n",
    "src/store/db.cc": '#include <sqlite3.h>\n\n#include "base/result.h"\n',
}


class LayersTest(ToolCase):
    tool = "layers"

    def assert_fires(self, rule, where, files):
        self.assertEqual(self.findings(MODULES | files), [(rule, where)])

    def test_empty_tree(self):
        self.assert_silent({})

    def test_good_tree(self):
        self.assert_silent(MODULES)

    def test_upward_include(self):
        files = {
            "src/base/result.cc": '#include "base/result.h"\n#include "flow/window.h"\n',
        }
        self.assert_fires("layer", "src/base/result.cc:2", files)

    def test_sideways_include(self):
        files = {
            "src/codec/CMakeLists.txt": "lineside_module(codec)\n",
            "src/codec/json.cc": '#include "flow/window.h"\n',
        }
        self.assert_fires("layer", "src/codec/json.cc:1", files)

    def test_arrow_excepts_a_sideways_include(self):
        files = {
            "tools/layers.txt": LAYERS + "arrow codec -> flow : rows are written as columns\n",
            "src/codec/CMakeLists.txt": "lineside_module(codec DEPS flow)\n",
            "src/codec/json.cc": '#include "flow/window.h"\n',
        }
        self.assert_silent(MODULES | files)

    def test_include_that_deps_do_not_name(self):
        files = {"src/flow/CMakeLists.txt": "lineside_module(flow)\n"}
        self.assert_fires("deps", "src/flow/window.h:4", files)

    def test_unused_dep(self):
        files = {"src/store/CMakeLists.txt": "\nlineside_module(store DEPS base flow)\n"}
        self.assert_fires("unused-dep", "src/store/CMakeLists.txt:2", files)

    def test_upward_dep(self):
        files = {"src/base/CMakeLists.txt": "lineside_module(base DEPS store)\n"}
        self.assert_fires("layer", "src/base/CMakeLists.txt:1", files)

    def test_unknown_dep(self):
        files = {"src/store/CMakeLists.txt": "lineside_module(store DEPS base disk)\n"}
        self.assert_fires("deps", "src/store/CMakeLists.txt:1", files)

    def test_module_linked_beside_deps(self):
        call = "target_link_libraries(lineside_store PUBLIC lineside_flow)\n"
        files = {"src/store/CMakeLists.txt": "lineside_module(store DEPS base)\n" + call}
        self.assert_fires("deps", "src/store/CMakeLists.txt:2", files)

    def test_module_without_build_file(self):
        files = {"src/net/loop.cc": '#include "base/result.h"\n'}
        self.assert_fires("deps", "src/net/CMakeLists.txt:1", files)

    def test_module_under_another_name(self):
        files = {"src/store/CMakeLists.txt": "lineside_module(disk DEPS base)\n"}
        self.assert_fires("deps", "src/store/CMakeLists.txt:1", files)

    def test_tests_may_include_lower_modules_and_the_simulator(self):
        files = {
            "src/store/db_test.cc": '#include "flow/window.h"\n#include "sim/files.h"\n',
            "src/flow/window_test.cc": '#include "store/db.h"\n',
        }
        self.assert_fires("layer", "src/flow/window_test.cc:1", files)

    def test_product_code_may_not_include_the_simulator(self):
        files = {"src/flow/window.cc": '#include "sim/files.h"\n'}
        self.assert_fires("layer", "src/flow/window.cc:1", files)

    def test_unknown_module(self):
        files = {
            "src/disk/CMakeLists.txt": "lineside_module(disk)\n",
            "src/disk/disk.cc": "",
        }
        self.assert_fires("layer", "src/disk/CMakeLists.txt:1", files)

    def test_include_without_module(self):
        files = {"src/flow/window.cc": '#include "window.h"\n'}
        self.assert_fires("layer", "src/flow/window.cc:1", files)

    def test_pure_module_includes_a_thread(self):
        for header in ("thread", "atomic", "fstream", "filesystem", "sys/stat.h", "unistd.h"):
            with self.subTest(header):
                files = {"src/flow/window.cc": f"#include <{header}>\n"}
                self.assert_fires("pure", "src/flow/window.cc:1", files)

    def test_pure_module_depends_on_an_impure_one(self):
        files = {
            "src/world/CMakeLists.txt": "lineside_module(world)\n",
            "src/world/clock.h": HEADER,
            "src/flow/CMakeLists.txt": "lineside_module(flow DEPS base world)\n",
            "src/flow/window.cc": '#include "world/clock.h"\n',
        }
        self.assert_fires("pure", "src/flow/CMakeLists.txt:1", files)

    def test_third_party_outside_its_owner(self):
        files = {"src/flow/window.cc": "#include <sqlite3.h>\n"}
        self.assert_fires("third-party", "src/flow/window.cc:1", files)

    def test_third_party_in_a_header_of_its_owner(self):
        files = {"src/store/db.h": HEADER + "#include <sqlite3.h>\n"}
        self.assert_fires("third-party", "src/store/db.h:2", files)

    def test_third_party_by_file_pattern(self):
        build = {"src/edge/CMakeLists.txt": "lineside_module(edge)\n"}
        include = "#include <nlohmann/json.hpp>\n"
        self.assert_silent(MODULES | build | {"src/edge/api.cc": include})
        files = build | {"src/edge/api.cc": "", "src/edge/lane.cc": include}
        self.assert_fires("third-party", "src/edge/lane.cc:1", files)

    def test_unlisted_third_party(self):
        files = {"src/store/db.cc": '#include <curl/curl.h>\n#include "base/result.h"\n'}
        self.assert_fires("third-party", "src/store/db.cc:1", files)

    def test_includes_in_comments_and_raw_strings_do_not_count(self):
        text = '// #include <sqlite3.h>\nconst char* kText = R"(\n#include <sqlite3.h>\n)";\n'
        self.assert_silent(MODULES | {"src/flow/window.cc": text})

    def test_outside_world(self):
        cases = {
            "clock": "auto now = std::chrono::system_clock::now();",
            "random": "std::random_device device;",
            "file": 'std::ofstream out("x");',
            "process": "const int pid = ::fork();",
            "sleep": "std::this_thread::sleep_for(delay);",
        }
        for rule, line in cases.items():
            with self.subTest(rule):
                text = f'#include "base/result.h"\n{line}\n'
                self.assert_fires(rule, "src/store/db.cc:2", {"src/store/db.cc": text})

    def test_outside_world_more_spellings(self):
        cases = [
            ("clock", "clock_gettime(CLOCK_REALTIME, &t);"),
            ("clock", "auto t = std::time(nullptr);"),
            ("file", "const int fd = ::open(path, O_RDONLY);"),
            ("file", 'FILE* f = fopen("x", "r");'),
            ("file", "std::filesystem::remove(path);"),
            ("process", "execvp(name, arguments);"),
            ("sleep", "usleep(10);"),
            ("random", "int r = rand();"),
        ]
        for rule, line in cases:
            with self.subTest(line):
                files = {"src/store/db.cc": f'#include "base/result.h"\n{line}\n'}
                self.assert_fires(rule, "src/store/db.cc:2", files)

    def test_outside_world_is_not_mistaken(self):
        lines = [
            "auto db = Db::open(path);  // unlike fopen(path)",
            'log("std::random_device, fopen() and system_clock");',
            "clock.sleep_until(deadline);",
            "auto time = store::time(row);",
            "auto child = random.fork();",
            "const long big = 1'000'000;",
        ]
        text = '#include "base/result.h"\n' + "\n".join(lines) + "\n"
        self.assert_silent(MODULES | {"src/store/db.cc": text})

    def test_world_and_listed_files_may_touch_the_outside(self):
        text = "std::random_device device;\n"
        files = {
            "tools/layers.txt": LAYERS + "allow random src/net/*.cc : the library asks for one\n",
            "src/world/CMakeLists.txt": "lineside_module(world)\n",
            "src/world/random.cc": text,
            "src/net/CMakeLists.txt": "lineside_module(net)\n",
            "src/net/tls.cc": text,
        }
        self.assert_silent(MODULES | files)

    def test_sleeping_in_tests_and_the_simulator(self):
        text = "std::this_thread::sleep_for(delay);\n"
        self.assert_fires("sleep", "src/flow/window_test.cc:1", {"src/flow/window_test.cc": text})
        files = {"src/flow/window_test.cc": "", "sim/fleet.cc": text}
        self.assert_fires("sleep", "sim/fleet.cc:1", files)

    def test_unused_exception(self):
        files = {"tools/layers.txt": LAYERS + "allow clock src/net/*.cc : no longer\n"}
        self.assert_fires("exception", "tools/layers.txt:10", files)

    def test_exception_without_a_reason(self):
        files = {"tools/layers.txt": LAYERS + "allow clock src/net/*.cc :\n"}
        self.assert_fires("map", "tools/layers.txt:10", files)

    def test_private_header(self):
        files = {
            "src/base/table_internal.h": HEADER,
            "src/base/result.cc": '#include "base/table_internal.h"\n',
        }
        self.assert_silent(MODULES | files)
        files["src/store/db.cc"] = '#include "base/table_internal.h"\n'
        self.assert_fires("private-header", "src/store/db.cc:1", files)

    def test_circle(self):
        files = {
            "src/flow/window.h": HEADER + '#include "flow/row.h"\n#include "base/result.h"\n',
            "src/flow/row.h": HEADER + '#include "flow/window.h"\n',
        }
        self.assert_fires("cycle", "src/flow/window.h:2", files)

    def test_folder_and_file_names(self):
        self.assert_fires("folder", "src/flow/util/mean.h:1", {"src/flow/util/mean.h": HEADER})
        (self.root / "src/flow/util/mean.h").unlink()
        self.assert_fires("folder", "src/flow/helpers.h:1", {"src/flow/helpers.h": HEADER})

    def test_base_users(self):
        rule = {"tools/layers.txt": LAYERS + "base-users 2 : flow store\n"}
        self.assert_silent(MODULES | rule)
        files = MODULES | rule | {"src/store/db.cc": "", "src/store/CMakeLists.txt": ""}
        files["src/store/CMakeLists.txt"] = "lineside_module(store)\n"
        self.assertEqual(self.findings(files), [("base-users", "src/base/result.h:1")])

    def test_base_users_is_a_warning_while_modules_are_missing(self):
        rule = {"tools/layers.txt": LAYERS + "base-users 3 : flow store net\n"}
        self.assert_silent(MODULES | rule)
        shown = self.findings(MODULES | rule, "--verbose")
        self.assertEqual(shown, [("base-users", "src/base/result.h:1")])

    def test_text_output(self):
        run = self.run_tool(MODULES | {"src/flow/CMakeLists.txt": "lineside_module(flow)\n"})
        expected = (
            "src/flow/window.h:4: deps: expected base among DEPS in src/flow/CMakeLists.txt, "
            'found "base/result.h" without it\nlayers: 1 findings in 6 files\n'
        )
        self.assertEqual((run.returncode, run.stdout), (1, expected))


if __name__ == "__main__":
    unittest.main()
