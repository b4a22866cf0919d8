// PRINTF: Java's format strings over SQL values.
#include "runtime/expr/functions/java_format.h"
#include "runtime/expr/functions/list.h"
#include "runtime/expr/functions/rules.h"
#include "runtime/expr/functions/text.h"
#include "runtime/types/datetime.h"
#include "runtime/types/time_zone.h"

namespace weir::expr {
namespace {

// The last format that a call met, in pieces.
class PrintfMemory : public KernelMemory {
 public:
  // Compiles the format. False where Java refuses it, which makes the result NULL; kUnsupported for
  // conversions that are missing here.
  Result<bool> Prepare(std::string_view format) {
    if (known_ && format == format_) return pieces_.has_value();
    format_.assign(format);
    pieces_ = TRY(ParseJavaFormat(format_));
    known_ = true;
    return pieces_.has_value();
  }
  const std::vector<FormatPiece>& pieces() const { return *pieces_; }

 private:
  bool known_ = false;
  std::string format_;
  std::optional<std::vector<FormatPiece>> pieces_;
};

// `instants` as times of the session's zone, which is how CAST writes them.
Result<ColumnPtr> LocalTimes(const KernelCall& call, const Column& instants) {
  const TimeZone zone = TRY(call.SessionZone());
  const Type type = Type::Timestamp(instants.type().precision());
  MutableColumnPtr local = Column::Make(type, instants.length(), instants.is_constant());
  const auto convert = [&](uint32_t stored) {
    if (instants.IsNull(stored)) {
      local->SetNull(stored);
    } else if (type.physical() == PhysicalType::kInt64) {
      const TimestampNanos instant = NanosFromMicros(instants.data<int64_t>()[stored]);
      local->mutable_data<int64_t>()[stored] = MicrosFromNanos(zone.ToLocal(instant));
    } else {
      const TimestampNanos instant = instants.data<TimestampNanos>()[stored];
      local->mutable_data<TimestampNanos>()[stored] = zone.ToLocal(instant);
    }
  };
  if (instants.is_constant()) {
    convert(0);
  } else {
    ForValidRows(call.rows, nullptr, convert);
  }
  return ColumnPtr(std::move(local));
}

Result<std::vector<ColumnPtr>> Arguments(const KernelCall& call) {
  std::vector<ColumnPtr> arguments(call.args.begin(), call.args.end());
  for (ColumnPtr& argument : arguments) {
    if (argument->type().kind() == TypeKind::kTimestampLtz)
      argument = TRY(LocalTimes(call, *argument));
  }
  return arguments;
}

bool AppendPieces(std::span<const ColumnPtr> arguments, uint32_t row,
                  const std::vector<FormatPiece>& pieces, TextBuilder& text) {
  for (const FormatPiece& piece : pieces) {
    const auto index = static_cast<size_t>(piece.argument) + 1;
    if (index >= arguments.size()) return false;
    if (!AppendFormatted(piece, arguments[index].get(), row, text)) return false;
  }
  return true;
}

// NULL for a NULL or wrong format, and where a conversion does not take its argument (Flink).
Result<ColumnPtr> PrintfKernel(const KernelCall& call) {
  if (*call.memory == nullptr) *call.memory = std::make_unique<PrintfMemory>();
  auto& memory = static_cast<PrintfMemory&>(**call.memory);
  const std::vector<ColumnPtr> arguments = TRY(Arguments(call));
  const StringReader format(*call.args[0]);
  MutableColumnPtr out = call.MakeNullableResult();
  TextBuilder text;
  RETURN_IF_ERROR(TryValidRows(call.rows, nullptr, [&](uint32_t row) -> Status {
    text.clear();
    bool written = false;
    if (!call.args[0]->IsNull(row)) {
      Result<bool> valid = memory.Prepare(format[row].view());
      if (!valid.ok()) return call.Fail(std::move(valid).status());
      written = *valid && AppendPieces(arguments, row, memory.pieces(), text);
    }
    if (written) {
      out->SetString(row, text.view());
    } else {
      out->SetNull(row);
    }
    return {};
  }));
  return ColumnPtr(std::move(out));
}

// Formats of literals that need a missing conversion are refused while planning.
Result<Type> PrintfRule(Args args) {
  const Expr& format = *args[0];
  if (format.kind == ExprKind::kLiteral && !format.literal.is_null()) {
    const auto parsed = ParseJavaFormat(format.literal.get<std::string>());
    if (!parsed.ok()) return Status(parsed.status()).WithSpan(format.span);
  }
  return Type::String();
}

}  // namespace

std::span<const ScalarFunction> PrintfFunctions() {
  static const std::vector<ScalarFunction> table = {
      WithNulls(Failing(Define("PRINTF", "PRINTF(format, value, …) → STRING",
                               "The values by a format of Java's Formatter: '%5d %-8s %.2f'.",
                               {{{kStr, kAny}, PrintfRule, PrintfKernel, 1, true}}))),
  };
  return table;
}

}  // namespace weir::expr
