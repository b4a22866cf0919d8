// Port within this folder: the rows on disk of one table (one uid and name), as one task sees them.
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

// Which part of the disk counts. A slice that was dropped and created anew must not see its former
// rows; a table that was never dropped sees everything.
struct DiskScope {
  uint64_t first_overlay = 0;  // spills before this one do not count
  bool database = true;
};

enum class CursorDirection : uint8_t { kAscending, kDescending };

// Reads the newest version of each record in the order of keys, or in the opposite order, as the
// disk was when the cursor was created. Used by the task's thread only. Views are valid until the
// next call. After a failure the cursor must not be used any more.
class DiskCursor {
 public:
  virtual ~DiskCursor() = default;
  // Moves to the first record whose key is not below `key`; descending, to the last one whose key
  // is not above it. Cheap if the keys of an ascending cursor ascend from call to call.
  virtual Status Seek(std::string_view key) = 0;
  // REQUIRES: valid().
  virtual Status Next() = 0;
  // False behind the last record in the cursor's direction.
  virtual bool valid() const = 0;
  virtual std::string_view key() const = 0;
  virtual std::string_view value() const = 0;
};

// The views are valid for the call.
using RecordVisitor = std::function<Status(std::string_view key, std::string_view value)>;

// Used by the task's thread only. Failures are kExternal, or kCorruption for bytes that do not
// verify.
class DiskTable {
 public:
  virtual ~DiskTable() = default;

  // Reads many keys at once: sets values[i] and found[i] for keys[i]. REQUIRES: keys ascend
  // strictly.
  virtual Status MultiGet(std::span<const std::string_view> keys, DiskScope scope,
                          std::vector<std::string>& values, std::vector<uint8_t>& found) = 0;
  // A cursor for any number of keys and prefixes, which stays valid across spills and epochs.
  virtual std::unique_ptr<DiskCursor> NewCursor(
      DiskScope scope, CursorDirection direction = CursorDirection::kAscending) = 0;
  // Visits the newest version of every record whose key starts with `prefix`, in the order of keys.
  // `visit` may spill.
  virtual Status Visit(std::string_view prefix, DiskScope scope, const RecordVisitor& visit) = 0;
  // Writes rows and deletions to disk before they are durable, so that they can leave memory.
  // MultiGet, Visit and new cursors see them from now on.
  virtual Status Spill(const RecordSet& records) = 0;
  // Drops ranges. True: they are gone at once. False: they are dropped with the next epoch, until
  // which the database still shows them.
  virtual Result<bool> Drop(std::vector<KeyRange> ranges) = 0;
  // Hands over the spills and drops of the epoch that ends. They stay visible here until they are
  // durable.
  virtual void EndEpoch(TablePart& part) = 0;
  // The average size of a record's key and value, uncompressed, without spills that are not durable
  // yet; 0 when there is no record, or when it cannot be found out.
  virtual double AverageRecordBytes() const = 0;
  // The number of the next spill, for DiskScope.
  virtual uint64_t next_overlay() const = 0;
};

}  // namespace weir::state
