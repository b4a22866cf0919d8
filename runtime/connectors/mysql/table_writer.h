// Writes changes into a table of MySQL within the transactions of its connection.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/connectors/jdbc/table_writer.h"
#include "runtime/connectors/mysql/connection.h"
#include "runtime/connectors/mysql/server_table.h"

namespace weir::connectors::mysql {

// Rows are inserted, with a key by INSERT … ON DUPLICATE KEY UPDATE, and keys deleted, many with a
// statement. Keys that differ here may be equal there ('a' and 'A' of most collations, 1.01 and 1.0
// of a column with one digit): unless the key's columns rule that out, changes are written in their
// order. A transaction of isolation READ COMMITTED holds a lock of its session's number (GET_LOCK),
// by which a later start knows that it is under way.
class TableWriter final : public jdbc::TableWriter {
 public:
  TableWriter(const Access& access, const jdbc::WritePlan& plan)
      : jdbc::TableWriter(plan, "MySQL"), access_(access) {}

  Status Open() override { return Connect(); }
  Status Apply(const jdbc::RowChanges& changes) override;
  Result<std::string> PrepareMarkers() override;
  Result<std::optional<epochs::CommitMarker>> LockMarker(const std::string& key) override;
  Result<epochs::Markers> LockMarkers(const std::string& prefix) override;
  Status SetMarker(const std::string& key, const epochs::CommitMarker& marker) override;

 private:
  Status Connect();
  // Checks the table, and makes the statements.
  Status Prepare(Connection& connection);
  void MakeStatements(const ServerTable& table, const std::vector<ServerColumn>& columns);
  Status CreateMarkers(Connection& connection);
  Status TryOnce(const std::function<Status()>& work) override;
  Result<Writers> FindWriters(const std::string& ids) override;
  std::string LockName(uint64_t id, uint64_t transaction) const;
  // Executes `begin` with the items and `end`, in statements that the server takes.
  Status RunList(std::string_view begin, const std::vector<std::string>& items,
                 std::string_view between, std::string_view end);
  Status Upsert(const std::vector<std::string>& rows);
  Status Delete(const std::vector<std::string>& keys);
  std::string KeyCondition(std::string_view key) const;

  const Access& access_;
  std::unique_ptr<Connection> connection_;  // null: there is none at the moment
  Connection* in_transaction_ = nullptr;    // that of TryOnce
  uint64_t transactions_ = 0;               // of all connections
  std::vector<ServerColumn> key_;
  bool apart_ = true;    // keys that differ here differ there
  bool rounds_ = false;  // the key's columns have fewer digits
  std::string lock_;     // the begin of the names of locks
  std::string insert_, update_, delete_, delete_end_;
  std::string markers_;  // the table of markers, quoted
};

}  // namespace weir::connectors::mysql
