#include "runtime/connectors/filesystem/partition_removal.h"

#include "runtime/fault_point.h"

namespace weir::connectors {

bool IsForeignHidden(std::string_view name) {
  return name.starts_with('.') && !name.starts_with(".part-") &&
         !name.starts_with(".weir-overwrite-");
}

Status RemovePartitions(FileSystem& files, const std::string& directory, size_t keys) {
  const Result<std::vector<FileInfo>> entries = files.List(directory);
  if (entries.status().code() == StatusCode::kNotFound) return {};
  for (const FileInfo& entry : TRY(entries)) {
    const std::string name = entry.path.substr(entry.path.rfind('/') + 1);
    const bool partition = entry.is_directory && keys > 0 && name.find('=') != std::string::npos;
    if (partition) {
      RETURN_IF_ERROR(RemovePartitions(files, entry.path, keys - 1));
      if (TRY(files.List(entry.path)).empty()) RETURN_IF_ERROR(files.RemoveRecursively(entry.path));
    }
    if (entry.is_directory || keys > 0 || IsForeignHidden(name)) continue;
    WEIR_FAULT_POINT("truncate.before_remove");
    RETURN_IF_ERROR(files.Remove(entry.path));
  }
  return {};
}

}  // namespace weir::connectors
