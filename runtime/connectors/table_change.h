// Port: changes of tables in place, where a connector has them: UPDATE, DELETE and TRUNCATE TABLE.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/graph/operator_spec.h"
#include "runtime/result_listener.h"

namespace weir::connectors {

// What is changed, and how the rows look that say it: the columns of `key`, then those of
// `assigned`.
struct ChangeSpec {
  std::string table;  // of the DDL, for messages
  graph::TableOptions options;
  Schema key;
  Schema assigned;  // new values; without any, rows are deleted
};

// One try of a statement: takes the rows that its query gives, and then changes those of the table,
// all or none. One that is destroyed before it was committed leaves nothing behind. OnBatch is
// called by the task that collects the result, all else by another thread before and after that.
class TableChange : public ResultListener {
 public:
  // Lets a scan, if it is one of the table, see it as it was when this try began. Called before the
  // query starts.
  virtual void Prepare(graph::ScanSpec& scan) const = 0;
  Status OnWatermark(Timestamp) override { return {}; }
  // How many rows were changed.
  virtual Result<uint64_t> Commit() = 0;
  // Whether the failure, of this or of the query, may be none if all of the statement is done anew,
  // and nothing was changed: others have changed the same rows meanwhile, or the system was away
  // for a moment.
  virtual bool MayPass(const Status& failure) const = 0;
};

// Used by one thread.
class TableChanger {
 public:
  virtual ~TableChanger() = default;
  // `alone`: others who would change the table wait until the try is over, so that it does not fail
  // because of them. `may_pass`: as above, of a failure here.
  virtual Result<std::unique_ptr<TableChange>> Begin(bool alone, bool& may_pass) = 0;
  // Removes all rows, or none.
  virtual Status Truncate() = 0;
};

// Null for a table whose connector cannot change rows in place. As MakeSink (registry.h).
Result<std::unique_ptr<TableChanger>> MakeTableChanger(const ChangeSpec& spec);
// The names of the connectors that can.
std::vector<std::string> ChangingConnectors();

}  // namespace weir::connectors
