#include "shell/engine/jobs/savepoint_list.h"

#include <fmt/format.h>

#include "runtime/base/bytes.h"
#include "runtime/base/names.h"
#include "runtime/base/sealed.h"
#include "shell/engine/jobs/stored_path.h"

namespace weir::shell {
namespace {

constexpr std::string_view kListMagic = "WEIRSVP1";

Status Damaged(const std::string& path) {
  return Status::Corruption("the list of savepoints is damaged: " + path)
      .WithId("E7001")
      .WithHint(
          "savepoints can be restored by their paths all the same; remove the file to start a new "
          "list");
}

}  // namespace

Result<std::vector<SavepointEntry>> SavepointList::All() const {
  std::vector<SavepointEntry> entries;
  const Result<std::string> bytes = ReadFile(files_, path_);
  if (!bytes.ok()) {
    if (bytes.status().code() == StatusCode::kNotFound) return entries;
    return bytes.status();
  }
  if (!bytes->starts_with(kListMagic)) return Damaged(path_);
  const Result<std::string_view> body = Unsealed(kListMagic, *bytes);
  if (!body.ok()) return Damaged(path_);
  ByteReader reader(*body);
  while (!reader.at_end() && !reader.failed()) {
    SavepointEntry& entry = entries.emplace_back();
    for (std::string* field :
         {&entry.name, &entry.path, &entry.job_name, &entry.job_id, &entry.format}) {
      *field = TakeText(reader);
    }
    entry.path = ResolvedPath(DirectoryOf(path_), entry.path);
    entry.checkpoint_id = reader.Varint();
    entry.bytes = reader.Varint();
    entry.taken_millis = static_cast<int64_t>(reader.Varint());
  }
  if (reader.failed()) return Damaged(path_);
  return entries;
}

Status MovedOrDeleted(std::string_view name, const std::string& path) {
  return Status::NotFound(
             fmt::format("savepoint \"{}\" was moved or deleted: it is not at {} any more", name,
                         path))
      .WithId("E7004")
      .WithHint("RESTORE JOB … FROM 'path' finds it where it is now");
}

Result<SavepointEntry> SavepointList::Find(std::string_view name) const {
  std::vector<std::string> names;
  for (SavepointEntry& entry : TRY(All())) {
    if (!entry.name.empty() && EqualsIgnoreCase(entry.name, name)) return std::move(entry);
    if (!entry.name.empty()) names.push_back(entry.name);
  }
  const std::string close = DidYouMean(name, names);
  return Status::NotFound(fmt::format("no savepoint is named \"{}\"", name))
      .WithId("E7004")
      .WithHint(close.empty() ? "SHOW SAVEPOINTS lists them" : close);
}

Status SavepointList::CheckFree(std::string_view name) const {
  for (const SavepointEntry& entry : TRY(All())) {
    if (!EqualsIgnoreCase(entry.name, name)) continue;
    return Status(StatusCode::kInvalidArgument,
                  fmt::format("a savepoint is named \"{}\" already", entry.name))
        .WithId("E7003")
        .WithHint(fmt::format("it is {}; DROP SAVEPOINT {} removes it", entry.path, entry.name));
  }
  return {};
}

Status SavepointList::Add(const SavepointEntry& entry) {
  const MutexLock lock(mutex_);
  if (!entry.name.empty()) RETURN_IF_ERROR(CheckFree(entry.name));
  std::vector<SavepointEntry> entries = TRY(All());
  entries.push_back(entry);
  return Write(entries);
}

Status SavepointList::Remove(std::string_view path) {
  const MutexLock lock(mutex_);
  std::vector<SavepointEntry> entries = TRY(All());
  if (std::erase_if(entries, [&](const SavepointEntry& entry) { return entry.path == path; }) == 0)
    return {};
  return Write(entries);
}

Status SavepointList::Write(const std::vector<SavepointEntry>& entries) {
  std::string body;
  for (const SavepointEntry& entry : entries) {
    const std::string path = StoredPath(DirectoryOf(path_), entry.path);
    for (const std::string* field :
         {&entry.name, &path, &entry.job_name, &entry.job_id, &entry.format}) {
      AppendText(body, *field);
    }
    AppendVarint(body, entry.checkpoint_id);
    AppendVarint(body, entry.bytes);
    AppendVarint(body, static_cast<uint64_t>(entry.taken_millis));
  }
  return WriteFileAtomically(files_, path_, Sealed(kListMagic, body));
}

}  // namespace weir::shell
