// The `blackhole` connector takes everything and keeps nothing. It reads every column of every row
// (a constant once), so that a benchmark into it measures a query whose results are used. With
// 'sink.delay' it waits for each row as a busy system would, to try out what backpressure does.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <type_traits>

#include "runtime/connectors/connectors.h"
#include "runtime/connectors/fold_bytes.h"
#include "runtime/graph/typed_options.h"

namespace weir::connectors {
namespace {

using graph::OptionDescriptor;
using graph::OptionKind;

constexpr std::string_view kDelay = "sink.delay";

constexpr std::array kBlackholeOptions = {
    OptionDescriptor{kDelay, OptionKind::kDuration, "0", "", false,
                     "Waits so long for each row, at most a second for each batch of them.",
                     graph::OptionEffect::kAccess},
};

const graph::ConnectorDescriptor kBlackholeDescriptor = {
    .name = "blackhole",
    .doc = "Takes every row and keeps nothing; for benchmarks.",
    .sink = true,
    .sink_accepts = ChangelogMode::All(),
    .options = kBlackholeOptions,
};

uint64_t Consume(const Column& column, const Selection& rows);

// The first `count` values, or those with these ids.
template <typename T>
uint64_t ConsumeValues(const T* values, const uint32_t* ids, uint32_t count) {
  if (ids == nullptr) return FoldBytes(values, count * sizeof(T));
  uint64_t sum = 0;
  for (uint32_t i = 0; i < count; ++i) sum += FoldBytes(values + ids[i], sizeof(T));
  return sum;
}

uint64_t ConsumeTexts(const Column& column, const uint32_t* ids, uint32_t count) {
  const auto* const texts = column.data<StringRef>();
  uint64_t sum = 0;
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t row = ids == nullptr ? i : ids[i];
    if (!column.IsNull(row)) sum += FoldBytes(texts[row].data(), texts[row].size());
  }
  return sum;
}

uint64_t ConsumeNested(const Column& column, const Selection& rows) {
  if (!rows.all()) return Consume(*GatherColumn(column, rows.ids(), rows.count()), {});
  uint64_t sum = column.length();
  if (column.type().physical() == PhysicalType::kList) {
    sum += FoldBytes(column.offsets(), (size_t{column.stored()} + 1) * sizeof(uint32_t));
  }
  for (const ColumnPtr& child : column.children()) sum += Consume(*child, {});
  return sum;
}

// A number that depends on every value of these rows that the column stores (a constant is one),
// characters of long strings included.
uint64_t Consume(const Column& column, const Selection& rows) {
  if (column.type().kind() == TypeKind::kNull) return column.length();
  if (column.type().is_nested()) return ConsumeNested(column, rows);
  const bool some = !rows.all() && !column.is_constant();
  const uint32_t* const ids = some ? rows.ids() : nullptr;
  const uint32_t count = some ? rows.count() : column.stored();
  return DispatchPhysical(column.type().physical(), [&]<typename T>() {
    if constexpr (std::is_same_v<T, StringRef>) {
      return ConsumeTexts(column, ids, count);
    } else {
      return ConsumeValues(column.data<T>(), ids, count);
    }
  });
}

// The option 'sink.delay'.
struct Delay {
  std::chrono::nanoseconds of_row{0};
  Clock* clock = nullptr;
};

class BlackholeWriter final : public SinkWriter {
 public:
  explicit BlackholeWriter(const Delay& delay) : delay_(delay) {}

  Status Write(const Batch& batch) override {
    WaitFor(batch.size());
    uint64_t sum = 0;
    for (const ColumnPtr& column : batch.columns) sum += Consume(*column, batch.selection);
    // A store that the compiler cannot leave out.
    consumed_.store(consumed_.load(std::memory_order_relaxed) + sum, std::memory_order_relaxed);
    return {};
  }

 private:
  // Waits for all rows of a batch at once, but at most for a second: a task that waits does not
  // notice that its job is cancelled.
  void WaitFor(uint32_t rows) {
    constexpr std::chrono::nanoseconds kLongest = std::chrono::seconds(1);
    if (delay_.of_row.count() == 0 || rows == 0) return;
    delay_.clock->Sleep(std::min(delay_.of_row, kLongest / rows) * rows);
  }

  const Delay delay_;
  std::atomic<uint64_t> consumed_{0};
};

// Leaves nothing in a checkpoint, so that a restore may drop it without being told to.
class BlackholeSink final : public Sink {
 public:
  explicit BlackholeSink(const Delay& delay) : delay_(delay) {}
  Result<std::unique_ptr<SinkWriter>> OpenWriter(uint32_t, uint64_t) override {
    return std::unique_ptr<SinkWriter>(std::make_unique<BlackholeWriter>(delay_));
  }

 private:
  const Delay delay_;
};

Result<std::unique_ptr<Sink>> MakeBlackholeSink(const graph::SinkSpec& spec,
                                                const ConnectorContext& context) {
  const int64_t millis =
      TRY(graph::TypedOptions(kBlackholeDescriptor, spec.options).Millis(kDelay));
  const Delay delay{std::chrono::milliseconds(millis), context.clock};
  return std::unique_ptr<Sink>(std::make_unique<BlackholeSink>(delay));
}

}  // namespace

const Connector& BlackholeConnector() {
  static const Connector connector = {&kBlackholeDescriptor, nullptr, MakeBlackholeSink};
  return connector;
}

}  // namespace weir::connectors
