#include "runtime/connectors/mysql/table_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/connectors/mysql/server_table.h"
#include "runtime/connectors/mysql/value_text.h"

namespace weir::connectors::mysql {
namespace {

// Whether values that are equal here are found in a column of the type `there`.
bool ComparesAlike(const Type& here, std::string_view there) {
  switch (here.kind()) {
    case TypeKind::kTinyInt:
    case TypeKind::kSmallInt:
    case TypeKind::kInt:
    case TypeKind::kBigInt:
    case TypeKind::kDecimal:
      return IsOneOf(there, {"tinyint", "smallint", "mediumint", "int", "bigint", "decimal"});
    case TypeKind::kChar:
    case TypeKind::kVarChar:
      return IsOneOf(
          there, {"char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set"});
    case TypeKind::kBoolean:
      return IsOneOf(there, {"tinyint", "bit"});
    case TypeKind::kDate:
      return there == "date";
    case TypeKind::kTime:
      return there == "time";
    case TypeKind::kTimestamp:
      return there == "datetime";
    case TypeKind::kTimestampLtz:
      return there == "timestamp";
    default:
      return here.is_binary() &&
             IsOneOf(there, {"binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"});
  }
}

// A literal of the type of the column, which has six digits of seconds at most.
std::string TypedLiteral(const Type& type, std::string_view literal) {
  std::string_view word;
  if (type.kind() == TypeKind::kDate) word = "DATE";
  if (type.kind() == TypeKind::kTime) word = "TIME";
  if (type.kind() == TypeKind::kTimestamp || type.kind() == TypeKind::kTimestampLtz)
    word = "TIMESTAMP";
  if (word.empty()) return std::string(literal);
  constexpr size_t kDigits = 6;
  const size_t dot = literal.find('.');
  if (dot == std::string_view::npos || literal.size() - dot - 2 <= kDigits)
    return fmt::format("{}{}", word, literal);
  return fmt::format("{}{}'", word, literal.substr(0, dot + 1 + kDigits));
}

class TableKeys final : public jdbc::KeyServer {
 public:
  TableKeys(const Access& access, jdbc::KeyPlan plan) : access_(access), plan_(std::move(plan)) {}

  Status Connect() override {
    if (connection_ != nullptr) return {};
    may_pass_ = false;
    std::unique_ptr<Connection> connection = TRY(Connection::Open(access_, &may_pass_));
    Status made = MakeStatement(*connection);
    may_pass_ = connection->may_pass();
    RETURN_IF_ERROR(std::move(made));
    connection_ = std::move(connection);
    return {};
  }

  Result<Batch> Find(const Batch& keys) override {
    may_pass_ = false;
    const std::string condition = ConditionOf(keys);
    if (condition.empty()) return Batch();
    // A failure or an interruption drops it: what is under way there is nobody's.
    std::unique_ptr<Connection> connection = std::move(connection_);
    Result<Answer> asked = connection->Ask(select_ + condition);
    may_pass_ = connection->may_pass();
    const Answer answer = TRY(std::move(asked));
    connection_ = std::move(connection);
    Batch rows;
    rows.row_count = static_cast<uint32_t>(answer.rows());
    int place = 0;
    for (const Field& field : plan_.columns.fields) {
      rows.columns.push_back(
          TRY(ReadColumn({answer, 0, answer.rows()}, place++, field, access_.zero_dates_are_null)));
    }
    return rows;
  }

  bool may_pass() const override { return may_pass_; }

 private:
  Status MakeStatement(Connection& connection) {
    const ServerTable table = TRY(DescribeTable(connection, plan_.table_name));
    const std::vector<ServerColumn> columns = TRY(ColumnsOf(table, plan_.columns, plan_.table));
    std::string list;
    for (size_t i = 0; i < columns.size(); ++i) {
      const bool bits = plan_.columns.fields[i].type.is_binary();
      list += fmt::format("{}{}", list.empty() ? "" : ", ", columns[i].Selected(bits));
    }
    names_.clear();
    for (const int key : plan_.keys) {
      const ServerColumn& column = columns[static_cast<size_t>(key)];
      const Field& field = plan_.columns.fields[static_cast<size_t>(key)];
      if (!ComparesAlike(field.type, column.type)) {
        return Status::Unsupported(
                   fmt::format("table {} cannot be asked by column \"{}\": MySQL compares {} in "
                               "another way than {} is compared here",
                               plan_.table, field.name, column.whole, field.type.ToString()))
            .WithHint(
                "give the column here the type that it has there, or 'lookup.cache' = 'FULL'");
      }
      const std::string name = "weir_t." + QuotedName(column.name);
      names_.push_back(field.type.kind() == TypeKind::kBoolean ? fmt::format("({} <> 0)", name)
                                                               : name);
    }
    select_ = fmt::format("SELECT {} FROM {} AS weir_t WHERE ", list, table.name);
    return {};
  }

  // "" where no key can be there. Several columns are compared one by one: of rows of values not
  // every server makes use of an index.
  std::string ConditionOf(const Batch& keys) const {
    std::string condition;
    for (uint32_t row = 0; row < keys.row_count; ++row) {
      std::string one;
      bool possible = true;
      for (size_t k = 0; k < names_.size() && possible; ++k) {
        std::string literal;
        // Of what no column there holds there is no row.
        possible = AppendLiteral(*keys.columns[k], row, literal).ok();
        literal = TypedLiteral(keys.columns[k]->type(), literal);
        one += names_.size() == 1
                   ? literal
                   : fmt::format("{}{} = {}", k == 0 ? "" : " AND ", names_[k], literal);
      }
      if (!possible) continue;
      if (names_.size() > 1) one = fmt::format("({})", one);
      if (!condition.empty()) condition += names_.size() == 1 ? ", " : " OR ";
      condition += one;
    }
    if (condition.empty() || names_.size() > 1) return condition;
    return fmt::format("{} IN ({})", names_.front(), condition);
  }

  const Access& access_;
  const jdbc::KeyPlan plan_;
  std::unique_ptr<Connection> connection_;  // null: after a failure
  bool may_pass_ = false;                   // of the last failure
  std::string select_;
  std::vector<std::string> names_;  // of the key's columns
};

}  // namespace

std::unique_ptr<jdbc::KeyServer> MakeTableKeys(const Access& access, jdbc::KeyPlan plan) {
  return std::make_unique<TableKeys>(access, std::move(plan));
}

}  // namespace weir::connectors::mysql
