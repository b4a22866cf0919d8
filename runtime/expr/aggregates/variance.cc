// STDDEV_POP, STDDEV_SAMP, VAR_POP and VAR_SAMP by the method of Welford (Technometrics 4, 1962),
// which Flink uses as well; partial results are merged as Chan, Golub and LeVeque do (COMPSTAT
// 1982).
#include <algorithm>
#include <cmath>

#include "runtime/expr/aggregate_function.h"
#include "runtime/expr/aggregates/accumulators.h"
#include "runtime/expr/saturating_cast.h"
#include "runtime/types/decimal.h"

namespace weir::expr {
namespace {

// Values that differ by what sums of doubles lose only.
bool Same(double a, double b) {
  constexpr double kLost = 1e-9;
  return a == b || (std::isnan(a) && std::isnan(b)) ||
         std::fabs(a - b) <= kLost * std::max(std::fabs(a), std::fabs(b));
}

// With values: their count, mean, and sum of the squares of the distances from it. Without, that is
// in partial results that take away more than they add: the sums of the values and of their
// squares, those of removed ones subtracted, in place of the two. Both forms are what sums of
// signed terms give, so that parts may be merged in any order, and squares may be negative on the
// way.
struct Moments {
  int64_t count = 0;
  double mean = 0;
  double squares = 0;

  static Moments Of(int64_t count, double sum, double sum_of_squares) {
    if (count <= 0) return {count, sum, sum_of_squares};
    const double mean = sum / static_cast<double>(count);
    return {count, mean, sum_of_squares - mean * sum};
  }
  bool Empty() const { return count == 0 && mean == 0 && squares == 0; }
  double Sum() const { return count > 0 ? mean * static_cast<double>(count) : mean; }
  double SumOfSquares() const { return count > 0 ? squares + mean * Sum() : squares; }

  void Add(double value) {
    if (count <= 0 && !Empty()) {
      *this = Of(count + 1, mean + value, squares + value * value);
      return;
    }
    ++count;
    const double distance = value - mean;
    mean += distance / static_cast<double>(count);
    squares += distance * (value - mean);
  }
  void Remove(double value) {
    if (count == 1 && Same(value, mean) && Same(SumOfSquares(), value * value)) {
      *this = {};
      return;
    }
    if (count <= 1) {
      *this = Of(count - 1, Sum() - value, SumOfSquares() - value * value);
      return;
    }
    --count;
    const double distance = value - mean;
    mean -= distance / static_cast<double>(count);
    squares -= distance * (value - mean);
  }
  void Merge(const Moments& other) {
    // Sums of squares lose digits: they are for what cannot be said otherwise.
    if (other.Empty()) return;
    if (Empty()) {
      *this = other;
      return;
    }
    if (count <= 0 || other.count <= 0 || count + other.count <= 0) {
      *this = Of(count + other.count, Sum() + other.Sum(), SumOfSquares() + other.SumOfSquares());
      return;
    }
    const int64_t total = count + other.count;
    const double distance = other.mean - mean;
    const auto share = static_cast<double>(other.count) / static_cast<double>(total);
    squares += other.squares + distance * distance * static_cast<double>(count) * share;
    mean += distance * share;
    count = total;
  }
};

class Variance : public Accumulator {
 public:
  Variance(const AggregateCall& call, StateSlot slot)
      : sample_(call.function == AggregateFunction::kStddevSamp ||
                call.function == AggregateFunction::kVarSamp),
        root_(call.function == AggregateFunction::kStddevPop ||
              call.function == AggregateFunction::kStddevSamp),
        mean_(slot, slot.first),
        squares_(slot, slot.first + 1),
        count_(slot, slot.first + 2) {}

  void Initialize(std::span<std::byte* const>) const override {}

  Status Update(const FoldInput& input, const Column* argument, StringOwner&) const override {
    if (argument->type().kind() == TypeKind::kNull) return {};
    DispatchPhysical(argument->type().physical(), [&]<typename T>() {
      if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, Int128>) {
        const T* values = argument->data<T>();
        const double scale = ScaleOf(argument->type());
        FoldRows(input, argument, [&](std::byte* row, uint32_t from, int64_t sign) {
          Moments moments = Load(row);
          const double value = static_cast<double>(values[from]) / scale;
          sign > 0 ? moments.Add(value) : moments.Remove(value);
          Store(moments, row);
        });
      }
    });
    return {};
  }

  Status Merge(const FoldInput& input, std::span<const ColumnPtr> partial,
               StringOwner&) const override {
    const auto* means = partial[0]->data<double>();
    const auto* squares = partial[1]->data<double>();
    const auto* counts = partial[2]->data<int64_t>();
    FoldRows(input, partial[2].get(), [&](std::byte* row, uint32_t from, int64_t) {
      Moments moments = Load(row);
      moments.Merge({counts[from], means[from], squares[from]});
      Store(moments, row);
    });
    return {};
  }

  Status Output(std::span<std::byte* const> rows, Column& out) const override {
    DispatchPhysical(out.type().physical(), [&]<typename T>() {
      if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, Int128>) {
        T* results = out.mutable_data<T>();
        for (uint32_t i = 0; i < rows.size(); ++i) {
          const std::optional<double> result = ResultOf(Load(rows[i]));
          if (!result || !Convert(*result, out.type(), results[i])) out.SetNull(i);
        }
      }
    });
    return {};
  }

 private:
  static double ScaleOf(const Type& type) {
    return type.kind() == TypeKind::kDecimal ? std::pow(10.0, type.scale()) : 1.0;
  }

  Moments Load(const std::byte* row) const {
    return {count_.Load<int64_t>(row), mean_.Load<double>(row), squares_.Load<double>(row)};
  }
  void Store(const Moments& moments, std::byte* row) const {
    count_.Store(row, moments.count);
    mean_.Store(row, moments.mean);
    squares_.Store(row, moments.squares);
  }

  // Nothing without values, and for a sample of one.
  std::optional<double> ResultOf(const Moments& moments) const {
    const int64_t divisor = moments.count - (sample_ ? 1 : 0);
    if (moments.count <= 0 || divisor <= 0) return std::nullopt;
    const double squares = moments.squares < 0 ? 0 : moments.squares;
    const double variance = squares / static_cast<double>(divisor);
    return root_ ? std::sqrt(variance) : variance;
  }

  // Cut to integers, rounded to the scale of a DECIMAL; false when that does not hold it.
  template <typename T>
  static bool Convert(double value, const Type& type, T& result) {
    if constexpr (std::is_same_v<T, Int128>) {
      const std::optional<Int128> unscaled =
          DecimalFromDouble(value, type.precision(), type.scale());
      result = unscaled.value_or(0);
      return unscaled.has_value();
    } else if constexpr (std::is_integral_v<T>) {
      result = SaturatingCast<T>(value);
      return true;
    } else {
      result = static_cast<T>(value);
      return true;
    }
  }

  bool sample_;
  bool root_;
  FieldPlace mean_;
  FieldPlace squares_;
  FieldPlace count_;
};

}  // namespace

std::vector<Field> VarianceFields(const AggregateCall& call) {
  const Type real = Type::Double().WithNullable(false);
  return {{call.state_name, real},
          {call.state_name + ".squares", real},
          {call.state_name + ".count", Type::BigInt().WithNullable(false)}};
}

AccumulatorPtr MakeVariance(const AggregateCall& call, StateSlot slot) {
  return std::make_unique<Variance>(call, slot);
}

}  // namespace weir::expr
