// Port: tables of the state in snapshots. state/reading implements it, which runtime/ must not
// include.
#pragma once

#include <memory>

#include "runtime/base/result.h"
#include "runtime/graph/operator_spec.h"
#include "runtime/source.h"

namespace weir::connectors {

// The options of the `savepoint` connector, by which tables of state are known.
inline constexpr std::string_view kSavepointConnector = "savepoint";
inline constexpr std::string_view kStatePathOption = "state.path";
inline constexpr std::string_view kStateBeforeOption = "state.before";
inline constexpr std::string_view kStateUidOption = "operator.uid";
inline constexpr std::string_view kStateTableOption = "state.table";
inline constexpr std::string_view kStateKeyOption = "state.key";  // the PRIMARY KEY, "a;b"

// Thread-safe.
class StateTables {
 public:
  virtual ~StateTables() = default;
  // The source of a table with these options. Errors as for reading savepoints: kNotFound E7004,
  // kCorruption E7001; E7002 where the snapshot has no such table.
  virtual Result<std::unique_ptr<Source>> Open(const graph::ScanSpec& scan) = 0;
};

}  // namespace weir::connectors
