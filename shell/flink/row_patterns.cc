#include "shell/flink/row_patterns.h"

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "runtime/base/names.h"
#include "shell/flink/query_rewriter.h"
#include "shell/flink/tree_visitor.h"

namespace weir::shell::flink {
namespace {

// Refuses the calls that Flink's conditions and measures lack.
class FindsNavigation final : public TreeVisitor {
 public:
  Status Visit(ast::Expr& node) override {
    if (const auto* call = node.As<ast::Call>()) {
      const std::string& name = call->name.last().text;
      for (const std::string_view lacking : {"PREV", "NEXT", "CLASSIFIER", "MATCH_NUMBER"}) {
        if (EqualsIgnoreCase(name, lacking))
          return CannotBeSaid(fmt::format("{} in MATCH_RECOGNIZE", lacking),
                              "its patterns look at the rows of a match by FIRST and LAST only",
                              node.span);
      }
    }
    return Children(node);
  }
};

Status CheckPattern(const ast::Pattern& pattern, SourceSpan span) {
  const auto refuse = [&](std::string_view what) {
    return CannotBeSaid(fmt::format("{} in a PATTERN", what),
                        "its patterns are variables one behind the other", span);
  };
  switch (pattern.kind) {
    case ast::PatternKind::kVariable:
      break;
    case ast::PatternKind::kSequence:
      if (pattern.quantified) return refuse("a quantifier behind a group");
      break;
    case ast::PatternKind::kAlternation:
      return refuse("|");
    case ast::PatternKind::kPermute:
      return refuse("PERMUTE");
    case ast::PatternKind::kExclude:
      return refuse("{- … -}");
  }
  const bool optional = pattern.quantified && pattern.min == 0 && pattern.max == 1;
  if (optional && pattern.reluctant) return refuse("??");
  for (const ast::Pattern& part : pattern.parts) RETURN_IF_ERROR(CheckPattern(part, span));
  return {};
}

// Of a greedy one at the end Flink would not know when it is over.
Status CheckEnd(const ast::Pattern& pattern, SourceSpan span) {
  if (!pattern.parts.empty()) return CheckEnd(pattern.parts.back(), span);
  const bool optional = pattern.min == 0 && pattern.max == 1;
  const bool greedy = pattern.quantified && !pattern.reluctant && pattern.max != pattern.min;
  if (!greedy || optional) return {};
  return CannotBeSaid("a PATTERN that ends with as many rows as there are",
                      "its patterns end with a variable or a reluctant quantifier", span);
}

}  // namespace

Status CheckRowPattern(ast::MatchRecognize& match, SourceSpan span) {
  if (match.rows >= ast::RowsPerMatch::kAll)
    return CannotBeSaid("ALL ROWS PER MATCH", "it gives one row for each match", span);
  if (match.anchored_start || match.anchored_end)
    return CannotBeSaid("^ and $ in a PATTERN", "it knows no ends of a partition", span);
  if (!match.subsets.empty())
    return CannotBeSaid("SUBSET in MATCH_RECOGNIZE", "it has variables alone", span);
  RETURN_IF_ERROR(CheckPattern(match.pattern, span));
  RETURN_IF_ERROR(CheckEnd(match.pattern, span));
  FindsNavigation finds;
  for (ast::NamedExpr& measure : match.measures) RETURN_IF_ERROR(finds.Visit(*measure.expr));
  for (ast::NamedExpr& definition : match.define) RETURN_IF_ERROR(finds.Visit(*definition.expr));
  return {};
}

}  // namespace weir::shell::flink
