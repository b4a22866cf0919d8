// What the data directory remembers of a job besides its checkpoints, so that it is found again
// after a crash and can be recovered without its query file. Written before the job first runs and
// whenever its state changes. A crash between two writes leaves the older record, which still
// describes the disk correctly.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/checkpoint/voided_numbers.h"
#include "shell/engine/text/progress_text.h"

namespace weir::shell {

enum class RecordedState : uint8_t {
  kRunning = 0,    // or its process died
  kSuspended = 1,  // stopped with a last checkpoint
  kFinished = 2,
  kFailed = 3,
  kCanceled = 4,
};

// What a job had counted when it ended: rows and restarts of its last start, what was lost since
// its first one.
struct LastFigures {
  uint64_t source_rows = 0;
  uint64_t restarts = 0;
  Losses losses;

  bool operator==(const LastFigures&) const = default;
};

inline constexpr size_t kJobIdDigits = 32;

// Written by WriteFileAtomically, so that the file contains one record or the other completely.
// Paths are absolute here; DataDirectory stores those below it as relative ones.
struct JobRecord {
  std::string id;  // kJobIdDigits hexadecimal ones
  std::string name;
  std::string sql;  // INSERT … or EXECUTE STATEMENT SET …, as printed by the AST
  std::vector<std::string> definitions;        // CREATE statements it depends on, in order
  std::map<std::string, std::string> options;  // options that were set when it started
  RecordedState state = RecordedState::kRunning;
  int64_t started_millis = 0;
  int64_t ended_millis = 0;  // 0: not yet
  uint64_t attempts = 0;     // the number of starts so far, in any process
  std::string failure;       // of kFailed
  // For RESTORE JOB: the savepoint or checkpoint that the job started from, and the clauses
  // (restore_clauses.h), until it has a checkpoint of its own. "" for other jobs.
  std::string restored_from;
  std::vector<std::string> restore_clauses;
  // execution.state-recovery.claim-mode = CLAIM: the job owns what it was restored from, which is
  // removed once it has as many checkpoints of its own as are retained.
  bool claims = false;
  // Its newest checkpoint that ever completed, even if it was removed since; 0: none. Durable
  // before the checkpoint's output is committed.
  uint64_t last_checkpoint = 0;
  // Numbers of checkpoints up to this one may have been used; 0: not known.
  uint64_t numbers_given = 0;
  // The job's own directories of checkpoints: first the one for new checkpoints, then those that
  // may have older ones. Empty in records of earlier builds.
  std::vector<std::string> checkpoint_directories;
  // Its checkpoints that do not count. Durable before the start that did not see them throws
  // anything away.
  checkpoint::VoidedNumbers voided;
  // Nobody wanted it to end: its server was stopped, or could not start it again. The next server
  // does, as it does with jobs that are recorded as running.
  bool resumes = false;
  // The last figures of a job that has ended; nothing in records of earlier builds, or where its
  // process died.
  std::optional<LastFigures> figures;

  // Not persisted: why the record cannot be read, or "". The other fields are then what is known
  // about the job from elsewhere, as of its first start.
  std::string damage;

  // Whether running the same statement again continues it.
  bool unfinished() const {
    return state == RecordedState::kRunning || state == RecordedState::kSuspended ||
           state == RecordedState::kFailed;
  }
  // Whether it has ended by itself.
  bool ended() const {
    return state == RecordedState::kFinished || state == RecordedState::kFailed;
  }
  // Whether a server that begins starts it.
  bool runs_in_servers() const {
    return damage.empty() && (state == RecordedState::kRunning || (unfinished() && resumes));
  }
};

// Names one of the starts of a job: "<id>/<number>".
std::string StartOf(const JobRecord& record);

// A new id of 128 random bits, in hexadecimal. Whether a job has it already is not looked up.
std::string NewJobId();

// The bytes of a record: "WEIRJOB1", or with voided numbers "WEIRJOB2", CRC-32C of the rest, then
// the fields, with strings and lists by varint lengths and numbers as varints (state/FORMAT.md).
// kCorruption for anything else.
std::string EncodeJobRecord(const JobRecord& record);
Result<JobRecord> DecodeJobRecord(std::string_view bytes);

}  // namespace weir::shell
