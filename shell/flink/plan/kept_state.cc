#include "shell/flink/plan/kept_state.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "runtime/base/hash.h"
#include "shell/flink/plan/plan_json.h"
#include "shell/flink/plan/shape.h"

namespace weir::shell::flink {
namespace {

using Columns = std::vector<KeptColumn>;

// Texts of columns of columns grow with the plan's depth; behind this length their hash says the
// same.
constexpr size_t kLongestText = 400;

std::string Shortened(std::string text) {
  if (text.size() <= kLongestText) return text;
  const uint64_t hash = Hash64(text.data(), text.size());
  return fmt::format("{}…{:016x}", text.substr(0, kLongestText / 4), hash);
}

const KeptColumn& ColumnAt(const Columns& columns, int i) {
  static const KeptColumn kNone;
  const bool there = i >= 0 && static_cast<size_t>(i) < columns.size();
  return there ? columns[static_cast<size_t>(i)] : kNone;
}

std::string TypeText(JsonElement type) {
  std::string_view text;
  if (type.get(text) == simdjson::SUCCESS) return std::string(text);
  return simdjson::minify(type);
}

// An expression with the columns that it reads written out.
std::string TextOf(JsonElement expression, const Columns& input) {
  simdjson::dom::array list;
  if (expression.get(list) == simdjson::SUCCESS) {
    std::vector<std::string> parts;
    for (const JsonElement one : list) parts.push_back(TextOf(one, input));
    return fmt::format("[{}]", fmt::join(parts, ", "));
  }
  simdjson::dom::object object;
  if (expression.get(object) != simdjson::SUCCESS) return simdjson::minify(expression);
  const std::string_view kind = TextAt(expression, "kind");
  if (kind == "INPUT_REF") return ColumnAt(input, NumberAt(expression, "inputIndex")).text;
  if (kind == "LITERAL") return simdjson::minify(At(expression, "value"));
  std::vector<std::string> parts;
  std::string_view name;
  for (const simdjson::dom::key_value_pair member : object) {
    if (member.key == "type" || member.key == "kind" || member.key == "syntax") continue;
    if (member.key.ends_with("Name") || member.key == "sqlKind") {
      name = TextAt(expression, member.key);
    } else if (member.key == "operands") {
      for (const JsonElement operand : ListAt(expression, "operands"))
        parts.push_back(TextOf(operand, input));
    } else {
      parts.push_back(fmt::format("{} {}", member.key, TextOf(member.value, input)));
    }
  }
  const std::string function = FunctionName(name);
  // Of other calls the type follows from those of the operands.
  if (function.find("cast") != std::string::npos)
    parts.push_back(fmt::format("AS {}", TypeText(At(expression, "type"))));
  return fmt::format("{}({})", function, fmt::join(parts, ", "));
}

Columns Concatenated(const std::vector<Columns>& inputs) {
  Columns all;
  for (const Columns& input : inputs) all.insert(all.end(), input.begin(), input.end());
  return all;
}

// A column that comes from several inputs, whose order is no matter.
Columns United(const std::vector<Columns>& inputs) {
  Columns united;
  if (inputs.empty()) return united;
  for (size_t i = 0; i < inputs.front().size(); ++i) {
    std::set<std::string> texts;
    for (const Columns& input : inputs) texts.insert(ColumnAt(input, static_cast<int>(i)).text);
    united.push_back({fmt::format("{}", fmt::join(texts, " | ")), ""});
  }
  return united;
}

// The order of rows by these fields, with their columns written out.
std::string OrderText(JsonElement order, const Columns& input) {
  std::vector<std::string> parts;
  for (const JsonElement field : ListAt(order, "fields")) {
    const KeptColumn& column = ColumnAt(input, NumberAt(field, "index"));
    parts.push_back(fmt::format("{} {}{}{}", column.text, column.type,
                                IsTrueAt(field, "isAscending") ? "" : " DESC",
                                IsTrueAt(field, "nullIsLast") ? " NULLS LAST" : ""));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

// Whether nodes of this kind keep whole rows of their inputs.
bool KeepsRows(std::string_view type) {
  constexpr std::string_view kKinds[] = {"join",      "rank",           "deduplicate",
                                         "normalize", "sort",           "limit",
                                         "match",     "over-aggregate", "window-table-function"};
  return type != "lookup-join" &&
         std::ranges::any_of(kKinds, [&](std::string_view kind) { return type.ends_with(kind); });
}

// A window without the places of its columns, which are known by what they are.
std::string WindowingText(JsonElement windowing) {
  return fmt::format("{} {}", TextAt(windowing, "strategy"),
                     std::string(simdjson::minify(At(windowing, "window"))));
}

class KeptReader {
 public:
  explicit KeptReader(std::map<int, KeptState>& kept) : kept_(kept) {}

  void Add(int id, std::vector<int> inputs, JsonElement json) {
    json_ = json;
    type_ = TypeOf(TextAt(json, "type"));
    inputs_.clear();
    conditions_.clear();
    for (const int input : inputs) {
      inputs_.push_back(columns_[input]);
      conditions_.merge(std::set(passed_[input]));
    }
    // Of aggregates in phases: the calls of later ones are over the input of the first. The middle
    // one keeps distinct values.
    const bool local = type_.starts_with("local-");
    const bool middle = type_.starts_with("incremental-");
    const int below = inputs.empty() ? -1 : inputs.front();
    const bool follows = middle || type_.starts_with("global-") || type_ == "exchange";
    called_ = follows && locals_.contains(below) ? locals_[below] : Input();
    if (local || middle || (type_ == "exchange" && locals_.contains(below))) locals_[id] = called_;
    const bool keeps = !local && (KeepsRows(type_) || type_.ends_with("aggregate") ||
                                  type_ == "sink" || type_ == "table-source-scan");
    if (keeps) kept_[id] = Kept();
    Columns columns = Made();
    const std::vector<PlanField> fields = FieldsOf(At(json, "outputType"));
    columns.resize(fields.size());
    for (size_t i = 0; i < fields.size(); ++i) {
      columns[i].type = fields[i].type;
      std::string& text = columns[i].text;
      text = text.empty() ? fmt::format("{}.{}", type_, fields[i].name) : Shortened(text);
    }
    columns_[id] = std::move(columns);
    passed_[id] = keeps ? PassedAtSource() : Passed();
  }

 private:
  const Columns& Input() const {
    static const Columns kNone;
    return inputs_.empty() ? kNone : inputs_.front();
  }

  Columns Projected(const std::vector<JsonElement>& expressions) const {
    Columns columns;
    for (const JsonElement expression : expressions)
      columns.push_back({TextOf(expression, Input()), ""});
    return columns;
  }

  Columns Calls() const {
    Columns calls;
    std::vector<JsonElement> all = CallsOf(json_);
    for (const JsonElement group : ListAt(At(json_, "overSpec"), "groups")) {
      for (const JsonElement call : ListAt(group, "aggCalls")) all.push_back(call);
    }
    const bool middle = type_.starts_with("incremental-");
    const std::vector<JsonElement> retracts =
        ListAt(json_, middle ? "partialAggCallNeedRetractions" : "aggCallNeedRetractions");
    for (const JsonElement call : all) {
      std::vector<std::string> arguments;
      std::string types;  // an accumulator may be of its argument's type, whatever the result's is
      for (const int argument : NumbersAt(call, "argList")) {
        const KeptColumn& column = ColumnAt(called_, argument);
        arguments.push_back(column.text);
        types += column.type + ", ";
      }
      std::string text =
          fmt::format("{}({}{})", CalledBy(call), IsTrueAt(call, "distinct") ? "distinct " : "",
                      fmt::join(arguments, ", "));
      const int filter = NumberAt(call, "filterArg");
      if (filter >= 0) text += fmt::format(" filter ({})", ColumnAt(called_, filter).text);
      bool takes_back = false;
      const size_t place = calls.size();
      if (place < retracts.size() && retracts[place].get(takes_back) != simdjson::SUCCESS)
        takes_back = false;
      calls.push_back({Shortened(text), fmt::format("{}{}{}", types, TypeText(At(call, "type")),
                                                    takes_back ? " with retraction" : "")});
    }
    return calls;
  }

  // The columns that come out; those that are not said are named by the node.
  Columns Made() const {
    if (type_ == "table-source-scan") return Scanned();
    if (type_.ends_with("calc")) return Projected(ListAt(json_, "projection"));
    if (type_ == "expand") {
      std::vector<Columns> sets;
      for (const std::vector<JsonElement>& set : ProjectsOf(json_)) sets.push_back(Projected(set));
      return United(sets);
    }
    if (type_ == "union") return United(inputs_);
    if (type_.ends_with("correlate")) {
      Columns columns = Input();
      const JsonElement call =
          At(json_, Has(json_, "functionCall") ? "functionCall" : "invocation");
      const std::string text = TextOf(call, Input());
      for (size_t i = columns.size(); i < FieldsOf(At(json_, "outputType")).size(); ++i)
        columns.push_back({fmt::format("{}[{}]", text, i - Input().size()), ""});
      return columns;
    }
    if (type_ == "process-table-function") return Changelog();
    if (type_.ends_with("over-aggregate")) return Concatenated({Input(), Calls()});
    if (type_.ends_with("aggregate"))
      return Concatenated({ColumnsAt(PartitionOf(json_, type_)), Calls()});
    return Concatenated(inputs_);
  }

  // What changes there are, and what codes stand for, is part of what every column is.
  Columns Changelog() const {
    const JsonElement call = At(json_, "functionCall");
    const std::string text = TextOf(call, Input());
    Columns columns = Input();
    if (CalledBy(call) == "to_changelog") {
      columns.insert(columns.begin(), {"", ""});
    } else if (const size_t code = CodeOf(json_); code < columns.size()) {
      columns.erase(columns.begin() + static_cast<ptrdiff_t>(code));
    }
    for (KeptColumn& column : columns)
      column = {Shortened(fmt::format("{}[{}]", text, column.text)), ""};
    return columns;
  }

  Columns Scanned() const {
    const std::string table = TableAt(json_, "scanTableSource");
    Columns columns;
    for (const PlanField& field : FieldsOf(At(json_, "outputType")))
      columns.push_back({fmt::format("{}.{}", table, field.name), ""});
    return columns;
  }
  Columns ColumnsAt(const std::vector<int>& places) const {
    Columns columns;
    for (const int place : places) columns.push_back(ColumnAt(Input(), place));
    return columns;
  }

  std::set<std::string> Passed() {
    if (Has(json_, "condition"))
      conditions_.insert(Shortened(TextOf(At(json_, "condition"), Input())));
    return std::move(conditions_);
  }
  // What a source was told to leave out.
  std::set<std::string> PassedAtSource() const {
    std::set<std::string> conditions;
    for (const JsonElement ability : ListAt(At(json_, "scanTableSource"), "abilities")) {
      const std::string_view kind = TextAt(ability, "type");
      if (kind == "FilterPushDown" || kind == "PartitionPushDown" || kind == "LimitPushDown")
        conditions.insert(Shortened(std::string(simdjson::minify(ability))));
    }
    return conditions;
  }

  KeptState Kept() {
    KeptState kept;
    kept.conditions = conditions_;
    const JsonElement join = JoinSpecOf(json_);
    if (join.is_object()) {
      AddJoin(join, kept);
    } else {
      // A set of columns, whose order is Flink's own.
      kept.keys = ColumnsAt(PartitionOf(json_, type_));
    }
    if (KeepsRows(type_)) kept.columns = Concatenated(inputs_);
    if (type_.ends_with("aggregate")) kept.calls = Calls();
    AddTraits(kept);
    return kept;
  }

  void AddJoin(JsonElement join, KeptState& kept) const {
    for (size_t side = 0; side < std::min<size_t>(inputs_.size(), 2); ++side) {
      for (const int key : NumbersAt(join, side == 0 ? "leftKeys" : "rightKeys"))
        kept.keys.push_back(ColumnAt(inputs_[side], key));
      const std::string_view unique = side == 0 ? "leftUpsertKeys" : "rightUpsertKeys";
      std::set<std::string> keys;
      for (const JsonElement one : ListAt(json_, unique)) keys.insert(simdjson::minify(one));
      kept.traits[side == 0 ? "the left unique keys" : "the right unique keys"] =
          fmt::format("{}", fmt::join(keys, ", "));
    }
    kept.traits["the kind of join"] = TextAt(join, "joinType");
  }

  void AddTraits(KeptState& kept) const {
    constexpr std::pair<std::string_view, std::string_view> kMembers[] = {
        {"needRetraction", "whether its input takes rows back"},
        {"rankRange", "the range of ranks"},
        {"rankType", "the kind of rank"},
        {"keepLastRow", "whether the last row is kept"},
        {"isRowtime", "the kind of time"},
        {"window", "the window"},
        {"windowing", "the window"},
        {"joinTypes", "the kinds of joins"},
        {"inputUniqueKeys", "the inputs' unique keys"},
        {"requireUpsertMaterialize", "whether the sink keeps its rows"},
        {"upsertMaterializeStrategy", "how the sink keeps its rows"},
    };
    for (const auto& [member, words] : kMembers) {
      if (!Has(json_, member)) continue;
      const JsonElement of = At(json_, member);
      kept.traits[std::string(words)] =
          member == "windowing" ? WindowingText(of) : std::string(simdjson::minify(of));
    }
    if (Has(json_, "rankStrategy"))
      kept.traits["how the rank is kept up"] = TextAt(At(json_, "rankStrategy"), "type");
    for (const std::string_view member : {"orderBy", "sortSpec"}) {
      if (Has(json_, member)) kept.traits["the order"] = OrderText(At(json_, member), Input());
    }
    if (type_ == "multi-join")
      kept.traits["the keys of the joins"] = simdjson::minify(At(json_, "joinAttributeMap"));
    if (type_ == "match") {
      const JsonElement spec = At(json_, "matchSpec");
      for (const std::string_view member : {"pattern", "patternDefinitions", "after", "within"})
        kept.traits["the pattern"] += TextOf(At(spec, member), Input());
    }
    std::string frames;
    for (const JsonElement group : ListAt(At(json_, "overSpec"), "groups")) {
      frames += fmt::format("{} rows={} {} to {}; ", OrderText(At(group, "orderBy"), Input()),
                            IsTrueAt(group, "isRows"), TextOf(At(group, "lowerBound"), Input()),
                            TextOf(At(group, "upperBound"), Input()));
    }
    if (!frames.empty()) kept.traits["the frames"] = frames;
    if (type_ == "sink" && IsTrueAt(json_, "requireUpsertMaterialize")) AddMaterializer(kept);
  }

  // Rows are kept by the table's key, and told apart by that of the query.
  void AddMaterializer(KeptState& kept) const {
    kept.columns = Input();
    JsonElement table = At(json_, "dynamicTableSink");
    for (const std::string_view member : {"table", "resolvedTable", "schema", "primaryKey"})
      table = At(table, member);
    kept.traits["the PRIMARY KEY of the table"] = simdjson::minify(At(table, "columns"));
    kept.traits["the key of what is written"] = simdjson::minify(At(json_, "inputUpsertKey"));
    if (Has(json_, "conflictStrategy"))
      kept.traits["what becomes of conflicts"] = simdjson::minify(At(json_, "conflictStrategy"));
  }

  std::map<int, KeptState>& kept_;
  JsonElement json_ = Null();
  std::string type_;
  std::vector<Columns> inputs_;
  Columns called_;  // what its calls are over
  std::set<std::string> conditions_;
  std::unordered_map<int, Columns> columns_, locals_;
  std::unordered_map<int, std::set<std::string>> passed_;
};

}  // namespace

Result<std::map<int, KeptState>> ReadKeptStates(const std::string& json) {
  simdjson::dom::parser parser;
  const JsonElement root = TRY(ParsePlan(parser, json));
  std::map<int, std::vector<int>> inputs = InputsOf(root);
  std::map<int, KeptState> kept;
  KeptReader reader(kept);
  for (const JsonElement node : ListAt(root, "nodes")) {
    const int id = NumberAt(node, "id");
    reader.Add(id, inputs[id], node);
  }
  return kept;
}

}  // namespace weir::shell::flink
