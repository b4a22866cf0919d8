#include "shell/rpc/news_codec.h"

#include <fmt/format.h>
#include <thrift/protocol/TCompactProtocol.h>
#include <thrift/transport/TBufferTransports.h>

#include <memory>

#include "shell/rpc/row_codec.h"

namespace weir::rpc {
namespace {

using apache::thrift::protocol::TCompactProtocol;
using apache::thrift::transport::TMemoryBuffer;

template <typename T>
std::string EncodeCompact(const T& value) {
  auto buffer = std::make_shared<TMemoryBuffer>();
  TCompactProtocol protocol(buffer);
  value.write(&protocol);
  return buffer->getBufferAsString();
}

// Thrift believes the length that a list or text claims and takes memory for it; with these limits
// none can claim more than there are bytes.
template <typename T>
Result<T> DecodeCompact(std::string_view bytes) {
  try {
    // Thrift takes the bytes as not const, but only observes them.
    auto* begin = reinterpret_cast<uint8_t*>(const_cast<char*>(bytes.data()));
    const auto size = static_cast<uint32_t>(bytes.size());
    auto buffer = std::make_shared<TMemoryBuffer>(begin, size, TMemoryBuffer::OBSERVE);
    const auto limit = static_cast<int32_t>(size);
    apache::thrift::protocol::TCompactProtocolT<TMemoryBuffer> protocol(buffer, limit, limit);
    T value;
    value.read(&protocol);
    return value;
  } catch (const apache::thrift::TException& error) {
    return Status::Corruption(fmt::format("a message is malformed: {}", error.what()));
  }
}

wire::Operator OperatorToWire(const task::OperatorSnapshot& op) {
  wire::Operator out;
  out.uid = op.uid;
  out.kind = op.kind;
  out.rows_in = static_cast<int64_t>(op.rows_in);
  out.rows_per_second = op.rows_per_second;
  out.watermark_millis = op.watermark.millis;
  out.held_back_by = op.held_back_by;
  out.state_bytes = static_cast<int64_t>(op.state_bytes);
  out.late_rows = static_cast<int64_t>(op.late_rows);
  out.skipped_records = static_cast<int64_t>(op.skipped_records);
  return out;
}

task::OperatorSnapshot OperatorFromWire(const wire::Operator& op) {
  task::OperatorSnapshot out;
  out.uid = op.uid;
  out.kind = op.kind;
  out.rows_in = static_cast<uint64_t>(op.rows_in);
  out.rows_per_second = op.rows_per_second;
  out.watermark = {op.watermark_millis};
  out.held_back_by = op.held_back_by;
  out.state_bytes = static_cast<uint64_t>(op.state_bytes);
  out.late_rows = static_cast<uint64_t>(op.late_rows);
  out.skipped_records = static_cast<uint64_t>(op.skipped_records);
  return out;
}

void FillSnapshot(const wire::Job& job, task::JobSnapshot& out) {
  out.name = job.name;
  out.state = static_cast<task::JobState>(job.state);
  if (job.__isset.failure) out.failure = FromWire(job.failure);
  out.started_millis = job.started_millis;
  out.ended_millis = job.ended_millis;
  for (const wire::Operator& op : job.operators) out.operators.push_back(OperatorFromWire(op));
  out.bytes_read = static_cast<uint64_t>(job.bytes_read);
  out.bytes_total = static_cast<uint64_t>(job.bytes_total);
  out.rows_read = static_cast<uint64_t>(job.rows_read);
  out.rows_total = static_cast<uint64_t>(job.rows_total);
  out.source_rows = static_cast<uint64_t>(job.source_rows);
  out.checkpoints.completed = static_cast<uint64_t>(job.checkpoints_completed);
  out.checkpoints.failed = static_cast<uint64_t>(job.checkpoints_failed);
  out.checkpoints.last_completed_id = static_cast<uint64_t>(job.last_checkpoint);
  out.checkpoints.last_duration_millis = job.last_duration_millis;
}

void FillJob(const task::JobSnapshot& snapshot, wire::Job& out) {
  out.state = static_cast<int32_t>(snapshot.state);
  if (!snapshot.failure.ok()) out.__set_failure(ToWire(snapshot.failure));
  out.started_millis = snapshot.started_millis;
  out.ended_millis = snapshot.ended_millis;
  for (const task::OperatorSnapshot& op : snapshot.operators)
    out.operators.push_back(OperatorToWire(op));
  out.bytes_read = static_cast<int64_t>(snapshot.bytes_read);
  out.bytes_total = static_cast<int64_t>(snapshot.bytes_total);
  out.rows_read = static_cast<int64_t>(snapshot.rows_read);
  out.rows_total = static_cast<int64_t>(snapshot.rows_total);
  out.source_rows = static_cast<int64_t>(snapshot.source_rows);
  out.checkpoints_completed = static_cast<int64_t>(snapshot.checkpoints.completed);
  out.checkpoints_failed = static_cast<int64_t>(snapshot.checkpoints.failed);
  out.last_checkpoint = static_cast<int64_t>(snapshot.checkpoints.last_completed_id);
  out.last_duration_millis = snapshot.checkpoints.last_duration_millis;
}

}  // namespace

wire::Failure ToWire(const Status& failure) {
  wire::Failure out;
  out.code = static_cast<int32_t>(failure.code());
  out.message = failure.message();
  out.id = failure.id();
  out.hint = failure.hint();
  if (const std::optional<SourceSpan> span = failure.span(); span) {
    out.__set_span_begin(static_cast<int64_t>(span->begin));
    out.__set_span_end(static_cast<int64_t>(span->end));
  }
  return out;
}

Status FromWire(const wire::Failure& failure) {
  const bool known = failure.code > static_cast<int32_t>(StatusCode::kOk) &&
                     failure.code <= static_cast<int32_t>(StatusCode::kInternal);
  if (!known) return Status::Corruption("a message has an error of an unknown kind");
  Status status(static_cast<StatusCode>(failure.code), failure.message);
  status = std::move(status).WithId(failure.id).WithHint(failure.hint);
  if (!failure.__isset.span_begin || !failure.__isset.span_end) return status;
  return std::move(status).WithSpan(
      {static_cast<uint32_t>(failure.span_begin), static_cast<uint32_t>(failure.span_end)});
}

wire::Answer ToWire(const shell::Answer& answer) {
  wire::Answer out;
  if (answer.table) {
    wire::Table table;
    table.columns = EncodeColumns(answer.table->columns);
    table.cells = EncodeCells(*answer.table);
    out.__set_table(table);
  }
  out.text = answer.text;
  out.message = answer.message;
  if (answer.changes) out.__set_changes(static_cast<int64_t>(*answer.changes));
  out.notices = answer.notices;
  out.quit = answer.quit;
  out.clear = answer.clear;
  if (answer.source_file) out.__set_source_file(*answer.source_file);
  if (answer.path) out.__set_path(*answer.path);
  return out;
}

Result<shell::Answer> FromWire(const wire::Answer& answer) {
  shell::Answer out;
  if (answer.__isset.table) out.table = TRY(DecodeTable(answer.table.columns, answer.table.cells));
  out.text = answer.text;
  out.message = answer.message;
  if (answer.__isset.changes) out.changes = static_cast<uint64_t>(answer.changes);
  out.notices = answer.notices;
  out.quit = answer.quit;
  out.clear = answer.clear;
  if (answer.__isset.source_file) out.source_file = answer.source_file;
  if (answer.__isset.path) out.path = answer.path;
  return out;
}

wire::Job ToWire(const shell::JobNow& job) {
  wire::Job out;
  out.start = job.start;
  out.name = job.name;
  out.bounded = job.bounded;
  out.recorded = static_cast<int32_t>(job.recorded);
  FillJob(job.snapshot, out);
  if (job.source != nullptr && !job.snapshot.failure.ok()) {
    out.__set_source_text(job.source->text);
    out.__set_source_file(job.source->file);
  }
  return out;
}

Result<shell::JobNow> FromWire(const wire::Job& job) {
  const bool known =
      job.state >= 0 && job.state <= static_cast<int32_t>(task::JobState::kSuspended) &&
      job.recorded >= 0 && job.recorded <= static_cast<int32_t>(shell::RecordedState::kCanceled);
  if (!known) return Status::Corruption("a message has a job in an unknown state");
  shell::JobNow out;
  out.start = job.start;
  out.name = job.name;
  out.bounded = job.bounded;
  out.recorded = static_cast<shell::RecordedState>(job.recorded);
  FillSnapshot(job, out.snapshot);
  if (job.__isset.source_text)
    out.source = std::make_shared<const shell::SourceText>(
        shell::SourceText{job.source_text, job.source_file});
  return out;
}

std::string Encode(const wire::News& news) {
  return EncodeCompact(news);
}

std::string Encode(const wire::Failure& failure) {
  return EncodeCompact(failure);
}

Result<wire::News> DecodeNews(std::string_view bytes) {
  return DecodeCompact<wire::News>(bytes);
}

Result<wire::Failure> DecodeFailure(std::string_view bytes) {
  return DecodeCompact<wire::Failure>(bytes);
}

}  // namespace weir::rpc
