#include "state/reading/state_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "runtime/base/bytes.h"
#include "runtime/base/hash.h"
#include "state/files/checkpoint_files.h"
#include "state/reading/key_lookup.h"
#include "state/reading/state_rows.h"
#include "state/table/epoch.h"
#include "state/table/records.h"

namespace weir::state {
namespace {

constexpr uint32_t kRanges = 16;  // of key groups; fixed, as splits outlive a start
constexpr uint64_t kBatchBytes = 8 << 20;
constexpr std::string_view kKeysSplit = "keys";
constexpr size_t kSliceBytes = 8;

std::string HexOf(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) text += fmt::format("{:02x}", static_cast<uint8_t>(byte));
  return text;
}

std::optional<std::string> BytesOf(std::string_view hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    uint8_t byte = 0;
    const auto [end, error] = std::from_chars(hex.data() + i, hex.data() + i + 2, byte, 16);
    if (error != std::errc() || end != hex.data() + i + 2) return std::nullopt;
    bytes += static_cast<char>(byte);
  }
  return hex.size() % 2 == 0 ? std::optional(bytes) : std::nullopt;
}

Status BadPlace(std::string_view text) {
  return Status::Corruption(fmt::format("no position in a table of state: {}", text))
      .WithId("E7001");
}

// Where a reader goes on: behind `rows` rows of the record `key`, or of all that are looked up.
struct Place {
  std::string key;
  uint64_t rows = 0;

  std::string Text() const { return fmt::format("v1 key={} rows={}", HexOf(key), rows); }
  static Result<Place> Of(std::string_view text) {
    Place place;
    if (text.empty()) return place;
    constexpr std::string_view kKey = "v1 key=", kRows = " rows=";
    const size_t end = text.find(kRows);
    const bool whole =
        text.starts_with(kKey) && end != std::string_view::npos && end >= kKey.size();
    const auto key = whole ? BytesOf(text.substr(kKey.size(), end - kKey.size())) : std::nullopt;
    const auto rows = whole ? ParseNumber(text.substr(end + kRows.size())) : std::nullopt;
    if (!key || !rows) return BadPlace(text);
    return Place{*key, *rows};
  }
};

// Reads key groups [begin, end) in order.
class RangeReader final : public SplitReader {
 public:
  RangeReader(std::unique_ptr<RecordCursor> cursor, std::unique_ptr<StateRows> rows,
              KeyGroupRange groups, Place place)
      : cursor_(std::move(cursor)),
        rows_(std::move(rows)),
        groups_(groups),
        place_(std::move(place)) {}

  Result<ReadOutcome> Read(uint32_t max_rows, Batch& out) override {
    if (!begun_) RETURN_IF_ERROR(Begin());
    while (Inside() && rows_->size() < max_rows && rows_->bytes() < kBatchBytes) {
      RETURN_IF_ERROR(TakeRows(max_rows - rows_->size()));
    }
    if (rows_->size() == 0) return ReadOutcome::kEndOfSplit;
    out = TRY(rows_->Take());
    read_ += out.row_count;
    return ReadOutcome::kRows;
  }
  std::string Position() const override { return place_.Text(); }
  ReaderStatistics statistics() const override { return {.rows_read = read_}; }

 private:
  Status Begin() {
    begun_ = true;
    std::string from = place_.key;
    if (from.empty()) AppendBig16(from, static_cast<uint16_t>(groups_.first));
    return cursor_->Seek(from);
  }
  bool Inside() const { return cursor_->valid() && LoadBig16(cursor_->key().data()) < groups_.end; }
  // Adds at most `most` rows of the record that the cursor is at, from place_ on, and goes to the
  // next record when all of them are taken.
  Status TakeRows(uint32_t most) {
    std::string_view value = cursor_->value();
    const bool within = place_.rows > 0 && cursor_->key() == place_.key;
    if (!within) {
      place_.key.assign(cursor_->key());
      place_.rows = offset_ = 0;
    } else if (offset_ == 0) {
      if (TRY(rows_->Pass(value, place_.rows)) < place_.rows) return BadPlace(place_.Text());
    } else {
      value.remove_prefix(offset_);
    }
    if (!within || !value.empty()) place_.rows += TRY(rows_->Add(place_.key, value, most));
    offset_ = cursor_->value().size() - value.size();
    return value.empty() ? cursor_->Next() : Status();
  }

  const std::unique_ptr<RecordCursor> cursor_;
  const std::unique_ptr<StateRows> rows_;
  const KeyGroupRange groups_;
  Place place_;
  size_t offset_ = 0;  // of the rows behind the place in their record; 0 where it is not known
  bool begun_ = false;
  uint64_t read_ = 0;
};

// Reads the rows of some keys, by a seek each: in sliced tables one each slice.
class KeysReader final : public SplitReader {
 public:
  // The keys to seek, and what is needed to find their records. The first `given` rows are skipped,
  // as they were read before the reader was restored.
  struct Lookup {
    std::vector<std::string> keys;
    StateSchema schema;
    uint32_t max_parallelism;
  };
  KeysReader(std::unique_ptr<RecordCursor> cursor, std::unique_ptr<StateRows> rows, Lookup lookup,
             uint64_t given)
      : cursor_(std::move(cursor)),
        rows_(std::move(rows)),
        keys_(std::move(lookup.keys)),
        schema_(std::move(lookup.schema)),
        max_parallelism_(lookup.max_parallelism),
        skip_(given),
        given_(given) {}

  Result<ReadOutcome> Read(uint32_t max_rows, Batch& out) override {
    while (next_ < keys_.size() && rows_->size() < max_rows && rows_->bytes() < kBatchBytes) {
      RETURN_IF_ERROR(inside_ ? GoOn(max_rows - rows_->size()) : Enter());
    }
    if (rows_->size() == 0) return ReadOutcome::kEndOfSplit;
    given_ += rows_->size();
    out = TRY(rows_->Take());
    return ReadOutcome::kRows;
  }
  std::string Position() const override { return Place{"", given_}.Text(); }
  ReaderStatistics statistics() const override { return {.rows_read = given_}; }

 private:
  // Goes to the first record of the next key, or of its next slice.
  Status Enter() {
    const std::string& key = keys_[next_];
    const auto group =
        static_cast<uint16_t>(KeyGroupOf(Hash64(key.data(), key.size()), max_parallelism_));
    if (schema_.sliced) RETURN_IF_ERROR(FindSlice(group));
    if (schema_.sliced && !slice_) {
      ++next_;
      return {};
    }
    prefix_.clear();
    AppendPlace(group, schema_.sliced, slice_.value_or(0), prefix_);
    prefix_ += key;
    inside_ = true;
    return cursor_->Seek(prefix_);
  }

  // Sets slice_ to the first slice of the key group behind the one that was looked at; empties it
  // when there is none.
  Status FindSlice(uint16_t group) {
    std::string from;
    if (slice_ && *slice_ == INT64_MAX) {
      slice_.reset();
      return {};
    }
    AppendPlace(group, slice_.has_value(), slice_ ? *slice_ + 1 : 0, from);
    RETURN_IF_ERROR(cursor_->Seek(from));
    slice_.reset();
    if (!cursor_->valid() || LoadBig16(cursor_->key().data()) != group) return {};
    slice_ = TRY(SplitKey(cursor_->key(), schema_)).slice;
    return {};
  }

  Status GoOn(uint32_t most) {
    // Keys that begin as this one does may lie among its records.
    if (!cursor_->valid() || !cursor_->key().starts_with(prefix_)) return Leave();
    const RecordKey parts = TRY(SplitKey(cursor_->key(), schema_));
    if (parts.key == keys_[next_] && !TRY(TakeRows(most))) return {};
    offset_ = 0;
    return cursor_->Next();
  }

  // Whether the record has no more rows.
  Result<bool> TakeRows(uint32_t most) {
    std::string_view value = cursor_->value().substr(offset_);
    const uint64_t passed = skip_ > 0 ? TRY(rows_->Pass(value, skip_)) : 0;
    skip_ -= passed;
    if (passed == 0 || !value.empty())
      RETURN_IF_ERROR(rows_->Add(cursor_->key(), value, most).status());
    offset_ = cursor_->value().size() - value.size();
    return value.empty();
  }

  Status Leave() {
    inside_ = false;
    if (!schema_.sliced) ++next_;
    return {};
  }

  const std::unique_ptr<RecordCursor> cursor_;
  const std::unique_ptr<StateRows> rows_;
  const std::vector<std::string> keys_;
  const StateSchema schema_;
  const uint32_t max_parallelism_;
  size_t next_ = 0;
  bool inside_ = false;
  std::optional<int64_t> slice_;
  std::string prefix_;
  size_t offset_ = 0;  // of what is left of the record
  uint64_t skip_;      // rows that were given before a restart and were not passed yet
  uint64_t given_;
};

class StateSource final : public Source {
 public:
  StateSource(StateScan scan, std::vector<int> wanted, StateTable table,
              std::vector<StateColumn> columns, std::optional<std::vector<std::string>> keys)
      : scan_(std::move(scan)),
        wanted_(std::move(wanted)),
        table_(std::move(table)),
        columns_(std::move(columns)),
        keys_(std::move(keys)) {}

  bool bounded() const override { return true; }
  Result<std::vector<Split>> Discover() override {
    if (keys_) return std::vector<Split>{{std::string(kKeysSplit), "", false}};
    std::vector<Split> splits;
    for (uint32_t i = 0; i < Ranges(); ++i) splits.push_back({std::to_string(i), "", false});
    return splits;
  }

  Result<std::unique_ptr<SplitReader>> Open(const Split& split) override {
    const std::map<std::string, std::string> own = TRY(scan_.records->Bookkeeping(table_.family));
    const auto record = own.find(SchemaKey(table_.family));
    // State without rows is not written at all.
    if (record == own.end()) return std::unique_ptr<SplitReader>(std::make_unique<NoRows>());
    const SavedSchema saved = TRY(ReadSchemaHistory(record->second));
    std::unique_ptr<StateRows> rows = TRY(StateRows::Make(table_, columns_, wanted_, saved));
    std::unique_ptr<RecordCursor> cursor = TRY(scan_.records->NewCursor(table_.family));
    Place place = TRY(Place::Of(split.position));
    if (split.id == kKeysSplit && keys_) {
      return std::unique_ptr<SplitReader>(std::make_unique<KeysReader>(
          std::move(cursor), std::move(rows),
          KeysReader::Lookup{*keys_, *table_.schema, scan_.metadata->max_parallelism}, place.rows));
    }
    const std::optional<uint64_t> number = ParseNumber(split.id);
    if (!number || *number >= Ranges())
      return Status::Corruption("no part of a table of state: " + split.id).WithId("E7001");
    const KeyGroupRange groups = KeyGroupsOfSubtask(static_cast<uint32_t>(*number), Ranges(),
                                                    scan_.metadata->max_parallelism);
    return std::unique_ptr<SplitReader>(std::make_unique<RangeReader>(
        std::move(cursor), std::move(rows), groups, std::move(place)));
  }

 private:
  class NoRows final : public SplitReader {
   public:
    Result<ReadOutcome> Read(uint32_t, Batch&) override { return ReadOutcome::kEndOfSplit; }
    std::string Position() const override { return Place().Text(); }
  };
  uint32_t Ranges() const { return std::min(kRanges, scan_.metadata->max_parallelism); }

  const StateScan scan_;
  const std::vector<int> wanted_;
  const StateTable table_;
  const std::vector<StateColumn> columns_;
  const std::optional<std::vector<std::string>> keys_;
};

// A column of a definition's PRIMARY KEY that the state does not have by its name is the column of
// the key in its place (FLIP-496: the PRIMARY KEY is the key of the state), where they are as many.
std::string_view KeyColumnInItsPlace(std::string_view primary, std::string_view name,
                                     const std::vector<StateColumn>& columns) {
  size_t said = 0;
  std::optional<size_t> place;
  for (std::string_view rest = primary; !rest.empty(); ++said) {
    const std::string_view part = rest.substr(0, rest.find(';'));
    if (part == name) place = said;
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
  }
  std::string_view found;
  size_t keys = 0;
  for (const StateColumn& column : columns) {
    if (column.kind != StateColumnKind::kKey) continue;
    ++keys;
    if (column.index == place) found = column.name;
  }
  return keys == said ? found : std::string_view();
}

// The column of the state that a column of the definition stands for; the end of `columns`: none.
std::vector<StateColumn>::iterator ColumnFor(const graph::ScanSpec& scan, std::string_view primary,
                                             const Field& said, std::vector<StateColumn>& columns) {
  const auto named = [&](std::string_view name) {
    return std::ranges::find(columns, name,
                             [](const StateColumn& one) { return std::string_view(one.name); });
  };
  const std::string_view other =
      graph::OptionValue(scan.options, fmt::format("fields.{}.state-name", said.name));
  if (!other.empty()) return named(other);
  const auto found = named(said.name);
  return found != columns.end() ? found : named(KeyColumnInItsPlace(primary, said.name, columns));
}

// A definition may name some of the columns, in any order, otherwise than they are, and say that
// they are never NULL.
Result<std::vector<int>> DeclaredColumns(const graph::ScanSpec& scan, std::string_view primary,
                                         std::vector<StateColumn>& columns) {
  std::vector<int> wanted;
  for (const int number : scan.columns) {
    const Field& said = scan.table_schema.fields[static_cast<size_t>(number)];
    const auto found = ColumnFor(scan, primary, said, columns);
    if (found == columns.end() || found->type != said.type.WithNullable(true)) {
      const std::string has =
          found == columns.end() ? "no such column" : "it as " + found->type.ToString();
      return Status::InvalidSql(fmt::format("column \"{}\" {} of {}: the state has {}", said.name,
                                            said.type.ToString(), scan.table, has))
          .WithId("E2009")
          .WithHint(fmt::format("it has {}", SchemaOf(columns).ToString()));
    }
    found->type = said.type;
    wanted.push_back(static_cast<int>(found - columns.begin()));
  }
  return wanted;
}

}  // namespace

Result<std::unique_ptr<Source>> MakeStateSource(StateScan from, const graph::ScanSpec& scan) {
  const StateTable table = TRY(FindStateTable(*from.metadata, from.uid, from.table));
  std::vector<StateColumn> columns = ColumnsOf(table);
  std::vector<int> wanted = TRY(DeclaredColumns(scan, from.primary_key, columns));
  std::optional<std::vector<std::string>> keys =
      KeysAskedFor(scan.filter, wanted, columns, *table.schema);
  return std::unique_ptr<Source>(std::make_unique<StateSource>(
      std::move(from), std::move(wanted), table, std::move(columns), std::move(keys)));
}

}  // namespace weir::state
