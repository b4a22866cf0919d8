#include "shell/flink/plan/flink_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "shell/flink/plan/plan_json.h"

namespace weir::shell::flink {
namespace {

namespace dom = simdjson::dom;

// The columns that an expression reads, and its literals and comparisons ("$<=$1").
void ReadExpression(JsonElement expression, std::vector<int>& columns,
                    std::set<std::string>& literals) {
  dom::array list;
  dom::object object;
  if (expression.get(list) == simdjson::SUCCESS) {
    for (const JsonElement one : list) ReadExpression(one, columns, literals);
  } else if (expression.get(object) == simdjson::SUCCESS) {
    const JsonElement of = At(expression, "expr");
    if (TextAt(of, "kind") == "CORREL_VARIABLE") {  // a column of the row around
      const std::vector<PlanField> fields = FieldsOf(At(of, "type"));
      const auto found = std::ranges::find(fields, TextAt(expression, "name"), &PlanField::name);
      columns.push_back(static_cast<int>(found - fields.begin()));
      return;
    }
    for (const dom::key_value_pair member : object) {
      if (member.key == "inputIndex") columns.push_back(NumberOf(member.value));
      if (member.key == "value" && TextAt(expression, "kind") == "LITERAL") {
        std::string_view text;
        const bool is_text = member.value.get(text) == simdjson::SUCCESS;
        literals.insert(is_text ? std::string(text) : simdjson::minify(member.value));
      }
      ReadExpression(member.value, columns, literals);
    }
    std::string_view name = TextAt(expression, "internalName");
    name = name.substr(0, name.rfind('$'));
    name.remove_prefix(std::min<size_t>(name.size(), 1));
    if (IsComparison(name)) literals.emplace(name);
  }
}

// Milliseconds of "PT1H30M" or "PT0.5S"; -1 where it is none.
int64_t MillisOf(std::string_view text) {
  if (!text.starts_with("PT")) return -1;
  double millis = 0;
  std::string number;
  for (const char c : text.substr(2)) {
    const double unit = c == 'H' ? 3'600'000 : c == 'M' ? 60'000 : c == 'S' ? 1'000 : 0;
    if (unit == 0) {
      number += c;
    } else {
      millis += std::strtod(number.c_str(), nullptr) * unit;
      number.clear();
    }
  }
  return static_cast<int64_t>(millis);
}

// The size of a window, or the gap of a session.
std::string WindowText(JsonElement node) {
  JsonElement window = Null();
  if (Has(node, "window")) window = At(node, "window");
  if (Has(node, "windowing")) window = At(At(node, "windowing"), "window");
  if (!window.is_object()) return "window";
  for (const std::string_view member : {"maxSize", "size", "gap"}) {
    const int64_t millis = MillisOf(TextAt(window, member));
    if (millis >= 0) return WindowDetail(millis);
  }
  return "window";
}

std::string JoinTypeText(JsonElement spec) {
  const std::string_view type = TextAt(spec, "joinType");
  return type == "INNER"   ? "inner"
         : type == "LEFT"  ? "left"
         : type == "RIGHT" ? "right"
         : type == "FULL"  ? "full"
         : type == "SEMI"  ? "semi"
         : type == "ANTI"  ? "anti"
                           : std::string(type);
}

class FlinkShapes {
 public:
  explicit FlinkShapes(FlinkPlan& plan) : plan_(plan) {}

  Status Add(FlinkNode node, JsonElement json) {
    std::vector<Flow> inputs;
    for (const int input : node.inputs) {
      const auto found = flows_.find(input);
      if (found == flows_.end()) return NoPlan("an input of a node comes behind it");
      inputs.push_back(found->second);
    }
    node_ = &node;
    json_ = json;
    inputs_ = std::move(inputs);
    std::optional<Flow> flow = Make();
    if (!flow) {
      return Status::External(fmt::format("a node of Flink's plan is of a kind that is not known "
                                          "here, and may keep state: {}",
                                          node.description))
          .WithId("E4010");
    }
    flow->columns.resize(FieldsOf(At(json, "outputType")).size());
    flows_.emplace(node.id, *std::move(flow));
    plan_.nodes.push_back(std::move(node));
    return {};
  }

 private:
  const Flow& Input(size_t i = 0) const {
    static const Flow kNothing;
    return i < inputs_.size() ? inputs_[i] : kNothing;
  }

  Flow AddState(Shape shape) {
    shape.name = node_->description;
    node_->shape = static_cast<int>(plan_.shapes.size());
    return AddShape(std::move(shape), inputs_, plan_.shapes);
  }
  Flow Through(Shape shape) {
    Flow flow = AddState(std::move(shape));
    flow.columns = Input().columns;
    return flow;
  }
  // A list of expressions over the input's columns.
  Flow Projected(const std::vector<JsonElement>& expressions) const {
    Flow flow{{}, Input().from, Input().literals, Input().expanded};
    for (const JsonElement expression : expressions) {
      std::vector<int> columns;
      ReadExpression(expression, columns, flow.literals);
      flow.columns.push_back(Union(Input(), columns));
    }
    return flow;
  }
  std::optional<Flow> Make() {
    const std::string& type = node_->type;
    if (type == "table-source-scan") return Source();
    if (type == "sink")
      return AddState({.kind = ShapeKind::kSink, .table = TableAt(json_, "dynamicTableSink")});
    if (type == "calc" || type == "python-calc" || type == "async-calc") return Calc();
    if (type == "expand") return Expand();
    if (type == "union" || type == "values") return Merged(inputs_);
    if (type == "correlate" || type == "python-correlate" || type == "async-correlate")
      return Correlated();
    if (type.ends_with("aggregate")) return Aggregate();
    if (type.ends_with("join") || type.ends_with("exchange")) return JoinOrExchange();
    if (type.ends_with("rank") || type.ends_with("deduplicate") || type.ends_with("limit"))
      return Rank();
    if (type == "changelog-normalize") return Normalize();
    if (type == "temporal-sort" || type == "sort")
      return Through({.kind = ShapeKind::kSort, .keys = {""}});
    if (type == "window-table-function") return Windows();
    if (type == "process-table-function") return Changelog();
    if (type == "match") return Match();
    constexpr std::string_view kStateless[] = {"watermark-assigner", "mini-batch-assigner",
                                               "drop-update-before"};
    const bool stateless = std::ranges::find(kStateless, type) != std::end(kStateless);
    return stateless ? std::optional<Flow>(Input()) : std::nullopt;
  }

  Flow Source() {
    const std::string table = TableAt(json_, "scanTableSource");
    Flow flow = AddState({.kind = ShapeKind::kSource, .table = table});
    for (const PlanField& field : FieldsOf(At(json_, "outputType")))
      flow.columns.push_back({fmt::format("{}.{}", table, field.name)});
    return flow;
  }
  Flow Calc() const {
    Flow flow = Projected(ListAt(json_, "projection"));
    std::vector<int> columns;
    if (Has(json_, "condition")) ReadExpression(At(json_, "condition"), columns, flow.literals);
    return flow;
  }
  Flow Expand() const {
    std::vector<Flow> flows;
    for (const std::vector<JsonElement>& set : ProjectsOf(json_)) flows.push_back(Projected(set));
    Flow flow = Merged(flows);
    flow.literals = Input().literals;  // those of the sets are their numbers
    flow.expanded = true;
    for (Flow& set : flows) flow.sets.push_back(std::move(set.columns));
    return flow;
  }
  Flow Correlated() const {
    Flow flow = Input();
    std::vector<int> columns;
    ReadExpression(At(json_, Has(json_, "functionCall") ? "functionCall" : "invocation"), columns,
                   flow.literals);
    const Origins made = Union(Input(), columns);
    flow.columns.resize(FieldsOf(At(json_, "outputType")).size(), made);
    return flow;
  }

  // TO_CHANGELOG, whose kind of change is its first column, and FROM_CHANGELOG. Others are users'.
  std::optional<Flow> Changelog() const {
    const std::string function = CalledBy(At(json_, "functionCall"));
    Flow flow = Input();
    if (function == "to_changelog") {
      flow.columns.insert(flow.columns.begin(), Origins());
      flow.columns.resize(FieldsOf(At(json_, "outputType")).size());
      return flow;
    }
    if (function != "from_changelog") return std::nullopt;
    const size_t code = CodeOf(json_);
    if (code < flow.columns.size())
      flow.columns.erase(flow.columns.begin() + static_cast<ptrdiff_t>(code));
    return flow;
  }

  Origins ReadBy(JsonElement call, const Flow& input) const {
    std::vector<int> columns = NumbersAt(call, "argList");
    columns.push_back(NumberAt(call, "filterArg"));
    return Union(input, columns);
  }
  std::string TextOf(JsonElement call, const Flow& input) const {
    return CallText(CalledBy(call), ReadBy(call, input), IsTrueAt(call, "distinct"),
                    NumberAt(call, "filterArg") >= 0);
  }
  // The calls of the second of two phases are over the input of the first one.
  std::optional<Flow> Aggregate() {
    const std::string& type = node_->type;
    if (type == "over-aggregate" || type == "python-over-aggregate") return Over();
    const std::vector<int> keys = PartitionOf(json_, type);
    const std::vector<JsonElement> calls = CallsOf(json_);
    const bool first = type.starts_with("local-") || type.starts_with("incremental-");
    const bool second = type.starts_with("global-") || type.starts_with("incremental-");
    const Flow* below = &Input();
    if (second && !node_->inputs.empty()) {
      const auto local = locals_.find(node_->inputs.front());
      if (local != locals_.end()) below = &local->second;
    }
    const Flow reads = *below;
    Flow flow{{}, Input().from, Input().literals, Input().expanded};
    const bool windowed = type.find("window-aggregate") != std::string::npos;
    if (!first) {
      Shape shape{.kind = windowed ? ShapeKind::kWindowAggregate : ShapeKind::kAggregate,
                  .keys = {KeyText(Input(), keys)},
                  .expanded = Input().expanded};
      for (const std::vector<Origins>& set : Input().sets) shape.sets.push_back(KeyText(set, keys));
      if (windowed) shape.details.insert(WindowText(json_));
      for (const JsonElement call : calls) shape.details.insert(TextOf(call, reads));
      flow = AddState(std::move(shape));
    } else {
      locals_[node_->id] = reads;
      for (const std::vector<Origins>& set : Input().sets) {
        flow.sets.emplace_back();
        for (const int key : keys) flow.sets.back().push_back(OriginsAt(set, key));
      }
    }
    for (const int key : keys) flow.columns.push_back(OriginsAt(Input(), key));
    for (const JsonElement call : calls) flow.columns.push_back(ReadBy(call, reads));
    if (windowed) flow.columns.resize(flow.columns.size() + 4, WindowTimes(reads));
    return flow;
  }
  // The origins of a window's bounds.
  Origins WindowTimes(const Flow& input) const {
    int column = -1;
    if (Has(json_, "windowing")) {
      const JsonElement windowing = At(json_, "windowing");
      column =
          std::max(NumberAt(windowing, "timeAttributeIndex"), NumberAt(windowing, "windowStart"));
      const int slice = NumberAt(windowing, "sliceEnd");
      if (column < 0 && slice >= 0) return OriginsAt(Input(), slice);
    }
    if (Has(json_, "window") && Has(At(json_, "window"), "timeField"))
      column = NumberAt(At(At(json_, "window"), "timeField"), "fieldIndex");
    return OriginsAt(input, column);
  }
  Flow Over() {
    const JsonElement spec = At(json_, "overSpec");
    const std::vector<int> partition = PartitionOf(json_, node_->type);
    Shape shape{.kind = ShapeKind::kOver, .keys = {KeyText(Input(), partition)}};
    std::vector<Origins> made;
    for (const JsonElement group : ListAt(spec, "groups")) {
      for (const JsonElement call : ListAt(group, "aggCalls")) {
        shape.details.insert(TextOf(call, Input()));
        made.push_back(ReadBy(call, Input()));
      }
    }
    Flow flow = Through(std::move(shape));
    flow.columns.insert(flow.columns.end(), made.begin(), made.end());
    return flow;
  }

  std::optional<Flow> JoinOrExchange() {
    const std::string& type = node_->type;
    if (type == "exchange") {
      const auto local = locals_.find(node_->inputs.empty() ? -1 : node_->inputs.front());
      if (local != locals_.end()) locals_[node_->id] = local->second;
      return Input();
    }
    if (type == "lookup-join") return Input();
    if (type == "multi-join") return MultiJoin();
    if (type == "delta-join") return std::nullopt;
    const JsonElement spec = JoinSpecOf(json_);
    if (spec.is_null()) return std::nullopt;
    Shape shape{.kind = ShapeKind::kJoin,
                .keys = {KeyText(Input(0), NumbersAt(spec, "leftKeys")),
                         KeyText(Input(1), NumbersAt(spec, "rightKeys"))},
                .details = {JoinTypeText(spec)}};
    if (type == "interval-join") shape.kind = ShapeKind::kIntervalJoin;
    if (type == "window-join") shape.kind = ShapeKind::kWindowJoin;
    if (type == "temporal-join") shape.kind = ShapeKind::kTemporalJoin;
    Flow flow = Joined(Input(0), Input(1));
    std::vector<int> columns;
    if (Has(spec, "nonEquiCondition"))
      ReadExpression(At(spec, "nonEquiCondition"), columns, shape.literals);
    flow.from = AddState(std::move(shape)).from;
    flow.literals.clear();
    return flow;
  }
  // Several joins in one node: each input is joined with those before it.
  Flow MultiJoin() {
    Shape shape{.kind = ShapeKind::kJoin};
    Flow all = Input();
    std::vector<int> begins{0};  // of the inputs' columns among all
    for (size_t i = 1; i < inputs_.size(); ++i) {
      begins.push_back(static_cast<int>(all.columns.size()));
      all = Joined(all, Input(i));
    }
    for (size_t i = 1; i < inputs_.size(); ++i) {
      std::vector<int> before, own;
      for (const JsonElement pair : ListAt(At(json_, "joinAttributeMap"), std::to_string(i))) {
        const size_t input = static_cast<size_t>(std::max(NumberAt(pair, "leftInputId"), 0));
        if (input < i) before.push_back(begins[input] + NumberAt(pair, "leftFieldIndex"));
        own.push_back(NumberAt(pair, "rightFieldIndex"));
      }
      shape.keys.push_back(KeyText(all, before));
      shape.keys.push_back(KeyText(Input(i), own));
    }
    std::vector<int> columns;
    ReadExpression(At(json_, "multiJoinCondition"), columns, shape.literals);
    all.from = AddState(std::move(shape)).from;
    all.literals.clear();
    return all;
  }
  std::optional<Flow> Rank() {
    const bool windowed = node_->type.starts_with("window-");
    Shape shape{.kind = windowed ? ShapeKind::kWindowRank : ShapeKind::kRank};
    shape.keys = {KeyText(Input(), PartitionOf(json_, node_->type))};
    if (Has(json_, "rankRange")) {
      const JsonElement range = At(json_, "rankRange");
      const std::vector<int> order = OrderAt(json_, windowed ? "sortSpec" : "orderBy");
      shape.details =
          RankDetails(NumberAt(range, "start"), NumberAt(range, "end"), Union(Input(), order));
    } else {
      shape.details = {IsTrueAt(json_, "keepLastRow") ? "last" : "first"};
    }
    return Through(std::move(shape));
  }
  Flow Normalize() {
    const std::set<int> below = Input().from;
    Flow flow = Through({.kind = ShapeKind::kNormalize,
                         .keys = {KeyText(Input(), PartitionOf(json_, node_->type))}});
    flow.from = below;
    return flow;
  }
  // Sessions wait for the rows between; other windows are told by the row alone.
  Flow Windows() {
    const JsonElement windowing = At(json_, "windowing");
    const JsonElement window = At(windowing, "window");
    const Origins times = WindowTimes(Input());
    Flow flow = Input();
    if (TextAt(window, "type") == "SessionWindow") {
      const std::vector<int> keys = PartitionOf(json_, node_->type);
      flow = Through({.kind = ShapeKind::kWindows, .keys = {KeyText(Input(), keys)}});
    }
    flow.columns.insert(flow.columns.end(), 3, times);
    return flow;
  }
  Flow Match() {
    const std::vector<int> partition = PartitionOf(json_, node_->type);
    Flow flow = AddState({.kind = ShapeKind::kMatch, .keys = {KeyText(Input(), partition)}});
    for (const int column : partition) flow.columns.push_back(OriginsAt(Input(), column));
    return flow;
  }

  FlinkPlan& plan_;
  FlinkNode* node_ = nullptr;
  JsonElement json_ = Null();
  std::vector<Flow> inputs_;
  std::unordered_map<int, Flow> flows_;
  std::unordered_map<int, Flow> locals_;  // the inputs of first phases, by those who read these
};

// A member of an object with its number replaced, or as it was.
std::string WithNumber(dom::key_value_pair member, std::initializer_list<std::string_view> names,
                       const std::map<int, int>& ids) {
  const bool replaced = std::ranges::find(names, member.key) != names.end();
  const auto found = replaced ? ids.find(NumberOf(member.value)) : ids.end();
  const std::string value =
      found == ids.end() ? simdjson::minify(member.value) : std::to_string(found->second);
  return fmt::format("\"{}\":{}", member.key, value);
}

std::string WithNumbers(JsonElement list, std::initializer_list<std::string_view> names,
                        const std::map<int, int>& ids) {
  dom::array array;
  if (list.get(array) != simdjson::SUCCESS) return simdjson::minify(list);
  std::string text = "[";
  for (const JsonElement one : array) {
    dom::object object;
    if (one.get(object) != simdjson::SUCCESS) continue;
    std::string members;
    for (const dom::key_value_pair member : object) {
      if (!members.empty()) members += ',';
      members += WithNumber(member, names, ids);
    }
    text += fmt::format("{}{{{}}}", text.size() > 1 ? ",\n" : "\n", members);
  }
  return text + "\n]";
}

std::string WithoutTables(JsonElement element) {
  dom::array list;
  dom::object object;
  std::string text;
  if (element.get(list) == simdjson::SUCCESS) {
    for (const JsonElement one : list) text += (text.empty() ? "" : ",") + WithoutTables(one);
    return fmt::format("[{}]", text);
  }
  if (element.get(object) != simdjson::SUCCESS) return simdjson::minify(element);
  for (const dom::key_value_pair member : object) {
    if (member.key == "resolvedTable") continue;
    text += fmt::format("{}\"{}\":{}", text.empty() ? "" : ",", member.key,
                        WithoutTables(member.value));
  }
  return fmt::format("{{{}}}", text);
}

}  // namespace

Result<FlinkPlan> ReadFlinkPlan(const std::string& json) {
  dom::parser parser;
  const JsonElement root = TRY(ParsePlan(parser, json));
  FlinkPlan plan;
  plan.version = TextAt(root, "flinkVersion");
  std::map<int, std::vector<int>> inputs = InputsOf(root);
  FlinkShapes shapes(plan);
  for (const JsonElement json_node : ListAt(root, "nodes")) {
    FlinkNode node;
    node.id = NumberAt(json_node, "id");
    node.type = TypeOf(TextAt(json_node, "type"));
    node.description = TextAt(json_node, "description");
    node.inputs = inputs[node.id];
    RETURN_IF_ERROR(shapes.Add(std::move(node), json_node));
  }
  NoteSinks(plan.shapes);
  return plan;
}

Result<std::string> Renumbered(const std::string& json, const std::map<int, int>& ids) {
  dom::parser parser;
  dom::object root;
  if (parser.parse(json).get(root) != simdjson::SUCCESS) return NoPlan("it is no JSON object");
  std::string text;
  for (const dom::key_value_pair member : root) {
    text += text.empty() ? "{" : ",\n";
    std::string value = simdjson::minify(member.value);
    if (member.key == "nodes") value = WithNumbers(member.value, {"id"}, ids);
    if (member.key == "edges") value = WithNumbers(member.value, {"source", "target"}, ids);
    text += fmt::format("\"{}\":{}", member.key, value);
  }
  return text + "}\n";
}

Result<std::string> WithoutTables(const std::string& json) {
  dom::parser parser;
  JsonElement root;
  if (parser.parse(json).get(root) != simdjson::SUCCESS) return NoPlan("it is no JSON");
  return WithoutTables(root);
}

}  // namespace weir::shell::flink
