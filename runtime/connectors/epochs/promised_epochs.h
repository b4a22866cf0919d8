// What sinks that keep epochs in logs have in common, whatever system they commit them in: where
// the logs are, what a checkpoint promised, and whether a promise was kept before a crash.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/connectors/epochs/epoch_log.h"
#include "runtime/connectors/epochs/epoch_promise.h"
#include "runtime/connectors/registry.h"
#include "runtime/graph/typed_options.h"
#include "runtime/sink.h"

namespace weir::connectors::epochs {

// What is done where rows were promised and nobody can say whether they were committed, since the
// marker is gone or another's.
enum class InDoubt : uint8_t { kFail, kResend, kSkip };

struct EpochPlan {
  std::string table;
  std::string job;      // its id
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

// Of one sink of one job. Thread-safe, but for Adopt, which comes before anything else at a start.
class PromisedEpochs {
 public:
  explicit PromisedEpochs(EpochPlan plan) : plan_(std::move(plan)) {}

  // The promises of a checkpoint (null: none); their incarnation is this sink's, or it is drawn.
  Result<std::vector<Promised>> Adopt(const SavedOutput* saved);
  Result<std::vector<Promised>> PromisesOf(const SavedOutput& saved) const;
  bool IsOwn(const EpochPromise& promise) const {
    return promise.job == plan_.job && promise.sink == plan_.sink;
  }
  EpochPromise Promise(uint32_t subtask, int64_t checkpoint) const;

  std::string directory() const;
  std::string LogOf(const EpochPromise& promise) const;
  Result<std::unique_ptr<EpochLogWriter>> NewLog(const std::string& name) const;
  // Makes the log durable, and that it is there.
  Status Sync(EpochLogWriter& log) const;
  // Gives the promised rows from `log`. kCorruption E7001 unless they are as many as promised.
  Status Read(const EpochPromise& promise, const std::string& log,
              const std::function<Status(const LoggedMessage&)>& take) const;

  // Whether the rows are to be sent, by the marker of their promise. kRestoreRefused E7005 where
  // that is in doubt.
  Result<bool> IsToBeSent(const Promised& promised,
                          const std::optional<CommitMarker>& marker) const;
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

  const EpochPlan plan_;
  uint64_t incarnation_ = 0;
};

}  // namespace weir::connectors::epochs
