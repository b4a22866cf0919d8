#include "runtime/connectors/latest_rows.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>

#include "runtime/timed_sink_writer.h"
#include "runtime/types/key_encoding.h"

namespace weir::connectors {
namespace {

// The most rows that are held although a later change has replaced them: without this bound, keys
// that change all the time would fill the memory between two barriers.
constexpr uint32_t kMostReplaced = 1 << 16;

class LatestRowsWriter final : public TimedSinkWriter {
 public:
  LatestRowsWriter(const LatestRows& plan, std::unique_ptr<SinkWriter> writer)
      : plan_(plan), writer_(std::move(writer)) {}

  Status Write(const Batch& batch) override {
    Batch rows = Compact(batch);
    if (held_.empty()) due_ = Timestamp{plan_.clock->Now().millis + plan_.interval_millis};
    std::vector<ColumnPtr> key;
    for (const int column : plan_.key) key.push_back(rows.columns[static_cast<size_t>(column)]);
    std::string bytes;
    for (uint32_t row = 0; row < rows.row_count; ++row) {
      bytes.clear();
      AppendKey(key, row, bytes);
      last_[bytes] = row_count_ + row;
    }
    row_count_ += rows.row_count;
    held_.push_back(std::move(rows));
    const bool full = static_cast<int64_t>(last_.size()) >= plan_.most_keys;
    return full || row_count_ - last_.size() >= kMostReplaced ? Flush() : Status();
  }

  Status OnWatermark(Timestamp watermark) override { return writer_->OnWatermark(watermark); }
  Status OnProcessingTime(Timestamp now) override { return now < due_ ? Status() : Flush(); }
  Timestamp NextProcessingTime() const override { return held_.empty() ? Timestamp::Max() : due_; }
  Result<PreCommitted> PreCommit(uint64_t checkpoint_id) override {
    RETURN_IF_ERROR(Flush());
    return writer_->PreCommit(checkpoint_id);
  }
  Status Finish() override {
    RETURN_IF_ERROR(Flush());
    return writer_->Finish();
  }

 private:
  Status Flush() {
    if (held_.empty()) return {};
    const auto count = static_cast<uint32_t>(last_.size());
    const BufferPtr ids = MakeBuffer<uint32_t>(count);
    uint32_t* next = ids->as<uint32_t>();
    for (const auto& [key, row] : last_) *next++ = row;
    std::sort(ids->as<uint32_t>(), next);
    Batch rows = ConcatenateAll(std::exchange(held_, {}));
    rows.selection = Selection(ids, count);
    last_.clear();
    row_count_ = 0;
    return count == 0 ? Status() : writer_->Write(rows);
  }

  const LatestRows& plan_;
  const std::unique_ptr<SinkWriter> writer_;
  std::vector<Batch> held_;
  uint32_t row_count_ = 0;                          // of all that are held
  std::unordered_map<std::string, uint32_t> last_;  // by key: the row, counted over all of them
  Timestamp due_ = Timestamp::Max();
};

class LatestRowsSink final : public Sink {
 public:
  LatestRowsSink(std::unique_ptr<Sink> sink, LatestRows plan)
      : sink_(std::move(sink)), plan_(std::move(plan)) {}

  std::string Place() const override { return sink_->Place(); }
  Result<MissingOutput> FindMissing(const SavedOutput& saved) const override {
    return sink_->FindMissing(saved);
  }
  Result<std::unique_ptr<SinkWriter>> OpenWriter(uint32_t subtask, uint64_t attempt) override {
    return std::unique_ptr<SinkWriter>(
        std::make_unique<LatestRowsWriter>(plan_, TRY(sink_->OpenWriter(subtask, attempt))));
  }
  Result<std::unique_ptr<SinkCommitter>> OpenCommitter() override { return sink_->OpenCommitter(); }

 private:
  const std::unique_ptr<Sink> sink_;
  const LatestRows plan_;
};

}  // namespace

std::unique_ptr<Sink> WriteLatestRows(std::unique_ptr<Sink> sink, LatestRows latest) {
  return std::make_unique<LatestRowsSink>(std::move(sink), std::move(latest));
}

}  // namespace weir::connectors
