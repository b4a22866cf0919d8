#include "runtime/connectors/postgres/table_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <utility>

#include "runtime/base/hex_digit.h"
#include "runtime/connectors/postgres/server_table.h"
#include "runtime/connectors/postgres/value_text.h"

namespace weir::connectors::postgres {
namespace {

bool IsOneOf(std::string_view type, std::span<const std::string_view> types) {
  return std::ranges::find(types, type) != types.end();
}

// The type there as which keys of a type here are compared with a column of type `there`; "" where
// values that are equal here would not be found. Wider than the column's where keys may be beyond
// what that can hold.
std::string_view ComparedAs(const Type& here, std::string_view there) {
  static constexpr std::array<std::string_view, 4> kNumbers = {"smallint", "integer", "bigint",
                                                               "numeric"};
  switch (here.kind()) {
    case TypeKind::kTinyInt:
    case TypeKind::kSmallInt:
    case TypeKind::kInt:
    case TypeKind::kBigInt:
      if (there == "numeric") return there;
      return IsOneOf(there, kNumbers) ? "bigint" : "";
    case TypeKind::kDecimal:
      return IsOneOf(there, kNumbers) ? "numeric" : "";
    case TypeKind::kChar:
    case TypeKind::kVarChar:
      if (there == "character") return "bpchar";  // the other name is of one character
      if (there == "text" || there == "character varying" || there == "name") return "text";
      return there == "citext" || there == "uuid" ? there : "";
    case TypeKind::kBoolean:
      return there == "boolean" ? there : "";
    case TypeKind::kDate:
      return there == "date" ? there : "";
    case TypeKind::kTime:
      return there == "time without time zone" ? there : "";
    case TypeKind::kTimestamp:
      return there == "timestamp without time zone" ? there : "";
    case TypeKind::kTimestampLtz:
      return there == "timestamp with time zone" ? there : "";
    default:
      return here.is_binary() && there == "bytea" ? there : "";
  }
}

// As the server writes them: only such a text is equal to a value of the column.
bool IsUuid(std::string_view text) {
  constexpr std::string_view kShape = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  if (text.size() != kShape.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool digit = HexDigit(text[i]) >= 0 && (text[i] < 'A' || text[i] > 'F');
    if (kShape[i] == '-' ? text[i] != '-' : !digit) return false;
  }
  return true;
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
    const std::vector<std::string> arrays = ArraysOf(keys);
    if (arrays.empty()) return Batch();
    // A failure or an interruption drops it: what is under way there is nobody's.
    std::unique_ptr<Connection> connection = std::move(connection_);
    Result<Answer> asked = connection->Ask(sql_, arrays);
    may_pass_ = connection->may_pass();
    const Answer answer = TRY(std::move(asked));
    connection_ = std::move(connection);
    Batch rows;
    rows.row_count = static_cast<uint32_t>(answer.rows());
    int place = 0;
    for (const Field& field : plan_.columns.fields)
      rows.columns.push_back(TRY(ReadColumn(answer, place++, 0, answer.rows(), field)));
    return rows;
  }

  bool may_pass() const override { return may_pass_; }

 private:
  Status MakeStatement(Connection& connection) {
    const ServerTable table = TRY(DescribeTable(connection, plan_.table_name));
    const std::vector<ServerColumn> columns = TRY(ColumnsOf(table, plan_.columns, plan_.table));
    std::string list;
    for (const ServerColumn& column : columns)
      list += fmt::format("{}weir_t.{}", list.empty() ? "" : ", ", QuotedName(column.name));
    uuid_.clear();
    std::vector<std::string> names;
    std::vector<std::string> arrays;
    for (const int key : plan_.keys) {
      const ServerColumn& column = columns[static_cast<size_t>(key)];
      const std::string_view type = TRY(TypeOf(key, column));
      uuid_.push_back(type == "uuid");
      names.push_back("weir_t." + QuotedName(column.name));
      arrays.push_back(fmt::format("${}::{}[]", arrays.size() + 1, type));
    }
    // IN and not a join: keys that differ here and are equal there must not double a row.
    const std::string condition =
        names.size() == 1 ? fmt::format("{} = ANY ({})", names[0], arrays[0])
                          : fmt::format("({}) IN (SELECT * FROM unnest({}))",
                                        fmt::join(names, ", "), fmt::join(arrays, ", "));
    sql_ = fmt::format("SELECT {} FROM {} AS weir_t WHERE {}", list, table.name, condition);
    return {};
  }

  Result<std::string_view> TypeOf(int key, const ServerColumn& column) const {
    const Field& field = plan_.columns.fields[static_cast<size_t>(key)];
    const std::string_view type = ComparedAs(field.type, column.type);
    if (!type.empty()) return type;
    return Status::Unsupported(
               fmt::format("table {} cannot be asked by column \"{}\": PostgreSQL compares {} in "
                           "another way than {} is compared here",
                           plan_.table, field.name, column.type, field.type.ToString()))
        .WithHint("give the column here the type that it has there, or 'lookup.cache' = 'FULL'");
  }

  // Each column of the keys as an array's text; nothing where no key can be there.
  std::vector<std::string> ArraysOf(const Batch& keys) const {
    std::vector<std::string> arrays(keys.columns.size(), "{");
    std::vector<std::string> one(keys.columns.size());
    bool any = false;
    for (uint32_t row = 0; row < keys.row_count; ++row) {
      bool possible = true;
      for (size_t k = 0; k < one.size() && possible; ++k) {
        one[k].clear();
        AppendArrayElement(*keys.columns[k], row, one[k]);
        const std::string_view text = std::string_view(one[k]).substr(1, one[k].size() - 2);
        possible = text.find('\0') == std::string_view::npos && (!uuid_[k] || IsUuid(text));
      }
      if (!possible) continue;
      for (size_t k = 0; k < one.size(); ++k) {
        if (any) arrays[k] += ',';
        arrays[k] += one[k];
      }
      any = true;
    }
    if (!any) return {};
    for (std::string& array : arrays) array += '}';
    return arrays;
  }

  const Access& access_;
  const jdbc::KeyPlan plan_;
  std::unique_ptr<Connection> connection_;  // null: after a failure
  bool may_pass_ = false;                   // of the last failure
  std::string sql_;
  std::vector<bool> uuid_;  // of each key
};

}  // namespace

std::unique_ptr<jdbc::KeyServer> MakeTableKeys(const Access& access, jdbc::KeyPlan plan) {
  return std::make_unique<TableKeys>(access, std::move(plan));
}

}  // namespace weir::connectors::postgres
