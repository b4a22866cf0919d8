#include "shell/terminal/completion.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "planner/parse/parse.h"
#include "runtime/base/names.h"
#include "runtime/connectors/registry.h"
#include "runtime/expr/aggregate.h"
#include "runtime/expr/function.h"

namespace weir::shell {
namespace {

bool IsWordCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '-' ||
         c == '\'' || c == '`' || c == '\\';
}

bool StartsWithIgnoringCase(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && EqualsIgnoreCase(text.substr(0, prefix.size()), prefix);
}

// Words in front of the one being typed, upper-cased.
std::vector<std::string> WordsBefore(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : text.substr(0, text.size() - LastWord(text).size())) {
    if (IsWordCharacter(c)) {
      word += c;
    } else if (!word.empty()) {
      words.push_back(ToUpper(word));
      word.clear();
    }
  }
  if (!word.empty()) words.push_back(ToUpper(word));
  return words;
}

void AddTables(EngineSession& engine, std::set<std::string>& found) {
  for (const std::string& name : engine.Relations()) found.insert(name);
}

void AddColumns(EngineSession& engine, const std::vector<std::string>& words,
                std::set<std::string>& found) {
  for (const std::string& column : engine.ColumnsOf(words)) found.insert(column);
}

// Options and values of a WITH clause, quoted: of the connector and the format that the text names,
// of all while it names none.
void AddTableOptions(std::string_view text, std::set<std::string>& found) {
  const auto quoted = [&](std::string_view name) { found.insert(fmt::format("'{}'", name)); };
  const auto named = [&](std::string_view name) {
    return text.find(fmt::format("'{}'", name)) != text.npos;
  };
  const graph::ConnectorCatalog& catalog = connectors::BuiltinConnectors();
  const std::string before = ToLower(text.substr(0, text.size() - LastWord(text).size()));
  const size_t end = before.find_last_not_of(" \t\n");
  if (end != std::string::npos && before[end] == '=') {
    const std::string key = before.substr(0, before.find_last_not_of(" \t\n", end - 1) + 1);
    if (key.ends_with("'connector'")) {
      for (const auto* connector : catalog.connectors) quoted(connector->name);
    } else if (key.ends_with("'format'")) {
      for (const auto* format : catalog.formats) quoted(format->name);
    }
    return;
  }
  const bool any =
      std::ranges::none_of(catalog.connectors, [&](const auto* c) { return named(c->name); });
  quoted("connector");
  quoted("format");
  for (const auto* connector : catalog.connectors) {
    if (!any && !named(connector->name)) continue;
    for (const graph::OptionDescriptor& option : connector->options) quoted(option.key);
  }
  for (const auto* format : catalog.formats) {
    if (!named(format->name)) continue;
    for (const graph::OptionDescriptor& option : format->options) {
      quoted(fmt::format("{}.{}", format->name, option.key));
    }
  }
}

// Keywords and functions in the case of what was typed.
void AddWords(std::string_view typed, std::set<std::string>& found) {
  const bool lower = !typed.empty() && std::islower(static_cast<unsigned char>(typed[0])) != 0;
  const auto add = [&](std::string_view word) {
    if (StartsWithIgnoringCase(word, typed))
      found.insert(lower ? ToLower(word) : std::string(word));
  };
  for (const std::string& keyword : parse::Keywords()) add(keyword);
  for (const expr::ScalarFunction* function : expr::ListFunctions()) add(function->name);
  for (const expr::AggregateDoc& aggregate : expr::AggregateFunctions()) add(aggregate.name);
}

}  // namespace

std::string_view LastWord(std::string_view text) {
  size_t begin = text.size();
  while (begin > 0 && IsWordCharacter(text[begin - 1])) --begin;
  return text.substr(begin);
}

std::vector<std::string> Complete(EngineSession& engine, std::string_view text) {
  const std::string_view typed = LastWord(text);
  const std::vector<std::string> words = WordsBefore(text);
  const std::string last = words.empty() ? "" : words.back();
  std::set<std::string> found;
  const bool creates =
      !words.empty() && words[0] == "CREATE" && std::ranges::find(words, "WITH") != words.end();
  if (creates && (typed.starts_with("'") || (typed.empty() && text.ends_with("= ")))) {
    AddTableOptions(text, found);
  } else if (last == "JOB") {
    const Result<std::vector<std::string>> names = engine.JobNames();
    if (names.ok()) found.insert(names->begin(), names->end());
  } else if (last == "SET" || last == "RESET") {
    for (const conf::Option& option : conf::AllOptions())
      found.insert("'" + std::string(option.key) + "'");
  } else if (last == "FROM" || last == "JOIN" || last == "INTO" || last == "TABLE" ||
             last == "VIEW" || last == "DESCRIBE" || last == "DESC" || last == "\\D") {
    AddTables(engine, found);
  } else {
    AddColumns(engine, words, found);
    if (!words.empty()) AddTables(engine, found);
    AddWords(typed, found);
  }
  std::vector<std::string> candidates;
  for (const std::string& candidate : found) {
    if (StartsWithIgnoringCase(candidate, typed)) candidates.push_back(candidate);
  }
  return candidates;
}

}  // namespace weir::shell
