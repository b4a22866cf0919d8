#include "planner/parse/builder.h"
#include "planner/parse/dispatch.h"
#include "planner/parse/parse.h"
#include "runtime/fault_point.h"

namespace weir::parse {
namespace {

using ast::QueryPtr;

template <typename Body>
QueryPtr MakeQuery(Body body, ast::Span span) {
  ast::Query query;
  query.body = std::move(body);
  query.span = span;
  return query;
}

QueryPtr BuildSetOperation(Builder* builder, ast::SetOperator op, bool all,
                           const std::vector<P::QueryBodyContext*>& operands, Rule* context) {
  ast::SetOperation operation;
  operation.op = op;
  operation.all = all;
  operation.left = builder->Build(operands[0]);
  operation.right = builder->Build(operands[1]);
  return MakeQuery(std::move(operation), builder->SpanOf(context));
}

}  // namespace

QueryPtr Builder::Build(P::QueryContext* context) {
  QueryPtr query = Build(context->queryBody());
  const bool wrapped =
      context->withClause() || !context->orderItem().empty() || !context->limitClause().empty();
  if (wrapped && !query->IsPlain()) {
    const SourceSpan span = query->span;
    query = MakeQuery(ast::Nested{std::move(query)}, span);
  }
  if (auto* with = context->withClause()) {
    query->recursive = with->K_RECURSIVE() != nullptr;
    for (auto* table : with->commonTable()) {
      ast::CommonTable common;
      common.name = Build(table->identifier());
      if (table->identifiers()) common.columns = Build(table->identifiers());
      common.query = Build(table->query());
      common.span = SpanOf(table);
      query->with.push_back(std::move(common));
    }
  }
  // Parentheses without clauses behind them add nothing: the query inside keeps its own clauses.
  if (!wrapped && !DefectPlanted("order-in-parentheses")) return query;
  query->order_by = BuildAll(context->orderItem());
  for (auto* limit : context->limitClause()) AddLimit(limit, query.get());
  // LIMIT ALL around a query in parentheses has added nothing.
  if (const auto* nested = query->As<ast::Nested>(); nested != nullptr && query->IsPlain()) {
    query = QueryPtr(nested->query);
  }
  if (wrapped) query->span = SpanOf(context);
  return query;
}

QueryPtr Builder::Build(P::QueryBodyContext* context) {
  if (depth_ >= kMaxTreeDepth) {
    Fail(Status::InvalidSql("the query chains too many set operations")
             .WithId("E1004")
             .WithSpan(SpanOf(context)));
    return MakeQuery(ast::Values{}, SpanOf(context));
  }
  ++depth_;
  QueryPtr query = Dispatch<QueryPtr, P::QueryBodyTermContext, P::QueryBodyIntersectContext,
                            P::QueryBodyUnionContext>(this, context);
  --depth_;
  return query;
}

QueryPtr Builder::Build(P::QueryBodyTermContext* context) {
  auto* term = context->queryTerm();
  const ast::Span span = SpanOf(term);
  if (term->select()) return MakeQuery(Build(term->select()), span);
  if (term->values()) return MakeQuery(Build(term->values()), span);
  if (term->name()) return MakeQuery(ast::TableQuery{Build(term->name())}, span);
  return Build(term->query());
}

QueryPtr Builder::Build(P::QueryBodyIntersectContext* context) {
  return BuildSetOperation(this, ast::SetOperator::kIntersect, context->K_ALL() != nullptr,
                           context->queryBody(), context);
}

QueryPtr Builder::Build(P::QueryBodyUnionContext* context) {
  const auto op = context->K_UNION() ? ast::SetOperator::kUnion : ast::SetOperator::kExcept;
  return BuildSetOperation(this, op, context->K_ALL() != nullptr, context->queryBody(), context);
}

ast::Values Builder::Build(P::ValuesContext* context) {
  ast::Values values;
  for (auto* row : context->valuesRow()) {
    std::vector<ast::ExprPtr> items;
    for (auto* item : row->valuesItem()) {
      items.push_back(item->expression() ? Build(item->expression())
                                         : MakeExpr(ast::DefaultValue{}, SpanOf(item)));
    }
    if (row->expression()) items.push_back(Build(row->expression()));
    values.rows.push_back(std::move(items));
  }
  return values;
}

void Builder::AddLimit(P::LimitClauseContext* context, ast::Query* query) {
  const std::vector<P::ExpressionContext*> numbers = context->expression();
  if (numbers.size() > 1) {
    const std::string skip(TextOf(SpanOf(numbers[0])));
    const std::string count(TextOf(SpanOf(numbers[1])));
    Fail(SpanOf(context), "LIMIT takes one number", "write LIMIT " + count + " OFFSET " + skip);
    return;
  }
  ast::ExprPtr& target = context->K_OFFSET() ? query->offset : query->limit;
  if (target) {
    Fail(SpanOf(context),
         context->K_OFFSET() ? "OFFSET is given twice" : "the number of rows is limited twice");
    return;
  }
  if (!numbers.empty()) {
    target = Build(numbers[0]);
  } else if (context->K_FETCH()) {
    ast::Literal one;
    one.kind = ast::LiteralKind::kInteger;
    one.text = "1";
    target = MakeExpr(std::move(one), SpanOf(context));
  }
}

}  // namespace weir::parse
