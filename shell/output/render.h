// Results as text: boxes for people, csv, tsv, json lines and markdown for programs.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "shell/engine/session/result_table.h"
#include "shell/engine/text/display_width.h"

namespace weir::shell {

//   kBox        frames, for terminals           kMarkdown   a table for documents
//   kCsv, kTsv  with a line of names            kVertical   a line a column, a block a row
//   kJson       one object a line               kChangelog  Flink's print lines, "+I[1, a]"
enum class OutputFormat : uint8_t { kBox, kCsv, kTsv, kJson, kMarkdown, kVertical, kChangelog };

// "box", "csv", …; nullopt when there is no such format.
std::optional<OutputFormat> ParseOutputFormat(std::string_view name);

// How a result looks; the defaults suit files and tests.
struct RenderOptions {
  OutputFormat format = OutputFormat::kBox;
  // Columns of the terminal; 0: unlimited. A box that is wider cuts cells with "…"; when too little
  // of them would be left and `auto_vertical`, it shows vertical records instead.
  int width = 0;
  bool auto_vertical = false;
  bool header = true;
  bool color = false;  // NULL is dim
};

// The whole result with a final newline. Boxes align numbers right and measure East Asian wide
// characters as two columns. csv follows RFC 4180: NULL is an empty field, the empty string is "".
// json is one object a line; nested values are nested JSON, decimals are numbers.
// Line ends and tabs within cells are blanks in boxes and markdown; tsv escapes them, NULL is \N
// there.
std::string Render(const ResultTable& table, const RenderOptions& options);

// One row in a line-based format (csv, tsv, json), for results that stream.
std::string RenderRow(const ResultTable& header, const std::vector<Value>& row,
                      OutputFormat format);

// A box whose rows are not known yet: widths by the columns' types, no wider than `limit` in all
// (0: unlimited), then its head, a line a row, and its foot.
std::vector<int> TypicalWidths(const ResultTable& header, int limit);
std::string BoxTop(const ResultTable& header, const std::vector<int>& widths);
std::string BoxLine(const std::vector<Value>& row, const std::vector<int>& widths);
std::string BoxBottom(const std::vector<int>& widths);

// Lines that `text`, which ends with a newline, takes on a terminal of `width` columns (0:
// unlimited).
int ScreenLines(std::string_view text, int width);

}  // namespace weir::shell
