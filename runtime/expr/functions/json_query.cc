// JSON_EXISTS, JSON_VALUE, JSON_QUERY and IS JSON. Rules of Flink's SqlJsonUtils, with one
// difference: a value that is not of the type after RETURNING is an error in the sense of ON ERROR,
// where Flink's job fails with a ClassCastException.
#include <fmt/format.h>

#include <cmath>

#include "runtime/expr/functions/list.h"
#include "runtime/expr/functions/lists.h"
#include "runtime/expr/functions/rules.h"
#include "runtime/expr/functions/text.h"
#include "runtime/expr/json/json_options.h"
#include "runtime/expr/json/json_path.h"
#include "runtime/expr/json/json_text.h"
#include "runtime/types/number_text.h"

namespace weir::expr {
namespace {

using Kind = JsonMatch::Kind;

// --- What a call keeps ---------------------------------------------------------------------------

// The document of the last row, the last path compiled, and what it has found there.
class QueryMemory : public KernelMemory {
 public:
  // Finds the path in the document; a malformed path is an error to the call's ON ERROR.
  Status Find(std::string_view text, std::string_view path) {
    if (!known_ || path != path_text_) {
      path_ = TRY(JsonPath::Compile(path));
      path_text_.assign(path);
      known_ = true;
    }
    match.kind = Kind::kError;
    match.values.clear();
    if (path_) path_->Find(document.Parse(text), match);
    return {};
  }
  bool lax() const { return path_ && path_->lax(); }
  std::string_view path() const { return path_text_; }

  JsonDocument document;
  JsonMatch match;
  TextBuilder built;

 private:
  bool known_ = false;
  std::string path_text_;
  std::optional<JsonPath> path_;
};

QueryMemory& MemoryOf(const KernelCall& call) {
  if (*call.memory == nullptr) *call.memory = std::make_unique<QueryMemory>();
  return static_cast<QueryMemory&>(**call.memory);
}

JsonOptions OptionsOf(const Expr& call) {
  return JsonOptions::FromText(call.args[2]->literal.get<std::string>());
}

Status NoResult(const KernelCall& call, const QueryMemory& memory, bool empty) {
  return call.Fail(
      Status::DataError(fmt::format("{}: {} for the path '{}'", call.expression->function->name,
                                    empty ? "there is nothing" : "no such value", memory.path()))
          .WithId("E3001"));
}

// Evaluates the path in the document of each row and calls `Status f(row, memory)`, which finds the
// result in memory.match. Rows where document or path is NULL get NULL.
template <typename F>
Status ForDocuments(const KernelCall& call, Column& out, F f) {
  const StringReader documents(*call.args[0]);
  const StringReader paths(*call.args[1]);
  QueryMemory& memory = MemoryOf(call);
  return TryValidRows(call.rows, nullptr, [&](uint32_t row) -> Status {
    if (call.args[0]->IsNull(row) || call.args[1]->IsNull(row)) {
      out.SetNull(row);
      return {};
    }
    Status found = memory.Find(documents[row].view(), paths[row].view());
    if (!found.ok()) return call.Fail(std::move(found));
    return f(row, memory);
  });
}

// --- JSON_EXISTS ---------------------------------------------------------------------------------

Result<ColumnPtr> ExistsKernel(const KernelCall& call) {
  const JsonAnswer on_error = OptionsOf(*call.expression).on_error;
  MutableColumnPtr out = call.MakeNullableResult();
  auto* result = out->mutable_data<uint8_t>();
  RETURN_IF_ERROR(ForDocuments(call, *out, [&](uint32_t row, QueryMemory& memory) -> Status {
    result[row] = memory.match.kind != Kind::kNothing;
    if (memory.match.kind != Kind::kError) return {};
    if (on_error == JsonAnswer::kError) return NoResult(call, memory, false);
    if (on_error == JsonAnswer::kUnknown) out->SetNull(row);
    result[row] = on_error == JsonAnswer::kTrue;
    return {};
  }));
  return ColumnPtr(std::move(out));
}

// --- JSON_VALUE ----------------------------------------------------------------------------------

// Writes what was found to `row` of `out`; false when it is not of the type.
bool WriteText(QueryMemory& memory, uint32_t row, Column& out) {
  memory.built.clear();
  if (memory.match.kind == Kind::kNumber) {
    if (memory.match.whole_number) {
      memory.built.Append(fmt::format("{}", static_cast<int64_t>(memory.match.number)));
    } else {
      char buffer[kMaxFloatingText];
      const char* end = FormatDouble(memory.match.number, buffer);
      memory.built.Append({buffer, static_cast<size_t>(end - buffer)});
    }
  } else {
    AppendJsonScalar(*memory.match.values[0], memory.built);
  }
  out.SetString(row, memory.built.view());
  return true;
}

bool WriteNumber(const JsonMatch& match, uint32_t row, Column& out) {
  double number = match.number;
  bool whole = match.whole_number;
  std::optional<int64_t> integer = static_cast<int64_t>(number);
  if (match.kind == Kind::kValue) {
    const JsonNode& node = *match.values[0];
    if (node.kind != JsonKind::kInteger && node.kind != JsonKind::kReal) return false;
    number = ParseDouble(node.text).value_or(0);
    whole = node.kind == JsonKind::kInteger;
    integer = whole ? ParseInt64(node.text) : std::nullopt;
  }
  if (out.type().kind() == TypeKind::kDouble) {
    out.mutable_data<double>()[row] = number;
    return true;
  }
  if (!whole || !integer || *integer != static_cast<int32_t>(*integer)) return false;
  out.mutable_data<int32_t>()[row] = static_cast<int32_t>(*integer);
  return true;
}

bool WriteScalar(QueryMemory& memory, uint32_t row, Column& out) {
  if (out.type().is_character()) return WriteText(memory, row, out);
  if (out.type().is_numeric()) return WriteNumber(memory.match, row, out);
  if (memory.match.kind != Kind::kValue) return false;
  const JsonKind kind = memory.match.values[0]->kind;
  out.mutable_data<uint8_t>()[row] = kind == JsonKind::kTrue;
  return kind == JsonKind::kTrue || kind == JsonKind::kFalse;
}

// Writes what ON EMPTY or ON ERROR says to the row: NULL, or the value of `argument` for DEFAULT.
Status Answer(const KernelCall& call, JsonAnswer answer, size_t argument, uint32_t row,
              Column& out) {
  const Column& value = *call.args[argument];
  if (answer != JsonAnswer::kDefault || value.IsNull(row)) {
    out.SetNull(row);
    return {};
  }
  DispatchPhysical(out.type().physical(), [&]<typename T>() {
    if constexpr (std::is_same_v<T, StringRef>) {
      out.SetString(row, value.ValueAt<T>(row).view());
    } else {
      out.mutable_data<T>()[row] = value.ValueAt<T>(row);
    }
  });
  return {};
}

Result<ColumnPtr> ValueKernel(const KernelCall& call) {
  const JsonOptions options = OptionsOf(*call.expression);
  MutableColumnPtr out = call.MakeNullableResult();
  RETURN_IF_ERROR(ForDocuments(call, *out, [&](uint32_t row, QueryMemory& memory) -> Status {
    const JsonMatch& match = memory.match;
    const bool scalar =
        match.kind == Kind::kNumber || (match.kind == Kind::kValue && match.values[0]->is_scalar());
    const bool empty =
        match.kind == Kind::kNothing || (memory.lax() && !scalar && match.kind != Kind::kError);
    if (scalar && WriteScalar(memory, row, *out)) return {};
    const JsonAnswer answer = empty ? options.on_empty : options.on_error;
    if (answer == JsonAnswer::kError) return NoResult(call, memory, empty);
    return Answer(call, answer, empty ? 3 : 4, row, *out);
  }));
  return ColumnPtr(std::move(out));
}

// --- JSON_QUERY ----------------------------------------------------------------------------------

void AppendList(const std::vector<const JsonNode*>& values, TextBuilder& out) {
  out.Append('[');
  for (size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out.Append(',');
    AppendJson(*values[i], out);
  }
  out.Append(']');
}

void AppendMembers(const std::vector<const JsonNode*>& values, TextBuilder& out) {
  PoolVector<JsonNode> copies;
  for (const JsonNode* value : values) copies.push_back(*value);
  for (size_t i = 0; i < copies.size(); ++i) {
    copies[i].next = i + 1 < copies.size() ? &copies[i + 1] : nullptr;
  }
  JsonNode object{JsonKind::kObject, {}, {}, copies.empty() ? nullptr : copies.data(), nullptr};
  AppendJson(object, out);
}

void AppendMatch(const JsonMatch& match, TextBuilder& out) {
  switch (match.kind) {
    case Kind::kList:
      return AppendList(match.values, out);
    case Kind::kMembers:
      return AppendMembers(match.values, out);
    case Kind::kNumber:
      return AppendBigDecimal(match.whole_number
                                  ? fmt::format("{}", static_cast<int64_t>(match.number))
                                  : fmt::format("{}", match.number),
                              out);
    default:
      return AppendJson(*match.values[0], out);
  }
}

struct Found {
  bool is_array = false;
  bool wrapped = false;
  bool good = false;  // an array or object, after wrapping
};

Found Classify(const JsonMatch& match, JsonWrapping wrapping) {
  Found found;
  if (match.kind == Kind::kNothing || match.kind == Kind::kError) return found;
  found.is_array = match.kind == Kind::kList ||
                   (match.kind == Kind::kValue && match.values[0]->kind == JsonKind::kArray);
  found.wrapped = wrapping == JsonWrapping::kUnconditional ||
                  (wrapping == JsonWrapping::kConditional && !found.is_array);
  const bool scalar =
      match.kind == Kind::kNumber || (match.kind == Kind::kValue && match.values[0]->is_scalar());
  found.good = found.wrapped || !scalar;
  return found;
}

// The text that ON EMPTY or ON ERROR asks for; null for NULL.
const char* AnswerText(JsonAnswer answer) {
  return answer == JsonAnswer::kEmptyArray    ? "[]"
         : answer == JsonAnswer::kEmptyObject ? "{}"
                                              : nullptr;
}

// The fixed text of the row's result; null for NULL, and "" where the result is what was found.
Result<const char*> QueryRow(const KernelCall& call, const JsonOptions& options,
                             QueryMemory& memory, Found& found) {
  found = Classify(memory.match, options.wrapping);
  const bool usable =
      found.good && (options.returns != JsonReturns::kArray || found.is_array || found.wrapped);
  if (usable) return "";
  const bool empty = memory.match.kind == Kind::kNothing ||
                     (memory.lax() && memory.match.kind != Kind::kError && !found.good);
  const JsonAnswer answer = empty ? options.on_empty : options.on_error;
  if (answer == JsonAnswer::kError) return NoResult(call, memory, empty);
  found.good = false;
  return AnswerText(answer);
}

Result<ColumnPtr> QueryTextKernel(const KernelCall& call) {
  const JsonOptions options = OptionsOf(*call.expression);
  MutableColumnPtr out = call.MakeNullableResult();
  RETURN_IF_ERROR(ForDocuments(call, *out, [&](uint32_t row, QueryMemory& memory) -> Status {
    Found found;
    const char* answer = TRY(QueryRow(call, options, memory, found));
    if (answer == nullptr) {
      out->SetNull(row);
      return {};
    }
    memory.built.clear();
    memory.built.Append(answer);
    if (found.good && found.wrapped) memory.built.Append('[');
    if (found.good) AppendMatch(memory.match, memory.built);
    if (found.good && found.wrapped) memory.built.Append(']');
    out->SetString(row, memory.built.view());
    return {};
  }));
  return ColumnPtr(std::move(out));
}

// Appends an element of an ARRAY<STRING>: the characters of a string, any other value as JSON text,
// NULL for null.
void AppendElement(const JsonNode& node, TextBuilder& text, ColumnBuilder& elements) {
  if (node.kind == JsonKind::kNull) return elements.AppendNull();
  if (node.kind == JsonKind::kString) return elements.AppendString(node.text);
  text.clear();
  AppendJson(node, text);
  elements.AppendString(text.view());
}

void AppendElements(QueryMemory& memory, const Found& found, ColumnBuilder& elements) {
  if (found.wrapped) {
    if (memory.match.kind == Kind::kValue) {
      return AppendElement(*memory.match.values[0], memory.built, elements);
    }
    memory.built.clear();
    AppendMatch(memory.match, memory.built);
    return elements.AppendString(memory.built.view());
  }
  if (memory.match.kind == Kind::kList) {
    for (const JsonNode* node : memory.match.values) AppendElement(*node, memory.built, elements);
    return;
  }
  for (const JsonNode* node = memory.match.values[0]->first; node != nullptr; node = node->next) {
    AppendElement(*node, memory.built, elements);
  }
}

Result<ColumnPtr> QueryArrayKernel(const KernelCall& call) {
  const JsonOptions options = OptionsOf(*call.expression);
  const uint32_t count = call.constant ? 1 : call.length;
  const MutableColumnPtr nulls = AllRowsOf(call);
  ColumnBuilder builder(call.type(), count);
  RETURN_IF_ERROR(ForDocuments(call, *nulls, [&](uint32_t row, QueryMemory& memory) -> Status {
    Found found;
    const char* answer = TRY(QueryRow(call, options, memory, found));
    while (builder.size() < row) builder.AppendNull();
    if (answer == nullptr) {
      builder.AppendNull();
      return {};
    }
    if (found.good) AppendElements(memory, found, builder.child(0));
    builder.AppendList();
    return {};
  }));
  while (builder.size() < count) builder.AppendNull();
  ColumnPtr column = builder.Finish();
  return call.constant ? RepeatRow(*column, 0, call.length) : column;
}

Result<ColumnPtr> QueryKernel(const KernelCall& call) {
  return call.type().kind() == TypeKind::kArray ? QueryArrayKernel(call) : QueryTextKernel(call);
}

// --- IS JSON -------------------------------------------------------------------------------------

enum class Shape : uint8_t { kValue, kObject, kArray, kScalar };

struct DocumentMemory : KernelMemory {
  JsonDocument document;
};

bool HasShape(const JsonNode* root, Shape shape) {
  if (root == nullptr) return false;
  switch (shape) {
    case Shape::kValue:
      return true;
    case Shape::kObject:
      return root->kind == JsonKind::kObject;
    case Shape::kArray:
      return root->kind == JsonKind::kArray;
    case Shape::kScalar:
      return root->is_scalar();
  }
  return false;
}

template <Shape kShape>
Result<ColumnPtr> IsJsonKernel(const KernelCall& call) {
  if (*call.memory == nullptr) *call.memory = std::make_unique<DocumentMemory>();
  JsonDocument& document = static_cast<DocumentMemory&>(**call.memory).document;
  const StringReader in(*call.args[0]);
  MutableColumnPtr out = call.MakeResult();
  auto* result = out->mutable_data<uint8_t>();
  ForRows(call.rows, [&](uint32_t row) {
    result[row] = !call.args[0]->IsNull(row) && HasShape(document.Parse(in[row].view()), kShape);
  });
  return ColumnPtr(std::move(out));
}

// --- Types ---------------------------------------------------------------------------------------

Type ReturnedType(JsonReturns returns) {
  switch (returns) {
    case JsonReturns::kString:
      return Type::String();
    case JsonReturns::kBoolean:
      return Type::Boolean();
    case JsonReturns::kInteger:
      return Type::Int();
    case JsonReturns::kReal:
      return Type::Double();
    case JsonReturns::kArray:
      return Type::Array(Type::String());
  }
  WEIR_UNREACHABLE();
}

// A literal path that is not supported is refused while planning, at its place.
Status CheckPath(const Expr& path) {
  if (path.kind != ExprKind::kLiteral || path.literal.is_null()) return {};
  const auto compiled = JsonPath::Compile(path.literal.get<std::string>());
  return compiled.ok() ? Status() : Status(compiled.status()).WithSpan(path.span);
}

Result<Type> ExistsRule(Args args) {
  RETURN_IF_ERROR(CheckPath(*args[1]));
  return Type::Boolean();
}

Result<Type> ReturningRule(Args args) {
  RETURN_IF_ERROR(CheckPath(*args[1]));
  return ReturnedType(JsonOptions::FromText(args[2]->literal.get<std::string>()).returns);
}

std::vector<ScalarFunction> MakeTable() {
  return {
      WithNulls(Failing(Define(
          "JSON_EXISTS",
          "JSON_EXISTS(json, path [{TRUE | FALSE | UNKNOWN | ERROR} ON ERROR]) → "
          "BOOLEAN",
          "TRUE if the path finds something.", {{{kStr, kStr, kUnit}, ExistsRule, ExistsKernel}}))),
      WithNulls(Failing(Define(
          "JSON_VALUE",
          "JSON_VALUE(json, path [RETURNING {STRING | BOOLEAN | INT | DOUBLE}] [{NULL | ERROR | "
          "DEFAULT value} ON EMPTY] [{NULL | ERROR | DEFAULT value} ON ERROR]) → STRING",
          "The scalar that the path finds.",
          {{{kStr, kStr, kUnit, kAny, kAny}, ReturningRule, ValueKernel}}))),
      WithNulls(Failing(Define(
          "JSON_QUERY",
          "JSON_QUERY(json, path [RETURNING {STRING | ARRAY<STRING>}] [{WITHOUT | WITH "
          "[CONDITIONAL] "
          "} [ARRAY] WRAPPER] [{NULL | ERROR | EMPTY ARRAY | EMPTY OBJECT} ON {EMPTY | ERROR}]) → "
          "STRING",
          "The array or object that the path finds, as JSON text.",
          {{{kStr, kStr, kUnit}, ReturningRule, QueryKernel}}))),
      WithNulls(Define("IS JSON", "string IS [NOT] JSON [VALUE] → BOOLEAN", "TRUE if it is JSON.",
                       {{{kStr}, ReturnsBoolean, IsJsonKernel<Shape::kValue>}}, {"IS JSON VALUE"})),
      WithNulls(Define("IS JSON OBJECT", "string IS [NOT] JSON OBJECT → BOOLEAN",
                       "TRUE if it is a JSON object.",
                       {{{kStr}, ReturnsBoolean, IsJsonKernel<Shape::kObject>}})),
      WithNulls(Define("IS JSON ARRAY", "string IS [NOT] JSON ARRAY → BOOLEAN",
                       "TRUE if it is a JSON array.",
                       {{{kStr}, ReturnsBoolean, IsJsonKernel<Shape::kArray>}})),
      WithNulls(Define("IS JSON SCALAR", "string IS [NOT] JSON SCALAR → BOOLEAN",
                       "TRUE if it is a JSON string, number, literal or null.",
                       {{{kStr}, ReturnsBoolean, IsJsonKernel<Shape::kScalar>}})),
  };
}

}  // namespace

std::span<const ScalarFunction> JsonPathFunctions() {
  static const std::vector<ScalarFunction> table = MakeTable();
  return table;
}

}  // namespace weir::expr
