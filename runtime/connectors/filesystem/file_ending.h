// What the end of a file's name says about its contents.
#pragma once

#include <optional>
#include <string_view>

namespace weir::connectors {

struct FileEnding {
  std::string_view format;  // "csv", "json" or "parquet"
  char delimiter = 0;       // of csv; 0: the name does not say it
  bool compressed = false;  // ".gz"
};

// The endings that EndingOf knows, for messages.
inline constexpr std::string_view kFileEndings =
    ".csv, .tsv, .json, .jsonl or .ndjson, and .gz behind it, or in .parquet";

// Unset where the file has none of these endings, or nothing in front of it. Upper and lower case
// are the same, except in ".gz".
std::optional<FileEnding> EndingOf(std::string_view path);

}  // namespace weir::connectors
