#include "runtime/connectors/jdbc/table_sink.h"

#include <fmt/format.h>

#include <utility>

#include "runtime/connectors/epochs/former_promises.h"
#include "runtime/connectors/jdbc/exactly_once_table.h"
#include "runtime/connectors/jdbc/jdbc_options.h"
#include "runtime/fault_point.h"
#include "runtime/graph/typed_options.h"
#include "runtime/timed_sink_writer.h"

namespace weir::connectors::jdbc {
namespace {

// More is not held, whatever the options say.
constexpr size_t kMostBytes = 16 << 20;

struct BufferPlan {
  WritePlan write;
  int64_t most_rows = 0;        // 0: as many as come
  int64_t interval_millis = 0;  // 0: up to the next barrier
  Clock* clock = nullptr;
  std::shared_ptr<const Server> server;
};

class BufferedWriter final : public TimedSinkWriter {
 public:
  explicit BufferedWriter(const BufferPlan& plan)
      : plan_(plan),
        encoder_(plan.server->row_text(), plan.write.key),
        writer_(plan.server->MakeWriter(plan.write)) {}

  Status Open() {
    RETURN_IF_ERROR(writer_->Open());
    return writer_->AwaitEarlier();
  }

  Status Write(const Batch& batch) override {
    if (changes_.empty() && plan_.interval_millis > 0)
      due_ = Timestamp{plan_.clock->Now().millis + plan_.interval_millis};
    RETURN_IF_ERROR(encoder_.ForEach(batch, [this](const RowChange& change) {
      changes_.Add(change);
      return Status();
    }));
    const auto held = static_cast<int64_t>(changes_.size());
    const bool full = plan_.most_rows > 0 && held >= plan_.most_rows;
    return full || changes_.bytes() >= kMostBytes ? Flush() : Status();
  }

  Status OnProcessingTime(Timestamp now) override { return now < due_ ? Status() : Flush(); }
  Timestamp NextProcessingTime() const override {
    return changes_.empty() ? Timestamp::Max() : due_;
  }
  Result<PreCommitted> PreCommit(uint64_t) override {
    RETURN_IF_ERROR(Flush());
    return PreCommitted();
  }
  Status Finish() override { return Flush(); }

 private:
  Status Flush() {
    due_ = Timestamp::Max();
    if (changes_.empty()) return {};
    WEIR_FAULT_POINT("jdbc.before_flush");
    RETURN_IF_ERROR(writer_->InTransaction([this] { return writer_->Apply(changes_); }));
    changes_.Clear();
    return {};
  }

  const BufferPlan& plan_;
  ChangeEncoder encoder_;
  const std::unique_ptr<TableWriter> writer_;
  RowChanges changes_;
  Timestamp due_ = Timestamp::Max();
};

class BufferedSink final : public Sink {
 public:
  BufferedSink(BufferPlan plan, std::unique_ptr<Sink> exactly_once)
      : plan_(std::move(plan)), exactly_once_(std::move(exactly_once)) {}

  Result<std::unique_ptr<SinkWriter>> OpenWriter(uint32_t, uint64_t) override {
    auto writer = std::make_unique<BufferedWriter>(plan_);
    RETURN_IF_ERROR(writer->Open());
    return std::unique_ptr<SinkWriter>(std::move(writer));
  }
  Result<std::unique_ptr<SinkCommitter>> OpenCommitter() override {
    return epochs::KeepFormerPromises(TRY(exactly_once_->OpenCommitter()));
  }

 private:
  const BufferPlan plan_;
  const std::unique_ptr<Sink> exactly_once_;  // of the same table, if it delivered so
};

}  // namespace

Result<std::unique_ptr<Sink>> MakeTableSink(const graph::ConnectorDescriptor& connector,
                                            const graph::SinkSpec& spec,
                                            const ConnectorContext& context,
                                            std::unique_ptr<Server> server) {
  const graph::TypedOptions said(connector, spec.options);
  BufferPlan plan;
  plan.server = std::move(server);
  plan.write.table = spec.table;
  plan.write.table_name = said.Text(kTableName);
  plan.write.columns = spec.schema;
  plan.write.key = spec.primary_key;
  plan.write.max_retries = TRY(said.Integer(kMaxRetries));
  plan.write.notices = context.notices;
  plan.write.commit_table = said.Text(kCommitTable);
  plan.most_rows = TRY(said.Integer(kFlushRows));
  plan.interval_millis = TRY(said.Millis(kFlushInterval));
  plan.clock = context.clock;
  ExactlyOnceTable once{plan.write, epochs::PlanOf(spec, context, said), plan.server};
  once.write.exactly_once = true;
  once.promised.markers = fmt::format("table {}", once.write.commit_table);
  std::unique_ptr<Sink> exactly_once = MakeExactlyOnceTable(std::move(once));
  if (said.Is(kDeliveryGuarantee, "exactly-once")) return exactly_once;
  return std::unique_ptr<Sink>(
      std::make_unique<BufferedSink>(std::move(plan), std::move(exactly_once)));
}

}  // namespace weir::connectors::jdbc
