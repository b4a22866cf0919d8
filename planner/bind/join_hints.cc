#include "planner/bind/join_hints.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "planner/logical/lookup.h"
#include "planner/logical/rewrite.h"
#include "runtime/base/names.h"
#include "runtime/graph/connector_descriptor.h"
#include "runtime/graph/lookup_options.h"
#include "runtime/types/datetime.h"

namespace weir::bind {
namespace {

constexpr std::array<std::string_view, 5> kWays = {"BROADCAST", "SHUFFLE_HASH", "SHUFFLE_MERGE",
                                                   "NEST_LOOP", "MULTI_JOIN"};
constexpr std::string_view kLookupExample =
    "LOOKUP('table' = 't', 'retry-predicate' = 'lookup_miss', 'retry-strategy' = 'fixed_delay', "
    "'fixed-delay' = '1 s', 'max-attempts' = '3')";

Status Wrong(std::string message, SourceSpan span) {
  return Status::InvalidSql(std::move(message)).WithId("E2015").WithSpan(span);
}

// The options of LOOKUP as they were written; every key at most once.
class LookupArguments {
 public:
  explicit LookupArguments(const ast::Hint& hint) : hint_(hint) {}

  Status Check() const {
    static const std::vector<std::string> kKnown = {
        "table",           "async",          "output-mode", "capacity",     "timeout",
        "retry-predicate", "retry-strategy", "fixed-delay", "max-attempts", "shuffle"};
    for (const ast::HintArgument& argument : hint_.arguments) {
      if (!argument.key)
        return Wrong("LOOKUP takes 'key' = 'value'", hint_.span)
            .WithHint(std::string(kLookupExample));
      const std::string& key = argument.key->text;
      if (std::ranges::find(kKnown, key) == kKnown.end()) {
        std::string advice = DidYouMean(key, kKnown);
        if (advice.empty()) advice = fmt::format("its options are {}", fmt::join(kKnown, ", "));
        return Wrong(fmt::format("LOOKUP has no option '{}'", key), argument.key->span)
            .WithHint(std::move(advice));
      }
      if (Find(key) != &argument.value)
        return Wrong(fmt::format("LOOKUP has '{}' twice", key), argument.key->span);
    }
    return {};
  }

  const ast::Reference* Find(std::string_view key) const {
    for (const ast::HintArgument& argument : hint_.arguments) {
      if (argument.key && argument.key->text == key) return &argument.value;
    }
    return nullptr;
  }

  // One of `allowed`, in any case, where the option is there.
  Status CheckWord(std::string_view key, std::span<const std::string_view> allowed) const {
    const ast::Reference* const value = Find(key);
    if (value == nullptr) return {};
    for (const std::string_view one : allowed) {
      if (EqualsIgnoreCase(value->text, one)) return {};
    }
    return Wrong(fmt::format("'{}' of LOOKUP cannot be '{}'", key, value->text), value->span)
        .WithHint(fmt::format("it can be {}", fmt::join(allowed, " or ")));
  }

  Result<int64_t> Count(std::string_view key) const {
    const ast::Reference& value = *Find(key);
    const char* const end = value.text.data() + value.text.size();
    int32_t number = 0;
    const auto [rest, error] = std::from_chars(value.text.data(), end, number);
    if (error == std::errc() && rest == end && number > 0) return number;
    return Wrong(fmt::format("'{}' of LOOKUP is a positive integer, not '{}'", key, value.text),
                 value.span);
  }

  Result<int64_t> Millis(std::string_view key) const {
    const ast::Reference& value = *Find(key);
    Result<int64_t> nanos = graph::ParseDurationNanos(value.text);
    if (!nanos.ok()) return std::move(nanos).status().WithId("E2015").WithSpan(value.span);
    return *nanos / kNanosPerMilli;
  }

 private:
  const ast::Hint& hint_;
};

// What has no effect here has to be right all the same.
Status CheckAsking(const LookupArguments& arguments) {
  constexpr std::array<std::string_view, 2> kBooleans = {"true", "false"};
  constexpr std::array<std::string_view, 2> kModes = {"ordered", "allow_unordered"};
  RETURN_IF_ERROR(arguments.CheckWord("async", kBooleans));
  RETURN_IF_ERROR(arguments.CheckWord("shuffle", kBooleans));
  RETURN_IF_ERROR(arguments.CheckWord("output-mode", kModes));
  if (arguments.Find("capacity") != nullptr) RETURN_IF_ERROR(arguments.Count("capacity").status());
  if (arguments.Find("timeout") != nullptr) RETURN_IF_ERROR(arguments.Millis("timeout").status());
  return {};
}

Result<graph::LookupRetry> ReadRetry(const ast::Hint& hint, const LookupArguments& arguments) {
  constexpr std::array<std::string_view, 1> kPredicates = {"lookup_miss"};
  constexpr std::array<std::string_view, 1> kStrategies = {"fixed_delay"};
  constexpr std::array<std::string_view, 4> kRetry = {"retry-predicate", "retry-strategy",
                                                      "fixed-delay", "max-attempts"};
  const auto said = [&](std::string_view key) { return arguments.Find(key) != nullptr; };
  if (std::ranges::none_of(kRetry, said)) return graph::LookupRetry();
  if (const auto* const lacks = std::ranges::find_if_not(kRetry, said); lacks != kRetry.end()) {
    return Wrong(fmt::format("a retry of LOOKUP needs '{}', too", *lacks), hint.span)
        .WithHint(std::string(kLookupExample));
  }
  RETURN_IF_ERROR(arguments.CheckWord("retry-predicate", kPredicates));
  RETURN_IF_ERROR(arguments.CheckWord("retry-strategy", kStrategies));
  graph::LookupRetry retry;
  retry.attempts = TRY(arguments.Count("max-attempts"));
  retry.delay_millis = TRY(arguments.Millis("fixed-delay"));
  return retry;
}

bool IsInFrom(const Relation& relation, const std::string& name) {
  return std::ranges::any_of(relation.inputs, [&](const NamedInput& input) {
    return EqualsIgnoreCase(input.alias, name);
  });
}

std::string TextOf(std::string_view hint, const HintedInput& input) {
  return fmt::format("{}({})", hint, ToLower(input.name));
}

// The join that looks up what the hint names; null if it is not looked up.
const logical::Node* FindLookup(const logical::NodePtr& from, const HintedInput& table) {
  for (const logical::NodePtr& node : logical::ProducersFirst({{from}})) {
    const auto* join = std::get_if<logical::Join>(&node->operation);
    if (join == nullptr || !join->lookup) continue;
    if (std::ranges::find(join->hints, TextOf("LOOKUP", table)) != join->hints.end())
      return node.get();
  }
  return nullptr;
}

Status CheckLookup(const LookupHint& lookup, const Relation& relation, const TextScope& text) {
  RETURN_IF_ERROR(CheckInput("LOOKUP", lookup.table, relation, text));
  const logical::Node* const join = FindLookup(relation.node, lookup.table);
  if (join == nullptr) {
    return Wrong(fmt::format("the hint LOOKUP has no effect: \"{}\" is not looked up",
                             lookup.table.name),
                 text.At(lookup.table.span))
        .WithHint("JOIN t FOR SYSTEM_TIME AS OF a.proc_time AS t looks a table up");
  }
  if (lookup.retry.attempts == 0) return {};
  const graph::ReloadRule rule =
      TRY(graph::ReloadRuleOf(logical::LookedUpScan(*join->inputs[1]).spec.options));
  if (rule.schedule == graph::ReloadSchedule::kByKey) return {};
  return Wrong(fmt::format("LOOKUP cannot ask for a key again: \"{}\" is read whole, and not asked "
                           "for keys",
                           lookup.table.name),
               text.At(lookup.table.span))
      .WithHint(
          "'lookup.cache' = 'NONE' or 'PARTIAL' asks the tables of 'jdbc' for keys; of any "
          "other, 'lookup.full-cache.periodic-reload.interval' says when it is read again");
}

}  // namespace

Status CheckInput(std::string_view hint, const HintedInput& input, const Relation& relation,
                  const TextScope& text) {
  if (IsInFrom(relation, input.name)) return {};
  return Status::InvalidSql(
             fmt::format("the hint {} names no table in FROM: \"{}\"", hint, input.name))
      .WithId("E2001")
      .WithSpan(text.At(input.span));
}

bool IsCalled(const Relation& side, const std::string& name) {
  return side.inputs.size() == 1 && EqualsIgnoreCase(side.inputs[0].alias, name);
}

bool IsWayHint(std::string_view name) {
  return std::ranges::any_of(kWays,
                             [&](std::string_view way) { return EqualsIgnoreCase(way, name); });
}

Result<WayHint> ReadWayHint(const ast::Hint& hint) {
  WayHint way;
  way.name = ToUpper(hint.name.text);
  for (const ast::HintArgument& argument : hint.arguments) {
    if (argument.key) return Wrong(fmt::format("{} takes names of tables", way.name), hint.span);
    way.inputs.push_back({argument.value.text, argument.value.span});
  }
  if (way.inputs.empty())
    return Wrong(fmt::format("{} needs a table of FROM", way.name), hint.span)
        .WithHint(fmt::format("{}(t)", way.name));
  return way;
}

Result<LookupHint> ReadLookupHint(const ast::Hint& hint) {
  const LookupArguments arguments(hint);
  RETURN_IF_ERROR(arguments.Check());
  const ast::Reference* const table = arguments.Find("table");
  if (table == nullptr)
    return Wrong("LOOKUP needs 'table'", hint.span).WithHint(std::string(kLookupExample));
  RETURN_IF_ERROR(CheckAsking(arguments));
  LookupHint lookup;
  lookup.table = {table->text, table->span};
  lookup.retry = TRY(ReadRetry(hint, arguments));
  return lookup;
}

Status CheckJoinHints(const JoinHints& hints, const Relation& relation, const TextScope& text) {
  for (const WayHint& way : hints.ways) {
    for (const HintedInput& input : way.inputs)
      RETURN_IF_ERROR(CheckInput(way.name, input, relation, text));
  }
  for (const LookupHint& lookup : hints.lookups)
    RETURN_IF_ERROR(CheckLookup(lookup, relation, text));
  return {};
}

void SetHints(logical::Join& join, const Relation& left, const Relation& right,
              const JoinHints& hints) {
  for (const WayHint& way : hints.ways) {
    for (const HintedInput& input : way.inputs) {
      if (IsCalled(left, input.name) || IsCalled(right, input.name))
        join.hints.push_back(TextOf(way.name, input));
    }
  }
  for (const LookupHint& lookup : hints.lookups) {
    if (!join.lookup || !IsCalled(right, lookup.table.name)) continue;
    join.hints.push_back(TextOf("LOOKUP", lookup.table));
    join.retry = lookup.retry;
  }
}

}  // namespace weir::bind
