// A running job gets another query: stopped with a savepoint, restored as the new one, and, where
// that does not come up, restored as it was. All of it happens here, so that nobody who asks needs
// to stay.
//
//   check ─▶ stop ─▶ start ─▶ watch ─▶ edited
//     │       │        └───┬────┘
//     ▼       ▼            ▼ nothing of it was committed
//   refused: as it was    back ─▶ reverted, or down where that fails
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "runtime/mutex.h"
#include "shell/engine/engine.h"

namespace weir::shell {

struct JobEdit {
  std::string job;      // id or name
  std::string script;   // tables, views and settings, and at last the job's INSERT or statement set
  std::string clauses;  // of RESTORE JOB: "ALLOW PARTIAL"
  Principal who = {};   // who asks for it
};

// How an edit ended.
enum class EditOutcome : uint8_t {
  kUnderWay,
  kRefused,   // the job runs as before
  kEdited,    // the new query runs: a checkpoint with rows of it is complete, or no row has come
  kReverted,  // the new query failed before anything of it was committed; the old one runs again,
              // from where it was stopped
  kLeft,      // it failed after its first checkpoint with rows, or ended otherwise: to go back
              // would give rows twice
  kDown,      // it failed, and the old one could not be started again either
};
std::string_view EditOutcomeName(EditOutcome outcome);  // "edited"

struct EditStep {
  std::string name;  // "check", "stop", "start", "watch", "back"
  bool done = false;
  std::string text;  // what happened
  int64_t millis = 0;
};

// A copy of what is known about an edit, which does not change any more.
struct EditNow {
  EditOutcome outcome = EditOutcome::kUnderWay;
  std::vector<EditStep> steps;
  Status failure;         // why it is not kEdited
  std::string job_id;     // of the job that runs at the end, or of the old one
  std::string savepoint;  // what it was stopped with; it stays
  // Where the new query runs, was left or is down: the statements that go back to the old one. Rows
  // that the new one has committed stay, and the old one gives them again. "" for none.
  std::string way_back;
};

// What an edit has done so far, for those who look while another thread goes on with it.
// Thread-safe.
class EditProgress {
 public:
  EditNow Now() const;
  void Begin(std::string step, int64_t now_millis);
  void Done(std::string text);
  void SetSavepoint(std::string path);
  void SetWayBack(std::string statements);
  void End(EditOutcome outcome, Status failure, std::string job_id);

 private:
  mutable Mutex mutex_;
  EditNow now_ WEIR_GUARDED_BY(mutex_);
};

// What EXPLAIN RESTORE answers about an edit, from the job's latest checkpoint. The places in it
// are those of the script.
Result<Answer> ExplainEdit(Engine& engine, const JobEdit& edit);

// Carries an edit out; takes as long as its savepoint, and up to half a minute more. `stopping`
// ends the watch early. The result is that of `progress`.
void CarryOut(Engine& engine, const JobEdit& edit, const std::atomic<bool>& stopping,
              EditProgress& progress);

}  // namespace weir::shell
