// SHOW STATE OF …, SHOW STATE DIFFERENCE OF … AND ….
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "shell/engine/statements/statement_executor.h"
#include "shell/engine/text/quantity.h"
#include "state/reading/state_summary.h"

namespace weir::shell {
namespace {

// "auction BIGINT, bidder BIGINT".
std::string FieldsText(const std::vector<Field>& fields) {
  std::vector<std::string> texts;
  for (const Field& field : fields)
    texts.push_back(fmt::format("{} {}", field.name, field.type.WithNullable(true).ToString()));
  return fmt::format("{}", fmt::join(texts, ", "));
}

// "1001: 9.2 MiB in 300000 rows; …".
std::string LargestText(const state::StateSummary& summary) {
  std::vector<std::string> texts;
  for (const state::LargeKey& key : summary.largest) {
    texts.push_back(
        fmt::format("{}: {} in {}", key.key, BytesText(key.bytes), Plural(key.rows, "row")));
  }
  return fmt::format("{}", fmt::join(texts, "; "));
}

}  // namespace

Result<Answer> StatementExecutor::ShowState(const ast::Show& statement,
                                            const catalog::NameFilter& filter) {
  const ast::StateSource& source = statement.states.front();
  const std::string path = TRY(session_.states().PathOf(source));
  const auto metadata = session_.saved_states().Metadata(path);
  if (!metadata.ok()) return Status(metadata.status()).WithSpan(source.reference.span);
  const auto records = session_.saved_states().Records(**metadata);
  if (!records.ok()) return Status(records.status()).WithSpan(source.reference.span);
  Answer answer;
  answer.table.emplace();
  answer.table->columns = {{"uid", Type::String()},         {"operator", Type::String()},
                           {"table", Type::String()},       {"key", Type::String()},
                           {"rows", Type::BigInt()},        {"bytes", Type::BigInt()},
                           {"largest keys", Type::String()}};
  for (const OperatorCheckpoint& op : (*metadata)->operators) {
    if (!filter.Keeps(op.uid)) continue;
    for (const StateSchema& schema : op.schema.tables) {
      const state::StateTable table{&op, &schema, fmt::format("{}/{}", op.uid, schema.name)};
      const Result<state::StateSummary> summary =
          state::Summarise(**records, table, session_.cancel());
      if (!summary.ok()) return Status(summary.status()).WithSpan(source.reference.span);
      answer.table->rows.push_back({TextCell(op.uid), TextCell(op.kind), TextCell(schema.name),
                                    TextCell(FieldsText(schema.key)), NumberCell(summary->rows),
                                    NumberCell(summary->bytes), TextCell(LargestText(*summary))});
    }
  }
  return answer;
}

// The difference is a query, so its rows are shown as they come.
Result<Answer> StatementExecutor::ShowStateDifference(const ast::Show& statement, SourceSpan span) {
  const std::string before = TRY(session_.states().PathOf(statement.states[0]));
  const std::string after = TRY(session_.states().PathOf(statement.states[1]));
  const catalog::TablePtr table = TRY(
      session_.states().DefineDifference(session_.catalog(), before, after, statement.state_table));
  catalog::Catalog names = session_.catalog();
  RETURN_IF_ERROR(names.Replace({table, nullptr}, span));
  ast::Name name;
  name.parts.push_back({table->name.object, true, span});
  ast::Query query;
  query.body = ast::TableQuery{name};
  return RunQuery(query, names);
}

}  // namespace weir::shell
