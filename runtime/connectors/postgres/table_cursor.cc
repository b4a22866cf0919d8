#include "runtime/connectors/postgres/table_cursor.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/base/quoted.h"
#include "runtime/connectors/postgres/connection.h"
#include "runtime/connectors/postgres/server_table.h"
#include "runtime/connectors/postgres/value_text.h"

namespace weir::connectors::postgres {
namespace {

// The text of a whole row, which stands for the key that a table lacks.
constexpr std::string_view kRowText = "(weir_t.*)::text COLLATE \"C\"";

using jdbc::Range;
using jdbc::ScanOrder;
using jdbc::ScanPlan;
using jdbc::ScanPosition;

class TableCursor final : public jdbc::ScanCursor {
 public:
  TableCursor(const Access& access, const ScanPlan& plan, const Range* range)
      : access_(access), plan_(plan), range_(range) {}

  Result<ScanOrder> Open() override {
    connection_ = TRY(Connection::Open(access_));
    RETURN_IF_ERROR(BeginTransaction());
    RETURN_IF_ERROR(Lock(TRY(DescribeTable(*connection_, plan_.table_name))));
    // Whoever had the lock may have altered it.
    table_ = TRY(DescribeTable(*connection_, plan_.table_name));
    ScanOrder order{table_.primary_key, SortedBy(table_), table_.name};
    for (const std::string& column : order.by) {
      order_.push_back(fmt::format("weir_t.{}", QuotedName(column)));
      operators_.push_back(table_.Find(column)->operators);
    }
    if (order.by.empty()) {
      order.by.push_back(fmt::format("*{}", table_.Fingerprint()));
      order_.emplace_back(kRowText);
    }
    whole_rows_ = order.whole_rows();
    return order;
  }

  Status Begin(const ScanPosition& position) override {
    const std::string query = TRY(QueryOf(table_, position));
    RETURN_IF_ERROR(
        connection_->Run(fmt::format("DECLARE weir_scan NO SCROLL CURSOR FOR {}", query)));
    return SendFetch();
  }

  // Takes the rows that were asked for, and asks for those behind them.
  Result<bool> Take(int64_t millis) override {
    if (ended_) {
      answer_ = Answer();
      return true;
    }
    std::optional<Answer> answer = TRY(connection_->Poll(millis));
    if (!answer) return false;
    answer_ = std::move(*answer);
    ended_ = answer_.rows() < plan_.fetch;
    if (!ended_) RETURN_IF_ERROR(SendFetch());
    return true;
  }

  int rows() const override { return answer_.rows(); }

  Result<ColumnPtr> Column(int column, int begin, int end) const override {
    return ReadColumn(answer_, column, begin, end,
                      plan_.columns.fields[static_cast<size_t>(column)]);
  }

  std::string_view Key(int row, int part) const override {
    return answer_.Text(row, static_cast<int>(plan_.columns.fields.size()) + part);
  }

  uint64_t Bytes(int begin, int end) const override {
    const auto columns = static_cast<int>(plan_.columns.fields.size());
    uint64_t bytes = 0;
    for (int row = begin; row < end; ++row) {
      for (int c = 0; c < columns; ++c) bytes += answer_.Text(row, c).size();
    }
    return bytes;
  }

 private:
  Status BeginTransaction() {
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

  Result<std::string> QueryOf(const ServerTable& table, const ScanPosition& position) const {
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
    for (const std::string& condition : TRY(Conditions(table, position))) {
      sql += fmt::format("{}({})", word, condition);
      word = " AND ";
    }
    sql += fmt::format(" ORDER BY {}", fmt::join(order_, ", "));
    if (whole_rows_ && position.rows > 0)
      sql += fmt::format(" OFFSET ({})", TRY(RowsToSkip(table, position)));
    return sql;
  }

  // Of rows that are the same nobody can say which ones were read, and nobody has to. Those that
  // were deleted meanwhile are not skipped: other rows would be in their place.
  Result<std::string> RowsToSkip(const ServerTable& table, const ScanPosition& position) const {
    std::string sql = fmt::format(
        "SELECT LEAST({}, count(*)) FROM {} AS weir_t WHERE ({}) OPERATOR(pg_catalog.=) {}",
        position.equal, table.name, order_.front(), Quoted(position.at.front(), '\''));
    if (range_ != nullptr) sql += fmt::format(" AND ({})", TRY(InRange(table)));
    return sql;
  }

  Result<std::vector<std::string>> Conditions(const ServerTable& table,
                                              const ScanPosition& position) const {
    std::vector<std::string> conditions;
    if (range_ != nullptr) conditions.push_back(TRY(InRange(table)));
    if (position.rows > 0) conditions.push_back(BehindPosition(position));
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

  std::string BehindPosition(const ScanPosition& position) const {
    if (whole_rows_) {
      return fmt::format("({}) OPERATOR(pg_catalog.>=) {}", order_.front(),
                         Quoted(position.at.front(), '\''));
    }
    std::vector<KeyTerm> key;
    for (size_t i = 0; i < order_.size(); ++i)
      key.push_back({order_[i], operators_[i], Quoted(position.at[i], '\'')});
    return BehindKey(key);
  }

  Status SendFetch() {
    return connection_->Send(fmt::format("FETCH FORWARD {} FROM weir_scan", plan_.fetch));
  }

  const Access& access_;
  const ScanPlan& plan_;
  const Range* const range_;  // null: the whole table
  std::unique_ptr<Connection> connection_;
  ServerTable table_;
  std::vector<std::string> order_;       // expressions; some as soon as it is open
  std::vector<KeyOperators> operators_;  // of each, unless they are whole rows
  bool whole_rows_ = false;              // the only one of them is kRowText
  Answer answer_;
  bool ended_ = false;  // nothing is behind it
};

}  // namespace

std::unique_ptr<jdbc::ScanCursor> MakeTableCursor(const Access& access, const jdbc::ScanPlan& plan,
                                                  const jdbc::Range* range) {
  return std::make_unique<TableCursor>(access, plan, range);
}

}  // namespace weir::connectors::postgres
