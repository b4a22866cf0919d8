// All rows of a map table, key by key of no order.
#include "runtime/base/bytes.h"
#include "state/map_table.h"
#include "state/scan_run.h"

namespace weir::state {

Status NativeMapTable::Scan(const std::function<Status(const ScannedRows&)>& visit) {
  RETURN_IF_ERROR(BeginCall());
  if (family_.disk != nullptr && disk_only_rows() > 0) RETURN_IF_ERROR(ScanDisk(visit));
  return ScanMemory(visit);
}

Status NativeMapTable::ScanMemory(const std::function<Status(const ScannedRows&)>& visit) {
  ScanRun run(family_.keys);
  Status status;
  rows_.ForEach([&](RowHeader* row) {
    if (!status.ok() || (row->place & kRowDeleted) != 0 || Expired(RowOf(row))) return;
    run.Add(family_.keys.KeyOf(ParentOf(row)), RowOf(row));
    if (run.full()) status = run.Show(visit);
  });
  RETURN_IF_ERROR(std::move(status));
  return run.Show(visit);
}

Status NativeMapTable::ScanDisk(const std::function<Status(const ScannedRows&)>& visit) {
  LoadedRun run(visit, [this](std::byte* row) { FreeRow(HeaderOf(row)); });
  const auto add = [&](std::string_view key, std::string_view value) -> Status {
    RowHeader* row = rows_.Allocate(nullptr, {});
    RETURN_IF_ERROR(family_.rows.Decode(value, RowOf(row), *this));
    ++family_.disk_reads;
    if (!Expired(RowOf(row))) return run.Add(key, RowOf(row));
    FreeRow(row);
    return {};
  };
  for (uint32_t group = task_.groups.first; group < task_.groups.end; ++group) {
    if (counters_[group].rows == 0) continue;
    std::string prefix;
    AppendPrefix(group, prefix);
    RETURN_IF_ERROR(family_.disk->Visit(
        prefix, Scope(), [&](std::string_view place, std::string_view value) -> Status {
          const std::string_view key = TRY(KeyIn(place.substr(prefix.size())));
          RETURN_IF_ERROR(family_.keys.FromCanonical({&key, 1}, key_batch_));
          // A key in memory is there with all its rows.
          const bool known = index_.Find(key_batch_.hashes[0], key_batch_.words[0]) != nullptr;
          return known ? Status() : add(key, value);
        }));
  }
  return run.Show();
}

}  // namespace weir::state
