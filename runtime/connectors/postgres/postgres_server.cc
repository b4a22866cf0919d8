#include "runtime/connectors/postgres/postgres_server.h"

#include <utility>

#include "runtime/connectors/postgres/postgres_options.h"
#include "runtime/connectors/postgres/table_cursor.h"
#include "runtime/connectors/postgres/table_keys.h"
#include "runtime/connectors/postgres/table_writer.h"
#include "runtime/connectors/postgres/value_text.h"

namespace weir::connectors::postgres {
namespace {

class PostgresServer final : public jdbc::Server {
 public:
  explicit PostgresServer(Access access) : access_(std::move(access)) {}

  jdbc::RowText row_text() const override { return kCopyText; }
  std::unique_ptr<jdbc::TableWriter> MakeWriter(const jdbc::WritePlan& plan) const override {
    return std::make_unique<TableWriter>(access_, plan);
  }
  std::unique_ptr<jdbc::ScanCursor> MakeCursor(const jdbc::ScanPlan& plan,
                                               const jdbc::Range* range) const override {
    return MakeTableCursor(access_, plan, range);
  }
  std::unique_ptr<jdbc::KeyServer> MakeKeyServer(jdbc::KeyPlan plan) const override {
    return MakeTableKeys(access_, std::move(plan));
  }

 private:
  const Access access_;
};

}  // namespace

Result<std::unique_ptr<jdbc::Server>> MakeServer(const graph::TypedOptions& said) {
  return std::unique_ptr<jdbc::Server>(std::make_unique<PostgresServer>(TRY(AccessOf(said))));
}

}  // namespace weir::connectors::postgres
