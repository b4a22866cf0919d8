// The filesystem connector's sink, exactly once: rows go to hidden files in progress; a checkpoint
// closes and syncs them; once it has completed they are renamed to what readers see. Readers of the
// directory never see a partial or later-withdrawn file.
//
// Names: .part-<job><sink>-<attempt>-<subtask>-<n>.inprogress ->
// part-<job><sink>-<attempt>-<subtask>-<n>.<format> Two sinks of a job may write one directory:
// files are named, and what a crash left is removed, sink by sink.
#include <fmt/format.h>

#include <set>

#include "runtime/base/hash.h"
#include "runtime/connectors/connectors.h"
#include "runtime/connectors/file_names.h"
#include "runtime/connectors/formats/format.h"
#include "runtime/fault_point.h"
#include "runtime/types/time_zone.h"

namespace weir::connectors {
namespace {

constexpr size_t kBufferBytes = 1 << 20;

// Committables are text: "v1 file <in progress>\t<final>" or "v1 overwrite <marker>".
constexpr std::string_view kFile = "v1 file ";
constexpr std::string_view kOverwrite = "v1 overwrite ";

struct FileSinkPlan {
  std::string directory;
  std::string job;   // short id in names
  std::string sink;  // of the operator's uid
  bool overwrite = false;
  uint64_t roll_bytes = 0;
  int64_t roll_millis = 0;
  const Format* format = nullptr;
  FormatSpec format_spec;
  FileSystem* files = nullptr;
  Clock* clock = nullptr;

  std::string InProgressPrefix() const { return fmt::format(".part-{}{}-", job, sink); }
  std::string FinalPrefix() const { return fmt::format("part-{}{}-", job, sink); }
  // Whether some sink of this job made the file.
  bool IsOfThisJob(std::string_view name) const {
    return name.starts_with(fmt::format("part-{}", job)) ||
           name.starts_with(fmt::format(".part-{}", job));
  }
  // Present once the directory was emptied for this job.
  std::string Marker() const { return JoinPath(directory, ".weir-overwrite-" + job); }
};

class FileSinkWriter final : public SinkWriter {
 public:
  FileSinkWriter(const FileSinkPlan& plan, std::unique_ptr<Encoder> encoder, uint32_t subtask,
                 uint64_t attempt)
      : plan_(plan), encoder_(std::move(encoder)), subtask_(subtask), attempt_(attempt) {}

  Status Write(const Batch& batch) override {
    if (!file_) RETURN_IF_ERROR(Open());
    RETURN_IF_ERROR(encoder_->Append(batch, buffer_));
    if (buffer_.size() >= kBufferBytes) RETURN_IF_ERROR(Drain());
    const bool large = file_->size() + buffer_.size() >= plan_.roll_bytes;
    const bool old = plan_.clock->Now().millis - opened_millis_ >= plan_.roll_millis;
    return large || old ? CloseFile() : Status();
  }

  Result<std::vector<std::string>> PreCommit(uint64_t) override {
    if (file_) RETURN_IF_ERROR(CloseFile());
    std::vector<std::string> committables = std::move(closed_);
    closed_.clear();
    if (plan_.overwrite && subtask_ == 0) {
      committables.insert(committables.begin(), std::string(kOverwrite) + plan_.Marker());
    }
    if (!committables.empty()) RETURN_IF_ERROR(plan_.files->SyncDirectory(plan_.directory));
    return committables;
  }

 private:
  Status Open() {
    RETURN_IF_ERROR(plan_.files->CreateDirectories(plan_.directory));
    const std::string name = fmt::format("{}-{}-{}", attempt_, subtask_, next_file_++);
    in_progress_ = JoinPath(plan_.directory, plan_.InProgressPrefix() + name + ".inprogress");
    final_ = JoinPath(plan_.directory, fmt::format("{}{}.{}", plan_.FinalPrefix(), name,
                                                   plan_.format->descriptor->name));
    file_ = TRY(plan_.files->Create(in_progress_));
    WEIR_FAULT_POINT("sink.after_create");
    opened_millis_ = plan_.clock->Now().millis;
    encoder_->AppendPrologue(buffer_);
    return {};
  }

  Status Drain() {
    WEIR_FAULT_POINT("sink.before_write");
    RETURN_IF_ERROR(file_->Append(buffer_));
    buffer_.clear();
    return {};
  }

  // After a failed sync the file is given up with the whole attempt: it is never synced again.
  Status CloseFile() {
    RETURN_IF_ERROR(Drain());
    WEIR_FAULT_POINT("sink.before_sync");
    if (!DefectPlanted("missing-fsync")) RETURN_IF_ERROR(file_->Sync());
    WEIR_FAULT_POINT("sink.after_sync");
    RETURN_IF_ERROR(file_->Close());
    file_.reset();
    closed_.push_back(fmt::format("{}{}\t{}", kFile, in_progress_, final_));
    return {};
  }

  const FileSinkPlan& plan_;
  std::unique_ptr<Encoder> encoder_;
  uint32_t subtask_;
  uint64_t attempt_;
  uint64_t next_file_ = 0;
  std::unique_ptr<WritableFile> file_;
  std::string in_progress_;
  std::string final_;
  std::string buffer_;
  int64_t opened_millis_ = 0;
  std::vector<std::string> closed_;
};

class FileSinkCommitter final : public SinkCommitter {
 public:
  explicit FileSinkCommitter(const FileSinkPlan& plan) : plan_(plan) {}

  Status Commit(std::span<const std::string> committables) override {
    std::set<std::string> changed;  // a restored job may write elsewhere than its savepoint says
    for (const std::string& committable : committables) {
      if (!committable.starts_with(kOverwrite)) continue;
      RETURN_IF_ERROR(EmptyDirectory(committable.substr(kOverwrite.size())));
    }
    for (const std::string& committable : committables) {
      if (committable.starts_with(kOverwrite)) continue;
      RETURN_IF_ERROR(CommitFile(committable));
      changed.insert(DirectoryOf(committable.substr(committable.find('\t') + 1)));
    }
    for (const std::string& directory : changed) {
      WEIR_FAULT_POINT("sink.before_directory_sync");
      RETURN_IF_ERROR(plan_.files->SyncDirectory(directory));
      WEIR_FAULT_POINT("sink.after_directory_sync");
    }
    return {};
  }

  Status Recover() override {
    if (!plan_.files->Stat(plan_.directory).ok()) return {};
    for (const FileInfo& entry : TRY(plan_.files->List(plan_.directory))) {
      const std::string name = entry.path.substr(entry.path.rfind('/') + 1);
      if (!name.starts_with(plan_.InProgressPrefix())) continue;
      WEIR_FAULT_POINT("recovery.before_remove_in_progress");
      RETURN_IF_ERROR(plan_.files->Remove(entry.path));
    }
    return {};
  }

 private:
  // Renames unless that was done already.
  Status CommitFile(const std::string& committable) {
    const size_t tab = committable.find('\t');
    if (!committable.starts_with(kFile) || tab == std::string::npos) {
      return Status::Corruption("a file sink cannot commit '" + committable + "'");
    }
    const std::string from = committable.substr(kFile.size(), tab - kFile.size());
    const std::string to = committable.substr(tab + 1);
    if (!plan_.files->Stat(from).ok() && plan_.files->Stat(to).ok()) return {};
    WEIR_FAULT_POINT("sink.before_rename");
    RETURN_IF_ERROR(plan_.files->Rename(from, to));
    WEIR_FAULT_POINT("sink.after_rename");
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
};

class FileSink final : public Sink {
 public:
  explicit FileSink(FileSinkPlan plan) : plan_(std::move(plan)) {}

  Result<std::unique_ptr<SinkWriter>> OpenWriter(uint32_t subtask, uint64_t attempt) override {
    std::unique_ptr<Encoder> encoder = TRY(plan_.format->make_encoder(plan_.format_spec));
    return std::unique_ptr<SinkWriter>(
        std::make_unique<FileSinkWriter>(plan_, std::move(encoder), subtask, attempt));
  }
  Result<std::unique_ptr<SinkCommitter>> OpenCommitter() override {
    return std::unique_ptr<SinkCommitter>(std::make_unique<FileSinkCommitter>(plan_));
  }

 private:
  FileSinkPlan plan_;
};

}  // namespace

Result<std::unique_ptr<Sink>> MakeFileSink(const graph::SinkSpec& spec,
                                           const ConnectorContext& context) {
  FileSinkPlan plan;
  plan.directory = TRY(LocalPath(graph::OptionValue(spec.options, "path")));
  while (plan.directory.size() > 1 && plan.directory.ends_with('/')) plan.directory.pop_back();
  if (IsGlob(plan.directory)) {
    return Status::InvalidSql(
               fmt::format("table {} has a pattern as its path and cannot be written", spec.table))
        .WithId("E2008");
  }
  plan.job = context.job_id.substr(0, 8);
  if (!spec.uid.empty())
    plan.sink = fmt::format("{:08x}", Hash64(spec.uid.data(), spec.uid.size()) & 0xffffffff);
  plan.overwrite = spec.overwrite;
  plan.roll_bytes = TRY(graph::ParseMemorySize(
      graph::OptionValue(spec.options, "sink.rolling-policy.file-size", "128 mb")));
  plan.roll_millis = TRY(graph::ParseDurationNanos(graph::OptionValue(
                         spec.options, "sink.rolling-policy.rollover-interval", "30 min"))) /
                     1'000'000;
  plan.format = FindFormat(graph::OptionValue(spec.options, "format"));
  WEIR_CHECK(plan.format != nullptr);
  if (plan.format->make_encoder == nullptr) {
    return Status::Unsupported(
        fmt::format("the format '{}' cannot write", plan.format->descriptor->name));
  }
  plan.format_spec = {spec.options, spec.schema, {}, TimeZone(), false};
  if (context.evaluation != nullptr) {
    plan.format_spec.zone = TRY(TimeZone::Find(context.evaluation->time_zone));
  }
  plan.files = context.files;
  plan.clock = context.clock;
  return std::unique_ptr<Sink>(std::make_unique<FileSink>(std::move(plan)));
}

}  // namespace weir::connectors
