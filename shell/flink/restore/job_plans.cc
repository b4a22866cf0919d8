#include "shell/flink/restore/job_plans.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace weir::shell::flink {
namespace {

constexpr std::string_view kEnding = ".plan";
constexpr std::string_view kHint =
    "weir flink plan --of JOB FILE keeps the plan of a job that was started elsewhere from FILE";

// The parts of a path or URI.
std::vector<std::string_view> PartsOf(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const size_t end = std::min(path.find('/'), path.size());
    if (end > 0) parts.push_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return parts;
}

// The beginning of the id of the job that wrote it; "" where the path does not say.
std::string_view JobOfSnapshot(std::string_view path) {
  std::vector<std::string_view> parts = PartsOf(path);
  if (!parts.empty() && parts.back() == "_metadata") parts.pop_back();
  if (parts.empty()) return "";
  constexpr std::string_view kSavepoint = "savepoint-";
  const std::string_view last = parts.back();
  if (last.starts_with(kSavepoint)) {
    const std::string_view id = last.substr(kSavepoint.size());
    return id.substr(0, std::min(id.find('-'), id.size()));
  }
  return last.starts_with("chk-") && parts.size() > 1 ? parts[parts.size() - 2] : "";
}

}  // namespace

bool BeginsJobId(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

JobPlans::JobPlans(FileSystem& files, const std::string& data_directory)
    : files_(files), directory_(JoinPath(data_directory, "flink")) {}

Status JobPlans::Keep(const RunningPlan& plan) const {
  RETURN_IF_ERROR(files_.CreateDirectories(directory_));
  const std::string path = JoinPath(directory_, plan.job + std::string(kEnding));
  return WriteFileAtomically(files_, path, TRY(EncodeRunningPlan(plan)));
}

Result<RunningPlan> JobPlans::OfSnapshot(std::string_view path) const {
  const std::string_view id = JobOfSnapshot(path);
  if (BeginsJobId(id)) return OfJob(id);
  return Status::InvalidArgument(
             fmt::format("'{}' does not say which job of Flink's has written it", path))
      .WithId("E4010")
      .WithHint("its last part is savepoint-<job>-…, or chk-<number> below the job's id");
}

Result<RunningPlan> JobPlans::OfJob(std::string_view id) const {
  std::vector<std::string> found;
  if (files_.Stat(directory_).ok()) {
    for (const FileInfo& file : TRY(files_.List(directory_))) {
      const std::string name = file.path.substr(file.path.rfind('/') + 1);
      if (name.starts_with(id) && name.ends_with(kEnding)) found.push_back(name);
    }
  }
  if (found.size() != 1) {
    const std::string_view how = found.empty() ? "nothing is kept" : "several plans are kept";
    return Status::NotFound(fmt::format("{} of a job {} on Flink in '{}'", how, id, directory_))
        .WithId("E4010")
        .WithHint(std::string(kHint));
  }
  const std::string path = JoinPath(directory_, found.front());
  Result<RunningPlan> plan = DecodeRunningPlan(TRY(weir::ReadFile(files_, path)));
  if (plan.ok()) return plan;
  return Status::Corruption(fmt::format("'{}' is damaged: {}", path, plan.status().message()))
      .WithId("E7003")
      .WithHint(std::string(kHint));
}

}  // namespace weir::shell::flink
