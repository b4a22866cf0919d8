// The records of one table of a snapshot, as they lie there.
#pragma once

#include <string_view>

#include "runtime/base/result.h"

namespace weir::state {

// Walks keys and values (FORMAT.md, "Keys") in ascending order. Used by one thread at a time.
// kCorruption E7001, naming the file, for bytes that do not verify; what was seen before did. After
// a failure the cursor must not be used any more.
class RecordCursor {
 public:
  virtual ~RecordCursor() = default;
  // Moves to the first record whose key is not below `key`.
  virtual Status Seek(std::string_view key) = 0;
  // REQUIRES: valid().
  virtual Status Next() = 0;
  // Whether there is a record here; false before the first Seek and behind the last one.
  virtual bool valid() const = 0;
  // Views are valid until the next call. REQUIRES: valid().
  virtual std::string_view key() const = 0;
  virtual std::string_view value() const = 0;
};

}  // namespace weir::state
