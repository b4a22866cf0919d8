// The files of the web page, inside the program: what shell/http/page/bundle had when it was built.
#pragma once

#include <span>
#include <string_view>

namespace weir::shell {

struct PageFile {
  std::string_view name;  // "app.js"
  std::string_view content_type;
  std::string_view gzipped;  // RFC 1952
  // Whether the page's script imports it, and so must get the one it was made with: it is there
  // only under the name that index.html has for it, with its version.
  bool imported = false;
};

// The first one is index.html. They live forever.
std::span<const PageFile> PageFiles();

}  // namespace weir::shell
