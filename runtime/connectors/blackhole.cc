// The `blackhole` connector takes everything and keeps nothing. It reads every column of every row,
// so that a benchmark into it measures a query whose results are used.
#include <atomic>

#include "runtime/connectors/connectors.h"

namespace weir::connectors {
namespace {

const graph::ConnectorDescriptor kDescriptor = {
    .name = "blackhole",
    .doc = "Takes every row and keeps nothing; for benchmarks.",
    .sink = true,
    .sink_accepts = ChangelogMode::All(),
};

uint64_t FoldBytes(const char* bytes, size_t count) {
  uint64_t sum = 0;
  for (size_t i = 0; i < count; ++i) sum += static_cast<uint8_t>(bytes[i]);
  return sum;
}

// A number that depends on every stored value of the column, characters of long strings included.
uint64_t Consume(const Column& column) {
  uint64_t sum = column.stored();
  const auto bytes = static_cast<size_t>(column.type().value_bytes());
  if (column.type().physical() == PhysicalType::kString) {
    for (uint32_t i = 0; i < column.stored(); ++i) {
      if (!column.IsNull(i))
        sum += FoldBytes(column.data<StringRef>()[i].data(), column.data<StringRef>()[i].size());
    }
  } else if (bytes > 0) {
    sum += FoldBytes(column.data<char>(), bytes * column.stored());
  }
  for (const ColumnPtr& child : column.children()) sum += Consume(*child);
  return sum;
}

class BlackholeWriter final : public SinkWriter {
 public:
  Status Write(const Batch& batch) override {
    const Batch dense = Compact(batch);
    uint64_t sum = 0;
    for (const ColumnPtr& column : dense.columns) sum += Consume(*column);
    // A store that the compiler cannot leave out.
    consumed_.store(consumed_.load(std::memory_order_relaxed) + sum, std::memory_order_relaxed);
    return {};
  }
  Result<PreCommitted> PreCommit(uint64_t) override { return PreCommitted(); }

 private:
  std::atomic<uint64_t> consumed_{0};
};

class BlackholeCommitter final : public SinkCommitter {
 public:
  Status Commit(std::span<const std::string>) override { return {}; }
};

class BlackholeSink final : public Sink {
 public:
  Result<std::unique_ptr<SinkWriter>> OpenWriter(uint32_t, uint64_t) override {
    return std::unique_ptr<SinkWriter>(std::make_unique<BlackholeWriter>());
  }
  Result<std::unique_ptr<SinkCommitter>> OpenCommitter() override {
    return std::unique_ptr<SinkCommitter>(std::make_unique<BlackholeCommitter>());
  }
};

Result<std::unique_ptr<Sink>> MakeBlackholeSink(const graph::SinkSpec&, const ConnectorContext&) {
  return std::unique_ptr<Sink>(std::make_unique<BlackholeSink>());
}

}  // namespace

const Connector& BlackholeConnector() {
  static const Connector connector = {&kDescriptor, nullptr, MakeBlackholeSink};
  return connector;
}

}  // namespace weir::connectors
