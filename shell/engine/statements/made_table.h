// What CREATE TABLE and CREATE MATERIALIZED TABLE check and say alike.
#pragma once

#include <string>
#include <vector>

#include "planner/ast/definition.h"
#include "planner/catalog/permanent_objects.h"
#include "shell/engine/session/session.h"

namespace weir::shell {

// "`a` INT, `b` STRING": columns as a definition declares them.
std::string ColumnList(const Schema& columns);
// Whether the user may name the paths in a definition: E6004, and E2015 for one that is relative to
// a directory which is not the process's.
Status CheckPathsIn(const ast::CreateTable& statement, Session& session);
// A notice that names the options of Flink that have no effect here; "" if there are none.
std::string OptionsWithoutEffect(const ast::CreateTable& statement,
                                 const catalog::TableDefinition& table);
// A warning that names the options whose values are secrets as they were written; "" without any.
std::string SecretsInClear(const catalog::TableDefinition& table);
// A notice that `what`, "view v", is kept but reads temporary objects; "" if it does not.
std::string ReadsTemporary(std::string_view what, const std::vector<catalog::CatalogObject>& used);

}  // namespace weir::shell
