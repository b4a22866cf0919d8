// Decides what a start of a recorded job continues from, as a pure function of what was found on
// disk. The start itself, RESTORE JOB … FROM LATEST CHECKPOINT and DESCRIBE RECOVERY OF JOB all ask
// this function.
// A job that ever completed a checkpoint has committed output, and would write it again if it began
// anew; so it never begins anew by itself, unless the checkpoints were in the memory of a process
// that has ended: jobs that keep them there commit nothing with them. Where the record, a directory
// and its small files contradict each other, the greatest number is used and the contradiction is
// reported.
// A newest checkpoint that is damaged is passed over for an older one where the user allows that:
// by default only if no output that was committed since would be written once more.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/checkpoint/voided_numbers.h"

namespace weir::checkpoint {

// The state of a small file that holds one number: LATEST or NEXT-ID. kVoided: LATEST names a
// checkpoint that does not count.
enum class NumberFileState : uint8_t { kAbsent, kBroken, kVoided, kWhole };

struct NumberFileFacts {
  NumberFileState state = NumberFileState::kAbsent;
  uint64_t number = 0;  // of a whole or voided one
};

struct CompletedCheckpoint {
  uint64_t id = 0;
  std::string path;
  std::string damage;        // why it cannot be used, as far as anybody has looked; "": not known
  bool passed_over = false;  // an earlier start has found the damage, said so, and gone back
  bool usable() const { return damage.empty() && !passed_over; }
};

// execution.state-recovery.fallback
enum class Fallback : uint8_t { kIfSafe, kAlways, kRefuse };

// Output that was committed after the checkpoint that a start would go back to, and that it writes
// once more.
struct RepeatedOutput {
  uint64_t rows = 0;
  std::vector<std::string> files;    // that hold them, also those that readers have taken away
  std::vector<std::string> unknown;  // why there may be more: "the metadata … cannot be read"
  bool none() const { return files.empty() && unknown.empty(); }
};

// A directory that may hold checkpoints of the job: <directory>/<job id>.
struct CheckpointPlace {
  std::string path;
  bool exists = false;
  std::string unreadable;  // why it could not be looked into; "" when it could
  NumberFileFacts latest;
  NumberFileFacts next_id;
  // Set when an older LATEST was put back: the number in it. The record knows of a later checkpoint
  // that exists, and `latest` names that one.
  std::optional<uint64_t> outdated;
  std::vector<CompletedCheckpoint> completed;  // oldest first, without those that do not count
  std::vector<uint64_t> voided;                // complete, too, but they do not count
  uint64_t greatest_directory = 0;             // over all chk-N there, complete or not; 0: none
};

// What a directory of the job's output says about the job.
struct CommittedOutput {
  std::string path;         // of the directory
  uint64_t checkpoint = 0;  // its output was committed there; 0: not known
  bool replaced = false;    // a job that continued this one has committed there since
};

struct RecoveryFacts {
  std::string job;  // its name
  bool had_checkpoints = false;
  uint64_t last_recorded = 0;  // the newest that the record knows of; 0: none
  // The checkpoint was in the memory of a process that has ended.
  bool forgotten = false;
  uint64_t given = 0;         // numbers up to this one may have been used; 0: not known
  uint64_t last_voided = 0;   // numbers up to this one are not used, whatever NEXT-ID says
  std::string restored_from;  // what it was started from; "": nothing
  // The first is where new ones go, then where old ones may be.
  std::vector<CheckpointPlace> places;
  std::vector<CommittedOutput> outputs;  // directories that mention this job
  Fallback fallback = Fallback::kIfSafe;
  // The output that a start from FallbackOf(*this) would write once more. Unset: nobody has looked,
  // and then kIfSafe does not fall back.
  std::optional<RepeatedOutput> repeated;
};

enum class RecoveryKind : uint8_t {
  kBegin,     // it never had a checkpoint: from the beginning of its input
  kContinue,  // from its newest checkpoint
  kRestore,   // from what it was restored from: it has no checkpoint of its own yet
  kRefuse,    // it had checkpoints, and the newest is not there or cannot be used
};

struct RecoveryDecision {
  RecoveryKind kind = RecoveryKind::kBegin;
  uint64_t checkpoint = 0;  // kContinue: its number …
  std::string path;         // … and its chk-N directory; kRestore: what it was restored from
  size_t place = 0;         // kContinue: index of the place that it is in
  // kContinue: newer ones, newest first, that are damaged and are left where they are.
  std::vector<CompletedCheckpoint> passed_over;
  // A warning to give before anything starts, if one of them was not passed over before; else "".
  std::string fallback;
  uint64_t next_id = 1;            // the least number that the next checkpoint may have
  std::vector<std::string> notes;  // what disagreed or was put right, a sentence each
  Status refusal;                  // kRefuse: kRestoreRefused E7001 or E7004, with what to type
};

// The newest whole checkpoint behind newer ones that are all damaged, and those, newest first.
struct FallbackChain {
  const CompletedCheckpoint* whole = nullptr;  // null: there is none
  size_t place = 0;                            // that it is in
  std::vector<const CompletedCheckpoint*> damaged;
  // Whether one of the damaged is found so for the first time.
  bool is_new() const;
};
// Borrows the facts.
FallbackChain FallbackOf(const RecoveryFacts& facts);

// Applies the rules at the head of this file. Never fails: a refusal is one of the decisions.
RecoveryDecision DecideRecovery(const RecoveryFacts& facts);

// Adds to the job's voided numbers those that a start which goes on as was decided has not seen: of
// checkpoints behind the newest that was found, before the first that it will use itself.
void VoidUnseen(const RecoveryFacts& facts, const RecoveryDecision& decision,
                VoidedNumbers& voided);

// "12 checkpoints, the newest 40, LATEST 40, NEXT-ID 41", or the reason why there are none.
std::string PlaceInWords(const CheckpointPlace& place);

}  // namespace weir::checkpoint
