#include "runtime/native/instance.h"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <exception>

#include "runtime/arrow/check_array.h"
#include "runtime/arrow/owned_arrow.h"
#include "runtime/base/utf8.h"
#include "runtime/base/valid_utf8.h"
#include "runtime/expr/kernel.h"
#include "runtime/types/value.h"

namespace weir::native {
namespace {

using arrow::OwnedArrow;
using expr::ForeignCall;
using expr::ForeignFunction;

// Kinds that the header reserves.
constexpr uint32_t kAggregate = 2;
constexpr uint32_t kTable = 3;

// What a callback says is wrong.
class Complaint {
 public:
  weir_error* get() { return &error_; }
  int64_t row() const { return error_.row; }
  std::string text() const {
    std::string said(text_.data(), ::strnlen(text_.data(), text_.size()));
    // What was cut to the room that there is may end within a character.
    for (int i = 0; i < 3 && said.size() + 4 > text_.size() && !IsUtf8(said); ++i) said.pop_back();
    if (said.empty()) return "it failed, and does not say why";
    return IsUtf8(said) ? said : "it failed, and says why in what is not UTF-8";
  }

 private:
  std::array<char, 1024> text_{};
  weir_error error_{-1, text_.size() - 1, text_.data()};
};

// Calls into the library, whose exceptions must not go on through the engine. The text is of one;
// nothing where the callback returned 0.
template <typename Callback>
std::optional<std::string> Failure(Complaint& complaint, const Callback& callback) {
  try {
    if (callback() == 0) return std::nullopt;
    return complaint.text();
  } catch (const std::exception& thrown) {
    return fmt::format("it has thrown an exception: {}", thrown.what());
  } catch (...) {
    return "it has thrown an exception";
  }
}

Status NotBound(std::string why) {
  return Status::InvalidArgument(std::move(why)).WithId("E3010");
}

Status Failed(std::string why) {
  return Status::DataError(std::move(why)).WithId("E3010");
}

std::string Shortened(std::string text) {
  constexpr size_t kMost = 80;
  if (text.size() <= kMost) return text;
  size_t end = 0;
  while (end < kMost) end = EndOfCharacter(text, end);
  return text.substr(0, end) + "…";
}

// "x = 1, y = 'a'".
std::string ArgumentsOf(const ForeignCall& call, uint32_t row) {
  std::vector<std::string> all;
  for (size_t i = 0; i < call.args.size(); ++i) {
    const Value argument = GetValue(*call.args[i], row);
    const bool quoted = argument.type().is_character();
    const std::string value = Shortened(quoted ? argument.ToSql() : argument.ToString());
    const bool named = i < call.function->names.size();
    all.push_back(named ? fmt::format("{} = {}", call.function->names[i], value) : value);
  }
  return fmt::format("{}", fmt::join(all, ", "));
}

std::string WithRow(std::string why, int64_t row, const ForeignCall& call) {
  if (row < 0 || row >= call.rows.count) return why;
  const auto at = static_cast<uint32_t>(row);
  const uint32_t id = call.rows.ids == nullptr ? at : call.rows.ids[at];
  return fmt::format("{}, in row {} of a batch: {}", why, row + 1, ArgumentsOf(call, id));
}

// Its rows one behind the other; those of a call that is for all are not moved.
Batch RowsOf(const ForeignCall& call) {
  Batch batch;
  batch.row_count = call.rows.count;
  for (const ColumnPtr& column : call.args) {
    const bool moved = call.rows.ids != nullptr && !column->is_constant();
    batch.columns.push_back(moved ? GatherColumn(*column, call.rows.ids, call.rows.count) : column);
  }
  return batch;
}

// Whether values of one are those of the other; the width of offsets apart.
bool SameType(const arrow::ArrowType& a, const arrow::ArrowType& b) {
  return a.kind == b.kind && a.width == b.width && a.precision == b.precision &&
         a.scale == b.scale && a.adjusted == b.adjusted;
}

// Moves values that lie one behind the other to the rows of `out`.
void Scatter(const Column& values, const expr::Rows& rows, Column& out) {
  DispatchPhysical(out.type().physical(), [&]<typename T>() {
    const T* from = values.data<T>();
    T* to = out.mutable_data<T>();
    for (uint32_t i = 0; i < rows.count; ++i) to[rows.ids[i]] = from[i];
  });
  for (uint32_t i = 0; i < rows.count; ++i)
    if (!values.IsNull(i)) SetBit(out.MutableValidity(), rows.ids[i]);
  out.ShareHeaps(values);
}

}  // namespace

Instance::Instance(const weir_function& code, const ForeignFunction& function)
    : code_(code), function_(function), layout_{.borrows = true}, reader_(TimeZone::Utc()) {
  for (size_t i = 0; i < function.parameters.size(); ++i) {
    const Type& type = function.parameters[i];
    const bool nullable = function.called_on_null && type.nullable();
    parameters_.fields.push_back(
        {i < function.names.size() ? function.names[i] : "", type.WithNullable(nullable)});
  }
}

Instance::~Instance() {
  if (!begun_ || code_.close == nullptr) return;
  Complaint unused;
  (void)Failure(unused, [&] {
    code_.close(state_);
    return 0;
  });
}

Result<std::unique_ptr<Instance>> Instance::Bind(const weir_function& code,
                                                 const ForeignFunction& function) {
  if (code.kind == kAggregate || code.kind == kTable) {
    return Status::Unsupported(
               fmt::format("{} of a library is not supported yet",
                           code.kind == kTable ? "a table function" : "an aggregate"))
        .WithHint("weir/function.h has scalar functions");
  }
  if (code.kind != WEIR_SCALAR) {
    return NotBound(fmt::format("'{}' of the library is no scalar function, but of kind {}",
                                code.name, code.kind));
  }
  const bool said = function.determinism != expr::Determinism::kPure;
  if ((code.flags & WEIR_NOT_DETERMINISTIC) != 0 && !said) {
    return std::move(NotBound("equal arguments need not give equal values, the library says"))
        .WithHint("CREATE FUNCTION … LANGUAGE NATIVE NOT DETERMINISTIC USING …");
  }
  std::unique_ptr<Instance> instance(new Instance(code, function));
  RETURN_IF_ERROR(instance->Begin());
  return instance;
}

Status Instance::Begin() {
  OwnedArrow<ArrowSchema> arguments;
  arrow::MakeArrowSchema(parameters_, layout_, arguments.Fill());
  OwnedArrow<ArrowSchema> given;
  Complaint complaint;
  const auto failed = Failure(
      complaint, [&] { return code_.bind(&*arguments, given.Fill(), &state_, complaint.get()); });
  if (failed) return NotBound(*failed);
  begun_ = true;
  OwnedArrow<ArrowSchema> declared;
  arrow::MakeArrowSchema({{{"", function_.returns}}}, layout_, declared.Fill());
  const ArrowSchema& wanted = *declared->children[0];
  if (given->format == nullptr || given->n_children != 0)
    return NotBound("its bind does not say the type of its result");
  result_.type = function_.returns;
  result_.from = arrow::ArrowTypeOf(*given);
  if (SameType(result_.from, arrow::ArrowTypeOf(wanted))) return {};
  return NotBound(fmt::format("it gives '{}' of Arrow, which is not the '{}' of its RETURNS {}",
                              given->format, wanted.format,
                              function_.returns.ToStringIgnoringNullability()));
}

Status Instance::Call(const ForeignCall& call, Column& out) {
  const Batch rows = RowsOf(call);
  OwnedArrow<ArrowArray> arguments;
  Status made = arrow::MakeArrowBatch(parameters_, layout_, rows, arguments.Fill());
  if (!made.ok()) return std::move(made).WithId("E3010");
  OwnedArrow<ArrowArray> result;
  Complaint complaint;
  const auto failed = Failure(complaint, [&] {
    return code_.eval(state_, arguments.get(), result.Fill(), complaint.get());
  });
  if (failed) return Failed(WithRow(*failed, complaint.row(), call));
  if (result.empty()) return Failed("it has returned no array");
  Status read = Read(*result, call, out);
  if (read.ok()) return read;
  return std::move(read).WithId("E3010").WithContext("what it has returned");
}

Status Instance::Read(const ArrowArray& result, const ForeignCall& call, Column& out) const {
  RETURN_IF_ERROR(arrow::CheckArray(result_.from, result, call.rows.count));
  const bool dense = call.rows.ids == nullptr && call.rows.count == out.stored();
  const MutableColumnPtr apart = dense ? nullptr : Column::Make(out.type(), call.rows.count);
  Column& values = dense ? out : *apart;
  RETURN_IF_ERROR(reader_.ReadInto(result_, result, values));
  if (!function_.returns.nullable()) {
    for (uint32_t i = 0; i < call.rows.count; ++i) {
      if (!values.IsNull(i)) continue;
      return Failed(WithRow(
          fmt::format("it is NULL, and RETURNS says {}", function_.returns.ToString()), i, call));
    }
  }
  if (!dense) Scatter(values, call.rows, out);
  return {};
}

}  // namespace weir::native
