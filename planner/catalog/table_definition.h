// The results of CREATE TABLE and CREATE VIEW: immutable definitions, shared by the catalog, bound
// statements and jobs.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "planner/logical/plan.h"
#include "runtime/graph/connector_descriptor.h"

namespace weir::ast {
struct Query;
}  // namespace weir::ast

namespace weir::catalog {

// catalog.database.object, each as the user wrote it when the object was created. Equality includes
// the case; names that differ in case are matched by the catalog.
struct ObjectName {
  std::string catalog;
  std::string database;
  std::string object;

  // "`default_catalog`.`default_database`.`orders`".
  std::string Quoted() const;
  // The name for messages and uids: "orders" in the default database, else "db.orders" or
  // "cat.db.orders".
  std::string Short() const;
  friend bool operator==(const ObjectName&, const ObjectName&) = default;
};

// Stored in records; given by the connector; computed from the others.
enum class ColumnKind : uint8_t { kPhysical, kMetadata, kComputed };

// Checked and typed; only `computed_text` still refers to the statement's text. A computed column
// is evaluated behind the scan, where metadata columns are cast if they were declared with another
// type.
struct ColumnDefinition {
  std::string name;
  ColumnKind kind = ColumnKind::kPhysical;
  Type type;                  // declared, or that of the computed expression
  std::string metadata_key;   // kMetadata
  Type metadata_type;         // kMetadata: what the connector gives; cast behind the scan
  bool is_virtual = false;    // kMetadata: read only, not part of what a sink takes
  expr::ExprPtr computed;     // kComputed: over TableDefinition::ScanSchema()
  std::string computed_text;  // kComputed: as SQL
  logical::TimeAttribute time = logical::TimeAttribute::kNone;
  std::string comment;
};

// WATERMARK FOR column AS watermark; the expression is over all columns of the table. The column is
// a TIMESTAMP or TIMESTAMP_LTZ with a precision of at most 3.
struct WatermarkDefinition {
  int column = -1;
  expr::ExprPtr watermark;
  std::string text;
};

// What keeps a materialized table as fresh as it says: a job that reads on and on, or runs that
// replace all rows, so much time after one another.
struct Materialization {
  bool continuous = true;  // REFRESH_MODE
  int64_t freshness_millis = 0;
  std::string query_text;  // as SQL
  // Where names in the query resolve.
  std::string current_catalog;
  std::string current_database;
  std::string create_text;  // the statement, with the columns that the query had
};

// A table. Its options were checked against the descriptors when it was created, so users may rely
// on them. Immutable once shared; plans and jobs keep it alive after it was dropped from the
// catalog.
struct TableDefinition {
  ObjectName name;
  bool temporary = false;
  std::vector<ColumnDefinition> columns;
  std::optional<WatermarkDefinition> watermark;
  std::string primary_key_name;             // of CONSTRAINT, or ""
  std::vector<int> primary_key;             // columns; empty: none
  std::vector<std::string> partition_keys;  // names of physical columns
  std::string comment;
  graph::TableOptions options;
  const graph::ConnectorDescriptor* connector = nullptr;
  const graph::FormatDescriptor* format = nullptr;  // null when the connector needs none
  // The statement, for jobs that remember their definitions; of a materialized table, which is a
  // table as others are to them, its CREATE TABLE.
  std::string create_text;
  std::shared_ptr<const Materialization> materialized;  // null: an ordinary table

  // The columns that a scan reads, physical and metadata ones in order, with their declared types.
  Schema ScanSchema() const;
  std::vector<std::string> ComputedNames() const;
  // The metadata key of each column of ScanSchema; "" for a physical one.
  std::vector<std::string> ScanMetadataKeys() const;
  // The columns that INSERT INTO fills: physical and non-virtual metadata columns.
  std::vector<int> InsertColumns() const;
  // The changes that reading the table yields: those of the connector if it says so, else of the
  // format, else inserts only.
  ChangelogMode SourceChanges() const;
  // The changes that writing it takes: those of the format, unless there is none or the connector
  // itself says what reading yields. Such a connector takes inserts only where it has to know the
  // PRIMARY KEY and there is none.
  ChangelogMode SinkChanges() const;
  // Whether the keys of its messages are its PRIMARY KEY.
  bool HasKeyInMessages() const;
  // `given`, and the columns of the PRIMARY KEY where the connector has to know them
  // (ConnectorDescriptor::primary_key_option).
  graph::TableOptions WithPrimaryKey(graph::TableOptions given) const;
  // All columns, as a query sees them.
  std::vector<logical::Column> QueryColumns() const;

 private:
  bool ConnectorSaysChanges() const;
};
using TablePtr = std::shared_ptr<const TableDefinition>;

// A view. `columns` are for DESCRIBE; each use binds the query anew, so that changes to its tables
// take effect.
struct ViewDefinition {
  ObjectName name;
  bool temporary = false;
  std::shared_ptr<const ast::Query> query;  // bound anew at each use
  std::string query_text;                   // as SQL
  std::vector<std::string> column_names;    // CREATE VIEW v (names…); empty: the query's own
  std::vector<logical::Column> columns;     // as bound when it was created
  std::string comment;
  // Unqualified names inside resolve as they did when the view was created.
  std::string current_catalog;
  std::string current_database;
  std::string create_text;
};
using ViewPtr = std::shared_ptr<const ViewDefinition>;

}  // namespace weir::catalog
