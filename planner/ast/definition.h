// Statements that define objects: CREATE, and the parts of tables that ALTER shares with it.
// The words are Flink SQL's ("CREATE Statements" in its documentation). Clauses that were not
// written are absent, empty or kUnsaid and not set to their defaults, so that ToSql gives back what
// was written.
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "planner/ast/function.h"
#include "planner/ast/query.h"

namespace weir::ast {

// The kinds of object that CREATE, ALTER, DROP and DESCRIBE are about.
enum class ObjectKind : uint8_t {
  kCatalog,
  kDatabase,
  kTable,
  kMaterializedTable,
  kView,
  kFunction,
  kModel,
  kConnection,
};

// Where ALTER TABLE puts a column.
enum class PlaceKind : uint8_t { kUnsaid, kFirst, kAfter };
// FIRST, AFTER column. CREATE TABLE has none.
struct ColumnPlace {
  PlaceKind kind = PlaceKind::kUnsaid;
  Identifier after;
  friend bool operator==(const ColumnPlace&, const ColumnPlace&) = default;
};

// A column of CREATE TABLE or ALTER TABLE:
//   kPhysical  name type [PRIMARY KEY NOT ENFORCED]
//   kMetadata  name type METADATA [FROM 'key'] [VIRTUAL]
//   kComputed  name AS expression
//   kNameOnly  name (CREATE TABLE t (b, a) AS SELECT …: an order of the query's columns)
enum class ColumnKind : uint8_t { kPhysical, kMetadata, kComputed, kNameOnly };
struct ColumnDefinition {
  ColumnKind kind = ColumnKind::kPhysical;
  Name name;  // more than one part only in ALTER TABLE (nested fields)
  // Absent for kComputed (its expression decides) and kNameOnly.
  std::optional<DataType> type;
  ExprPtr expression;                // kComputed
  std::optional<Text> metadata_key;  // kMetadata
  bool is_virtual = false;           // kMetadata
  bool primary_key = false;          // inline; `enforced` says how
  // UNIQUE after the column; the binder refuses it, as Flink does.
  bool unique = false;
  std::optional<bool> enforced;
  std::optional<Text> comment;
  ColumnPlace place;
  Span span;
  friend bool operator==(const ColumnDefinition&, const ColumnDefinition&) = default;
};

// [CONSTRAINT name] {PRIMARY KEY | UNIQUE} (columns) [[NOT] ENFORCED]. `enforced` is absent if it
// was not written.
struct KeyDefinition {
  // Absent: the catalog makes one from the columns.
  std::optional<Identifier> name;
  bool primary = true;
  // At least one.
  std::vector<Identifier> columns;
  std::optional<bool> enforced;
  Span span;
  friend bool operator==(const KeyDefinition&, const KeyDefinition&) = default;
};

// WATERMARK FOR column AS expression.
struct WatermarkDefinition {
  // A column of the table, or a field of one.
  Name column;
  // Computes the watermark from a row of the table, mostly `column - INTERVAL '5' SECOND`.
  ExprPtr expression;
  Span span;
  friend bool operator==(const WatermarkDefinition&, const WatermarkDefinition&) = default;
};

// An element between the parentheses of CREATE TABLE or ALTER TABLE ADD/MODIFY.
using TableElement = std::variant<ColumnDefinition, KeyDefinition, WatermarkDefinition>;

// DISTRIBUTED [BY [HASH | RANGE] (columns)] [INTO n BUCKETS].
enum class DistributionKind : uint8_t { kUnsaid, kHash, kRange };
struct Distribution {
  DistributionKind kind = DistributionKind::kUnsaid;
  // Empty: distributed without a key.
  std::vector<Identifier> columns;
  std::optional<uint32_t> buckets;
  friend bool operator==(const Distribution&, const Distribution&) = default;
};

// LIKE source [({INCLUDING | EXCLUDING | OVERWRITING} what …)]. For a part that both tables have,
// kIncluding fails, kExcluding leaves out the source's, and kOverwriting prefers the new table's.
enum class LikeMerge : uint8_t { kIncluding, kExcluding, kOverwriting };
enum class LikePart : uint8_t {
  kAll,
  kConstraints,
  kDistribution,
  kGenerated,
  kMetadata,
  kOptions,
  kPartitions,
  kWatermarks,
};
struct LikeOption {
  LikeMerge merge = LikeMerge::kIncluding;
  LikePart part = LikePart::kAll;
  friend bool operator==(const LikeOption&, const LikeOption&) = default;
};
struct LikeTable {
  Name source;
  std::vector<LikeOption> options;
  friend bool operator==(const LikeTable&, const LikeTable&) = default;
};

// CREATE [OR REPLACE] [TEMPORARY] TABLE, REPLACE TABLE … AS.
struct CreateTable {
  bool temporary = false;
  bool create = true;    // false: REPLACE TABLE
  bool replace = false;  // CREATE OR REPLACE, REPLACE
  bool if_not_exists = false;
  Name name;
  // Empty if the columns come from LIKE or AS.
  std::vector<TableElement> elements;
  std::optional<Text> comment;
  std::optional<Distribution> distribution;
  // PARTITIONED BY (columns).
  std::vector<Identifier> partitioned_by;
  // WITH ('key' = 'value', …), in the order written; keys may repeat, which the catalog refuses.
  Properties options;
  // Excludes `query`.
  std::optional<LikeTable> like;
  QueryPtr query;  // AS …; may be null
  friend bool operator==(const CreateTable&, const CreateTable&) = default;
};

// START_MODE = FROM_BEGINNING, FROM_TIMESTAMP(TIMESTAMP '…'), RESUME_OR_FROM_NOW(INTERVAL '1' DAY),
// …
struct StartMode {
  Identifier mode;
  ExprPtr argument;  // may be null
  friend bool operator==(const StartMode&, const StartMode&) = default;
};
// REFRESH_MODE = FULL | CONTINUOUS.
enum class RefreshMode : uint8_t { kUnsaid, kFull, kContinuous };

// CREATE [OR ALTER] MATERIALIZED TABLE.
struct CreateMaterializedTable {
  bool or_alter = false;
  bool if_not_exists = false;
  Name name;
  std::vector<TableElement> elements;
  std::optional<Text> comment;
  std::optional<Distribution> distribution;
  std::vector<Identifier> partitioned_by;
  Properties options;
  std::optional<StartMode> start_mode;
  // FRESHNESS = INTERVAL '1' MINUTE.
  ExprPtr freshness;  // an interval literal; may be null
  RefreshMode refresh_mode = RefreshMode::kUnsaid;
  QueryPtr query;
  friend bool operator==(const CreateMaterializedTable&, const CreateMaterializedTable&) = default;
};

// A column of a view: a name, perhaps a comment.
struct ViewColumn {
  Identifier name;
  std::optional<Text> comment;
  friend bool operator==(const ViewColumn&, const ViewColumn&) = default;
};

// CREATE [OR REPLACE] [TEMPORARY] VIEW.
struct CreateView {
  bool temporary = false;
  bool replace = false;
  bool if_not_exists = false;
  Name name;
  // Empty: the query's own names.
  std::vector<ViewColumn> columns;
  std::optional<Text> comment;
  // Never null. The view's text is taken from its span.
  QueryPtr query;
  friend bool operator==(const CreateView&, const CreateView&) = default;
};

// CREATE CATALOG, CREATE DATABASE, CREATE [TEMPORARY [SYSTEM]] CONNECTION: a name, a comment,
// options.
struct CreateObject {
  ObjectKind kind = ObjectKind::kDatabase;
  bool temporary = false;
  bool system = false;
  bool if_not_exists = false;
  Name name;
  std::optional<Text> comment;
  Properties options;
  friend bool operator==(const CreateObject&, const CreateObject&) = default;
};

// CREATE [OR REPLACE] [TEMPORARY] MODEL.
// Models, connections and materialized tables are E1002: nothing runs them here.
struct CreateModel {
  bool temporary = false;
  bool replace = false;
  bool if_not_exists = false;
  Name name;
  // INPUT (columns) and OUTPUT (columns), physical ones only.
  std::vector<TableElement> input;
  std::vector<TableElement> output;
  std::optional<Text> comment;
  Properties options;
  QueryPtr query;  // may be null
  friend bool operator==(const CreateModel&, const CreateModel&) = default;
};

}  // namespace weir::ast
