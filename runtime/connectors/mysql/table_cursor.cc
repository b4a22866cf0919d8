#include "runtime/connectors/mysql/table_cursor.h"

#include <fmt/format.h>

#include <limits>
#include <utility>

#include "runtime/connectors/mysql/server_table.h"
#include "runtime/connectors/mysql/value_text.h"

namespace weir::connectors::mysql {
namespace {

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
    RETURN_IF_ERROR(connection_->Run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"));
    RETURN_IF_ERROR(connection_->Run("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"));
    table_ = TRY(DescribeTable(*connection_, plan_.table_name));
    columns_ = TRY(ColumnsOf(table_, plan_.columns, plan_.table));
    ScanOrder order;
    order.by = table_.Key();
    order.table = table_.name;
    for (const std::string& name : order.by) {
      key_.push_back(*table_.Find(name));
      order.sorted.push_back(key_.back().Order());
    }
    if (order.by.empty()) order.by.push_back(fmt::format("*{}", table_.Fingerprint()));
    return order;
  }

  Status Begin(const ScanPosition& position) override {
    if (!key_.empty()) return connection_->Send(Portion(position.at));
    std::string sql = fmt::format("{}{}", Select(), Where(Ranges()));
    if (position.rows == 0) return connection_->Send(sql + " ORDER BY weir_row");
    // Of rows that are the same nobody can say which ones were read, and nobody has to. Those that
    // were deleted meanwhile are not skipped: other rows would be in their place.
    const std::string at = QuotedText(position.at.front());
    const Answer there = TRY(connection_->Ask(
        fmt::format("SELECT LEAST({}, COUNT(*)) FROM {} AS weir_t{}", position.equal, table_.name,
                    Where(And(Ranges(), fmt::format("{} = {}", RowHash(), at))))));
    sql =
        fmt::format("{}{} ORDER BY weir_row LIMIT 18446744073709551615 OFFSET {}", Select(),
                    Where(And(Ranges(), fmt::format("{} >= {}", RowHash(), at))), there.Text(0, 0));
    return connection_->Send(std::move(sql));
  }

  Result<bool> Take(int64_t millis) override {
    if (ended_) {
      answer_ = Answer();
      return true;
    }
    // Behind the last row of a portion there is the end of its answer.
    const int64_t most = key_.empty() ? plan_.fetch : std::numeric_limits<int64_t>::max();
    std::optional<Answer> answer = TRY(connection_->Poll(millis, most));
    if (!answer) return false;
    answer_ = std::move(*answer);
    ended_ = answer_.rows() < plan_.fetch;
    if (ended_ || key_.empty()) return true;
    std::vector<std::string> behind;
    for (size_t i = 0; i < key_.size(); ++i)
      behind.emplace_back(Key(answer_.rows() - 1, static_cast<int>(i)));
    RETURN_IF_ERROR(connection_->Send(Portion(behind)));
    return true;
  }

  int rows() const override { return answer_.rows(); }

  Result<ColumnPtr> Column(int column, int begin, int end) const override {
    return ReadColumn({answer_, begin, end}, column,
                      plan_.columns.fields[static_cast<size_t>(column)],
                      access_.zero_dates_are_null);
  }

  std::string_view Key(int row, int part) const override {
    return answer_.Text(row, static_cast<int>(columns_.size()) + part);
  }

  uint64_t Bytes(int begin, int end) const override {
    uint64_t bytes = 0;
    for (int row = begin; row < end; ++row) {
      for (int c = 0; c < static_cast<int>(columns_.size()); ++c)
        bytes += answer_.Text(row, c).size();
    }
    return bytes;
  }

 private:
  static std::string And(std::string a, const std::string& b) {
    if (!a.empty() && !b.empty()) a += " AND ";
    return a + b;
  }
  static std::string Where(const std::string& condition) {
    return condition.empty() ? "" : " WHERE " + condition;
  }

  // What stands for a whole row. Of each column, since a text of all of them may be larger than
  // the server makes.
  std::string RowHash() const {
    std::string parts;
    for (const ServerColumn& column : table_.columns)
      parts += fmt::format(", IFNULL(SHA2({}, 256), '-')", column.Selected(true));
    return fmt::format("SHA2(CONCAT_WS('|'{}), 256)", parts);
  }

  std::string Select() const {
    std::string list;
    for (size_t i = 0; i < columns_.size(); ++i) {
      const bool bits = plan_.columns.fields[i].type.is_binary();
      list += fmt::format("{}{}", list.empty() ? "" : ", ", columns_[i].Selected(bits));
    }
    for (const ServerColumn& column : key_)
      list += fmt::format("{}weir_t.{}", list.empty() ? "" : ", ", QuotedName(column.name));
    if (key_.empty()) list += fmt::format("{}{} AS weir_row", list.empty() ? "" : ", ", RowHash());
    return fmt::format("SELECT {} FROM {} AS weir_t", list, table_.name);
  }

  // Rows behind a key; empty: the first ones.
  std::string Portion(const std::vector<std::string>& behind) const {
    std::vector<jdbc::KeyTerm> terms;
    std::string by;
    for (size_t i = 0; i < key_.size(); ++i) {
      const std::string name = "weir_t." + QuotedName(key_[i].name);
      by += fmt::format("{}{}", by.empty() ? "" : ", ", name);
      if (!behind.empty()) terms.push_back({name, {}, LiteralOf(key_[i], behind[i])});
    }
    const std::string condition = terms.empty() ? "" : jdbc::BehindKey(terms, false);
    return fmt::format("{}{} ORDER BY {} LIMIT {}", Select(), Where(And(Ranges(), condition)), by,
                       plan_.fetch);
  }

  static std::string LiteralOf(const ServerColumn& column, const std::string& text) {
    if (column.Order() == "number") return text;
    return column.Order() == "bytes" ? QuotedBytes(text) : QuotedText(text);
  }

  // The parts of a table have nothing between them, though the column may have fractions.
  std::string Ranges() const {
    if (range_ == nullptr) return "";
    const ServerColumn* const column = table_.Find(plan_.partition_column);
    const std::string name =
        "weir_t." + QuotedName(column == nullptr ? plan_.partition_column : column->name);
    if (range_->high == plan_.ranges.back().high)
      return fmt::format("{} BETWEEN {} AND {}", name, range_->low, range_->high);
    return fmt::format("{0} >= {1} AND {0} < {2}", name, range_->low, range_->high + 1);
  }

  const Access& access_;
  const ScanPlan& plan_;
  const Range* const range_;  // null: the whole table
  std::unique_ptr<Connection> connection_;
  ServerTable table_;
  std::vector<ServerColumn> columns_;  // that are read
  std::vector<ServerColumn> key_;      // empty: by whole rows
  Answer answer_;
  bool ended_ = false;  // nothing is behind it
};

}  // namespace

std::unique_ptr<jdbc::ScanCursor> MakeTableCursor(const Access& access, const jdbc::ScanPlan& plan,
                                                  const jdbc::Range* range) {
  return std::make_unique<TableCursor>(access, plan, range);
}

}  // namespace weir::connectors::mysql
