#include "planner/bind/bind_hints.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/base/names.h"
#include "runtime/graph/connector_descriptor.h"
#include "runtime/graph/option_reach.h"
#include "runtime/types/datetime.h"

namespace weir::bind {
namespace {

Status WrongHint(const ast::Hint& hint, const std::vector<std::string>& known) {
  std::string advice = DidYouMean(hint.name.text, known);
  if (advice.empty()) advice = fmt::format("hints here are {}", fmt::join(known, ", "));
  return Status::InvalidSql(fmt::format("there is no hint {} here", hint.name.text))
      .WithId("E2015")
      .WithHint(std::move(advice))
      .WithSpan(hint.span);
}

Result<std::string> ReadStateId(const ast::Hint& hint) {
  const bool one = hint.arguments.size() == 1 && !hint.arguments[0].key;
  if (one && !hint.arguments[0].value.text.empty()) return hint.arguments[0].value.text;
  return Status::InvalidSql("STATE_ID takes one name")
      .WithId("E2015")
      .WithHint("STATE_ID('x')")
      .WithSpan(hint.span);
}

Status ReadTtl(const ast::Hint& hint, std::vector<SelectHints::Ttl>& ttls) {
  for (const ast::HintArgument& argument : hint.arguments) {
    Result<int64_t> nanos = graph::ParseDurationNanos(argument.value.text);
    if (!nanos.ok()) return std::move(nanos).status().WithId("E2015").WithSpan(argument.value.span);
    const std::string input = argument.key ? argument.key->text : "";
    ttls.push_back({input, *nanos / kNanosPerMilli, argument.key ? argument.key->span : hint.span});
  }
  if (!hint.arguments.empty()) return {};
  return Status::InvalidSql("STATE_TTL needs a duration")
      .WithId("E2015")
      .WithHint("STATE_TTL('t' = '1 d')")
      .WithSpan(hint.span);
}

}  // namespace

Result<SelectHints> ReadSelectHints(const std::vector<ast::Hint>& hints) {
  SelectHints read;
  for (const ast::Hint& hint : hints) {
    if (EqualsIgnoreCase(hint.name.text, "STATE_ID")) {
      read.state_id = TRY(ReadStateId(hint));
    } else if (EqualsIgnoreCase(hint.name.text, "STATE_TTL")) {
      RETURN_IF_ERROR(ReadTtl(hint, read.ttls));
    } else if (IsWayHint(hint.name.text)) {
      read.joins.ways.push_back(TRY(ReadWayHint(hint)));
    } else if (EqualsIgnoreCase(hint.name.text, "LOOKUP")) {
      read.joins.lookups.push_back(TRY(ReadLookupHint(hint)));
    } else {
      return WrongHint(hint, {"STATE_ID", "STATE_TTL", "LOOKUP", "BROADCAST", "SHUFFLE_HASH",
                              "SHUFFLE_MERGE", "NEST_LOOP", "MULTI_JOIN"});
    }
  }
  return read;
}

Result<TableHints> ReadTableHints(const std::vector<ast::Hint>& hints) {
  TableHints read;
  for (const ast::Hint& hint : hints) {
    if (EqualsIgnoreCase(hint.name.text, "STATE_ID")) {
      read.state_id = TRY(ReadStateId(hint));
      continue;
    }
    if (!EqualsIgnoreCase(hint.name.text, "OPTIONS"))
      return WrongHint(hint, {"OPTIONS", "STATE_ID"});
    for (const ast::HintArgument& argument : hint.arguments) {
      if (!argument.key) {
        return Status::InvalidSql("OPTIONS takes 'key' = 'value'")
            .WithId("E2015")
            .WithSpan(hint.span);
      }
      read.options.push_back(
          {argument.key->text, argument.value.text, argument.key->span, argument.value.span});
    }
  }
  return read;
}

Status CheckSystems(const catalog::TableDefinition& table,
                    const std::vector<catalog::PlacedOption>& hints,
                    const graph::ConnectorCatalog& connectors) {
  graph::TableOptions options;  // what a hint says comes first, as it counts
  for (const catalog::PlacedOption& hint : hints) options.push_back({hint.key, hint.value});
  options.insert(options.end(), table.options.begin(), table.options.end());
  const graph::OptionReaches reaches(options, connectors);
  for (const catalog::PlacedOption& hint : hints) {
    if (!graph::NamesSystem(reaches.Of(hint.key))) continue;
    return Status::InvalidArgument(
               fmt::format("the option '{}' says what the table \"{}\" is in another system, "
                           "or how it logs in there, and only an admin may say that in a hint",
                           hint.key, table.name.Short()))
        .WithId("E6003")
        .WithHint(
            "use the table as an admin has defined it; an admin can define another one: CREATE "
            "TABLE … LIKE")
        .WithSpan(hint.key_span);
  }
  return {};
}

Result<graph::TableOptions> MergedOptions(const catalog::TableDefinition& table,
                                          const std::vector<catalog::PlacedOption>& hints,
                                          const graph::ConnectorCatalog& connectors,
                                          SourceSpan place) {
  if (hints.empty()) return table.options;
  std::vector<catalog::PlacedOption> merged;
  for (const graph::TableOption& option : table.options)
    merged.push_back({option.key, option.value, {}, {}});
  for (const catalog::PlacedOption& hint : hints) {
    if (hint.key == "connector" || hint.key == "format") {
      return Status::InvalidSql(fmt::format("a hint cannot change the option '{}'", hint.key))
          .WithId("E2008")
          .WithSpan(hint.key_span);
    }
    const auto same = std::ranges::find(merged, hint.key, &catalog::PlacedOption::key);
    if (same == merged.end()) {
      merged.push_back(hint);
    } else {
      *same = hint;
    }
  }
  return TRY(catalog::CheckOptions(connectors, merged, table.ScanSchema(), place,
                                   table.ComputedNames()))
      .options;
}

}  // namespace weir::bind
