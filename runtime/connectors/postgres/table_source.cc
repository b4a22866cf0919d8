#include "runtime/connectors/postgres/table_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/base/quoted.h"
#include "runtime/connectors/postgres/connection.h"
#include "runtime/connectors/postgres/key_reader.h"
#include "runtime/connectors/postgres/postgres_options.h"
#include "runtime/connectors/postgres/scan_position.h"
#include "runtime/connectors/postgres/server_table.h"
#include "runtime/connectors/postgres/table_changer.h"
#include "runtime/connectors/postgres/value_text.h"
#include "runtime/fault_point.h"
#include "runtime/graph/lookup_options.h"
#include "runtime/graph/typed_options.h"

namespace weir::connectors::postgres {
namespace {

constexpr int64_t kDefaultFetch = 1000;
// How long a reader waits for rows before others get their turn.
constexpr int64_t kPatienceMillis = 50;
constexpr std::string_view kWholeTable = "all";
// Connections of a subtask. More than one, so that a part whose rows take long to come does not
// hold up the others.
constexpr size_t kMostOpen = 4;
// The text of a whole row, which stands for the key that a table lacks.
constexpr std::string_view kRowText = "(weir_t.*)::text COLLATE \"C\"";

// Values of the column from `low` to `high`.
struct Range {
  int64_t low = 0;
  int64_t high = 0;
};

struct ScanPlan {
  Access access;
  std::string table;       // of the DDL, for messages
  std::string table_name;  // 'table-name'
  Schema columns;          // that are read
  int64_t fetch = kDefaultFetch;
  int64_t lookup_retries = 0;
  std::string snapshot;          // of the transaction that changes what is read; "": of its own
  std::string partition_column;  // "": the whole table is one split
  std::vector<Range> ranges;
};

class ScanReader final : public SplitReader {
 public:
  ScanReader(const ScanPlan& plan, const Range* range) : plan_(plan), range_(range) {}

  Status Open(const std::string& position) {
    position_ = TRY(ParsePosition(position));
    connection_ = TRY(Connection::Open(plan_.access));
    RETURN_IF_ERROR(Begin());
    RETURN_IF_ERROR(Lock(TRY(DescribeTable(*connection_, plan_.table_name))));
    // Whoever had the lock may have altered it.
    const ServerTable table = TRY(DescribeTable(*connection_, plan_.table_name));
    RETURN_IF_ERROR(FindOrder(table));
    const std::string query = TRY(QueryOf(table));
    RETURN_IF_ERROR(
        connection_->Run(fmt::format("DECLARE weir_scan NO SCROLL CURSOR FOR {}", query)));
    return SendFetch();
  }

  Result<ReadOutcome> Read(uint32_t max_rows, Batch& out) override {
    if (next_ == answer_.rows() && !TRY(TakeAnswer())) return ReadOutcome::kWaiting;
    if (next_ == answer_.rows()) {
      connection_.reset();
      return ReadOutcome::kEndOfSplit;
    }
    const int end = static_cast<int>(
        std::min<int64_t>(answer_.rows(), int64_t{next_} + static_cast<int64_t>(max_rows)));
    out = Batch{};
    out.row_count = static_cast<uint32_t>(end - next_);
    int place = 0;
    for (const Field& field : plan_.columns.fields)
      out.columns.push_back(TRY(ReadColumn(answer_, place++, next_, end, field)));
    Advance(end);
    WEIR_FAULT_POINT("postgres.after_read");
    return ReadOutcome::kRows;
  }

  std::string Position() const override { return position_.Text(); }
  ReaderStatistics statistics() const override {
    return {.bytes_read = bytes_, .rows_read = position_.rows};
  }

 private:
  Status Begin() {
    if (plan_.snapshot.empty())
      return connection_->Run("BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY");
    // Somebody who waits for the transaction of the snapshot may have us wait, who are waited for
    // by it: then it begins anew behind him.
    return connection_->Run(
        fmt::format("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT {}; "
                    "SET LOCAL lock_timeout TO '2s'",
                    Quoted(plan_.snapshot, '\'')));
  }

  // Waits for whoever truncates the table, or writes it anew, before a snapshot is taken: one that
  // is older sees none of the rows that are written anew. The cursor's is taken when it is
  // declared, and holds for all of its rows. What cannot be locked so is locked by the cursor's
  // statement, before its snapshot, as long as each statement has its own (READ COMMITTED).
  Status Lock(const ServerTable& table) {
    const bool lockable = table.kind == 'r' || table.kind == 'p' || table.kind == 'v';
    if (!lockable) return {};
    return connection_->Run(fmt::format("LOCK TABLE {} IN ACCESS SHARE MODE", table.name));
  }

  // What the rows are ordered by, and that a position is of the same order.
  Status FindOrder(const ServerTable& table) {
    std::vector<std::string> by = table.primary_key;
    std::vector<std::string> sorted = SortedBy(table);
    for (const std::string& column : by) {
      order_.push_back(fmt::format("weir_t.{}", QuotedName(column)));
      operators_.push_back(table.Find(column)->operators);
    }
    if (by.empty()) {
      by.push_back(fmt::format("*{}", table.Fingerprint()));
      order_.emplace_back(kRowText);
      whole_rows_ = true;
    }
    // A position of an earlier build does not say what it was sorted by.
    const bool resorted = !position_.sorted.empty() && position_.sorted != sorted &&
                          !DefectPlanted("postgres-order-unsaid");
    if (position_.rows > 0 && (position_.by != by || resorted)) {
      return Status::RestoreRefused(
                 fmt::format("table {} cannot be read on: the primary key or the columns of {} "
                             "are not those of the checkpoint, or have another type or collation",
                             plan_.table, table.name))
          .WithHint("undo what has been altered there, or start the job afresh");
    }
    position_.by = std::move(by);
    position_.sorted = std::move(sorted);
    return {};
  }

  Result<std::string> QueryOf(const ServerTable& table) const {
    const std::vector<ServerColumn> columns = TRY(ColumnsOf(table, plan_.columns, plan_.table));
    std::string list;
    const auto add = [&](const std::string& item) {
      if (!list.empty()) list.append(", ");
      list.append(item);
    };
    for (const ServerColumn& column : columns) add(QuotedName(column.name));
    for (const std::string& key : order_) add(fmt::format("({})::text", key));
    std::string sql = fmt::format("SELECT {} FROM {} AS weir_t", list, table.name);
    std::string_view word = " WHERE ";
    for (const std::string& condition : TRY(Conditions(table))) {
      sql += fmt::format("{}({})", word, condition);
      word = " AND ";
    }
    sql += fmt::format(" ORDER BY {}", fmt::join(order_, ", "));
    if (whole_rows_ && position_.rows > 0)
      sql += fmt::format(" OFFSET ({})", TRY(RowsToSkip(table)));
    return sql;
  }

  // Of rows that are the same nobody can say which ones were read, and nobody has to. Those that
  // were deleted meanwhile are not skipped: other rows would be in their place.
  Result<std::string> RowsToSkip(const ServerTable& table) const {
    std::string sql = fmt::format(
        "SELECT LEAST({}, count(*)) FROM {} AS weir_t WHERE ({}) OPERATOR(pg_catalog.=) {}",
        position_.equal, table.name, order_.front(), Quoted(position_.at.front(), '\''));
    if (range_ != nullptr) sql += fmt::format(" AND ({})", TRY(InRange(table)));
    return sql;
  }

  Result<std::vector<std::string>> Conditions(const ServerTable& table) const {
    std::vector<std::string> conditions;
    if (range_ != nullptr) conditions.push_back(TRY(InRange(table)));
    if (position_.rows > 0) conditions.push_back(BehindPosition());
    return conditions;
  }

  // The parts of a table have nothing between them, though the column may have fractions.
  Result<std::string> InRange(const ServerTable& table) const {
    Schema partition;
    partition.fields.push_back({plan_.partition_column, Type::BigInt()});
    const std::string name = QuotedName(TRY(ColumnsOf(table, partition, plan_.table)).front().name);
    if (range_->high == plan_.ranges.back().high)
      return fmt::format("{} BETWEEN {} AND {}", name, range_->low, range_->high);
    return fmt::format("{0} >= {1} AND {0} < {2}", name, range_->low, range_->high + 1);
  }

  std::string BehindPosition() const {
    if (whole_rows_) {
      return fmt::format("({}) OPERATOR(pg_catalog.>=) {}", order_.front(),
                         Quoted(position_.at.front(), '\''));
    }
    std::vector<KeyTerm> key;
    for (size_t i = 0; i < order_.size(); ++i)
      key.push_back({order_[i], operators_[i], Quoted(position_.at[i], '\'')});
    return BehindKey(key);
  }

  Status SendFetch() {
    return connection_->Send(fmt::format("FETCH FORWARD {} FROM weir_scan", plan_.fetch));
  }

  // Takes the rows that were asked for, and asks for those behind them; false when they are not
  // there yet.
  Result<bool> TakeAnswer() {
    if (ended_) return true;
    std::optional<Answer> answer = TRY(connection_->Poll(kPatienceMillis));
    if (!answer) return false;
    answer_ = std::move(*answer);
    next_ = 0;
    ended_ = answer_.rows() < plan_.fetch;
    if (!ended_) RETURN_IF_ERROR(SendFetch());
    return true;
  }

  // The rows before `end` were read.
  void Advance(int end) {
    const auto columns = static_cast<int>(plan_.columns.fields.size());
    for (int row = next_; row < end; ++row) {
      for (int c = 0; c < columns; ++c) bytes_ += answer_.Text(row, c).size();
      if (!whole_rows_) continue;
      const std::string_view key = answer_.Text(row, columns);
      const bool same = !position_.at.empty() && position_.at[0] == key;
      position_.equal = same ? position_.equal + 1 : 1;
      if (!same) position_.at = {std::string(key)};
    }
    position_.rows += static_cast<uint64_t>(end - next_);
    next_ = end;
    if (whole_rows_) return;
    position_.equal = 1;
    position_.at.clear();
    for (size_t i = 0; i < order_.size(); ++i)
      position_.at.emplace_back(answer_.Text(end - 1, columns + static_cast<int>(i)));
  }

  const ScanPlan& plan_;
  const Range* const range_;  // null: the whole table
  std::unique_ptr<Connection> connection_;
  std::vector<std::string> order_;       // expressions; some as soon as it is open
  std::vector<KeyOperators> operators_;  // of each, unless they are whole rows
  bool whole_rows_ = false;              // the only one of them is kRowText
  ScanPosition position_;
  Answer answer_;
  int next_ = 0;        // row of it
  bool ended_ = false;  // nothing is behind it
  uint64_t bytes_ = 0;
};

class TableSource final : public Source {
 public:
  explicit TableSource(ScanPlan plan) : plan_(std::move(plan)) {}

  bool bounded() const override { return true; }
  size_t open_limit() const override { return kMostOpen; }

  Result<std::vector<Split>> Discover() override {
    std::vector<Split> splits;
    if (plan_.partition_column.empty()) splits.push_back({std::string(kWholeTable), "", false});
    for (const Range& range : plan_.ranges) splits.push_back({IdOf(range), "", false});
    return splits;
  }

  Result<std::unique_ptr<SplitReader>> Open(const Split& split) override {
    const Range* range = nullptr;
    for (const Range& one : plan_.ranges) {
      if (IdOf(one) == split.id) range = &one;
    }
    if (range == nullptr && (split.id != kWholeTable || !plan_.ranges.empty())) {
      return Status::RestoreRefused(fmt::format("table {} is not read in the part '{}' any more",
                                                plan_.table, split.id))
          .WithHint("'scan.partition.*' as it was goes on with it");
    }
    auto reader = std::make_unique<ScanReader>(plan_, range);
    RETURN_IF_ERROR(reader->Open(split.position));
    return std::unique_ptr<SplitReader>(std::move(reader));
  }

  Result<std::unique_ptr<KeyReader>> OpenByKey(const std::vector<int>& columns) override {
    return OpenKeyReader({.access = plan_.access,
                          .table = plan_.table,
                          .table_name = plan_.table_name,
                          .columns = plan_.columns,
                          .keys = columns,
                          .max_retries = plan_.lookup_retries});
  }

 private:
  static std::string IdOf(const Range& range) {
    return fmt::format("{}..{}", range.low, range.high);
  }

  const ScanPlan plan_;
};

// As Flink parts them (JdbcNumericBetweenParametersProvider): in `count` ranges whose sizes differ
// by one at most, or in fewer where there are fewer values.
std::vector<Range> PartsOf(int64_t low, int64_t high, int64_t count) {
  const auto values = static_cast<uint64_t>(high) - static_cast<uint64_t>(low) + 1;  // 0: all
  const uint64_t parts =
      values == 0 ? static_cast<uint64_t>(count) : std::min(static_cast<uint64_t>(count), values);
  const uint64_t size = values == 0 ? ~uint64_t{0} / parts : values / parts;
  const uint64_t larger = values == 0 ? 0 : values % parts;
  std::vector<Range> ranges;
  uint64_t begin = static_cast<uint64_t>(low);
  for (uint64_t i = 0; i < parts; ++i) {
    const uint64_t end = begin + size - 1 + (i < larger ? 1 : 0);
    ranges.push_back({static_cast<int64_t>(begin), static_cast<int64_t>(end)});
    begin = end + 1;
  }
  ranges.back().high = high;
  return ranges;
}

}  // namespace

Result<std::unique_ptr<Source>> MakeTableSource(const graph::ConnectorDescriptor& connector,
                                                const graph::ScanSpec& spec) {
  const graph::TypedOptions said(connector, spec.options);
  ScanPlan plan;
  plan.access = TRY(AccessOf(said));
  plan.table = spec.table;
  plan.table_name = said.Text(kTableName);
  for (const int column : spec.columns)
    plan.columns.fields.push_back(spec.table_schema.fields[static_cast<size_t>(column)]);
  if (const int64_t fetch = TRY(said.Integer(kFetchSize)); fetch > 0) plan.fetch = fetch;
  plan.lookup_retries = TRY(graph::ReloadRuleOf(spec.options)).max_retries;
  plan.snapshot = graph::OptionValue(spec.options, kSnapshot);
  plan.partition_column = said.Text(kPartitionColumn);
  if (!plan.partition_column.empty()) {
    plan.ranges = PartsOf(TRY(said.Integer(kLowerBound)), TRY(said.Integer(kUpperBound)),
                          TRY(said.Integer(kPartitionCount)));
  }
  return std::unique_ptr<Source>(std::make_unique<TableSource>(std::move(plan)));
}

}  // namespace weir::connectors::postgres
