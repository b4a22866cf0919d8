// The columns in which a table of state is read: keys, window bounds, results of aggregates and
// what they keep, rows' columns, the time of the last write.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/checkpoint_storage.h"
#include "runtime/expr/aggregate.h"
#include "runtime/types/state_schema.h"

namespace weir::state {

// Where a column's values come from.
enum class StateColumnKind : uint8_t {
  kKey,          // key column `index`
  kWindowStart,  // the slice of a sliced table, and how long it is
  kWindowEnd,    // the slice of a sliced table
  kSubKey,       // sub-key column `index`, of maps
  kSubKeyTime,   // the same: milliseconds, as a time
  kField,        // field `index` of the rows
  kFieldTime,    // the same: milliseconds, as a time
  kResult,       // the result of a call whose fields begin at `index`
  kLastWrite,    // NULL where it is not kept
};

struct StateColumn {
  std::string name;  // unique in its table
  Type type;         // nullable, unless a definition says otherwise
  StateColumnKind kind = StateColumnKind::kField;
  size_t index = 0;
  std::optional<expr::AggregateCall> call;  // kResult
  bool retracts = false;                    // kResult: of the call's fields
  int64_t window_millis = 0;                // kWindowStart
};

// The table `table` of operator `uid`; "" for the first one. kInvalidSql E7002, with what there is
// instead, for an operator or a table that the snapshot does not have, and for "" where open
// sessions are in two.
struct StateTable {
  const OperatorCheckpoint* op = nullptr;
  const StateSchema* schema = nullptr;
  // The family of its rows in a snapshot: "uid/table".
  std::string family;
};
Result<StateTable> FindStateTable(const CheckpointMetadata& metadata, std::string_view uid,
                                  std::string_view table);

// A call that keeps more than its result, as AVG does, has the result under its name, and what it
// keeps behind it as "avg(x).sum", "avg(x).count"; one that keeps all values has these as
// "listagg(x, ',').values". Times that an operator keeps in milliseconds are TIMESTAMP(3). `table`
// is of these fields in this order, which are those of the newest schema and may lack the time of
// the last write.
std::vector<StateColumn> ColumnsOf(const StateTable& table);

// Names and types of these columns.
Schema SchemaOf(const std::vector<StateColumn>& columns);

}  // namespace weir::state
