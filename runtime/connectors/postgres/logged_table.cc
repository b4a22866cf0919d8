#include "runtime/connectors/postgres/logged_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "runtime/base/hash.h"
#include "runtime/base/names.h"
#include "runtime/base/quoted.h"

namespace weir::connectors::postgres {
namespace {

uint64_t NumberOf(std::string_view text) {
  uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::string HashOf(std::string_view text) {
  return fmt::format("{:016x}", Hash64(text.data(), text.size()));
}

// By one statement, so that the types are those of the file: of a type and the file before it one
// would take its values for those of before.
Status ReadForm(Connection& connection, LoggedTable& table) {
  const std::vector<std::string> oid = {fmt::format("{}", table.form.oid)};
  const Answer columns = TRY(connection.Ask(
      "SELECT a.attname, format_type(a.atttypid, a.atttypmod), "
      "CASE WHEN a.attcollation <> t.typcollation "
      "THEN quote_ident(n.nspname) || '.' || quote_ident(c.collname) ELSE '' END, "
      "a.attnum::text, coalesce(a.attnum = ANY (i.indkey::int2[]), false), r.relfilenode "
      "FROM pg_class r JOIN pg_attribute a ON a.attrelid = r.oid "
      "JOIN pg_type t ON t.oid = a.atttypid "
      "LEFT JOIN pg_collation c ON c.oid = a.attcollation "
      "LEFT JOIN pg_namespace n ON n.oid = c.collnamespace "
      "LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisreplident "
      "WHERE r.oid = $1 AND a.attnum > 0 AND NOT a.attisdropped",
      oid));
  for (int i = 0; i < columns.rows(); ++i) {
    table.form.file = NumberOf(columns.Text(i, 5));
    table.form.columns[std::string(columns.Text(i, 0))] = {std::string(columns.Text(i, 3)),
                                                           HashOf(columns.Text(i, 1))};
    if (columns.Text(i, 4) == "t") table.identity_columns.emplace_back(columns.Text(i, 0));
  }
  for (const std::string& name : table.table.primary_key) {
    for (int i = 0; i < columns.rows(); ++i) {
      if (columns.Text(i, 0) != name) continue;
      table.key.push_back({name, std::string(columns.Text(i, 1)), std::string(columns.Text(i, 2))});
    }
  }
  return {};
}

Status ReadLeaves(Connection& connection, LoggedTable& table) {
  const std::vector<std::string> oid = {fmt::format("{}", table.form.oid)};
  const Answer leaves = TRY(connection.Ask(
      "WITH RECURSIVE below AS (SELECT inhrelid FROM pg_inherits WHERE inhparent = $1 "
      "UNION SELECT i.inhrelid FROM pg_inherits i JOIN below b ON i.inhparent = b.inhrelid) "
      "SELECT c.oid FROM below b JOIN pg_class c ON c.oid = b.inhrelid WHERE c.relkind <> 'p'",
      oid));
  for (int i = 0; i < leaves.rows(); ++i) table.form.leaves.insert(NumberOf(leaves.Text(i, 0)));
  return {};
}

Status NoTable(Connection& connection, const std::string& schema, const std::string& name) {
  const std::vector<std::string> in = {schema};
  const Result<Answer> known = connection.Ask(
      "SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
      "WHERE nspname = $1 AND relkind IN ('r', 'p') LIMIT 10000",
      in);
  std::vector<std::string> tables;
  for (int i = 0; known.ok() && i < known->rows(); ++i) tables.emplace_back(known->Text(i, 0));
  return Status::NotFound(
             fmt::format("PostgreSQL has no table '{}' in the schema '{}'", name, schema))
      .WithId("E4010")
      .WithHint(DidYouMean(name, tables));
}

// How the publication is made by whoever may.
std::string MakingOf(const LoggedTable& table, const std::string& publication) {
  return fmt::format("CREATE PUBLICATION {} FOR TABLE {}.{}{}", QuotedName(publication),
                     QuotedName(table.schema), QuotedName(table.name),
                     table.partitioned ? " WITH (publish_via_partition_root = true)" : "");
}

Result<Answer> FindPublication(Connection& connection, const LoggedTable& table,
                               const std::string& publication) {
  const std::vector<std::string> names = {publication, table.schema, table.name};
  return connection.Ask(
      "SELECT p.pubinsert AND p.pubupdate AND p.pubdelete, p.pubtruncate, "
      "to_jsonb(p) ->> 'pubviaroot', t.pubname IS NOT NULL, to_jsonb(t) ->> 'rowfilter' "
      "FROM pg_publication p LEFT JOIN pg_publication_tables t "
      "ON t.pubname = p.pubname AND t.schemaname = $2 AND t.tablename = $3 WHERE p.pubname = $1",
      names);
}

Status JudgePublication(const Answer& found, const LoggedTable& table,
                        const std::string& publication) {
  const std::string add =
      fmt::format("ALTER PUBLICATION {} ADD TABLE {}", QuotedName(publication), table.table.name);
  if (table.partitioned && found.Text(0, 2) != "true") {
    return Refused(fmt::format("the publication '{}' tells of the partitions of {} and not of the "
                               "table",
                               publication, table.table.name),
                   fmt::format("ALTER PUBLICATION {} SET (publish_via_partition_root = true)",
                               QuotedName(publication)));
  }
  if (found.Text(0, 3) != "t") {
    return Refused(
        fmt::format("the publication '{}' lacks the table {}", publication, table.table.name), add);
  }
  if (!found.IsNull(0, 4)) {
    return Refused(fmt::format("the publication '{}' has only those rows of {} for which {}",
                               publication, table.table.name, found.Text(0, 4)),
                   "a publication of the whole table is needed; a WHERE of the query chooses rows");
  }
  if (found.Text(0, 0) == "t" && found.Text(0, 1) == "t") return {};
  return Refused(
      fmt::format("the publication '{}' leaves out some kinds of changes", publication),
      fmt::format("ALTER PUBLICATION {} SET (publish = 'insert, update, delete, truncate')",
                  QuotedName(publication)));
}

}  // namespace

Result<LoggedTable> DescribeLoggedTable(Connection& connection, const std::string& schema,
                                        const std::string& name) {
  LoggedTable table;
  table.schema = schema;
  table.name = name;
  const std::string full = fmt::format("{}.{}", QuotedName(schema), QuotedName(name));
  const std::vector<std::string> named = {full};
  const Answer facts = TRY(connection.Ask(
      "SELECT c.oid, relreplident, relkind, relpersistence, format('%I.%I', nspname, relname) "
      "FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE c.oid = to_regclass($1)",
      named));
  if (facts.rows() == 0) return NoTable(connection, schema, name);
  table.table = TRY(DescribeTable(connection, full));
  // Whatever the search path is by the time it is read.
  table.table.name = facts.Text(0, 4);
  table.form.oid = NumberOf(facts.Text(0, 0));
  table.identity = facts.Text(0, 1).front();
  table.partitioned = facts.Text(0, 2) == "p";
  if (facts.Text(0, 2) != "r" && !table.partitioned) {
    return Refused(fmt::format("{} is no table, and the log has changes of tables", full),
                   "name the tables that it is made of");
  }
  if (table.table.has_children) {
    return Refused(fmt::format("other tables inherit from {}, whose rows are its rows, too, and "
                               "whose changes the log tells as those of other tables",
                               table.table.name),
                   "read each of these tables, and UNION ALL them");
  }
  if (facts.Text(0, 3) != "p") {
    return Refused(fmt::format("{} is a table whose changes are not logged", full),
                   fmt::format("ALTER TABLE {} SET LOGGED", table.table.name));
  }
  RETURN_IF_ERROR(ReadForm(connection, table));
  if (table.partitioned) RETURN_IF_ERROR(ReadLeaves(connection, table));
  return table;
}

Result<uint64_t> PlaceIn(const Answer& answer) {
  uint64_t place = 0;
  if (ParsePlace(answer.Text(0, 0), place)) return place;
  return Status::Internal(fmt::format("'{}' is no place in a log", answer.Text(0, 0)));
}

Status CheckLogging(Connection& connection) {
  const Answer level = TRY(connection.Ask("SHOW wal_level"));
  if (level.Text(0, 0) == "logical") return {};
  return Refused(fmt::format("PostgreSQL's log has no changes to be read: wal_level is '{}'",
                             level.Text(0, 0)),
                 "ALTER SYSTEM SET wal_level = logical, and start the server again");
}

Status NeedPublication(Connection& connection, const LoggedTable& table,
                       const std::string& publication, bool make) {
  Answer found = TRY(FindPublication(connection, table, publication));
  if (found.rows() == 0 && make) {
    Status made = connection.Run(MakingOf(table, publication));
    if (connection.lost()) return made;
    found = TRY(FindPublication(connection, table, publication));
    // Another may have made it in the same moment.
    if (!made.ok() && found.rows() == 0)
      return Refused(made.message(),
                     fmt::format("have the table's owner say: {}", MakingOf(table, publication)));
  }
  if (found.rows() == 0) {
    return Refused(fmt::format("PostgreSQL has no publication '{}'", publication),
                   MakingOf(table, publication));
  }
  return JudgePublication(found, table, publication);
}

Result<std::optional<Slot>> FindSlot(Connection& connection, const std::string& name) {
  const std::vector<std::string> named = {name};
  const Answer found = TRY(connection.Ask(
      "SELECT coalesce(confirmed_flush_lsn, restart_lsn)::text, coalesce(plugin, ''), "
      "coalesce(database = current_database(), false), to_jsonb(s) ->> 'wal_status', "
      "confirmed_flush_lsn IS NOT NULL "
      "FROM pg_replication_slots s WHERE slot_name = $1",
      named));
  if (found.rows() == 0) return std::optional<Slot>();
  if (found.Text(0, 1) != "pgoutput" || found.Text(0, 2) != "t") {
    return Refused(fmt::format("the slot '{}' is of another kind or database: its plugin is '{}'",
                               name, found.Text(0, 1)),
                   "'slot.name' = another one");
  }
  if (found.IsNull(0, 0) || found.Text(0, 3) == "lost") {
    return Refused(
        fmt::format("the server has given up the slot '{}': what it kept is deleted", name),
        fmt::format("SELECT pg_drop_replication_slot('{}'), and start the job afresh; "
                    "max_slot_wal_keep_size limits what slots keep",
                    name));
  }
  return std::optional(Slot{TRY(PlaceIn(found)), found.Text(0, 4) == "t"});
}

Result<std::vector<uint32_t>> OpenTransactions(Connection& connection) {
  const Answer open = TRY(
      connection.Ask("SELECT transactionid::text FROM pg_locks WHERE locktype = 'transactionid' "
                     "AND mode = 'ExclusiveLock' AND granted"));
  std::vector<uint32_t> transactions;
  for (int i = 0; i < open.rows(); ++i)
    transactions.push_back(static_cast<uint32_t>(NumberOf(open.Text(i, 0))));
  return transactions;
}

Result<Slot> MakeSlot(Connection& connection, const std::string& name, bool temporary) {
  // Without parameters, which connections for replication do not take.
  const Answer made = TRY(connection.Ask(
      fmt::format("SELECT lsn::text FROM pg_create_logical_replication_slot({}, 'pgoutput', {})",
                  Quoted(name, '\''), temporary)));
  return Slot{TRY(PlaceIn(made))};
}

Result<std::string> SystemOf(Connection& replication) {
  const Answer system = TRY(replication.Ask("IDENTIFY_SYSTEM"));
  return std::string(system.Text(0, 0));
}

}  // namespace weir::connectors::postgres
