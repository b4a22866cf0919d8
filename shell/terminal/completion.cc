#include "shell/terminal/completion.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "planner/ast/to_sql.h"
#include "planner/parse/parse.h"
#include "runtime/base/names.h"
#include "runtime/connectors/registry.h"
#include "runtime/expr/aggregate.h"
#include "runtime/expr/binding.h"
#include "runtime/expr/function.h"
#include "runtime/file_system.h"
#include "runtime/graph/any_table_options.h"
#include "runtime/graph/lookup_options.h"
#include "shell/engine/statements/help_text.h"
#include "shell/terminal/shortcuts.h"
#include "shell/terminal/typed_text.h"
#include "shell/terminal/what_follows.h"

namespace weir::shell {
namespace {

using Candidates = std::set<std::string>;

bool StartsWithIgnoringCase(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && EqualsIgnoreCase(text.substr(0, prefix.size()), prefix);
}

// `name` as it can be typed: quoted where the parser would take it for something else.
std::string AsTyped(const std::string& name) {
  const bool plain = std::ranges::all_of(
      name, [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '$'; });
  if (!plain) return ast::QuoteIdentifier(name);
  const Result<ast::ExprPtr> parsed = parse::ParseExpression(name);
  const bool is_column = parsed.ok() && std::holds_alternative<ast::ColumnRef>((*parsed)->node);
  return is_column ? name : ast::QuoteIdentifier(name);
}

// Collects what fits the word at the cursor.
class Completer {
 public:
  Completer(EngineSession& engine, const TypedText& text) : engine_(engine), text_(text) {}

  Completions Find() {
    // A text that began on a line before is nothing that could be completed on this one.
    if (text_.typed().find('\n') != std::string::npos) return {};
    if (text_.typed().starts_with("'")) {
      replaced_ = text_.typed();
      InQuotes();
    } else if (text_.last() == ".") {
      replaced_ = text_.typed();
      ColumnsOf(text_.last(1));
    } else if (const Following follows = WhatFollows(text_.words()); follows.is_known) {
      replaced_ = follows.jobs ? text_.run() : text_.typed();
      Follow(follows);
    } else {
      replaced_ = text_.typed();
      InQuery();
    }
    return {{found_.begin(), found_.end()}, replaced_.size()};
  }
  // The completions of what a shortcut such as \d takes behind it.
  Completions FindArgument(ShortcutArgument takes) {
    replaced_ = text_.run();
    if (takes == ShortcutArgument::kPath) AddPaths("", "");
    if (takes == ShortcutArgument::kTable) AddNames(Named::kRelations);
    if (takes == ShortcutArgument::kJob) AddNames(Named::kJobs);
    return {{found_.begin(), found_.end()}, replaced_.size()};
  }

 private:
  // Whether it fits; a quote may be typed or not.
  bool Fits(std::string_view candidate) const {
    std::string_view typed = replaced_;
    for (const std::string_view quote : {"`", "'"}) {
      if (!typed.starts_with(quote) && candidate.starts_with(quote)) candidate.remove_prefix(1);
    }
    return StartsWithIgnoringCase(candidate, typed);
  }
  void Add(std::string candidate) {
    if (Fits(candidate)) found_.insert(std::move(candidate));
  }
  void AddNames(Named what) {
    for (const std::string& name : engine_.Names(what)) Add(AsTyped(name));
  }
  void AddWord(std::string_view word) { Add(text_.is_lower() ? ToLower(word) : std::string(word)); }

  void AddFunctions() {
    for (const expr::ScalarFunction* function : expr::ListFunctions()) AddWord(function->name);
    for (const expr::AggregateDoc& aggregate : expr::AggregateFunctions()) AddWord(aggregate.name);
    for (const expr::FormDoc& form : expr::SpecialForms()) AddWord(form.name);
    AddNames(Named::kFunctions);
  }

  void Follow(const Following& follows) {
    for (const std::string_view word : follows.words) AddWord(word);
    if (follows.relations) AddNames(Named::kRelations);
    if (follows.jobs) AddNames(Named::kJobs);
    if (follows.savepoints) AddNames(Named::kSavepoints);
    if (follows.databases) AddNames(Named::kDatabases);
    if (follows.catalogs) AddNames(Named::kCatalogs);
    if (follows.functions) AddFunctions();
    if (follows.user_functions) AddNames(Named::kFunctions);
    if (follows.options) AddOptions();
    if (follows.topics) {
      for (const std::string& topic : HelpTopics()) AddWord(topic);
    }
  }

  void AddOptions() {
    for (const conf::Option& option : conf::AllOptions()) AddQuoted(option.key);
  }

  // --- queries ---

  void AddRelations() {
    AddNames(Named::kRelations);
    for (const std::string& cte : text_.ctes()) Add(AsTyped(cte));
  }

  void AddColumns(const std::vector<std::string>& tables) {
    for (const std::string& column : engine_.ColumnsOf(tables)) Add(AsTyped(column));
  }

  // Behind `alias.`, which may also be a table's name.
  void ColumnsOf(std::string_view alias) {
    std::vector<std::string> tables;
    for (const TableInText& table : text_.tables()) {
      if (EqualsIgnoreCase(table.alias, alias)) tables.push_back(table.name);
    }
    if (tables.empty()) tables.emplace_back(alias);
    AddColumns(tables);
    if (found_.empty() && text_.clause() == "FROM") AddRelations();  // `FROM database.`
  }

  // Whether the words STATE OF stand before the last `back` ones.
  bool IsBehindStateOf(size_t back) const {
    return text_.last(back) == "OF" && text_.last(back + 1) == "STATE";
  }

  // Completes after STATE OF in FROM; false if the cursor is not there.
  bool InStateOf() {
    const bool named = IsBehindStateOf(1) || (IsBehindStateOf(2) && text_.last(1) == "JOB");
    if (named) AddWord("UID");
    if (!IsBehindStateOf(0)) return named;
    AddNames(Named::kSavepoints);
    AddWord("JOB");
    return true;
  }

  void InQuery() {
    const std::string_view last = text_.last();
    if (InStateOf()) return;
    const bool table = IsOneOf(last, {"FROM", "JOIN", "INTO", "OVERWRITE", "TABLE", "VIEW"});
    if (IsOneOf(last, {"FROM", "JOIN"}) && !replaced_.empty()) AddWord("STATE OF");
    if (table || (last == "," && text_.clause() == "FROM")) return AddRelations();
    AddVisibleColumns();
    if (replaced_.empty()) return;
    const bool has_columns = !found_.empty();
    AddFunctions();
    if (has_columns) return;
    for (const std::string& keyword : parse::Keywords()) AddWord(keyword);
  }

  // Adds the columns of the tables that the statement names, or of all tables while it names none.
  void AddVisibleColumns() {
    if (text_.clause().empty() && text_.last() != "(") return;
    std::vector<std::string> tables;
    for (const TableInText& table : text_.tables()) {
      tables.push_back(table.name);
      if (!replaced_.empty()) Add(AsTyped(table.alias));
    }
    AddColumns(tables.empty() ? engine_.Names(Named::kRelations) : tables);
    if (!text_.has_windows()) return;
    for (const char* column : {"window_start", "window_end", "window_time"}) Add(column);
  }

  // --- quotes ---

  void InQuotes() {
    const std::string_view last = text_.last();
    const std::optional<std::vector<std::string>> before = text_.before_parenthesis();
    const bool in_with = before && !before->empty() && before->back() == "WITH";
    if (in_with) {
      InWith(*before);
    } else if (IsOneOf(last, {"SET", "RESET"})) {
      AddOptions();
    } else if (last == "=" && text_.words().front() == "SET") {
      AddValuesOf(text_.last(1));
    } else if (IsOneOf(last, {"FROM", "JOIN", "SOURCE", "LIKE", "DESCRIBE", "DESC", "TO",
                              "SAVEPOINT", ","}) ||
               IsBehindStateOf(0) || (last == "AND" && text_.last(2) == "OF")) {
      AddPaths("'", "'");
    }
  }

  void AddQuoted(std::string_view name) { Add(fmt::format("'{}'", name)); }

  void AddAllowed(std::string_view allowed) {
    while (!allowed.empty()) {
      const size_t end = allowed.find('|');
      AddQuoted(allowed.substr(0, end));
      allowed.remove_prefix(end == allowed.npos ? allowed.size() : end + 1);
    }
  }

  void AddValuesOf(std::string_view quoted_key) {
    if (quoted_key.size() < 2) return;
    const conf::Option* option = conf::FindOption(quoted_key.substr(1, quoted_key.size() - 2));
    if (option == nullptr) return;
    AddAllowed(option->type == conf::OptionType::kBoolean ? "true|false" : option->allowed);
  }

  // Completes behind WITH ( of a job or a table.
  void InWith(const std::vector<std::string>& before) {
    const bool of_job = before.size() > 1 && before[1] == "JOB";
    const bool of_table = before[0] == "CREATE" && !of_job;
    if (text_.last() == "=") {
      if (of_table) return AddTableValues(text_.last(1));
      return AddValuesOf(text_.last(1));
    }
    if (of_table) return AddTableOptions();
    for (const conf::Option& option : conf::AllOptions()) {
      const bool jobs =
          option.scope == conf::OptionScope::kJob || option.scope == conf::OptionScope::kTable;
      if (jobs) AddQuoted(option.key);
    }
  }

  bool IsSaid(std::string_view value) const {
    return std::ranges::find(text_.words(), fmt::format("'{}'", value)) != text_.words().end();
  }

  void AddTableValues(std::string_view key) {
    const graph::ConnectorCatalog& catalog = connectors::BuiltinConnectors();
    if (key == "'connector'") {
      for (const auto* connector : catalog.connectors) AddQuoted(connector->name);
    } else if (key == "'format'") {
      for (const auto* format : catalog.formats) AddQuoted(format->name);
    } else if (key == "'path'") {
      AddPaths("'", "'");
    } else {
      ForEachTableOption([&](const std::string& name, const graph::OptionDescriptor& option) {
        if (fmt::format("'{}'", name) != key) return;
        AddAllowed(option.kind == graph::OptionKind::kBoolean ? "true|false" : option.allowed);
      });
    }
  }

  void AddTableOptions() {
    AddQuoted("connector");
    AddQuoted("format");
    ForEachTableOption(
        [&](const std::string& name, const graph::OptionDescriptor&) { AddQuoted(name); });
  }

  // Calls use(name, option) for the options of the connector and formats that the text names, or of
  // all connectors while it names none.
  template <typename F>
  void ForEachTableOption(const F& use) const {
    const graph::ConnectorCatalog& catalog = connectors::BuiltinConnectors();
    const bool any =
        std::ranges::none_of(catalog.connectors, [&](const auto* c) { return IsSaid(c->name); });
    for (const auto* connector : catalog.connectors) {
      if (!any && !IsSaid(connector->name)) continue;
      for (const graph::OptionDescriptor& option : connector->options)
        use(std::string(option.key), option);
    }
    for (const auto* format : catalog.formats) {
      if (!IsSaid(format->name)) continue;
      for (const graph::OptionDescriptor& option : format->options)
        use(fmt::format("{}.{}", format->name, option.key), option);
    }
    for (const graph::OptionDescriptor& option : graph::AnySourceOptions())
      use(std::string(option.key), option);
    for (const graph::OptionDescriptor& option : graph::AnySinkOptions())
      use(std::string(option.key), option);
    for (const graph::OptionDescriptor& option : graph::LookupOptions())
      use(std::string(option.key), option);
  }

  // Files and directories that begin as what is typed between these quotes.
  void AddPaths(std::string_view quote, std::string_view end) {
    const std::string typed = replaced_.substr(quote.size());
    const size_t slash = typed.rfind('/');
    const std::string folder = slash == std::string::npos ? "" : typed.substr(0, slash + 1);
    const std::string begin = typed.substr(folder.size());
    const auto files = FileSystem::Local().List(folder.empty() ? "." : folder);
    if (!files.ok()) return;
    for (const FileInfo& file : *files) {
      const std::string name = file.path.substr(file.path.rfind('/') + 1);
      const bool hidden = name.starts_with(".") && !begin.starts_with(".");
      if (hidden || !name.starts_with(begin) || name.find('\'') != std::string::npos) continue;
      found_.insert(file.is_directory ? fmt::format("{}{}{}/", quote, folder, name)
                                      : fmt::format("{}{}{}{}", quote, folder, name, end));
    }
  }

  EngineSession& engine_;
  const TypedText& text_;
  std::string replaced_;
  Candidates found_;
};

Completions CompleteShortcut(EngineSession& engine, std::string_view text) {
  const size_t blank = text.find(' ');
  if (blank == text.npos) {
    Completions names;
    for (const Shortcut& shortcut : Shortcuts()) {
      if (shortcut.name.starts_with(text)) names.candidates.emplace_back(shortcut.name);
    }
    std::ranges::sort(names.candidates);
    names.replaced = text.size();
    return names;
  }
  const Shortcut* shortcut = FindShortcut(text.substr(0, blank));
  if (shortcut == nullptr) return {};
  const TypedText argument(text, "");
  return Completer(engine, argument).FindArgument(shortcut->takes);
}

}  // namespace

Completions Complete(EngineSession& engine, std::string_view text, std::string_view behind) {
  if (text.starts_with("\\")) return CompleteShortcut(engine, text);
  const TypedText typed(text, behind);
  return Completer(engine, typed).Find();
}

}  // namespace weir::shell
