// The filesystem connector's source: every file is a partition. It is bounded, or unbounded with
// 'source.monitor-interval'. A new file is then read once as a whole, whatever its modification
// time, or, with 'source.follow', as it grows. With 'source.time-domain' = 'table' all files are
// one partition, in the order of modification time and name. Files of a format of changes are read
// one behind the other in any case, in the order in which they were written, as a row is taken back
// behind the one that gave it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <span>
#include <tuple>
#include <unordered_map>

#include "runtime/base/local_path.h"
#include "runtime/base/plain_path.h"
#include "runtime/connectors/connectors.h"
#include "runtime/connectors/filesystem/file_names.h"
#include "runtime/connectors/filesystem/file_split_reader.h"
#include "runtime/connectors/filesystem/partition_path.h"
#include "runtime/expr/functions/java_regex.h"
#include "runtime/fault_point.h"
#include "runtime/graph/typed_options.h"
#include "runtime/mutex.h"

namespace weir::connectors {
namespace {

constexpr std::string_view kTableSplit = "table";

// How a table over files is read.
struct FileSourceOptions {
  std::string path;
  uint32_t threads = 1;        // that may decode at the same time, over all files
  int64_t monitor_millis = 0;  // 0: bounded
  int64_t settle_millis = 0;
  bool follow = false;
  bool table_domain = false;
  bool changes = false;      // of which a file may take back rows of another
  expr::WholeMatch matches;  // null: every file below the path is read
};

class FileSource final : public Source {
 public:
  FileSource(FileScan scan, FileSourceOptions options, const ConnectorContext& context)
      : scan_(std::move(scan)),
        options_(std::move(options)),
        notices_(context.notices),
        taken_(*scan_.files, ClockOf(context), options_.follow),
        watching_{&taken_, &ClockOf(context), options_.settle_millis,
                  [this](const Split& split, const FilePosition& position) {
                    return FindFollowed(split.id, position);
                  }} {}

  bool bounded() const override { return options_.monitor_millis == 0; }
  int64_t discovery_interval_millis() const override { return options_.monitor_millis; }
  // A followed file has no end behind which the next could begin.
  bool in_order() const override {
    return options_.changes && !options_.follow && !DefectPlanted("change-files-in-any-order");
  }
  bool keeps_read_splits() const override { return !options_.table_domain; }
  Status Remember(const Split& split) override { return taken_.Remember(split); }
  SourceFigures figures() const override { return taken_.figures(); }

  Result<std::vector<Split>> Discover() override {
    if (!bounded()) return Watch();
    std::vector<FileInfo> found = TRY(Find(nullptr));
    if (found.empty() && !TRY(IsEmptyTable())) {
      return Status::NotFound(fmt::format("no file is found at '{}', which table {} reads",
                                          options_.path, scan_.spec.table))
          .WithId("E4002")
          .WithHint("relative paths begin at the working directory");
    }
    if (options_.table_domain) return std::vector<Split>{{std::string(kTableSplit), "", false}};
    Order(found);
    CountLarge(found);
    std::vector<Split> splits;
    for (const FileInfo& file : found) {
      taken_.Take(file).ok();  // only counts it: a bounded table has no second search
      NoteListed(file);
      splits.push_back({file.path, "", false});
    }
    return splits;
  }

  Result<std::unique_ptr<SplitReader>> Open(const Split& split) override {
    FilePosition position = TRY(FilePosition::Parse(split.position));
    if (split.id == kTableSplit && options_.table_domain) return OpenTable(std::move(position));
    if (options_.follow) return FollowFile(scan_, watching_, split, std::move(position));
    const std::string path = position.file.empty() ? split.id : position.file;
    Result<FileInfo> file = Listed(path);
    const bool begun = position.known || position.offset > 0;
    if (!bounded() && !begun && file.status().code() == StatusCode::kNotFound) {
      file = FileInfo{.path = path};  // its reader reports that it is missing
    }
    if (!file.ok()) return std::move(file).status();
    if (!bounded()) {
      return ReadSettledFile(scan_, watching_, {split, std::move(*file), std::move(position)},
                             Threads());
    }
    taken_.Begun(split.id);
    return ReadFiles(scan_, {std::move(*file)}, std::move(position), Threads());
  }

 private:
  static const Clock& ClockOf(const ConnectorContext& context) {
    return context.clock != nullptr ? *context.clock : Clock::System();
  }
  // What a list has said of an object need not be asked for again: it is read as what it was, or
  // not at all.
  void NoteListed(const FileInfo& file) {
    if (file.version.empty()) return;
    const MutexLock lock(mutex_);
    listed_[file.path] = file;
  }
  Result<FileInfo> Listed(const std::string& path) {
    {
      const MutexLock lock(mutex_);
      if (auto listed = listed_.extract(path); !listed.empty()) return std::move(listed.mapped());
    }
    return scan_.files->Stat(path);
  }
  // Threads for each file. Files are read side by side, because handing blocks from one thread to
  // another costs more than it gains if every core has a file of its own.
  uint32_t Threads() const {
    return std::max(1U, options_.threads / std::max(1U, large_files_.load()));
  }
  void CountLarge(const std::vector<FileInfo>& files) {
    large_files_ =
        in_order() ? 1
                   : static_cast<uint32_t>(std::ranges::count_if(
                         files, [](const FileInfo& file) { return file.bytes >= kParallelBytes; }));
  }
  // As they were written, where that matters: of equal times shorter names come first, because the
  // files of one writer have numbers at the end.
  void Order(std::vector<FileInfo>& files) const {
    if (!in_order()) return;
    std::ranges::sort(files, {}, [](const FileInfo& file) {
      return std::tuple(file.modified_nanos, file.path.size(), std::string_view(file.path));
    });
  }
  // The files of the table: those below its path that the pattern matches, if there is one, and
  // that lie in a partition's directory, if the table is partitioned.
  Result<std::vector<FileInfo>> Find(SkippedFiles* skipped) const {
    std::vector<FileInfo> found =
        TRY(FindFilesOfTable(*scan_.files, options_.path, options_.matches, skipped));
    if (scan_.spec.partition_keys.empty()) return found;
    std::erase_if(found, [&](const FileInfo& file) {
      return !PartitionValuesOf(file.path, options_.path, scan_.spec.partition_keys);
    });
    return found;
  }

  // Adds splits for new files. Returns the modification time of the newest of them, or `newest`.
  Result<int64_t> TakeNew(const std::vector<FileInfo>& found, int64_t newest,
                          std::vector<Split>& splits) {
    for (const FileInfo& file : found) {
      std::optional<Split> split = TRY(taken_.Take(file));
      if (!split) continue;
      NoteListed(file);
      splits.push_back(std::move(*split));
      newest = std::max(newest, file.modified_nanos);
    }
    return newest;
  }

  // Whether a table without files is one without rows, and not one whose path is misspelt: its
  // directory is there, or its pattern matches none of the files that are.
  Result<bool> IsEmptyTable() const {
    const Result<FileInfo> there = scan_.files->Stat(options_.path);
    if (there.ok() && there->is_directory) return true;
    return options_.matches && !TRY(FindFiles(*scan_.files, options_.path)).empty();
  }

  // Finds new files of a monitored table. Listing a directory is not atomic: a file may be listed
  // while an older one is not, whose rows would then be late. So when something new was found, the
  // directory is listed again for files that are not newer.
  Result<std::vector<Split>> Watch() {
    SkippedFiles skipped;
    std::vector<FileInfo> found = TRY(Find(&skipped));
    LeaveOut(found, skipped);
    taken_.AdoptCopies(found);
    Order(found);
    std::vector<Split> splits;
    const int64_t newest = TRY(TakeNew(found, std::numeric_limits<int64_t>::min(), splits));
    if (!splits.empty()) {
      SkippedFiles again;
      std::vector<FileInfo> older = TRY(Find(&again));
      std::erase_if(older, [&](const FileInfo& file) { return file.modified_nanos > newest; });
      LeaveOut(older, again);
      Order(older);
      RETURN_IF_ERROR(TakeNew(older, newest, splits).status());
    }
    CountLarge(found);
    NoteSkipped(std::move(skipped));
    return splits;
  }

  // Leaves out files that may not be read. Where files are followed, it also leaves out compressed
  // ones: they do not grow, and are usually copies of a log that was read before it was rotated.
  void LeaveOut(std::vector<FileInfo>& found, SkippedFiles& skipped) const {
    std::erase_if(found, [&](const FileInfo& file) {
      if (options_.follow && file.path.ends_with(".gz")) {
        skipped.emplace(file.path, "compressed files are not followed");
        return true;
      }
      if (taken_.Knows(file.path) || !file.version.empty()) return false;
      const Status opened = scan_.files->Open(file.path).status();
      if (!opened.ok() && opened.code() != StatusCode::kNotFound) {
        skipped.emplace(file.path, opened.message());
      }
      return !opened.ok();
    });
  }

  void NoteSkipped(SkippedFiles skipped) {
    constexpr size_t kMostNamed = 3;
    std::vector<std::string> fresh;
    for (const auto& [path, reason] : skipped) {
      if (!skipped_.contains(path)) fresh.push_back(fmt::format("{}: {}", path, reason));
    }
    if (notices_ != nullptr) {
      const size_t named = std::min(fresh.size(), kMostNamed);
      const std::span<const std::string> first(fresh.data(), named);
      notices_->Report(
          NoticeKind::kSkippedFile, fresh.size(),
          fmt::format(
              "table {}: {}{}", scan_.spec.table, fmt::join(first, "; "),
              named < fresh.size() ? fmt::format("; and {} more", fresh.size() - named) : ""));
    }
    skipped_ = skipped;
    taken_.SetSkipped(std::move(skipped));
  }

  // Finds a followed file or its copy: at its path, or wherever in the folder it was moved, which
  // may have been before it was ever opened.
  Result<FileInfo> FindFollowed(const std::string& id, const FilePosition& position) {
    Result<FileInfo> there = scan_.files->Stat(position.file.empty() ? id : position.file);
    const uint64_t known = taken_.InodeOf(id, there.ok() ? there->inode : 0);
    const uint64_t inode = known != 0 ? known : position.identity.inode;
    if (there.ok() && there->inode == inode) return there;
    if (!position.known && DefectPlanted("rotated-unopened")) return there;
    const auto holds = [&](const FileInfo& file) {
      return !position.known || CheckIdentity(*scan_.files, file, position.identity, true).ok();
    };
    SkippedFiles skipped;
    std::optional<FileInfo> changed;
    for (FileInfo& file : TRY(Find(&skipped))) {
      // Inode numbers are reused: a new file may have it while the file that was read survives as a
      // copy.
      if (file.inode != inode) continue;
      if (holds(file)) return std::move(file);
      const int64_t born = position.identity.born_nanos;
      if (born != 0 && born == file.born_nanos) changed = std::move(file);
    }
    // Nothing says that a file is a copy of one of which nothing was read.
    if (position.offset == 0 && !DefectPlanted("empty-files-go-on")) {
      return Status::NotFound(fmt::format("{} is gone", id));
    }
    // If the path has a copy or a new file, the error must name the one that was changed.
    const bool copied = there.ok() && holds(*there);
    if (!changed || copied || DefectPlanted("cut-file-misnamed")) return there;
    return std::move(*changed);
  }

  Result<std::unique_ptr<SplitReader>> OpenTable(FilePosition position) {
    std::vector<FileInfo> files = TRY(Find(nullptr));
    std::stable_sort(files.begin(), files.end(), [](const FileInfo& a, const FileInfo& b) {
      return a.modified_nanos < b.modified_nanos;
    });
    const std::string directory = WorkingDirectory();
    for (const FileInfo& file : files) {  // the table's path may now be written differently
      const bool same = PlainPath(file.path, directory) == PlainPath(position.file, directory);
      if (same && !position.file.empty()) position.file = file.path;
    }
    RETURN_IF_ERROR(CheckPresent(files, position.file));
    return ReadFiles(scan_, std::move(files), std::move(position), Threads());
  }

  // Files are read in order, so without the one at which reading stopped it is unknown which others
  // were read.
  Status CheckPresent(const std::vector<FileInfo>& files, const std::string& path) const {
    const auto same = [&](const FileInfo& file) { return file.path == path; };
    if (path.empty() || std::any_of(files.begin(), files.end(), same)) return {};
    return Status::NotFound(fmt::format("the file at which reading of table {} stopped is gone: {}",
                                        scan_.spec.table, path))
        .WithId("E4002")
        .WithHint("put it back, or start the job anew: DROP JOB, then run it again");
  }

  FileScan scan_;
  const FileSourceOptions options_;
  Notices* const notices_;
  TakenFiles taken_;
  const Watching watching_;
  SkippedFiles skipped_;                  // of the last search; used by the discovery thread only
  std::atomic<uint32_t> large_files_{1};  // set by Discover, read where splits are opened
  Mutex mutex_;
  // Objects that were found and not opened yet.
  std::unordered_map<std::string, FileInfo> listed_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace

Result<std::unique_ptr<Source>> MakeFileSource(const graph::ScanSpec& spec,
                                               const ConnectorContext& context) {
  FileScan scan;
  scan.spec = spec;
  scan.columns = SplitScanColumns(spec, spec.partition_keys);
  scan.format = FindFormat(graph::OptionValue(spec.options, "format"));
  WEIR_CHECK(scan.format != nullptr);
  scan.files = context.files;
  if (context.evaluation != nullptr) scan.zone = TRY(TimeZone::Find(context.evaluation->time_zone));
  RETURN_IF_ERROR(scan.CheckFormat());
  const graph::TypedOptions said(*FilesystemConnector().descriptor, spec.options);
  FileSourceOptions options;
  options.path = TRY(FilePath(said.Text("path")));
  while (options.path.size() > 1 && options.path.ends_with('/')) options.path.pop_back();
  if (!spec.partition_keys.empty() && IsGlob(options.path)) {
    return Status::InvalidSql(
               fmt::format("table {} has partitions, and a pattern as its path", spec.table))
        .WithId("E2008");
  }
  scan.root = options.path;
  scan.default_partition = said.Text("partition.default-name");
  options.threads = context.parallelism;
  options.monitor_millis =
      said.Has("source.monitor-interval") ? TRY(said.Millis("source.monitor-interval")) : 0;
  options.settle_millis = TRY(said.Millis("source.settle-interval"));
  options.follow = said.Flag("source.follow");
  if (said.Has(kRegexPattern))
    options.matches = TRY(expr::CompileWholeMatch(said.Text(kRegexPattern)));
  if (options.follow && IsObjectPath(options.path))
    return Status::Unsupported(fmt::format(
        "'source.follow' is not supported in an object store, whose objects do not grow: '{}'",
        options.path));
  options.table_domain = said.Is("source.time-domain", "table");
  options.changes = !scan.format->descriptor->gives.append_only();
  return std::unique_ptr<Source>(
      std::make_unique<FileSource>(std::move(scan), std::move(options), context));
}

}  // namespace weir::connectors
