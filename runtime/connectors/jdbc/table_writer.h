// Writes changes into a table of a database within transactions.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "runtime/connectors/epochs/promised_epochs.h"
#include "runtime/connectors/jdbc/row_changes.h"
#include "runtime/notices.h"
#include "runtime/types/schema.h"

namespace weir::connectors::jdbc {

struct WritePlan {
  std::string table;       // of the DDL, for messages
  std::string table_name;  // 'table-name'
  Schema columns;
  std::vector<int> key;  // of the columns; empty: rows are added
  int64_t max_retries = 3;
  Notices* notices = nullptr;  // null: nobody is told that something is waited for
  std::string commit_table;    // of markers, as SQL has it
  // Transactions are needed, as a marker and rows are written together.
  bool exactly_once = false;
};

// A port, of each database. Used by one thread at a time. A connection that fails, or whose user
// is interrupted, is dropped, and with it what is half done on the server.
class TableWriter {
 public:
  virtual ~TableWriter() = default;

  // Finds the table there, and that it has the columns and an index for the key.
  virtual Status Open() = 0;
  // Waits until no transaction that writes into the table by a TableWriter is under way which was
  // when this was called: a COMMIT outlives the process that said it, and what it has committed
  // would come behind what is written from now on. To be called before anything is written by this
  // start of a job.
  Status AwaitEarlier();
  // Runs `work` in a transaction and commits it. Where that fails for a reason that may pass it is
  // run again from the beginning, up to max_retries times and each time a second later; after a
  // failure of COMMIT itself nobody knows whether the first one counts.
  Status InTransaction(const std::function<Status()>& work);

  // REQUIRES of all that follow: within a transaction.
  virtual Status Apply(const RowChanges& changes) = 0;
  // Makes the table of markers if it is not there (texts `subtask`, its key, and `marker`), which
  // may begin a transaction anew. Comes before those below. Returns what tells this database from
  // all others, also from one that its dump was put into; "-" where the server does not say.
  virtual Result<std::string> PrepareMarkers() = 0;
  // Locks the marker, if there is one, until the transaction ends.
  virtual Result<std::optional<epochs::CommitMarker>> LockMarker(const std::string& key) = 0;
  // All whose keys begin so, locked.
  virtual Result<epochs::Markers> LockMarkers(const std::string& prefix) = 0;
  virtual Status SetMarker(const std::string& key, const epochs::CommitMarker& marker) = 0;

 protected:
  // Transactions that write, for the database to know them again and for people.
  struct Writers {
    std::string ids;  // empty: there are none
    std::string what;
  };
  TableWriter(const WritePlan& plan, std::string_view database)
      : plan_(plan), database_(database) {}
  const WritePlan& plan() const { return plan_; }
  // One try of InTransaction, which sets may_pass_ when it fails.
  virtual Status TryOnce(const std::function<Status()>& work) = 0;
  // Those under way that are among `ids`, unless that is empty.
  virtual Result<Writers> FindWriters(const std::string& ids) = 0;

  bool may_pass_ = false;  // the failure of the last try
  bool altered_ = false;   // the last try has found that the table has been altered

 private:
  const WritePlan& plan_;
  const std::string_view database_;
};

}  // namespace weir::connectors::jdbc
