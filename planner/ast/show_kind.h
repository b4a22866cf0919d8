// The kinds of things that SHOW lists; a file of its own, so that a new kind rebuilds little.
#pragma once

#include <cstdint>

namespace weir::ast {

// What is listed, or for kCreateTable and those after it the kind of object: ToSql relies on this
// order.
enum class ShowKind : uint8_t {
  // Flink's, one per word after SHOW.
  kCatalogs,
  kCurrentCatalog,
  kDatabases,
  kCurrentDatabase,
  kTables,
  kViews,
  kMaterializedTables,
  kColumns,
  // SHOW PARTITIONS table.
  kPartitions,
  kFunctions,
  // SHOW USER FUNCTIONS: without the built-in ones.
  kUserFunctions,
  kProcedures,
  kModules,
  // SHOW FULL MODULES: also those that are loaded but not used.
  kFullModules,
  kJars,
  // Lists of the engine's own objects.
  kJobs,
  kModels,
  kConnections,
  // Ours (docs/changing-a-running-query.md, "Savepoints").
  kSavepoints,
  kCheckpoints,
  // SHOW STATE OF …, SHOW STATE DIFFERENCE OF … AND ….
  kState,
  kStateDifference,
  // SHOW CREATE: the statement that would create the object again.
  kCreateTable,
  kCreateView,
  kCreateCatalog,
  kCreateDatabase,
  kCreateMaterializedTable,
  kCreateOrAlterMaterializedTable,
  kCreateModel,
  kCreateConnection,
  kCreateFunction,
  kCreateJob,
};

}  // namespace weir::ast
