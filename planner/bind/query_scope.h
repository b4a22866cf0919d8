// Where a query stands: its path of named clauses, the CTEs that it sees, and how its names
// resolve.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "planner/ast/name.h"
#include "planner/catalog/catalog.h"
#include "planner/logical/plan.h"

namespace weir::bind {

struct SelectHints;  // bind_hints.h

// The CTEs of one WITH, and those of the queries around it.
// Linked from the inside out; an inner name hides an outer one. Lives on the binder's stack.
struct CommonTables {
  struct Entry {
    std::string name;
    logical::NodePtr node;
  };
  std::vector<Entry> entries;
  const CommonTables* outer = nullptr;

  // An exact match first at each level; null when there is none.
  const Entry* Find(std::string_view name) const;
  // Names of all levels, for did-you-mean.
  std::vector<std::string> Names() const;
};

// Cheap to copy; borrows what its pointers name. `path` and `words` become parts of uids and
// messages.
struct QueryScope {
  std::string path;   // "sink:per_minute/cte:m"; see logical::Origin::scope
  std::string words;  // "CTE m"
  bool named = true;
  const catalog::Catalog* catalog = nullptr;
  const CommonTables* common_tables = nullptr;
  std::optional<SourceSpan> place;     // inside a view: where the statement names it
  const SelectHints* hints = nullptr;  // of the SELECT whose clauses are bound; may be null
  bool untyped_nulls = false;          // a column may be a bare NULL: it gets its type from a sink

  SourceSpan At(SourceSpan span) const { return place.value_or(span); }
  logical::Origin OriginAt(SourceSpan span) const;

  // The scopes of queries inside this one. CTEs and places are inherited, hints are not.
  QueryScope CommonTable(const ast::Identifier& name) const;  // …/cte:name
  QueryScope Derived(const ast::Identifier& alias) const;     // …/t:alias
  QueryScope Branch(std::string_view name) const;             // …/t:name, of UNION
  QueryScope Unnamed() const;                                 // …/~
};

// Folded to lower case unless quoted, with / : @ ~ # and % escaped as %2F and so on.
// The same folding as uid::Escape.
std::string PathName(std::string_view name, bool quoted);

}  // namespace weir::bind
