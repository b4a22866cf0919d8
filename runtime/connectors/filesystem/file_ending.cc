#include "runtime/connectors/filesystem/file_ending.h"

#include <array>

#include "runtime/base/names.h"

namespace weir::connectors {
namespace {

struct EndingRow {
  std::string_view text;
  std::string_view format;
  char delimiter;
};

constexpr auto kRows = std::to_array<EndingRow>({
    {".csv", "csv", 0},
    {".tsv", "csv", '\t'},
    {".json", "json", 0},
    {".jsonl", "json", 0},
    {".ndjson", "json", 0},
    {".parquet", "parquet", 0},
});

}  // namespace

std::optional<FileEnding> EndingOf(std::string_view path) {
  std::string_view name = path;
  const bool compressed = name.ends_with(".gz");
  if (compressed) name.remove_suffix(3);
  for (const EndingRow& row : kRows) {
    if (compressed && row.format == "parquet") continue;  // its pages are compressed
    if (name.size() > row.text.size() &&
        EqualsIgnoreCase(name.substr(name.size() - row.text.size()), row.text)) {
      return FileEnding{row.format, row.delimiter, compressed};
    }
  }
  return std::nullopt;
}

}  // namespace weir::connectors
