#include "shell/data_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace weir::shell {
namespace {

Status InUse(const std::string& path, int lock) {
  char holder[256] = {};
  const ssize_t read = ::pread(lock, holder, sizeof(holder) - 1, 0);
  std::string who(holder, read > 0 ? static_cast<size_t>(read) : 0);
  while (!who.empty() && who.back() == '\n') who.pop_back();
  return Status::External(fmt::format("the data directory '{}' is in use by {}", path,
                                      who.empty() ? "another process" : who))
      .WithId("E4003")
      .WithHint("wait for it to end, or use another directory with --data-dir");
}

}  // namespace

Result<std::unique_ptr<DataDirectory>> DataDirectory::Open(FileSystem& files,
                                                           const std::string& path) {
  RETURN_IF_ERROR(files.CreateDirectories(JoinPath(path, "jobs")));
  const std::string lock_path = JoinPath(path, "LOCK");
  const int lock = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock < 0) {
    return Status::External(
        fmt::format("'{}' cannot be opened: {}", lock_path, std::strerror(errno)));
  }
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    Status in_use = InUse(path, lock);
    ::close(lock);
    return in_use;
  }
  const std::string holder = fmt::format("process {}\n", ::getpid());
  const bool noted = ::ftruncate(lock, 0) == 0 && ::pwrite(lock, holder.data(), holder.size(), 0) ==
                                                      static_cast<ssize_t>(holder.size());
  if (!noted) {
    ::close(lock);
    return Status::External(
        fmt::format("'{}' cannot be written: {}", lock_path, std::strerror(errno)));
  }
  // It owns the lock from here on, whatever fails.
  std::unique_ptr<DataDirectory> directory(new DataDirectory(files, path, lock));
  RETURN_IF_ERROR(files.RemoveRecursively(JoinPath(path, "queries")));
  return directory;
}

DataDirectory::~DataDirectory() {
  ::close(lock_);
}

std::string DataDirectory::JobDirectory(const std::string& job_id) const {
  return JoinPath(JoinPath(path_, "jobs"), job_id);
}

std::string DataDirectory::QueryDirectory(const std::string& query_id) const {
  return JoinPath(JoinPath(path_, "queries"), query_id);
}

std::string DataDirectory::CheckpointDirectory(const std::string& job_id) const {
  return JoinPath(JobDirectory(job_id), "checkpoints");
}

Result<std::vector<JobRecord>> DataDirectory::Jobs() const {
  std::vector<JobRecord> jobs;
  for (const FileInfo& entry : TRY(files_.List(JoinPath(path_, "jobs")))) {
    const std::string path = JoinPath(entry.path, "job");
    const Result<std::string> bytes = ReadFile(files_, path);
    // A directory without a record: its process died before the job was recorded.
    if (!bytes.ok() && bytes.status().code() == StatusCode::kNotFound) continue;
    if (!bytes.ok()) return bytes.status();
    Result<JobRecord> record = DecodeJobRecord(*bytes);
    if (!record.ok()) {
      return std::move(record).status().WithContext(
          fmt::format("job record '{}' is damaged", path));
    }
    jobs.push_back(std::move(record).value());
  }
  std::stable_sort(jobs.begin(), jobs.end(), [](const JobRecord& a, const JobRecord& b) {
    return a.started_millis < b.started_millis;
  });
  return jobs;
}

Status DataDirectory::Save(const JobRecord& record) {
  RETURN_IF_ERROR(files_.CreateDirectories(JobDirectory(record.id)));
  RETURN_IF_ERROR(WriteFileAtomically(files_, JoinPath(JobDirectory(record.id), "job"),
                                      EncodeJobRecord(record)));
  return files_.SyncDirectory(JoinPath(path_, "jobs"));
}

Status DataDirectory::Remove(const std::string& job_id) {
  // The record goes first: without it the rest means nothing.
  RETURN_IF_ERROR(files_.Remove(JoinPath(JobDirectory(job_id), "job")));
  return files_.RemoveRecursively(JobDirectory(job_id));
}

}  // namespace weir::shell
