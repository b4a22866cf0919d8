// WITH RECURSIVE. A common table whose query is a UNION, some branches of which read the table
// itself, becomes a Recursion: the others are the rows that it starts from, those that read it are
// its step. Tables that read each other become one Recursion whose rows have a number that says
// which table they are of, and NULL for the columns of the others.
//
//   WITH RECURSIVE r (a, b) AS (SELECT src, dst FROM edges
//                               UNION SELECT r.a, e.dst FROM r JOIN edges AS e ON r.b = e.src)
//
// (SQL:2016, 7.17 <query expression>; PostgreSQL, "Recursive Queries".) UNION takes each row once
// and so ends where no new row follows. UNION ALL counts how often its step was applied to a row,
// in a column behind the others, and fails beyond table.exec.recursion.max-depth.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <unordered_map>
#include <unordered_set>

#include "planner/bind/bind_errors.h"
#include "planner/bind/node_shapes.h"
#include "planner/bind/query_binder.h"
#include "planner/bind/set_shapes.h"
#include "planner/logical/rewrite.h"
#include "runtime/base/names.h"
#include "runtime/expr/binding.h"

namespace weir::bind {

using expr::ExprPtr;
using logical::Column;
using logical::Node;
using logical::NodePtr;

namespace {

constexpr std::string_view kDepthColumn = "recursion depth";

ExprPtr BigInt(int64_t value) {
  return expr::MakeLiteral(Value(Type::BigInt().WithNullable(false), value));
}

bool IsScanOf(const Node& node, int recursion) {
  const auto* scan = std::get_if<logical::RecursiveScan>(&node.operation);
  return scan != nullptr && scan->recursion == recursion;
}

// Whether the node reads what the recursion makes. Remembers what it found of every node, which it
// keeps alive.
class Readers {
 public:
  explicit Readers(int recursion) : recursion_(recursion) {}

  bool Reads(const NodePtr& node) {
    kept_.push_back(node);
    return Reads(*node);
  }
  bool Reads(const Node& node) {
    if (const auto known = known_.find(&node); known != known_.end()) return known->second;
    bool reads = IsScanOf(node, recursion_);
    for (const NodePtr& input : node.inputs) reads = Reads(*input) || reads;
    known_.emplace(&node, reads);
    return reads;
  }

 private:
  const int recursion_;
  std::unordered_map<const Node*, bool> known_;
  std::vector<NodePtr> kept_;
};

// What a step cannot do with rows of its own recursion: "" for what it can.
std::string_view Refused(const Node& node, bool all) {
  if (const auto* aggregate = std::get_if<logical::Aggregate>(&node.operation)) {
    if (!aggregate->calls.empty()) return "an aggregate";
    return all ? "DISTINCT" : "";
  }
  if (std::holds_alternative<logical::Recursion>(node.operation)) return "another recursion";
  if (std::holds_alternative<logical::Sort>(node.operation)) return "ORDER BY or LIMIT";
  if (std::holds_alternative<logical::Over>(node.operation)) return "OVER";
  if (std::holds_alternative<logical::WindowTable>(node.operation)) return "a window";
  const bool replicates = std::holds_alternative<logical::Replicate>(node.operation);
  if (replicates && !logical::IsUnnest(node)) return "INTERSECT ALL or EXCEPT ALL";
  const auto* join = std::get_if<logical::Join>(&node.operation);
  const bool one_sided = join != nullptr && graph::GivesLeftOnly(join->type);
  if (one_sided && all) return "EXISTS, IN, INTERSECT or EXCEPT";
  return "";
}

Status NotInStep(std::string_view what, std::string_view name, SourceSpan span) {
  return Status::Unsupported(
             fmt::format("{} over the recursive CTE \"{}\" in its own query", what, name))
      .WithHint("do it with the result, outside of the recursion")
      .WithSpan(span);
}

std::vector<Column> WithDepth(std::vector<Column> columns) {
  columns.push_back({std::string(kDepthColumn), Type::BigInt().WithNullable(false)});
  return columns;
}

// `input` with a depth of 0: no step has been applied to its rows.
NodePtr AtTheStart(const NodePtr& input, std::vector<Column> columns,
                   const logical::Origin& origin) {
  std::vector<ExprPtr> expressions = References(input->columns);
  expressions.push_back(BigInt(0));
  return logical::MakeNode(logical::Project{std::move(expressions)}, {input},
                           WithDepth(std::move(columns)), origin);
}

// Adds the column that counts steps to every node between the recursion's rows and the result of
// the step.
class DepthCounter {
 public:
  DepthCounter(Readers& readers, NodePtr scan) : readers_(readers), scan_(std::move(scan)) {}

  Result<NodePtr> Count(const NodePtr& node) {
    const auto known = counted_.find(node.get());
    if (known != counted_.end()) return known->second;
    NodePtr counted = TRY(Make(node));
    counted_.emplace(node.get(), counted);
    return counted;
  }

 private:
  static ExprPtr DepthOf(const Node& node) {
    return logical::ColumnRef(node, static_cast<int>(node.columns.size()) - 1);
  }
  Result<NodePtr> Make(const NodePtr& node) {
    if (std::holds_alternative<logical::RecursiveScan>(node->operation)) return scan_;
    if (const auto* project = std::get_if<logical::Project>(&node->operation)) {
      const NodePtr input = TRY(Count(node->inputs[0]));
      std::vector<ExprPtr> expressions = project->expressions;
      expressions.push_back(DepthOf(*input));
      return logical::MakeNode(logical::Project{std::move(expressions)}, {input},
                               WithDepth(node->columns), node->origin);
    }
    if (const auto* join = std::get_if<logical::Join>(&node->operation))
      return MakeJoin(*node, *join);
    if (std::holds_alternative<logical::Union>(node->operation)) return MakeUnion(*node);
    std::vector<NodePtr> inputs;
    for (const NodePtr& input : node->inputs) inputs.push_back(TRY(Count(input)));
    return logical::MakeNode(node->operation, std::move(inputs), WithDepth(node->columns),
                             node->origin);
  }

  // A branch that does not read the recursion gives rows that no step was applied to.
  Result<NodePtr> MakeUnion(const Node& node) {
    std::vector<NodePtr> branches;
    for (const NodePtr& branch : node.inputs) {
      branches.push_back(readers_.Reads(branch) ? TRY(Count(branch))
                                                : AtTheStart(branch, branch->columns, node.origin));
    }
    return logical::MakeNode(logical::Union{}, std::move(branches), WithDepth(node.columns),
                             node.origin);
  }

  // The depth column of either side becomes the last column of the join. If both sides have one, it
  // is the greater of the two.
  Result<NodePtr> MakeJoin(const Node& node, const logical::Join& join) {
    const bool left = readers_.Reads(node.inputs[0]);
    const bool right = readers_.Reads(node.inputs[1]);
    std::vector<NodePtr> inputs = node.inputs;
    if (left) inputs[0] = TRY(Count(inputs[0]));
    if (right) inputs[1] = TRY(Count(inputs[1]));
    std::vector<Column> both = inputs[0]->columns;
    both.insert(both.end(), inputs[1]->columns.begin(), inputs[1]->columns.end());
    std::vector<ExprPtr> places;  // of the node's own columns
    for (size_t i = 0; i < both.size(); ++i) {
      const bool depth =
          (left && i + 1 == inputs[0]->columns.size()) || (right && i + 1 == both.size());
      if (!depth) places.push_back(expr::MakeColumnRef(static_cast<int>(i), both[i].type));
    }
    logical::Join moved = join;
    if (join.residual != nullptr) moved.residual = expr::Substitute(join.residual, places);
    const NodePtr joined = logical::MakeNode(std::move(moved), inputs, both, node.origin);
    ExprPtr depth;
    if (left) depth = logical::ColumnRef(*joined, static_cast<int>(inputs[0]->columns.size()) - 1);
    if (right) {
      ExprPtr other = DepthOf(*joined);
      depth = left ? TRY(expr::BindCall("GREATEST", {depth, other}, node.origin.span)) : other;
    }
    places.push_back(depth);
    return logical::MakeNode(logical::Project{std::move(places)}, {joined}, WithDepth(node.columns),
                             node.origin);
  }

  Readers& readers_;
  const NodePtr scan_;
  std::unordered_map<const Node*, NodePtr> counted_;
};

// A step may make texts of any length of those that the recursion starts from.
Type Widened(const Type& type) {
  return type.is_character() ? Type::String() : type.is_binary() ? Type::Bytes() : type;
}

// One of the common tables that read each other and so become one recursion.
struct Member {
  size_t index = 0;  // in the WITH clause
  std::vector<const ast::Query*> branches;
  bool is_union = false;
  bool all = false;
  std::vector<Column> columns;  // empty until they are known
  size_t first = 0;             // of them among the recursion's
};

Member MemberOf(size_t index, const ast::Query& query) {
  const auto* operation = query.As<ast::SetOperation>();
  const bool is_union =
      operation != nullptr && operation->op == ast::SetOperator::kUnion && query.IsPlain();
  if (!is_union) return {.index = index, .branches = {&query}};
  return {
      .index = index, .branches = BranchesOf(*operation), .is_union = true, .all = operation->all};
}

class WithRecursive {
 public:
  WithRecursive(QueryBinder& binder, const ast::Query& query, const QueryScope& scope)
      : binder_(binder), query_(query), scope_(scope) {}

  // Binds what reads only tables that are bound, again and again; what remains reads itself, by
  // itself or through others.
  Result<CommonTables> Run() {
    tables_.outer = scope_.common_tables;
    for (const ast::CommonTable& table : query_.with) tables_.entries.push_back({table.name.text});
    while (true) {
      bool progress = false;
      std::optional<size_t> first;
      std::vector<std::optional<size_t>> waits_for(query_.with.size());
      for (size_t i = 0; i < query_.with.size(); ++i) {
        if (tables_.entries[i].node != nullptr) continue;
        NodePtr node = TRY(TryBind(*query_.with[i].query, i, waits_for[i]));
        if (node != nullptr) {
          tables_.entries[i].node = TRY(binder_.WithNames(std::move(node), query_.with[i], scope_));
          progress = true;
        } else if (!first) {
          first = i;
        }
      }
      if (!first) return std::move(tables_);
      if (!progress) RETURN_IF_ERROR(BindGroup(CycleFrom(*first, waits_for)));
    }
  }

 private:
  const ast::CommonTable& With(const Member& member) const { return query_.with[member.index]; }
  QueryScope Inside(size_t index) const {
    QueryScope inner = scope_.CommonTable(query_.with[index].name);
    inner.common_tables = &tables_;
    return inner;
  }

  // Null if the query reads a table that is not bound yet, which is then `missing`.
  Result<NodePtr> TryBind(const ast::Query& query, size_t index, std::optional<size_t>& missing) {
    tables_.missing = std::nullopt;
    Result<NodePtr> bound = binder_.Bind(query, Inside(index));
    missing = std::exchange(tables_.missing, std::nullopt);
    if (!bound.ok() && missing) return NodePtr();
    return bound;
  }

  static std::vector<size_t> CycleFrom(size_t first,
                                       const std::vector<std::optional<size_t>>& waits_for) {
    std::vector<size_t> way;
    size_t at = first;
    while (std::ranges::find(way, at) == way.end()) {
      way.push_back(at);
      at = *waits_for[at];
    }
    way.erase(way.begin(), std::ranges::find(way, at));
    return way;
  }

  // Tables that turn out to be read by them as well join the group.
  Status BindGroup(std::vector<size_t> group) {
    while (true) {
      std::optional<size_t> missing;
      RETURN_IF_ERROR(TryGroup(group, missing));
      if (!missing) return {};
      for (const size_t index : group) tables_.entries[index].node = nullptr;
      if (std::ranges::find(group, *missing) != group.end()) return NoStart(*missing);
      group.push_back(*missing);
    }
  }

  Status NoStart(size_t index) const {
    const ast::CommonTable& table = query_.with[index];
    const auto* operation = table.query->As<ast::SetOperation>();
    if (operation != nullptr && operation->op == ast::SetOperator::kUnion &&
        !table.query->IsPlain()) {
      return NotInStep("WITH, ORDER BY or LIMIT", table.name.text, scope_.At(table.span));
    }
    return Status::InvalidSql(
               fmt::format("the recursive CTE \"{}\" has no part that does not read itself",
                           table.name.text))
        .WithId("E2015")
        .WithHint("write it as: rows to start from UNION [ALL] a query that reads it")
        .WithSpan(scope_.At(table.span));
  }

  Status TryGroup(std::vector<size_t> group, std::optional<size_t>& missing) {
    std::ranges::sort(group);
    recursion_ = binder_.NextRecursion();
    members_.clear();
    for (const size_t index : group) members_.push_back(MemberOf(index, *query_.with[index].query));
    RETURN_IF_ERROR(CheckKinds());
    RETURN_IF_ERROR(FindColumns(missing));
    if (missing) return {};
    return BindMembers(missing);
  }

  Status CheckKinds() {
    all_ = false;
    const Member* with_all = nullptr;
    const Member* without = nullptr;
    for (const Member& member : members_) {
      if (member.is_union) (member.all ? with_all : without) = &member;
    }
    all_ = without == nullptr;
    if (with_all == nullptr || without == nullptr) return {};
    return Status::Unsupported(
               fmt::format("UNION in the CTE \"{}\" and UNION ALL in \"{}\", which read each other",
                           With(*without).name.text, With(*with_all).name.text))
        .WithHint("write all of them with UNION, or all with UNION ALL")
        .WithSpan(scope_.At(With(*with_all).span));
  }

  // --- columns -----------------------------------------------------------------------------------

  // Finds the columns of branches that read no table of the group, or only ones whose columns are
  // known.
  Status FindColumns(std::optional<size_t>& missing) {
    bool progress = true;
    while (progress) {
      progress = false;
      missing = std::nullopt;
      for (Member& member : members_) {
        if (!member.columns.empty()) continue;
        RETURN_IF_ERROR(FindColumnsOf(member, missing));
        if (member.columns.empty()) continue;
        tables_.entries[member.index].node =
            logical::MakeNode(logical::RecursiveScan{recursion_, With(member).name.text}, {},
                              member.columns, OriginOf(member));
        progress = true;
      }
    }
    return {};
  }

  Status FindColumnsOf(Member& member, std::optional<size_t>& missing) {
    std::vector<NodePtr> known;
    for (const ast::Query* branch : member.branches) {
      std::optional<size_t> waits_for;
      NodePtr node = TRY(TryBind(*branch, member.index, waits_for));
      if (node == nullptr) missing = waits_for;
      if (node != nullptr) known.push_back(std::move(node));
    }
    if (known.empty()) return {};
    const NodePtr named = TRY(binder_.WithNames(known[0], With(member), scope_));
    for (size_t i = 0; i < named->columns.size(); ++i) {
      std::vector<Type> types;
      for (const NodePtr& node : known) {
        if (node->columns.size() != named->columns.size()) return DifferentWidths(member);
        types.push_back(node->columns[i].type);
      }
      Result<Type> type = expr::CommonType(types);
      if (!type.ok()) return std::move(type).status().WithSpan(scope_.At(With(member).span));
      member.columns.push_back({named->columns[i].name, Widened(*type).WithNullable(true)});
    }
    return {};
  }

  Status DifferentWidths(const Member& member) const {
    return Status::InvalidSql(fmt::format("the branches of the recursive CTE \"{}\" differ in the "
                                          "number of their columns",
                                          With(member).name.text))
        .WithId("E2006")
        .WithSpan(scope_.At(With(member).span));
  }

  logical::Origin OriginOf(const Member& member) const {
    return scope_.CommonTable(With(member).name).OriginAt(With(member).span);
  }

  // --- rows --------------------------------------------------------------------------------------

  bool tagged() const { return members_.size() > 1; }

  // The columns of the recursion's rows, without the depth.
  std::vector<Column> Columns() {
    std::vector<Column> columns;
    if (tagged()) columns.push_back({"recursive table", Type::BigInt().WithNullable(false)});
    for (Member& member : members_) {
      member.first = columns.size();
      columns.insert(columns.end(), member.columns.begin(), member.columns.end());
    }
    return columns;
  }

  // A member's rows out of those of the recursion.
  Result<NodePtr> RowsOf(const Member& member, const NodePtr& all) const {
    if (!tagged() && all->columns.size() == member.columns.size()) return all;
    NodePtr rows = all;
    if (tagged()) {
      const ExprPtr number = BigInt(static_cast<int64_t>(&member - members_.data()));
      logical::Filter filter{TRY(expr::BindCall("=", {logical::ColumnRef(*all, 0), number}, {}))};
      rows = logical::MakeNode(std::move(filter), {all}, all->columns, OriginOf(member));
    }
    std::vector<int> columns(member.columns.size());
    std::iota(columns.begin(), columns.end(), static_cast<int>(member.first));
    return logical::SelectColumns(rows, columns, OriginOf(member));
  }

  // A branch's rows as rows of the recursion.
  Result<NodePtr> AsRows(const Member& member, const NodePtr& branch,
                         const std::vector<Column>& columns) const {
    if (branch->columns.size() != member.columns.size()) return DifferentWidths(member);
    std::vector<Type> types;
    for (const Column& column : member.columns) types.push_back(column.type);
    NodePtr typed = TRY(WithTypes(branch, types, /*assignment=*/false));
    if (!tagged()) return typed;
    logical::Project project;
    project.expressions.push_back(BigInt(static_cast<int64_t>(&member - members_.data())));
    for (size_t i = 1; i < columns.size(); ++i) {
      const bool own = i >= member.first && i < member.first + member.columns.size();
      project.expressions.push_back(
          own ? logical::ColumnRef(*typed, static_cast<int>(i - member.first))
              : expr::MakeLiteral(Value::Null(columns[i].type)));
    }
    return logical::MakeNode(std::move(project), {typed}, columns, OriginOf(member));
  }

  Status BindMembers(std::optional<size_t>& missing) {
    const std::vector<Column> columns = Columns();
    const logical::Origin origin = OriginOf(members_.front());
    const std::string& name = With(members_.front()).name.text;
    const NodePtr scan =
        logical::MakeNode(logical::RecursiveScan{recursion_, name}, {}, columns, origin);
    for (const Member& member : members_)
      tables_.entries[member.index].node = TRY(RowsOf(member, scan));
    Readers readers(recursion_);
    std::vector<NodePtr> start;
    std::vector<NodePtr> step;
    for (const Member& member : members_) {
      for (const ast::Query* branch : member.branches) {
        const NodePtr node = TRY(TryBind(*branch, member.index, missing));
        if (missing) return {};
        const bool reads = readers.Reads(node);
        if (reads) RETURN_IF_ERROR(CheckStep(*node, readers, member));
        (reads ? step : start).push_back(TRY(AsRows(member, node, columns)));
      }
    }
    if (start.empty() || step.empty()) return NoStart(members_.front().index);
    const NodePtr rows = TRY(Recurse(start, step, scan, readers));
    for (const Member& member : members_)
      tables_.entries[member.index].node = TRY(RowsOf(member, rows));
    return {};
  }

  Status CheckStep(const Node& node, Readers& readers, const Member& member) const {
    std::unordered_set<const Node*> seen;
    std::vector<const Node*> open = {&node};
    while (!open.empty()) {
      const Node& at = *open.back();
      open.pop_back();
      if (!readers.Reads(at) || !seen.insert(&at).second) continue;
      const std::string_view what = Refused(at, all_);
      if (!what.empty()) {
        return NotInStep(what, With(member).name.text, at.origin.span);
      }
      for (const NodePtr& input : at.inputs) open.push_back(input.get());
    }
    return {};
  }

  static NodePtr Together(const std::vector<NodePtr>& branches, const logical::Origin& origin) {
    return branches.size() == 1 ? branches[0] : United(branches, origin);
  }

  // Builds the loop of the parts: the rows of `start`, and those that `step` makes of the loop's
  // own.
  Result<NodePtr> Recurse(const std::vector<NodePtr>& start, const std::vector<NodePtr>& step,
                          const NodePtr& scan, Readers& readers) const {
    const logical::Origin& origin = scan->origin;
    logical::Recursion recursion{recursion_,
                                 std::get<logical::RecursiveScan>(scan->operation).name};
    std::vector<NodePtr> inputs = {Together(start, origin), Together(step, origin)};
    std::vector<Column> columns = scan->columns;
    if (all_) {
      recursion.max_depth = binder_.options().max_recursion_depth;
      RETURN_IF_ERROR(CountDepth(scan, readers, inputs));
      columns = WithDepth(std::move(columns));
    }
    const NodePtr merged =
        logical::MakeNode(std::move(recursion), std::move(inputs), columns, origin);
    return all_ ? merged : Distinct(merged, binder_.options().state_ttl_millis, origin);
  }

  static Status CountDepth(const NodePtr& scan, Readers& readers, std::vector<NodePtr>& inputs) {
    inputs[0] = AtTheStart(inputs[0], scan->columns, scan->origin);
    const NodePtr counted =
        logical::MakeNode(scan->operation, {}, WithDepth(scan->columns), scan->origin);
    NodePtr step = TRY(DepthCounter(readers, counted).Count(inputs[1]));
    std::vector<ExprPtr> expressions = References(step->columns);
    expressions.back() = TRY(expr::BindCall("+", {expressions.back(), BigInt(1)}, {}));
    std::vector<Column> columns = step->columns;
    columns.back().type = expressions.back()->type;
    inputs[1] =
        logical::MakeNode(logical::Project{std::move(expressions)}, {step}, columns, scan->origin);
    return {};
  }

  QueryBinder& binder_;
  const ast::Query& query_;
  const QueryScope& scope_;
  CommonTables tables_;
  // State of the group that is being bound:
  int recursion_ = 0;
  bool all_ = false;
  std::vector<Member> members_;
};

}  // namespace

Result<CommonTables> BindWithRecursive(QueryBinder& binder, const ast::Query& query,
                                       const QueryScope& scope) {
  return WithRecursive(binder, query, scope).Run();
}

}  // namespace weir::bind
