// What tables over a database need of it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/connectors/jdbc/jdbc_options.h"
#include "runtime/connectors/jdbc/scan_position.h"
#include "runtime/connectors/jdbc/table_writer.h"
#include "runtime/source.h"
#include "runtime/types/batch.h"
#include "runtime/types/schema.h"

namespace weir::connectors::jdbc {

struct ScanPlan {
  std::string table;       // of the DDL, for messages
  std::string table_name;  // 'table-name'
  Schema columns;          // that are read
  int64_t fetch = 0;       // so many rows at a time
  int64_t lookup_retries = 0;
  std::string snapshot;          // of the transaction that changes what is read; "": of its own
  std::string partition_column;  // "": the whole table is one split
  std::vector<Range> ranges;
};

// What the rows of a table are ordered by.
struct ScanOrder {
  std::vector<std::string> by;  // columns; or one: "*" and the fingerprint of a table without a key
  std::vector<std::string> sorted;  // ScanPosition::sorted
  std::string table;                // as the server calls it
  bool whole_rows() const { return by.size() == 1 && by.front().starts_with('*'); }
};

// The rows of a split, on a connection of their own. Used by one thread.
class ScanCursor {
 public:
  virtual ~ScanCursor() = default;
  // Finds the table.
  virtual Result<ScanOrder> Open() = 0;
  // Asks for the rows behind the position; of whole rows behind `equal` ones that are like its own.
  virtual Status Begin(const ScanPosition& position) = 0;
  // Replaces the rows by those behind them, if they come within so many milliseconds; false if they
  // have not. Where there are none it is the end.
  virtual Result<bool> Take(int64_t millis) = 0;
  virtual int rows() const = 0;
  // A column of the plan, of the rows [begin, end). As ReadColumn of each database.
  virtual Result<ColumnPtr> Column(int column, int begin, int end) const = 0;
  // A part of the key of a row, as a text for ScanPosition::at; borrowed. The place of the part is
  // that in ScanOrder::by.
  virtual std::string_view Key(int row, int part) const = 0;
  // The size of the values of the rows [begin, end).
  virtual uint64_t Bytes(int begin, int end) const = 0;
};

struct KeyPlan {
  std::string table;       // of the DDL, for messages
  std::string table_name;  // 'table-name'
  Schema columns;          // that are read
  std::vector<int> keys;   // places in `columns`
};

// Finds rows by keys. Used by one thread at a time.
class KeyServer {
 public:
  virtual ~KeyServer() = default;
  // Connects, unless it is connected. kUnsupported for a column there whose type does not compare
  // as the one here does.
  virtual Status Connect() = 0;
  // KeyReader::Find, with one statement. A failure drops the connection.
  virtual Result<Batch> Find(const Batch& keys) = 0;
  // Whether the last failure may be none if the same is tried again.
  virtual bool may_pass() const = 0;
};

// A port: one database, and how it is reached for a table. Plans must outlive what is made of them.
class Server {
 public:
  virtual ~Server() = default;
  virtual RowText row_text() const = 0;
  virtual std::unique_ptr<TableWriter> MakeWriter(const WritePlan& plan) const = 0;
  // `range`: null for the whole table.
  virtual std::unique_ptr<ScanCursor> MakeCursor(const ScanPlan& plan,
                                                 const Range* range) const = 0;
  virtual std::unique_ptr<KeyServer> MakeKeyServer(KeyPlan plan) const = 0;
};

}  // namespace weir::connectors::jdbc
