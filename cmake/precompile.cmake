# lineside_precompile(target [TESTS]): the standard headers that most files include, compiled once
# per build tree; with TESTS, GoogleTest as well. Off in preset fuzz, which compiles each file
# alone, so that one which forgets an include does not build there; tsan precompiles for tests only.
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

# lineside_unite(target): compiles so many files of a target as one, so that a build of everything
# takes half the time: what they include and instantiate is compiled once. Private names are
# therefore unique within a module (docs/decisions/0011).
set(LINESIDE_UNITE 1 CACHE STRING "files of a target that are compiled as one")

# Called once all of the target's directory is read, for its files may get options of their own;
# those are compiled alone. CMake's UNITY_BUILD names the files by paths of this machine, which
# would keep ccache from using in one checkout what another has compiled.
function(lineside_unite_sources target)
  get_target_property(sources ${target} SOURCES)
  set(result "")
  set(united "")
  foreach(source ${sources})
    cmake_path(ABSOLUTE_PATH source NORMALIZE)
    get_source_file_property(is_generated ${source} GENERATED)
    get_source_file_property(options ${source} COMPILE_OPTIONS)
    get_source_file_property(definitions ${source} COMPILE_DEFINITIONS)
    if(is_generated OR options OR definitions)
      list(APPEND result ${source})
    else()
      list(APPEND united ${source})
    endif()
  endforeach()
  if(NOT united)
    return()
  endif()
  # As few parts as may be, of about the same size.
  list(LENGTH united count)
  math(EXPR parts "(${count} + ${LINESIDE_UNITE} - 1) / ${LINESIDE_UNITE}")
  set(begin 0)
  foreach(part RANGE 1 ${parts})
    math(EXPR end "${count} * ${part} / ${parts}")
    math(EXPR length "${end} - ${begin}")
    list(SUBLIST united ${begin} ${length} files)
    set(begin ${end})
    set(content "")
    foreach(file ${files})
      cmake_path(RELATIVE_PATH file BASE_DIRECTORY ${CMAKE_SOURCE_DIR}/src)
      string(APPEND content "#include \"${file}\"\n")
    endforeach()
    set(whole ${CMAKE_CURRENT_BINARY_DIR}/${target}_${part}.cc)
    file(CONFIGURE OUTPUT ${whole} CONTENT "${content}" @ONLY)
    list(APPEND result ${whole})
  endforeach()
  set_property(TARGET ${target} PROPERTY SOURCES ${result})
endfunction()

function(lineside_unite target)
  if(LINESIDE_UNITE GREATER 1)
    # gcc takes the private types of an included .cc for those of a header.
    target_compile_options(${target} PRIVATE
      $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
    cmake_language(EVAL CODE "cmake_language(DEFER CALL lineside_unite_sources ${target})")
  endif()
endfunction()
