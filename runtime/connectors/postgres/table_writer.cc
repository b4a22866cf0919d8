#include "runtime/connectors/postgres/table_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

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

// The rows of changes as lines of COPY, the last field of which is the change's place.
std::string StagedRows(const jdbc::RowChanges& changes) {
  std::string lines = changes.lines();
  for (const auto& [key, held] : changes.keyed()) {
    if (held.row) lines.append(*held.row).append(fmt::format("\t{}\n", held.place));
  }
  return lines;
}

std::string StagedKeys(const jdbc::RowChanges& changes) {
  std::string lines;
  for (const auto& [key, held] : changes.keyed()) {
    if (!held.row) lines.append(key).append(fmt::format("\t{}\n", held.place));
  }
  return lines;
}

// The transactions that write, and are among those of the list, unless it is empty.
constexpr std::string_view kWriters =
    "SELECT string_agg(virtualtransaction, ','), string_agg(pid::text, ', ') FROM pg_locks "
    "WHERE locktype = 'advisory' AND classid = {}::oid AND objid = {}::oid AND objsubid = 2 "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
    "AND ($1 = '' OR virtualtransaction = ANY (string_to_array($1, ',')))";

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
  // Before the table is described: what is altered in between shows in the first transaction.
  look_ = fmt::format(kForm, Quoted(plan().table_name, '\''));
  if (const Result<Answer> form = connection.Ask(look_); form.ok())
    form_ = form->IsNull(0, 0) ? "" : form->Text(0, 0);
  const ServerTable table = TRY(DescribeTable(connection, plan().table_name));
  const std::vector<ServerColumn> columns = TRY(ColumnsOf(table, plan().columns, plan().table));
  std::vector<ServerColumn> key;
  for (const int column : plan().key) key.push_back(columns[static_cast<size_t>(column)]);
  if (!key.empty()) RETURN_IF_ERROR(CheckKey(table, key, plan().table));
  begin_ = fmt::format(kBegin, kLockOfWriters, static_cast<int32_t>(table.oid));
  writers_ = fmt::format(kWriters, kLockOfWriters, table.oid);
  hides_rows_ = table.hides_rows && !DefectPlanted("postgres-policies-hide");
  const bool lockable = table.kind == 'r' || table.kind == 'p';
  if (lockable)
    look_ = fmt::format("LOCK TABLE ONLY {} IN ROW EXCLUSIVE MODE; {}", table.name, look_);
  if (plan().key.empty()) {
    copy_rows_ = fmt::format("COPY {} ({}) FROM STDIN", table.name, NameList(NamesOf(columns)));
    return {};
  }
  MakeMerge(table, columns);
  return connection.Run(prepare_);
}

Result<TableWriter::Writers> TableWriter::FindWriters(const std::string& ids) {
  if (connection_ == nullptr) RETURN_IF_ERROR(Connect());
  std::unique_ptr<Connection> connection = std::move(connection_);
  const std::vector<std::string> before = {ids};
  const Answer found = TRY(connection->Ask(writers_, before));
  connection_ = std::move(connection);
  if (found.IsNull(0, 0)) return Writers();
  return Writers{std::string(found.Text(0, 0)), fmt::format("process {}", found.Text(0, 1))};
}

void TableWriter::MakeMerge(const ServerTable& table, const std::vector<ServerColumn>& columns) {
  const std::vector<std::string> names = NamesOf(columns);
  const std::string all = NameList(names);
  std::vector<std::string> key;
  for (const int column : plan().key) key.push_back(names[static_cast<size_t>(column)]);
  const std::string keys = NameList(key);
  std::string set;
  for (size_t c = 0; c < columns.size(); ++c) {
    if (std::ranges::find(plan().key, static_cast<int>(c)) != plan().key.end()) continue;
    const std::string name = QuotedName(names[c]);
    set += fmt::format("{}{} = EXCLUDED.{}", set.empty() ? "" : ", ", name, name);
  }
  const auto same = [&](std::string_view a, std::string_view b) {
    std::vector<KeyTerm> terms;
    for (const int column : plan().key) {
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

Status TableWriter::Apply(const jdbc::RowChanges& changes) {
  Connection& connection = *in_transaction_;
  if (!plan().key.empty())
    RETURN_IF_ERROR(std::exchange(staged_, true) ? connection.Run(empty_) : CheckForm(connection));
  const std::string keys = StagedKeys(changes);
  const std::string rows = StagedRows(changes);
  if (!keys.empty() && hides_rows_) {
    return Refused(fmt::format("policies of {} of PostgreSQL may hide rows from this role, which "
                               "would not be deleted then",
                               plan().table_name),
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
  return Refused(fmt::format("{} of PostgreSQL is altered again and again", plan().table_name));
}

Status TableWriter::TryOnce(const std::function<Status()>& work) {
  if (connection_ == nullptr) RETURN_IF_ERROR(Connect());
  std::unique_ptr<Connection> connection = std::move(connection_);
  in_transaction_ = connection.get();
  staged_ = false;
  const auto transact = [&]() -> Status {
    RETURN_IF_ERROR(connection->Run(begin_));
    RETURN_IF_ERROR(work());
    WEIR_FAULT_POINT("jdbc.before_commit");
    RETURN_IF_ERROR(connection->Run("COMMIT"));
    WEIR_FAULT_POINT("jdbc.after_commit");
    return {};
  };
  Status done = transact();
  may_pass_ = connection->may_pass();
  if (done.ok()) connection_ = std::move(connection);
  return done;
}

// The rows in which sinks say how far they have committed. Their columns are texts, as the markers
// of all sinks are (state/FORMAT.md, "Epochs"). A failure to create the table ends the transaction.
Status TableWriter::CreateMarkers(Connection& connection) {
  // The server says what the name is in SQL, and refuses what is none.
  const std::vector<std::string> given = {plan().commit_table};
  markers_ =
      std::string(TRY(connection.Ask("SELECT string_agg(quote_ident(p), '.' ORDER BY n) "
                                     "FROM unnest(parse_ident($1)) WITH ORDINALITY AS u(p, n)",
                                     given))
                      .Text(0, 0));
  // Asked first, since a role that may write here need not be one that may create tables.
  const std::vector<std::string> named = {markers_};
  const Answer found = TRY(connection.Ask("SELECT to_regclass($1) IS NOT NULL", named));
  if (found.Text(0, 0) == "t") return {};
  Status made = connection.Run(fmt::format(
      "CREATE TABLE IF NOT EXISTS {} (subtask text PRIMARY KEY, marker text NOT NULL)", markers_));
  if (made.ok() || connection.lost()) return made;
  // Two at once: one of them fails, and the table is there.
  RETURN_IF_ERROR(connection.Run("ROLLBACK"));
  const Answer again = TRY(connection.Ask("SELECT to_regclass($1) IS NOT NULL", named));
  if (again.Text(0, 0) == "t") return {};
  return std::move(made).WithHint(fmt::format(
      "have somebody who may say: CREATE TABLE {0} (subtask text PRIMARY KEY, marker "
      "text NOT NULL); GRANT SELECT, INSERT, UPDATE ON {0} TO …; or 'sink.commit-table' "
      "names a table in a schema where this role may create one",
      markers_));
}

Result<std::string> TableWriter::PrepareMarkers() {
  Connection& connection = *in_transaction_;
  RETURN_IF_ERROR(CreateMarkers(connection));
  const Answer may = TRY(connection.Ask(
      "SELECT coalesce(has_function_privilege(to_regprocedure('pg_catalog.pg_control_system()'), "
      "'EXECUTE'), false)"));
  if (may.Text(0, 0) != "t") return std::string("-");
  // A physical copy has the same.
  const Answer system =
      TRY(connection.Ask("SELECT s.system_identifier || '-' || d.oid FROM pg_control_system() s, "
                         "pg_database d WHERE d.datname = current_database()"));
  return std::string(system.Text(0, 0));
}

Result<std::optional<epochs::CommitMarker>> TableWriter::LockMarker(const std::string& key) {
  const std::vector<std::string> keys = {key};
  const Answer found = TRY(in_transaction_->Ask(
      fmt::format("SELECT marker FROM {} WHERE subtask = $1 FOR UPDATE", markers_), keys));
  if (found.rows() == 0) return std::optional<epochs::CommitMarker>();
  return std::optional(TRY(epochs::ParseMarker(found.Text(0, 0))));
}

Result<epochs::Markers> TableWriter::LockMarkers(const std::string& prefix) {
  const std::vector<std::string> prefixes = {prefix};
  const Answer found = TRY(in_transaction_->Ask(
      fmt::format("SELECT subtask, marker FROM {} WHERE left(subtask, length($1)) = $1 "
                  "ORDER BY subtask FOR UPDATE",
                  markers_),
      prefixes));
  epochs::Markers markers;
  for (int i = 0; i < found.rows(); ++i)
    markers[std::string(found.Text(i, 0))] = TRY(epochs::ParseMarker(found.Text(i, 1)));
  return markers;
}

Status TableWriter::SetMarker(const std::string& key, const epochs::CommitMarker& marker) {
  const std::vector<std::string> values = {key, marker.Text()};
  return in_transaction_
      ->Ask(fmt::format("INSERT INTO {} (subtask, marker) VALUES ($1, $2) "
                        "ON CONFLICT (subtask) DO UPDATE SET marker = EXCLUDED.marker",
                        markers_),
            values)
      .status();
}

}  // namespace weir::connectors::postgres
