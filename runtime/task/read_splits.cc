#include "runtime/task/read_splits.h"

#include <array>
#include <utility>

#include "runtime/operators/stored_rows.h"
#include "runtime/types/key_encoding.h"
#include "runtime/types/value.h"

namespace weir::task {
namespace {

constexpr std::array kKey = {0, 1};     // split, salt
constexpr std::array kStored = {2, 3};  // position, watermark

ColumnPtr BigIntColumn(int64_t value) {
  const MutableColumnPtr column = Column::Make(Type::BigInt().WithNullable(false), 1);
  column->mutable_data<int64_t>()[0] = value;
  return column;
}

ColumnPtr TextColumn(const std::string& text) {
  const Type type = Type::String().WithNullable(false);
  const std::array value = {Value(type, text)};
  return MakeColumn(type, value);
}

}  // namespace

Result<std::unique_ptr<ReadSplits>> ReadSplits::Open(TaskState& state, const std::string& uid,
                                                     const StateSchema& schema, KeyGroupRange own,
                                                     uint32_t max_parallelism) {
  ValueTable* table = TRY(state.OpenValue(uid, schema));
  return std::unique_ptr<ReadSplits>(new ReadSplits(*table, own, max_parallelism));
}

// The key needs a salt that puts it into one of this subtask's key groups, so that a rescaling
// finds it there. On average as many salts are tried as there are subtasks.
Batch ReadSplits::RowOf(const SplitCheckpoint& split, uint64_t& hash) const {
  Batch row;
  row.row_count = 1;
  row.columns = {TextColumn(split.split.id), BigIntColumn(0), TextColumn(split.split.position),
                 BigIntColumn(split.watermark_millis)};
  for (int64_t salt = 0;; ++salt) {
    row.columns[1] = BigIntColumn(salt);
    HashKeys(row, kKey, &hash);
    if (own_.Contains(KeyGroupOf(hash, max_parallelism_))) return row;
  }
}

Status ReadSplits::Add(const SplitCheckpoint& split) {
  uint64_t hash = 0;
  const Batch row = RowOf(split, hash);
  std::byte* stored = nullptr;
  uint8_t created = 0;
  RETURN_IF_ERROR(table_.FindOrCreate({&row, kKey, &hash}, &stored, &created));
  const uint32_t id = 0;
  operators::StoreColumns(row, kStored, table_.layout(), {&stored, &id, 1}, table_);
  return {};
}

Status ReadSplits::ForEach(const std::function<Status(SplitCheckpoint)>& visit) {
  const std::array types = {Type::String().WithNullable(false), Type::BigInt().WithNullable(false)};
  return table_.Scan([&](const ScannedRows& scanned) -> Status {
    const std::vector<ColumnPtr> keys = TRY(DecodeKeys(scanned.keys, types));
    const ColumnPtr positions = TRY(operators::LoadColumn(table_.layout(), 0, scanned.rows));
    for (size_t i = 0; i < scanned.rows.size(); ++i) {
      const auto row = static_cast<uint32_t>(i);
      SplitCheckpoint split;
      split.split.id = GetValue(*keys[0], row).get<std::string>();
      split.split.position = GetValue(*positions, row).get<std::string>();
      split.split.finished = true;
      split.watermark_millis = table_.layout().Load<int64_t>(scanned.rows[i], 1);
      RETURN_IF_ERROR(visit(std::move(split)));
    }
    return {};
  });
}

}  // namespace weir::task
