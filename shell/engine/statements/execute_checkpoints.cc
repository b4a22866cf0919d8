// SHOW CHECKPOINTS, and DESCRIBE SAVEPOINT of a checkpoint.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "planner/explain.h"
#include "runtime/checkpoint/compare_state.h"
#include "runtime/checkpoint/mixed_values.h"
#include "runtime/graph/secret_text.h"
#include "runtime/types/time_to_live.h"
#include "shell/engine/statements/statement_executor.h"
#include "shell/engine/text/quantity.h"

namespace weir::shell {
namespace {

// Roles of a table that is read and of its watermarks, in front of its name
// (docs/design/language-rules.md, "Uids").
constexpr std::string_view kSourceRole = "src:";
constexpr std::string_view kWatermarkRole = "wm:";

std::string WatermarkText(int64_t millis) {
  if (millis == Timestamp::Min().millis) return "none";
  if (millis == Timestamp::Max().millis) return "end";
  return TimeText(millis);
}

// A watermark operator is as far as the slowest partition of its source. Partitions that are
// finished or idle do not hold it back.
int64_t WatermarkOf(const CheckpointMetadata& metadata, const OperatorCheckpoint& node) {
  if (node.kind != "Watermark" || !node.uid.starts_with(kWatermarkRole))
    return node.watermark_millis;
  const std::string source = std::string(kSourceRole) + node.uid.substr(kWatermarkRole.size());
  int64_t least = Timestamp::Max().millis;
  int64_t greatest = node.watermark_millis;
  bool any = false;
  for (const OperatorCheckpoint& other : metadata.operators) {
    if (other.uid != source) continue;
    for (const SplitCheckpoint& split : other.splits) {
      greatest = std::max(greatest, split.watermark_millis);
      if (split.split.finished || split.idle) continue;
      least = std::min(least, split.watermark_millis);
      any = true;
    }
  }
  return any ? least : greatest;
}

// Of a checkpoint whose metadata cannot be read, only the number and path are known.
std::vector<Value> CheckpointRow(const CheckpointInfo& info) {
  const bool known = info.complete_millis != 0;
  const auto number = [known](uint64_t value) {
    return known ? NumberCell(value) : Value::Null(Type::BigInt());
  };
  return {NumberCell(info.checkpoint_id),
          known ? TextCell(TimeText(info.complete_millis)) : Value::Null(Type::String()),
          number(info.bytes),
          number(info.new_bytes),
          TextCell(info.path),
          TextCell(info.damage.empty() ? "" : "damaged: " + info.damage),
          number(info.in_flight_bytes)};
}

Value TimeCell(int64_t millis) {
  return millis == 0 ? Value::Null(Type::String()) : TextCell(TimeText(millis));
}

// Appends what the history says about how a checkpoint went.
void AppendOutcome(const checkpoint::EndedCheckpoint& one, std::vector<Value>& row) {
  row.push_back(TextCell(one.completed ? "COMPLETED" : "FAILED"));
  row.push_back(TextCell(fmt::format("{}{}", one.unaligned ? "unaligned, " : "", KindName(one))));
  row.push_back(TimeCell(one.trigger_millis));
  for (const int64_t millis : {one.duration_millis, one.start_delay_millis, one.alignment_millis})
    row.push_back(NumberCell(static_cast<uint64_t>(millis)));
  row.push_back(TextCell(one.failure));
}

// The same for one that is older than the history, as far as its metadata says.
void AppendOutcome(const CheckpointInfo& info, std::vector<Value>& row) {
  const bool known = info.complete_millis != 0;
  row.push_back(known ? TextCell("COMPLETED") : Value::Null(Type::String()));
  row.push_back(Value::Null(Type::String()));
  row.push_back(TimeCell(info.trigger_millis));
  row.push_back(known ? NumberCell(static_cast<uint64_t>(
                            std::max<int64_t>(0, info.complete_millis - info.trigger_millis)))
                      : Value::Null(Type::BigInt()));
  for (int i = 0; i < 2; ++i) row.push_back(Value::Null(Type::BigInt()));
  row.push_back(TextCell(""));
}

// A checkpoint that is not kept, with path "", or a savepoint.
std::vector<Value> HistoryRow(const checkpoint::EndedCheckpoint& one, const std::string& path) {
  const auto number = [&one](uint64_t value) {
    return one.completed ? NumberCell(value) : Value::Null(Type::BigInt());
  };
  std::vector<Value> row = {one.id == 0 ? Value::Null(Type::BigInt()) : NumberCell(one.id),
                            one.completed ? TimeCell(one.trigger_millis + one.duration_millis)
                                          : Value::Null(Type::String()),
                            number(one.bytes),
                            number(one.new_bytes),
                            TextCell(path),
                            TextCell(one.completed && path.empty() ? "not kept" : ""),
                            number(one.in_flight_bytes)};
  AppendOutcome(one, row);
  return row;
}

std::string TtlText(const OperatorStateSchema& schema) {
  std::string text = TimeToLiveInWords(schema);
  return text == "none" ? "" : text;
}

std::vector<Value> OperatorRow(const CheckpointMetadata& metadata, const OperatorCheckpoint& node) {
  planner::StateTexts texts = planner::StateTextsOf(node.schema);
  return {TextCell(node.uid),
          TextCell(node.uid_stable ? "stable" : "generated"),
          TextCell(node.kind),
          TextCell(std::move(texts.key)),
          TextCell(std::move(texts.state)),
          TextCell(TtlText(node.schema)),
          NumberCell(node.rows),
          NumberCell(node.bytes),
          TextCell(WatermarkText(WatermarkOf(metadata, node))),
          TextCell(fmt::format("{}", fmt::join(node.also, ", ")))};
}

// "src:events  in/a.csv  v1 offset=…  watermark …", one line for each partition.
std::string SplitsText(const OperatorCheckpoint& node) {
  std::string text;
  for (const SplitCheckpoint& split : node.splits) {
    const std::string_view position =
        split.split.position.empty() ? "at its beginning" : std::string_view(split.split.position);
    text += fmt::format("  {}  {}  {}{}, watermark {}{}\n", node.uid, split.split.id, position,
                        split.split.finished ? ", read to the end" : "",
                        WatermarkText(split.watermark_millis), split.idle ? ", idle" : "");
  }
  return text;
}

// What is too long for a cell: the state of an operator in full, and its open windows.
std::string StateText(const OperatorCheckpoint& node) {
  if (node.schema.tables.empty()) return "";
  std::string text = fmt::format("  {}  {}\n", node.uid, checkpoint::SchemaInWords(node.schema));
  for (const auto& [entry, word] : {std::pair(window::kSliceRowsEntry, "slice of time"),
                                    std::pair(window::kWindowRowsEntry, "window")}) {
    const std::vector<window::SliceRows> noted = checkpoint::NotedRows(node, entry);
    if (noted.empty()) continue;
    text += fmt::format("    {}, ending {} to {}\n", Plural(noted.size(), word),
                        TimeText(noted.front().end), TimeText(noted.back().end));
  }
  return text;
}

// Output in a savepoint that is not committed; a restore writes it.
std::string OutputText(const CheckpointMetadata& metadata) {
  std::string text;
  for (const OperatorCheckpoint& node : metadata.operators) {
    uint64_t rows = 0;
    for (const OutputRows& held : node.output) rows += held.rows;
    if (node.output.empty()) continue;
    text += fmt::format("  {}  {} in {}, not committed\n", node.uid, Plural(rows, "row"),
                        Plural(node.output.size(), "file"));
  }
  return text.empty() ? "" : "Output:\n" + text;
}

std::string Heading(const CheckpointMetadata& metadata) {
  uint64_t bytes = 0;
  for (const StateFile& file : metadata.files) bytes += file.bytes;
  return fmt::format(
      "{} {} of job {} ({}), completed {}\n{} of state in {}, backend {}, parallelism {} of at "
      "most {}, by weir {}, format version {}\n",
      metadata.kind == CheckpointKind::kSavepoint ? "Savepoint" : "Checkpoint",
      metadata.checkpoint_id, metadata.job_name, metadata.job_id,
      TimeText(metadata.complete_millis), BytesText(bytes), Plural(metadata.files.size(), "file"),
      metadata.backend, metadata.parallelism, metadata.max_parallelism, metadata.engine_version,
      metadata.format_version);
}

std::string DescribeText(const CheckpointMetadata& metadata) {
  std::string text = Heading(metadata);
  for (const std::string& definition : metadata.definitions)
    text += graph::ShownSql(definition) + ";\n";
  text += graph::ShownSql(metadata.sql) + ";\n";
  std::string splits;
  std::string states;
  for (const OperatorCheckpoint& node : metadata.operators) {
    splits += SplitsText(node);
    states += StateText(node);
  }
  if (!splits.empty()) text += "Partitions:\n" + splits;
  if (!states.empty()) text += "State:\n" + states;
  for (const OperatorCheckpoint& node : metadata.operators) {
    text += checkpoint::InexactInWords(node.uid, checkpoint::InexactCalls(node, node.schema));
  }
  return text + OutputText(metadata);
}

}  // namespace

Result<Answer> StatementExecutor::ShowCheckpoints(const ast::Show& statement, SourceSpan span) {
  if (!statement.job) {
    return Status::InvalidSql("SHOW CHECKPOINTS needs a job")
        .WithId("E2015")
        .WithHint("SHOW CHECKPOINTS FOR JOB name")
        .WithSpan(span);
  }
  const Result<JobRecord> record = session_.registry().Find(statement.job->text);
  if (!record.ok()) return record.status().WithSpan(statement.job->span);
  Answer answer;
  answer.table.emplace();
  answer.table->columns = {{"checkpoint", Type::BigInt()},   {"completed", Type::String()},
                           {"bytes", Type::BigInt()},        {"new bytes", Type::BigInt()},
                           {"path", Type::String()},         {"note", Type::String()},
                           {"in flight", Type::BigInt()},    {"state", Type::String()},
                           {"kind", Type::String()},         {"started", Type::String()},
                           {"duration ms", Type::BigInt()},  {"start delay ms", Type::BigInt()},
                           {"alignment ms", Type::BigInt()}, {"failure", Type::String()}};
  answer.table->rows = TRY(CheckpointRows(*record));
  return answer;
}

// Checkpoints that are kept, and those that the history knows, by number. One that failed before it
// had a number comes after the one before it.
Result<std::vector<std::vector<Value>>> StatementExecutor::CheckpointRows(
    const JobRecord& record) const {
  std::multimap<uint64_t, std::vector<Value>> rows;
  std::vector<checkpoint::EndedCheckpoint> history = session_.registry().History(record);
  for (const CheckpointInfo& info : TRY(session_.registry().Checkpoints(record))) {
    std::vector<Value> row = CheckpointRow(info);
    const auto found = std::ranges::find_if(history, [&](const auto& one) {
      return one.id == info.checkpoint_id && one.completed && !one.savepoint;
    });
    if (found != history.end()) {
      AppendOutcome(*found, row);
      history.erase(found);
    } else {
      AppendOutcome(info, row);
    }
    rows.emplace(info.checkpoint_id, std::move(row));
  }
  // If the list of savepoints is damaged, only their paths are not known.
  Result<std::vector<SavepointEntry>> listed = session_.registry().savepoints().All();
  const auto savepoints = listed.ok() ? *std::move(listed) : std::vector<SavepointEntry>();
  uint64_t place = 0;
  for (checkpoint::EndedCheckpoint& one : history) {
    const auto saved = std::ranges::find_if(savepoints, [&](const SavepointEntry& entry) {
      return one.savepoint && entry.job_id == record.id && entry.checkpoint_id == one.id;
    });
    const bool listed_here = saved != savepoints.end();
    // The history has the bytes that were captured; a savepoint has them in another format.
    if (listed_here) one.bytes = one.new_bytes = saved->bytes;
    if (one.id != 0) place = one.id;
    rows.emplace(place, HistoryRow(one, listed_here ? saved->path : ""));
  }
  std::vector<std::vector<Value>> in_order;
  for (auto& [number, row] : rows) in_order.push_back(std::move(row));
  return in_order;
}

Result<Answer> StatementExecutor::DescribeSavepoint(const ast::Reference& reference) {
  const Result<SavepointEntry> named = session_.registry().savepoints().Find(reference.text);
  const bool looks_like_a_path = reference.text.find('/') != std::string::npos;
  if (!named.ok() && !looks_like_a_path &&
      !session_.ports().files->Stat(session_.PathOf(reference.text)).ok())
    return Status(named.status()).WithSpan(reference.span);
  const Result<CheckpointMetadata> metadata = session_.snapshots().Read(
      named.ok() ? named->path : TRY(AllowedPathOf(reference.text, reference.span)));
  if (!metadata.ok()) {
    const bool absent = metadata.status().code() == StatusCode::kNotFound;
    Status status = metadata.status();
    if (absent && named.ok()) status = MovedOrDeleted(reference.text, named->path);
    if (absent && !named.ok() && !looks_like_a_path) status = named.status();
    return std::move(status).WithSpan(reference.span);
  }
  Answer answer;
  answer.text = DescribeText(*metadata);
  answer.table.emplace();
  answer.table->columns = {{"uid", Type::String()},       {"stability", Type::String()},
                           {"operator", Type::String()},  {"key", Type::String()},
                           {"state", Type::String()},     {"ttl", Type::String()},
                           {"rows", Type::BigInt()},      {"bytes", Type::BigInt()},
                           {"watermark", Type::String()}, {"also", Type::String()}};
  for (const OperatorCheckpoint& node : metadata->operators) {
    // As EXPLAIN STATE: operators that keep nothing are not listed.
    const bool keeps = !node.schema.tables.empty() || !node.schema.operator_state.empty();
    if (keeps) answer.table->rows.push_back(OperatorRow(*metadata, node));
  }
  return answer;
}

}  // namespace weir::shell
