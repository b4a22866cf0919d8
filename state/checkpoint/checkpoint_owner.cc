#include "state/checkpoint/checkpoint_owner.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "runtime/base/hash.h"
#include "runtime/base/local_path.h"
#include "state/checkpoint/checkpoint_directory.h"

namespace weir::state {
namespace {

constexpr std::string_view kOwnerFile = "JOB";
constexpr std::string_view kOwnerMagic = "weir-job 1";
// What a storage creates besides the chk-N, the directories first.
constexpr std::array<std::string_view, 5> kMade = {"shared", "taskowned", "LATEST", "NEXT-ID",
                                                   "NEXT-ATTEMPT"};

std::string OwnerText(const std::string& job_id) {
  const std::string text = fmt::format("{}\n{}\n", kOwnerMagic, job_id);
  return text + fmt::format("{:08x}\n", Crc32c(0, text.data(), text.size()));
}

Status Refused(const std::string& directory, const std::string& whose) {
  return Status(StatusCode::kInvalidArgument,
                fmt::format("{} has checkpoints of {}; without subdirectories "
                            "('execution.checkpointing.create-subdir' = 'false') a directory is "
                            "for one job",
                            directory, whose))
      .WithId("E6002")
      .WithHint(
          "say another directory: SET 'execution.checkpointing.dir' = 'directory', or let each job "
          "have one below it: SET 'execution.checkpointing.create-subdir' = 'true'; DROP JOB "
          "removes what a job has there");
}

// Whether the directory has anything that a storage creates.
Result<bool> HasCheckpoints(FileSystem& files, const std::string& directory) {
  if (!TRY(Exists(files, directory))) return false;
  if (!TRY(CheckpointNumbers(files, directory)).empty()) return true;
  for (const std::string_view name : kMade) {
    if (TRY(Exists(files, JoinPath(directory, name)))) return true;
  }
  return false;
}

}  // namespace

bool IsNamedByJob(const std::string& directory, const std::string& job_id) {
  if (FileName(directory) == job_id) return true;
  // weir-data/jobs/<job id>/checkpoints
  return FileName(directory) == "checkpoints" && FileName(DirectoryOf(directory)) == job_id;
}

Result<std::string> OwnerOf(FileSystem& files, const std::string& directory) {
  const std::string path = JoinPath(directory, kOwnerFile);
  const Result<std::string> text = ReadFile(files, path);
  if (text.status().code() == StatusCode::kNotFound) return std::string();
  RETURN_IF_ERROR(text.status());
  std::string id = text->substr(std::min(kOwnerMagic.size() + 1, text->size()));
  id = id.substr(0, id.find('\n'));
  if (*text == OwnerText(id)) return id;
  return Status::Corruption("it cannot be read whose checkpoints these are: " + path)
      .WithId("E7001");
}

bool IsOwned(FileSystem& files, const std::string& directory, const std::string& job_id) {
  if (IsNamedByJob(directory, job_id)) return true;
  const Result<std::string> owner = OwnerOf(files, directory);
  return owner.ok() && *owner == job_id;
}

Status TakeDirectory(FileSystem& files, const std::string& directory, const std::string& job_id) {
  if (IsNamedByJob(directory, job_id)) return {};
  const std::string owner = TRY(OwnerOf(files, directory));
  if (owner == job_id) return {};
  if (!owner.empty()) return Refused(directory, "job " + owner);
  if (TRY(HasCheckpoints(files, directory))) return Refused(directory, "a job that nobody knows");
  RETURN_IF_ERROR(files.CreateDirectories(directory));
  return WriteFileAtomically(files, JoinPath(directory, kOwnerFile), OwnerText(job_id));
}

Status RemoveCheckpointsOf(FileSystem& files, const std::string& directory,
                           const std::string& job_id) {
  if (IsNamedByJob(directory, job_id)) return files.RemoveRecursively(directory);
  if (!IsOwned(files, directory, job_id)) return {};
  for (const uint64_t id : TRY(CheckpointNumbers(files, directory)))
    RETURN_IF_ERROR(files.RemoveRecursively(CheckpointPath(directory, id)));
  for (const std::string_view name : kMade)
    RETURN_IF_ERROR(files.RemoveRecursively(JoinPath(directory, name)));
  // Last, so that a removal that was cut off can be repeated.
  RETURN_IF_ERROR(files.Remove(JoinPath(directory, kOwnerFile)));
  return files.SyncDirectory(directory);
}

}  // namespace weir::state
