// The files of the web page, inside the program: what shell/http/page/bundle had when it was built.
#pragma once

#include <span>
#include <string_view>

namespace weir::shell {

struct PageFile {
  std::string_view name;  // "app.js"
  std::string_view content_type;
  std::string_view gzipped;  // RFC 1952
};

// The first one is index.html. They live forever.
std::span<const PageFile> PageFiles();

}  // namespace weir::shell
