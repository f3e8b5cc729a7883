# lineside_precompile(target [TESTS]): the standard headers that most files include, compiled once
# per build tree; with TESTS, GoogleTest as well. Off where LINESIDE_PRECOMPILE is (presets release
# and fuzz), so that a file which forgets an include does not build there.
option(LINESIDE_PRECOMPILE "precompile the standard headers" ON)

function(lineside_precompiled_headers name)
  set(carrier ${CMAKE_BINARY_DIR}/${name}.cc)
  file(CONFIGURE OUTPUT ${carrier} CONTENT "// Carries the precompiled headers.\n")
  add_library(${name} OBJECT ${carrier})
  target_precompile_headers(${name} PRIVATE ${ARGN}
    <algorithm> <array> <atomic> <chrono> <cmath> <condition_variable> <cstdint> <deque>
    <filesystem> <format> <functional> <map> <memory> <mutex> <optional> <set> <span> <string>
    <string_view> <thread> <utility> <vector>)
endfunction()

if(LINESIDE_PRECOMPILE)
  lineside_precompiled_headers(lineside_standard_headers)
  lineside_precompiled_headers(lineside_test_headers <gtest/gtest.h>)
  target_link_libraries(lineside_test_headers PRIVATE GTest::gtest)
endif()

function(lineside_precompile target)
  if(NOT LINESIDE_PRECOMPILE)
    return()
  endif()
  if(ARGN STREQUAL "TESTS")
    target_precompile_headers(${target} REUSE_FROM lineside_test_headers)
  else()
    target_precompile_headers(${target} REUSE_FROM lineside_standard_headers)
  endif()
endfunction()
