// Random and sequential values for the `datagen` connector: functions of (seed, row), so that a
// restored generator goes on with the same rows.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/random.h"
#include "runtime/base/result.h"
#include "runtime/graph/connector_descriptor.h"
#include "runtime/types/column_builder.h"
#include "runtime/types/schema.h"

namespace weir::connectors {

// How the values of one column, or of an element or field in it, are made.
// One a column; children for ARRAY, MAP, MULTISET and ROW.
struct FieldRecipe {
  Type type;
  bool sequence = false;
  Int128 low = 0;  // of exact numbers (unscaled), inclusive; the first of a sequence
  Int128 high = 0;
  double real_low = 0;  // of FLOAT and DOUBLE
  double real_high = 0;
  uint32_t length = 0;   // of strings, bytes and collections
  bool shorter = false;  // lengths vary from 1 to `length`
  int64_t max_past_millis = 0;
  double null_rate = 0;
  std::vector<FieldRecipe> children;
};

// The recipes of a table's columns from its options 'fields.<column>.<option>', those inside a
// column under 'fields.<column>.<field>.', '.element.', '.key.' and '.value.'. kInvalidSql (E2008)
// for options that are unknown, malformed or do not suit the type.
Result<std::vector<FieldRecipe>> MakeRecipes(const Schema& schema,
                                             const graph::TableOptions& options);

// Rows until the first sequence is at its end; INT64_MAX without sequences.
int64_t RowsOfSequences(const std::vector<FieldRecipe>& recipes);

// A row to make: its number and its time, from which ages of timestamps count.
struct GeneratedRow {
  int64_t number = 0;
  int64_t millis = 0;
};

// Appends the value of `row`; `random` was seeded for this row and column.
// Draws from `random` alone, so that a row is the same wherever reading begins.
void AppendGenerated(const FieldRecipe& recipe, const GeneratedRow& row, Random& random,
                     ColumnBuilder& out);

}  // namespace weir::connectors
