// What a start of the filesystem sink finds of the job that it continues: files that a checkpoint
// promised, and rows that a savepoint contains.
#include <fmt/format.h>

#include <set>

#include "runtime/connectors/filesystem/file_sink.h"
#include "runtime/fault_point.h"

namespace weir::connectors {
namespace {

constexpr size_t kCopyBytes = 1 << 20;

Status CopyDurably(FileSystem& files, const std::string& from, const std::string& to) {
  const std::unique_ptr<ReadableFile> source = TRY(files.Open(from));
  const std::unique_ptr<WritableFile> copy =
      TRY(DefectPlanted("restored-rows-private") ? files.Create(to) : files.CreateOutput(to));
  std::string buffer(kCopyBytes, '\0');
  for (uint64_t at = 0;;) {
    const size_t bytes = TRY(source->Read(at, buffer.size(), buffer.data()));
    RETURN_IF_ERROR(copy->Append({buffer.data(), bytes}));
    at += bytes;
    if (bytes < buffer.size()) break;
  }
  RETURN_IF_ERROR(copy->Sync());
  return copy->Close();
}

void AddMissing(const PromisedFile& file, const SavedOutput& saved, MissingOutput& missing) {
  missing.names.push_back(file.Final(std::string(saved.place)));
  missing.rows += file.rows;
}

Status NotAccepted(const FileSinkPlan& plan, const MissingOutput& missing) {
  return Status::RestoreRefused(
             fmt::format("files of table {} that the checkpoint promised are nowhere: {} with {} "
                         "rows, the first is {}",
                         plan.table, missing.names.size(), missing.rows, missing.names.front()))
      .WithId("E7005")
      .WithHint(
          "put them back; or, if readers of the table took them, which they can only do once a "
          "file is committed, 'sink.missing-committed' = 'accept'");
}

}  // namespace

Result<FoundOutput> FindOutput(const FileSinkPlan& plan, const SavedOutput& saved) {
  std::vector<std::string> bounds = {plan.Place()};
  std::vector<std::string> places = {plan.directory};  // as the table's definition has it
  const bool same_table = saved.place == bounds.front();
  if (!saved.place.empty() && !same_table) {
    bounds.insert(bounds.begin(), std::string(saved.place));
    places.insert(places.begin(), std::string(saved.place));
  }
  FoundOutput found;
  RETURN_IF_ERROR(LocatePromises(*plan.files,
                                 TRY(PromisedFiles(saved.committables, {saved.job_id, bounds})),
                                 places, found.promises));
  for (const PromisedFile& file : found.promises.missing) AddMissing(file, saved, found.missing);
  for (const OutputRows& rows : saved.rows) {
    const PromisedFile held = TRY(ParseHeldRows(rows, saved.job_id));
    const bool visible = same_table && TRY(Exists(*plan.files, held.Final(plan.directory)));
    if (!visible) found.rows.push_back(&rows);
  }
  const bool accept = plan.accept_missing && !DefectPlanted("missing-not-accepted");
  if (!found.missing.names.empty() && !accept) return NotAccepted(plan, found.missing);
  return found;
}

Result<std::vector<std::string>> AdoptRows(const FileSinkPlan& plan, const SavedOutput& saved,
                                           std::span<const OutputRows* const> rows,
                                           uint64_t attempt) {
  std::vector<std::string> committables;
  std::set<std::string> directories;
  for (const OutputRows* one : rows) {
    if (DefectPlanted("held-rows-lost")) continue;
    const PromisedFile held = TRY(ParseHeldRows(*one, saved.job_id));
    const std::string format = held.name.substr(held.name.rfind('.') + 1);
    const PromisedFile file{
        one->rows, held.directory,
        fmt::format("{}{}-0-{}.{}", plan.FinalPrefix(), attempt, committables.size(), format)};
    const std::string path = file.InProgress(plan.directory);
    if (directories.insert(DirectoryOf(path)).second)
      RETURN_IF_ERROR(plan.files->CreateOutputDirectories(DirectoryOf(path)));
    WEIR_FAULT_POINT("restore.before_adopt");
    RETURN_IF_ERROR(CopyDurably(*plan.files, JoinPath(saved.directory, one->path), path));
    WEIR_FAULT_POINT("restore.after_adopt");
    committables.push_back(file.Text());
  }
  for (const std::string& directory : directories)
    RETURN_IF_ERROR(plan.files->SyncDirectory(directory));
  return committables;
}

}  // namespace weir::connectors
