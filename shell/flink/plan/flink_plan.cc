#include "shell/flink/plan/flink_plan.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace weir::shell::flink {
namespace {

namespace dom = simdjson::dom;

constexpr size_t kLargestPlan = 64 << 20;

Status NoPlan(std::string_view why) {
  return Status::External(fmt::format("Flink's plan cannot be read: {}", why)).WithId("E4010");
}

// An element that is null, of a document that is never gone.
dom::element Null() {
  static dom::parser parser;
  static const dom::element null = parser.parse(std::string_view("null")).value();
  return null;
}

// Members that are not there are null elements, numbers -1, texts "".
dom::element At(dom::element object, std::string_view member) {
  dom::element value;
  return object.at_key(member).get(value) == simdjson::SUCCESS ? value : Null();
}
bool Has(dom::element object, std::string_view member) {
  return !At(object, member).is_null();
}
std::string_view TextAt(dom::element object, std::string_view member) {
  std::string_view text;
  return At(object, member).get(text) == simdjson::SUCCESS ? text : "";
}
bool IsTrueAt(dom::element object, std::string_view member) {
  bool value = false;
  return At(object, member).get(value) == simdjson::SUCCESS && value;
}
int NumberOf(dom::element value) {
  int64_t number = 0;
  return value.get(number) == simdjson::SUCCESS ? static_cast<int>(number) : -1;
}
int NumberAt(dom::element object, std::string_view member) {
  return NumberOf(At(object, member));
}
std::vector<dom::element> ListAt(dom::element object, std::string_view member) {
  dom::array list;
  if (At(object, member).get(list) != simdjson::SUCCESS) return {};
  return {list.begin(), list.end()};
}
std::vector<int> NumbersAt(dom::element object, std::string_view member) {
  std::vector<int> numbers;
  for (const dom::element one : ListAt(object, member)) numbers.push_back(NumberOf(one));
  return numbers;
}
std::vector<int> FieldsAt(dom::element object, std::string_view member) {
  return Has(object, member) ? NumbersAt(At(object, member), "fields") : std::vector<int>();
}
std::vector<int> OrderAt(dom::element object, std::string_view member) {
  std::vector<int> columns;
  if (!Has(object, member)) return columns;
  for (const dom::element field : ListAt(At(object, member), "fields"))
    columns.push_back(NumberAt(field, "index"));
  return columns;
}

// The names of the fields of "ROW<`a` INT, `b` ROW<`c` INT>>", or of the object that stands for it.
std::vector<std::string> FieldNames(dom::element type) {
  std::vector<std::string> names;
  for (const dom::element field : ListAt(type, "fields")) names.emplace_back(TextAt(field, "name"));
  std::string_view text;
  if (type.get(text) != simdjson::SUCCESS) return names;
  int depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '<' || text[i] == '(') ++depth;
    if (text[i] == '>' || text[i] == ')') --depth;
    if (text[i] != '`') continue;
    const size_t end = std::min(text.find('`', i + 1), text.size());
    if (depth == 1) names.emplace_back(text.substr(i + 1, end - i - 1));
    i = end;
  }
  return names;
}

// The columns that an expression reads, and its literals.
void ReadExpression(dom::element expression, std::vector<int>& columns,
                    std::set<std::string>& literals) {
  dom::array list;
  dom::object object;
  if (expression.get(list) == simdjson::SUCCESS) {
    for (const dom::element one : list) ReadExpression(one, columns, literals);
  } else if (expression.get(object) == simdjson::SUCCESS) {
    const dom::element of = At(expression, "expr");
    if (TextAt(of, "kind") == "CORREL_VARIABLE") {  // a column of the row around
      const std::vector<std::string> fields = FieldNames(At(of, "type"));
      const auto found = std::ranges::find(fields, TextAt(expression, "name"));
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
  }
}

// "stream-exec-global-group-aggregate_1" is "global-group-aggregate".
std::string TypeOf(std::string_view type) {
  constexpr std::string_view kStream = "stream-exec-";
  if (type.starts_with(kStream)) type.remove_prefix(kStream.size());
  return std::string(type.substr(0, type.rfind('_')));
}

// "$SUM$1", "$$SUM0$1" and "SUM" are "sum".
std::string FunctionName(std::string_view name) {
  std::string word;
  const size_t begin = std::min(name.find_first_not_of('$'), name.size());
  for (const char c : name.substr(begin, name.find('$', begin) - begin))
    word += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return word == "sum0" ? "sum" : word;
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
std::string WindowText(dom::element node) {
  dom::element window = Null();
  if (Has(node, "window")) window = At(node, "window");
  if (Has(node, "windowing")) window = At(At(node, "windowing"), "window");
  if (!window.is_object()) return "window";
  for (const std::string_view member : {"maxSize", "size", "gap"}) {
    const int64_t millis = MillisOf(TextAt(window, member));
    if (millis >= 0) return WindowDetail(millis);
  }
  return "window";
}

std::string JoinTypeText(dom::element spec) {
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

  Status Add(FlinkNode node, dom::element json) {
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
    flow->columns.resize(FieldNames(At(json, "outputType")).size());
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
  Flow Projected(const std::vector<dom::element>& expressions) const {
    Flow flow{{}, Input().from, Input().literals, Input().expanded};
    for (const dom::element expression : expressions) {
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
      return AddState({.kind = ShapeKind::kSink, .table = TableAt("dynamicTableSink")});
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
    if (type == "match") return Match();
    constexpr std::string_view kStateless[] = {"watermark-assigner", "mini-batch-assigner",
                                               "drop-update-before"};
    const bool stateless = std::ranges::find(kStateless, type) != std::end(kStateless);
    return stateless ? std::optional<Flow>(Input()) : std::nullopt;
  }

  std::string TableAt(std::string_view member) const {
    if (!Has(json_, member)) return "";
    return LastPart(TextAt(At(At(json_, member), "table"), "identifier"));
  }
  Flow Source() {
    const std::string table = TableAt("scanTableSource");
    Flow flow = AddState({.kind = ShapeKind::kSource, .table = table});
    for (const std::string& name : FieldNames(At(json_, "outputType")))
      flow.columns.push_back({fmt::format("{}.{}", table, name)});
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
    for (const dom::element project : ListAt(json_, "projects")) {
      dom::array list;
      if (project.get(list) == simdjson::SUCCESS)
        flows.push_back(Projected({list.begin(), list.end()}));
    }
    Flow flow = Merged(flows);
    flow.expanded = true;
    return flow;
  }
  Flow Correlated() const {
    Flow flow = Input();
    std::vector<int> columns;
    ReadExpression(At(json_, Has(json_, "functionCall") ? "functionCall" : "invocation"), columns,
                   flow.literals);
    const Origins made = Union(Input(), columns);
    flow.columns.resize(FieldNames(At(json_, "outputType")).size(), made);
    return flow;
  }

  Origins ReadBy(dom::element call, const Flow& input) const {
    std::vector<int> columns = NumbersAt(call, "argList");
    columns.push_back(NumberAt(call, "filterArg"));
    return Union(input, columns);
  }
  std::string TextOf(dom::element call, const Flow& input) const {
    const std::string_view internal = TextAt(call, "internalName");
    const std::string_view name = internal.empty() ? TextAt(call, "catalogName") : internal;
    return CallText(FunctionName(name), ReadBy(call, input), IsTrueAt(call, "distinct"),
                    NumberAt(call, "filterArg") >= 0);
  }
  // The calls of the second of two phases are over the input of the first one.
  std::optional<Flow> Aggregate() {
    const std::string& type = node_->type;
    if (type == "over-aggregate" || type == "python-over-aggregate") return Over();
    const std::vector<int> keys = NumbersAt(json_, "grouping");
    const std::vector<dom::element> calls = ListAt(json_, "aggCalls");
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
      if (windowed) shape.details.insert(WindowText(json_));
      for (const dom::element call : calls) shape.details.insert(TextOf(call, reads));
      flow = AddState(std::move(shape));
    } else {
      locals_[node_->id] = reads;
    }
    for (const int key : keys) flow.columns.push_back(OriginsAt(Input(), key));
    for (const dom::element call : calls) flow.columns.push_back(ReadBy(call, reads));
    if (windowed) flow.columns.resize(flow.columns.size() + 4, WindowTimes(reads));
    return flow;
  }
  // The origins of a window's bounds.
  Origins WindowTimes(const Flow& input) const {
    int column = -1;
    if (Has(json_, "windowing")) {
      const dom::element windowing = At(json_, "windowing");
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
    const dom::element spec = At(json_, "overSpec");
    Shape shape{.kind = ShapeKind::kOver, .keys = {KeyText(Input(), FieldsAt(spec, "partition"))}};
    std::vector<Origins> made;
    for (const dom::element group : ListAt(spec, "groups")) {
      for (const dom::element call : ListAt(group, "aggCalls")) {
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
    if (type == "multi-join" || type == "delta-join") return std::nullopt;
    dom::element spec = json_;
    if (Has(json_, "intervalJoinSpec")) spec = At(json_, "intervalJoinSpec");
    if (!Has(spec, "joinSpec")) return std::nullopt;
    spec = At(spec, "joinSpec");
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
  std::optional<Flow> Rank() {
    const bool windowed = node_->type.starts_with("window-");
    Shape shape{.kind = windowed ? ShapeKind::kWindowRank : ShapeKind::kRank};
    std::vector<int> partition = FieldsAt(json_, windowed ? "partitionSpec" : "partition");
    if (node_->type == "deduplicate") partition = NumbersAt(json_, "uniqueKeys");
    if (node_->type == "window-deduplicate") partition = NumbersAt(json_, "partitionKeys");
    shape.keys = {KeyText(Input(), partition)};
    if (Has(json_, "rankRange")) {
      const dom::element range = At(json_, "rankRange");
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
                         .keys = {KeyText(Input(), NumbersAt(json_, "uniqueKeys"))}});
    flow.from = below;
    return flow;
  }
  // Sessions wait for the rows between; other windows are told by the row alone.
  Flow Windows() {
    const dom::element windowing = At(json_, "windowing");
    const dom::element window = At(windowing, "window");
    const Origins times = WindowTimes(Input());
    Flow flow = Input();
    if (TextAt(window, "type") == "SessionWindow") {
      const std::vector<int> keys = NumbersAt(window, "partition_key_indices");
      flow = Through({.kind = ShapeKind::kWindows, .keys = {KeyText(Input(), keys)}});
    }
    flow.columns.insert(flow.columns.end(), 3, times);
    return flow;
  }
  Flow Match() {
    const std::vector<int> partition = FieldsAt(At(json_, "matchSpec"), "partition");
    Flow flow = AddState({.kind = ShapeKind::kMatch, .keys = {KeyText(Input(), partition)}});
    for (const int column : partition) flow.columns.push_back(OriginsAt(Input(), column));
    return flow;
  }

  FlinkPlan& plan_;
  FlinkNode* node_ = nullptr;
  dom::element json_ = Null();
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

std::string WithNumbers(dom::element list, std::initializer_list<std::string_view> names,
                        const std::map<int, int>& ids) {
  dom::array array;
  if (list.get(array) != simdjson::SUCCESS) return simdjson::minify(list);
  std::string text = "[";
  for (const dom::element one : array) {
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

}  // namespace

Result<FlinkPlan> ReadFlinkPlan(const std::string& json) {
  if (json.size() > kLargestPlan) return NoPlan("it is larger than 64 MB");
  dom::parser parser;
  dom::element root;
  const simdjson::error_code error = parser.parse(json).get(root);
  if (error != simdjson::SUCCESS) return NoPlan(simdjson::error_message(error));
  if (!root.is_object() || !Has(root, "nodes") || !Has(root, "edges"))
    return NoPlan("it has no nodes or edges");
  FlinkPlan plan;
  plan.version = TextAt(root, "flinkVersion");
  std::map<int, std::vector<int>> inputs;
  for (const dom::element edge : ListAt(root, "edges"))
    inputs[NumberAt(edge, "target")].push_back(NumberAt(edge, "source"));
  FlinkShapes shapes(plan);
  for (const dom::element json_node : ListAt(root, "nodes")) {
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

}  // namespace weir::shell::flink
