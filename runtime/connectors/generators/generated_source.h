// Sources whose rows are made up in process. A row is a function of the seed and its number, so
// that a restored source goes on with the same rows. Rows go to the partitions in turn.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <vector>

#include "runtime/base/random.h"
#include "runtime/base/result.h"
#include "runtime/connectors/registry.h"
#include "runtime/graph/typed_options.h"
#include "runtime/types/column_builder.h"

namespace weir::connectors {

// The number of a row, and its time in milliseconds since 1970, from which ages of timestamps are
// subtracted.
struct GeneratedRow {
  int64_t number = 0;
  int64_t millis = 0;
};

// Makes the values of a table's columns. Immutable and thread-safe.
class ValueMaker {
 public:
  virtual ~ValueMaker() = default;
  virtual Type TypeOf(size_t column) const = 0;
  // Appends the value of `column` in each of the rows. RandomOf(salt, row) is the only source of
  // chance. kDataError for a value that its column cannot hold.
  virtual Status Append(size_t column, std::span<const GeneratedRow> rows, uint64_t salt,
                        ColumnBuilder& out) const = 0;
};

// The random numbers for one value of a row, the same at every call. `salt` belongs to the column,
// so that columns do not draw each other's numbers.
inline Random RandomOf(uint64_t salt, const GeneratedRow& row) {
  return Random(salt + Random(static_cast<uint64_t>(row.number)).Next64());
}

// Whether the type is DATE, TIME, TIMESTAMP or TIMESTAMP_LTZ.
bool IsTime(const Type& type);
// Appends an instant, in milliseconds since 1970, to a column of such a type; a TIME is UTC's.
void AppendInstant(int64_t millis, ColumnBuilder& out);

// What the options kGenerationOptions say.
struct GenerationPlan {
  int64_t rows = std::numeric_limits<int64_t>::max();  // in all
  int64_t rows_per_second = 10'000;
  int64_t partitions = 1;
  uint64_t seed = 0;

  bool bounded() const { return rows != std::numeric_limits<int64_t>::max(); }
};

// What every generator takes besides the options of its columns: rows-per-second, number-of-rows,
// seed, partitions.
inline constexpr std::array kGenerationOptions = {
    graph::OptionDescriptor{"rows-per-second", graph::OptionKind::kInteger, "10000", "", false,
                            "The rate of all partitions together; 0: as fast as possible.",
                            graph::OptionEffect::kAccess},
    graph::OptionDescriptor{
        "number-of-rows", graph::OptionKind::kInteger, "", "", false,
        "Rows in all; without it the table never ends, or with its first sequence."},
    graph::OptionDescriptor{"seed", graph::OptionKind::kInteger, "0", "", false,
                            "Equal seeds give equal rows."},
    graph::OptionDescriptor{"partitions", graph::OptionKind::kInteger, "1", "", false,
                            "How many partitions share the rows."},
};

// Reads the options of a generator. kInvalidSql (E2008) for a number outside its range.
Result<GenerationPlan> MakeGenerationPlan(const graph::ConnectorDescriptor& connector,
                                          const graph::TableOptions& given);

// The rows that a table with this plan has.
graph::RowBound RowBoundOf(const GenerationPlan& plan);

// A table whose rows are made up.
struct GeneratedTable {
  GenerationPlan plan;
  std::shared_ptr<const ValueMaker> maker;
  std::vector<int> columns;  // the places of those that are read
};

// The source of such a table. Position: "v1 rows=N base=M rate=R": how many rows the partition has
// made, the time of row number 0 in milliseconds, and the rate by which later ones follow it. A
// position with another rate than the table's goes on at its time.
std::unique_ptr<Source> MakeGeneratedSource(GeneratedTable table, Clock* clock);

}  // namespace weir::connectors
