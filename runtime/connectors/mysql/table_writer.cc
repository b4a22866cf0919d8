#include "runtime/connectors/mysql/table_writer.h"

#include <fmt/format.h>
#include <mariadb/mysqld_error.h>

#include <algorithm>
#include <utility>

#include "runtime/base/hash.h"
#include "runtime/connectors/mysql/value_text.h"
#include "runtime/fault_point.h"

namespace weir::connectors::mysql {
namespace {

// Larger statements are not made, and none that is larger than half of what the server takes.
constexpr size_t kStatementBytes = 1 << 20;

std::string HashOf(std::string_view text) {
  return fmt::format("{:016x}", Hash64(text.data(), text.size()));
}

// A LIKE of texts that begin so.
std::string BeginsWith(std::string_view prefix) {
  std::string pattern;
  for (const char c : prefix) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return QuotedText(pattern + "%");
}

}  // namespace

Status TableWriter::Connect() {
  may_pass_ = false;
  std::unique_ptr<Connection> connection = TRY(Connection::Open(access_, &may_pass_));
  Status prepared = Prepare(*connection);
  may_pass_ = connection->may_pass();
  if (prepared.ok()) connection_ = std::move(connection);
  return prepared;
}

Status TableWriter::Prepare(Connection& connection) {
  const ServerTable table = TRY(DescribeTable(connection, plan().table_name));
  const std::vector<ServerColumn> columns = TRY(ColumnsOf(table, plan().columns, plan().table));
  key_.clear();
  apart_ = true;
  rounds_ = false;
  for (const int column : plan().key) {
    key_.push_back(columns[static_cast<size_t>(column)]);
    const Type& type = plan().columns.fields[static_cast<size_t>(column)].type;
    apart_ = apart_ && HoldsApart(key_.back(), type);
    rounds_ = rounds_ || HeldLiteral(key_.back(), type, "?") != "?";
  }
  if (DefectPlanted("mysql-order-ignored")) apart_ = true;
  if (!key_.empty()) RETURN_IF_ERROR(CheckKey(table, key_, plan().table));
  if (plan().exactly_once && !table.transactions && !DefectPlanted("mysql-engine-unasked")) {
    return Refused(
        fmt::format("{} of MySQL is {}, which has no transactions: exactly-once needs "
                    "them",
                    table.name, table.engine.empty() ? "no base table" : "of " + table.engine),
        fmt::format("there: ALTER TABLE {} ENGINE = InnoDB; or "
                    "'sink.delivery-guarantee' = 'at-least-once'",
                    table.name));
  }
  lock_ = fmt::format("weir.{}", HashOf(table.name));
  MakeStatements(table, columns);
  return {};
}

void TableWriter::MakeStatements(const ServerTable& table,
                                 const std::vector<ServerColumn>& columns) {
  std::string all;
  for (const ServerColumn& column : columns)
    all += fmt::format("{}{}", all.empty() ? "" : ", ", QuotedName(column.name));
  insert_ = fmt::format("INSERT INTO {} ({}) VALUES (", table.name, all);
  delete_ = fmt::format("DELETE FROM {} WHERE ", table.name);
  delete_end_ = "";
  update_ = ")";
  if (key_.empty()) return;
  if (key_.size() == 1) {
    delete_ += fmt::format("{} IN (", QuotedName(key_.front().name));
    delete_end_ = ")";
  }
  // A row may be a duplicate by another unique index: it is another row, which the server would
  // change. Two rows of a subquery are how an expression fails.
  std::string set;
  const std::string first = QuotedName(key_.front().name);
  if (table.unique_indexes > 1 && !DefectPlanted("mysql-other-unique-taken")) {
    std::string same;
    for (const ServerColumn& column : key_) {
      const std::string name = QuotedName(column.name);
      same += fmt::format("{}{} = VALUES({})", same.empty() ? "" : " AND ", name, name);
    }
    set = fmt::format(
        "{0} = IF({1}, {0}, (SELECT {2}.{0} FROM (SELECT 1 AS n UNION ALL "
        "SELECT 2) AS weir_rows))",
        first, same, table.name);
  }
  for (size_t c = 0; c < columns.size(); ++c) {
    if (std::ranges::find(plan().key, static_cast<int>(c)) != plan().key.end()) continue;
    const std::string name = QuotedName(columns[c].name);
    set += fmt::format("{}{} = VALUES({})", set.empty() ? "" : ", ", name, name);
  }
  if (set.empty()) set = fmt::format("{0} = {0}", first);
  update_ = fmt::format(") ON DUPLICATE KEY UPDATE {}", set);
}

std::string TableWriter::LockName(uint64_t id, uint64_t transaction) const {
  // So that the next transaction of a session is not taken for the one before.
  return fmt::format("{}.{}.{}", lock_, id, transaction % 2);
}

Result<TableWriter::Writers> TableWriter::FindWriters(const std::string& ids) {
  if (connection_ == nullptr) RETURN_IF_ERROR(Connect());
  std::unique_ptr<Connection> connection = std::move(connection_);
  const Answer found = TRY(connection->Ask(fmt::format(
      "SELECT s.ID, n.n FROM information_schema.PROCESSLIST AS s "
      "CROSS JOIN (SELECT 0 AS n UNION ALL SELECT 1) AS n WHERE s.ID <> CONNECTION_ID() "
      "AND IS_USED_LOCK(CONCAT('{}.', s.ID, '.', n.n)) = s.ID",
      lock_)));
  connection_ = std::move(connection);
  Writers writers;
  for (int i = 0; i < found.rows(); ++i) {
    const std::string id = fmt::format(",{}.{}", found.Text(i, 0), found.Text(i, 1));
    if (!ids.empty() && fmt::format("{},", ids).find(id + ",") == std::string::npos) continue;
    writers.ids += id;
    writers.what += fmt::format("{}{}", writers.what.empty() ? "session " : ", ", found.Text(i, 0));
  }
  return writers;
}

Status TableWriter::RunList(std::string_view begin, const std::vector<std::string>& items,
                            std::string_view between, std::string_view end) {
  const size_t most = std::min(kStatementBytes, in_transaction_->most_bytes() / 2);
  std::string sql;
  for (size_t i = 0; i < items.size(); ++i) {
    sql.append(sql.empty() ? begin : between).append(items[i]);
    const bool last = i + 1 == items.size();
    if (!last && sql.size() + items[i + 1].size() + end.size() < most) continue;
    sql.append(end);
    RETURN_IF_ERROR(in_transaction_->Run(std::exchange(sql, "")));
  }
  return {};
}

Status TableWriter::Upsert(const std::vector<std::string>& rows) {
  Status done = RunList(insert_, rows, "), (", update_);
  if (done.ok() || in_transaction_->error() != ER_SUBQUERY_NO_1_ROW || key_.empty()) return done;
  return Refused(
      fmt::format("a row of table {} has what is unique in another row of {} of MySQL, "
                  "by another index than its PRIMARY KEY",
                  plan().table, plan().table_name));
}

std::string TableWriter::KeyCondition(std::string_view key) const {
  const std::vector<std::string_view> values = CutLiterals(key);
  std::string condition;
  for (size_t k = 0; k < key_.size() && k < values.size(); ++k) {
    const Type& type = plan().columns.fields[static_cast<size_t>(plan().key[k])].type;
    std::string held = HeldLiteral(key_[k], type, values[k]);
    if (key_.size() == 1) return held;
    condition += fmt::format("{}{} = {}", k == 0 ? "(" : " AND ", QuotedName(key_[k].name), held);
  }
  return condition + ")";
}

Status TableWriter::Delete(const std::vector<std::string>& keys) {
  std::vector<std::string> conditions;
  conditions.reserve(keys.size());
  for (const std::string& key : keys) conditions.push_back(KeyCondition(key));
  return RunList(delete_, conditions, key_.size() == 1 ? ", " : " OR ", delete_end_);
}

Status TableWriter::Apply(const jdbc::RowChanges& changes) {
  std::vector<std::string> rows;
  std::string_view lines = changes.lines();
  while (!lines.empty()) rows.emplace_back(jdbc::TakeUpTo(lines, "\n"));
  // Values are rounded as the columns are now.
  if (rounds_) RETURN_IF_ERROR(Prepare(*in_transaction_));
  struct Change {
    uint64_t place;
    const std::string* key;
    const std::optional<std::string>* row;
  };
  std::vector<Change> ordered;
  for (const auto& [key, held] : changes.keyed()) {
    const uint64_t place = apart_ ? (held.row ? 1 : 0) : held.place;
    ordered.push_back({place, &key, &held.row});
  }
  std::ranges::sort(ordered, {}, &Change::place);
  std::vector<std::string> keys;
  for (const Change& change : ordered) {
    if (change.row->has_value()) {
      if (!keys.empty()) RETURN_IF_ERROR(Delete(std::exchange(keys, {})));
      rows.push_back(**change.row);
    } else {
      if (!rows.empty()) RETURN_IF_ERROR(Upsert(std::exchange(rows, {})));
      keys.push_back(*change.key);
    }
  }
  if (!rows.empty()) RETURN_IF_ERROR(Upsert(rows));
  return keys.empty() ? Status() : Delete(keys);
}

Status TableWriter::TryOnce(const std::function<Status()>& work) {
  if (connection_ == nullptr) RETURN_IF_ERROR(Connect());
  std::unique_ptr<Connection> connection = std::move(connection_);
  in_transaction_ = connection.get();
  const std::string lock = LockName(connection->id(), ++transactions_);
  const auto transact = [&]() -> Status {
    RETURN_IF_ERROR(connection->Run(fmt::format("DO GET_LOCK('{}', 0)", lock)));
    RETURN_IF_ERROR(connection->Run("START TRANSACTION"));
    RETURN_IF_ERROR(work());
    WEIR_FAULT_POINT("jdbc.before_commit");
    RETURN_IF_ERROR(connection->Run("COMMIT"));
    WEIR_FAULT_POINT("jdbc.after_commit");
    return {};
  };
  Status done = transact();
  may_pass_ = connection->may_pass();
  if (!done.ok()) return done;
  // What is committed is so whatever becomes of the session.
  if (connection->Run(fmt::format("DO RELEASE_LOCK('{}')", lock)).ok())
    connection_ = std::move(connection);
  return done;
}

// The rows in which sinks say how far they have committed. Their columns are texts, as the markers
// of all sinks are (state/FORMAT.md, "Epochs").
Status TableWriter::CreateMarkers(Connection& connection) {
  markers_ = TRY(NameInSql(plan().commit_table));
  constexpr std::string_view kTable =
      "CREATE TABLE IF NOT EXISTS {} (subtask VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin "
      "PRIMARY KEY, marker VARCHAR(200) CHARACTER SET ascii NOT NULL) ENGINE = InnoDB";
  // Asked first, since a user that may write here need not be one that may create tables.
  Result<ServerTable> found = DescribeTable(connection, plan().commit_table);
  if (!found.ok() && found.status().code() == StatusCode::kNotFound) {
    Status made = connection.Run(fmt::format(kTable, markers_));
    if (!made.ok()) {
      return std::move(made).WithHint(
          fmt::format("have somebody who may say: {}; and GRANT SELECT, INSERT, UPDATE ON {} TO …",
                      fmt::format(kTable, markers_), markers_));
    }
    // Whatever makes a table ends the transaction.
    RETURN_IF_ERROR(connection.Run("START TRANSACTION"));
    found = DescribeTable(connection, plan().commit_table);
  }
  RETURN_IF_ERROR(found.status());
  if (found->transactions) return {};
  return Refused(
      fmt::format("{} of MySQL is of {}, which has no transactions: a table of markers "
                  "needs them",
                  markers_, found->engine));
}

Result<std::string> TableWriter::PrepareMarkers() {
  Connection& connection = *in_transaction_;
  RETURN_IF_ERROR(CreateMarkers(connection));
  // MySQL's name of a server, and MariaDB's. A physical copy has the same.
  const Answer names =
      TRY(connection.Ask("SHOW VARIABLES WHERE Variable_name IN ('server_uuid', 'server_uid')"));
  if (names.rows() == 0 || names.Text(0, 1).empty()) return std::string("-");
  const Answer database = TRY(connection.Ask("SELECT DATABASE()"));
  return HashOf(fmt::format("{} {}", names.Text(0, 1), database.Text(0, 0)));
}

Result<std::optional<epochs::CommitMarker>> TableWriter::LockMarker(const std::string& key) {
  const Answer found = TRY(in_transaction_->Ask(fmt::format(
      "SELECT marker FROM {} WHERE subtask = {} FOR UPDATE", markers_, QuotedText(key))));
  if (found.rows() == 0) return std::optional<epochs::CommitMarker>();
  return std::optional(TRY(epochs::ParseMarker(found.Text(0, 0))));
}

Result<epochs::Markers> TableWriter::LockMarkers(const std::string& prefix) {
  const Answer found = TRY(in_transaction_->Ask(
      fmt::format("SELECT subtask, marker FROM {} WHERE subtask LIKE {} ORDER BY subtask "
                  "FOR UPDATE",
                  markers_, BeginsWith(prefix))));
  epochs::Markers markers;
  for (int i = 0; i < found.rows(); ++i)
    markers[std::string(found.Text(i, 0))] = TRY(epochs::ParseMarker(found.Text(i, 1)));
  return markers;
}

Status TableWriter::SetMarker(const std::string& key, const epochs::CommitMarker& marker) {
  return in_transaction_->Run(
      fmt::format("INSERT INTO {} (subtask, marker) VALUES ({}, {}) "
                  "ON DUPLICATE KEY UPDATE marker = VALUES(marker)",
                  markers_, QuotedText(key), QuotedText(marker.Text())));
}

}  // namespace weir::connectors::mysql
