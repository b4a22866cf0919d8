#include "state/checkpoint/canonical_rows.h"

#include <deque>
#include <utility>

#include "runtime/base/bytes.h"
#include "runtime/types/string_ref.h"
#include "state/checkpoint/state_moves.h"
#include "state/table/epoch.h"

namespace weir::state {
namespace {

// Owns the strings of one decoded row.
class RowStrings final : public StringOwner {
 public:
  explicit RowStrings(const RowLayout& layout) : layout_(layout) {}
  void SetString(std::byte* row, size_t field, std::string_view bytes) override {
    owned_.emplace_back(bytes);
    layout_.Store(row, field, StringRef(std::string_view(owned_.back())));
  }

 private:
  const RowLayout& layout_;
  std::deque<std::string> owned_;
};

}  // namespace

Result<CanonicalRows> CanonicalRows::Make(std::string_view schema_record) {
  SavedSchema saved = TRY(ReadSchemaHistory(schema_record));
  const uint64_t newest = saved.history.rbegin()->first;
  SchemaHistory one;
  RowCodec writer = TRY(RowCodec::Make(saved.schema.value, one));
  RowCodec reader = TRY(RowCodec::Make(saved.schema.value, saved.history));
  std::string record;
  AppendSchemaHistory(saved.schema, one, record);
  return CanonicalRows(saved.schema, newest, std::move(reader), std::move(writer),
                       std::move(record));
}

Status CanonicalRows::RewriteRow(std::string_view value) {
  value_.clear();
  ByteReader in(value);
  // Rows of the newest schema only get its new version number, 1; older ones are encoded again.
  if (in.Varint() == newest_ && !in.failed()) {
    AppendVarint(value_, 1);
    value_ += in.rest();
    return {};
  }
  const RowLayout& layout = reader_.layout();
  row_.assign(reader_.stored_bytes(), '\0');
  auto* row = reinterpret_cast<std::byte*>(row_.data());
  RowStrings strings(layout);
  RETURN_IF_ERROR(reader_.Decode(value, row, strings));
  writer_.Encode(row, value_);
  return {};
}

Status CanonicalRows::RewriteList(std::string_view key, std::string_view value, const Give& give) {
  // Numbers the rows of each list anew, one record each: a record on disk may hold several.
  constexpr size_t kSequenceBytes = 8;
  if (key.size() < kSequenceBytes) return Status::Corruption("a saved list row has a short key");
  const std::string_view list = key.substr(0, key.size() - kSequenceBytes);
  if (list != list_key_) {
    list_key_ = list;
    next_number_ = 0;
  }
  std::string row_key;
  while (!value.empty()) {
    const size_t length = TRY(reader_.LengthOf(value));
    RETURN_IF_ERROR(RewriteRow(value.substr(0, length)));
    row_key = list_key_;
    AppendBig64(row_key, next_number_++);
    RETURN_IF_ERROR(give(row_key, value_));
    value.remove_prefix(length);
  }
  return {};
}

Status CanonicalRows::Rewrite(std::string_view key, std::string_view value, const Give& give) {
  if (list_) return RewriteList(key, value, give);
  RETURN_IF_ERROR(RewriteRow(value));
  return give(key, value_);
}

std::map<std::string, std::string> CanonicalBookkeeping(
    const std::map<std::string, std::string>& all, const std::string& family,
    const std::string& schema_record) {
  std::map<std::string, std::string> records;
  records[SchemaKey(family)] = schema_record;
  const std::string prefix = CounterKey(family, "");
  for (auto at = all.lower_bound(prefix); at != all.end() && at->first.starts_with(prefix); ++at) {
    const Result<GroupCounter> counter = DecodeCounter(at->second);
    // A counter of zeros says no more than a missing one.
    const bool nothing = counter.ok() && counter->rows == 0 && counter->next_sequence == 0;
    if (!nothing) records.insert(*at);
  }
  return records;
}

}  // namespace weir::state
