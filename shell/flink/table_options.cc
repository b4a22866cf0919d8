#include "shell/flink/table_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "runtime/base/names.h"
#include "shell/engine/jobs/stored_path.h"
#include "shell/flink/query_rewriter.h"

namespace weir::shell::flink {
namespace {

struct LackingOption {
  std::string_view option;
  bool refused;
  std::string_view accepted;
  std::string_view reason;
};

constexpr auto kLacking = std::to_array<LackingOption>({
#define WEIR_FLINK_LACKS_DROPPED(option, reason) {option, false, "", reason},
#define WEIR_FLINK_LACKS_REFUSED(option, accepted, reason) {option, true, accepted, reason},
#include "shell/flink/table_options.def"
#undef WEIR_FLINK_LACKS_DROPPED
#undef WEIR_FLINK_LACKS_REFUSED
});

// Connectors that a table cannot have there, and what to do instead.
struct LackingConnector {
  std::string_view name;
  std::string_view reason;
};
constexpr LackingConnector kConnectors[] = {
    {"inline", "rows in a table's options; write them to a file of the connector filesystem"},
    {"savepoint", "its SQL reads no savepoints of ours"},
};
// Those that come with jars of others.
constexpr LackingConnector kOfOthers[] = {
    {"faker", "flink-faker, on GitHub"},
    {"jdbc", "flink-connector-jdbc and the driver of the database, PostgreSQL or MySQL"},
    {"kafka", "flink-sql-connector-kafka"},
    {"nexmark", "nexmark-flink, of the NEXMark benchmark"},
    {"postgres-cdc", "flink-sql-connector-postgres-cdc, of Flink CDC"},
    {"upsert-kafka", "flink-sql-connector-kafka"},
};
constexpr std::string_view kFormats[] = {"changelog"};

std::string_view ValueOf(const ast::Properties& options, std::string_view key) {
  for (const ast::Property& option : options) {
    if (option.key.text == key) return option.value.text;
  }
  return {};
}

bool Has(const ast::Properties& options, std::string_view key) {
  return std::ranges::any_of(options,
                             [key](const ast::Property& option) { return option.key.text == key; });
}

// "csv:header" for 'csv.header' of a table of the format csv.
const LackingOption* FindLacking(std::string_view key, const ast::Properties& options) {
  const std::string connector = ToLower(ValueOf(options, "connector"));
  for (const LackingOption& row : kLacking) {
    const size_t colon = row.option.find(':');
    const std::string_view owner = row.option.substr(0, colon);
    const std::string_view own = row.option.substr(colon + 1);
    if ((owner.empty() || owner == connector) && key == own) return &row;
    // Of a format, also behind "key." and "value.".
    const std::string dotted = fmt::format("{}.{}", owner, own);
    if (!owner.empty() && (key == dotted || key.ends_with("." + dotted))) return &row;
  }
  return nullptr;
}

bool IsPathHere(std::string_view path) {
  return !path.starts_with('/') && path.find("://") == std::string_view::npos &&
         !path.starts_with("file:");
}

Status RewriteConnector(ast::Property& option, std::vector<std::string>& notes) {
  for (const LackingConnector& row : kConnectors) {
    if (EqualsIgnoreCase(option.value.text, row.name))
      return CannotBeSaid(fmt::format("a table of the connector {}", row.name), row.reason,
                          option.value.span);
  }
  for (const std::string_view name : {"postgres", "mysql"}) {
    if (EqualsIgnoreCase(option.value.text, name)) option.value.text = "jdbc";
  }
  for (const LackingConnector& row : kOfOthers) {
    if (EqualsIgnoreCase(option.value.text, row.name))
      notes.push_back(
          fmt::format("connector {} needs a jar beside Flink's own: {}", row.name, row.reason));
  }
  return {};
}

// An empty field of CSV is NULL here; there an empty text, FALSE, or a number that is bad.
void SayWhatNullIs(ast::Properties& options) {
  ast::Properties said;
  for (const ast::Property& option : options) {
    const std::string& key = option.key.text;
    const bool format = key == "format" || key.ends_with(".format");
    if (!format || !EqualsIgnoreCase(option.value.text, "csv")) continue;
    const std::string csv = key.substr(0, key.size() - std::string_view("format").size()) + "csv.";
    if (!Has(options, csv + "null-literal") && !Has(options, csv + "empty-string-as-null"))
      said.push_back({{csv + "null-literal", {}}, {}});
  }
  std::ranges::move(said, std::back_inserter(options));
}

}  // namespace

Status RewriteTableOptions(ast::Properties& options, std::vector<std::string>& notes) {
  ast::Properties kept;
  for (ast::Property option : options) {
    const std::string& key = option.key.text;
    if (key == "connector") RETURN_IF_ERROR(RewriteConnector(option, notes));
    const bool format = key == "format" || key.ends_with(".format");
    if (format && std::ranges::find(kFormats, ToLower(option.value.text)) != std::end(kFormats))
      return CannotBeSaid(fmt::format("the format {}", option.value.text),
                          "it has none that writes the kinds of changes in front of rows",
                          option.value.span);
    if (key == "path" && IsPathHere(option.value.text))
      option.value.text = AbsolutePath(option.value.text);
    const LackingOption* lacking = FindLacking(key, options);
    if (lacking == nullptr) {
      kept.push_back(std::move(option));
    } else if (!lacking->refused) {
      notes.push_back(
          fmt::format("'{}' = '{}' is left out: {}", key, option.value.text, lacking->reason));
    } else if (lacking->accepted.empty() ||
               !EqualsIgnoreCase(option.value.text, lacking->accepted)) {
      return CannotBeSaid(fmt::format("'{}' = '{}'", key, option.value.text), lacking->reason,
                          option.key.span);
    }
  }
  SayWhatNullIs(kept);
  if (kept != options) options = std::move(kept);
  return {};
}

}  // namespace weir::shell::flink
