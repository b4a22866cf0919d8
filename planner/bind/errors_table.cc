#include "planner/bind/errors_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_set>
#include <utility>

#include "planner/bind/expression_binder.h"
#include "planner/catalog/name_text.h"
#include "planner/logical/rewrite.h"
#include "runtime/base/names.h"
#include "runtime/expr/binding.h"
#include "runtime/graph/bad_records.h"

namespace weir::bind {
namespace {

using logical::Column;
using logical::Node;
using logical::NodePtr;

constexpr std::string_view kTimeColumn = "time";

// The scans that the roots read, without those of lookups, producers first.
class StreamScans {
 public:
  explicit StreamScans(const logical::Plan& plan) {
    for (const NodePtr& root : plan.roots) Visit(root);
  }
  const std::vector<NodePtr>& found() const { return found_; }

 private:
  void Visit(const NodePtr& node) {
    if (!seen_.insert(node.get()).second) return;
    const auto* join = std::get_if<logical::Join>(&node->operation);
    Visit(*node, join != nullptr && join->lookup ? 1 : node->inputs.size());
    if (std::holds_alternative<logical::Scan>(node->operation)) found_.push_back(node);
  }
  void Visit(const Node& node, size_t inputs) {
    for (size_t i = 0; i < inputs; ++i) Visit(node.inputs[i]);
  }

  std::unordered_set<const Node*> seen_;
  std::vector<NodePtr> found_;
};

// What is known of a bad record: the columns of graph::BadRecordColumns(), and when it was read.
std::vector<Column> KnownColumns() {
  std::vector<Column> known;
  for (const Field& field : graph::BadRecordColumns().fields)
    known.push_back({field.name, field.type});
  known.push_back({std::string(kTimeColumn), Type::TimestampLtz(3)});
  return known;
}

std::optional<size_t> PlaceOf(std::string_view name, const std::vector<Column>& known) {
  const auto found = std::ranges::find_if(
      known, [&](const Column& column) { return EqualsIgnoreCase(column.name, name); });
  if (found == known.end()) return std::nullopt;
  return static_cast<size_t>(found - known.begin());
}

// For each column of the table, which of the known ones it takes: by their names where it has no
// others, else all by their places.
Result<std::vector<size_t>> Matching(const catalog::TableDefinition& table, const Schema& schema,
                                     const std::vector<Column>& known) {
  std::vector<size_t> by_name;
  for (const Field& field : schema.fields) {
    if (const auto place = PlaceOf(field.name, known)) by_name.push_back(*place);
  }
  if (by_name.size() == schema.size()) return by_name;
  if (schema.size() != known.size()) {
    return Status::InvalidSql(
               fmt::format("the table \"{}\" cannot take bad records: its columns have other names "
                           "than these have, and it has {} for {}",
                           table.name.Short(), schema.size(), known.size()))
        .WithId("E2006")
        .WithHint(
            "it takes any of raw BYTES (or STRING), place STRING, `column` STRING, message "
            "STRING, `time` TIMESTAMP_LTZ(3) by their names, or all five in this order");
  }
  std::vector<size_t> by_place(known.size());
  for (size_t i = 0; i < by_place.size(); ++i) by_place[i] = i;
  return by_place;
}

// The records' bytes as a text where the table has a text for them.
Result<expr::ExprPtr> RecordValue(size_t place, const Node& records, const Type& target) {
  if (place == records.columns.size()) return expr::BindCall("CURRENT_ROW_TIMESTAMP", {}, {});
  expr::ExprPtr value = logical::ColumnRef(records, static_cast<int>(place));
  if (!value->type.is_binary() || !target.is_character()) return value;
  return expr::BindCast(std::move(value), Type::String(), /*try_cast=*/false, {});
}

class ErrorSink {
 public:
  ErrorSink(QueryBinder& binder, const catalog::Catalog& catalog, NodePtr scan)
      : binder_(binder), catalog_(catalog), scan_(std::move(scan)) {}

  Result<NodePtr> Bind() {
    const auto& spec = std::get<logical::Scan>(scan_->operation).spec;
    const std::string name(graph::OptionValue(spec.options, graph::kErrorsTable));
    Result<NodePtr> sink = BindInto(name);
    if (sink.ok()) return sink;
    return Relocated(std::move(sink).status().WithContext(
                         fmt::format("'{}' of the table \"{}\"", graph::kErrorsTable, spec.table)),
                     scan_->origin.span);
  }

 private:
  Result<NodePtr> BindInto(const std::string& text) {
    const catalog::TableDefinition* read = binder_.TableOf(*scan_);
    std::vector<std::string> parts = TRY(catalog::PartsOfName(text));
    if (read != nullptr) QualifyBy(read->name, parts);
    ast::Name target;
    target.span = scan_->origin.span;
    for (std::string& part : parts) target.parts.push_back({std::move(part), false, target.span});
    QueryScope scope = binder_.TopScope();
    const std::string& name = std::get<logical::Scan>(scan_->operation).table;
    scope.path = fmt::format("src:{}/errors", PathName(name, false));
    scope.words = "bad records of " + name;
    const auto rows = [&](const catalog::TableDefinition& table,
                          const Schema& schema) -> Result<NodePtr> {
      if (&table == read) {
        return Status::InvalidSql("a table cannot take its own bad records").WithId("E2015");
      }
      return Rows(table, schema, scope);
    };
    return BindInsertOfRows(binder_, catalog_, target, rows, scope);
  }

  // Puts the database and catalog of the table that is read before a name that lacks them.
  static void QualifyBy(const catalog::ObjectName& name, std::vector<std::string>& parts) {
    if (parts.size() == 1 && !name.database.empty()) parts.insert(parts.begin(), name.database);
    if (parts.size() == 2 && !name.catalog.empty()) parts.insert(parts.begin(), name.catalog);
  }

  Result<NodePtr> Rows(const catalog::TableDefinition& table, const Schema& schema,
                       const QueryScope& scope) const {
    const std::vector<Column> known = KnownColumns();
    const std::vector<size_t> places = TRY(Matching(table, schema, known));
    const logical::Origin origin = scope.OriginAt(scan_->origin.span);
    const NodePtr records =
        logical::MakeNode(logical::BadRecords{}, {scan_}, {known.begin(), known.end() - 1}, origin);
    logical::Project project;
    std::vector<Column> columns;
    for (size_t i = 0; i < places.size(); ++i) {
      project.expressions.push_back(TRY(RecordValue(places[i], *records, schema.fields[i].type)));
      columns.push_back({known[places[i]].name, project.expressions.back()->type});
    }
    return logical::MakeNode(std::move(project), {records}, std::move(columns), origin);
  }

  QueryBinder& binder_;
  const catalog::Catalog& catalog_;
  const NodePtr scan_;
};

bool ReadTheSame(const Node& a, const Node& b) {
  const auto& left = std::get<logical::Scan>(a.operation);
  const auto& right = std::get<logical::Scan>(b.operation);
  return left.table == right.table && left.spec.options == right.spec.options;
}

}  // namespace

Status AddErrorSinks(QueryBinder& binder, const catalog::Catalog& catalog, logical::Plan& plan) {
  const StreamScans scans(plan);
  std::vector<NodePtr> reported;
  for (const NodePtr& scan : scans.found()) {
    const auto& options = std::get<logical::Scan>(scan->operation).spec.options;
    if (graph::OptionValue(options, graph::kErrorsTable).empty()) continue;
    const auto same = [&](const NodePtr& other) { return ReadTheSame(*scan, *other); };
    if (std::ranges::any_of(reported, same)) continue;
    plan.roots.push_back(TRY(ErrorSink(binder, catalog, scan).Bind()));
    reported.push_back(scan);
  }
  return {};
}

}  // namespace weir::bind
