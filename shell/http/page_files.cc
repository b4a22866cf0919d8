#include "shell/http/page_files.h"

#include <array>

// The assembler copies the files: compilers take minutes for an array of this size. WEIR_PAGE is
// the directory with them (CMakeLists.txt).
#ifndef WEIR_PAGE  // for tools that read this file and make no object of it
#define WEIR_PAGE "."
#endif
#define WEIR_INCLUDE_FILE(symbol, file)                                                           \
  asm(".pushsection .rodata\n" #symbol "_begin:\n.incbin \"" WEIR_PAGE "/" file ".gz\"\n" #symbol \
      "_end:\n.popsection\n");                                                                    \
  extern "C" const char symbol##_begin[];                                                         \
  extern "C" const char symbol##_end[]

WEIR_INCLUDE_FILE(weir_page_index, "index.html");
WEIR_INCLUDE_FILE(weir_page_script, "app.js");
WEIR_INCLUDE_FILE(weir_page_style, "app.css");
WEIR_INCLUDE_FILE(weir_page_editor, "editor.js");
#undef WEIR_INCLUDE_FILE

namespace weir::shell {
namespace {

std::string_view Between(const char* begin, const char* end) {
  return {begin, static_cast<size_t>(end - begin)};
}

}  // namespace

std::span<const PageFile> PageFiles() {
  static const std::array<PageFile, 4> files = {{
      {"index.html", "text/html; charset=utf-8",
       Between(weir_page_index_begin, weir_page_index_end)},
      {"app.js", "text/javascript; charset=utf-8",
       Between(weir_page_script_begin, weir_page_script_end)},
      {"app.css", "text/css; charset=utf-8", Between(weir_page_style_begin, weir_page_style_end)},
      {"editor.js", "text/javascript; charset=utf-8",
       Between(weir_page_editor_begin, weir_page_editor_end), true},
  }};
  return files;
}

}  // namespace weir::shell
