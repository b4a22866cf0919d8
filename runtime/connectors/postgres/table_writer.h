// Writes changes into a table of PostgreSQL within the transactions of its connection.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/connectors/postgres/connection.h"
#include "runtime/connectors/postgres/row_changes.h"
#include "runtime/connectors/postgres/server_table.h"
#include "runtime/notices.h"
#include "runtime/types/schema.h"

namespace weir::connectors::postgres {

struct WritePlan {
  Access access;
  std::string table;       // of the DDL, for messages
  std::string table_name;  // 'table-name'
  Schema columns;
  std::vector<int> key;  // of the columns; empty: rows are added
  int64_t max_retries = 3;
  Notices* notices = nullptr;  // null: nobody is told that something is waited for
};

// Rows without a key are copied into the table. With one they are copied into a temporary table
// first, from which one statement inserts or updates them; so are the keys to be deleted. Keys that
// differ here may be equal there ('a' and 'a ' of CHAR, 1.01 and 1.0 of a column with one digit):
// the server itself finds the last change of each. Used by one thread at a time.
class TableWriter {
 public:
  explicit TableWriter(const WritePlan& plan) : plan_(plan) {}

  // Finds the table there, and that it has the columns and an index for the key.
  Status Open();
  // Waits until no transaction that writes into the table by a TableWriter is under way which was
  // when this was called: a COMMIT outlives the process that said it, and what it has committed
  // would come behind what is written from now on. To be called before anything is written by this
  // start of a job.
  Status AwaitEarlier();
  // Runs `work` in a transaction and commits it. Where that fails for a reason that may pass it is
  // run again from the beginning, up to max_retries times and each time a second later; after a
  // failure of COMMIT itself nobody knows whether the first one counts. `work` may roll back.
  Status InTransaction(const std::function<Status(Connection&)>& work);
  // REQUIRES: within a transaction.
  Status Apply(Connection& connection, const RowChanges& changes);

 private:
  Status Connect();
  // Checks the table, and makes the statements and what they need on a new connection.
  Status Prepare(Connection& connection);
  void MakeMerge(const ServerTable& table, const std::vector<ServerColumn>& columns);
  // That the table is the one for which the statements were made; it stays so to the end of the
  // transaction.
  Status CheckForm(Connection& connection);
  Status TryOnce(const std::function<Status(Connection&)>& work);

  const WritePlan& plan_;
  std::unique_ptr<Connection> connection_;  // null: there is none at the moment
  bool may_pass_ = false;                   // the failure of the last try
  bool staged_ = false;      // the temporary tables may have rows of this transaction
  bool hides_rows_ = false;  // as ServerTable::hides_rows
  bool altered_ = false;     // the last try has found that the table has been altered
  // Statements.
  std::string begin_, writers_, prepare_, empty_, copy_rows_, copy_keys_, upsert_, delete_;
  std::string look_, form_;  // the statement for the table's form, and what it answers
};

}  // namespace weir::connectors::postgres
