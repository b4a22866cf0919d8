// What a sink that commits its epochs in another system (a topic, a database) promises at a
// barrier, as the text of a committable, and what that system knows of its kept promises.
// state/FORMAT.md, "Epochs".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace weir::connectors::epochs {

// The rows of one subtask between two barriers.
struct EpochPromise {
  std::string job;           // of the job that wrote them
  std::string sink;          // a name made of its uid
  uint64_t incarnation = 0;  // of the job: drawn where it begins afresh or from a savepoint
  uint32_t subtask = 0;
  int64_t checkpoint = 0;  // whose barrier ended it; 0 for rows that were taken over
  uint32_t slot = 0;       // Kafka: of the subtask's transactional ids
  uint64_t records = 0;    // 0: there is neither a log nor a transaction
  uint64_t bytes = 0;      // of the log
  std::string log{"-"};    // its name; "-" for none
  // The newest epoch of the subtask that was known to be committed when this one was promised;
  // CommitMarker::kNothing for none, and for promises of earlier builds, which do not say.
  int64_t committed = -1;
  std::string system{"-"};  // where they are committed, as it calls itself; "-": nobody knows

  std::string Text() const;
  // The key of the marker that says how far the subtask has committed. All of the sink's begin with
  // the prefix, and the number of the subtask follows.
  std::string MarkerKey() const;
  std::string MarkerPrefix() const;
};

// kCorruption E7001 for a text that no sink of the job writes.
Result<EpochPromise> ParsePromise(std::string_view text, std::string_view job_id);
// Whether the committable is the text of an EpochPromise, by its beginning alone.
bool IsEpochPromise(std::string_view committable);

// What is added to an epoch's transaction when it is committed: a record, or a row. The newest one
// that is committed says up to which checkpoint the subtask's rows are committed.
struct CommitMarker {
  static constexpr int64_t kNothing = -1;
  uint64_t incarnation = 0;
  int64_t checkpoint = kNothing;  // of the newest committed epoch
  std::string Text() const;
};
Result<CommitMarker> ParseMarker(std::string_view text);

}  // namespace weir::connectors::epochs
