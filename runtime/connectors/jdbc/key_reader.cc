#include "runtime/connectors/jdbc/key_reader.h"

#include <utility>

#include "runtime/connectors/jdbc/retries.h"
#include "runtime/fault_point.h"

namespace weir::connectors::jdbc {
namespace {

class TableKeyReader final : public KeyReader {
 public:
  TableKeyReader(std::string table, int64_t max_retries, std::unique_ptr<KeyServer> server)
      : table_(std::move(table)), max_retries_(max_retries), server_(std::move(server)) {}

  Status Open() {
    return Retried([this] { return server_->Connect(); });
  }

  Result<Batch> Find(const Batch& keys) override {
    Batch rows;
    RETURN_IF_ERROR(Retried([&]() -> Status {
      RETURN_IF_ERROR(server_->Connect());
      rows = TRY(server_->Find(keys));
      return {};
    }));
    WEIR_FAULT_POINT("jdbc.after_read");
    return rows;
  }

 private:
  template <typename Work>
  Status Retried(const Work& work) {
    for (int64_t tries = 1;; ++tries) {
      Status done = work();
      if (done.ok()) return done;
      if (!server_->may_pass() || !MayTryAgain(tries, max_retries_))
        return std::move(done).WithContext("lookup in table " + table_);
      WaitSeconds(tries);
    }
  }

  const std::string table_;
  const int64_t max_retries_;
  const std::unique_ptr<KeyServer> server_;
};

}  // namespace

Result<std::unique_ptr<KeyReader>> OpenKeyReader(std::string table, int64_t max_retries,
                                                 std::unique_ptr<KeyServer> server) {
  auto reader = std::make_unique<TableKeyReader>(std::move(table), max_retries, std::move(server));
  RETURN_IF_ERROR(reader->Open());
  return std::unique_ptr<KeyReader>(std::move(reader));
}

}  // namespace weir::connectors::jdbc
