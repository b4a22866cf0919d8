// The `savepoint` connector: a table of the state in a savepoint or checkpoint, as Flink's
// (FLIP-496). STATE OF … UID … in FROM is such a table with all columns that there are.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "runtime/connectors/connectors.h"
#include "runtime/connectors/state_tables.h"

namespace weir::connectors {
namespace {

using graph::OptionDescriptor;
using graph::OptionKind;

constexpr std::string_view kFieldPrefix = "fields.";

constexpr std::array kSavepointOptions = {
    OptionDescriptor{kStatePathOption, OptionKind::kString, "", "", true,
                     "The directory of a savepoint or checkpoint, or its _metadata.",
                     graph::OptionEffect::kContents, graph::OptionReach::kPath},
    OptionDescriptor{kStateUidOption, OptionKind::kString, "", "", false,
                     "The uid of the operator whose state is read, as DESCRIBE SAVEPOINT has it."},
    OptionDescriptor{kStateTableOption, OptionKind::kString, "", "", false,
                     "Which of the operator's tables; the first one unless it is said."},
    OptionDescriptor{kStateBeforeOption, OptionKind::kString, "", "", false,
                     "Another snapshot: what has changed since it is read, behind a column \"op\".",
                     graph::OptionEffect::kContents, graph::OptionReach::kPath},
    OptionDescriptor{"state.backend.type", OptionKind::kString, "", "", false,
                     "Without effect, as the snapshot says it; for definitions of Flink's.",
                     graph::OptionEffect::kAccess},
};

// Options 'fields.<column>.x' of a column. 'state-name' names the state whose values the column
// has; the others are Flink's for Java classes and have no effect.
constexpr std::array<std::string_view, 6> kFieldOptions = {"state-name",  "state-type",
                                                           "key-class",   "key-type-factory",
                                                           "value-class", "value-type-factory"};

Status CheckFieldOptions(const Schema& schema, const graph::TableOptions& options) {
  for (const graph::TableOption& option : options) {
    if (!option.key.starts_with(kFieldPrefix)) continue;
    const bool known = std::ranges::any_of(schema.fields, [&](const Field& field) {
      return std::ranges::any_of(kFieldOptions, [&](std::string_view last) {
        return option.key == fmt::format("{}{}.{}", kFieldPrefix, field.name, last);
      });
    });
    if (known) continue;
    return Status::InvalidSql(
               fmt::format("the connector 'savepoint' has no option '{}'", option.key))
        .WithId("E2008")
        .WithHint("'fields.<column>.state-name' names the column of the state");
  }
  return {};
}

Status CheckOptions(const Schema& schema, const graph::TableOptions& options) {
  RETURN_IF_ERROR(CheckFieldOptions(schema, options));
  const bool one = !graph::OptionValue(options, kStateUidOption).empty();
  if (one || !graph::OptionValue(options, kStateBeforeOption).empty()) return {};
  return Status::InvalidSql("a table of the connector 'savepoint' needs the option 'operator.uid'")
      .WithId("E2008")
      .WithHint("SHOW STATE OF 'path' lists uids");
}

const graph::ConnectorDescriptor kSavepointDescriptor = {
    .name = kSavepointConnector,
    .doc = "The state in a savepoint or checkpoint; bounded.",
    .source = true,
    .primary_key_option = kStateKeyOption,
    .names_columns = true,
    .options = kSavepointOptions,
    .field_option_prefix = kFieldPrefix,
    .check = CheckOptions,
};

Result<std::unique_ptr<Source>> MakeSavepointSource(const graph::ScanSpec& spec,
                                                    const ConnectorContext& context) {
  if (context.states == nullptr)
    return Status::Unsupported("tables of state cannot be read here").WithId("E1002");
  return context.states->Open(spec);
}

}  // namespace

const Connector& SavepointConnector() {
  static const Connector connector{&kSavepointDescriptor, MakeSavepointSource, nullptr};
  return connector;
}

}  // namespace weir::connectors
