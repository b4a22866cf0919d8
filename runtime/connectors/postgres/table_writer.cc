#include "runtime/connectors/postgres/table_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/base/interruption.h"
#include "runtime/base/quoted.h"
#include "runtime/fault_point.h"

namespace weir::connectors::postgres {
namespace {

// Who holds a lock for longer ends the transaction, which is then tried again. The other lock
// hinders nobody: it says that a transaction writes into the table (AwaitEarlier).
constexpr std::string_view kBegin =
    "BEGIN; SET LOCAL lock_timeout TO '60s'; "
    "SELECT pg_catalog.pg_advisory_xact_lock_shared({}, {})";
constexpr int32_t kLockOfWriters = 0x7765'6972;  // "weir"

// Its columns with their types, lengths and collations, and that it is no other of its name.
constexpr std::string_view kForm =
    "SELECT string_agg(concat_ws(' ', attrelid, attnum, quote_ident(attname), atttypid, atttypmod, "
    "attcollation), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = to_regclass({}) "
    "AND attnum > 0 AND NOT attisdropped";

// The transactions that write, and are among those of the list, unless it is empty.
constexpr std::string_view kWriters =
    "SELECT string_agg(virtualtransaction, ','), string_agg(pid::text, ', ') FROM pg_locks "
    "WHERE locktype = 'advisory' AND classid = {}::oid AND objid = {}::oid AND objsubid = 2 "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
    "AND ($1 = '' OR virtualtransaction = ANY (string_to_array($1, ',')))";

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
  // Before the table is described: what is altered in between shows in the first transaction.
  look_ = fmt::format(kForm, Quoted(plan_.table_name, '\''));
  if (const Result<Answer> form = connection.Ask(look_); form.ok())
    form_ = form->IsNull(0, 0) ? "" : form->Text(0, 0);
  const ServerTable table = TRY(DescribeTable(connection, plan_.table_name));
  const std::vector<ServerColumn> columns = TRY(ColumnsOf(table, plan_.columns, plan_.table));
  std::vector<ServerColumn> key;
  for (const int column : plan_.key) key.push_back(columns[static_cast<size_t>(column)]);
  if (!key.empty()) RETURN_IF_ERROR(CheckKey(table, key, plan_.table));
  begin_ = fmt::format(kBegin, kLockOfWriters, static_cast<int32_t>(table.oid));
  writers_ = fmt::format(kWriters, kLockOfWriters, table.oid);
  hides_rows_ = table.hides_rows && !DefectPlanted("postgres-policies-hide");
  const bool lockable = table.kind == 'r' || table.kind == 'p';
  if (lockable)
    look_ = fmt::format("LOCK TABLE ONLY {} IN ROW EXCLUSIVE MODE; {}", table.name, look_);
  if (plan_.key.empty()) {
    copy_rows_ = fmt::format("COPY {} ({}) FROM STDIN", table.name, NameList(NamesOf(columns)));
    return {};
  }
  MakeMerge(table, columns);
  return connection.Run(prepare_);
}

Status TableWriter::AwaitEarlier() {
  std::string writers;  // that there were at first
  for (int64_t seconds = 0; !DefectPlanted("postgres-writers-unawaited"); ++seconds) {
    if (connection_ == nullptr) RETURN_IF_ERROR(Connect());
    std::unique_ptr<Connection> connection = std::move(connection_);
    const std::vector<std::string> before = {writers};
    const Answer found = TRY(connection->Ask(writers_, before));
    connection_ = std::move(connection);
    if (found.IsNull(0, 0)) return {};
    if (writers.empty()) writers = found.Text(0, 0);
    const std::string what = fmt::format(
        "table {} is written when a transaction has ended that an earlier start has "
        "begun: of process {} of PostgreSQL",
        plan_.table, found.Text(0, 1));
    if (seconds > 0 && IsHurried()) return Refused(what);
    if (seconds > 0 && plan_.notices != nullptr)
      plan_.notices->Report(NoticeKind::kUnanswered, 1, what);
    WaitSeconds(1);
  }
  return {};
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
  const auto same = [&](std::string_view a, std::string_view b) {
    std::vector<KeyTerm> terms;
    for (const int column : plan_.key) {
      const ServerColumn& is = columns[static_cast<size_t>(column)];
      const std::string name = QuotedName(is.name);
      terms.push_back({fmt::format("{}.{}", a, name), is.operators, fmt::format("{}.{}", b, name)});
    }
    return EqualKey(terms);
  };
  std::string place = "weir_place";
  while (std::ranges::find(names, place) != names.end()) place += '_';
  // The columns' types are the table's; rows in them are gone when their transaction ends.
  constexpr std::string_view kStage =
      "CREATE TEMPORARY TABLE {} ON COMMIT DELETE ROWS AS SELECT {}, 0::bigint AS {} FROM {} WITH "
      "NO DATA";
  const std::string staged_rows = StageName("rows");
  const std::string staged_keys = StageName("keys");
  prepare_ = fmt::format(kStage, staged_rows, all, place, table.name) + "; " +
             fmt::format(kStage, staged_keys, keys, place, table.name);
  empty_ = fmt::format("TRUNCATE {}, {}", staged_rows, staged_keys);
  copy_rows_ = fmt::format("COPY {} ({}, {}) FROM STDIN", staged_rows, all, place);
  copy_keys_ = fmt::format("COPY {} ({}, {}) FROM STDIN", staged_keys, keys, place);
  upsert_ = fmt::format(
      "INSERT INTO {0} ({1}) SELECT DISTINCT ON ({2}) {1} FROM {6} AS r "
      "WHERE NOT EXISTS (SELECT FROM {7} AS k WHERE {3} AND k.{4} > r.{4}) "
      "ORDER BY {2}, {4} DESC ON CONFLICT ({2}) DO {5}",
      table.name, all, keys, same("k", "r"), place,
      set.empty() ? "NOTHING" : fmt::format("UPDATE SET {}", set), staged_rows, staged_keys);
  // The rows of tables that inherit from it are no rows of its key. Those of partitions are.
  const bool alone = table.kind == 'r' && !DefectPlanted("postgres-children-deleted");
  delete_ = fmt::format(
      "DELETE FROM {0}{1} AS t USING {2} AS k WHERE {3} AND NOT EXISTS "
      "(SELECT FROM {4} AS r WHERE {5} AND r.{6} > k.{6})",
      alone ? "ONLY " : "", table.name, staged_keys, same("t", "k"), staged_rows, same("r", "k"),
      place);
}

Status TableWriter::Apply(Connection& connection, const RowChanges& changes) {
  if (!plan_.key.empty())
    RETURN_IF_ERROR(std::exchange(staged_, true) ? connection.Run(empty_) : CheckForm(connection));
  const std::string keys = changes.DeletedKeys();
  const std::string rows = changes.Rows();
  if (!keys.empty() && hides_rows_) {
    return Refused(fmt::format("policies of {} of PostgreSQL may hide rows from this role, which "
                               "would not be deleted then",
                               plan_.table_name),
                   "write as the table's owner or with BYPASSRLS; replication is refused such "
                   "tables, too");
  }
  if (!keys.empty()) RETURN_IF_ERROR(connection.CopyIn(copy_keys_, keys));
  if (!rows.empty()) RETURN_IF_ERROR(connection.CopyIn(copy_rows_, rows));
  if (!keys.empty()) RETURN_IF_ERROR(connection.Run(delete_));
  return rows.empty() || upsert_.empty() ? Status() : connection.Run(upsert_);
}

// Our tables have the columns' types of when they were made: values of wider ones would be rounded.
Status TableWriter::CheckForm(Connection& connection) {
  const Answer form = TRY(connection.Ask(look_));
  const std::string_view now = form.IsNull(0, 0) ? "" : form.Text(0, 0);
  if (now == form_ || DefectPlanted("postgres-altered-unseen")) return {};
  altered_ = true;
  return Refused(fmt::format("{} of PostgreSQL is altered again and again", plan_.table_name));
}

Status TableWriter::TryOnce(const std::function<Status(Connection&)>& work) {
  if (connection_ == nullptr) RETURN_IF_ERROR(Connect());
  // A failure or an interruption drops it, and with it what is half done on the server.
  std::unique_ptr<Connection> connection = std::move(connection_);
  staged_ = false;
  const auto transact = [&]() -> Status {
    RETURN_IF_ERROR(connection->Run(begin_));
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
  int alterations = 0;
  for (int64_t tries = 0;; ++tries) {
    Status done = TryOnce(work);
    constexpr int kMostAlterations = 10;
    if (std::exchange(altered_, false) && ++alterations < kMostAlterations) {
      --tries;
      continue;
    }
    // Whoever stops the job waits for a second try at most.
    const bool last = tries >= plan_.max_retries || (tries > 0 && IsHurried());
    if (done.ok() || !may_pass_ || last) return done;
    WaitSeconds(tries + 1);
  }
}

}  // namespace weir::connectors::postgres
