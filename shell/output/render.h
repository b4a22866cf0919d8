// Formats results: boxes for people; csv, tsv, json lines and markdown for programs.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "shell/engine/session/result_table.h"
#include "shell/engine/text/display_width.h"

namespace weir::shell {

//   kBox        frames, for terminals           kMarkdown   a table for documents
//   kCsv, kTsv  with a line of names            kVertical   one line per column, one block per row
//   kJson       one object a line               kChangelog  Flink's print lines, "+I[1, a]"
enum class OutputFormat : uint8_t { kBox, kCsv, kTsv, kJson, kMarkdown, kVertical, kChangelog };

// Box, vertical and markdown.
bool IsForPeople(OutputFormat format);

// Parses "box", "csv", …; nullopt for an unknown format.
std::optional<OutputFormat> ParseOutputFormat(std::string_view name);

// How a result is formatted; the defaults suit files and tests.
struct RenderOptions {
  OutputFormat format = OutputFormat::kBox;
  // Columns of the terminal; 0: unlimited. A wider box cuts cells with "…". If too little of them
  // would be left and `auto_vertical` is set, vertical records are shown instead.
  int width = 0;
  bool auto_vertical = false;
  bool header = true;
  // The table is of SHOW JOBS or DESCRIBE JOB: boxes, records and markdown have its figures with
  // their units ("1 h 01 min" for 3661.5 s), and a box that is wider goes without columns that can
  // be spared.
  bool about_jobs = false;
  bool color = false;  // NULL is printed dim
  // How many rows behind the first `gap_at` were left out of the table; boxes, records and markdown
  // show that something is missing there.
  size_t gap_at = 0;
  size_t gap_rows = 0;
};

// The whole result with a final newline. Boxes align numbers to the right and count East Asian wide
// characters as two columns; boxes and markdown print line ends and tabs within cells as blanks.
// csv follows RFC 4180, with NULL as an empty field and the empty string as "". tsv escapes line
// ends and tabs, and NULL is \N. json has one object a line, with nested values as nested JSON and
// decimals as numbers.
std::string Render(const ResultTable& whole, const RenderOptions& options);

// Whether Render cuts cells of the table to the width; not of tables about jobs, whose notes are
// in DESCRIBE JOB.
bool CutsCells(const ResultTable& table, const RenderOptions& options);

// The first and the last rows of a table, `most` in all, with `options` for what is left out
// between them. REQUIRES: most > 1.
ResultTable CutInTheMiddle(const ResultTable& table, size_t most, RenderOptions& options);

// One row in a line-based format (csv, tsv, json), for streaming results.
std::string RenderRow(const ResultTable& header, const std::vector<Value>& row,
                      OutputFormat format);

// For a box whose rows are not known yet: column widths by the types, at most `limit` in all (0:
// unlimited); then its head, a line for a row, and its foot.
std::vector<int> TypicalWidths(const ResultTable& header, int limit);
std::string BoxTop(const ResultTable& header, const std::vector<int>& widths);
std::string BoxLine(const std::vector<Value>& row, const std::vector<int>& widths);
std::string BoxBottom(const std::vector<int>& widths);

// The number of lines that `text`, which ends with a newline, takes on a terminal of `width`
// columns (0: unlimited).
int ScreenLines(std::string_view text, int width);

}  // namespace weir::shell
