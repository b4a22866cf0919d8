// Writes changes into a table of PostgreSQL within the transactions of its connection.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/connectors/jdbc/table_writer.h"
#include "runtime/connectors/postgres/connection.h"
#include "runtime/connectors/postgres/server_table.h"

namespace weir::connectors::postgres {

// Rows without a key are copied into the table. With one they are copied into a temporary table
// first, from which one statement inserts or updates them; so are the keys to be deleted. Keys that
// differ here may be equal there ('a' and 'a ' of CHAR, 1.01 and 1.0 of a column with one digit):
// the server itself finds the last change of each.
class TableWriter final : public jdbc::TableWriter {
 public:
  TableWriter(const Access& access, const jdbc::WritePlan& plan)
      : jdbc::TableWriter(plan, "PostgreSQL"), access_(access) {}

  Status Open() override { return Connect(); }
  Status Apply(const jdbc::RowChanges& changes) override;
  Result<std::string> PrepareMarkers() override;
  Result<std::optional<epochs::CommitMarker>> LockMarker(const std::string& key) override;
  Result<epochs::Markers> LockMarkers(const std::string& prefix) override;
  Status SetMarker(const std::string& key, const epochs::CommitMarker& marker) override;

 private:
  Status Connect();
  // Checks the table, and makes the statements and what they need on a new connection.
  Status Prepare(Connection& connection);
  void MakeMerge(const ServerTable& table, const std::vector<ServerColumn>& columns);
  // That the table is the one for which the statements were made; it stays so to the end of the
  // transaction.
  Status CheckForm(Connection& connection);
  Status CreateMarkers(Connection& connection);
  Status TryOnce(const std::function<Status()>& work) override;
  Result<Writers> FindWriters(const std::string& ids) override;

  const Access& access_;
  std::unique_ptr<Connection> connection_;  // null: there is none at the moment
  Connection* in_transaction_ = nullptr;    // that of TryOnce
  bool staged_ = false;      // the temporary tables may have rows of this transaction
  bool hides_rows_ = false;  // as ServerTable::hides_rows
  // Statements.
  std::string begin_, writers_, prepare_, empty_, copy_rows_, copy_keys_, upsert_, delete_;
  std::string look_, form_;  // the statement for the table's form, and what it answers
  std::string markers_;      // the table of markers, quoted
};

}  // namespace weir::connectors::postgres
