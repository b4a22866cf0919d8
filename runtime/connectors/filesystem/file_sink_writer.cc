// Writers of the filesystem sink, with one file in progress per partition. Buffers and open files
// are bounded, however many partitions there are. Files that a barrier closes are synced outside of
// the task's thread.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "runtime/connectors/filesystem/file_sink.h"
#include "runtime/connectors/filesystem/found_links.h"
#include "runtime/connectors/filesystem/partition_path.h"
#include "runtime/fault_point.h"

namespace weir::connectors {
namespace {

constexpr size_t kBufferBytes = 1 << 20;           // for all files in progress together
constexpr size_t kSmallestBufferBytes = 32 << 10;  // for one file
constexpr uint64_t kKeptBytes = 256 << 20;         // of rows that encoders keep, over all files
constexpr size_t kMostOpenFiles = 128;             // in progress, one for each partition
constexpr size_t kMostUnsyncedFiles = 128;         // kept open in order to be synced one by one

// A file that gets no more rows.
struct ClosedFile {
  std::string directory;
  std::string committable;  // committing it makes the file visible
  std::unique_ptr<WritableFile> file;

  // After a failed sync the whole attempt is given up, and the file is never synced again: the
  // kernel may report success for pages that it has dropped.
  Status Sync() const {
    WEIR_FAULT_POINT("sink.before_sync");
    if (!DefectPlanted("missing-fsync")) RETURN_IF_ERROR(file->Sync());
    WEIR_FAULT_POINT("sink.after_sync");
    return file->Close();
  }
};

// A file in progress.
class PartFile {
 public:
  PartFile(const FileSinkPlan& plan, std::string directory, std::string name)
      : plan_(plan), promised_{0, std::move(directory), std::move(name)} {}

  Status Open() {
    encoder_ = TRY(plan_.format->make_encoder(plan_.format_spec));
    file_ = TRY(plan_.files->CreateOutput(promised_.InProgress(plan_.directory)));
    WEIR_FAULT_POINT("sink.after_create");
    opened_millis_ = plan_.clock->Now().millis;
    encoder_->AppendPrologue(buffer_);
    return {};
  }

  // `open`: how many files share the memory.
  Status Append(const Batch& batch, size_t open) {
    encoder_->KeepAtMost(kKeptBytes / open);
    RETURN_IF_ERROR(encoder_->Append(batch, buffer_));
    promised_.rows += batch.size();
    written_millis_ = plan_.clock->Now().millis;
    const size_t buffer_bytes = std::max(kSmallestBufferBytes, kBufferBytes / open);
    return buffer_.size() >= buffer_bytes ? Drain() : Status();
  }

  // Rows that the encoder keeps do not count, as with Flink's bulk writers: how many bytes they are
  // is known once they are written.
  bool IsLarge() const { return file_->size() + buffer_.size() >= plan_.roll_bytes; }
  bool IsOld(int64_t now) const {
    return now - opened_millis_ >= plan_.roll_millis ||
           now - written_millis_ >= plan_.inactive_millis;
  }
  int64_t written_millis() const { return written_millis_; }

  // Closes the file, which is not durable yet. The object must not be used afterwards.
  Result<ClosedFile> Close() {
    RETURN_IF_ERROR(encoder_->Finish(buffer_));
    RETURN_IF_ERROR(Drain());
    return ClosedFile{DirectoryOf(promised_.Final(plan_.directory)), promised_.Text(),
                      std::move(file_)};
  }

 private:
  Status Drain() {
    WEIR_FAULT_POINT("sink.before_write");
    const Status written = file_->Append(buffer_);
    buffer_.clear();
    return DefectPlanted("write-error-swallowed") ? Status() : written;
  }

  const FileSinkPlan& plan_;
  PromisedFile promised_;
  std::unique_ptr<Encoder> encoder_;
  std::unique_ptr<WritableFile> file_;
  std::string buffer_;
  int64_t opened_millis_ = 0;
  int64_t written_millis_ = 0;
};

// Makes the files of an epoch durable, and their directories: one by one, or with one sync of the
// file system if there are too many.
class EpochSync {
 public:
  EpochSync(FileSystem& files, std::vector<ClosedFile> closed, std::set<std::string> directories,
            std::shared_ptr<WholeFileSystem> whole)
      : files_(files),
        closed_(std::move(closed)),
        directories_(std::move(directories)),
        whole_(std::move(whole)) {}

  Status Run() const {
    for (const ClosedFile& closed : closed_) RETURN_IF_ERROR(closed.Sync());
    if (DefectPlanted("sink-directory-not-synced")) return {};
    for (const std::string& directory : directories_) {
      if (whole_ == nullptr || !whole_->Has(directory))
        RETURN_IF_ERROR(files_.SyncDirectory(directory));
    }
    if (whole_ == nullptr || DefectPlanted("many-files-not-synced")) return {};
    WEIR_FAULT_POINT("sink.before_sync");
    RETURN_IF_ERROR(whole_->Sync());
    WEIR_FAULT_POINT("sink.after_sync");
    return {};
  }

 private:
  FileSystem& files_;
  const std::vector<ClosedFile> closed_;
  const std::set<std::string> directories_;
  const std::shared_ptr<WholeFileSystem> whole_;  // null: there is nothing that only it can sync
};

class FileSinkWriter final : public SinkWriter {
 public:
  FileSinkWriter(const FileSinkPlan& plan, FileSinkProgress& progress, uint32_t subtask,
                 uint64_t attempt)
      : plan_(plan),
        progress_(progress),
        rows_(plan.schema, plan.partition_columns, plan.default_partition),
        subtask_(subtask),
        attempt_(attempt),
        next_file_(subtask == 0 ? progress.adopted.load() : 0),
        checked_millis_(plan.clock->Now().millis) {}

  Status Write(const Batch& batch) override {
    if (plan_.partition_columns.empty()) {
      RETURN_IF_ERROR(WriteInto("", batch));
    } else {
      RETURN_IF_ERROR(WritePartitions(batch));
    }
    const int64_t now = plan_.clock->Now().millis;
    if (now - checked_millis_ < plan_.check_millis) return {};
    checked_millis_ = now;
    return CloseWhere([now](const PartFile& file) { return file.IsOld(now); });
  }

  Status OnWatermark(Timestamp watermark) override {
    watermark_ = std::max(watermark_, watermark);
    return {};
  }

  Status Finish() override {
    watermark_ = Timestamp::Max();
    return {};
  }

  Result<PreCommitted> PreCommit(uint64_t) override {
    RETURN_IF_ERROR(CloseWhere([](const PartFile&) { return true; }));
    PreCommitted handed;
    handed.committables = std::exchange(committables_, {});
    if (plan_.ReplacesAll() && subtask_ == 0 && !progress_.emptied) {
      handed.committables.insert(handed.committables.begin(), std::string(kCommitOverwrite));
    }
    if (plan_.commit.success_file) {
      handed.committables.push_back(
          fmt::format("{}{} {}", kCommitWatermark, subtask_, watermark_.millis));
    }
    if (directories_.empty()) return handed;
    const bool many = std::exchange(many_, false);
    const auto sync =
        std::make_shared<const EpochSync>(*plan_.files, std::exchange(unsynced_, {}),
                                          std::exchange(directories_, {}), many ? whole_ : nullptr);
    handed.sync = [sync] { return sync->Run(); };
    return handed;
  }

 private:
  Status WritePartitions(const Batch& batch) {
    for (const PartitionRows::Group& group : rows_.Divide(batch)) {
      Batch part = batch;
      part.columns.clear();
      for (const int column : plan_.data_columns) {
        part.columns.push_back(batch.columns[static_cast<size_t>(column)]);
      }
      const auto count = static_cast<uint32_t>(group.rows.size());
      const BufferPtr ids = MakeBuffer<uint32_t>(count);
      std::copy(group.rows.begin(), group.rows.end(), ids->as<uint32_t>());
      part.selection = Selection(ids, count);
      RETURN_IF_ERROR(WriteInto(group.directory, part));
    }
    return {};
  }

  Status WriteInto(const std::string& directory, const Batch& batch) {
    PartFile* file = TRY(FileIn(directory));
    RETURN_IF_ERROR(file->Append(batch, std::max(open_.size(), size_t{1})));
    const int64_t now = plan_.clock->Now().millis;
    if (!file->IsLarge() && !file->IsOld(now)) return {};
    RETURN_IF_ERROR(Close(*file));
    open_.erase(directory);
    return {};
  }

  Result<PartFile*> FileIn(const std::string& directory) {
    const auto known = open_.find(directory);
    if (known != open_.end()) return known->second.get();
    if (open_.size() >= kMostOpenFiles) RETURN_IF_ERROR(CloseStalest());
    RETURN_IF_ERROR(MakeDirectory(directory));
    auto file = std::make_unique<PartFile>(
        plan_, directory,
        fmt::format("{}{}-{}-{}.{}", plan_.FinalPrefix(), attempt_, subtask_, next_file_++,
                    plan_.format->descriptor->name));
    RETURN_IF_ERROR(file->Open());
    return open_.emplace(directory, std::move(file)).first->second.get();
  }

  // Creates the table's directory and a partition's directory below it, which become durable with
  // the epoch.
  Status MakeDirectory(const std::string& directory) {
    if (directories_.insert(plan_.directory).second) {
      RETURN_IF_ERROR(plan_.files->CreateOutputDirectories(plan_.directory));
      // Opened before the files are created, since it reports failed writes only from then on.
      if (whole_ == nullptr) whole_ = TRY(plan_.files->Whole(plan_.directory));
    }
    for (size_t end = 0; end < directory.size(); ++end) {
      end = std::min(directory.find('/', end), directory.size());
      std::string path = JoinPath(plan_.directory, directory.substr(0, end));
      if (!directories_.insert(path).second) continue;
      Status made = plan_.files->CreateOutputDirectory(path);
      // Consumers remove directories too, even the table's, so its parents may have to be created
      // again.
      if (made.code() == StatusCode::kNotFound) made = plan_.files->CreateOutputDirectories(path);
      RETURN_IF_ERROR(std::move(made));
      RETURN_IF_ERROR(CheckLink(path, plan_.directory));
    }
    return {};
  }

  // The file is synced behind the next barrier: by itself, or together with all others if keeping
  // it open would use up the descriptors.
  Status Close(PartFile& file) {
    ClosedFile closed = TRY(file.Close());
    committables_.push_back(std::move(closed.committable));
    if (unsynced_.size() < kMostUnsyncedFiles) {
      unsynced_.push_back(std::move(closed));
      return {};
    }
    if (whole_ == nullptr || !whole_->Has(closed.directory)) return closed.Sync();
    many_ = true;
    return closed.file->Close();
  }

  Status CloseStalest() {
    const auto stalest = std::min_element(open_.begin(), open_.end(), [](auto& a, auto& b) {
      return a.second->written_millis() < b.second->written_millis();
    });
    RETURN_IF_ERROR(Close(*stalest->second));
    open_.erase(stalest);
    return {};
  }

  template <typename Condition>
  Status CloseWhere(Condition condition) {
    for (auto entry = open_.begin(); entry != open_.end();) {
      if (!condition(*entry->second)) {
        ++entry;
        continue;
      }
      RETURN_IF_ERROR(Close(*entry->second));
      entry = open_.erase(entry);
    }
    return {};
  }

  const FileSinkPlan& plan_;
  FileSinkProgress& progress_;
  PartitionRows rows_;
  const uint32_t subtask_;
  const uint64_t attempt_;
  uint64_t next_file_;
  std::map<std::string, std::unique_ptr<PartFile>> open_;  // by directory below the table's
  // Since the last barrier.
  std::set<std::string> directories_;  // with new files
  std::vector<std::string> committables_;
  std::vector<ClosedFile> unsynced_;
  bool many_ = false;                       // some files were closed that only whole_ can sync
  std::shared_ptr<WholeFileSystem> whole_;  // null: the system has none, or no file was created yet
  Timestamp watermark_ = Timestamp::Min();
  int64_t checked_millis_;
};

}  // namespace

Result<std::unique_ptr<SinkWriter>> MakeFileWriter(const FileSinkPlan& plan,
                                                   FileSinkProgress& progress, uint32_t subtask,
                                                   uint64_t attempt) {
  return std::unique_ptr<SinkWriter>(
      std::make_unique<FileSinkWriter>(plan, progress, subtask, attempt));
}

}  // namespace weir::connectors
