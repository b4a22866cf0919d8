// What a start does to sinks before any writer is opened.
#include <fmt/format.h>

#include <algorithm>

#include "runtime/fault_point.h"
#include "runtime/task/execution.h"

namespace weir::task {

// Makes what the checkpoint promised visible (it may be already) and removes what earlier starts
// left behind.
Status Execution::RecoverSinks() {
  std::set<std::string> taken;
  for (size_t i = 0; i < sinks_.size(); ++i) {
    if (sinks_[i].committer) RETURN_IF_ERROR(FenceSink(i).WithContext(node(i).name));
  }
  for (size_t i = 0; i < sinks_.size(); ++i) {
    if (!sinks_[i].committer) continue;
    if (const OperatorCheckpoint* saved = Restored(i)) taken.insert(saved->uid);
    RETURN_IF_ERROR(RecoverSink(i).WithContext(node(i).name));
    SayAccepted(i);
  }
  if (setup_.from == nullptr) return {};
  for (const OperatorCheckpoint& saved : setup_.from->operators) {
    const bool waits = !saved.committables.empty() || !saved.output.empty();
    if (!waits || taken.contains(saved.uid)) continue;
    return Status::RestoreRefused(
        "the checkpoint holds output that is not visible yet, and the query has no "
        "sink that could commit it: " +
        saved.uid);
  }
  return {};
}

Status Execution::FenceSink(size_t index) {
  const OperatorCheckpoint* saved = Restored(index);
  if (saved == nullptr) return sinks_[index].committer->Fence(nullptr);
  const SavedOutput output = SavedOutputOf(*setup_.from, *saved);
  return sinks_[index].committer->Fence(&output);
}

Status Execution::RecoverSink(size_t index) {
  RunningSink& sink = sinks_[index];
  const OperatorCheckpoint* saved = Restored(index);
  if (saved == nullptr) return sink.committer->Recover(nullptr, setup_.attempt).status();
  SavedOutput output = SavedOutputOf(*setup_.from, *saved);
  if (DefectPlanted("no-recommit-on-restore")) output.committables = {};
  WEIR_FAULT_POINT("recovery.before_commit");
  sink.recovered = TRY(sink.committer->Recover(&output, setup_.attempt));
  WEIR_FAULT_POINT("recovery.after_commit");
  sink.accepted_files = saved->accepted_files + sink.recovered.accepted.names.size();
  sink.accepted_rows = saved->accepted_rows + sink.recovered.accepted.rows;
  sink.origins = saved->origins;
  const std::string& from = setup_.from->job_id;
  const bool known =
      std::find(sink.origins.begin(), sink.origins.end(), from) != sink.origins.end();
  if (from != setup_.options->job_id && !known) sink.origins.push_back(from);
  return {};
}

// Names each file, as only readers of the table know whether they took it.
void Execution::SayAccepted(size_t index) const {
  const MissingOutput& accepted = sinks_[index].recovered.accepted;
  if (accepted.names.empty() || setup_.options->say == nullptr) return;
  for (const std::string& name : accepted.names) {
    setup_.options->say(fmt::format("{}: accepted as committed and taken away by a reader: {}",
                                    node(index).uid, name));
  }
  setup_.options->say(fmt::format("{}: {} accepted files, {} accepted rows", node(index).uid,
                                  accepted.names.size(), accepted.rows));
}

}  // namespace weir::task
