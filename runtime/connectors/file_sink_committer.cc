// The committer of the filesystem sink: renames, empties the directory of INSERT OVERWRITE, says
// which partitions are complete, and removes what a crash left.
#include <set>

#include "runtime/connectors/file_sink.h"
#include "runtime/fault_point.h"

namespace weir::connectors {
namespace {

class FileSinkCommitter final : public SinkCommitter {
 public:
  explicit FileSinkCommitter(const FileSinkPlan& plan)
      : plan_(plan),
        partitions_({&plan.commit, &plan.directory, &plan.partition_keys, plan.FinalPrefix(),
                     plan.files, plan.clock}) {}

  Status Commit(std::span<const std::string> committables) override {
    // Before new files are seen, which are younger.
    if (plan_.commit.success_file) RETURN_IF_ERROR(partitions_.Find());
    std::set<std::string> changed;  // a restored job may write elsewhere than its savepoint says
    for (const std::string& committable : committables) {
      if (!committable.starts_with(kCommitOverwrite)) continue;
      RETURN_IF_ERROR(EmptyDirectory(committable.substr(kCommitOverwrite.size())));
    }
    for (const std::string& committable : committables) {
      if (committable.starts_with(kCommitOverwrite) || committable.starts_with(kCommitWatermark)) {
        continue;
      }
      RETURN_IF_ERROR(CommitFile(committable));
      changed.insert(DirectoryOf(committable.substr(committable.find('\t') + 1)));
    }
    for (const std::string& directory : changed) {
      WEIR_FAULT_POINT("sink.before_directory_sync");
      RETURN_IF_ERROR(plan_.files->SyncDirectory(directory));
      WEIR_FAULT_POINT("sink.after_directory_sync");
    }
    return plan_.commit.success_file ? CompletePartitions(committables, changed) : Status();
  }

  Status Recover() override {
    if (!plan_.files->Stat(plan_.directory).ok() || DefectPlanted("pending-kept")) return {};
    return RecoverBelow(plan_.directory, 0);
  }

 private:
  // Renames unless that was done already.
  Status CommitFile(const std::string& committable) {
    const size_t tab = committable.find('\t');
    if (!committable.starts_with(kCommitFile) || tab == std::string::npos) {
      return Status::Corruption("a file sink cannot commit '" + committable + "'");
    }
    const std::string from = committable.substr(kCommitFile.size(), tab - kCommitFile.size());
    const std::string to = committable.substr(tab + 1);
    if (!plan_.files->Stat(from).ok() && plan_.files->Stat(to).ok()) return {};
    WEIR_FAULT_POINT("sink.before_rename");
    RETURN_IF_ERROR(plan_.files->Rename(from, to));
    WEIR_FAULT_POINT("sink.after_rename");
    return {};
  }

  Status CompletePartitions(std::span<const std::string> committables,
                            const std::set<std::string>& changed) {
    for (const std::string& directory : changed) partitions_.Add(directory);
    // The latest of each subtask: committables of several checkpoints may come together.
    std::map<int64_t, int64_t> watermarks;
    for (const std::string& committable : committables) {
      if (!committable.starts_with(kCommitWatermark)) continue;
      const size_t space = committable.find(' ', kCommitWatermark.size());
      if (space == std::string::npos) {
        return Status::Corruption("a file sink cannot commit '" + committable + "'");
      }
      const int64_t subtask = TRY(graph::ParseInteger(
          std::string_view(committable)
              .substr(kCommitWatermark.size(), space - kCommitWatermark.size())));
      const int64_t millis =
          TRY(graph::ParseInteger(std::string_view(committable).substr(space + 1)));
      int64_t& latest = watermarks.try_emplace(subtask, millis).first->second;
      latest = std::max(latest, millis);
    }
    if (watermarks.empty()) return {};
    Timestamp least = Timestamp::Max();
    for (const auto& [subtask, millis] : watermarks) least = std::min(least, Timestamp{millis});
    return partitions_.Complete(least);
  }

  Status RecoverBelow(const std::string& directory, size_t depth) {
    for (const FileInfo& entry : TRY(plan_.files->List(directory))) {
      const std::string name = entry.path.substr(entry.path.rfind('/') + 1);
      if (entry.is_directory) {
        const bool partition = depth < plan_.partition_keys.size() && !name.starts_with('.');
        if (partition) RETURN_IF_ERROR(RecoverBelow(entry.path, depth + 1));
        continue;
      }
      if (!name.starts_with(plan_.InProgressPrefix())) continue;
      WEIR_FAULT_POINT("recovery.before_remove_in_progress");
      RETURN_IF_ERROR(plan_.files->Remove(entry.path));
    }
    return {};
  }

  // Removes what was there before this job's first files, once: the marker remembers it. A crash in
  // the middle removes the rest the next time. `marker` is another job's when this one was restored
  // from its savepoint: what that job wrote stays, and this one has nothing to remove any more.
  Status EmptyDirectory(const std::string& marker) {
    RETURN_IF_ERROR(plan_.files->CreateDirectories(plan_.directory));
    if (plan_.files->Stat(plan_.Marker()).ok()) return {};
    if (plan_.files->Stat(marker).ok())
      return WriteFileAtomically(*plan_.files, plan_.Marker(), "v1\n");
    for (const FileInfo& entry : TRY(plan_.files->List(plan_.directory))) {
      const std::string name = entry.path.substr(entry.path.rfind('/') + 1);
      if (entry.is_directory || plan_.IsOfThisJob(name) || IsForeignHidden(name)) continue;
      RETURN_IF_ERROR(plan_.files->Remove(entry.path));
    }
    WEIR_FAULT_POINT("sink.before_overwrite_marker");
    RETURN_IF_ERROR(WriteFileAtomically(*plan_.files, plan_.Marker(), "v1\n"));
    return {};
  }

  // Hidden files that are not what earlier jobs of ours left behind.
  static bool IsForeignHidden(const std::string& name) {
    return name.starts_with('.') && !name.starts_with(".part-") &&
           !name.starts_with(".weir-overwrite-");
  }

  const FileSinkPlan& plan_;
  OpenPartitions partitions_;
};

}  // namespace

std::unique_ptr<SinkCommitter> MakeFileCommitter(const FileSinkPlan& plan) {
  return std::make_unique<FileSinkCommitter>(plan);
}

}  // namespace weir::connectors
