// What names in a query can refer to: the columns of its FROM, by input and alias.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "planner/ast/name.h"
#include "planner/bind/query_scope.h"
#include "planner/logical/plan.h"
#include "runtime/base/result.h"

namespace weir::bind {

// One named input of FROM, with columns [first, first + count) of the relation. Aliases are matched
// ignoring case, qualified names by their last parts.
struct NamedInput {
  std::string alias;                   // "": its columns can only be named without a qualifier
  std::vector<std::string> full_name;  // catalog, database, table; empty under an alias
  size_t first = 0;
  size_t count = 0;
  // Columns that USING or NATURAL merged into one; only a qualifier reaches them.
  std::vector<int> merged;
  // Belongs to the query around a subquery; names of the subquery hide its names.
  bool outer = false;
  // How many bodies of functions lie between the text that is bound and the text that has this
  // input. Only at 0 can the input be named: the arguments of a call may read the columns around
  // the call, the body of the function may not.
  int calls = 0;
  // Names that several items of its SELECT list were given (QueryScope::repeated): the first column
  // kept the name, which stands for none of them.
  std::vector<RepeatedName> repeated = {};
  // Where the columns that names find are noted, by their place in the input; may be null.
  std::shared_ptr<std::vector<bool>> read = nullptr;
};

// A node with the names of its columns. The inputs are in order and cover all columns. A copy
// shares the node.
struct Relation {
  logical::NodePtr node;
  std::vector<NamedInput> inputs;

  const std::vector<logical::Column>& columns() const { return node->columns; }
  // A copy, for messages and for printing expressions.
  std::vector<std::string> column_names() const;
};

// A column, and how many parts of the name it took; the remaining parts are fields of a ROW.
struct ResolvedName {
  int column = -1;
  size_t parts = 0;
};

// Notes that the column is read, where its input wants to know.
void NoteRead(const Relation& relation, int column);

// Finds a column by `name`, which may be qualified by its table's alias or name. An exact match
// wins over one that ignores case, and the query's own inputs over those of the query around it.
// E2003 with a suggestion for an unknown column, E2001 for a qualifier that is not in FROM, E2004
// when several match, or the name is repeated in its input, with the span of the part that is
// wrong.
Result<ResolvedName> ResolveName(const Relation& relation, const ast::Name& name);

// E2004 where `input` has a name that is repeated, as a * that lists its columns must not; `star`
// is the place of the *.
Status CheckListable(const NamedInput& input, SourceSpan star);

// The one input that `t.*` refers to. Fails as ResolveName does.
Result<const NamedInput*> ResolveQualifier(const Relation& relation, const ast::Name& qualifier);

}  // namespace weir::bind
