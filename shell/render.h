// Results as text: boxes for people, csv, tsv, json lines and markdown for programs.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "shell/result_table.h"

namespace weir::shell {

// kChangelog: Flink's print lines, "+I[1, a]".
enum class OutputFormat : uint8_t { kBox, kCsv, kTsv, kJson, kMarkdown, kVertical, kChangelog };

// "box", "csv", …; nullopt when there is no such format.
std::optional<OutputFormat> ParseOutputFormat(std::string_view name);

struct RenderOptions {
  OutputFormat format = OutputFormat::kBox;
  // Columns of the terminal; 0: unlimited. A box that is wider shows vertical records instead when
  // `auto_vertical`, else it cuts cells with "…".
  int width = 0;
  bool auto_vertical = false;
  bool header = true;
};

// The whole result with a final newline. Boxes align numbers right and measure East Asian wide
// characters as two columns. csv follows RFC 4180: NULL is an empty field, the empty string is "".
// json is one object a line; nested values are nested JSON, decimals are numbers.
std::string Render(const ResultTable& table, const RenderOptions& options);

// One row in a line-based format (csv, tsv, json), for results that stream.
std::string RenderRow(const ResultTable& header, const std::vector<Value>& row, OutputFormat format);

// Columns that `text` takes on a terminal.
int DisplayWidth(std::string_view text);

}  // namespace weir::shell
