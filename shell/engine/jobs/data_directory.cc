#include "shell/engine/jobs/data_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "runtime/base/check.h"
#include "runtime/fault_point.h"
#include "shell/engine/jobs/stored_path.h"
#include "state/checkpoint/checkpoint_directory.h"
#include "state/checkpoint/savepoints.h"

namespace weir::shell {
namespace {

constexpr std::string_view kRemoved = ".removed";

// A lock on the whole file, as fcntl(2) takes it.
struct flock WholeFile() {
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  return whole;
}

Status InUse(const std::string& path, int lock) {
  struct flock holder = WholeFile();
  const bool known =
      ::fcntl(lock, F_GETLK, &holder) == 0 && holder.l_type != F_UNLCK && holder.l_pid > 0;
  // A process is not told of its own locks.
  return Status::External(fmt::format("the data directory '{}' is in use by process {}", path,
                                      known ? holder.l_pid : ::getpid()))
      .WithId("E4003")
      .WithHint("wait for it to end, or use another directory with --data-dir");
}

std::string NameOf(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

// Calls `change` with every path of a record.
template <typename F>
void VisitPaths(JobRecord& record, const F& change) {
  record.restored_from = change(record.restored_from);
  for (std::string& path : record.checkpoint_directories) path = change(path);
}

}  // namespace

bool DataDirectory::Attached() const {
  const MutexLock held(lock_mutex_);
  return lock_ >= 0;
}

Status DataDirectory::Attach() const {
  if (TRY(TakeLock()) && owned_) owned_();
  return {};
}

Result<bool> DataDirectory::TakeLock() const {
  const MutexLock held(lock_mutex_);
  if (lock_ >= 0) return false;
  RETURN_IF_ERROR(files_.CreateDirectories(JoinPath(path_, "jobs")));
  const std::string lock_path = JoinPath(path_, "LOCK");
  const int lock = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) {
    return Status::External(
        fmt::format("'{}' cannot be opened: {}", lock_path, std::strerror(errno)));
  }
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    Status in_use = InUse(path_, lock);
    ::close(lock);
    return in_use;
  }
  // This lock only tells other processes which one holds the directory. Without it the message of
  // E4003 says less, so a failure does not matter.
  struct flock holder = WholeFile();
  (void)::fcntl(lock, F_SETLK, &holder);
  lock_ = lock;
  return true;
}

DataDirectory::~DataDirectory() {
  const MutexLock held(lock_mutex_);
  if (lock_ >= 0) ::close(lock_);
}

std::string DataDirectory::JobDirectory(const std::string& job_id) const {
  return JoinPath(JoinPath(path_, "jobs"), job_id);
}

std::string DataDirectory::HistoryPath(const std::string& job_id) const {
  return JoinPath(JobDirectory(job_id), "history");
}

std::string DataDirectory::QueriesDirectory() const {
  return JoinPath(path_, "queries");
}

Status DataDirectory::SweepQueries() const {
  const MutexLock lock(queries_mutex_);
  if (!queries_swept_) RETURN_IF_ERROR(files_.RemoveRecursively(QueriesDirectory()));
  queries_swept_ = true;
  return {};
}

Result<std::string> DataDirectory::QueryDirectory(const std::string& query_id) {
  if (!Attached()) return unattached_.Path(query_id);
  RETURN_IF_ERROR(SweepQueries());
  return JoinPath(QueriesDirectory(), query_id);
}

std::string DataDirectory::CheckpointDirectory(const std::string& job_id) const {
  return AbsolutePath(JoinPath(JobDirectory(job_id), "checkpoints"));
}

Result<JobRecord> DataDirectory::Read(const std::string& path) const {
  JobRecord record = TRY(DecodeJobRecord(TRY(ReadFile(files_, path))));
  VisitPaths(record, [&](const std::string& stored) { return ResolvedPath(path_, stored); });
  return record;
}

// A record for a job whose own is damaged or lost: that of its first start, or else what its newest
// checkpoint says. Without a name if there is neither.
JobRecord DataDirectory::Remembered(const std::string& directory) const {
  const Result<JobRecord> about = Read(JoinPath(directory, "about"));
  if (about.ok()) return *about;
  JobRecord record;
  record.id = NameOf(directory);
  const state::CheckpointsFound found =
      state::FindCheckpoints(files_, JoinPath(directory, "checkpoints"));
  for (const CheckpointInfo& checkpoint : found.checkpoints) {
    const Result<CheckpointMetadata> metadata =
        state::ReadSnapshotMetadata(files_, checkpoint.path);
    if (!metadata.ok()) continue;
    record.name = metadata->job_name;
    record.sql = metadata->sql;
    record.definitions = metadata->definitions;
    record.options = metadata->options;
    record.last_checkpoint = checkpoint.checkpoint_id;
  }
  return record;
}

// Nothing for a directory without a trace of a record: its process died before the job was
// recorded.
std::optional<JobRecord> DataDirectory::ReadJob(const std::string& directory) const {
  const std::string path = JoinPath(directory, "job");
  Result<JobRecord> record = Read(path);
  if (record.ok()) return *std::move(record);
  const bool absent = record.status().code() == StatusCode::kNotFound;
  if (DefectPlanted("damaged-record-forgotten")) return std::nullopt;
  JobRecord remembered = Remembered(directory);
  if (absent && remembered.name.empty()) return std::nullopt;
  remembered.damage =
      absent ? fmt::format("job record '{}' is missing", path)
             : fmt::format("job record '{}' is damaged: {}", path, record.status().message());
  return remembered;
}

Result<std::vector<JobRecord>> DataDirectory::Jobs() const {
  std::vector<JobRecord> jobs;
  if (!Attached() && files_.Stat(JoinPath(path_, "jobs")).status().code() == StatusCode::kNotFound)
    return jobs;
  RETURN_IF_ERROR(Attach());
  for (const FileInfo& entry : TRY(files_.List(JoinPath(path_, "jobs")))) {
    if (!entry.is_directory || entry.path.ends_with(kRemoved)) continue;
    std::optional<JobRecord> job = ReadJob(entry.path);
    if (job) jobs.push_back(*std::move(job));
  }
  std::stable_sort(jobs.begin(), jobs.end(), [](const JobRecord& a, const JobRecord& b) {
    return a.started_millis < b.started_millis;
  });
  return jobs;
}

Status DataDirectory::Write(const JobRecord& record) {
  JobRecord stored = record;
  VisitPaths(stored, [&](const std::string& path) { return StoredPath(path_, path); });
  const std::string bytes = EncodeJobRecord(stored);
  const std::string directory = JobDirectory(record.id);
  RETURN_IF_ERROR(WriteFileAtomically(files_, JoinPath(directory, "job"), bytes));
  saved_[record.id] = record;
  const std::string about = JoinPath(directory, "about");
  return files_.Stat(about).ok() ? Status() : WriteFileAtomically(files_, about, bytes);
}

Status DataDirectory::Save(const JobRecord& record) {
  RETURN_IF_ERROR(Attach());
  // Not where the directory is taken: statements that only read change nothing. If it fails, the
  // first query tries again and says so.
  (void)SweepQueries();
  const MutexLock lock(mutex_);
  JobRecord raised = record;
  const auto saved = saved_.find(record.id);
  if (saved != saved_.end()) {
    raised.last_checkpoint = std::max(raised.last_checkpoint, saved->second.last_checkpoint);
    raised.numbers_given = std::max(raised.numbers_given, saved->second.numbers_given);
  }
  RETURN_IF_ERROR(files_.CreateDirectories(JobDirectory(record.id)));
  RETURN_IF_ERROR(Write(raised));
  return files_.SyncDirectory(JoinPath(path_, "jobs"));
}

Status DataDirectory::Note(const std::string& job_id, uint64_t last_checkpoint,
                           uint64_t numbers_given) {
  const MutexLock lock(mutex_);
  const auto saved = saved_.find(job_id);
  WEIR_CHECK(saved != saved_.end());
  JobRecord record = saved->second;
  if (last_checkpoint <= record.last_checkpoint && numbers_given <= record.numbers_given) return {};
  record.last_checkpoint = std::max(record.last_checkpoint, last_checkpoint);
  record.numbers_given = std::max(record.numbers_given, numbers_given);
  return Write(record);
}

Status DataDirectory::Remove(const std::string& job_id) {
  // Under another name first: a part of it must not look like a job that lost its record.
  const std::string jobs = JoinPath(path_, "jobs");
  const std::string directory = JobDirectory(job_id);
  RETURN_IF_ERROR(files_.Rename(directory, fmt::format("{}{}", directory, kRemoved)));
  RETURN_IF_ERROR(files_.SyncDirectory(jobs));
  const MutexLock lock(removing_);
  for (const FileInfo& entry : TRY(files_.List(jobs))) {
    if (entry.path.ends_with(kRemoved)) RETURN_IF_ERROR(files_.RemoveRecursively(entry.path));
  }
  return {};
}

}  // namespace weir::shell
