#include "runtime/connectors/epochs/former_promises.h"

#include <utility>

namespace weir::connectors::epochs {
namespace {

class FormerPromises final : public SinkCommitter {
 public:
  explicit FormerPromises(std::unique_ptr<SinkCommitter> former) : former_(std::move(former)) {}

  Status Commit(std::span<const std::string> committables) override {
    return former_->Commit(committables);
  }
  Status Fence(const SavedOutput* saved) override {
    return IsPromised(saved) ? former_->Fence(saved) : Status();
  }
  Result<Recovered> Recover(const SavedOutput* saved, uint64_t attempt) override {
    return IsPromised(saved) ? former_->Recover(saved, attempt) : Recovered();
  }
  Result<std::vector<OutputRows>> Detach(std::span<const std::string> committables) override {
    return former_->Detach(committables);
  }

 private:
  static bool IsPromised(const SavedOutput* saved) {
    return saved != nullptr && !(saved->committables.empty() && saved->rows.empty());
  }

  const std::unique_ptr<SinkCommitter> former_;
};

}  // namespace

std::unique_ptr<SinkCommitter> KeepFormerPromises(std::unique_ptr<SinkCommitter> former) {
  return std::make_unique<FormerPromises>(std::move(former));
}

}  // namespace weir::connectors::epochs
