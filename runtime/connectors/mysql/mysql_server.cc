#include "runtime/connectors/mysql/mysql_server.h"

#include <utility>

#include "runtime/connectors/mysql/mysql_options.h"
#include "runtime/connectors/mysql/table_cursor.h"
#include "runtime/connectors/mysql/table_keys.h"
#include "runtime/connectors/mysql/table_writer.h"
#include "runtime/connectors/mysql/value_text.h"

namespace weir::connectors::mysql {
namespace {

class MySqlServer final : public jdbc::Server {
 public:
  explicit MySqlServer(Access access) : access_(std::move(access)) {}

  jdbc::RowText row_text() const override { return kLiterals; }
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
  return std::unique_ptr<jdbc::Server>(std::make_unique<MySqlServer>(TRY(AccessOf(said))));
}

}  // namespace weir::connectors::mysql
