// Statements that change or remove objects.
// The words are Flink SQL's ("ALTER Statements", "DROP Statements"). An action is the part after
// the object's name. The parser takes every action that Flink's grammar takes, whatever the kind of
// the object.
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "planner/ast/definition.h"

namespace weir::ast {

// PARTITION (key [= literal], …); a key without a value stands for all its values.
// Only Hive's catalog knows partitions of tables; here statements about them are E1002.
struct PartitionValue {
  Identifier key;
  ExprPtr value;  // may be null
  friend bool operator==(const PartitionValue&, const PartitionValue&) = default;
};
// In the order written; no key is repeated.
using PartitionSpec = std::vector<PartitionValue>;

// RENAME TO name.
// ALTER TABLE | VIEW | … old RENAME TO new; `to` may name another database.
struct RenameObject {
  Name to;
  friend bool operator==(const RenameObject&, const RenameObject&) = default;
};
// RENAME column TO name.
struct RenameColumn {
  // A nested field, too: a.b.
  Name from;
  Identifier to;
  friend bool operator==(const RenameColumn&, const RenameColumn&) = default;
};
// SET (…).
struct SetOptions {
  Properties options;
  friend bool operator==(const SetOptions&, const SetOptions&) = default;
};
// RESET ('key', …).
struct ResetOptions {
  // At least one.
  std::vector<Text> keys;
  friend bool operator==(const ResetOptions&, const ResetOptions&) = default;
};
// COMMENT 'text'.
struct SetComment {
  Text comment;
  friend bool operator==(const SetComment&, const SetComment&) = default;
};
// ADD … or MODIFY …: columns, keys and watermarks.
struct ChangeElements {
  // MODIFY rather than ADD.
  bool modify = false;
  bool if_not_exists = false;
  // At least one; with or without parentheses.
  std::vector<TableElement> elements;
  friend bool operator==(const ChangeElements&, const ChangeElements&) = default;
};
// ADD DISTRIBUTION BY …, MODIFY DISTRIBUTION ….
struct ChangeDistribution {
  bool modify = false;
  Distribution distribution;
  friend bool operator==(const ChangeDistribution&, const ChangeDistribution&) = default;
};
// DROP column, DROP (columns); at least one.
struct DropColumns {
  bool if_exists = false;
  std::vector<Name> columns;
  friend bool operator==(const DropColumns&, const DropColumns&) = default;
};
// DROP PRIMARY KEY, DROP CONSTRAINT name, DROP WATERMARK, DROP DISTRIBUTION.
enum class TablePart : uint8_t { kPrimaryKey, kConstraint, kWatermark, kDistribution };
struct DropPart {
  TablePart part = TablePart::kPrimaryKey;
  Identifier constraint;  // kConstraint
  friend bool operator==(const DropPart&, const DropPart&) = default;
};
// ADD [IF NOT EXISTS] PARTITION (…) [WITH (…)] ….
struct AddPartition {
  PartitionSpec spec;
  Properties options;
  friend bool operator==(const AddPartition&, const AddPartition&) = default;
};
struct AddPartitions {
  bool if_not_exists = false;
  std::vector<AddPartition> partitions;
  friend bool operator==(const AddPartitions&, const AddPartitions&) = default;
};
// DROP [IF EXISTS] PARTITION (…), …; at least one.
struct DropPartitions {
  bool if_exists = false;
  std::vector<PartitionSpec> partitions;
  friend bool operator==(const DropPartitions&, const DropPartitions&) = default;
};
// For materialized tables: SUSPEND, RESUME [WITH (…)], REFRESH [PARTITION (…)].
struct Suspend {
  friend bool operator==(const Suspend&, const Suspend&) = default;
};
struct Resume {
  Properties options;
  friend bool operator==(const Resume&, const Resume&) = default;
};
struct Refresh {
  // Empty: all of it.
  PartitionSpec partition;
  friend bool operator==(const Refresh&, const Refresh&) = default;
};
// For materialized tables: SET FRESHNESS = interval, SET REFRESH_MODE = ….
// Exactly one of the two is set.
struct SetRefresh {
  ExprPtr freshness;  // may be null
  RefreshMode mode = RefreshMode::kUnsaid;
  friend bool operator==(const SetRefresh&, const SetRefresh&) = default;
};
// AS query, for views and materialized tables; `start_mode` is for the latter only.
// `query` is never null.
struct RedefineQuery {
  std::optional<StartMode> start_mode;
  QueryPtr query;
  friend bool operator==(const RedefineQuery&, const RedefineQuery&) = default;
};
// ALTER FUNCTION … AS 'class'.
struct RedefineFunction {
  bool temporary = false;
  bool system = false;
  FunctionBody body;
  friend bool operator==(const RedefineFunction&, const RedefineFunction&) = default;
};

// Of tables (bind/alter_table.h), views and functions; what concerns partitions, distributions and
// other kinds of objects is E1002.
using AlterAction =
    std::variant<RenameObject, RenameColumn, SetOptions, ResetOptions, SetComment, ChangeElements,
                 ChangeDistribution, DropColumns, DropPart, AddPartitions, DropPartitions, Suspend,
                 Resume, Refresh, SetRefresh, RedefineQuery, RedefineFunction>;

// ALTER kind [IF EXISTS] name action. `partition` is set only by ALTER TABLE t PARTITION (…) SET.
struct Alter {
  ObjectKind kind = ObjectKind::kTable;
  bool if_exists = false;
  Name name;
  PartitionSpec partition;
  AlterAction action;
  friend bool operator==(const Alter&, const Alter&) = default;
};

// DROP [TEMPORARY [SYSTEM]] kind [IF EXISTS] name [RESTRICT | CASCADE].
enum class DropBehaviour : uint8_t { kUnsaid, kRestrict, kCascade };
// CATALOG, DATABASE, TABLE, VIEW and FUNCTION are executed; other kinds are E1002.
struct Drop {
  ObjectKind kind = ObjectKind::kTable;
  bool temporary = false;
  bool system = false;
  bool if_exists = false;
  Name name;
  // For DROP DATABASE only.
  DropBehaviour behaviour = DropBehaviour::kUnsaid;
  friend bool operator==(const Drop&, const Drop&) = default;
};

}  // namespace weir::ast
