// Decisions of the checkpoint coordinator as pure functions of its options and of observed facts,
// so that they can be tested and model-checked without I/O (docs/design/checkpoint-protocol.md).
// coordinator.cc carries them out.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "runtime/base/status.h"

namespace weir::checkpoint {

enum class CheckpointMode : uint8_t { kExactlyOnce, kAtLeastOnce };

// The options execution.checkpointing.*, with times in milliseconds. Names and meanings are Flink's
// ("Checkpointing" in its documentation).
struct CheckpointConfig {
  int64_t interval_millis = 0;       // 0: no periodic checkpoints
  int64_t timeout_millis = 600'000;  // 0: never
  int64_t min_pause_millis = 0;      // from the end of one to the start of the next periodic one
  uint32_t max_concurrent = 1;
  uint32_t tolerable_failures = 0;  // consecutive ones
  uint32_t retained = 1;
  CheckpointMode mode = CheckpointMode::kExactlyOnce;
  bool unaligned = false;
  int64_t aligned_timeout_millis = 0;  // with `unaligned`: barriers overtake rows after this time
  // Set where checkpoints are kept in memory: the most bytes that the state of one subtask of an
  // operator may have in one of them (Flink's JobManagerCheckpointStorage, maxStateSize).
  std::optional<uint64_t> max_state_bytes;
};

// E6002, naming both keys, where two options contradict each other; E6001 for values out of range.
Status ValidateConfig(const CheckpointConfig& config);

// The reasons for a checkpoint, in the order of their urgency.
enum class Purpose : uint8_t {
  kStop,    // STOP JOB: sources pause behind the barrier
  kFinal,   // every task has reached the end of its input
  kManual,  // CHECKPOINT JOB
  kPeriodic,
};

// The next check of a request that waits for an event rather than for a time.
inline constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

// What the coordinator knows at one moment. Times are monotonic nanoseconds.
struct CoordinatorFacts {
  int64_t now = 0;
  int64_t started = 0;                  // of the coordinator
  std::optional<int64_t> last_trigger;  // of the last periodic attempt, including failed ones
  std::optional<int64_t> last_completion;
  size_t pending = 0;              // triggered, neither completed nor aborted
  bool durable = true;             // there is a place to write to
  int64_t final_not_before = 0;    // when a final checkpoint that failed may be tried again
  bool stopping = false;           // a stop or final checkpoint is in progress or done
  std::span<const Purpose> queue;  // requests other than periodic ones, in order of arrival
};

struct StartDecision {
  bool start = false;
  Purpose purpose = Purpose::kPeriodic;
  size_t queue_index = 0;       // which request, unless periodic
  int64_t next_check = kNever;  // when a periodic one may be due, if nothing else happens
};
// Whether a state that is too large for checkpoints in memory makes a checkpoint of this purpose
// fail. It does not for the checkpoint at the end of the input, which nobody reads, nor with
// `any_size`: savepoints, checkpoints that a savepoint is made of, and those that go with their
// process.
bool IsLimited(const CheckpointConfig& config, Purpose purpose, bool any_size);
// Whether a job commits at the end of its input with a checkpoint. It commits without one when it
// never had a checkpoint and takes no periodic ones, or when checkpoints are kept in memory, where
// nobody would read the last.
bool EndsWithCheckpoint(const CheckpointConfig& config, bool has_history);
// Whether the barrier of this checkpoint may overtake rows. Barriers of savepoints never do, since
// other queries may read a savepoint and have no place for rows in flight, nor do those of the
// checkpoints that a job ends with.
bool MayOvertake(const CheckpointConfig& config, Purpose purpose, bool savepoint);
// Decides whether a checkpoint starts now, and which. There are never more than max_concurrent at a
// time. A stop or final checkpoint starts alone, and nothing starts behind it. Periodic ones are
// due an interval after the last attempt and min_pause after the last completion.
StartDecision DecideStart(const CheckpointConfig& config, const CoordinatorFacts& facts);

struct PendingFacts {
  uint64_t id = 0;
  int64_t triggered = 0;
  size_t expected = 0;             // tasks
  std::span<const uint8_t> acked;  // one per task: 0 or 1
};
// Whether the checkpoint has taken longer than the timeout; never true without one.
bool IsExpired(const CheckpointConfig& config, const PendingFacts& pending, int64_t now);
// When the pending checkpoint expires; kNever without a timeout.
int64_t ExpiresAt(const CheckpointConfig& config, const PendingFacts& pending);

// What the coordinator does with an acknowledgement, which may be late or repeated.
enum class AckVerdict : uint8_t {
  kTaken,      // wait for the others
  kCompletes,  // the last one
  kDuplicate,  // ignore
  kLate,       // its checkpoint was aborted: give the state back, keep what sinks pre-committed
  kUnknown,    // no checkpoint of this id was ever started
};
// `pending` is null when the checkpoint is no longer pending; `last_started` is the greatest id so
// far.
AckVerdict DecideAck(const PendingFacts* pending, uint64_t id, size_t task, uint64_t last_started);

// kRetry is for final checkpoints, the only thing that the job still has to do.
enum class FailureVerdict : uint8_t { kGoOn, kRetry, kFailJob };
// Decides what follows when a checkpoint of this purpose has failed, as the `consecutive`-th that
// counts in a row. A request of a user is answered to the user, and its failure has no consequence
// for the job.
FailureVerdict DecideFailure(const CheckpointConfig& config, Purpose purpose, uint32_t consecutive);
// True for periodic and final checkpoints.
bool CountsAsFailure(Purpose purpose);
// The pause before a final checkpoint is tried again: the interval, but at least 100 ms, so that
// storage that fails is not asked without end, and at most 10 s, as the job has nothing else to do.
int64_t RetryPauseNanos(const CheckpointConfig& config);

// The pending checkpoints that end with `id` when that is aborted, since later epochs build on its
// rows: in their order.
std::vector<uint64_t> AbortedAfter(uint64_t id, std::span<const uint64_t> pending);

}  // namespace weir::checkpoint
