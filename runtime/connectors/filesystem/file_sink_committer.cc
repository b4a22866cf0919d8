// The committer of the filesystem sink: renames files to make them visible, empties the directory
// of INSERT OVERWRITE, marks complete partitions, and removes what a crash left behind.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "runtime/connectors/filesystem/file_sink.h"
#include "runtime/connectors/filesystem/output_mark.h"
#include "runtime/fault_point.h"

namespace weir::connectors {
namespace {

// If a consumer has removed the directory with everything in it, there is nothing to sync.
Status SyncIfThere(FileSystem& files, const std::string& directory) {
  WEIR_FAULT_POINT("sink.before_directory_sync");
  const Status synced = files.SyncDirectory(directory);
  WEIR_FAULT_POINT("sink.after_directory_sync");
  return files.Stat(directory).status().code() == StatusCode::kNotFound ? Status() : synced;
}

// If more directories than this have changed, one sync of the whole file system replaces one for
// each of them.
constexpr size_t kManyDirectories = 128;

// Exists once the directory was emptied for the job.
std::string OverwriteMarker(const std::string& directory, std::string_view job_id) {
  return JoinPath(directory, fmt::format("{}{}", kOverwriteMarker, ShortJobId(job_id)));
}

class FileSinkCommitter final : public SinkCommitter {
 public:
  FileSinkCommitter(const FileSinkPlan& plan, FileSinkProgress& progress)
      : plan_(plan),
        progress_(progress),
        partitions_({&plan.commit, &plan.directory, &plan.partition_keys, plan.FinalPrefix(),
                     plan.files, plan.clock}) {}

  // If there is no directory, nothing in it can be committed.
  Status Announce(uint64_t checkpoint_id) override {
    if (!TRY(Exists(*plan_.files, plan_.directory))) return {};
    const OutputMark mark{.job_id = plan_.job_id, .checkpoint = checkpoint_id, .attempt = attempt_};
    return NoteCommitted(*plan_.files, plan_.directory, plan_.job_name, mark, origins_);
  }

  Status Commit(std::span<const std::string> committables) override {
    FilePromises promises;
    RETURN_IF_ERROR(
        LocatePromises(*plan_.files, TRY(Own(committables)), {&plan_.directory, 1}, promises));
    if (!promises.missing.empty()) return Lost(promises.missing.front());
    return Finish(committables, promises);
  }

  Result<Recovered> Recover(const SavedOutput* saved, uint64_t attempt) override {
    Recovered recovered;
    FoundOutput found;
    attempt_ = attempt;
    if (saved != nullptr) {
      found = TRY(FindOutput(plan_, *saved));
      RETURN_IF_ERROR(GoOnFrom(*saved, found.promises));
      recovered.accepted = found.missing;
    }
    if (TRY(Exists(*plan_.files, plan_.directory)) && !DefectPlanted("pending-kept"))
      RETURN_IF_ERROR(RemoveInProgress(*plan_.files, plan_.directory,
                                       {plan_.InProgressPrefix(), {}},
                                       plan_.partition_keys.size()));
    if (saved == nullptr) return recovered;
    recovered.committables = TRY(AdoptRows(plan_, *saved, found.rows, attempt));
    progress_.adopted = recovered.committables.size();
    return recovered;
  }

  Result<std::vector<OutputRows>> Detach(std::span<const std::string> committables) override {
    const std::string place = plan_.Place();
    std::vector<OutputRows> rows;
    for (const PromisedFile& file : TRY(Own(committables))) {
      const std::string path = file.InProgress(place);
      if (!TRY(Exists(*plan_.files, path))) return Lost(file);
      rows.push_back({HeldRowsText(file), path, file.rows});
    }
    return rows;
  }

 private:
  Result<std::vector<PromisedFile>> Own(std::span<const std::string> committables) const {
    const std::string place = plan_.Place();
    return PromisedFiles(committables, {plan_.job, {&place, 1}});
  }

  // A file in progress is hidden, so no consumer can have taken it: it is lost.
  Status Lost(const PromisedFile& file) const {
    return Status::Corruption(fmt::format("a file in progress is gone, and {} rows with it: {}",
                                          file.rows, file.InProgress(plan_.Place())))
        .WithId("E7005")
        .WithHint(
            "something removes hidden files from the table's directory; a job that is restarted "
            "takes such a file for one that was committed and taken away");
  }

  // Commits what an earlier start or another job promised. The files stay in the directory in which
  // they were made.
  Status GoOnFrom(const SavedOutput& saved, const FilePromises& promises) {
    const bool own = saved.job_id.starts_with(plan_.job);
    origins_.assign(saved.origins.begin(), saved.origins.end());
    if (!own) origins_.emplace_back(saved.job_id);
    // Their output belongs to the same table, so this job completes the partitions that they left
    // open. What they have emptied it must not empty again, which would remove their output.
    for (const std::string& job : origins_)
      partitions_.AlsoOf(fmt::format("part-{}", ShortJobId(job)));
    if (plan_.ReplacesAll() && TRY(WasEmptiedBefore(plan_.directory)))
      RETURN_IF_ERROR(EmptyTable());
    const bool commits = own && saved.checkpoint > 0 && !promises.found.empty();
    if (commits) RETURN_IF_ERROR(Announce(saved.checkpoint));
    std::vector<std::string> committables(saved.committables.begin(), saved.committables.end());
    if (!own) std::erase_if(committables, [](const std::string& one) { return IsOverwrite(one); });
    RETURN_IF_ERROR(Finish(committables, promises));
    // Whatever had to be removed was removed before this checkpoint, or just now.
    if (own) progress_.emptied = true;
    return {};
  }

  // Makes files visible, then marks the partitions that are complete with them.
  Status Finish(std::span<const std::string> committables, const FilePromises& promises) {
    // Before new files are visible, because the age of a partition is that of its oldest file.
    if (plan_.commit.success_file) RETURN_IF_ERROR(partitions_.Find());
    std::set<std::string> changed, partitions;
    for (const FilePromises::Found& one : promises.found) {
      const std::string directory = DirectoryOf(one.file.Final(one.place));
      // Even if the file was renamed before: an earlier start may have crashed before the sync.
      changed.insert(directory);
      if (one.place == plan_.directory) partitions.insert(directory);
    }
    if (plan_.overwrite) RETURN_IF_ERROR(RemoveReplaced(committables, changed));
    // Opened before the renames, since it reports failed writes only from then on. If the directory
    // is missing, it has no files to sync.
    Result<std::unique_ptr<WholeFileSystem>> found = std::unique_ptr<WholeFileSystem>();
    if (changed.size() > kManyDirectories) found = plan_.files->Whole(plan_.directory);
    const std::unique_ptr<WholeFileSystem> whole = found.ok() ? *std::move(found) : nullptr;
    for (const FilePromises::Found& one : promises.found) {
      if (!one.in_progress) continue;
      WEIR_FAULT_POINT("sink.before_rename");
      RETURN_IF_ERROR(
          plan_.files->Rename(one.file.InProgress(one.place), one.file.Final(one.place)));
      WEIR_FAULT_POINT("sink.after_rename");
    }
    RETURN_IF_ERROR(SyncAll(changed, whole.get()));
    return plan_.commit.success_file ? CompletePartitions(committables, partitions) : Status();
  }

  // Syncs directories one by one, except for those on `whole`, if there is one, which are synced
  // together.
  Status SyncAll(const std::set<std::string>& directories, WholeFileSystem* whole) {
    bool at_once = false;
    for (const std::string& directory : directories) {
      const bool on_it = whole != nullptr && whole->Has(directory);
      at_once |= on_it;
      if (!on_it) RETURN_IF_ERROR(SyncIfThere(*plan_.files, directory));
    }
    if (!at_once) return {};
    WEIR_FAULT_POINT("sink.before_directory_sync");
    RETURN_IF_ERROR(whole->Sync());
    WEIR_FAULT_POINT("sink.after_directory_sync");
    return {};
  }

  Status CompletePartitions(std::span<const std::string> committables,
                            const std::set<std::string>& changed) {
    for (const std::string& directory : changed) partitions_.Add(directory);
    // Committables of several checkpoints may come together; the latest of each subtask counts.
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

  // What is replaced goes before the first files in it are visible, those of `changed`: the whole
  // table or, where it has partitions, those that get files.
  Status RemoveReplaced(std::span<const std::string> committables,
                        const std::set<std::string>& changed) {
    if (plan_.ReplacesAll())
      return std::ranges::any_of(committables, IsOverwrite) ? EmptyTable() : Status();
    if (DefectPlanted("partitions-pile-up")) return {};
    Spellings spellings;
    const bool news = std::ranges::any_of(
        changed, [&](const std::string& directory) { return !emptied_.contains(directory); });
    if (news) spellings = TRY(SpellingsOfTable());
    for (const std::string& directory : changed)
      RETURN_IF_ERROR(EmptyDirectory(directory, spellings));
    return {};
  }

  // A partition whose values are spelled otherwise (m=01 for 1) is the same one to a reader. The
  // directory stays, empty, as somebody may just be writing into it.
  Result<Spellings> SpellingsOfTable() const {
    std::vector<Field> keys;
    for (const int column : plan_.partition_columns)
      keys.push_back(plan_.schema.fields[static_cast<size_t>(column)]);
    return OtherSpellings(*plan_.files, plan_.directory, keys, plan_.default_partition);
  }

  Status EmptyTable() {
    if (progress_.emptied) return {};
    RETURN_IF_ERROR(EmptyDirectory(plan_.directory, {}));
    progress_.emptied = true;
    return {};
  }

  // Whether the file was made by this job or by one that it continues, and so must stay when the
  // directory is emptied: the other job may have died between its checkpoint and the commit, and
  // then this start commits its files.
  bool IsOurs(std::string_view name) const {
    if (IsFileOf(name, plan_.job_id)) return true;
    if (DefectPlanted("continued-output-removed")) return false;
    return std::ranges::any_of(origins_,
                               [&](const std::string& job_id) { return IsFileOf(name, job_id); });
  }

  // Removes what existed before this job's first files, exactly once: the marker that is written
  // afterwards records it. After a crash in the middle, the next start removes the rest. Other
  // directories of the same partition are among `spellings`.
  Status EmptyDirectory(const std::string& directory, const Spellings& spellings) {
    if (emptied_.contains(directory)) return {};
    RETURN_IF_ERROR(plan_.files->CreateOutputDirectories(directory));
    const std::string marker = OverwriteMarker(directory, plan_.job_id);
    if (!TRY(Exists(*plan_.files, marker))) {
      FilesToRemove others = plan_.replaced;
      others.spares = [this](std::string_view name) { return IsOurs(name); };
      if (!TRY(WasEmptiedBefore(directory))) {
        const bool whole = directory == plan_.directory;
        RETURN_IF_ERROR(RemoveFilesOfPartitions(*plan_.files, directory,
                                                whole ? plan_.partition_keys.size() : 0, others));
        const auto [first, last] = spellings.equal_range(RelativeToTable(directory));
        for (auto it = first; it != last; ++it) {
          const std::string other = JoinPath(plan_.directory, it->second);
          RETURN_IF_ERROR(RemoveFiles(*plan_.files, other, others));
        }
      }
      WEIR_FAULT_POINT("sink.before_overwrite_marker");
      RETURN_IF_ERROR(WriteFileAtomically(*plan_.files, marker, "v1\n"));
    }
    emptied_.insert(directory);
    return {};
  }

  std::string RelativeToTable(std::string_view directory) const {
    if (directory.starts_with(plan_.directory)) directory.remove_prefix(plan_.directory.size());
    while (directory.starts_with('/')) directory.remove_prefix(1);
    return std::string(directory);
  }

  // Whether a job that this one continues has emptied it, and then filled it again.
  Result<bool> WasEmptiedBefore(const std::string& directory) const {
    for (const std::string& job_id : origins_) {
      if (TRY(Exists(*plan_.files, OverwriteMarker(directory, job_id)))) return true;
    }
    return false;
  }

  const FileSinkPlan& plan_;
  FileSinkProgress& progress_;
  OpenPartitions partitions_;
  uint64_t attempt_ = 0;              // the attempt of this start
  std::vector<std::string> origins_;  // jobs that this one continues
  std::set<std::string> emptied_;     // directories that need no look for their marker
};

}  // namespace

std::unique_ptr<SinkCommitter> MakeFileCommitter(const FileSinkPlan& plan,
                                                 FileSinkProgress& progress) {
  return std::make_unique<FileSinkCommitter>(plan, progress);
}

}  // namespace weir::connectors
