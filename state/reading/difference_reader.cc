#include "state/reading/difference_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <compare>
#include <deque>
#include <numeric>

#include "runtime/base/bytes.h"
#include "runtime/types/string_ref.h"
#include "state/reading/state_rows.h"
#include "state/table/epoch.h"

namespace weir::state {
namespace {

constexpr size_t kSequenceBytes = 8;
constexpr uint64_t kBatchBytes = 8 << 20;
// Bytes of one list's rows that are held in memory to be compared; more are E4004.
constexpr uint64_t kMostListBytes = 256 << 20;

// Rows in one form, whatever schema wrote them, so that equal rows have equal bytes.
class RowForms final : public StringOwner {
 public:
  RowForms(RowCodec reader, RowCodec writer, std::string own_schema)
      : reader_(std::move(reader)),
        writer_(std::move(writer)),
        own_schema_(std::move(own_schema)),
        row_(reader_.stored_bytes()) {}

  const std::string& own_schema() const { return own_schema_; }
  // Appends the first of the rows in `in`, which is taken off it.
  Status Take(ByteReader& in, std::string& out) {
    std::ranges::fill(row_, std::byte{0});
    texts_.clear();
    RETURN_IF_ERROR(reader_.DecodeNext(in, row_.data(), *this));
    writer_.Encode(row_.data(), out);
    return {};
  }
  void SetString(std::byte* row, size_t field, std::string_view bytes) override {
    texts_.emplace_back(bytes);
    reader_.layout().Store(row, field, StringRef(std::string_view(texts_.back())));
  }

 private:
  const RowCodec reader_, writer_;
  const std::string own_schema_;  // the record of the saved schema
  std::vector<std::byte> row_;
  std::deque<std::string> texts_;
};

// One of the two tables, with the cursor over it.
struct Side {
  std::unique_ptr<RecordCursor> cursor;
  std::unique_ptr<RowForms> forms;
  std::vector<std::string> list;  // rows of the list that is compared, ascending
  size_t next = 0;                // of them: what was not compared yet

  bool in_list() const { return next < list.size(); }

  bool valid() const { return cursor != nullptr && cursor->valid(); }
};

bool TimedRows(const std::vector<Field>& fields) {
  return !fields.empty() && fields.back().name == kLastWriteField;
}

std::vector<Field> FieldsOf(const StateTable& table, bool timed) {
  std::vector<Field> fields = table.schema->value;
  if (timed && !TimedRows(fields)) fields = WithLastWrite(std::move(fields));
  return fields;
}

Result<Side> OpenSide(const StateScan& scan, const StateTable& own, const StateTable& after,
                      bool timed) {
  Side side;
  const std::map<std::string, std::string> books = TRY(scan.records->Bookkeeping(own.family));
  const auto record = books.find(SchemaKey(own.family));
  if (record == books.end()) return side;
  SavedSchema saved = TRY(ReadSchemaHistory(record->second));
  SchemaHistory one;
  const std::vector<Field> fields = FieldsOf(after, timed);
  RowCodec writer = TRY(RowCodec::Make(fields, one));
  RowCodec reader = TRY(RowCodec::Make(fields, saved.history));
  side.forms = std::make_unique<RowForms>(std::move(reader), std::move(writer), record->second);
  side.cursor = TRY(scan.records->NewCursor(own.family));
  RETURN_IF_ERROR(side.cursor->Seek(""));
  return side;
}

// Puts the rows of a difference into batches.
class Changes {
 public:
  // `rows` are in the one form; the kinds are the columns op_at[…], ascending.
  Changes(std::unique_ptr<StateRows> rows, std::vector<size_t> op_at)
      : rows_(std::move(rows)), op_at_(std::move(op_at)) {}

  Status Add(RowKind kind, std::string_view key, std::string_view row) {
    kinds_.push_back(kind);
    return rows_->Add(key, row, 1).status();
  }
  uint32_t size() const { return rows_->size(); }
  uint64_t bytes() const { return rows_->bytes(); }

  Result<Batch> Take() {
    Batch batch = TRY(rows_->Take());
    const MutableColumnPtr op = Column::Make(Type::String(), batch.row_count);
    for (uint32_t i = 0; i < batch.row_count; ++i) op->SetString(i, RowKindText(kinds_[i]));
    kinds_.clear();
    for (const size_t at : op_at_)
      batch.columns.insert(batch.columns.begin() + static_cast<ptrdiff_t>(at), op);
    return batch;
  }

 private:
  std::unique_ptr<StateRows> rows_;
  std::vector<size_t> op_at_;
  std::vector<RowKind> kinds_;
};

class DifferenceReader final : public SplitReader {
 public:
  // Skips the first `given` rows, which were read before the reader was restored.
  DifferenceReader(Side before, Side after, bool list, Changes changes, uint64_t given)
      : before_(std::move(before)),
        after_(std::move(after)),
        list_(list),
        changes_(std::move(changes)),
        passed_(given) {}

  Result<ReadOutcome> Read(uint32_t max_rows, Batch& out) override {
    while (TRY(ReadMore(max_rows, out))) {
      given_ += out.row_count;
      if (given_ <= passed_) continue;
      const auto fresh = static_cast<uint32_t>(std::min<uint64_t>(given_ - passed_, out.row_count));
      if (fresh < out.row_count) out = LastRows(out, fresh);
      return ReadOutcome::kRows;
    }
    return ReadOutcome::kEndOfSplit;
  }
  std::string Position() const override {
    return fmt::format("v1 rows={}", std::max(given_, passed_));
  }
  ReaderStatistics statistics() const override { return {.rows_read = given_}; }

 private:
  std::string_view KeyOf(const Side& side) const {
    std::string_view key = side.cursor->key();
    if (list_ && key.size() >= kSequenceBytes) key.remove_suffix(kSequenceBytes);
    return key;
  }

  Result<bool> ReadMore(uint32_t max_rows, Batch& out) {
    while (changes_.size() < max_rows && changes_.bytes() < kBatchBytes) {
      if (update_) {
        RETURN_IF_ERROR(GiveUpdate());
      } else if (before_.in_list() || after_.in_list()) {
        RETURN_IF_ERROR(CompareRowsOfLists());
      } else if (before_.valid() || after_.valid()) {
        RETURN_IF_ERROR(Compare());
      } else {
        break;
      }
    }
    if (changes_.size() == 0) return false;
    out = TRY(changes_.Take());
    return true;
  }

  static Batch LastRows(const Batch& batch, uint32_t count) {
    std::vector<uint32_t> ids(count);
    std::iota(ids.begin(), ids.end(), batch.row_count - count);
    return GatherBatch(batch, ids.data(), count);
  }

  Status Compare() {
    const int order = !before_.valid()  ? 1
                      : !after_.valid() ? -1
                                        : KeyOf(before_).compare(KeyOf(after_));
    if (list_) return CompareLists(order);
    if (order < 0) return Give(RowKind::kDelete, before_);
    if (order > 0) return Give(RowKind::kInsert, after_);
    return CompareRows();
  }

  Status Give(RowKind kind, Side& side) {
    RETURN_IF_ERROR(FormOf(side, row_));
    RETURN_IF_ERROR(changes_.Add(kind, side.cursor->key(), row_));
    return side.cursor->Next();
  }

  Status FormOf(Side& side, std::string& row) {
    row.clear();
    ByteReader in(side.cursor->value());
    return side.forms->Take(in, row);
  }

  Status CompareRows() {
    const bool same = before_.cursor->value() == after_.cursor->value() &&
                      before_.forms->own_schema() == after_.forms->own_schema();
    if (!same) {
      RETURN_IF_ERROR(FormOf(before_, old_));
      RETURN_IF_ERROR(FormOf(after_, row_));
      if (old_ != row_) {
        update_ = true;
        return changes_.Add(RowKind::kUpdateBefore, before_.cursor->key(), old_);
      }
    }
    return NextOfBoth();
  }

  // The second row of an update.
  Status GiveUpdate() {
    update_ = false;
    RETURN_IF_ERROR(changes_.Add(RowKind::kUpdateAfter, after_.cursor->key(), row_));
    return NextOfBoth();
  }

  Status NextOfBoth() {
    RETURN_IF_ERROR(before_.cursor->Next());
    return after_.cursor->Next();
  }

  // Rows of a list have no key of their own: those that one list has more often are the difference.
  // Records that both have alike are passed first, as most of a list does not change.
  Status CompareLists(int order) {
    const Side& first = order <= 0 ? before_ : after_;
    list_key_.assign(KeyOf(first));
    while (order == 0 && SameRecords()) RETURN_IF_ERROR(NextOfBoth());
    RETURN_IF_ERROR(TakeList(before_));
    return TakeList(after_);
  }

  bool InList(const Side& side) const { return side.valid() && KeyOf(side) == list_key_; }
  bool SameRecords() const {
    return InList(before_) && InList(after_) && before_.cursor->value() == after_.cursor->value() &&
           before_.forms->own_schema() == after_.forms->own_schema();
  }

  Status TakeList(Side& side) {
    side.list.clear();
    side.next = 0;
    uint64_t bytes = 0;
    while (InList(side)) {
      for (ByteReader in(side.cursor->value()); !in.at_end();) {
        RETURN_IF_ERROR(side.forms->Take(in, side.list.emplace_back()));
        bytes += side.list.back().size() + sizeof(std::string);
      }
      if (bytes > kMostListBytes) {
        return Status::InvalidArgument(
                   "the rows of one key differ in more than can be compared at a time")
            .WithId("E4004")
            .WithHint("SELECT … EXCEPT ALL of the two states compares them on disk");
      }
      RETURN_IF_ERROR(side.cursor->Next());
    }
    std::ranges::sort(side.list);
    return {};
  }

  // Takes the smaller of the two next rows, or both where they are alike.
  Status CompareRowsOfLists() {
    const std::strong_ordering order =
        !before_.in_list()  ? std::strong_ordering::greater
        : !after_.in_list() ? std::strong_ordering::less
                            : before_.list[before_.next] <=> after_.list[after_.next];
    const std::string_view row = order <= 0 ? before_.list[before_.next] : after_.list[after_.next];
    if (order <= 0) ++before_.next;
    if (order >= 0) ++after_.next;
    if (order == 0) return {};
    row_key_ = list_key_;
    row_key_.append(kSequenceBytes, '\0');
    return changes_.Add(order < 0 ? RowKind::kDelete : RowKind::kInsert, row_key_, row);
  }

  Side before_, after_;
  const bool list_;
  Changes changes_;
  const uint64_t passed_;
  std::string row_, old_, list_key_, row_key_;
  bool update_ = false;  // its second row, row_, is to be given
  uint64_t given_ = 0;
};

// Whether the table's rows have the times of their last writes, as they are saved.
Result<bool> HasTimes(const StateScan& scan, const StateTable& table) {
  const std::map<std::string, std::string> books = TRY(scan.records->Bookkeeping(table.family));
  const auto record = books.find(SchemaKey(table.family));
  if (record == books.end()) return false;
  return TimedRows(TRY(ReadSchemaHistory(record->second)).schema.value);
}

}  // namespace

Result<std::unique_ptr<SplitReader>> OpenDifference(const StateScan& old, const StateScan& now,
                                                    const StatePair& pair,
                                                    std::span<const int> wanted, uint64_t given) {
  const bool timed = TRY(HasTimes(old, pair.before)) || TRY(HasTimes(now, pair.after));
  Side before = TRY(OpenSide(old, pair.before, pair.after, timed));
  Side after = TRY(OpenSide(now, pair.after, pair.after, timed));
  SavedSchema one{*pair.after.schema, {}};
  one.schema.value = FieldsOf(pair.after, timed);
  RETURN_IF_ERROR(RowCodec::Make(one.schema.value, one.history).status());
  std::vector<int> columns;
  std::vector<size_t> op_at;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] == 0) op_at.push_back(i);
    if (wanted[i] > 0) columns.push_back(wanted[i] - 1);
  }
  std::unique_ptr<StateRows> rows =
      TRY(StateRows::Make(pair.after, ColumnsOf(pair.after), std::move(columns), one));
  const bool list = pair.after.schema->layout == StateLayout::kList;
  return std::unique_ptr<SplitReader>(
      std::make_unique<DifferenceReader>(std::move(before), std::move(after), list,
                                         Changes(std::move(rows), std::move(op_at)), given));
}

}  // namespace weir::state
