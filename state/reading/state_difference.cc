// The difference of a table of state in two snapshots, and of all tables.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "runtime/types/batch_text.h"
#include "state/files/checkpoint_files.h"
#include "state/reading/difference_reader.h"
#include "state/reading/state_source.h"

namespace weir::state {
namespace {

Status Unlike(std::string_view what) {
  return Status::RestoreRefused(fmt::format("the two states cannot be compared: {}", what))
      .WithId("E7002")
      .WithHint("without UID all rows of the one and then all of the other are the difference");
}

// Rows are stored by key group and compared in that order: with other numbers of groups all rows
// would look different though they are the same.
Status CheckGroups(const StateScan& before, const StateScan& after) {
  const uint32_t groups = before.metadata->max_parallelism;
  if (groups == after.metadata->max_parallelism) return {};
  return Unlike("they are in other numbers of key groups")
      .WithHint(fmt::format("weir convert-savepoint --max-parallelism {} makes one of the second "
                            "that can be compared with the first",
                            groups));
}

Status CheckAlike(const StatePair& pair) {
  const StateSchema& old = *pair.before.schema;
  const StateSchema& now = *pair.after.schema;
  if (old.layout != now.layout || old.sliced != now.sliced)
    return Unlike("their rows are laid out otherwise");
  if (old.key != now.key || old.sub_key != now.sub_key) return Unlike("they have other keys");
  return {};
}

Result<StatePair> PairOf(const StateScan& before, const StateScan& after) {
  StatePair pair;
  pair.after = TRY(FindStateTable(*after.metadata, after.uid, after.table));
  pair.before = TRY(FindStateTable(*before.metadata, before.uid, pair.after.schema->name));
  RETURN_IF_ERROR(CheckAlike(pair));
  RETURN_IF_ERROR(CheckGroups(before, after));
  return pair;
}

Result<uint64_t> RowsBefore(const std::string& position) {
  constexpr std::string_view kRows = "v1 rows=";
  if (position.empty()) return uint64_t{0};
  const std::string_view said = position;
  const auto rows = said.starts_with(kRows) ? ParseNumber(said.substr(kRows.size())) : std::nullopt;
  if (rows) return *rows;
  return Status::Corruption("no position in a difference: " + position).WithId("E7001");
}

class DifferenceSource final : public Source {
 public:
  DifferenceSource(StateScan before, StateScan after, StatePair pair, std::vector<int> wanted)
      : before_(std::move(before)),
        after_(std::move(after)),
        pair_(std::move(pair)),
        wanted_(std::move(wanted)) {}

  bool bounded() const override { return true; }
  Result<std::vector<Split>> Discover() override {
    return std::vector<Split>{{"difference", "", false}};
  }
  Result<std::unique_ptr<SplitReader>> Open(const Split& split) override {
    return OpenDifference(before_, after_, pair_, wanted_, TRY(RowsBefore(split.position)));
  }

 private:
  const StateScan before_, after_;
  const StatePair pair_;
  const std::vector<int> wanted_;
};

// Whether the column is of what a row is known by.
bool IsOfKey(const StateColumn& column) {
  return column.kind != StateColumnKind::kField && column.kind != StateColumnKind::kFieldTime &&
         column.kind != StateColumnKind::kResult && column.kind != StateColumnKind::kLastWrite;
}

// The rows of one table's difference as texts: op, uid, table, key, row.
class TextReader final : public SplitReader {
 public:
  TextReader(std::unique_ptr<SplitReader> rows, const StateTable& table, std::vector<int> wanted)
      : rows_(std::move(rows)),
        columns_(ColumnsOf(table)),
        wanted_(std::move(wanted)),
        uid_(table.op->uid),
        table_(table.schema->name) {}

  Result<ReadOutcome> Read(uint32_t max_rows, Batch& out) override {
    Batch rows;
    const ReadOutcome outcome = TRY(rows_->Read(max_rows, rows));
    if (outcome != ReadOutcome::kRows) return outcome;
    out = Batch();
    out.row_count = rows.row_count;
    for (const int column : wanted_) {
      const MutableColumnPtr texts = Column::Make(Type::String(), rows.row_count);
      for (uint32_t row = 0; row < rows.row_count; ++row)
        texts->SetString(row, Text(column, rows, row));
      out.columns.push_back(texts);
    }
    return outcome;
  }
  std::string Position() const override { return rows_->Position(); }
  ReaderStatistics statistics() const override { return rows_->statistics(); }

 private:
  std::string Text(int column, const Batch& rows, uint32_t row) const {
    std::string text;
    switch (column) {
      case 0:
        FormatCell(*rows.columns[0], row, text);
        return text;
      case 1:
        return uid_;
      case 2:
        return table_;
      default:
        return ColumnsText(column == 3, rows, row);
    }
  }

  std::string ColumnsText(bool of_key, const Batch& rows, uint32_t row) const {
    std::string text;
    for (size_t i = 0; i < columns_.size(); ++i) {
      const Column& column = *rows.columns[i + 1];
      const bool unknown = columns_[i].kind == StateColumnKind::kLastWrite && column.IsNull(row);
      if (IsOfKey(columns_[i]) != of_key || unknown) continue;
      text += fmt::format("{}{}=", text.empty() ? "" : ", ", columns_[i].name);
      FormatCell(column, row, text);
    }
    return text;
  }

  const std::unique_ptr<SplitReader> rows_;
  const std::vector<StateColumn> columns_;
  const std::vector<int> wanted_;
  const std::string uid_, table_;
};

// The difference of everything that two snapshots have.
class AllDifferences final : public Source {
 public:
  AllDifferences(StateScan before, StateScan after, std::vector<int> wanted)
      : before_(std::move(before)), after_(std::move(after)), wanted_(std::move(wanted)) {
    AddTables();
  }

  bool bounded() const override { return true; }
  Result<std::vector<Split>> Discover() override {
    std::vector<Split> splits;
    for (size_t i = 0; i < pairs_.size(); ++i) splits.push_back({std::to_string(i), "", false});
    return splits;
  }
  Result<std::unique_ptr<SplitReader>> Open(const Split& split) override {
    const std::optional<uint64_t> number = ParseNumber(split.id);
    if (!number || *number >= pairs_.size())
      return Status::Corruption("no part of a difference: " + split.id).WithId("E7001");
    const Part& part = pairs_[*number];
    std::vector<int> all(ColumnsOf(part.pair.after).size() + 1);
    std::iota(all.begin(), all.end(), 0);
    std::unique_ptr<SplitReader> rows =
        TRY(OpenDifference(part.only_after ? none_ : before_, part.only_before ? none_ : after_,
                           part.pair, all, TRY(RowsBefore(split.position))));
    return std::unique_ptr<SplitReader>(
        std::make_unique<TextReader>(std::move(rows), part.pair.after, wanted_));
  }

 private:
  struct Part {
    StatePair pair;
    bool only_before = false, only_after = false;
  };

  // What cannot be compared goes, and comes.
  void AddTables() {
    for (const OperatorCheckpoint& op : before_.metadata->operators) {
      for (const StateSchema& schema : op.schema.tables) {
        const Result<StateTable> own = FindStateTable(*before_.metadata, op.uid, schema.name);
        const Result<StateTable> now = FindStateTable(*after_.metadata, op.uid, schema.name);
        if (!own.ok()) continue;
        const bool alike = now.ok() && CheckAlike({*own, *now}).ok();
        if (alike) pairs_.push_back({{*own, *now}});
        if (!alike) pairs_.push_back({{*own, *own}, true});
        if (!alike && now.ok()) pairs_.push_back({{*now, *now}, false, true});
      }
    }
    for (const OperatorCheckpoint& op : after_.metadata->operators) {
      for (const StateSchema& schema : op.schema.tables) {
        const Result<StateTable> own = FindStateTable(*after_.metadata, op.uid, schema.name);
        if (own.ok() && !FindStateTable(*before_.metadata, op.uid, schema.name).ok())
          pairs_.push_back({{*own, *own}, false, true});
      }
    }
  }

  // Stands for the side of a difference on which an operator or table is absent.
  class Nothing final : public SnapshotRecords {
   public:
    Result<std::map<std::string, std::string>> Bookkeeping(const std::string&) override {
      return std::map<std::string, std::string>();
    }
    Result<std::unique_ptr<RecordCursor>> NewCursor(const std::string&) override {
      return Status::Internal("there are no records");
    }
  };

  const StateScan before_, after_;
  const StateScan none_{std::make_shared<const CheckpointMetadata>(), std::make_shared<Nothing>(),
                        "", ""};
  const std::vector<int> wanted_;
  std::vector<Part> pairs_;
};

}  // namespace

Result<Schema> DifferenceColumns(const StateScan& before, const StateScan& after) {
  Schema schema{{{"op", Type::String()}}};
  if (after.uid.empty()) {
    RETURN_IF_ERROR(CheckGroups(before, after));
    for (const char* name : {"uid", "table", "key", "row"})
      schema.fields.push_back({name, Type::String()});
    return schema;
  }
  const StatePair pair = TRY(PairOf(before, after));
  for (const StateColumn& column : ColumnsOf(pair.after))
    schema.fields.push_back({column.name, column.type});
  return schema;
}

Result<std::unique_ptr<Source>> MakeDifferenceSource(StateScan before, StateScan after,
                                                     const graph::ScanSpec& scan) {
  const Schema has = TRY(DifferenceColumns(before, after));
  const bool same = std::ranges::equal(
      has.fields, scan.table_schema.fields,
      [](const Field& a, const Field& b) { return a.name == b.name && a.type == b.type; });
  if (!same) {
    return Status::InvalidSql(fmt::format("{} has other columns than the difference", scan.table))
        .WithId("E2009")
        .WithHint("it has " + has.ToString());
  }
  if (after.uid.empty()) {
    return std::unique_ptr<Source>(
        std::make_unique<AllDifferences>(std::move(before), std::move(after), scan.columns));
  }
  StatePair pair = TRY(PairOf(before, after));
  return std::unique_ptr<Source>(std::make_unique<DifferenceSource>(
      std::move(before), std::move(after), std::move(pair), scan.columns));
}

}  // namespace weir::state
