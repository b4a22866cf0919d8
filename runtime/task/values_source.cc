#include "runtime/task/values_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "runtime/graph/connector_descriptor.h"

namespace weir::task {
namespace {

constexpr std::string_view kPositionPrefix = "v1 row=";

Result<uint32_t> ParsePosition(std::string_view position) {
  if (position.empty()) return 0U;
  if (!position.starts_with(kPositionPrefix)) {
    return Status::Corruption("the position in VALUES cannot be read: " + std::string(position));
  }
  const int64_t row = TRY(graph::ParseInteger(position.substr(kPositionPrefix.size())));
  return static_cast<uint32_t>(row);
}

class ValuesReader final : public SplitReader {
 public:
  ValuesReader(const Batch& rows, uint32_t next) : rows_(rows), next_(next) {}

  Result<ReadOutcome> Read(uint32_t max_rows, Batch& out) override {
    if (next_ >= rows_.row_count) return ReadOutcome::kEndOfSplit;
    std::vector<uint32_t> ids(std::min(max_rows, rows_.row_count - next_));
    std::iota(ids.begin(), ids.end(), next_);
    out = GatherBatch(rows_, ids.data(), static_cast<uint32_t>(ids.size()));
    next_ += static_cast<uint32_t>(ids.size());
    return ReadOutcome::kRows;
  }
  std::string Position() const override { return fmt::format("{}{}", kPositionPrefix, next_); }

 private:
  const Batch& rows_;
  uint32_t next_;
};

class ValuesSource final : public Source {
 public:
  explicit ValuesSource(Batch rows) : rows_(std::move(rows)) {}

  bool bounded() const override { return true; }
  Result<std::vector<Split>> Discover() override { return std::vector<Split>{{.id = "values"}}; }
  Result<std::unique_ptr<SplitReader>> Open(const Split& split) override {
    const uint32_t next = TRY(ParsePosition(split.position));
    return std::unique_ptr<SplitReader>(std::make_unique<ValuesReader>(rows_, next));
  }

 private:
  const Batch rows_;
};

}  // namespace

std::unique_ptr<Source> MakeValuesSource(Batch rows) {
  return std::make_unique<ValuesSource>(std::move(rows));
}

}  // namespace weir::task
