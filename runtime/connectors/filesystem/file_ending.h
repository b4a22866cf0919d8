// What the end of a file's name says about its contents.
#pragma once

#include <optional>
#include <string_view>

namespace weir::connectors {

struct FileEnding {
  std::string_view format;  // "csv" or "json"
  char delimiter = 0;       // of csv; 0: the name does not say it
  bool compressed = false;  // ".gz"
};

// For messages.
inline constexpr std::string_view kFileEndings =
    ".csv, .tsv, .json, .jsonl or .ndjson, and .gz behind it";

// Of a path that ends so, in any case but for ".gz", and is more than an ending.
std::optional<FileEnding> EndingOf(std::string_view path);

}  // namespace weir::connectors
