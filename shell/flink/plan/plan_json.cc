#include "shell/flink/plan/plan_json.h"

#include <fmt/format.h>

#include <algorithm>

#include "shell/flink/plan/shape.h"

namespace weir::shell::flink {

Status NoPlan(std::string_view why) {
  return Status::External(fmt::format("Flink's plan cannot be read: {}", why)).WithId("E4010");
}

Result<JsonElement> ParsePlan(simdjson::dom::parser& parser, const std::string& json) {
  constexpr size_t kLargest = 64 << 20;
  if (json.size() > kLargest) return NoPlan("it is larger than 64 MB");
  JsonElement root;
  const simdjson::error_code error = parser.parse(json).get(root);
  if (error != simdjson::SUCCESS) return NoPlan(simdjson::error_message(error));
  if (!root.is_object() || !Has(root, "nodes") || !Has(root, "edges"))
    return NoPlan("it has no nodes or edges");
  return root;
}

std::map<int, std::vector<int>> InputsOf(JsonElement root) {
  std::map<int, std::vector<int>> inputs;
  for (const JsonElement edge : ListAt(root, "edges"))
    inputs[NumberAt(edge, "target")].push_back(NumberAt(edge, "source"));
  return inputs;
}

// Of a document that is never gone.
JsonElement Null() {
  static simdjson::dom::parser parser;
  static const JsonElement null = parser.parse(std::string_view("null")).value();
  return null;
}

JsonElement At(JsonElement object, std::string_view member) {
  JsonElement value;
  return object.at_key(member).get(value) == simdjson::SUCCESS ? value : Null();
}

bool Has(JsonElement object, std::string_view member) {
  return !At(object, member).is_null();
}

std::string_view TextAt(JsonElement object, std::string_view member) {
  std::string_view text;
  return At(object, member).get(text) == simdjson::SUCCESS ? text : "";
}

bool IsTrueAt(JsonElement object, std::string_view member) {
  bool value = false;
  return At(object, member).get(value) == simdjson::SUCCESS && value;
}

int NumberOf(JsonElement value) {
  int64_t number = 0;
  return value.get(number) == simdjson::SUCCESS ? static_cast<int>(number) : -1;
}

int NumberAt(JsonElement object, std::string_view member) {
  return NumberOf(At(object, member));
}

std::vector<JsonElement> ListAt(JsonElement object, std::string_view member) {
  simdjson::dom::array list;
  if (At(object, member).get(list) != simdjson::SUCCESS) return {};
  return {list.begin(), list.end()};
}

std::vector<int> NumbersAt(JsonElement object, std::string_view member) {
  std::vector<int> numbers;
  for (const JsonElement one : ListAt(object, member)) numbers.push_back(NumberOf(one));
  return numbers;
}

std::vector<int> FieldsAt(JsonElement object, std::string_view member) {
  return Has(object, member) ? NumbersAt(At(object, member), "fields") : std::vector<int>();
}

std::vector<int> OrderAt(JsonElement object, std::string_view member) {
  std::vector<int> columns;
  if (!Has(object, member)) return columns;
  for (const JsonElement field : ListAt(At(object, member), "fields"))
    columns.push_back(NumberAt(field, "index"));
  return columns;
}

std::vector<PlanField> FieldsOf(JsonElement type) {
  std::vector<PlanField> fields;
  for (const JsonElement field : ListAt(type, "fields")) {
    std::string_view text;
    const JsonElement of = At(field, "fieldType");
    const bool plain = of.get(text) == simdjson::SUCCESS;
    fields.push_back({std::string(TextAt(field, "name")),
                      plain ? std::string(text) : std::string(simdjson::minify(of))});
  }
  std::string_view text;
  if (type.get(text) != simdjson::SUCCESS) return fields;
  // A field's type ends at the comma or bracket of its own depth.
  int depth = 0;
  size_t begin = std::string_view::npos;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool opens = text[i] == '<' || text[i] == '(';
    const bool closes = text[i] == '>' || text[i] == ')';
    const bool ends = depth == 1 && (closes || text[i] == ',');
    if (ends && begin != std::string_view::npos) {
      fields.back().type = text.substr(begin, i - begin);
      begin = std::string_view::npos;
    }
    depth += opens ? 1 : closes ? -1 : 0;
    if (text[i] != '`') continue;
    const size_t end = std::min(text.find('`', i + 1), text.size());
    if (depth == 1) {
      fields.push_back({std::string(text.substr(i + 1, end - i - 1)), ""});
      begin = std::min(end + 2, text.size());
    }
    i = end;
  }
  return fields;
}

std::string TypeOf(std::string_view type) {
  constexpr std::string_view kStream = "stream-exec-";
  if (type.starts_with(kStream)) type.remove_prefix(kStream.size());
  return std::string(type.substr(0, type.rfind('_')));
}

std::string FunctionName(std::string_view name) {
  std::string word;
  const size_t begin = std::min(name.find_first_not_of('$'), name.size());
  for (const char c : name.substr(begin, name.find('$', begin) - begin))
    word += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return word == "sum0" ? "sum" : word;
}

std::string TableAt(JsonElement node, std::string_view member) {
  if (!Has(node, member)) return "";
  return LastPart(TextAt(At(At(node, member), "table"), "identifier"));
}

JsonElement JoinSpecOf(JsonElement node) {
  const bool by_time = Has(node, "intervalJoinSpec");
  return At(by_time ? At(node, "intervalJoinSpec") : node, "joinSpec");
}

std::vector<std::vector<JsonElement>> ProjectsOf(JsonElement node) {
  std::vector<std::vector<JsonElement>> sets;
  for (const JsonElement project : ListAt(node, "projects")) {
    simdjson::dom::array list;
    if (project.get(list) == simdjson::SUCCESS) sets.emplace_back(list.begin(), list.end());
  }
  return sets;
}

std::string CalledBy(JsonElement call) {
  const std::string_view internal = TextAt(call, "internalName");
  return FunctionName(internal.empty() ? TextAt(call, "catalogName") : internal);
}

std::vector<int> PartitionOf(JsonElement node, std::string_view type) {
  if (type.ends_with("over-aggregate")) return FieldsAt(At(node, "overSpec"), "partition");
  if (type.starts_with("incremental-")) return NumbersAt(node, "finalAggGrouping");
  if (type.ends_with("aggregate")) return NumbersAt(node, "grouping");
  if (type == "deduplicate" || type == "changelog-normalize") return NumbersAt(node, "uniqueKeys");
  if (type == "window-deduplicate") return NumbersAt(node, "partitionKeys");
  if (type == "window-rank") return FieldsAt(node, "partitionSpec");
  if (type == "match") return FieldsAt(At(node, "matchSpec"), "partition");
  if (type == "window-table-function")
    return NumbersAt(At(At(node, "windowing"), "window"), "partition_key_indices");
  return FieldsAt(node, "partition");
}

size_t CodeOf(JsonElement node) {
  const std::vector<JsonElement> operands = ListAt(At(node, "functionCall"), "operands");
  if (operands.empty()) return 0;
  const std::vector<PlanField> before = FieldsOf(At(operands.front(), "type"));
  const std::vector<PlanField> behind = FieldsOf(At(node, "outputType"));
  size_t code = 0;
  while (code < behind.size() && code < before.size() && before[code].name == behind[code].name)
    ++code;
  return code;
}

std::vector<JsonElement> CallsOf(JsonElement node) {
  return ListAt(node, Has(node, "aggCalls") ? "aggCalls" : "partialOriginalAggCalls");
}

}  // namespace weir::shell::flink
