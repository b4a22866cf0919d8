// SHOW CHECKPOINTS, and DESCRIBE SAVEPOINT of a checkpoint.
#include <fmt/format.h>

#include <algorithm>

#include "planner/explain.h"
#include "shell/quantity.h"
#include "shell/statement_executor.h"

namespace weir::shell {
namespace {

// "in/a.csv: v1 offset=…" of every partition; the read ones only counted.
std::string OffsetsText(const std::vector<SplitCheckpoint>& splits) {
  std::string text;
  size_t finished = 0;
  for (const SplitCheckpoint& split : splits) {
    finished += split.split.finished ? 1 : 0;
    if (split.split.finished) continue;
    text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", split.split.id,
                        split.split.position.empty() ? "at its beginning" : split.split.position);
  }
  if (finished > 0)
    text += fmt::format("{}{} read to the end", text.empty() ? "" : "; ",
                        Plural(finished, "partition"));
  return text;
}

std::string WatermarkOf(const OperatorCheckpoint& node) {
  if (node.watermark_millis == Timestamp::Min().millis) return "none";
  if (node.watermark_millis == Timestamp::Max().millis) return "end";
  return TimeText(node.watermark_millis);
}

std::vector<Value> OperatorRow(const OperatorCheckpoint& node) {
  planner::StateTexts texts = planner::StateTextsOf(node.schema);
  return {TextCell(node.uid),
          TextCell(node.uid_stable ? "stable" : "generated"),
          TextCell(node.kind),
          TextCell(std::move(texts.key)),
          TextCell(std::move(texts.state)),
          NumberCell(node.rows),
          NumberCell(node.bytes),
          TextCell(WatermarkOf(node)),
          TextCell(OffsetsText(node.splits)),
          TextCell(fmt::format("{}", fmt::join(node.also, ", ")))};
}

std::string Heading(const CheckpointMetadata& metadata) {
  uint64_t bytes = 0;
  for (const StateFile& file : metadata.files) bytes += file.bytes;
  std::string text = fmt::format(
      "{} {} of job {} ({}), completed {}\n{} of state in {}, backend {}, parallelism {} of at "
      "most {}, by weir {}\n",
      metadata.kind == CheckpointKind::kSavepoint ? "Savepoint" : "Checkpoint",
      metadata.checkpoint_id, metadata.job_name, metadata.job_id,
      TimeText(metadata.complete_millis), BytesText(bytes), Plural(metadata.files.size(), "file"),
      metadata.backend, metadata.parallelism, metadata.max_parallelism, metadata.engine_version);
  for (const std::string& definition : metadata.definitions) text += definition + ";\n";
  return text + metadata.sql + ";\n";
}

}  // namespace

Result<Answer> StatementExecutor::ShowCheckpoints(const ast::Show& statement, SourceSpan span) {
  if (!statement.job) {
    return Status::InvalidSql("SHOW CHECKPOINTS needs a job")
        .WithId("E2015")
        .WithHint("SHOW CHECKPOINTS FOR JOB name")
        .WithSpan(span);
  }
  const Result<JobRecord> record = engine_.jobs_->FindRecord(statement.job->text);
  if (!record.ok()) return record.status().WithSpan(statement.job->span);
  Answer answer;
  answer.table.emplace();
  answer.table->columns = {{"checkpoint", Type::BigInt()},
                           {"completed", Type::String()},
                           {"bytes", Type::BigInt()},
                           {"new bytes", Type::BigInt()},
                           {"path", Type::String()}};
  for (const CheckpointInfo& info : TRY(engine_.jobs_->Checkpoints(*record))) {
    answer.table->rows.push_back({NumberCell(info.checkpoint_id),
                                  TextCell(TimeText(info.complete_millis)), NumberCell(info.bytes),
                                  NumberCell(info.new_bytes), TextCell(info.path)});
  }
  return answer;
}

Result<Answer> StatementExecutor::DescribeSavepoint(const ast::Reference& reference) {
  const Result<SavepointEntry> named = engine_.jobs_->savepoints().Find(reference.text);
  const Result<CheckpointMetadata> metadata =
      engine_.jobs_->ReadCheckpoint(named.ok() ? named->path : reference.text);
  if (!metadata.ok()) return metadata.status().WithSpan(reference.span);
  Answer answer;
  answer.text = Heading(*metadata);
  answer.table.emplace();
  answer.table->columns = {{"uid", Type::String()},      {"stability", Type::String()},
                           {"operator", Type::String()}, {"key", Type::String()},
                           {"state", Type::String()},    {"rows", Type::BigInt()},
                           {"bytes", Type::BigInt()},    {"watermark", Type::String()},
                           {"offsets", Type::String()},  {"also", Type::String()}};
  for (const OperatorCheckpoint& node : metadata->operators) {
    // As EXPLAIN STATE: operators that keep nothing are not listed.
    const bool keeps = !node.schema.tables.empty() || !node.schema.operator_state.empty();
    if (keeps) answer.table->rows.push_back(OperatorRow(node));
  }
  return answer;
}

}  // namespace weir::shell
