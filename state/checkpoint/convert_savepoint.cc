#include "state/checkpoint/convert_savepoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "runtime/base/local_path.h"
#include "runtime/checkpoint/deal_anew.h"
#include "runtime/fault_point.h"
#include "state/checkpoint/backends.h"
#include "state/checkpoint/deal_rows.h"
#include "state/files/checkpoint_files.h"
#include "state/files/inlined_files.h"
#include "state/files/scratch_directory.h"

namespace weir::state {
namespace {

// Deals the rows to another number of key groups, through a database in `scratch` that sorts them.
// The result is a checkpoint of that database.
Result<CheckpointMetadata> Dealt(FileSystem& files, CheckpointMetadata from,
                                 uint32_t max_parallelism, const std::string& scratch) {
  const std::string before = from.directory;
  BackendOptions options;
  options.files = &files;
  options.checkpoint_directory = JoinPath(scratch, "dealt");
  options.working_directory = JoinPath(scratch, "work");
  options.max_parallelism = max_parallelism;
  options.restore = TRY(checkpoint::DealAnew(std::move(from), max_parallelism));
  CheckpointMetadata dealt = *options.restore;
  dealt.deal.reset();
  dealt.directory = options.checkpoint_directory;
  std::erase_if(dealt.files, IsOfBackend);
  dealt.inlined.clear();
  for (const StateFile& output : dealt.files) {
    const std::string to = JoinPath(dealt.directory, output.path);
    RETURN_IF_ERROR(files.CreateDirectories(DirectoryOf(to)));
    RETURN_IF_ERROR(LinkOrCopy(files, JoinPath(before, output.path), to));
  }
  std::erase_if(options.restore->files, std::not_fn(IsOfBackend));
  if (options.restore->files.empty()) return dealt;
  RETURN_IF_ERROR(files.CreateDirectories(
      JoinPath(dealt.directory, fmt::format("chk-{}", dealt.checkpoint_id))));
  const std::unique_ptr<StateBackend> backend = TRY(MakeRocksDbBackend(std::move(options)));
  const std::vector<StateFile> rows = TRY(backend->Persist(dealt.checkpoint_id, {}));
  dealt.files.insert(dealt.files.end(), rows.begin(), rows.end());
  dealt.backend = "rocksdb";
  return dealt;
}

// Reads back what is on disk now: every byte and every row.
Status Verify(FileSystem& files, const SavepointInfo& written, const SigningKey& key) {
  const CheckpointMetadata read = TRY(LoadSnapshot(files, written.path, {}, key));
  const std::unique_ptr<HeldDirectory> held = TRY(HoldFiles(files, read.directory, read.inlined));
  RowGroups groups(read);
  for (const StateFile& file : read.files) {
    if (!IsOfBackend(file)) continue;
    const std::string bytes = TRY(ReadVerified(*held, file));
    Result<MemorySnapshot> rows = DecodeMemorySnapshot(bytes);
    if (!rows.ok()) return std::move(rows).status().WithContext(file.path);
    RETURN_IF_ERROR(groups.Check(*rows).WithContext(file.path));
  }
  return groups.CheckCounters();
}

}  // namespace

Status CheckConvertible(const CheckpointMetadata& from) {
  if (from.kind != CheckpointKind::kSavepoint) {
    return Status::InvalidArgument("this is a checkpoint of a job, not a savepoint: " +
                                   from.directory)
        .WithId("E7003")
        .WithHint("start its job from it, and take a savepoint of that");
  }
  for (const OperatorCheckpoint& op : from.operators) {
    if (op.committables.empty()) continue;
    return Status::InvalidArgument(
               fmt::format("{} promises files in the directory of its table, which are no part of "
                           "this savepoint of version {}",
                           op.uid, from.format_version))
        .WithId("E7003")
        .WithHint("start its job from it, and take a savepoint of that");
  }
  return {};
}

Result<SavepointInfo> ConvertSavepoint(FileSystem& files, const ConvertRequest& request) {
  RETURN_IF_ERROR(CheckConvertible(request.from));
  const uint32_t groups =
      request.max_parallelism == 0 ? request.from.max_parallelism : request.max_parallelism;
  const std::string path = JoinPath(request.target, SavepointName(request.from));
  if (files.Stat(JoinPath(path, "_metadata")).ok()) {
    return Status::InvalidArgument("there is a savepoint already: " + path).WithId("E7003");
  }
  RETURN_IF_ERROR(files.CreateDirectories(request.target));
  const ScratchDirectory scratch(files, TRY(ScratchFor(files, path + ".converting")));
  RETURN_IF_ERROR(files.RemoveRecursively(scratch.path()));
  SavepointRequest write{.from = request.from,
                         .target = JoinPath(scratch.path(), "made"),
                         .progress = request.progress,
                         .key = request.key};
  if (groups != request.from.max_parallelism) {
    const bool canonical = request.from.backend == kCanonicalBackend;
    CheckpointMetadata from = request.from;
    if (!canonical) {
      from = TRY(WriteSavepoint(files, {.from = request.from,
                                        .target = JoinPath(scratch.path(), "canonical"),
                                        .passing = true}))
                 .metadata;
    }
    write.from = TRY(Dealt(files, std::move(from), groups, scratch.path()));
  }
  write.from.format_version = kMetadataVersion;
  write.from.engine_version = request.engine_version;
  SavepointInfo written = TRY(WriteSavepoint(files, write));
  RETURN_IF_ERROR(Verify(files, written, request.key));
  WEIR_FAULT_POINT("convert.before_rename");
  RETURN_IF_ERROR(PutSavepointInPlace(files, written, written.path, path));
  WEIR_FAULT_POINT("convert.after_rename");
  RETURN_IF_ERROR(files.SyncDirectory(request.target));
  written.path = path;
  written.metadata.directory = path;
  return written;
}

}  // namespace weir::state
