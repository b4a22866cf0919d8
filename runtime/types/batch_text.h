// Text of batches, one line a row as Flink's print connector writes it: "+I[1, a, NULL]". Shared by
// tests, the `print` and `inline` connectors and the shell.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/types/batch.h"
#include "runtime/types/column_builder.h"
#include "runtime/types/schema.h"

namespace weir {

// Appends row `row` as a cell of output: numbers plain, strings bare, bytes as x'0aff', TRUE and
// FALSE, "yyyy-MM-dd HH:mm:ss[.fraction]", NULL; nested: [a, b], {k=v, …}, (a, b). TIMESTAMP_LTZ in
// UTC: convert the column first to show another zone. No allocation besides `out`'s growth.
void FormatCell(const Column& column, uint32_t row, std::string& out);

// Appends "+I[a, b]" with the row's kind.
void FormatRow(const Batch& batch, uint32_t row, std::string& out);
// Every selected row on a line of its own, each ended by '\n'.
std::string FormatBatch(const Batch& batch);

// Parses one cell of `type` as FormatCell writes it and appends it to `builder`: NULL (bare) is
// NULL, which is no value of a NOT NULL type; text may be 'quoted' ('' for a quote) to hold commas,
// brackets, blanks at its ends, or the word NULL, and U&'quoted' to hold line ends (\000a, \000d;
// \\ is a backslash). kDataError names the text and the type.
Status ParseCell(std::string_view text, ColumnBuilder& builder);

// Parses lines "+I[1, a]", "-U[…]", "+I 1, a", or "1, a" (an insert); several rows of one line are
// separated by " / ". Blank lines and lines that start with '#' are skipped. The batch has row
// kinds only when a row is not an insert. kDataError names the line.
// Row kinds are the two characters of RowKindText.
Result<Batch> ParseBatch(std::string_view text, std::span<const Type> types);
Result<Batch> ParseBatch(std::string_view text, const Schema& schema);

// Splits at top-level commas, minding quotes and brackets, and trims blanks. Views into `text`.
std::vector<std::string_view> SplitCells(std::string_view text);

}  // namespace weir
