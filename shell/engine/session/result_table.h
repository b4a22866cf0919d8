// A finished result for a person or a program: rows of values under named, typed columns.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/graph/rank_spec.h"
#include "runtime/types/time_zone.h"
#include "runtime/types/value.h"

namespace weir::shell {

struct ResultColumn {
  std::string name;
  Type type;
};

// Held in memory; views limit the number of rows.
struct ResultTable {
  std::vector<ResultColumn> columns;
  std::vector<std::vector<Value>> rows;  // as many values as columns
  // Of the header of a table that changes: what its rows are ordered by. Columns are those of rows.
  std::vector<graph::SortKey> order;

  // Appends a row of STRING values, for statements that list things.
  void AddTextRow(const std::vector<std::string>& cells);
};

// A table of STRING columns with these names and no rows.
ResultTable TextTable(const std::vector<std::string>& names);

// Cells of statements that list things: a STRING, a BIGINT, and a DOUBLE of three decimals at most.
Value TextCell(std::string text);
Value NumberCell(uint64_t number);
Value MeasureCell(double measure);

// `value` with every TIMESTAMP_LTZ inside it moved to the zone's wall clock, so that its text is
// that of the session. For display only.
Value InZone(const Value& value, const TimeZone& zone);

}  // namespace weir::shell
