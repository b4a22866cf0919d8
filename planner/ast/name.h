// Names as they were written, and where: the leaves of every tree.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/base/source_span.h"

namespace weir::ast {

// Where a node is in the parsed text, in bytes; shell/engine/text/error_text.h converts them to
// lines and columns. All spans are equal to each other, so that == on trees means "the same SQL",
// wherever it was written.
struct Span : SourceSpan {
  // Nowhere: both ends 0.
  Span() = default;
  // Implicit, so that spans of tokens need no conversion.
  Span(SourceSpan span) : SourceSpan(span) {}  // NOLINT
  Span(uint32_t from, uint32_t to) : SourceSpan{from, to} {}
  friend bool operator==(const Span&, const Span&) { return true; }
};

// One part of a name. `text` keeps its case and has no quotes. The binder matches names ignoring
// case, quoted or not; equality here also compares the case and whether the name was quoted, as it
// is about spelling.
struct Identifier {
  std::string text;
  bool quoted = false;  // written in back-ticks or double quotes
  Span span;
  friend bool operator==(const Identifier&, const Identifier&) = default;
};

// A name of one or more parts: `t`, `db.t`, `cat.db.t`, `t.row_column.field`. Empty if the clause
// had none. What each part refers to is decided by the binder (planner/bind/relation.h).
struct Name {
  std::vector<Identifier> parts;
  Span span;
  // A string in place of a table's name: the only part is the path of files to read as a table.
  bool is_file = false;

  // True for a clause that was not written.
  bool empty() const { return parts.empty(); }
  // REQUIRES: !empty().
  const Identifier& last() const { return parts.back(); }
  friend bool operator==(const Name&, const Name&) = default;
};

// A string literal's content (quotes and escapes undone).
struct Text {
  std::string text;
  Span span;
  friend bool operator==(const Text&, const Text&) = default;
};

// A job, savepoint or the like. A name is looked up among names, a string as an id or path.
struct Reference {
  std::string text;
  bool is_string = false;  // 'text' rather than text
  bool quoted = false;     // in back-ticks; false for a string
  Span span;
  friend bool operator==(const Reference&, const Reference&) = default;
};

// One 'key' = 'value' of a WITH list, a SET or a hint. RESET lists leave `value` empty.
// Whoever reads the list decides how keys are matched.
struct Property {
  // With its span, so that errors about an option can point at it.
  Text key;
  Text value;
  friend bool operator==(const Property&, const Property&) = default;
};
using Properties = std::vector<Property>;

}  // namespace weir::ast
