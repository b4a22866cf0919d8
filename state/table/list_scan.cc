// All rows of a list table, key by key of no order.
#include <cstdint>

#include "runtime/base/bytes.h"
#include "state/row/scan_run.h"
#include "state/table/list_table.h"

namespace weir::state {
Status NativeListTable::Scan(const std::function<Status(const ScannedRows&)>& visit) {
  RETURN_IF_ERROR(BeginCall());
  scanning_ = true;
  Status status;
  if (family_.disk != nullptr && disk_only_rows() > 0) status = ScanDisk(visit);
  if (status.ok()) status = ScanMemory(visit);
  scanning_ = false;
  return status;
}

Status NativeListTable::ScanMemory(const std::function<Status(const ScannedRows&)>& visit) {
  const auto wanted = [this](ListRow row) { return !IsDeleted(row) && !Expired(row.bytes()); };
  const auto key_of = [this](ListRow row) { return KeyOf(row); };
  return ScanRun(family_.keys).ShowAll(entries_, wanted, key_of, visit);
}

uint64_t NativeListTable::FirstKnown(ListRow last) const {
  if (last == nullptr) return UINT64_MAX;
  return last.Has(ListRow::kWhole) ? 0 : links_.SequenceOf(last.next());
}

Status NativeListTable::ScanDisk(const std::function<Status(const ScannedRows&)>& visit) {
  LoadedRun run(visit, [this](std::byte* row) { FreeBlock(RecordAt(row)); });
  const auto add = [&](std::string_view key, std::string_view value) -> Status {
    for (ByteReader in(value); !in.at_end();) {
      std::byte* const row = entries_.Allocate().bytes();
      RETURN_IF_ERROR(family_.rows.DecodeNext(in, row, *this));
      ++family_.disk_reads;
      if (Expired(row)) {
        FreeBlock(RecordAt(row));
      } else {
        RETURN_IF_ERROR(run.Add(key, row));
      }
    }
    return {};
  };
  RETURN_IF_ERROR(VisitDisk([&](std::string_view rest, std::string_view value) -> Status {
    if (rest.size() < kListSequenceBytes) {
      return Status::Corruption("a saved list row has a short key");
    }
    const std::string_view key = rest.substr(0, rest.size() - kListSequenceBytes);
    RETURN_IF_ERROR(family_.keys.FromCanonical({&key, 1}, key_batch_));
    ListRow last = index_.Find(key_batch_.hashes[0], key_batch_.words[0]);
    const uint64_t sequence = LoadBig64(rest.data() + key.size());
    return sequence < FirstKnown(last) ? add(key, value) : Status();
  }));
  return run.Show();
}

}  // namespace weir::state
