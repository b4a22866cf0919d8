#include <cstdlib>

#include "planner/parse/builder.h"

namespace weir::parse {
namespace {

ast::AfterMatch AfterOf(P::AfterMatchContext* context) {
  if (context->K_NEXT()) return ast::AfterMatch::kNextRow;
  if (context->K_PAST()) return ast::AfterMatch::kPastLastRow;
  if (context->K_FIRST() && context->identifier()) return ast::AfterMatch::kToFirst;
  if (context->K_LAST() && context->identifier()) return ast::AfterMatch::kToLast;
  return ast::AfterMatch::kToVariable;
}

ast::RowsPerMatch RowsOf(P::RowsPerMatchContext* context) {
  if (context->K_ONE()) return ast::RowsPerMatch::kOne;
  if (context->K_SHOW()) return ast::RowsPerMatch::kAllAndEmpty;
  if (context->K_OMIT()) return ast::RowsPerMatch::kAllButEmpty;
  return context->K_UNMATCHED() ? ast::RowsPerMatch::kAllAndUnmatched : ast::RowsPerMatch::kAll;
}

// Several parts as one pattern of `kind`; a single part as itself.
ast::Pattern Combine(ast::PatternKind kind, std::vector<ast::Pattern> parts) {
  if (parts.size() == 1) return std::move(parts[0]);
  ast::Pattern pattern;
  pattern.kind = kind;
  pattern.parts = std::move(parts);
  return pattern;
}

}  // namespace

ast::MatchRecognize Builder::Build(P::MatchRecognizeContext* context, ast::TableRefPtr input) {
  ast::MatchRecognize match;
  match.input = std::move(input);
  std::vector<P::ExpressionContext*> partition = context->expression();
  if (context->K_WITHIN()) {
    match.within = Build(partition.back());
    partition.pop_back();
  }
  match.partition_by = BuildAll(partition);
  match.order_by = BuildAll(context->orderItem());
  for (auto* measure : context->measure()) {
    match.measures.push_back({Build(measure->identifier()), Build(measure->expression())});
  }
  if (auto* rows = context->rowsPerMatch()) match.rows = RowsOf(rows);
  if (auto* after = context->afterMatch()) {
    match.after = AfterOf(after);
    if (after->identifier()) match.after_variable = Build(after->identifier());
  }
  match.anchored_start = context->CARET() != nullptr;
  match.anchored_end = context->DOLLAR() != nullptr;
  match.pattern = Build(context->pattern());
  for (auto* subset : context->subset()) {
    match.subsets.push_back({Build(subset->identifier()), Build(subset->identifiers())});
  }
  for (auto* definition : context->definition()) {
    match.define.push_back({Build(definition->identifier()), Build(definition->expression())});
  }
  return match;
}

ast::Pattern Builder::Build(P::PatternContext* context) {
  std::vector<ast::Pattern> alternatives;
  for (auto* term : context->patternTerm()) {
    std::vector<ast::Pattern> factors;
    for (auto* factor : term->patternFactor()) factors.push_back(Build(factor));
    alternatives.push_back(Combine(ast::PatternKind::kSequence, std::move(factors)));
  }
  return Combine(ast::PatternKind::kAlternation, std::move(alternatives));
}

ast::Pattern Builder::Build(P::PatternFactorContext* context) {
  ast::Pattern pattern = Build(context->patternPrimary());
  auto* quantifier = context->patternQuantifier();
  if (quantifier == nullptr) return pattern;
  if (pattern.quantified) {
    // (A+)? keeps both quantifiers: the outer one is around a sequence of one.
    ast::Pattern outer;
    outer.kind = ast::PatternKind::kSequence;
    outer.parts.push_back(std::move(pattern));
    pattern = std::move(outer);
  }
  const auto number = [](antlr4::Token* token, uint32_t otherwise) {
    if (token == nullptr) return otherwise;
    return static_cast<uint32_t>(std::strtoul(token->getText().c_str(), nullptr, 10));
  };
  pattern.quantified = true;
  pattern.reluctant = quantifier->reluctant != nullptr;
  const size_t sign = quantifier->start->getType();
  pattern.min = sign == P::PLUS ? 1 : 0;
  if (sign == P::QUESTION) pattern.max = 1;
  if (sign != P::LEFT_BRACE) return pattern;
  if (!quantifier->low && !quantifier->high) {
    Fail(SpanOf(quantifier), "a quantifier in braces needs a number: {2}, {2,}, {,3} or {2,3}");
  }
  pattern.min = number(quantifier->low, 0);
  if (!quantifier->comma) pattern.max = pattern.min;
  if (quantifier->high) pattern.max = number(quantifier->high, 0);
  return pattern;
}

ast::Pattern Builder::Build(P::PatternPrimaryContext* context) {
  std::vector<ast::Pattern> parts;
  for (auto* part : context->pattern()) parts.push_back(Build(part));
  ast::Pattern pattern;
  if (context->K_PERMUTE() && !parts.empty()) {
    pattern.kind = ast::PatternKind::kPermute;
    pattern.parts = std::move(parts);
  } else if (context->LEFT_BRACE()) {
    pattern.kind = ast::PatternKind::kExclude;
    pattern.parts = std::move(parts);
  } else if (context->identifier()) {
    pattern.variable = Build(context->identifier());
  } else {
    return std::move(parts[0]);
  }
  return pattern;
}

}  // namespace weir::parse
