// Statements in the form in which the durable catalog keeps them: they mean the same to whoever
// reads them later, whatever the current database and the working directory are.
#pragma once

#include <string>

#include "planner/ast/definition.h"
#include "planner/catalog/table_definition.h"
#include "runtime/graph/option_reach.h"

namespace weir::shell {

// catalog.database.object, each in back-ticks.
ast::Name WholeName(const catalog::ObjectName& name, ast::Span span);

// The same statement with the whole name, without OR REPLACE and IF NOT EXISTS, and with absolute
// paths. Spans stay, for errors.
ast::CreateTable KeptForm(const ast::CreateTable& create, const catalog::ObjectName& name,
                          const graph::ConnectorCatalog& connectors);
// The paths inside the query stay as they are: those that are relative are refused
// (bind::BindOptions::absolute_paths).
ast::CreateView KeptForm(const ast::CreateView& create, const catalog::ObjectName& name);

// As of a view: the paths inside its expression stay as they are.
ast::CreateFunction KeptForm(const ast::CreateFunction& create, const catalog::ObjectName& name);

// The statement as SQL on one line.
std::string TextOf(const ast::CreateTable& create);
std::string TextOf(const ast::CreateView& create);
std::string TextOf(const ast::CreateFunction& create);

}  // namespace weir::shell
