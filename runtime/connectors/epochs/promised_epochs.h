// What sinks that keep epochs in logs have in common, whatever system they commit them in: where
// the logs are, what a checkpoint promised, and whether a promise was kept before a crash.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/connectors/epochs/epoch_log.h"
#include "runtime/connectors/epochs/epoch_promise.h"
#include "runtime/connectors/registry.h"
#include "runtime/graph/typed_options.h"
#include "runtime/mutex.h"
#include "runtime/sink.h"

namespace weir::connectors::epochs {

// What is done where rows were promised and nobody can say whether they were committed, since the
// marker is gone or another's.
enum class InDoubt : uint8_t { kFail, kResend, kSkip };

struct EpochPlan {
  std::string table;
  std::string job;  // its id
  std::string job_name;
  std::string sink;     // of the operator's uid
  std::string markers;  // where they are, for messages: "topic '__weir_commits'"
  InDoubt in_doubt = InDoubt::kFail;
  std::string checkpoints;  // the directory of its job's
  FileSystem* files = nullptr;
};

// A promise and where its log is.
struct Promised {
  EpochPromise promise;
  std::string log;
  bool carried = false;  // in a savepoint, which may be restored in another cluster
};

inline constexpr std::string_view kInDoubt = "sink.in-doubt";  // fail|resend|skip
// Of a sink that has that option; without `markers`.
EpochPlan PlanOf(const graph::SinkSpec& spec, const ConnectorContext& context,
                 const graph::TypedOptions& said);

// Markers by their keys.
using Markers = std::map<std::string, CommitMarker>;

// Of one sink of one job. Thread-safe, but for Adopt and NameSystem, which come before anything
// else at a start.
class PromisedEpochs {
 public:
  explicit PromisedEpochs(EpochPlan plan) : plan_(std::move(plan)) {}

  // The promises of a checkpoint (null: none); their incarnation is this sink's, or it is drawn.
  Result<std::vector<Promised>> Adopt(const SavedOutput* saved);
  Result<std::vector<Promised>> PromisesOf(const SavedOutput& saved) const;
  // What the system in which is committed calls itself, if it does: one that is another has none of
  // this one's markers, and one that is the same and has none has lost them.
  void NameSystem(std::string name) { system_ = std::move(name); }
  // That the markers of this sink (all those of `markers` that are its own, of any subtask) are of
  // the history of the job which goes on here, from `saved`. kRestoreRefused E7004 where more was
  // committed than that knows of: an older copy of the job's directory was put back, and what it
  // would commit has numbers that are marked already. REQUIRES: Adopt of the same.
  Status CheckHistory(const SavedOutput* saved, const Markers& markers);
  bool IsOwn(const EpochPromise& promise) const {
    return promise.job == plan_.job && promise.sink == plan_.sink;
  }
  EpochPromise Promise(uint32_t subtask, int64_t checkpoint) const;
  // A writer of the subtask is there since this start.
  void NoteWriter(uint32_t subtask);
  // Promises without rows of the subtasks that have committed and that a start with a lower
  // parallelism has no writer of, so that its checkpoints know of what they had committed, too. One
  // of the writers that are there makes them.
  std::vector<std::string> PromisesOfFormer(int64_t checkpoint) const;
  // That nobody else commits for this sink: its marker, where it is of this incarnation, says what
  // this start has committed or tried to. kRestoreRefused E7004: another copy of the job runs. To
  // be called when the marker is locked, in each try to commit the promise.
  Status CheckAlone(const EpochPromise& promise, const std::optional<CommitMarker>& marker);
  // The epoch is committed, and its marker with it: later promises of its subtask know of that.
  void NoteCommitted(const EpochPromise& promise);

  std::string directory() const;
  std::string LogOf(const EpochPromise& promise) const;
  Result<std::unique_ptr<EpochLogWriter>> NewLog(const std::string& name) const;
  // Makes the log durable, and that it is there.
  Status Sync(EpochLogWriter& log) const;
  // Gives the promised rows from `log`. kCorruption E7001 unless they are as many as promised.
  Status Read(const EpochPromise& promise, const std::string& log,
              const std::function<Status(const LoggedMessage&)>& take) const;

  // Whether the rows are to be sent, by the marker of their promise. kRestoreRefused E7005 where
  // that is in doubt, and as CheckPlace.
  Result<bool> IsToBeSent(const Promised& promised,
                          const std::optional<CommitMarker>& marker) const;
  // That what was committed before the promise is marked: where it is not, an older copy of the
  // system in which it was committed was put back, without those rows. kRestoreRefused E7005,
  // unless 'sink.in-doubt' says how to go on.
  Status CheckPlace(const EpochPromise& promise, const std::optional<CommitMarker>& marker) const;
  // Whether the log of rows that are to be sent is there, as all in a savepoint are. It is gone
  // once they are committed, so that without it an older copy was put back: as CheckPlace.
  Result<bool> HasLog(const Promised& promised) const;
  // Ends SinkCommitter::Recover, once what this sink had promised is committed: removes the logs of
  // earlier starts. Another job's rows become this one's, one log a subtask: a later start could
  // not tell from that job's markers that this one has sent them. `mark_beginning` is called for
  // each of these subtasks when the logs are durable. The names of the logs end with `ending`.
  Result<Recovered> TakeOver(const std::vector<Promised>& promises, uint64_t attempt,
                             const std::function<Status(uint32_t subtask)>& mark_beginning,
                             std::string_view ending = "") const;
  // SinkCommitter::Detach.
  Result<std::vector<OutputRows>> Detach(std::span<const std::string> committables) const;

 private:
  // Removes the logs of earlier starts. REQUIRES: all that was promised with them is committed.
  Status RemoveLogs() const;
  Status InDoubtOf(const EpochPromise& promise) const;
  Status OlderSystem(const EpochPromise& promise, int64_t committed, int64_t marked) const;
  Status OlderJob(const SavedOutput* saved, int64_t known, int64_t marked) const;
  // CommitMarker::kNothing for none.
  int64_t CommittedOf(uint32_t subtask) const WEIR_REQUIRES(mutex_);
  Result<int64_t> NewestKnown(const SavedOutput& saved) const;

  const EpochPlan plan_;
  uint64_t incarnation_ = 0;
  bool adopted_ = false;  // the incarnation is of what was promised
  std::string system_{"-"};
  mutable Mutex mutex_;
  std::map<uint32_t, int64_t> committed_ WEIR_GUARDED_BY(mutex_);  // by subtask
  std::map<uint32_t, int64_t> tried_ WEIR_GUARDED_BY(mutex_);      // to commit
  std::set<uint32_t> writers_ WEIR_GUARDED_BY(mutex_);             // subtasks
};

}  // namespace weir::connectors::epochs
