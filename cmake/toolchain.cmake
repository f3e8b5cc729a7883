# One compiler set-up for every target.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

set(LINESIDE_SANITIZE "" CACHE STRING "sanitizers: 'address,undefined', 'thread' or empty")
option(LINESIDE_FUZZ "instrument for libFuzzer and build the fuzzers (clang)" OFF)

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror
                    -fno-omit-frame-pointer -ffile-prefix-map=${CMAKE_SOURCE_DIR}=.)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # So that ccache may keep what uses precompiled headers.
  add_compile_options(-fpch-preprocess)
  # TRY's temporary shadows itself when nested; gcc's flow analysis sees dangling that is not.
  add_compile_options(-Wno-dangling-reference)
else()
  # clang: statement expressions (TRY) are a declared extension.
  # Without times in precompiled headers ccache may keep what uses them.
  add_compile_options(-Wno-gnu-statement-expression "SHELL:-Xclang -fno-pch-timestamp")
endif()
# Designated initializers name what differs and leave the rest to the defaults.
add_compile_options(-Wno-missing-field-initializers)
if(LINESIDE_SANITIZE)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # gcc's flow analysis is led astray by the instrumentation, <regex> among others.
    add_compile_options(-Wno-maybe-uninitialized)
  endif()
  add_compile_options(-fsanitize=${LINESIDE_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${LINESIDE_SANITIZE})
endif()
if(LINESIDE_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_options(-g1)
endif()
