#include "runtime/connectors/postgres/change_source.h"

#include <fmt/format.h>

#include <atomic>
#include <deque>

#include "runtime/connectors/postgres/change_reader.h"
#include "runtime/fault_point.h"

namespace weir::connectors::postgres {
namespace {

constexpr std::string_view kTheLog = "log";

class ChangeSource final : public Source {
 public:
  ChangeSource(ChangeScan scan, int64_t delay)
      : scan_(std::move(scan)), delay_(static_cast<size_t>(delay)) {}

  bool bounded() const override { return false; }

  Status Remember(const Split& split) override {
    remembered_ = true;
    return split.position.empty() ? Status() : ParseChangePosition(split.position).status();
  }

  // What is made on the server at the beginning is made here, so that the first checkpoint has the
  // position.
  Result<std::vector<Split>> Discover() override {
    if (remembered_) return std::vector<Split>();
    Split split{std::string(kTheLog), "", false};
    if (!scan_.temporary) {
      const std::unique_ptr<Connection> connection = TRY(Connection::Open(scan_.access));
      const std::unique_ptr<Connection> replication =
          TRY(Connection::Open(ForReplication(scan_.access)));
      const LoggedTable table = TRY(FindTable(scan_, *connection));
      split.position = TRY(BeginChanges(scan_, table, *connection, *replication)).Text();
      WEIR_FAULT_POINT("postgres.after_slot");
    }
    return std::vector{std::move(split)};
  }

  Result<std::unique_ptr<SplitReader>> Open(const Split& split) override {
    return OpenChangeReader(scan_, split.position, confirmed_);
  }

  void Completed(const Split& split) override {
    const Result<ChangePosition> position = ParseChangePosition(split.position);
    if (!position.ok()) return;
    completed_.push_back(position->log);
    if (completed_.size() <= delay_) return;
    confirmed_.store(completed_.front());
    completed_.pop_front();
  }

 private:
  const ChangeScan scan_;
  const size_t delay_;
  bool remembered_ = false;
  std::atomic<uint64_t> confirmed_{0};
  std::deque<uint64_t> completed_;  // where the last checkpoints were; of the coordinator's thread
};

}  // namespace

Result<std::unique_ptr<Source>> MakeChangeSource(ChangeScan scan, int64_t delay) {
  return std::unique_ptr<Source>(std::make_unique<ChangeSource>(std::move(scan), delay));
}

}  // namespace weir::connectors::postgres
