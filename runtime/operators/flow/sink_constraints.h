// What a sink does with rows that break the constraints of its table's columns: NOT NULL, and the
// lengths of CHAR, VARCHAR, BINARY and VARBINARY, also of fields within other types. Flink:
// ConstraintEnforcer.
#pragma once

#include <memory>
#include <vector>

#include "runtime/graph/operator_spec.h"
#include "runtime/types/batch.h"
#include "runtime/types/value.h"

namespace weir::operators {

// Made from the enforcers of a sink's options (runtime/graph/any_table_options.h). Used by the
// sink's task alone. Without any, it only finds NULL in columns that are NOT NULL.
class SinkConstraints {
 public:
  // REQUIRES: `spec` outlives it.
  static Result<SinkConstraints> Make(const graph::SinkSpec& spec);

  // Cuts, fills and drops what the enforcers say. kDataError E3004 for NULL and E3008 for lengths,
  // with the column and the row, where they say ERROR. Rows of every kind are judged alike: a
  // DELETE with a NULL is refused or dropped, too. Dropped rows are only deselected; nothing counts
  // or reports them.
  Status Apply(Batch& batch);

 private:
  enum class Nested : uint8_t { kIgnore, kRows, kRowsAndCollections };
  enum class Lengths : uint8_t { kIgnore, kTrimPad, kError };
  // What is wrong with a value, in words; "" where nothing is. `null`: it is a NULL that is not
  // allowed, else a length. `path`: where within the value it is, ".field[0]"; "" for itself.
  struct Breach {
    bool null = false;
    std::string reason;
    std::string path = {};
  };

  explicit SinkConstraints(const graph::SinkSpec& spec) : spec_(&spec) {}
  // Whether values of the type have a length to check, or (LooksInto) fields or elements within.
  bool HasLength(const Type& type) const;
  bool LooksInto(const Type& type) const;
  bool Trims(const Type& type) const;

  Status CheckNulls(const Batch& batch, size_t column, std::vector<uint8_t>& dropped) const;
  Status CheckValues(const Batch& batch, size_t column, std::vector<uint8_t>& dropped) const;
  Breach FindBreach(const Value& value, const Type& type) const;
  Breach BreachWithin(const Value& value, const Type& type) const;
  ColumnPtr Fit(const Batch& batch, size_t column) const;
  Value FitValue(const Value& value, const Type& type) const;
  Status Refuse(const Batch& batch, size_t column, uint32_t row, const Breach& breach) const;

  const graph::SinkSpec* spec_;
  bool drops_null_ = false;
  Lengths lengths_ = Lengths::kIgnore;
  Nested nested_ = Nested::kIgnore;
  std::vector<size_t> not_null_;  // columns
  std::vector<size_t> checked_;   // columns whose values, or fields within, are looked at
  std::vector<size_t> trimmed_;
};

}  // namespace weir::operators
