# lineside_module(name [DEPS module...]): src/<name> is one static library, lineside_<name>.
# Its *_test.cc files are <name>_test; those that start threads, *_lane_test.cc, are
# <name>_lane_test with the label `lane` (they also run under ThreadSanitizer).
#
# Sanitizers run unoptimised code, which compiles in half the time; not where tests go through every
# byte and every call that fails.
set(LINESIDE_OPTIMISED base sim store)
function(lineside_module name)
  cmake_parse_arguments(arg "" "" "DEPS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  set(unit_tests ${sources})
  list(FILTER unit_tests INCLUDE REGEX "_test\\.cc$")
  set(lane_tests ${unit_tests})
  list(FILTER lane_tests INCLUDE REGEX "_lane_test\\.cc$")
  list(FILTER unit_tests EXCLUDE REGEX "_lane_test\\.cc$")
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")

  add_library(lineside_${name} STATIC ${sources})
  if(NOT name STREQUAL "sim")  # of which a test links what it uses, without what the rest needs
    lineside_unite(lineside_${name})
  endif()
  target_include_directories(lineside_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  if(LINESIDE_SANITIZE AND name IN_LIST LINESIDE_OPTIMISED)
    target_compile_options(lineside_${name} PRIVATE -O1)
  else()
    lineside_precompile(lineside_${name})
  endif()
  foreach(dep ${arg_DEPS})
    target_link_libraries(lineside_${name} PUBLIC lineside_${dep})
  endforeach()

  lineside_tests(${name}_test "unit" "${unit_tests}" lineside_${name})
  lineside_tests(${name}_lane_test "lane" "${lane_tests}" lineside_${name})
endfunction()

# One test program from `sources`, registered with ctest as one test under `label`.
function(lineside_tests target label sources library)
  if(NOT sources)
    return()
  endif()
  add_executable(${target} ${sources})
  target_link_libraries(${target} PRIVATE ${library} GTest::gtest_main)
  lineside_precompile(${target} TESTS)
  lineside_unite(${target})
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/src)
  if(TARGET lineside_sim)
    target_link_libraries(${target} PRIVATE lineside_sim)
  elseif(EXISTS ${CMAKE_SOURCE_DIR}/sim/CMakeLists.txt)
    target_link_libraries(${target} PRIVATE lineside_sim)
  endif()
  target_compile_definitions(${target} PRIVATE
    LINESIDE_SOURCE_DIR="${CMAKE_SOURCE_DIR}" LINESIDE_BINARY_DIR="${CMAKE_BINARY_DIR}")
  add_test(NAME ${target} COMMAND ${target} WORKING_DIRECTORY ${CMAKE_BINARY_DIR})
  set(limit 300)
  if(LINESIDE_SANITIZE)  # 200 seeds of a fleet take minutes there
    set(limit 1200)
  endif()
  # Skipped is what passed none of its tests, skipped some and failed none.
  set_tests_properties(${target} PROPERTIES LABELS ${label} TIMEOUT ${limit}
    SKIP_REGULAR_EXPRESSION "PASSED  \\] 0 tests\\.\n\\[  SKIPPED \\]([^]]|SKIPPED \\])*$")
  set(group other_tests)
  if(label MATCHES "^(unit|lane)$")
    set(group ${label}_tests)
  endif()
  lineside_group(${group} ${target})
endfunction()

# `group` builds `target` too.
function(lineside_group group target)
  if(NOT TARGET ${group})
    add_custom_target(${group})
  endif()
  add_dependencies(${group} ${target})
endfunction()

# A libFuzzer program tests/fuzz/<name>.cc; smoke-run by ctest for LINESIDE_FUZZ_SECONDS (default 5)
# over its corpus tests/fuzz/corpus/<name>.
function(lineside_fuzzer name)
  if(NOT LINESIDE_FUZZ)
    return()
  endif()
  add_executable(fuzz_${name} ${CMAKE_SOURCE_DIR}/tests/fuzz/${name}.cc)
  target_link_libraries(fuzz_${name} PRIVATE ${ARGN})
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  add_test(NAME fuzz_${name}
           COMMAND ${CMAKE_SOURCE_DIR}/tests/fuzz/smoke $<TARGET_FILE:fuzz_${name}>
                   ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${name})
  set_tests_properties(fuzz_${name} PROPERTIES LABELS fuzz TIMEOUT 3600)
  lineside_group(fuzz_tests fuzz_${name})
endfunction()
