// Random and sequential values for the `datagen` connector. They are functions of (seed, row), so
// that a restored generator continues with the same rows.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/random.h"
#include "runtime/base/result.h"
#include "runtime/connectors/generators/generated_source.h"
#include "runtime/graph/connector_descriptor.h"
#include "runtime/types/column_builder.h"
#include "runtime/types/schema.h"

namespace weir::connectors {

// How the values of one column, or of an element or field within it, are made. ARRAY, MAP, MULTISET
// and ROW have children.
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

// The recipes of a table's columns from its options 'fields.<column>.<option>'; options of parts of
// a column are named 'fields.<column>.<field>.', '.element.', '.key.', '.value.' and, for how often
// a MULTISET has an element, '.count.'. kInvalidSql (E2008) for options that are unknown, malformed
// or do not suit the type.
Result<std::vector<FieldRecipe>> MakeRecipes(const Schema& schema,
                                             const graph::TableOptions& options);

// The number of rows until the first sequence ends; INT64_MAX without sequences.
int64_t RowsOfSequences(const std::vector<FieldRecipe>& recipes);

// Appends the value of `row`. `random` was seeded for this row and column and is the only source of
// chance, so that a row is the same wherever reading starts. Drawing in another order changes the
// rows of every seed, also those that a restored job reads on from.
void AppendGenerated(const FieldRecipe& recipe, const GeneratedRow& row, Random& random,
                     ColumnBuilder& out);

}  // namespace weir::connectors
