#include "shell/engine/jobs/job_remains.h"

#include <fmt/format.h>

#include "runtime/checkpoint/fingerprint.h"
#include "runtime/connectors/epochs/epoch_promise.h"
#include "runtime/connectors/filesystem/promised_file.h"
#include "runtime/connectors/registry.h"
#include "runtime/fault_point.h"
#include "runtime/memory_files.h"
#include "shell/engine/jobs/symbolic_links.h"
#include "shell/engine/jobs/table_paths.h"
#include "state/checkpoint/checkpoint_directory.h"
#include "state/checkpoint/checkpoint_owner.h"

namespace weir::shell {

// Files that a job which has ended was still writing: no other code removes them. Those that its
// newest checkpoint promises stay, unless the checkpoint is removed as well.
void JobRemains::RemoveOutputInProgress(const JobRecord& record, bool forgotten) const {
  if (DefectPlanted("output-left-in-progress")) return;
  connectors::InProgressFilter filter{connectors::InProgressPrefixOf(record.id), {}};
  if (!forgotten) {
    const CheckpointMetadata newest = registry_.NewestCheckpoint(record);
    if (newest.operators.empty() && registry_.HasState(record))
      return;  // promises unknown: keep all
    for (const OperatorCheckpoint& op : newest.operators) {
      // All of a sink's promises are of one kind.
      const bool files =
          op.committables.empty() || !connectors::epochs::IsEpochPromise(op.committables.front());
      if (!files) continue;
      const auto promised = connectors::PromisedFiles(op.committables, {record.id, {&op.place, 1}});
      if (!promised.ok()) return;
      for (const connectors::PromisedFile& file : *promised) {
        const std::string path = file.InProgress(op.place);
        filter.keep.insert(path.substr(path.rfind('/') + 1));
      }
    }
  }
  for (const WrittenTable& table : WrittenTables(record.sql, record.definitions)) {
    // A directory that is missing, or cannot be listed, is no reason to fail: this only cleans up.
    (void)connectors::RemoveInProgress(files_, table.path, filter, table.partition_keys);
  }
}

std::vector<std::string> JobRemains::StaysElsewhere(const JobRecord& record) const {
  std::vector<std::string> lines;
  for (const OperatorCheckpoint& op : registry_.NewestCheckpoint(record).operators) {
    const std::string connector =
        checkpoint::TextOf(checkpoint::ParseMeaning(op.fingerprint), "connector");
    const graph::ConnectorDescriptor* known =
        connectors::BuiltinConnectors().FindConnector(connector);
    if (known == nullptr || known->stays_elsewhere == nullptr) continue;
    for (const SplitCheckpoint& split : op.splits) {
      std::string line = known->stays_elsewhere(split.split.position);
      if (!line.empty()) lines.push_back(fmt::format("{}: {}", op.uid, line));
    }
  }
  return lines;
}

Result<RemovedCheckpoints> JobRemains::RemoveCheckpoints(const JobRecord& record) const {
  RemovedCheckpoints removed;
  RemoveOutputInProgress(record, true);
  for (const std::string& place : registry_.places().Owned(record)) {
    if (IsInMemory(place)) {
      RETURN_IF_ERROR(files_.RemoveRecursively(place));
      continue;
    }
    const bool inside = place == registry_.directory().CheckpointDirectory(record.id);
    const std::vector<SymbolicLink> links =
        DefectPlanted("links-unsaid") ? std::vector<SymbolicLink>() : LinksAt(files_, place);
    for (const SymbolicLink& link : links)
      removed.left.push_back(fmt::format(
          "{} was a symbolic link and is removed; what it led to, {}, stays: where it is of this "
          "job alone, remove it by hand",
          link.path, link.target));
    const bool linked = !links.empty() && links.front().path == place;
    if (!inside && !linked && files_.Stat(place).ok()) {
      removed.elsewhere.push_back(place);
    } else if (!inside && !linked && HadCheckpoints(record)) {
      removed.left.push_back(
          fmt::format("its checkpoints were kept in {}, which is not there now; should it come "
                      "back, remove it by hand",
                      place));
    }
    RETURN_IF_ERROR(state::RemoveCheckpointsOf(files_, place, record.id));
  }
  RETURN_IF_ERROR(RemovePutAside(record));
  RETURN_IF_ERROR(RemoveLocal(record));
  return removed;
}

Status JobRemains::RemovePutAside(const JobRecord& record) const {
  return files_.RemoveRecursively(registry_.places().PutAside(record));
}

Status JobRemains::RemoveLocal(const JobRecord& record) const {
  for (const std::string& place : registry_.places().AllLocal(record)) {
    for (const std::string_view suffix : {".work", ".lookup", ".sort"})
      RETURN_IF_ERROR(files_.RemoveRecursively(fmt::format("{}{}", place, suffix)));
  }
  return {};
}

}  // namespace weir::shell
