// Port within this folder: what lies on disk of one table (one uid and name), as one task sees it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "state/table/epoch.h"
#include "state/table/records.h"

namespace weir::state {

// What of the disk counts: a slice that was dropped and created anew must not see its former rows.
// Of a table that was never dropped: everything.
struct DiskScope {
  uint64_t first_overlay = 0;  // spills before this one do not count
  bool database = true;
};

// Reads records in the order of their keys, of each the newest version, as the disk was when the
// cursor was made. Used by the task's thread only. Views live until the next call.
class DiskCursor {
 public:
  virtual ~DiskCursor() = default;
  // To the first record whose key is not below `key`: cheap for keys that ascend.
  virtual Status Seek(std::string_view key) = 0;
  // REQUIRES: valid().
  virtual Status Next() = 0;
  // False behind the last record.
  virtual bool valid() const = 0;
  virtual std::string_view key() const = 0;
  virtual std::string_view value() const = 0;
};

// The views live for the call.
using RecordVisitor = std::function<Status(std::string_view key, std::string_view value)>;

// Used by the task's thread only.
// Failures are kExternal, or kCorruption for bytes that do not verify.
class DiskTable {
 public:
  virtual ~DiskTable() = default;

  // Fetches keys in one go: values[i] and found[i] for keys[i]. REQUIRES: keys ascend strictly.
  virtual Status MultiGet(std::span<const std::string_view> keys, DiskScope scope,
                          std::vector<std::string>& values, std::vector<uint8_t>& found) = 0;
  // One pass over any number of keys and prefixes; outlives spills and epochs.
  virtual std::unique_ptr<DiskCursor> NewCursor(DiskScope scope) = 0;
  // Visits the records whose key starts with `prefix`, in order of their keys, the newest version
  // of each. `visit` may spill.
  virtual Status Visit(std::string_view prefix, DiskScope scope, const RecordVisitor& visit) = 0;
  // Writes rows and deletions that are not durable yet out of memory's way. From now on MultiGet,
  // Visit and new cursors see them.
  virtual Status Spill(const RecordSet& records) = 0;
  // Makes ranges disappear: at once (true), or with the next epoch (false); until then the database
  // shows what was in them.
  virtual Result<bool> Drop(std::vector<KeyRange> ranges) = 0;
  // Hands over the spills and drops of the epoch that ends. They stay visible here until durable.
  virtual void EndEpoch(TablePart& part) = 0;
  // Of the records' keys and values, uncompressed; without spills that are not durable yet.
  virtual double AverageRecordBytes() const = 0;
  // Number of the next spill, for DiskScope.
  virtual uint64_t next_overlay() const = 0;
};

}  // namespace weir::state
