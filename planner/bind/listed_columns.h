// What a definition's text leaves to the columns that its tables have when it is read: *, t.*,
// TABLE t and NATURAL. A view, function or materialized table means the columns that there were
// when it was created, as in Flink and PostgreSQL, so its text is kept with them written out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "planner/ast/expr.h"
#include "planner/bind/relation.h"
#include "runtime/base/source_span.h"

namespace weir::bind {

enum class UnlistedKind : uint8_t {
  kStar,     // `*` or `t.*`; `span` ends with the star, `text` is put in its place
  kTable,    // TABLE t; `span` is that of t, `text` is put in the place of the word as well
  kNatural,  // `span` is the whole join, `text` comes behind it and NATURAL goes
};

// A place in a text whose columns are not written out.
struct Unlisted {
  UnlistedKind kind = UnlistedKind::kStar;
  SourceSpan span;
  size_t right = 0;  // kNatural: where the right side begins
  std::string text;
  friend bool operator==(const Unlisted&, const Unlisted&) = default;
};

// A name for a column of `relation` that finds this column and nothing else: behind `qualifier`
// where there is one, else behind its input's name where there are several inputs. "" where there
// is none.
std::string NameOfColumn(const Relation& relation, size_t column, const ast::Name& qualifier);

// A name as it stands in a text without back-ticks, which ast::ToSql adds where it needs them.
inline ast::Identifier Plain(std::string name) {
  return {std::move(name), false, {}};
}

// One of the items that `star` stands for: its text, "" where there is none, and the name that it
// has without AS. `field`: its place among them, where the star lists the fields of a ROW.
struct ListedItem {
  std::string text;
  std::string name;
};
ListedItem ItemOf(const Relation& relation, const expr::Expr& item, const ast::Star& star,
                  size_t field);

// `text` with all of `places` written out. The text is as ast::ToSql writes it, and `places` what
// binding noted (BindOptions::unlisted); what stands for different columns at once, as the binder
// made it, stays as it is.
std::string WithListedColumns(std::string_view text, std::vector<Unlisted> places);

}  // namespace weir::bind
