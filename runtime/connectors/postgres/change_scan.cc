#include "runtime/connectors/postgres/change_scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/connectors/postgres/portion_reader.h"
#include "runtime/fault_point.h"

namespace weir::connectors::postgres {
namespace {

// That updates and deletes will say which rows they are of.
Status CheckIdentity(const ChangeScan& scan, const LoggedTable& table) {
  const std::string whole = fmt::format("ALTER TABLE {} REPLICA IDENTITY FULL", table.table.name);
  if (table.identity == 'f') return {};
  if (!scan.upserts) {
    return Refused(
        fmt::format("the log has no rows before updates and deletes of {}, which table {} gives: "
                    "its REPLICA IDENTITY is not FULL",
                    table.table.name, scan.table),
        fmt::format("{}, or 'changelog-mode' = 'upsert' with a PRIMARY KEY, which needs the key "
                    "alone",
                    whole));
  }
  if (table.identity == 'n' || (table.identity == 'd' && table.key.empty())) {
    return Refused(fmt::format("the log does not say which rows of {} are updated or deleted",
                               table.table.name),
                   whole);
  }
  for (const std::string& name : scan.primary_key) {
    const ServerColumn* const column = table.table.Find(name);
    const std::vector<std::string>& logged =
        table.identity == 'd' ? table.table.primary_key : table.identity_columns;
    if (column == nullptr || std::ranges::find(logged, column->name) != logged.end()) continue;
    return Refused(fmt::format("\"{}\" is in the PRIMARY KEY of table {} and not in the REPLICA "
                               "IDENTITY of {}, which alone the log has of deleted rows",
                               name, scan.table, table.table.name),
                   fmt::format("the same PRIMARY KEY, or {}", whole));
  }
  return {};
}

// A portion may have a new row of a key before the log has the delete of the old one: of the
// table's own key the log is placed by portions, of another one it is not.
Status CheckKey(const ChangeScan& scan, const LoggedTable& table) {
  if (scan.primary_key.empty() || DefectPlanted("keys-of-any-index")) return {};
  for (const std::string& own : table.table.primary_key) {
    const bool said = std::ranges::any_of(scan.primary_key, [&](const std::string& name) {
      const ServerColumn* const column = table.table.Find(name);
      return column != nullptr && column->name == own;
    });
    if (said) continue;
    return Refused(fmt::format("the PRIMARY KEY of table {} lacks \"{}\", which is in that of {}, "
                               "by which its rows are read",
                               scan.table, own, table.table.name),
                   "the same PRIMARY KEY; or 'scan.startup.mode' = 'latest-offset' reads what "
                   "changes from now on");
  }
  return {};
}

// Nobody has read from one that was not made to its end.
Status DropHalfMade(const ChangeScan& scan, Connection& connection) {
  const std::vector<std::string> named = {scan.slot};
  const Result<Answer> dropped = connection.Ask("SELECT pg_drop_replication_slot($1)", named);
  if (dropped.ok()) return {};
  return Refused(
      fmt::format("the slot '{}' is being made: {}", scan.slot, dropped.status().message()),
      "it waits for the transactions that run; where nobody makes it any more, end its process "
      "(pg_terminate_backend)");
}

Result<Slot> SlotFor(const ChangeScan& scan, Connection& connection, Connection& replication,
                     bool& made) {
  made = false;
  if (!scan.temporary) {
    const std::optional<Slot> found = TRY(FindSlot(connection, scan.slot));
    if (found && found->whole) return *found;
    if (found) RETURN_IF_ERROR(DropHalfMade(scan, connection));
    if (scan.beginning == Beginning::kConfirmed) {
      return Refused(
          fmt::format("PostgreSQL has no slot '{}', so that nothing was confirmed", scan.slot),
          "'scan.startup.mode' = 'initial' or 'latest-offset'");
    }
  }
  made = true;
  return MakeSlot(replication, scan.slot, scan.temporary);
}

Result<uint64_t> WrittenNow(Connection& connection) {
  return PlaceIn(TRY(connection.Ask("SELECT pg_current_wal_lsn()::text")));
}

}  // namespace

Result<LoggedTable> FindTable(const ChangeScan& scan, Connection& connection) {
  RETURN_IF_ERROR(CheckLogging(connection));
  LoggedTable table = TRY(DescribeLoggedTable(connection, scan.schema, scan.name));
  RETURN_IF_ERROR(CheckIdentity(scan, table));
  return table;
}

Result<ChangePosition> BeginChanges(const ChangeScan& scan, const LoggedTable& table,
                                    Connection& connection, Connection& replication) {
  if (scan.beginning == Beginning::kTable && table.key.empty()) {
    return Refused(fmt::format("{} has no primary key, by which its rows could be read in portions",
                               table.table.name),
                   "'scan.startup.mode' = 'latest-offset' reads what changes from now on; or ALTER "
                   "TABLE … ADD PRIMARY KEY");
  }
  if (scan.beginning == Beginning::kTable) RETURN_IF_ERROR(CheckKey(scan, table));
  // Before the slot: what the log has from there on is told by the publications of that time.
  RETURN_IF_ERROR(NeedPublication(connection, table, scan.publication, scan.makes_publication));
  ChangePosition position;
  position.system = TRY(SystemOf(replication));
  position.slot = scan.slot;
  position.form = FormOf(table, TRY(ColumnsRead(scan, table)));
  bool made = false;
  const Slot slot = TRY(SlotFor(scan, connection, replication, made));
  position.log = slot.confirmed;
  if (scan.beginning == Beginning::kLatest && !made) position.log = TRY(WrittenNow(connection));
  if (scan.beginning != Beginning::kTable) return position;
  TablePosition& at = position.table.emplace();
  at.by = table.table.primary_key;
  at.sorted = SortedBy(table.table);
  // A transaction may be in the log before the slot's beginning and not be seen yet. It is one of
  // those that still seem to run.
  const Visibility seen = TRY(SeenNow(connection));
  at.passed.insert(seen.running.begin(), seen.running.end());
  // A snapshot does not list those that began last.
  if (DefectPlanted("last-transactions-unlisted")) return position;
  for (const uint32_t transaction : TRY(OpenTransactions(connection)))
    at.passed.insert(WholeNumber(transaction, seen.next));
  return position;
}

Result<std::vector<ServerColumn>> ColumnsRead(const ChangeScan& scan, const LoggedTable& table) {
  Schema read;
  for (const ChangeColumn& column : scan.columns) {
    if (column.metadata.empty()) read.fields.push_back(column.field);
  }
  return ColumnsOf(table.table, read, scan.table);
}

TableForm FormOf(const LoggedTable& table, const std::vector<ServerColumn>& columns) {
  TableForm form = table.form;
  std::erase_if(form.columns, [&](const auto& known) {
    return std::ranges::find(columns, known.first, &ServerColumn::name) == columns.end();
  });
  return form;
}

Status CheckForm(const ChangeScan& scan, const TableForm& before, const TableForm& now) {
  if (DefectPlanted("tables-of-another-form")) return {};
  const std::string name = fmt::format("{}.{}", scan.schema, scan.name);
  const char* const afresh = "start the job afresh, so that its rows are read";
  if (before.oid != now.oid)
    return Refused(fmt::format("{} was dropped and made anew", name), afresh);
  const bool written = before.file != now.file || now.file == 0;
  for (const auto& [column, form] : now.columns) {
    const auto was = before.columns.find(column);
    if (was == before.columns.end()) continue;
    if (was->second.number != form.number) {
      return Refused(fmt::format("\"{}\" of {} was dropped and made anew", column, name), afresh);
    }
    if (was->second.type == form.type || !written) continue;
    return Refused(fmt::format("\"{}\" of {} has another type, for which its values were written "
                               "anew, and the log does not have those",
                               column, name),
                   afresh);
  }
  const bool gone = !std::includes(now.leaves.begin(), now.leaves.end(), before.leaves.begin(),
                                   before.leaves.end());
  if (!gone || scan.skips_truncation) return {};
  return Refused(
      fmt::format("a partition of {} is gone, and the log does not say that its rows are", name),
      "start the job afresh; or 'scan.truncate' = 'skip' goes on as if they were there");
}

Status CheckPosition(const ChangeScan& scan, const ChangePosition& position, Connection& connection,
                     Connection& replication) {
  const std::string system = TRY(SystemOf(replication));
  if (system != position.system) {
    return Status::RestoreRefused(
               fmt::format("table {} was read from another server, whose system identifier is {}, "
                           "and not {}",
                           scan.table, position.system, system))
        .WithHint("start the job afresh: the places in its log are others");
  }
  const std::optional<Slot> slot = TRY(FindSlot(connection, position.slot));
  if (slot && slot->whole && slot->confirmed <= position.log) return {};
  const std::string what = slot && slot->whole
                               ? fmt::format("the slot '{}' keeps the log from {} on",
                                             position.slot, PlaceText(slot->confirmed))
                               : fmt::format("there is no slot '{}' any more", position.slot);
  return Status::RestoreRefused(fmt::format("the changes of table {} from {} on cannot be read: {}",
                                            scan.table, PlaceText(position.log), what))
      .WithHint(
          "a later checkpoint may go on; else start the job afresh. "
          "'scan.lsn-commit.checkpoints-num-delay' says for how many checkpoints a slot keeps the "
          "log");
}

}  // namespace weir::connectors::postgres
