#include "shell/cli/convert_verb.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "runtime/base/local_path.h"
#include "runtime/checkpoint/deal_anew.h"
#include "runtime/s3/s3_files.h"
#include "shell/cli/session_setup.h"
#include "shell/engine/jobs/stored_path.h"
#include "shell/engine/savepoints/foreign_tables.h"
#include "shell/engine/session/object_settings.h"
#include "shell/engine/text/quantity.h"
#include "shell/output/streams.h"
#include "state/checkpoint/convert_savepoint.h"
#include "state/checkpoint/snapshot_copy.h"
#include "state/files/scratch_directory.h"

#ifndef WEIR_VERSION
#define WEIR_VERSION "0.1.0"
#endif

namespace weir::shell {
namespace {

constexpr uint32_t kMostKeyGroups = 32767;  // as pipeline.max-parallelism

// 0: as many as the savepoint has.
Result<uint32_t> KeyGroupsSaid(const CommandLine& line) {
  if (!line.Has(OptionId::kMaxParallelism)) return 0U;
  const std::string said = line.Value(OptionId::kMaxParallelism);
  uint32_t groups = 0;
  const auto [end, error] = std::from_chars(said.data(), said.data() + said.size(), groups);
  const bool number = error == std::errc() && end == said.data() + said.size();
  if (number && groups >= 1 && groups <= kMostKeyGroups) return groups;
  return Status::InvalidArgument(
      fmt::format("--max-parallelism takes a number from 1 to {}: '{}'", kMostKeyGroups, said));
}

// That process asks no store: it has nobody's keys.
Status ReadInChild(const CheckpointMetadata& from, const std::string& scratch, FileSystem& files) {
  if (!IsObjectPath(from.directory)) return ReadThroughInChild(from.directory, scratch);
  const std::string work = JoinPath(scratch, "work");
  RETURN_IF_ERROR(files.CreateDirectories(work));
  return ReadThroughInChild(
      TRY(state::CopySnapshot(files, from, from.directory, JoinPath(scratch, "copy"))), work);
}

// Another process reads the old one's tables, in a directory that is beside the new savepoint where
// that can be.
Status ReadThrough(const CheckpointMetadata& from, const std::string& target, FileSystem& files) {
  const bool native = from.backend == "rocksdb" && std::ranges::any_of(from.files, IsOfBackend);
  if (!native) return {};
  RETURN_IF_ERROR(files.CreateDirectories(target));
  const std::string scratch =
      TRY(state::ScratchFor(files, JoinPath(target, state::SavepointName(from) + ".read-through")));
  RETURN_IF_ERROR(files.RemoveRecursively(scratch));
  RETURN_IF_ERROR(files.CreateDirectories(scratch));
  Status read = ReadInChild(from, scratch, files);
  Status cleaned = files.RemoveRecursively(scratch);
  return read.ok() ? cleaned : read;
}

std::string SummaryOf(const state::SavepointInfo& written, const CheckpointMetadata& from) {
  const uint64_t rows = checkpoint::RowsToDeal(from);
  const CheckpointMetadata& now = written.metadata;
  std::string summary =
      fmt::format("Savepoint {} of job {}, by weir {}: {} in {}, canonical, version {}",
                  from.checkpoint_id, from.job_name, from.engine_version, Plural(rows, "row"),
                  BytesText(written.bytes), now.format_version);
  if (now.max_parallelism != from.max_parallelism) {
    summary += fmt::format(", dealt to {} key groups instead of {}", now.max_parallelism,
                           from.max_parallelism);
  }
  return summary + ".\n";
}

}  // namespace

Status RunConvertVerb(const CommandLine& line, FileSystem& local) {
  const uint32_t groups = TRY(KeyGroupsSaid(line));
  const conf::Settings settings = TRY(LoadSettings(line));
  const std::unique_ptr<s3::ObjectFiles> objects = s3::WithObjects(local, ObjectSettings(settings));
  FileSystem& files = *objects;
  const std::vector<std::string> arguments = line.Arguments();
  const std::string path = AbsolutePath(TRY(FilePath(arguments.front())));
  const std::string target = AbsolutePath(TRY(FilePath(arguments.back())));
  state::ConvertRequest request;
  request.target = target;
  request.engine_version = WEIR_VERSION;
  request.max_parallelism = groups;
  request.key = TRY(state::ReadKeyFile(settings.Get("state.savepoints.key-file")));
  request.from = TRY(state::LoadSnapshot(files, path, {}, request.key));
  RETURN_IF_ERROR(state::CheckConvertible(request.from));
  if (request.key.empty()) RETURN_IF_ERROR(ReadThrough(request.from, target, files));
  const state::SavepointInfo written = TRY(state::ConvertSavepoint(files, request));
  if (!line.Has(OptionId::kQuiet)) PrintMessage(SummaryOf(written, request.from));
  return WriteOut(stdout, written.path + "\n");
}

}  // namespace weir::shell
