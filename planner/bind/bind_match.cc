// MATCH_RECOGNIZE: a Match, and its measures above it.
//
// Conditions and measures are bound over a relation that has the input's columns once for names
// without a qualifier, and then once more for each variable and subset. What they read of it
// becomes the values of the Match. All that is computed of one row alone, such as arguments and
// most conditions, is projected below it, for whole batches at once.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "planner/ast/to_sql.h"
#include "planner/bind/bind_errors.h"
#include "planner/bind/expression_binder.h"
#include "planner/bind/match_drafts.h"
#include "planner/bind/match_pattern.h"
#include "planner/bind/node_shapes.h"
#include "planner/bind/query_binder.h"
#include "planner/bind/text_literal.h"
#include "runtime/base/names.h"
#include "runtime/types/key_encoding.h"

namespace weir::bind {
namespace {

using expr::ExprPtr;
using logical::Column;
using logical::TimeAttribute;

// While expressions are bound, columns from here on stand for aggregates, and from
// MatchDrafts::kFirst on for values of rows.
constexpr int kFirstAggregate = 1 << 24;

// A name that may qualify columns: a variable, or a SUBSET of several.
struct PatternName {
  std::string name;
  std::vector<int> variables;  // ascending
};

bool HasExclusion(const ast::Pattern& pattern) {
  return pattern.kind == ast::PatternKind::kExclude ||
         std::ranges::any_of(pattern.parts, HasExclusion);
}

std::string PatternText(const ast::MatchRecognize& match) {
  return (match.anchored_start ? "^ " : "") + ast::ToSql(match.pattern) +
         (match.anchored_end ? " $" : "");
}

class MatchBinder {
 public:
  MatchBinder(const ast::MatchRecognize& match, const QueryScope& scope, Relation input)
      : match_(match),
        scope_(scope),
        input_(std::move(input)),
        width_(static_cast<int>(input_.columns().size())) {
    spec_.all_rows =
        match.rows != ast::RowsPerMatch::kUnsaid && match.rows != ast::RowsPerMatch::kOne;
    spec_.from_start = match.anchored_start;
    spec_.to_end = match.anchored_end;
  }

  Result<Relation> Bind(SourceSpan span) {
    RETURN_IF_ERROR(CheckSupported(span));
    RETURN_IF_ERROR(BindPattern(span));
    RETURN_IF_ERROR(BindOrder(span));
    for (const ast::ExprPtr& key : match_.partition_by) {
      spec_.partition.push_back(InputColumn(TRY(RowBinder("PARTITION BY").Bind(*key))));
    }
    spec_.time_column = InputColumn(time_);
    for (size_t i = 0; i < order_.size(); ++i)
      spec_.order.push_back(SortKeyOf(match_.order_by[i + 1], InputColumn(order_[i])));
    MakeNamedRows();
    MatchDrafts drafts(time_, spec_.all_rows);
    drafts_ = &drafts;
    for (const ast::NamedExpr& define : match_.define) RETURN_IF_ERROR(BindDefine(define));
    RETURN_IF_ERROR(BindMeasures());
    RETURN_IF_ERROR(BindWithin());
    return Nodes(span);
  }

 private:
  SourceSpan At(SourceSpan span) const { return scope_.At(span); }
  Status Wrong(std::string message, SourceSpan span, std::string hint = "") const {
    return Status::InvalidSql(std::move(message))
        .WithId("E2015")
        .WithHint(std::move(hint))
        .WithSpan(At(span));
  }
  ExpressionBinder RowBinder(std::string_view clause) const {
    return ExpressionBinder(input_, {nullptr, clause, scope_.text});
  }

  Status CheckSupported(SourceSpan span) const {
    if (match_.rows == ast::RowsPerMatch::kAllAndUnmatched)
      return NotSupported("WITH UNMATCHED ROWS in MATCH_RECOGNIZE", At(span));
    if (!spec_.all_rows && HasExclusion(match_.pattern)) {
      return Wrong("{- … -} is for ALL ROWS PER MATCH", span,
                   "with one row for a match there are none to leave out: write ( … )");
    }
    return {};
  }

  // --- names -------------------------------------------------------------------------------------

  std::optional<size_t> Find(const ast::Identifier& name) const {
    for (size_t i = 0; i < names_.size(); ++i) {
      if (EqualsIgnoreCase(names_[i].name, name.text)) return i;
    }
    return std::nullopt;
  }

  int VariableOf(const ast::Identifier& name) {
    if (const auto known = Find(name)) return static_cast<int>(*known);
    names_.push_back({name.text, {static_cast<int>(names_.size())}});
    spec_.variables.push_back({name.text, nullptr});
    return static_cast<int>(names_.size()) - 1;
  }

  // The rows that a name stands for; E2015 for one that is not in the pattern.
  Result<std::vector<int>> RowsOf(const ast::Identifier& name) const {
    if (const auto known = Find(name)) return names_[*known].variables;
    std::vector<std::string> names;
    for (const PatternName& known : names_) names.push_back(known.name);
    return Wrong(fmt::format("there is no \"{}\" in the PATTERN", name.text), name.span,
                 DidYouMean(name.text, names));
  }

  Status BindPattern(SourceSpan span) {
    const auto variable_of = [this](const ast::Identifier& name) { return VariableOf(name); };
    MatchPositions positions =
        TRY(PositionsOf(match_.pattern, At(span), variable_of, spec_.to_end));
    spec_.begins = std::move(positions.begins);
    spec_.positions = std::move(positions.positions);
    spec_.pattern = PatternText(match_);
    for (const ast::NamedExpr& define : match_.define) VariableOf(define.name);
    for (const ast::Subset& subset : match_.subsets) {
      if (Find(subset.name)) {
        return Wrong(fmt::format("\"{}\" is a variable already", subset.name.text),
                     subset.name.span);
      }
      PatternName name{subset.name.text, {}};
      for (const ast::Identifier& variable : subset.variables) {
        const std::vector<int> rows = TRY(RowsOf(variable));
        name.variables.insert(name.variables.end(), rows.begin(), rows.end());
      }
      std::ranges::sort(name.variables);
      name.variables.erase(std::unique(name.variables.begin(), name.variables.end()),
                           name.variables.end());
      names_.push_back(std::move(name));
    }
    return BindSkip();
  }

  Status BindSkip() {
    switch (match_.after) {
      case ast::AfterMatch::kUnsaid:
      case ast::AfterMatch::kNextRow:
        return {};
      case ast::AfterMatch::kPastLastRow:
        spec_.skip = graph::MatchSkip::kPastLastRow;
        return {};
      case ast::AfterMatch::kToFirst:
        spec_.skip = graph::MatchSkip::kToFirst;
        break;
      case ast::AfterMatch::kToLast:
      case ast::AfterMatch::kToVariable:
        spec_.skip = graph::MatchSkip::kToLast;
        break;
    }
    spec_.skip_variables = TRY(RowsOf(*match_.after_variable));
    return {};
  }

  Status BindOrder(SourceSpan span) {
    const auto wrong = [&](SourceSpan place) {
      return Status::InvalidSql("MATCH_RECOGNIZE needs ORDER BY a time attribute, ascending")
          .WithId("E2010")
          .WithHint("ORDER BY the column that has the WATERMARK")
          .WithSpan(At(place));
    };
    if (match_.order_by.empty()) return wrong(span);
    const ast::OrderItem& item = match_.order_by[0];
    time_ = TRY(RowBinder("ORDER BY").Bind(*item.expr));
    const bool column = time_->kind == expr::ExprKind::kColumn;
    const TimeAttribute time =
        column ? input_.columns()[static_cast<size_t>(time_->column)].time : TimeAttribute::kNone;
    if (time == TimeAttribute::kNone || SortKeyOf(item, 0).descending)
      return wrong(item.expr->span);
    if (time == TimeAttribute::kProcessing)
      return NotSupported("MATCH_RECOGNIZE in the order of processing time", At(item.expr->span));
    for (size_t i = 1; i < match_.order_by.size(); ++i) {
      const ast::Expr& key = *match_.order_by[i].expr;
      order_.push_back(TRY(RowBinder("ORDER BY").Bind(key)));
      RETURN_IF_ERROR(CheckHasOrder(order_.back()->type).WithSpan(At(key.span)));
    }
    return {};
  }

  // --- expressions -------------------------------------------------------------------------------

  void MakeNamedRows() {
    std::vector<Column> columns = input_.columns();
    named_.inputs = {{"", {}, 0, columns.size()}};
    for (const PatternName& name : names_) {
      NamedInput rows{name.name, {}, columns.size(), input_.columns().size()};
      // Names without a qualifier are those of any row.
      rows.outer = true;
      named_.inputs.push_back(std::move(rows));
      for (const Column& column : input_.columns())
        columns.push_back({column.name, column.type.WithNullable(true)});
    }
    named_.node = logical::MakeNode(logical::Values{}, {}, std::move(columns), logical::Origin{});
  }

  ExpressionBinder Binder(std::string_view clause) {
    ExpressionBinder::Surroundings surroundings{&aggregates_, clause, scope_.text};
    surroundings.match = drafts_;
    return ExpressionBinder(named_, surroundings);
  }

  // The variables whose rows `expression` reads; nothing for all rows. E2015 where rows of several
  // are mixed.
  Result<std::optional<int>> NameRead(const expr::Expr& expression) const {
    std::vector<int> columns;
    expr::CollectColumns(expression, columns);
    std::optional<int> name;
    for (const int column : columns) {
      const int read = column / width_ - 1;
      if (name && *name != read) {
        return Wrong("the rows of two variables cannot be mixed here", expression.span,
                     "each call reads the columns of one variable");
      }
      name = read;
    }
    return name;
  }

  std::vector<int> VariablesOf(std::optional<int> name) const {
    if (!name || *name < 0) return {};
    return names_[static_cast<size_t>(*name)].variables;
  }

  // The expression over a row of the input: columns of the copies for variables become the input's.
  ExprPtr OfRow(const ExprPtr& expression) const {
    if (expression->kind == expr::ExprKind::kColumn) {
      const int column = expression->column % width_;
      return expr::MakeColumnRef(column, input_.columns()[static_cast<size_t>(column)].type,
                                 expression->span);
    }
    auto rebuilt = std::make_shared<expr::Expr>(*expression);
    for (ExprPtr& argument : rebuilt->args) argument = OfRow(argument);
    return rebuilt;
  }

  // The column of the Match's input that holds `expression`, which is added to the projection below
  // if there is none yet.
  int InputColumn(const ExprPtr& expression) {
    for (size_t i = 0; i < below_.expressions.size(); ++i) {
      if (expr::Equal(*below_.expressions[i], *expression)) return static_cast<int>(i);
    }
    const bool plain = expression->kind == expr::ExprKind::kColumn;
    Column column{expr::ToString(*expression, input_.column_names()), expression->type};
    if (plain) column = input_.columns()[static_cast<size_t>(expression->column)];
    below_.expressions.push_back(expression);
    columns_.push_back(std::move(column));
    return static_cast<int>(columns_.size()) - 1;
  }

  static bool Same(const graph::MatchValue& a, const graph::MatchValue& b) {
    const expr::AggregateCall& x = a.call;
    const expr::AggregateCall& y = b.call;
    return a.kind == b.kind && a.variables == b.variables && a.offset == b.offset &&
           a.column == b.column && a.shift == b.shift && a.classifier == b.classifier &&
           a.running == b.running && x.function == y.function && x.arguments == y.arguments &&
           x.parameter == y.parameter;
  }

  int Value(graph::MatchValue value) {
    const auto known = std::ranges::find_if(
        spec_.values, [&](const graph::MatchValue& other) { return Same(value, other); });
    const auto index = static_cast<int>(known - spec_.values.begin());
    if (known == spec_.values.end()) spec_.values.push_back(std::move(value));
    return index;
  }

  // FIRST or LAST of an expression over named rows, and PREV or NEXT of that. `own`: the variable
  // that a condition is of, or -1; its row is the last one of the variable.
  Result<int> Navigated(const MatchDraft& draft, int own) {
    graph::MatchValue value;
    value.kind = draft.kind;
    value.offset = draft.offset;
    value.shift = draft.shift;
    value.running = draft.running;
    value.variables = VariablesOf(TRY(NameRead(*draft.value)));
    value.column = InputColumn(OfRow(draft.value));
    value.type = draft.value->type.WithNullable(true);
    // The row that is given is the last one so far.
    const bool given = draft.running && value.variables.empty() && value.shift == 0;
    if (IsLastOfAll(draft) && (given || IsOwn(value.variables, own)))
      return Value(CurrentOf(value.column, value.shift));
    return Value(std::move(value));
  }

  static bool IsLastOfAll(const MatchDraft& draft) {
    return draft.kind == graph::MatchValueKind::kLast && draft.offset == 0;
  }

  graph::MatchValue CurrentOf(int column, int shift = 0) const {
    graph::MatchValue value;
    value.column = column;
    value.shift = shift;
    value.type = columns_[static_cast<size_t>(column)].type;
    if (shift != 0) value.type = value.type.WithNullable(true);
    return value;
  }

  Result<int> Classifier(const MatchDraft& draft) {
    graph::MatchValue value;
    value.kind = draft.kind;
    value.offset = draft.offset;
    value.classifier = true;
    value.running = draft.running;
    value.type = draft.type;
    if (draft.of) value.variables = TRY(RowsOf(*draft.of));
    return Value(std::move(value));
  }

  // CLASSIFIER of the row that a condition is asked about, which the variable is known of; null for
  // anything else.
  Result<ExprPtr> OwnName(const ExprPtr& reference, int own) const {
    if (own < 0 || reference->column < MatchDrafts::kFirst) return ExprPtr();
    const MatchDraft& draft = DraftAt(*reference);
    if (!draft.classifier || !IsLastOfAll(draft)) return ExprPtr();
    std::vector<int> variables;
    if (draft.of) variables = TRY(RowsOf(*draft.of));
    if (!IsOwn(variables, own)) return ExprPtr();
    return TextLiteral(spec_.variables[static_cast<size_t>(own)].name, reference->span);
  }

  const MatchDraft& DraftAt(const expr::Expr& reference) const {
    return drafts_->at(static_cast<size_t>(reference.column - MatchDrafts::kFirst));
  }

  static bool IsOwn(const std::vector<int>& variables, int own) {
    return own >= 0 && (variables.empty() || std::ranges::find(variables, own) != variables.end());
  }

  Result<int> Aggregated(const AggregateDraft& draft) {
    const std::string name(expr::AggregateName(*draft.function));
    if (draft.distinct) return NotSupported(name + "(DISTINCT …) in MATCH_RECOGNIZE", draft.span);
    if (draft.filter)
      return NotSupported(name + " of several columns or with FILTER in MATCH_RECOGNIZE",
                          draft.span);
    graph::MatchValue value;
    value.kind = graph::MatchValueKind::kAggregate;
    value.running = draft.running;
    value.call.function = *draft.function;
    value.call.parameter = draft.parameter;
    value.call.result_type = value.type = draft.result_type;
    value.call.span = draft.span;
    for (const ExprPtr& argument : draft.arguments) {
      value.variables = VariablesOf(TRY(NameRead(*argument)));
      value.call.arguments.push_back(InputColumn(OfRow(argument)));
      value.call.argument_types.push_back(argument->type);
    }
    value.call.state_name = StateName(draft, named_.column_names());
    return Value(std::move(value));
  }

  Result<int> ValueOf(const ExprPtr& reference, int own) {
    const int column = reference->column;
    if (column >= MatchDrafts::kFirst) {
      const MatchDraft& draft = DraftAt(*reference);
      if (draft.classifier) return Classifier(draft);
      if (draft.value != nullptr) return Navigated(draft, own);
      graph::MatchValue number;
      number.kind = draft.kind;
      number.type = draft.type;
      return Value(std::move(number));
    }
    if (column >= kFirstAggregate)
      return Aggregated(aggregates_.drafts()[static_cast<size_t>(column - kFirstAggregate)]);
    return Navigated({.value = reference, .running = own < 0 && spec_.all_rows}, own);
  }

  // The expression with references to the pattern's values in place of its columns.
  Result<ExprPtr> OfValues(const ExprPtr& expression, int own) {
    if (expression->kind == expr::ExprKind::kColumn) {
      if (const ExprPtr name = TRY(OwnName(expression, own))) return name;
      const int value = TRY(ValueOf(expression, own));
      return expr::MakeColumnRef(value, spec_.values[static_cast<size_t>(value)].type,
                                 expression->span);
    }
    auto rebuilt = std::make_shared<expr::Expr>(*expression);
    for (ExprPtr& argument : rebuilt->args) argument = TRY(OfValues(argument, own));
    return ExprPtr(rebuilt);
  }

  // The condition over a row of the input, if it reads nothing else.
  ExprPtr OfOwnRow(const ExprPtr& condition, int own) const {
    if (condition->kind == expr::ExprKind::kColumn) {
      ExprPtr read = condition;
      if (read->column >= MatchDrafts::kFirst) {
        const MatchDraft& draft = DraftAt(*read);
        if (draft.value == nullptr || !IsLastOfAll(draft) || draft.shift != 0) return nullptr;
        read = draft.value;
      } else if (read->column >= kFirstAggregate) {
        return nullptr;
      }
      std::vector<int> columns;
      expr::CollectColumns(*read, columns);
      const bool all_own = std::ranges::all_of(columns, [&](int column) {
        return column < width_ || IsOwn(VariablesOf(column / width_ - 1), own);
      });
      return all_own ? OfRow(read) : nullptr;
    }
    auto rebuilt = std::make_shared<expr::Expr>(*condition);
    for (ExprPtr& argument : rebuilt->args) {
      argument = OfOwnRow(argument, own);
      if (argument == nullptr) return nullptr;
    }
    return rebuilt;
  }

  Status BindDefine(const ast::NamedExpr& define) {
    const auto own = static_cast<int>(*Find(define.name));
    graph::MatchVariable& variable = spec_.variables.at(static_cast<size_t>(own));
    if (variable.condition != nullptr) {
      return Wrong(fmt::format("\"{}\" has a condition already", define.name.text),
                   define.name.span);
    }
    const ExprPtr bound = TRY(Binder("DEFINE").BindCondition(*define.expr));
    if (const ExprPtr of_row = OfOwnRow(bound, own)) {
      const int value = Value(CurrentOf(InputColumn(of_row)));
      variable.condition = expr::MakeColumnRef(value, of_row->type, of_row->span);
      return {};
    }
    variable.condition = TRY(OfValues(bound, own));
    return {};
  }

  Status BindMeasures() {
    for (const ast::NamedExpr& measure : match_.measures) {
      const ExprPtr bound = TRY(Binder("MEASURES").Bind(*measure.expr));
      measures_.push_back(TRY(OfValues(bound, -1)));
      Column column{measure.name.text, measures_.back()->type};
      const auto* call = measure.expr->As<ast::Call>();
      const std::string name = call == nullptr ? "" : ToUpper(call->name.last().text);
      if (name == "MATCH_ROWTIME") column.time = TimeAttribute::kEvent;
      if (name == "MATCH_PROCTIME") column.time = TimeAttribute::kProcessing;
      measured_.push_back(std::move(column));
    }
    return {};
  }

  Status BindWithin() {
    if (match_.within == nullptr) return {};
    const Relation nothing{OneRow(scope_, {}), {}};
    const ExprPtr within =
        TRY(ExpressionBinder(nothing, {nullptr, "WITHIN", scope_.text}).Bind(*match_.within));
    const bool interval = within->kind == expr::ExprKind::kLiteral &&
                          within->type.kind() == TypeKind::kIntervalDayTime &&
                          !within->literal.is_null();
    if (interval) spec_.within_millis = within->literal.get<int64_t>();
    if (spec_.within_millis > 0) return {};
    return Wrong("WITHIN takes an INTERVAL of days or less that is greater than zero",
                 match_.within->span, "write WITHIN INTERVAL '10' MINUTE");
  }

  // --- nodes -------------------------------------------------------------------------------------

  // The values that the measures read. If all are constants they read none; the time is added then,
  // since the Match has to have a column. With all rows the columns of the row are added that are
  // no keys.
  Result<std::vector<int>> ValuesGiven() {
    std::vector<int> values;
    for (const ExprPtr& measure : measures_) expr::CollectColumns(*measure, values);
    if (spec_.all_rows) {
      for (int column = 0; column < width_; ++column) {
        if (!KeyOf(column)) values.push_back(RowValue(column));
      }
    } else if (values.empty() && spec_.partition.empty()) {
      values.push_back(TRY(Navigated({.value = time_}, -1)));
    }
    std::ranges::sort(values);
    values.erase(std::unique(values.begin(), values.end()), values.end());
    return values;
  }

  // The value that column `column` of the table is of the row that is given.
  int RowValue(int column) {
    const Column& of = input_.columns()[static_cast<size_t>(column)];
    return Value(CurrentOf(InputColumn(expr::MakeColumnRef(column, of.type))));
  }

  // Which column of PARTITION BY is this one of the table; nothing if none is.
  std::optional<size_t> KeyOf(int column) const {
    for (size_t key = 0; key < spec_.partition.size(); ++key) {
      const expr::Expr& of = *below_.expressions[static_cast<size_t>(spec_.partition[key])];
      if (of.kind == expr::ExprKind::kColumn && of.column == column) return key;
    }
    return std::nullopt;
  }

  // The columns of the Match's output, and in `places`, by value, those that hold the given ones.
  Result<std::vector<Column>> GivenColumns(std::vector<ExprPtr>& places) {
    std::vector<Column> given;
    for (const int key : spec_.partition) {
      const Column& column = columns_[static_cast<size_t>(key)];
      given.push_back({column.name, column.type});
    }
    spec_.given = TRY(ValuesGiven());
    for (const graph::MatchValue& value : spec_.values) {
      places.push_back(expr::MakeColumnRef(0, value.type));
    }
    for (const int value : spec_.given) {
      const graph::MatchValue& what = spec_.values[static_cast<size_t>(value)];
      places[static_cast<size_t>(value)] =
          expr::MakeColumnRef(static_cast<int>(given.size()), what.type);
      Column column{graph::ToString(what, spec_, NamesOf(columns_)), what.type};
      if (graph::IsTimeGiven(what, spec_)) column.time = TimeAttribute::kEvent;
      given.push_back(std::move(column));
    }
    return given;
  }

  // The columns of the table that ORDER BY names, which stand before the measures.
  std::vector<int> OrderColumns() const {
    std::vector<int> columns;
    for (const ExprPtr& key : order_) {
      if (key->kind == expr::ExprKind::kColumn) columns.push_back(key->column);
    }
    columns.insert(columns.begin(), time_->column);
    return columns;
  }

  // Adds a column of the table to those of the result.
  void AddRowColumn(int column, const std::vector<ExprPtr>& places, logical::Project& above,
                    std::vector<Column>& columns) {
    Column result = input_.columns()[static_cast<size_t>(column)];
    result.time = column == time_->column ? TimeAttribute::kEvent : TimeAttribute::kNone;
    above.expressions.push_back(places[static_cast<size_t>(RowValue(column))]);
    columns.push_back(std::move(result));
  }

  Result<Relation> Nodes(SourceSpan span) {
    logical::Origin origin = scope_.OriginAt(span);
    logical::Project above;
    std::vector<ExprPtr> places;
    std::vector<Column> given = TRY(GivenColumns(places));
    std::vector<Column> columns(given.begin(), given.begin() + std::ssize(spec_.partition));
    for (size_t key = 0; key < columns.size(); ++key) {
      above.expressions.push_back(expr::MakeColumnRef(static_cast<int>(key), columns[key].type));
    }
    const std::vector<int> order = spec_.all_rows ? OrderColumns() : std::vector<int>();
    std::vector<bool> is_there(static_cast<size_t>(width_), !spec_.all_rows);
    for (const int column : order) {
      if (KeyOf(column) || is_there[static_cast<size_t>(column)]) continue;
      is_there[static_cast<size_t>(column)] = true;
      AddRowColumn(column, places, above, columns);
    }
    for (size_t i = 0; i < measures_.size(); ++i) {
      above.expressions.push_back(expr::Substitute(measures_[i], places));
      columns.push_back(measured_[i]);
    }
    for (int column = 0; column < width_; ++column) {
      if (!KeyOf(column) && !is_there[static_cast<size_t>(column)])
        AddRowColumn(column, places, above, columns);
    }
    if (columns.empty()) return Wrong("MATCH_RECOGNIZE gives no column", span, "add MEASURES");
    logical::NodePtr node =
        logical::MakeNode(std::move(below_), {input_.node}, std::move(columns_), origin);
    node = logical::MakeNode(logical::Match{std::move(spec_)}, {std::move(node)}, std::move(given),
                             origin);
    node = logical::MakeNode(std::move(above), {std::move(node)}, std::move(columns),
                             std::move(origin));
    const size_t width = node->columns.size();
    return Relation{std::move(node), {{"", {}, 0, width}}};
  }

  const ast::MatchRecognize& match_;
  const QueryScope& scope_;
  Relation input_;
  const int width_;
  graph::MatchSpec spec_;
  std::vector<PatternName> names_;  // the variables, then the subsets
  ExprPtr time_;
  std::vector<ExprPtr> order_;  // behind the time
  logical::Project below_;
  std::vector<Column> columns_;  // of below_
  Relation named_;
  AggregateDrafts aggregates_{kFirstAggregate};
  MatchDrafts* drafts_ = nullptr;
  std::vector<ExprPtr> measures_;  // over the values
  std::vector<Column> measured_;
};

}  // namespace

Result<Relation> QueryBinder::BindMatch(const ast::MatchRecognize& match,
                                        const ast::TableRef& reference, const QueryScope& scope) {
  return MatchBinder(match, scope, TRY(BindTableRef(*match.input, scope))).Bind(reference.span);
}

}  // namespace weir::bind
