// The surroundings of a query: the path of named clauses around it, the CTEs that it sees, and how
// its names resolve.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "planner/ast/name.h"
#include "planner/bind/text_scope.h"
#include "planner/catalog/catalog.h"
#include "planner/logical/plan.h"

namespace weir::bind {

struct SelectHints;  // bind_hints.h
struct OuterRows;    // outer_rows.h

// A name that an item of a SELECT list was given, by AS or as that of a column, though an earlier
// item or a column that * lists has it. Columns that * lists themselves never are, as they get
// another name: a0 for a second a.
struct RepeatedName {
  std::string name;
  SourceSpan span;  // of the later item
};

// The CTEs of one WITH, linked to those of the queries around it; an inner name hides an outer one.
// Lives on the binder's stack.
struct CommonTables {
  struct Entry {
    std::string name;
    logical::NodePtr node = nullptr;          // null only while WITH RECURSIVE is bound
    std::vector<RepeatedName> repeated = {};  // as NamedInput::repeated
  };
  std::vector<Entry> entries;
  const CommonTables* outer = nullptr;
  // The entry without a node, one that WITH RECURSIVE has yet to bind, that was read last.
  mutable std::optional<size_t> missing = {};

  // Finds a CTE, preferring an exact match at each level; null if there is none. Notes `missing`.
  const Entry* Find(std::string_view name) const;
  // The names of all levels, for suggestions.
  std::vector<std::string> Names() const;
};

// Cheap to copy; borrows what its pointers refer to. `path` and `words` become parts of uids and
// messages.
struct QueryScope {
  std::string path;   // "sink:per_minute/cte:m"; see logical::Origin::scope
  std::string words;  // "CTE m"
  bool named = true;
  const CommonTables* common_tables = nullptr;
  TextScope text;
  const SelectHints* hints = nullptr;  // of the SELECT whose clauses are bound; may be null
  bool untyped_nulls = false;  // a column may be a bare NULL, which gets its type from a sink
  bool nested = false;  // the query is part of another one; a view's is not, wherever it is read
  // Where the query notes the names that it repeats; may be null. Not that of queries inside it.
  std::vector<RepeatedName>* repeated = nullptr;
  // The rows for each of which a LATERAL query is computed; null in any other, and in the queries
  // inside it: those see them as rows of the query around them.
  OuterRows* outer = nullptr;

  SourceSpan At(SourceSpan span) const { return text.At(span); }
  logical::Origin OriginAt(SourceSpan span) const;

  // The scopes of queries inside this one, which inherit CTEs and places but not hints.
  QueryScope CommonTable(const ast::Identifier& name) const;  // …/cte:name
  QueryScope Derived(const ast::Identifier& alias) const;     // …/t:alias
  QueryScope Branch(std::string_view name) const;             // …/t:name, of UNION
  QueryScope Unnamed() const;                                 // …/~
  // …/t:outer: of what is made of the rows before this scope's LATERAL query.
  QueryScope BeforeLateral() const;
};

// Folds a name to lower case unless it is quoted, and escapes / : @ ~ # and % as %2F and so on, as
// uid::Escape does.
std::string PathName(std::string_view name, bool quoted);

}  // namespace weir::bind
