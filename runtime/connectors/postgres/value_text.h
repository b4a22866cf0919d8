// Values as PostgreSQL's texts, in both directions ("Data Types", "COPY").
#pragma once

#include <string>
#include <string_view>

#include "runtime/connectors/jdbc/row_changes.h"
#include "runtime/connectors/postgres/connection.h"
#include "runtime/types/batch.h"
#include "runtime/types/schema.h"

namespace weir::connectors::postgres {

// kUnsupported for a type that no column of PostgreSQL takes: MAP, MULTISET, ROW, intervals.
Status CheckColumnType(const Field& field);

// The rows [begin, end) of one column of an answer, as values of the field's type. kDataError with
// the column and the text where one is none.
Result<ColumnPtr> ReadColumn(const Answer& answer, int column, int begin, int end,
                             const Field& field);

// The same, but NULLs are taken whatever the type says.
Result<ColumnPtr> ReadColumnOrNulls(const Answer& answer, int column, int begin, int end,
                                    const Field& field);

// Rows as lines of COPY's text format.
extern const jdbc::RowText kCopyText;

// Appends a value as a field of COPY's text format: \N for NULL. Never fails.
Status AppendCopyField(const Column& column, uint32_t row, std::string& out);

// Appends a value as an element of an array's text, in quotes. REQUIRES: not NULL.
void AppendArrayElement(const Column& column, uint32_t row, std::string& out);

}  // namespace weir::connectors::postgres
