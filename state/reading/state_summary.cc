#include "state/reading/state_summary.h"

#include <algorithm>

#include "runtime/types/batch_text.h"
#include "runtime/types/key_encoding.h"
#include "state/reading/state_rows.h"
#include "state/row/row_codec.h"
#include "state/table/epoch.h"

namespace weir::state {
namespace {

// Records that are read between two looks at `cancel`.
constexpr uint64_t kRecordsBetweenLooks = 1 << 12;

// The rows of one key, which follow each other.
struct KeyRun {
  std::string place;  // group, slice and key
  std::string key;
  uint64_t rows = 0;
  uint64_t bytes = 0;
};

Result<std::string> KeyText(std::string_view key, const std::vector<Field>& fields) {
  if (fields.empty()) return std::string("()");
  std::vector<Type> types;
  for (const Field& field : fields) types.push_back(field.type);
  std::string text;
  for (const ColumnPtr& column : TRY(DecodeKeys({&key, 1}, types))) {
    if (!text.empty()) text += ", ";
    FormatCell(*column, 0, text);
  }
  return text;
}

class Summary {
 public:
  Summary(const StateTable& table, const RowCodec& codec) : table_(table), codec_(codec) {}

  Status Add(std::string_view key, std::string_view value) {
    const StateSchema& schema = *table_.schema;
    const RecordKey parts = TRY(SplitKey(key, schema));
    uint64_t rows = 1;
    if (schema.layout == StateLayout::kList) rows = TRY(RowsIn(value));
    sum_.rows += rows;
    sum_.bytes += key.size() + value.size();
    if (schema.layout == StateLayout::kValue) return {};
    const auto end = static_cast<size_t>(parts.key.data() + parts.key.size() - key.data());
    if (run_.rows == 0 || run_.place != key.substr(0, end)) {
      EndRun();
      run_ = {std::string(key.substr(0, end)), std::string(parts.key)};
    }
    run_.rows += rows;
    run_.bytes += key.size() + value.size();
    return {};
  }

  Result<StateSummary> Finish() {
    EndRun();
    for (const KeyRun& run : largest_) {
      sum_.largest.push_back({TRY(KeyText(run.key, table_.schema->key)), run.rows, run.bytes});
    }
    return std::move(sum_);
  }

 private:
  Result<uint64_t> RowsIn(std::string_view value) const {
    uint64_t rows = 0;
    for (; !value.empty(); ++rows) {
      const size_t length = TRY(codec_.LengthOf(value));
      if (length == 0) return Status::Corruption("a saved row is empty").WithId("E7001");
      value.remove_prefix(length);
    }
    return rows;
  }

  void EndRun() {
    const bool counts =
        run_.rows > 0 && (largest_.size() < kLargeKeys || run_.bytes > largest_.back().bytes);
    if (!counts) return;
    largest_.insert(
        std::ranges::upper_bound(largest_, run_.bytes, std::greater<>(), &KeyRun::bytes), run_);
    if (largest_.size() > kLargeKeys) largest_.pop_back();
  }

  const StateTable& table_;
  const RowCodec& codec_;
  StateSummary sum_;
  KeyRun run_;
  std::vector<KeyRun> largest_;  // the largest first
};

}  // namespace

Result<StateSummary> Summarise(SnapshotRecords& records, const StateTable& table,
                               const std::atomic<bool>& cancel) {
  const std::map<std::string, std::string> books = TRY(records.Bookkeeping(table.family));
  const auto record = books.find(SchemaKey(table.family));
  if (record == books.end()) return StateSummary();
  SavedSchema saved = TRY(ReadSchemaHistory(record->second));
  const RowCodec codec = TRY(RowCodec::Make(saved.schema.value, saved.history));
  Summary summary(table, codec);
  const std::unique_ptr<RecordCursor> cursor = TRY(records.NewCursor(table.family));
  RETURN_IF_ERROR(cursor->Seek(""));
  for (uint64_t read = 0; cursor->valid(); ++read) {
    if (read % kRecordsBetweenLooks == 0 && cancel.load(std::memory_order_relaxed))
      return Status::Cancelled("cancelled").WithId("E8001");
    RETURN_IF_ERROR(summary.Add(cursor->key(), cursor->value()));
    RETURN_IF_ERROR(cursor->Next());
  }
  return summary.Finish();
}

}  // namespace weir::state
