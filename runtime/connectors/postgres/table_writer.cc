#include "runtime/connectors/postgres/table_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/base/interruption.h"
#include "runtime/fault_point.h"

namespace weir::connectors::postgres {
namespace {

// Who holds a lock for longer ends the transaction, which is then tried again.
constexpr const char* kBegin = "BEGIN; SET LOCAL lock_timeout TO '60s'";

}  // namespace

Status TableWriter::Open() {
  return Connect();
}

Status TableWriter::Connect() {
  may_pass_ = false;
  std::unique_ptr<Connection> connection = TRY(Connection::Open(plan_.access, &may_pass_));
  Status prepared = Prepare(*connection);
  may_pass_ = connection->may_pass();
  if (prepared.ok()) connection_ = std::move(connection);
  return prepared;
}

Status TableWriter::Prepare(Connection& connection) {
  const ServerTable table = TRY(DescribeTable(connection, plan_.table_name));
  const std::vector<ServerColumn> columns = TRY(ColumnsOf(table, plan_.columns, plan_.table));
  RETURN_IF_ERROR(CheckKey(table, columns));
  MakeStatements(table, columns);
  return prepare_.empty() ? Status() : connection.Run(prepare_);
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
  MakeMerge(table, columns);
}

void TableWriter::MakeMerge(const ServerTable& table, const std::vector<ServerColumn>& columns) {
  const std::vector<std::string> names = NamesOf(columns);
  const std::string all = NameList(names);
  std::vector<std::string> key;
  for (const int column : plan_.key) key.push_back(names[static_cast<size_t>(column)]);
  const std::string keys = NameList(key);
  std::string set;
  for (size_t c = 0; c < columns.size(); ++c) {
    if (std::ranges::find(plan_.key, static_cast<int>(c)) != plan_.key.end()) continue;
    const std::string name = QuotedName(names[c]);
    set += fmt::format("{}{} = EXCLUDED.{}", set.empty() ? "" : ", ", name, name);
  }
  const auto same = [&key](std::string_view a, std::string_view b) {
    std::string condition;
    for (const std::string& name : key) {
      condition += fmt::format("{}{}.{} = {}.{}", condition.empty() ? "" : " AND ", a,
                               QuotedName(name), b, QuotedName(name));
    }
    return condition;
  };
  std::string place = "weir_place";
  while (std::ranges::find(names, place) != names.end()) place += '_';
  // The columns' types are the table's; rows in them are gone when their transaction ends.
  constexpr std::string_view kStage =
      "CREATE TEMPORARY TABLE {} ON COMMIT DELETE ROWS AS SELECT {}, 0::bigint AS {} FROM {} WITH "
      "NO DATA";
  prepare_ = fmt::format(kStage, "weir_rows", all, place, table.name) + "; " +
             fmt::format(kStage, "weir_keys", keys, place, table.name);
  copy_rows_ = fmt::format("COPY pg_temp.weir_rows ({}, {}) FROM STDIN", all, place);
  copy_keys_ = fmt::format("COPY pg_temp.weir_keys ({}, {}) FROM STDIN", keys, place);
  upsert_ = fmt::format(
      "INSERT INTO {0} ({1}) SELECT DISTINCT ON ({2}) {1} FROM pg_temp.weir_rows AS r "
      "WHERE NOT EXISTS (SELECT FROM pg_temp.weir_keys AS k WHERE {3} AND k.{4} > r.{4}) "
      "ORDER BY {2}, {4} DESC ON CONFLICT ({2}) DO {5}",
      table.name, all, keys, same("k", "r"), place,
      set.empty() ? "NOTHING" : fmt::format("UPDATE SET {}", set));
  delete_ = fmt::format(
      "DELETE FROM {0} AS t USING pg_temp.weir_keys AS k WHERE {1} AND NOT EXISTS "
      "(SELECT FROM pg_temp.weir_rows AS r WHERE {2} AND r.{3} > k.{3})",
      table.name, same("t", "k"), same("r", "k"), place);
}

Status TableWriter::Apply(Connection& connection, const RowChanges& changes) {
  if (std::exchange(staged_, true) && !plan_.key.empty())
    RETURN_IF_ERROR(connection.Run("TRUNCATE pg_temp.weir_rows, pg_temp.weir_keys"));
  const std::string keys = changes.DeletedKeys();
  const std::string rows = changes.Rows();
  if (!keys.empty()) RETURN_IF_ERROR(connection.CopyIn(copy_keys_, keys));
  if (!rows.empty()) RETURN_IF_ERROR(connection.CopyIn(copy_rows_, rows));
  if (!keys.empty()) RETURN_IF_ERROR(connection.Run(delete_));
  return rows.empty() || upsert_.empty() ? Status() : connection.Run(upsert_);
}

Status TableWriter::TryOnce(const std::function<Status(Connection&)>& work) {
  if (connection_ == nullptr) RETURN_IF_ERROR(Connect());
  // A failure or an interruption drops it, and with it what is half done on the server.
  std::unique_ptr<Connection> connection = std::move(connection_);
  staged_ = false;
  const auto transact = [&]() -> Status {
    RETURN_IF_ERROR(connection->Run(kBegin));
    RETURN_IF_ERROR(work(*connection));
    WEIR_FAULT_POINT("postgres.before_commit");
    RETURN_IF_ERROR(connection->Run("COMMIT"));
    WEIR_FAULT_POINT("postgres.after_commit");
    return {};
  };
  Status done = transact();
  may_pass_ = connection->may_pass();
  if (done.ok()) connection_ = std::move(connection);
  return done;
}

Status TableWriter::InTransaction(const std::function<Status(Connection&)>& work) {
  for (int64_t tries = 0;; ++tries) {
    Status done = TryOnce(work);
    // Whoever stops the job waits for a second try at most.
    const bool last = tries >= plan_.max_retries || (tries > 0 && IsHurried());
    if (done.ok() || !may_pass_ || last) return done;
    WaitSeconds(tries + 1);
  }
}

}  // namespace weir::connectors::postgres
