# lineside_precompile(target [TESTS]): the standard headers that most files include, compiled once
# per build tree; with TESTS, GoogleTest as well. Off in preset fuzz, and in tsan for all but tests,
# so that a file which forgets an include does not build there.
set(LINESIDE_PRECOMPILE ON CACHE STRING "precompile the standard headers: ON, TESTS or OFF")

function(lineside_precompiled_headers name)
  set(carrier ${CMAKE_BINARY_DIR}/${name}.cc)
  file(CONFIGURE OUTPUT ${carrier} CONTENT "// Carries the precompiled headers.\n")
  add_library(${name} OBJECT ${carrier})
  target_precompile_headers(${name} PRIVATE ${ARGN}
    <algorithm> <array> <atomic> <chrono> <cmath> <condition_variable> <cstdint> <deque>
    <filesystem> <format> <functional> <map> <memory> <mutex> <optional> <set> <span> <string>
    <string_view> <thread> <utility> <vector>)
endfunction()

if(LINESIDE_PRECOMPILE STREQUAL "ON")
  lineside_precompiled_headers(lineside_standard_headers)
endif()
if(NOT LINESIDE_PRECOMPILE STREQUAL "OFF")
  lineside_precompiled_headers(lineside_test_headers <gtest/gtest.h>)
  target_link_libraries(lineside_test_headers PRIVATE GTest::gtest)
endif()

function(lineside_precompile target)
  if(ARGN STREQUAL "TESTS" AND NOT LINESIDE_PRECOMPILE STREQUAL "OFF")
    target_precompile_headers(${target} REUSE_FROM lineside_test_headers)
  elseif(NOT ARGN STREQUAL "TESTS" AND LINESIDE_PRECOMPILE STREQUAL "ON")
    target_precompile_headers(${target} REUSE_FROM lineside_standard_headers)
  endif()
endfunction()
