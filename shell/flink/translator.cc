#include "shell/flink/translator.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <concepts>

#include "conf/flink_options.h"
#include "planner/ast/show_kind.h"
#include "planner/ast/to_sql.h"
#include "planner/bind/bind.h"
#include "planner/parse/parse.h"
#include "runtime/base/names.h"
#include "shell/flink/batch_only.h"
#include "shell/flink/reserved_words.h"
#include "shell/flink/sql_functions.h"
#include "shell/flink/table_options.h"
#include "shell/flink/typed_nulls.h"

namespace weir::shell::flink {
namespace {

bool IsFlinkKey(std::string_view key) {
  return std::ranges::any_of(conf::FlinkKeys(), [&key](std::string_view known) {
    if (!known.ends_with('*')) return EqualsIgnoreCase(known, key);
    return key.starts_with(known.substr(0, known.size() - 1));
  });
}

// What Flink's parser does not take although the tree has no trace of it: names in double quotes,
// !=, LIMIT a, b, MINUS, keys of SET without quotes, and a set of statements without EXECUTE.
bool IsSpelledForFlink(std::string_view text, const ast::Statement& statement) {
  if (ast::ToSql(statement) != ast::ToSql(statement, IsFlinkWord)) return false;
  const bool setting = statement.As<ast::Set>() != nullptr || statement.As<ast::Reset>() != nullptr;
  const std::string_view first = text.substr(0, text.find_first_of(" \t\r\n"));
  if (setting) {
    const size_t key = text.find_first_not_of(" \t\r\n", first.size());
    return key == std::string_view::npos || text[key] == '\'';
  }
  if (statement.As<ast::StatementSet>() != nullptr && !EqualsIgnoreCase(first, "EXECUTE"))
    return false;
  bool limit = false;
  for (const parse::Word& word : parse::WordsOf(text)) {
    const std::string_view said = text.substr(word.span.begin, word.span.end - word.span.begin);
    if (said.starts_with('"') || said == "!=" || EqualsIgnoreCase(said, "MINUS")) return false;
    limit = limit || EqualsIgnoreCase(said, "LIMIT");
    if (limit && said == ",") return false;
  }
  return true;
}

// The comments inside a statement that is written anew, one a line, to stand in front of it.
std::string CommentsIn(std::string_view text) {
  std::string comments;
  size_t at = 0;
  const auto add = [&](std::string_view gap) {
    for (size_t i = 0; i < gap.size(); ++i) {
      if (gap.substr(i, 2) == "--") {
        const size_t end = std::min(gap.find('\n', i), gap.size());
        comments += fmt::format("{}\n", gap.substr(i, end - i));
        i = end;
      } else if (gap.substr(i, 2) == "/*") {
        const size_t end = std::min(gap.find("*/", i), gap.size() - 2) + 2;
        comments += fmt::format("{}\n", gap.substr(i, end - i));
        i = end - 1;
      }
    }
  };
  for (const parse::Word& word : parse::WordsOf(text)) {
    add(text.substr(at, word.span.begin - at));
    at = word.span.end;
  }
  return comments;
}

void AddNote(std::string& out, std::string_view note) {
  out += "-- note: ";
  for (const char c : note) out += c == '\n' || c == '\r' ? ' ' : c;
  out += '\n';
}

constexpr std::string_view kZone = "table.local-time-zone";

// Whether the value is the offset of a time zone, which is written GMT+02:00 there.
bool IsOffset(std::string_view key, std::string_view value) {
  return key == kZone && value.find_first_of("+-") == 0;
}

ast::Statement Setting(std::string_view key, std::string_view value) {
  const std::string there = (IsOffset(key, value) ? "GMT" : "") + std::string(value);
  return {ast::Set{ast::Text{std::string(key), {}}, ast::Text{there, {}}}, {}};
}

std::string Written(const ast::Statement& statement) {
  return ast::ToSql(statement, IsFlinkWord);
}

// A statement about jobs and state of ours, and how it is called.
template <typename Node>
constexpr std::string_view kOfOurs = "";
template <>
constexpr std::string_view kOfOurs<ast::StopJob> = "STOP JOB by a job's name";
template <>
constexpr std::string_view kOfOurs<ast::DropJob> = "DROP JOB";
template <>
constexpr std::string_view kOfOurs<ast::SavepointJob> = "SAVEPOINT JOB";
template <>
constexpr std::string_view kOfOurs<ast::DropSavepoint> = "DROP SAVEPOINT";
template <>
constexpr std::string_view kOfOurs<ast::CheckpointJob> = "CHECKPOINT JOB";
template <>
constexpr std::string_view kOfOurs<ast::RestoreJob> = "RESTORE JOB";

constexpr std::string_view kWhyNoJobs =
    "it has no such statement; its command line and REST interface stop, save and restore jobs";

constexpr std::string_view kNative = "LANGUAGE NATIVE";
constexpr std::string_view kWhyNotNative =
    "its functions are classes of Java or functions of Python";

constexpr std::string_view kNoSqlFunctions =
    "a function of SQL is put in the place of its calls, and is no function there";

// Settings under which Flink overwrites, and starts no statement before the one in front has ended.
ast::Property SettingOf(std::string_view key, std::string_view value) {
  return {{std::string(key), {}}, {std::string(value), {}}};
}
constexpr std::string_view kMode = "execution.runtime-mode";
constexpr std::string_view kSync = "table.dml-sync";
// Whether an INSERT of changes that are keyed otherwise than their table needs ON CONFLICT: not
// here, and there unless this says so (from Flink 2.3 on; those before have no such option).
constexpr std::string_view kRequireConflict = "table.exec.sink.require-on-conflict";

bool IsFunction(const ast::Statement& statement) {
  const auto* drop = statement.As<ast::Drop>();
  return statement.As<ast::CreateFunction>() != nullptr ||
         (drop != nullptr && drop->kind == ast::ObjectKind::kFunction);
}

bool ExplainsState(const ast::Statement& statement) {
  const auto* explain = statement.As<ast::Explain>();
  return explain != nullptr &&
         std::ranges::find(explain->details, ast::ExplainDetail::kState) != explain->details.end();
}

// Whether a statement keeps the text of its query for later.
bool KeepsQuery(const ast::Statement& statement) {
  return statement.As<ast::CreateView>() != nullptr || statement.As<ast::Alter>() != nullptr ||
         statement.As<ast::CreateMaterializedTable>() != nullptr;
}

// The job that the statement behind `part` waits for until it has ended; "" if it does not.
std::string AwaitedBehind(std::string_view script, SourceSpan part) {
  const std::optional<size_t> begin = parse::EndOfStatement(script, part.end);
  if (!begin) return "";
  const size_t end = parse::EndOfStatement(script, *begin).value_or(script.size());
  const Result<std::vector<ast::StatementPtr>> next =
      parse::ParseScript(script.substr(*begin, end - *begin));
  const auto* wait =
      next.ok() && next->size() == 1 ? next->front()->As<ast::WaitForJob>() : nullptr;
  const bool ended = wait != nullptr && wait->until == ast::WaitCondition::kFinished;
  return ended && !wait->job.is_string ? wait->job.text : "";
}

// Whether it names a shared library.
bool IsNative(const ast::FunctionBody& body) {
  return std::ranges::any_of(body.resources, [](const ast::Resource& resource) {
    return resource.kind == ast::ResourceKind::kFile;
  });
}

bool IsNative(const ast::CreateFunction& node) {
  return node.body && IsNative(*node.body);
}

// The comment of a table, which Flink's ALTER cannot set.
bool SetsComment(const ast::Alter& node) {
  const bool table =
      node.kind == ast::ObjectKind::kTable || node.kind == ast::ObjectKind::kMaterializedTable;
  return table && std::holds_alternative<ast::SetComment>(node.action);
}

}  // namespace

Result<std::string> Translator::Translate(std::string_view script, SourceSpan part) {
  const ast::StatementPtr parsed = TRY(parse::ParseStatementAt(script, part));
  ast::Statement statement = *parsed;
  notes_.clear();
  in_batch_ = false;
  writes_by_key_ = parsed->As<ast::BeginStatementSet>() != nullptr;  // no SET stands in it
  const auto* job = parsed->As<ast::CreateJob>();
  const bool waits = parsed->As<ast::WaitForJob>() != nullptr;
  const bool inside_set = in_set_;
  if (!waits) awaited_job_.clear();
  if (job != nullptr && AwaitedBehind(script, part) == job->job.text) awaited_job_ = job->job.text;
  std::vector<std::string> made = TRY(Rewrite(statement));
  if (waits) awaited_job_.clear();
  std::set<std::string> called = rewriter_.TakeCalled();
  if (KeepsQuery(statement)) called_by_views_.merge(called);
  if (in_batch_) made = Under({SettingOf(kMode, "batch")}, std::move(made));
  std::string out;
  for (const std::string& note : rewriter_.TakeNotes()) notes_.push_back(note);
  std::vector<std::string> tables;
  for (ast::CreateTable& table : rewriter_.TakeTables()) {
    tables.push_back(Written({std::move(table), {}}));
  }
  for (const std::string& note : notes_) AddNote(out, note);
  for (const std::string& table : tables) out += table + ";\n";
  if (writes_by_key_ && !inside_set &&
      settings_.try_emplace(std::string(kRequireConflict), "false").second)
    out += Written(Setting(kRequireConflict, "false")) + ";\n";
  const std::string_view text = script.substr(part.begin, part.end - part.begin);
  const bool same = made.size() == 1 && statement == *parsed && IsSpelledForFlink(text, *parsed);
  if (same) return out + std::string(text) + ";";
  out += CommentsIn(text);
  for (const std::string& one : made) out += one + ";\n";
  if (out.ends_with('\n')) out.pop_back();
  return out;
}

Result<std::vector<std::string>> Translator::Rewrite(ast::Statement& statement) {
  if (auto* job = std::get_if<ast::CreateJob>(&statement.node)) return RewriteJob(*job);
  if (const auto* set = statement.As<ast::Set>()) return RewriteSetting(statement, set->key);
  if (const auto* reset = statement.As<ast::Reset>()) return RewriteSetting(statement, reset->key);
  if (auto* alter = std::get_if<ast::Alter>(&statement.node); alter != nullptr) {
    if (const auto* renamed = std::get_if<ast::RenameObject>(&alter->action);
        renamed != nullptr && TRY(MovesTo(renamed->to, statement.span)))
      return RewriteMove(*alter, renamed->to, statement.span);
    const std::string written = Written(statement);
    if (!RewriteAlter(*alter)) {
      notes_.push_back(fmt::format(
          "{} is left out: {}", written,
          SetsComment(*alter) ? "Flink cannot change the comment" : "the table is like this"));
      return std::vector<std::string>();
    }
  }
  if (ExplainsState(statement)) {
    notes_.push_back("EXPLAIN STATE is left out: Flink's plans do not show the state of operators");
    return std::vector<std::string>();
  }
  if (IsFunction(statement)) return RewriteFunction(statement);
  if (statement.As<ast::WaitForJob>() != nullptr) return RewriteWait(statement);
  if (const auto* truncate = statement.As<ast::Truncate>())
    return RewriteTruncate(*truncate, statement.span);
  if (statement.As<ast::BeginStatementSet>() != nullptr) in_set_ = true;
  if (statement.As<ast::EndStatementSet>() != nullptr) in_set_ = false;
  RETURN_IF_ERROR(RewriteInside(statement));
  return std::vector<std::string>{Written(statement)};
}

// --- functions of SQL ----------------------------------------------------------------------------

Result<std::vector<std::string>> Translator::RewriteFunction(ast::Statement& statement) {
  const auto* drop = statement.As<ast::Drop>();
  const auto* create = statement.As<ast::CreateFunction>();
  const ast::Name& name = drop != nullptr ? drop->name : create->name;
  if (create != nullptr && (create->body || !create->signature)) {
    RETURN_IF_ERROR(RewriteInside(statement));
    return std::vector<std::string>{Written(statement)};
  }
  if (drop != nullptr && !drops_sql_function_) return std::vector<std::string>{Written(statement)};
  // A permanent function that is gone may have been called by nothing that is left; what was hidden
  // by a temporary one is called from here on.
  if (create != nullptr) RETURN_IF_ERROR(CheckViews(name, "CREATE FUNCTION", statement.span));
  if (drop != nullptr && drop->temporary)
    RETURN_IF_ERROR(CheckViews(name, "DROP TEMPORARY FUNCTION", statement.span));
  left_functions_out_ = true;
  notes_.push_back(fmt::format("{} FUNCTION {} is left out: its text is in the place of its calls",
                               drop != nullptr ? "DROP" : "CREATE", name.last().text));
  return std::vector<std::string>();
}

// The text of a view has the function as it was; here it is the one of the name now.
Status Translator::CheckViews(const ast::Name& function, std::string_view what,
                              SourceSpan span) const {
  if (!called_by_views_.contains(ToUpper(function.last().text))) return {};
  return CannotBeSaid(fmt::format("{} behind a view that calls a function of the name", what),
                      "the view has the text of what it called when it was created", span);
}

Status Translator::CheckNotOfSql(const ast::Name& function, std::string_view what,
                                 SourceSpan span) const {
  if (!IsOfSql(TRY(bind::FindUserFunction(catalog_, function, span)))) return {};
  return CannotBeSaid(fmt::format("{} of a function of SQL", what), kNoSqlFunctions, span);
}

// --- jobs that are waited for, and rows that are replaced ----------------------------------------

Result<std::vector<std::string>> Translator::RewriteWait(const ast::Statement& statement) {
  const auto& wait = *statement.As<ast::WaitForJob>();
  if (awaited_job_.empty() || wait.job.is_string || wait.job.text != awaited_job_) {
    return CannotBeSaid("WAIT FOR JOB that is not right behind its CREATE JOB, UNTIL FINISHED",
                        kWhyNoJobs, statement.span);
  }
  notes_.push_back(fmt::format("{} is left out: '{}' waits for the job, however long it takes",
                               Written(statement), kSync));
  return std::vector<std::string>();
}

std::vector<std::string> Translator::Under(const ast::Properties& settings,
                                           std::vector<std::string> statements) const {
  std::vector<std::string> made;
  std::vector<std::string> after;
  for (const ast::Property& setting : settings) {
    const std::string& key = setting.key.text;
    const auto former = settings_.find(key);
    if (former != settings_.end() && former->second == setting.value.text) continue;
    made.push_back(Written(Setting(key, setting.value.text)));
    after.push_back(Written(former != settings_.end()
                                ? Setting(key, former->second)
                                : ast::Statement{ast::Reset{ast::Text{key, {}}}, {}}));
  }
  std::ranges::move(statements, std::back_inserter(made));
  std::ranges::move(after, std::back_inserter(made));
  return made;
}

// As INSERT OVERWRITE of no rows, which removes those of the table; of one with partitions it would
// remove none. It is awaited, as TRUNCATE is.
Result<std::vector<std::string>> Translator::RewriteTruncate(const ast::Truncate& node,
                                                             SourceSpan span) {
  const catalog::TablePtr table = TRY(catalog_.Find(bind::PartsOf(node.target), span)).table;
  const bool files = table != nullptr && table->connector != nullptr &&
                     table->connector->name == "filesystem" && table->partition_keys.empty();
  if (!files) {
    return CannotBeSaid("TRUNCATE TABLE of other tables than of files without partitions",
                        "its connectors do not take it", span);
  }
  // Not from the table itself: what is read by a statement is not removed by it.
  std::vector<std::string> nulls;
  for (const int column : table->InsertColumns()) {
    const Type& type = table->columns[static_cast<size_t>(column)].type;
    nulls.push_back(fmt::format("CAST(NULL AS {})", type.ToStringIgnoringNullability()));
  }
  const ast::StatementPtr query = TRY(parse::ParseStatement(fmt::format(
      "SELECT {} FROM (VALUES (1)) AS nothing (n) WHERE FALSE", fmt::join(nulls, ", "))));
  ast::Insert insert;
  insert.overwrite = true;
  insert.target = node.target;
  insert.query = query->As<ast::QueryStatement>()->query;
  return Under({SettingOf(kMode, "batch"), SettingOf(kSync, "true")},
               {Written({std::move(insert), {}})});
}

void Translator::LookBefore(std::string_view script, SourceSpan part) {
  former_columns_.clear();
  former_name_.reset();
  drops_sql_function_ = false;
  const std::string_view text = script.substr(part.begin, part.end - part.begin);
  const bool drops = EqualsIgnoreCase(text.substr(0, 4), "DROP");
  if (!drops && !EqualsIgnoreCase(text.substr(0, 5), "ALTER")) return;
  const Result<ast::StatementPtr> parsed = parse::ParseStatementAt(script, part);
  if (parsed.ok() && drops && IsFunction(**parsed)) {
    const auto& drop = *(*parsed)->As<ast::Drop>();
    const Result<catalog::FunctionPtr> found =
        drop.system ? catalog_.FindSystemFunction(drop.name.last().text, part)
                    : catalog_.FindFunction(bind::PartsOf(drop.name), part);
    drops_sql_function_ = found.ok() && IsOfSql(*found);
  }
  const auto* alter = parsed.ok() ? (*parsed)->As<ast::Alter>() : nullptr;
  if (alter == nullptr) return;
  const Result<catalog::CatalogObject> found = catalog_.Find(bind::PartsOf(alter->name), part);
  if (!found.ok()) return;
  if (found->view != nullptr) former_name_ = found->view->name;
  if (found->table == nullptr) return;
  former_name_ = found->table->name;
  for (const catalog::ColumnDefinition& column : found->table->columns)
    former_columns_.push_back(column.name);
}

bool Translator::Had(const ast::Name& column) const {
  return std::ranges::any_of(former_columns_, [&](const std::string& name) {
    return EqualsIgnoreCase(name, column.last().text);
  });
}

bool Translator::KeepNew(ast::ChangeElements& added) const {
  if (!std::exchange(added.if_not_exists, false)) return true;
  std::erase_if(added.elements, [this](const ast::TableElement& element) {
    const auto* column = std::get_if<ast::ColumnDefinition>(&element);
    return column != nullptr && Had(column->name);
  });
  return !added.elements.empty();
}

bool Translator::KeepKnown(ast::DropColumns& dropped) const {
  if (!std::exchange(dropped.if_exists, false)) return true;
  std::erase_if(dropped.columns, [this](const ast::Name& column) { return !Had(column); });
  return !dropped.columns.empty();
}

// Whether the object is in another database by its new name, where it is now.
Result<bool> Translator::MovesTo(const ast::Name& name, SourceSpan span) const {
  if (!former_name_ || name.parts.size() == 1) return false;
  const catalog::CatalogObject now = TRY(catalog_.Find(bind::PartsOf(name), span));
  const catalog::ObjectName& to = now.table != nullptr ? now.table->name : now.view->name;
  return to.catalog != former_name_->catalog || to.database != former_name_->database;
}

// RENAME leaves the table in its database there, whichever the new name says.
Result<std::vector<std::string>> Translator::RewriteMove(const ast::Alter& alter,
                                                         const ast::Name& to,
                                                         SourceSpan span) const {
  if (alter.kind != ast::ObjectKind::kTable)
    return CannotBeSaid("RENAME TO a name in another database", "it leaves the object in its own",
                        span);
  ast::CreateTable made;
  made.name = to;
  made.like = ast::LikeTable{alter.name, {}};
  ast::Drop former;
  former.name = alter.name;
  return std::vector<std::string>{Written({std::move(made), {}}), Written({std::move(former), {}})};
}

bool Translator::RewriteAlter(ast::Alter& alter) {
  if (auto* added = std::get_if<ast::ChangeElements>(&alter.action)) return KeepNew(*added);
  if (auto* dropped = std::get_if<ast::DropColumns>(&alter.action)) return KeepKnown(*dropped);
  return !SetsComment(alter);
}

std::vector<std::string> Translator::RewriteSetting(ast::Statement& statement,
                                                    const std::optional<ast::Text>& key) {
  const auto* set = statement.As<ast::Set>();
  if (set == nullptr && !key) settings_.clear();
  if (set == nullptr && key) settings_.erase(key->text);
  if (set != nullptr && key) {
    if (!set->value) {
      notes_.push_back(
          fmt::format("{} is left out: SET shows all options there", Written(statement)));
      return {};
    }
    const std::string& value = set->value->text;
    settings_[key->text] = value;
    if (IsOffset(key->text, value)) {
      statement = Setting(kZone, value);
      return {Written(statement)};
    }
  }
  if (!key || IsFlinkKey(key->text)) return {Written(statement)};
  notes_.push_back(fmt::format("{} is left out: Flink has no such option", Written(statement)));
  return {};
}

// The job's name and options are settings of the session until its INSERT was submitted.
Result<std::vector<std::string>> Translator::RewriteJob(ast::CreateJob& job) {
  ast::Properties settings{SettingOf("pipeline.name", job.job.text)};
  for (const ast::Property& option : job.options) {
    if (IsFlinkKey(option.key.text)) {
      settings.push_back(option);
      continue;
    }
    notes_.push_back(fmt::format("'{}' is left out: Flink has no such option", option.key.text));
  }
  if (!awaited_job_.empty()) settings.push_back(SettingOf(kSync, "true"));
  if (job.if_not_exists)
    notes_.push_back("IF NOT EXISTS is left out: Flink starts a job of the name a second time");
  RETURN_IF_ERROR(RewriteInside(*job.statement));
  return Under(settings, {Written(*job.statement)});
}

Status Translator::RewriteInside(ast::Statement& statement) {
  return std::visit([&](auto& node) { return RewriteNode(node, statement.span); }, statement.node);
}

Status Translator::RewriteQuery(ast::Query& query) {
  RETURN_IF_ERROR(TypeNulls(query, catalog_));
  return rewriter_.Visit(query);
}

Status Translator::ChooseMode(const ast::Query& query, SourceSpan span) {
  const std::optional<BatchOnly> only = FindBatchOnly(query, catalog_);
  if (!only) return {};
  if (!only->fits)
    return CannotBeSaid(only->what,
                        "Flink has it in batch mode only, over inserts that come to an end",
                        only->span.empty() ? span : only->span);
  UseBatchMode(only->what);
  return {};
}

// No SET stands within a set of statements.
void Translator::UseBatchMode(std::string_view what) {
  if (in_set_) {
    notes_.push_back(fmt::format("Flink takes {} in batch mode only", what));
  } else {
    in_batch_ = true;
  }
}

Status Translator::RewriteNode(ast::QueryStatement& node, SourceSpan span) {
  RETURN_IF_ERROR(ChooseMode(*node.query, span));
  return RewriteQuery(*node.query);
}

Status Translator::RewriteNode(ast::Insert& node, SourceSpan span) {
  if (node.overwrite) UseBatchMode("INSERT OVERWRITE");
  const catalog::TablePtr table = TRY(catalog_.Find(bind::PartsOf(node.target), span)).table;
  const bool unsaid = node.conflict == ast::ConflictAction::kUnsaid;
  writes_by_key_ = writes_by_key_ || (unsaid && table != nullptr && !table->primary_key.empty());
  RETURN_IF_ERROR(ChooseMode(*node.query, span));
  rewriter_.RewriteHints(node.hints);
  RETURN_IF_ERROR(TypeNulls(node, catalog_));
  return rewriter_.Visit(*node.query);
}

Status Translator::RewriteNode(ast::StatementSet& node, SourceSpan) {
  for (ast::StatementPtr& insert : node.statements) RETURN_IF_ERROR(RewriteInside(*insert));
  return {};
}

Status Translator::RewriteNode(ast::Execute& node, SourceSpan) {
  return RewriteInside(*node.statement);
}

Status Translator::RewriteNode(ast::Explain& node, SourceSpan span) {
  if (node.statement->As<ast::CreateJob>() != nullptr)
    return CannotBeSaid("EXPLAIN CREATE JOB", "it has no CREATE JOB; EXPLAIN the INSERT", span);
  return RewriteInside(*node.statement);
}

static bool HasInterval(const ast::DataType& type) {
  return type.kind == ast::TypeKind::kInterval ||
         std::ranges::any_of(type.arguments, HasInterval) ||
         std::ranges::any_of(type.fields,
                             [](const ast::FieldType& field) { return HasInterval(*field.type); });
}

Status Translator::RewriteElements(std::vector<ast::TableElement>& elements) {
  for (ast::TableElement& element : elements) {
    auto* column = std::get_if<ast::ColumnDefinition>(&element);
    if (column != nullptr && column->type && HasInterval(*column->type))
      return CannotBeSaid("a column of an INTERVAL", "its tables have none", column->span);
    if (column != nullptr && column->expression)
      RETURN_IF_ERROR(rewriter_.Visit(*column->expression));
    auto* watermark = std::get_if<ast::WatermarkDefinition>(&element);
    if (watermark != nullptr) RETURN_IF_ERROR(rewriter_.Visit(*watermark->expression));
  }
  return {};
}

Status Translator::RewriteNode(ast::CreateTable& node, SourceSpan span) {
  if (node.like && node.like->source.is_file)
    return CannotBeSaid("LIKE 'file'", "it does not look into files for their columns", span);
  RETURN_IF_ERROR(RewriteElements(node.elements));
  RETURN_IF_ERROR(RewriteTableOptions(node.options, notes_));
  return node.query ? RewriteQuery(*node.query) : Status();
}

Status Translator::RewriteNode(ast::CreateMaterializedTable& node, SourceSpan) {
  RETURN_IF_ERROR(RewriteElements(node.elements));
  RETURN_IF_ERROR(RewriteTableOptions(node.options, notes_));
  return RewriteQuery(*node.query);
}

Status Translator::RewriteNode(ast::CreateView& node, SourceSpan) {
  return RewriteQuery(*node.query);
}

Status Translator::RewriteNode(ast::CreateFunction& node, SourceSpan span) {
  if (IsNative(node)) return CannotBeSaid(kNative, kWhyNotNative, span);
  if (!node.signature) return {};
  return CannotBeSaid("CREATE FUNCTION with parameters",
                      "its functions are classes of Java or functions of Python, which say the "
                      "types themselves",
                      span);
}

Status Translator::RewriteNode(ast::Alter& node, SourceSpan span) {
  const auto* redefined = std::get_if<ast::RedefineFunction>(&node.action);
  if (redefined != nullptr && IsNative(redefined->body))
    return CannotBeSaid(kNative, kWhyNotNative, span);
  if (auto* view = std::get_if<ast::RedefineQuery>(&node.action)) return RewriteQuery(*view->query);
  if (auto* changed = std::get_if<ast::ChangeElements>(&node.action))
    return RewriteElements(changed->elements);
  auto* set = std::get_if<ast::SetOptions>(&node.action);
  return set != nullptr ? RewriteTableOptions(set->options, notes_) : Status();
}

Status Translator::RewriteNode(ast::Show& node, SourceSpan span) {
  switch (node.kind) {
    case ast::ShowKind::kSavepoints:
    case ast::ShowKind::kCheckpoints:
    case ast::ShowKind::kState:
    case ast::ShowKind::kStateDifference:
    case ast::ShowKind::kCreateJob:
      return CannotBeSaid("SHOW of jobs' SQL, checkpoints, savepoints and state", kWhyNoJobs, span);
    case ast::ShowKind::kCreateFunction:
      return CheckNotOfSql(node.name, "SHOW CREATE FUNCTION", span);
    case ast::ShowKind::kFunctions:
    case ast::ShowKind::kUserFunctions:
      if (!left_functions_out_) return {};
      return CannotBeSaid("SHOW FUNCTIONS behind CREATE FUNCTION", kNoSqlFunctions, span);
    case ast::ShowKind::kTables:
    case ast::ShowKind::kViews:
    case ast::ShowKind::kMaterializedTables:
    case ast::ShowKind::kColumns:
    case ast::ShowKind::kModels:
      if (!node.filter || !node.filter->ignore_case) return {};
      return CannotBeSaid("ILIKE in SHOW of these objects", "it has LIKE there", span);
    default:
      return {};
  }
}

Status Translator::RewriteNode(ast::Describe& node, SourceSpan span) {
  const bool of_ours =
      node.kind == ast::DescribeKind::kJob || node.kind == ast::DescribeKind::kSavepoint ||
      node.kind == ast::DescribeKind::kJobCosts || node.kind == ast::DescribeKind::kRecovery;
  if (node.kind == ast::DescribeKind::kFunction)
    return CheckNotOfSql(node.name, "DESCRIBE FUNCTION", span);
  if (of_ours) return CannotBeSaid("DESCRIBE of jobs and savepoints", kWhyNoJobs, span);
  if (node.name.is_file)
    return CannotBeSaid("DESCRIBE 'file'", "it does not look into files for their columns", span);
  return {};
}

template <typename Node>
Status Translator::RewriteNode(Node&, SourceSpan span) {
  if (!kOfOurs<Node>.empty()) return CannotBeSaid(kOfOurs<Node>, kWhyNoJobs, span);
  if constexpr (std::same_as<Node, ast::Copy>)
    return CannotBeSaid("COPY", "it writes no single file; INSERT INTO a table of files", span);
  if constexpr (std::same_as<Node, ast::Source>)
    return CannotBeSaid("SOURCE", "it reads no other scripts; translate each file", span);
  if constexpr (std::same_as<Node, ast::CompilePlan> || std::same_as<Node, ast::ExecutePlan>)
    return CannotBeSaid("a plan in a file", "its files of plans are others than ours", span);
  if constexpr (std::same_as<Node, ast::Update> || std::same_as<Node, ast::Delete>)
    return CannotBeSaid("UPDATE and DELETE",
                        "its connectors of files and of PostgreSQL do not take them", span);
  return {};
}

}  // namespace weir::shell::flink
