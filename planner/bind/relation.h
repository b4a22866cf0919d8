// What names in a query can mean: the columns of its FROM, by input and alias.
#pragma once

#include <string>
#include <vector>

#include "planner/ast/name.h"
#include "planner/logical/plan.h"
#include "runtime/base/result.h"

namespace weir::bind {

// One named input of FROM: its columns are [first, first + count) of the relation's.
// Aliases are matched ignoring case, qualified names by their last parts.
struct NamedInput {
  std::string alias;                   // "" : columns can only be named without a qualifier
  std::vector<std::string> full_name;  // catalog, database, table; empty under an alias
  size_t first = 0;
  size_t count = 0;
  // Columns that are part of a column of USING or NATURAL: only a qualifier reaches them.
  std::vector<int> merged;
  // Belongs to the query around a subquery: its names give way to those of the subquery.
  bool outer = false;
};

// The inputs are in order and cover all columns.
// A copy shares the node.
struct Relation {
  logical::NodePtr node;
  std::vector<NamedInput> inputs;

  const std::vector<logical::Column>& columns() const { return node->columns; }
  // A copy, for messages and names of expressions.
  std::vector<std::string> column_names() const;
};

// A column, and how many parts of the name it took; the rest are fields of a ROW.
struct ResolvedName {
  int column = -1;
  size_t parts = 0;
};

// Finds `name` among the columns: alone, or after its table's alias or name.
// An exact match comes first, then one that ignores case. E2003 with did-you-mean for an unknown
// column, E2001 for a qualifier that is not in FROM, E2004 when several match; spans are those of
// the part that is wrong.
// The query's own inputs are looked through before those of the query around it.
Result<ResolvedName> ResolveName(const Relation& relation, const ast::Name& name);

// The inputs that `t.*` means: exactly one. Errors as above.
Result<const NamedInput*> ResolveQualifier(const Relation& relation, const ast::Name& qualifier);

}  // namespace weir::bind
