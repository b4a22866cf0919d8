// STDDEV_POP, STDDEV_SAMP, VAR_POP and VAR_SAMP from the exact sums of the values and of their
// squares. Methods that keep a mean (Welford, as in Flink) lose digits for good when a large value
// comes and goes; sums without an error do not, and are the same whatever the order is.
#include <algorithm>
#include <cmath>

#include "runtime/base/bytes.h"
#include "runtime/base/check.h"
#include "runtime/expr/aggregate_function.h"
#include "runtime/expr/aggregates/accumulators.h"
#include "runtime/expr/saturating_cast.h"
#include "runtime/types/decimal.h"
#include "runtime/types/moments.h"
#include "runtime/types/moments_fields.h"

namespace weir::expr {
namespace {

// Which of the four functions it is, and how its results are written to a column.
class VarianceOutput {
 public:
  explicit VarianceOutput(const AggregateCall& call)
      : sample_(call.function == AggregateFunction::kStddevSamp ||
                call.function == AggregateFunction::kVarSamp),
        root_(call.function == AggregateFunction::kStddevPop ||
              call.function == AggregateFunction::kStddevSamp),
        scale_(call.argument_types[0].kind() == TypeKind::kDecimal ? call.argument_types[0].scale()
                                                                   : 0) {}

  // Whether the result is not NULL: there must be a value, and two of them for a sample.
  bool Has(int64_t count) const { return count > (sample_ ? 1 : 0); }
  // REQUIRES: Has(count).
  double Of(const WideNumber& sum, const WideNumber& squares, int64_t count) const {
    return Variance(sum, squares, {count, count - (sample_ ? 1 : 0), scale_, root_});
  }

  // Calls result(row, number) for each row, where false stands for NULL.
  template <typename Result>
  static void Write(std::span<std::byte* const> rows, Column& out, Result result) {
    DispatchPhysical(out.type().physical(), [&]<typename T>() {
      if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, Int128>) {
        T* results = out.mutable_data<T>();
        for (uint32_t i = 0; i < rows.size(); ++i) {
          double number;
          if (!result(rows[i], number) || !Convert(number, out.type(), results[i])) out.SetNull(i);
        }
      }
    });
  }

 private:
  // Converts the result to the call's type: cut to an integer, or rounded to the scale of a
  // DECIMAL. False when the DECIMAL cannot hold it, which makes it NULL.
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
  int scale_;
};

// Words of 64 bits in two's complement, lowest first: addition wraps, so that sums may leave their
// range on the way, and come back.
template <size_t kWords>
struct Words {
  uint64_t words[kWords];

  // Adds `other`, of which higher words are 0, or subtracts it.
  template <size_t kOthers>
  void Add(const Words<kOthers>& other, bool negative) {
    static_assert(kOthers <= kWords);
    UInt128 carry = 0;
    for (size_t i = 0; i < kWords; ++i) {
      const uint64_t word = i < kOthers ? other.words[i] : 0;
      const UInt128 sum =
          negative ? UInt128{words[i]} - word - carry : UInt128{words[i]} + word + carry;
      words[i] = static_cast<uint64_t>(sum);
      carry = (sum >> 64) & 1;
    }
  }
  WideNumber number() const { return {words, static_cast<int>(kWords), 0}; }
};

inline Words<2> Magnitude(UInt128 value) {
  return {{static_cast<uint64_t>(value), static_cast<uint64_t>(value >> 64)}};
}
// The square of a number of 128 bits.
inline Words<4> SquareOf(UInt128 value) {
  const auto low = static_cast<uint64_t>(value);
  const auto high = static_cast<uint64_t>(value >> 64);
  const UInt128 middle = UInt128{low} * high;
  Words<4> square = {};
  square.Add(Magnitude(UInt128{low} * low), false);
  const UInt128 upper = UInt128{high} * high;
  const Words<3> cross = {{0, static_cast<uint64_t>(middle), static_cast<uint64_t>(middle >> 64)}};
  square.Add(cross, false);
  square.Add(cross, false);
  square.Add(Words<4>{{0, 0, static_cast<uint64_t>(upper), static_cast<uint64_t>(upper >> 64)}},
             false);
  return square;
}

// The accumulator for integers, whose sums of values and of squares have 128 and 192 bits, and for
// decimals, with 192 and 320 bits.
template <typename Value, size_t kSumWords, size_t kSquareWords>
class WholeVariance : public Accumulator {
 public:
  WholeVariance(const AggregateCall& call, StateSlot slot)
      : output_(call),
        fields_(MomentsFields("", call.argument_types[0]).size()),
        squares_field_(kSumWords > 2 ? 2 : 1),
        sum_(slot, slot.first),
        squares_(slot, slot.first + squares_field_),
        count_(slot, slot.first + fields_ - 1) {
    // The words of both lie one behind another.
    const RowLayout& layout = *slot.layout;
    WEIR_CHECK(squares_.offset == sum_.offset + kSumWords * sizeof(uint64_t));
    WEIR_CHECK(layout.offset(slot.first + fields_ - 1) ==
               squares_.offset + kSquareWords * sizeof(uint64_t));
  }

  void Initialize(std::span<std::byte* const>) const override {}

  Status Update(const FoldInput& input, const Column* argument, StringOwner&) const override {
    if (argument->type().kind() == TypeKind::kNull) return {};
    const Value* values = argument->data<Value>();
    FoldRows(input, argument, [&](std::byte* row, uint32_t from, int64_t sign) {
      const auto value = static_cast<Int128>(values[from]);
      const bool negative = value < 0;
      const UInt128 magnitude =
          negative ? -static_cast<UInt128>(value) : static_cast<UInt128>(value);
      auto sum = sum_.Load<Words<kSumWords>>(row);
      sum.Add(Magnitude(magnitude), negative != (sign < 0));
      sum_.Store(row, sum);
      auto squares = squares_.Load<Words<kSquareWords>>(row);
      if constexpr (sizeof(Value) <= sizeof(int64_t)) {
        squares.Add(Magnitude(magnitude * magnitude), sign < 0);
      } else {
        squares.Add(SquareOf(magnitude), sign < 0);
      }
      squares_.Store(row, squares);
      AddToCount(count_, row, sign);
    });
    return {};
  }

  Status Merge(const FoldInput& input, std::span<const ColumnPtr> partial,
               StringOwner&) const override {
    const auto* counts = partial[fields_ - 1]->template data<int64_t>();
    FoldRows(input, partial[fields_ - 1].get(), [&](std::byte* row, uint32_t from, int64_t sign) {
      auto sum = sum_.Load<Words<kSumWords>>(row);
      sum.Add(WordsAt<kSumWords>(partial, 0, from), sign < 0);
      sum_.Store(row, sum);
      auto squares = squares_.Load<Words<kSquareWords>>(row);
      squares.Add(WordsAt<kSquareWords>(partial, squares_field_, from), sign < 0);
      squares_.Store(row, squares);
      AddToCount(count_, row, sign * counts[from]);
    });
    return {};
  }

  Status Output(std::span<std::byte* const> rows, Column& out) const override {
    VarianceOutput::Write(rows, out, [&](const std::byte* row, double& number) {
      const auto count = count_.Load<int64_t>(row);
      if (!output_.Has(count)) return false;
      const auto sum = sum_.Load<Words<kSumWords>>(row);
      const auto squares = squares_.Load<Words<kSquareWords>>(row);
      number = output_.Of(sum.number(), squares.number(), count);
      return true;
    });
    return {};
  }

 private:
  // Columns of 16 bytes, then one of 8 for an odd number of words.
  template <size_t kWords>
  static Words<kWords> WordsAt(std::span<const ColumnPtr> partial, size_t field, uint32_t from) {
    Words<kWords> words;
    for (size_t i = 0; i < kWords; ++field) {
      const size_t bytes = kWords - i > 1 ? sizeof(Int128) : sizeof(int64_t);
      const void* value = kWords - i > 1
                              ? static_cast<const void*>(partial[field]->data<Int128>() + from)
                              : partial[field]->data<int64_t>() + from;
      std::memcpy(&words.words[i], value, bytes);
      i += bytes / sizeof(uint64_t);
    }
    return words;
  }

  VarianceOutput output_;
  size_t fields_;
  size_t squares_field_;
  FieldPlace sum_;
  FieldPlace squares_;
  FieldPlace count_;
};

// The state of one row while values come and go.
struct BinaryMoments {
  BinarySum sum;
  BinarySum squares;
  int64_t infinite = 0;
  int64_t count = 0;

  void Add(double value, int64_t sign) {
    count += sign;
    if (!std::isfinite(value)) {
      infinite += sign;
      return;
    }
    const BinaryParts parts = PartsOf(value);
    sum.Add(parts.mantissa, 0, parts.exponent, parts.negative != (sign < 0));
    const UInt128 square = UInt128{parts.mantissa} * parts.mantissa;
    squares.Add(static_cast<uint64_t>(square), static_cast<uint64_t>(square >> 64),
                2 * parts.exponent, sign < 0);
  }
  bool LoadSums(std::string_view bytes) {
    ByteReader in(bytes);
    if (!bytes.empty()) return sum.Load(in) && squares.Load(in) && in.at_end();
    ByteReader nothing(std::string_view("\0\0\0\0", 4));
    return sum.Load(nothing) && squares.Load(nothing);
  }
};

// The accumulator for FLOAT and DOUBLE, whose exact sums have a variable number of bytes.
template <typename Value>
class BinaryVariance : public Accumulator {
 public:
  BinaryVariance(const AggregateCall& call, StateSlot slot)
      : output_(call),
        slot_(slot),
        sums_(slot, slot.first),
        infinite_(slot, slot.first + 1),
        count_(slot, slot.first + 2) {}

  void Initialize(std::span<std::byte* const>) const override {}

  Status Update(const FoldInput& input, const Column* argument,
                StringOwner& strings) const override {
    if (argument->type().kind() == TypeKind::kNull) return {};
    const Value* values = argument->data<Value>();
    Open open(*this, strings);
    FoldRows(input, argument, [&](std::byte* row, uint32_t from, int64_t sign) {
      open.Turn(row).Add(static_cast<double>(values[from]), sign);
    });
    return open.Close();
  }

  Status Merge(const FoldInput& input, std::span<const ColumnPtr> partial,
               StringOwner& strings) const override {
    const auto* sums = partial[0]->data<StringRef>();
    const auto* infinite = partial[1]->data<int64_t>();
    const auto* counts = partial[2]->data<int64_t>();
    Open open(*this, strings);
    BinaryMoments other;
    FoldRows(input, partial[2].get(), [&](std::byte* row, uint32_t from, int64_t sign) {
      if (!other.LoadSums(sums[from].view())) return open.Fail();
      BinaryMoments& moments = open.Turn(row);
      moments.sum.Add(other.sum, sign < 0);
      moments.squares.Add(other.squares, sign < 0);
      moments.infinite += sign * infinite[from];
      moments.count += sign * counts[from];
    });
    return open.Close();
  }

  Status Output(std::span<std::byte* const> rows, Column& out) const override {
    BinaryMoments moments;
    bool fits = true;
    VarianceOutput::Write(rows, out, [&](const std::byte* row, double& number) {
      fits = Load(row, moments) && fits;
      if (!output_.Has(moments.count)) return false;
      number = moments.infinite != 0
                   ? std::nan("")
                   : output_.Of(moments.sum.number(), moments.squares.number(), moments.count);
      return true;
    });
    return fits ? Status() : Malformed();
  }

 private:
  static Status Malformed() { return Status::Corruption("saved sums of squares are malformed"); }

  bool Load(const std::byte* row, BinaryMoments& moments) const {
    moments.infinite = infinite_.Load<int64_t>(row);
    moments.count = count_.Load<int64_t>(row);
    // A short string lies in the row itself, so that the view must not be one of a copy.
    return moments.LoadSums(reinterpret_cast<const StringRef*>(row + sums_.offset)->view());
  }

  // The state row that is being folded into, decoded. It is encoded again only when another row's
  // turn comes: cheap where a batch has few groups or is sorted by them.
  class Open {
   public:
    Open(const BinaryVariance& variance, StringOwner& strings)
        : variance_(variance), strings_(strings) {}

    BinaryMoments& Turn(std::byte* row) {
      if (row == row_) return moments_;
      Store();
      row_ = row;
      fits_ = variance_.Load(row, moments_) && fits_;
      return moments_;
    }
    void Fail() { fits_ = false; }
    Status Close() {
      Store();
      return fits_ ? Status() : Malformed();
    }

   private:
    void Store() {
      if (row_ == nullptr) return;
      bytes_.clear();
      moments_.sum.Append(bytes_);
      moments_.squares.Append(bytes_);
      strings_.SetString(row_, variance_.slot_.first, bytes_);
      variance_.infinite_.Store(row_, moments_.infinite);
      variance_.count_.Store(row_, moments_.count);
    }

    const BinaryVariance& variance_;
    StringOwner& strings_;
    std::byte* row_ = nullptr;
    BinaryMoments moments_;
    std::string bytes_;
    bool fits_ = true;
  };

  VarianceOutput output_;
  StateSlot slot_;
  FieldPlace sums_;
  FieldPlace infinite_;
  FieldPlace count_;
};

template <typename Value>
AccumulatorPtr OfIntegers(const AggregateCall& call, StateSlot slot) {
  return std::make_unique<WholeVariance<Value, 2, 3>>(call, slot);
}
template <typename Value>
AccumulatorPtr OfDecimals(const AggregateCall& call, StateSlot slot) {
  return std::make_unique<WholeVariance<Value, kMostSumWords, kMostSquareWords>>(call, slot);
}

}  // namespace

AccumulatorPtr MakeVariance(const AggregateCall& call, StateSlot slot) {
  const Type& type = call.argument_types[0];
  if (type.kind() == TypeKind::kDecimal) {
    return type.physical() == PhysicalType::kInt64 ? OfDecimals<int64_t>(call, slot)
                                                   : OfDecimals<Int128>(call, slot);
  }
  switch (type.physical()) {
    case PhysicalType::kInt8:
      return OfIntegers<int8_t>(call, slot);
    case PhysicalType::kInt16:
      return OfIntegers<int16_t>(call, slot);
    case PhysicalType::kInt32:
      return OfIntegers<int32_t>(call, slot);
    case PhysicalType::kInt64:
      return OfIntegers<int64_t>(call, slot);
    case PhysicalType::kFloat:
      return std::make_unique<BinaryVariance<float>>(call, slot);
    default:
      return std::make_unique<BinaryVariance<double>>(call, slot);
  }
}

}  // namespace weir::expr
