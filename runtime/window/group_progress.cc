#include "runtime/window/group_progress.h"

#include "runtime/base/bytes.h"

namespace weir::window {
namespace {

constexpr uint8_t kOwnGroups = 1;   // runs to the end
constexpr uint8_t kSaysGroups = 2;  // before each list of runs the number of groups, and of runs
constexpr uint32_t kMostGroups = 32767;  // as pipeline.max-parallelism

void AppendRuns(std::span<const GroupRun> runs, std::string& bytes) {
  for (const GroupRun& run : runs) {
    AppendLittle(bytes, run.first);
    AppendLittle(bytes, run.end);
    AppendLittle(bytes, run.millis);
  }
}

GroupRun ReadRun(ByteReader& reader) {
  GroupRun run;
  run.first = reader.Little<uint32_t>();
  run.end = reader.Little<uint32_t>();
  run.millis = reader.Little<int64_t>();
  return run;
}

// Whether all runs lie within the groups. Checked for version 2, so that malformed bytes cannot
// make a reader hold more groups than there can be.
bool Within(const GroupProgress& one) {
  if (one.groups == 0 || one.groups > kMostGroups) return false;
  for (const GroupRun& run : one.runs) {
    if (run.first >= run.end || run.end > one.groups) return false;
  }
  return true;
}

}  // namespace

std::string EncodeGroupProgress(std::span<const GroupProgress> all, uint32_t groups) {
  std::string bytes;
  if (all.size() == 1 && all.front().groups == groups) {
    AppendLittle(bytes, kOwnGroups);
    AppendRuns(all.front().runs, bytes);
    return bytes;
  }
  AppendLittle(bytes, kSaysGroups);
  for (const GroupProgress& one : all) {
    AppendLittle(bytes, one.groups);
    AppendLittle(bytes, static_cast<uint32_t>(one.runs.size()));
    AppendRuns(one.runs, bytes);
  }
  return bytes;
}

Result<std::vector<GroupProgress>> DecodeGroupProgress(std::string_view bytes, uint32_t groups) {
  ByteReader reader(bytes);
  const auto version = reader.Little<uint8_t>();
  std::vector<GroupProgress> all;
  if (version == kOwnGroups) {
    GroupProgress& own = all.emplace_back(GroupProgress{groups, {}});
    while (!reader.at_end() && !reader.failed()) own.runs.push_back(ReadRun(reader));
  } else if (version == kSaysGroups) {
    while (!reader.at_end() && !reader.failed()) {
      GroupProgress& one = all.emplace_back();
      one.groups = reader.Little<uint32_t>();
      const auto runs = reader.Little<uint32_t>();
      for (uint32_t i = 0; i < runs && !reader.failed(); ++i) one.runs.push_back(ReadRun(reader));
      if (!reader.failed() && !Within(one))
        return Status::Corruption("the progress of windows is of groups that there are none of");
    }
  } else {
    return Status::Corruption("the progress of windows was saved in an unknown version");
  }
  if (reader.failed()) return Status::Corruption("the progress of windows is cut short");
  return all;
}

}  // namespace weir::window
