// Whole restores of savepoints that somebody changed and sealed again (forged_savepoint.h): one is
// read, opened by a backend, every table is scanned, and a savepoint is written from it: errors or
// rows, never a crash.
#include <memory>
#include <string>

#include "state/checkpoint/backends.h"
#include "tests/fuzz/forged_savepoint.h"

namespace {

using weir::CheckpointMetadata;
using weir::FileSystem;
using weir::Result;
using weir::Status;
using weir::fuzz::Directory;
using weir::fuzz::Fail;
using weir::fuzz::PutSavepoint;
using weir::fuzz::Savepoint;

template <typename Table>
Status ScanAll(const Result<Table*>& table) {
  if (!table.ok()) return table.status();
  return (*table)->Scan([](const weir::ScannedRows&) { return Status(); });
}

template <typename Table>
Status ScanSlices(const Result<Table*>& table) {
  if (!table.ok()) return table.status();
  for (const weir::Timestamp slice : (*table)->Slices()) {
    RETURN_IF_ERROR(ScanAll((*table)->FindSlice(slice)));
  }
  return {};
}

Status ScanTable(weir::TaskState& task, const std::string& uid, const weir::StateSchema& schema) {
  switch (schema.layout) {
    case weir::StateLayout::kValue:
      return schema.sliced ? ScanSlices(task.OpenSliced(uid, schema))
                           : ScanAll(task.OpenValue(uid, schema));
    case weir::StateLayout::kList:
      return schema.sliced ? ScanSlices(task.OpenSlicedLists(uid, schema))
                           : ScanAll(task.OpenList(uid, schema));
    case weir::StateLayout::kMap:
      return ScanAll(task.OpenMap(uid, schema));
  }
  return {};
}

// Opens it as a job with this backend would, and looks at everything.
Status Open(const CheckpointMetadata& metadata, const Directory& directory, bool memory) {
  weir::state::BackendOptions options;
  options.files = &FileSystem::Local();
  options.checkpoint_directory = directory / "job";
  options.working_directory = directory / "work";
  options.max_parallelism = metadata.max_parallelism;
  options.restore = metadata;
  const std::unique_ptr<weir::StateBackend> backend =
      TRY(memory ? weir::state::MakeMemoryBackend(std::move(options))
                 : weir::state::MakeRocksDbBackend(std::move(options)));
  const std::unique_ptr<weir::TaskState> task =
      TRY(backend->OpenTask(weir::KeyGroupsOfSubtask(0, 1, metadata.max_parallelism)));
  for (const weir::OperatorCheckpoint& op : metadata.operators) {
    for (const weir::StateSchema& table : op.schema.tables) {
      (void)ScanTable(*task, op.uid, table).ok();  // errors and rows are both right
    }
  }
  return {};
}

void Restore(const Savepoint& savepoint) {
  const Directory directory;
  PutSavepoint(savepoint, directory);
  Result<CheckpointMetadata> loaded =
      weir::state::LoadSnapshot(FileSystem::Local(), directory / "saved");
  if (!loaded.ok()) {
    if (loaded.status().id().empty()) Fail("an error without an id: " + loaded.status().ToString());
    return;
  }
  const bool as_rocksdb = loaded->backend == weir::state::kCanonicalBackend;
  (void)Open(*loaded, directory, true).ok();
  if (as_rocksdb) (void)Open(*loaded, directory, false).ok();
  weir::state::SavepointRequest request;
  request.from = *loaded;
  request.target = directory / "again";
  (void)weir::state::WriteSavepoint(FileSystem::Local(), request).ok();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Restore(weir::fuzz::Forged(data, size));
  return 0;
}
