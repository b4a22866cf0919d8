#include "planner/ast/show_kind.h"
#include "planner/parse/builder.h"
#include "planner/parse/dispatch.h"

namespace weir::parse {

using ast::Show;
using ast::ShowKind;
using ast::StatementNode;

namespace {

ShowKind ListKind(P::ShowWordContext* word) {
  if (word->K_CATALOGS()) return ShowKind::kCatalogs;
  if (word->K_CATALOG()) return ShowKind::kCurrentCatalog;
  if (word->K_DATABASES()) return ShowKind::kDatabases;
  if (word->K_DATABASE()) return ShowKind::kCurrentDatabase;
  if (word->K_MATERIALIZED()) return ShowKind::kMaterializedTables;
  if (word->K_TABLES()) return ShowKind::kTables;
  if (word->K_VIEWS()) return ShowKind::kViews;
  if (word->K_COLUMNS()) return ShowKind::kColumns;
  if (word->K_USER()) return ShowKind::kUserFunctions;
  if (word->K_FUNCTIONS()) return ShowKind::kFunctions;
  if (word->K_PROCEDURES()) return ShowKind::kProcedures;
  if (word->K_FULL()) return ShowKind::kFullModules;
  if (word->K_MODULES()) return ShowKind::kModules;
  if (word->K_JARS()) return ShowKind::kJars;
  if (word->K_JOBS()) return ShowKind::kJobs;
  return word->K_MODELS() ? ShowKind::kModels : ShowKind::kConnections;
}

ShowKind CreateKind(ast::ObjectKind kind, bool or_alter) {
  switch (kind) {
    case ast::ObjectKind::kCatalog:
      return ShowKind::kCreateCatalog;
    case ast::ObjectKind::kDatabase:
      return ShowKind::kCreateDatabase;
    case ast::ObjectKind::kTable:
      return ShowKind::kCreateTable;
    case ast::ObjectKind::kMaterializedTable:
      return or_alter ? ShowKind::kCreateOrAlterMaterializedTable
                      : ShowKind::kCreateMaterializedTable;
    case ast::ObjectKind::kView:
      return ShowKind::kCreateView;
    case ast::ObjectKind::kFunction:
      return ShowKind::kCreateFunction;
    case ast::ObjectKind::kModel:
      return ShowKind::kCreateModel;
    case ast::ObjectKind::kConnection:
      return ShowKind::kCreateConnection;
  }
  return ShowKind::kCreateTable;
}

ast::DescribeKind DescribedKind(P::DescribeContext* context) {
  if (context->K_CATALOG()) return ast::DescribeKind::kCatalog;
  if (context->K_DATABASE()) return ast::DescribeKind::kDatabase;
  if (context->K_FUNCTION()) return ast::DescribeKind::kFunction;
  if (context->K_MODEL()) return ast::DescribeKind::kModel;
  if (context->K_CONNECTION()) return ast::DescribeKind::kConnection;
  if (context->K_ANALYZE()) return ast::DescribeKind::kJobCosts;
  if (context->K_RECOVERY()) return ast::DescribeKind::kRecovery;
  if (context->K_JOB()) return ast::DescribeKind::kJob;
  return context->K_SAVEPOINT() ? ast::DescribeKind::kSavepoint : ast::DescribeKind::kRelation;
}

// Whether SHOW is about a single thing, so that neither FROM nor LIKE can narrow it.
bool IsOfOne(ShowKind kind) {
  return kind == ShowKind::kCurrentCatalog || kind == ShowKind::kCurrentDatabase ||
         kind >= ShowKind::kCreateTable;
}

// Whether the list may be narrowed by FROM or IN to a catalog, database or table. Procedures and
// functions may be, as in Flink.
bool TakesFrom(const Show& show) {
  if (!show.name.empty() || show.job || !show.states.empty() || IsOfOne(show.kind)) return false;
  switch (show.kind) {
    case ShowKind::kCatalogs:
    case ShowKind::kModules:
    case ShowKind::kFullModules:
    case ShowKind::kJars:
    case ShowKind::kJobs:
    case ShowKind::kSavepoints:
    case ShowKind::kCheckpoints:
      return false;
    default:
      return true;
  }
}

// Whether LIKE may choose from the list by name. Checkpoints have numbers and differences of states
// have no names.
bool TakesLike(ShowKind kind) {
  return !IsOfOne(kind) && kind != ShowKind::kCheckpoints && kind != ShowKind::kStateDifference;
}

}  // namespace

StatementNode Builder::Build(P::ShowContext* context) {
  Show show =
      Dispatch<Show, P::ShowCreateContext, P::ShowCreateJobContext, P::ShowPartitionsContext,
               P::ShowJobPartsContext, P::ShowStateContext, P::ShowStateDifferenceContext,
               P::ShowListContext>(this, context->showTarget());
  if (context->name()) {
    if (!TakesFrom(show)) Fail(SpanOf(context->name()), "this SHOW takes no FROM or IN");
    show.name = Build(context->name());
    show.in = context->K_IN() != nullptr;
  } else if (show.kind == ShowKind::kColumns) {
    Fail(SpanOf(context), "SHOW COLUMNS needs a table", "write SHOW COLUMNS FROM t");
  }
  if (context->STRING()) {
    if (!TakesLike(show.kind))
      Fail(SpanOf(context->STRING()), "this SHOW takes no LIKE",
           show.kind == ShowKind::kStateDifference ? "UID names one" : "");
    show.filter = ast::ShowFilter{context->K_NOT() != nullptr, context->K_ILIKE() != nullptr,
                                  BuildText(context->STRING())};
  }
  return show;
}

Show Builder::Build(P::ShowCreateContext* context) {
  Show show;
  const ast::ObjectKind kind = Build(context->objectKind());
  if (context->K_OR() && kind != ast::ObjectKind::kMaterializedTable) {
    Fail(SpanOf(context->K_OR()), "OR ALTER is for materialized tables only");
  }
  show.kind = CreateKind(kind, context->K_OR() != nullptr);
  show.name = Build(context->name());
  return show;
}

Show Builder::Build(P::ShowCreateJobContext* context) {
  Show show;
  show.kind = ShowKind::kCreateJob;
  show.job = Build(context->reference());
  return show;
}

Show Builder::Build(P::ShowPartitionsContext* context) {
  Show show;
  show.kind = ShowKind::kPartitions;
  show.name = Build(context->name());
  show.partition = Build(context->partitionSpec());
  return show;
}

Show Builder::Build(P::ShowJobPartsContext* context) {
  Show show;
  show.kind = context->K_SAVEPOINTS() ? ShowKind::kSavepoints : ShowKind::kCheckpoints;
  if (context->reference()) show.job = Build(context->reference());
  return show;
}

Show Builder::Build(P::ShowStateContext* context) {
  Show show;
  show.kind = ShowKind::kState;
  show.states.push_back(Build(context->stateSource()));
  return show;
}

Show Builder::Build(P::ShowStateDifferenceContext* context) {
  Show show;
  show.kind = ShowKind::kStateDifference;
  for (auto* source : context->stateSource()) show.states.push_back(Build(source));
  if (context->stateTable()) show.state_table = Build(context->stateTable());
  return show;
}

Show Builder::Build(P::ShowListContext* context) {
  Show show;
  show.kind = ListKind(context->showWord());
  return show;
}

StatementNode Builder::Build(P::DescribeContext* context) {
  ast::Describe describe;
  describe.kind = DescribedKind(context);
  describe.extended = context->K_EXTENDED() != nullptr;
  if (context->reference()) describe.reference = Build(context->reference());
  if (context->name()) describe.name = Build(context->name());
  if (context->STRING()) describe.name = BuildFileName(context->STRING());
  return describe;
}

StatementNode Builder::Build(P::UseContext* context) {
  return ast::Use{context->K_CATALOG() != nullptr, Build(context->name())};
}

StatementNode Builder::Build(P::UseModulesContext* context) {
  ast::UseModules use;
  for (auto* module : context->identifier()) use.modules.push_back(Build(module));
  return use;
}

StatementNode Builder::Build(P::LoadModuleContext* context) {
  ast::LoadModule load;
  load.module = Build(context->identifier());
  if (context->properties()) load.options = Build(context->properties());
  return load;
}

StatementNode Builder::Build(P::UnloadModuleContext* context) {
  return ast::UnloadModule{Build(context->identifier())};
}

StatementNode Builder::Build(P::JarContext* context) {
  return ast::Jar{context->K_REMOVE() != nullptr, BuildText(context->STRING())};
}

namespace {

// A key or value of SET: a string, or Flink's unquoted form.
ast::Text BuildSetting(Builder& builder, Rule* context, P::TextContext* text) {
  if (text != nullptr) return builder.Build(text);
  const ast::Span span = builder.SpanOf(context);
  return {std::string(builder.TextOf(span)), span};
}

}  // namespace

StatementNode Builder::Build(P::SetContext* context) {
  ast::Set set;
  if (auto* key = context->settingKey()) set.key = BuildSetting(*this, key, key->text());
  if (auto* value = context->settingValue()) set.value = BuildSetting(*this, value, value->text());
  return set;
}

StatementNode Builder::Build(P::ResetSettingContext* context) {
  ast::Reset reset;
  if (auto* key = context->settingKey()) reset.key = BuildSetting(*this, key, key->text());
  return reset;
}

StatementNode Builder::Build(P::HelpContext* context) {
  ast::Help help;
  uint32_t end = 0;
  for (auto* word : context->settingAny()) {
    const SourceSpan span = SpanOf(word);
    // `debezium-json` and `csv.header` are one word of the topics, and several of the grammar.
    if (!help.topic.empty() && span.begin > end) help.topic += ' ';
    help.topic += TextOf(span);
    end = span.end;
  }
  return help;
}

StatementNode Builder::Build(P::QuitContext*) {
  return ast::Quit{};
}
StatementNode Builder::Build(P::ClearContext*) {
  return ast::Clear{};
}
StatementNode Builder::Build(P::SourceContext* context) {
  return ast::Source{BuildText(context->STRING())};
}

}  // namespace weir::parse
