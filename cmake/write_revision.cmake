cmake_minimum_required(VERSION 3.31)
# Writes OUT with the tree's revision; leaves it alone when nothing changed.
execute_process(COMMAND git -C ${SOURCE} describe --always --dirty
  OUTPUT_VARIABLE revision OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
if(failed)
  set(revision "unknown")
endif()
file(CONFIGURE OUTPUT ${OUT} CONTENT
"#include \"base/version.h\"

namespace lineside {

std::string_view code_revision() { return \"@revision@\"; }

}  // namespace lineside
" @ONLY)
