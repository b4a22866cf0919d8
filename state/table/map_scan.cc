// All rows of a map table, key by key of no order.
#include "state/row/scan_run.h"
#include "state/table/map_table.h"

namespace weir::state {

Status NativeMapTable::Scan(const std::function<Status(const ScannedRows&)>& visit) {
  RETURN_IF_ERROR(BeginCall());
  if (family_.disk != nullptr && disk_only_rows() > 0) RETURN_IF_ERROR(ScanDisk(visit));
  return ScanMemory(visit);
}

Status NativeMapTable::ScanMemory(const std::function<Status(const ScannedRows&)>& visit) {
  const auto wanted = [this](MapRow row) {
    return !row.Has(Row::kDeleted) && !Expired(row.bytes());
  };
  const auto key_of = [this](MapRow row) { return family_.keys.KeyOf(row.parent()); };
  return ScanRun(family_.keys).ShowAll(rows_, wanted, key_of, visit);
}

Status NativeMapTable::ScanDisk(const std::function<Status(const ScannedRows&)>& visit) {
  LoadedRun run(visit, [this](std::byte* row) { FreeRow(RecordAt(row)); });
  const auto add = [&](std::string_view key, std::string_view value) -> Status {
    MapRow row = rows_.Allocate(nullptr, {});
    RETURN_IF_ERROR(family_.rows.Decode(value, row.bytes(), *this));
    ++family_.disk_reads;
    if (!Expired(row.bytes())) return run.Add(key, row.bytes());
    FreeRow(row);
    return {};
  };
  RETURN_IF_ERROR(VisitDisk([&](std::string_view rest, std::string_view value) -> Status {
    const DiskKey parts = TRY(Divide(rest));
    RETURN_IF_ERROR(family_.keys.FromCanonical({&parts.key, 1}, key_batch_));
    MapEntry entry = index_.Find(key_batch_.hashes[0], key_batch_.words[0]);
    if (entry == nullptr) return add(parts.key, value);
    if (!entry.Has(MapEntry::kPartial)) return {};  // all its rows are in memory
    const std::string_view sub_key = TRY(Shortened(parts.sub_key));
    const bool known = Knows(entry, sub_key, Hash64(sub_key.data(), sub_key.size()));
    return known ? Status() : add(parts.key, value);
  }));
  return run.Show();
}

}  // namespace weir::state
