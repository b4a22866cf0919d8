#include "state/reading/state_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "runtime/base/bytes.h"
#include "runtime/types/key_encoding.h"
#include "runtime/types/row_column.h"
#include "runtime/types/string_ref.h"
#include "state/table/records.h"

namespace weir::state {
namespace {

constexpr size_t kSliceBytes = 8, kSequenceBytes = 8, kLengthBytes = 4;
constexpr uint64_t kSignBit = uint64_t{1} << 63;
constexpr size_t kRowsABlock = 1024;
constexpr int64_t kMicrosAMilli = 1000;

Status BadKey() {
  return Status::Corruption("a saved row has a malformed key").WithId("E7001");
}

Status EmptyRow() {
  return Status::Corruption("a saved row is empty").WithId("E7001");
}

std::vector<Type> TypesOf(const std::vector<Field>& fields) {
  std::vector<Type> types;
  for (const Field& field : fields) types.push_back(field.type);
  return types;
}

// Milliseconds as times; NULL for those before and behind all time.
ColumnPtr TimesOf(const Column& millis, const Type& type) {
  const MutableColumnPtr times = Column::Make(type, millis.length());
  for (uint32_t i = 0; i < millis.length(); ++i) {
    int64_t& micros = times->mutable_data<int64_t>()[i];
    if (millis.IsNull(i) ||
        __builtin_mul_overflow(millis.ValueAt<int64_t>(i), kMicrosAMilli, &micros))
      times->SetNull(i);
  }
  return times;
}

// Fails with E3004 where the state has NULL in a column that a declared table calls NOT NULL.
// Columns that nobody declared may always be NULL.
Status CheckNulls(const Column& values, const StateColumn& column) {
  if (column.type.nullable() || !values.has_validity()) return {};
  for (uint32_t row = 0; row < values.length(); ++row) {
    if (!values.IsNull(row)) continue;
    return Status::DataError(
               fmt::format("column \"{}\" is NOT NULL, and state has NULL there", column.name))
        .WithId("E3004");
  }
  return {};
}

}  // namespace

void AppendPlace(uint16_t group, bool sliced, int64_t slice, std::string& out) {
  AppendBig16(out, group);
  if (sliced) AppendBig64(out, static_cast<uint64_t>(slice) ^ kSignBit);
}

Result<RecordKey> SplitKey(std::string_view record_key, const StateSchema& schema) {
  RecordKey parts;
  const size_t before = kGroupBytes + (schema.sliced ? kSliceBytes : 0);
  if (record_key.size() < before) return BadKey();
  if (schema.sliced)
    parts.slice = static_cast<int64_t>(LoadBig64(record_key.data() + kGroupBytes) ^ kSignBit);
  parts.key = record_key.substr(before);
  if (schema.layout == StateLayout::kList) {
    if (parts.key.size() < kSequenceBytes) return BadKey();
    parts.key.remove_suffix(kSequenceBytes);
  } else if (schema.layout == StateLayout::kMap) {
    if (parts.key.size() < kLengthBytes) return BadKey();
    const uint32_t length = LoadBig32(parts.key.data() + parts.key.size() - kLengthBytes);
    parts.key.remove_suffix(kLengthBytes);
    if (length > parts.key.size()) return BadKey();
    parts.sub_key = parts.key.substr(length);
    parts.key = parts.key.substr(0, length);
  }
  return parts;
}

std::string_view StateRows::Texts::Keep(std::string_view bytes) {
  if (bytes.empty()) return {};
  if (blocks_.empty() || blocks_.back().size() + bytes.size() > blocks_.back().capacity()) {
    blocks_.emplace_back();
    blocks_.back().reserve(std::max(kBlockBytes, bytes.size()));
  }
  std::string& block = blocks_.back();
  const size_t begin = block.size();
  block += bytes;
  return std::string_view(block).substr(begin);
}

void StateRows::Texts::SetString(std::byte* row, size_t field, std::string_view bytes) {
  layout_.Store(row, field, StringRef(Keep(bytes)));
}

void StateRows::Texts::Clear() {
  if (blocks_.size() > 1) blocks_.resize(1);
  if (!blocks_.empty()) blocks_.front().clear();
}

Result<std::unique_ptr<StateRows>> StateRows::Make(const StateTable& table,
                                                   std::vector<StateColumn> columns,
                                                   std::vector<int> wanted,
                                                   const SavedSchema& saved) {
  SchemaHistory history = saved.history;
  std::vector<Field> fields = table.schema->value;
  const auto timed = [](const std::vector<Field>& all) {
    return !all.empty() && all.back().name == kLastWriteField;
  };
  if (timed(saved.schema.value) && !timed(fields)) fields = WithLastWrite(std::move(fields));
  const bool same = saved.schema.layout == table.schema->layout &&
                    saved.schema.sliced == table.schema->sliced &&
                    saved.schema.key.size() == table.schema->key.size() &&
                    saved.schema.sub_key.size() == table.schema->sub_key.size();
  if (!same) {
    return Status::Corruption("the rows of " + table.family + " are not of its schema")
        .WithId("E7001");
  }
  RowCodec codec = TRY(RowCodec::Make(std::move(fields), history));
  return std::unique_ptr<StateRows>(
      new StateRows(table, std::move(columns), std::move(wanted), std::move(codec)));
}

StateRows::StateRows(const StateTable& table, std::vector<StateColumn> columns,
                     std::vector<int> wanted, RowCodec codec)
    : schema_(*table.schema),
      columns_(std::move(columns)),
      wanted_(std::move(wanted)),
      codec_(std::move(codec)),
      row_bytes_(codec_.stored_bytes()),
      key_types_(TypesOf(schema_.key)),
      sub_key_types_(TypesOf(schema_.sub_key)),
      texts_(codec_.layout()) {
  for (const StateColumn& column : columns_) {
    results_.push_back(
        column.kind == StateColumnKind::kResult
            ? expr::MakeAccumulator(*column.call, column.retracts, codec_.layout(), column.index)
            : nullptr);
  }
}

std::byte* StateRows::NextRow() {
  const size_t number = rows_.size();
  const size_t words = row_bytes_ / sizeof(uint64_t);
  if (number / kRowsABlock >= blocks_.size())
    blocks_.push_back(std::make_unique_for_overwrite<uint64_t[]>(kRowsABlock * words));
  auto* row = reinterpret_cast<std::byte*>(blocks_[number / kRowsABlock].get() +
                                           number % kRowsABlock * words);
  std::memset(row, 0, row_bytes_);
  return row;
}

Result<uint32_t> StateRows::Add(std::string_view key, std::string_view& value, uint32_t most) {
  const RecordKey parts = TRY(SplitKey(key, schema_));
  const RecordKey kept{parts.slice, texts_.Keep(parts.key), texts_.Keep(parts.sub_key)};
  // The time of the last write lies behind the fields of the row.
  const bool timed = row_bytes_ > codec_.layout().row_bytes();
  ByteReader in(value);
  uint32_t rows = 0;
  do {
    const size_t before = in.rest().size();
    std::byte* row = NextRow();
    RETURN_IF_ERROR(codec_.DecodeNext(in, row, texts_));
    // A row without bytes would be read again and again.
    if (in.rest().size() == before) return EmptyRow();
    ++rows;
    rows_.push_back(row);
    keys_.push_back(kept.key);
    sub_keys_.push_back(kept.sub_key);
    slices_.push_back(kept.slice);
    written_.push_back(timed ? LoadLittle<int64_t>(row + codec_.layout().row_bytes()) : 0);
  } while (schema_.layout == StateLayout::kList && !in.at_end() && rows < most);
  bytes_ += key.size() + (value.size() - in.rest().size()) + rows * row_bytes_;
  value = in.rest();
  if (schema_.layout == StateLayout::kList || value.empty()) return rows;
  return Status::Corruption("a saved row has more bytes than its schema says").WithId("E7001");
}

Result<uint64_t> StateRows::Pass(std::string_view& value, uint64_t most) const {
  uint64_t rows = 0;
  for (; rows < most && !value.empty(); ++rows) {
    const size_t length = TRY(codec_.LengthOf(value));
    if (length == 0) return EmptyRow();
    value.remove_prefix(length);
  }
  return rows;
}

Result<ColumnPtr> StateRows::LoadKey(size_t index) {
  if (key_columns_.empty()) key_columns_ = TRY(DecodeKeys(keys_, key_types_));
  return key_columns_[index];
}

Result<ColumnPtr> StateRows::LoadSubKey(size_t index) {
  if (sub_key_columns_.empty()) sub_key_columns_ = TRY(DecodeKeys(sub_keys_, sub_key_types_));
  return sub_key_columns_[index];
}

ColumnPtr StateRows::LoadTime(const StateColumn& column) const {
  const MutableColumnPtr times = Column::Make(column.type, size());
  auto* values = times->mutable_data<int64_t>();
  for (uint32_t i = 0; i < size(); ++i) {
    const bool last = column.kind == StateColumnKind::kLastWrite;
    const int64_t millis = last ? written_[i] : slices_[i] - column.window_millis;
    // | (last|A last write at 0 is one of which no time is known.
    if (__builtin_mul_overflow(millis, kMicrosAMilli, &values[i]) || (last && millis == 0))
      times->SetNull(i);
  }
  return times;
}

Result<ColumnPtr> StateRows::LoadResult(const StateColumn& column) {
  const auto place = static_cast<size_t>(&column - columns_.data());
  const MutableColumnPtr out = Column::Make(column.type, size());
  RETURN_IF_ERROR(results_[place]->Output(rows_, *out));
  return ColumnPtr(out);
}

Result<ColumnPtr> StateRows::Load(const StateColumn& column) {
  switch (column.kind) {
    case StateColumnKind::kKey:
      return LoadKey(column.index);
    case StateColumnKind::kSubKey:
      return LoadSubKey(column.index);
    case StateColumnKind::kSubKeyTime:
      return TimesOf(*TRY(LoadSubKey(column.index)), column.type);
    case StateColumnKind::kFieldTime:
      return TimesOf(*TRY(LoadColumn(codec_.layout(), column.index, rows_)), column.type);
    case StateColumnKind::kField:
      return LoadColumn(codec_.layout(), column.index, rows_);
    case StateColumnKind::kResult:
      return LoadResult(column);
    case StateColumnKind::kWindowStart:
    case StateColumnKind::kWindowEnd:
    case StateColumnKind::kLastWrite:
      return LoadTime(column);
  }
  WEIR_UNREACHABLE();
}

Result<Batch> StateRows::Take() {
  Batch batch;
  batch.row_count = size();
  for (const int number : wanted_) {
    const StateColumn& column = columns_[static_cast<size_t>(number)];
    batch.columns.push_back(TRY(Load(column))->WithType(column.type));
    RETURN_IF_ERROR(CheckNulls(*batch.columns.back(), column));
  }
  key_columns_.clear();
  sub_key_columns_.clear();
  rows_.clear();
  keys_.clear();
  sub_keys_.clear();
  slices_.clear();
  written_.clear();
  texts_.Clear();
  bytes_ = 0;
  return batch;
}

}  // namespace weir::state
