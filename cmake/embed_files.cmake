# Writes the C++ file of lineside_embed(): one .incbin per file and a table over them.
set(assembly "")
set(declarations "")
set(table "")
set(index 0)
foreach(file ${FILES})
  cmake_path(RELATIVE_PATH file BASE_DIRECTORY "${ROOT}" OUTPUT_VARIABLE name)
  set(id "lineside_embed_${SYMBOL}_${index}")
  string(APPEND assembly
    "__asm__(\".section .rodata\\n.balign 16\\n.global ${id}\\n${id}:\\n.incbin \\\"${file}\\\"\\n"
    ".global ${id}_end\\n${id}_end:\\n.byte 0\\n.previous\\n\");\n")
  string(APPEND declarations "extern \"C\" const char ${id}[], ${id}_end[];\n")
  string(APPEND table
    "    {\"${name}\", {${id}, static_cast<std::size_t>(${id}_end - ${id})}},\n")
  math(EXPR index "${index} + 1")
endforeach()
file(WRITE "${OUT}"
"#include \"base/embedded.h\"

${assembly}
${declarations}
namespace lineside {

std::span<const EmbeddedFile> ${SYMBOL}() {
  static const EmbeddedFile files[] = {
${table}  };
  return files;
}

}  // namespace lineside
")
