// Values as MySQL's texts, in both directions ("Data Types", "Literal Values").
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/connectors/jdbc/row_changes.h"
#include "runtime/connectors/mysql/connection.h"
#include "runtime/connectors/mysql/server_table.h"
#include "runtime/types/batch.h"
#include "runtime/types/schema.h"

namespace weir::connectors::mysql {

// kUnsupported for a type that no column of MySQL takes: ARRAY, MAP, MULTISET, ROW, intervals.
Status CheckColumnType(const Field& field);

// Rows [begin, end) of an answer. Borrowed.
struct AnswerRows {
  const Answer& answer;
  int begin;
  int end;
};

// One column of them, as values of the field's type. kDataError with
// the column and the text where one is none. `zero_is_null`: so is a date without a month or a day,
// as '0000-00-00'; else that is none.
Result<ColumnPtr> ReadColumn(const AnswerRows& rows, int column, const Field& field,
                             bool zero_is_null);

// Appends a value as SQL has it: NULL, 1.5, 'text', x'00ff'. kDataError E3001 for one that no
// column of MySQL holds: NaN, an infinity, a year before 0 or after 9999.
Status AppendLiteral(const Column& column, uint32_t row, std::string& out);

// Rows as they stand in VALUES (…), without the parentheses.
extern const jdbc::RowText kLiterals;

// The values of such a row. Borrowed from it.
std::vector<std::string_view> CutLiterals(std::string_view row);

// A value as the column there would hold it, where that has fewer digits than the field.
std::string HeldLiteral(const ServerColumn& column, const Type& type, std::string_view literal);

// Whether values of the field that differ differ in the column as well: not so for texts, which
// collations compare, nor where digits are rounded.
bool HoldsApart(const ServerColumn& column, const Type& type);

}  // namespace weir::connectors::mysql
