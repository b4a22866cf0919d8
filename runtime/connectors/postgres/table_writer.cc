#include "runtime/connectors/postgres/table_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "runtime/base/interruption.h"
#include "runtime/clock.h"
#include "runtime/fault_point.h"

namespace weir::connectors::postgres {
namespace {

// Who holds a lock for longer ends the transaction, which is then tried again.
constexpr const char* kBegin = "BEGIN; SET LOCAL lock_timeout TO '60s'";

std::vector<std::string> NamesOf(const std::vector<ServerColumn>& columns) {
  std::vector<std::string> names;
  for (const ServerColumn& column : columns) names.push_back(column.name);
  return names;
}

// Waits for so many seconds, or until the thread is interrupted.
void WaitSeconds(int64_t seconds) {
  constexpr std::chrono::milliseconds kGlance(20);
  constexpr int64_t kGlances = 50;  // a second
  for (int64_t i = 0; i < seconds * kGlances; ++i) {
    CheckInterrupted();
    Clock::System().Sleep(kGlance);
  }
}

}  // namespace

Status TableWriter::Open() {
  return Connect();
}

Status TableWriter::Connect() {
  may_pass_ = false;
  std::unique_ptr<Connection> connection = TRY(Connection::Open(plan_.access, &may_pass_));
  const ServerTable table = TRY(DescribeTable(*connection, plan_.table_name));
  const std::vector<ServerColumn> columns = TRY(ColumnsOf(table, plan_.columns, plan_.table));
  RETURN_IF_ERROR(CheckKey(table, columns));
  MakeStatements(table, columns);
  if (!prepare_.empty()) RETURN_IF_ERROR(connection->Run(prepare_));
  connection_ = std::move(connection);
  return {};
}

Status TableWriter::CheckKey(const ServerTable& table,
                             const std::vector<ServerColumn>& columns) const {
  if (plan_.key.empty()) return {};
  std::vector<std::string> key;
  for (const int column : plan_.key) key.push_back(columns[static_cast<size_t>(column)].name);
  std::ranges::sort(key);
  for (std::vector<std::string> unique : table.unique) {
    std::ranges::sort(unique);
    if (unique == key) return {};
  }
  return Status::InvalidSql(fmt::format("the PRIMARY KEY of table {} is neither the primary key of "
                                        "{} of PostgreSQL nor unique there",
                                        plan_.table, table.name))
      .WithId("E2008")
      .WithHint(
          fmt::format("there: ALTER TABLE {} ADD PRIMARY KEY ({})", table.name, NameList(key)));
}

void TableWriter::MakeStatements(const ServerTable& table,
                                 const std::vector<ServerColumn>& columns) {
  const std::string all = NameList(NamesOf(columns));
  if (plan_.key.empty()) {
    copy_rows_ = fmt::format("COPY {} ({}) FROM STDIN", table.name, all);
    return;
  }
  std::vector<ServerColumn> key;
  for (const int column : plan_.key) key.push_back(columns[static_cast<size_t>(column)]);
  const std::string keys = NameList(NamesOf(key));
  std::string set;
  for (size_t c = 0; c < columns.size(); ++c) {
    if (std::ranges::find(plan_.key, static_cast<int>(c)) != plan_.key.end()) continue;
    const std::string name = QuotedName(columns[c].name);
    set += fmt::format("{}{} = EXCLUDED.{}", set.empty() ? "" : ", ", name, name);
  }
  std::string same;
  for (const ServerColumn& column : key) {
    const std::string name = QuotedName(column.name);
    same += fmt::format("{}t.{} = k.{}", same.empty() ? "" : " AND ", name, name);
  }
  // The columns' types are the table's; rows in them are gone when their transaction ends.
  constexpr std::string_view kStage =
      "CREATE TEMPORARY TABLE {} ON COMMIT DELETE ROWS AS SELECT {} FROM {} WITH NO DATA";
  prepare_ = fmt::format(kStage, "weir_rows", all, table.name) + "; " +
             fmt::format(kStage, "weir_keys", keys, table.name);
  copy_rows_ = fmt::format("COPY pg_temp.weir_rows ({}) FROM STDIN", all);
  copy_keys_ = fmt::format("COPY pg_temp.weir_keys ({}) FROM STDIN", keys);
  upsert_ = fmt::format(
      "INSERT INTO {} ({}) SELECT {} FROM pg_temp.weir_rows ON CONFLICT ({}) DO {}", table.name,
      all, all, keys, set.empty() ? "NOTHING" : fmt::format("UPDATE SET {}", set));
  delete_ =
      fmt::format("DELETE FROM {} AS t USING pg_temp.weir_keys AS k WHERE {}", table.name, same);
}

Status TableWriter::Apply(Connection& connection, const RowChanges& changes) {
  if (std::exchange(staged_, true) && !plan_.key.empty())
    RETURN_IF_ERROR(connection.Run("TRUNCATE pg_temp.weir_rows, pg_temp.weir_keys"));
  if (const std::string keys = changes.DeletedKeys(); !keys.empty()) {
    RETURN_IF_ERROR(connection.CopyIn(copy_keys_, keys));
    RETURN_IF_ERROR(connection.Run(delete_));
  }
  const std::string rows = changes.Rows();
  if (rows.empty()) return {};
  RETURN_IF_ERROR(connection.CopyIn(copy_rows_, rows));
  return upsert_.empty() ? Status() : connection.Run(upsert_);
}

Status TableWriter::TryOnce(const std::function<Status(Connection&)>& work) {
  if (connection_ == nullptr) RETURN_IF_ERROR(Connect());
  staged_ = false;
  RETURN_IF_ERROR(connection_->Run(kBegin));
  RETURN_IF_ERROR(work(*connection_));
  WEIR_FAULT_POINT("postgres.before_commit");
  RETURN_IF_ERROR(connection_->Run("COMMIT"));
  WEIR_FAULT_POINT("postgres.after_commit");
  return {};
}

Status TableWriter::InTransaction(const std::function<Status(Connection&)>& work) {
  for (int64_t tries = 0;; ++tries) {
    Status done = TryOnce(work);
    if (done.ok()) return done;
    const bool may_pass = connection_ == nullptr ? may_pass_ : connection_->may_pass();
    connection_.reset();
    if (!may_pass || tries >= plan_.max_retries) return done;
    WaitSeconds(tries + 1);
  }
}

}  // namespace weir::connectors::postgres
