#include "runtime/connectors/postgres/change_scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/connectors/postgres/portion_reader.h"

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
    const bool known =
        table.identity != 'd' || column == nullptr ||
        std::ranges::find(table.table.primary_key, column->name) != table.table.primary_key.end();
    if (known) continue;
    return Refused(fmt::format("\"{}\" is in the PRIMARY KEY of table {} and not in that of {}, "
                               "which alone the log has of deleted rows",
                               name, scan.table, table.table.name),
                   fmt::format("the same PRIMARY KEY, or {}", whole));
  }
  return {};
}

Result<Slot> SlotFor(const ChangeScan& scan, Connection& connection, Connection& replication,
                     bool& made) {
  made = false;
  if (!scan.temporary) {
    const std::optional<Slot> found = TRY(FindSlot(connection, scan.slot));
    if (found) return *found;
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
  // Before the slot: what the log has from there on is told by the publications of that time.
  RETURN_IF_ERROR(NeedPublication(connection, table, scan.publication, scan.makes_publication));
  ChangePosition position;
  position.system = TRY(SystemOf(replication));
  position.slot = scan.slot;
  bool made = false;
  const Slot slot = TRY(SlotFor(scan, connection, replication, made));
  position.log = slot.confirmed;
  if (scan.beginning == Beginning::kLatest && !made) position.log = TRY(WrittenNow(connection));
  if (scan.beginning != Beginning::kTable) return position;
  TablePosition& at = position.table.emplace();
  at.by = table.table.primary_key;
  // A transaction may be in the log before the slot's beginning and not be seen yet. It is one of
  // those that still seem to run.
  const Visibility seen = TRY(SeenNow(connection));
  at.passed.insert(seen.running.begin(), seen.running.end());
  return position;
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
  if (slot && slot->confirmed <= position.log) return {};
  const std::string what = slot ? fmt::format("the slot '{}' keeps the log from {} on",
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
