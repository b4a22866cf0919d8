#include "runtime/expr/functions/java_format.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "runtime/expr/functions/letter_case.h"
#include "runtime/expr/functions/text.h"
#include "runtime/types/batch_text.h"
#include "runtime/types/decimal.h"
#include "runtime/types/number_text.h"

namespace weir::expr {
namespace {

// --- Parsing -------------------------------------------------------------------------------------

struct ConversionRule {
  char conversion;
  std::string_view flags;
  bool precision;
};
constexpr ConversionRule kConversions[] = {
    {'d', "-+ 0,(", false}, {'o', "-#0", false},   {'x', "-#0", false}, {'e', "-#+ 0(", true},
    {'f', "-#+ 0,(", true}, {'g', "-+ 0,(", true}, {'s', "-", true},    {'b', "-", true},
    {'c', "-", false},      {'%', "-", false},     {'n', "", false},
};
constexpr std::string_view kUpperConversions = "XEGSBC";
constexpr int kDefaultPrecision = 6;

class FormatParser {
 public:
  explicit FormatParser(std::string_view format) : format_(format) {}

  Result<std::optional<std::vector<FormatPiece>>> Parse() {
    std::vector<FormatPiece> pieces;
    while (at_ < format_.size()) {
      const size_t percent = std::min(format_.find('%', at_), format_.size());
      if (percent > at_) pieces.push_back({.text = format_.substr(at_, percent - at_)});
      at_ = percent + 1;
      if (percent == format_.size()) break;
      FormatPiece piece;
      if (!TRY(Conversion(piece))) return std::optional<std::vector<FormatPiece>>();
      pieces.push_back(piece);
    }
    return std::optional(std::move(pieces));
  }

 private:
  bool IsDigit(size_t at) const {
    return at < format_.size() && format_[at] >= '0' && format_[at] <= '9';
  }

  // Takes the number at the current place; -1 where there is no digit. Numbers beyond a million are
  // taken for a million, so that nothing overflows.
  int Number() {
    if (!IsDigit(at_)) return -1;
    int number = 0;
    for (; IsDigit(at_); ++at_) number = std::min(number * 10 + (format_[at_] - '0'), 1'000'000);
    return number;
  }

  void ExplicitArgument() {
    size_t end = at_;
    while (IsDigit(end)) ++end;
    if (end > at_ && end < format_.size() && format_[end] == '$') {
      explicit_ = Number() - 1;
      ++at_;
    } else if (at_ < format_.size() && format_[at_] == '<') {
      explicit_ = last_;
      ++at_;
    }
  }

  // False for a flag that is given twice.
  bool Flags(FormatPiece& piece) {
    for (; at_ < format_.size(); ++at_) {
      bool* flag = FlagOf(piece, format_[at_]);
      if (flag == nullptr) return true;
      if (*flag) return false;
      *flag = true;
      flags_ += format_[at_];
    }
    return true;
  }

  static bool* FlagOf(FormatPiece& piece, char c) {
    switch (c) {
      case '-':
        return &piece.left;
      case '#':
        return &piece.alternate;
      case '+':
        return &piece.plus;
      case ' ':
        return &piece.space;
      case '0':
        return &piece.zero;
      case ',':
        return &piece.grouped;
      case '(':
        return &piece.bracketed;
      default:
        return nullptr;
    }
  }

  Result<bool> Conversion(FormatPiece& piece) {
    explicit_ = kImplicit;
    flags_.clear();
    ExplicitArgument();
    if (!Flags(piece)) return false;
    piece.width = Number();
    if (at_ < format_.size() && format_[at_] == '.') {
      ++at_;
      piece.precision = Number();
      if (piece.precision < 0) return false;
    }
    if (at_ >= format_.size()) return false;
    const char letter = format_[at_++];
    if (std::string_view("hHaAtT").find(letter) != std::string_view::npos) {
      return Status::Unsupported(fmt::format("PRINTF does not have the conversion %{}", letter));
    }
    piece.upper = kUpperConversions.find(letter) != std::string_view::npos;
    piece.conversion = piece.upper ? static_cast<char>(letter - 'A' + 'a') : letter;
    return Fits(piece) && TakeArgument(piece);
  }

  bool Fits(const FormatPiece& piece) const {
    for (const ConversionRule& rule : kConversions) {
      if (rule.conversion != piece.conversion) continue;
      if (flags_.find_first_not_of(rule.flags) != std::string::npos) return false;
      if (piece.precision >= 0 && !rule.precision) return false;
      if (piece.conversion == 'n' && piece.width >= 0) return false;
      if ((piece.left || piece.zero) && piece.width < 0) return false;
      return !(piece.left && piece.zero) && !(piece.plus && piece.space);
    }
    return false;
  }

  bool TakeArgument(FormatPiece& piece) {
    if (piece.conversion == '%' || piece.conversion == 'n') return true;
    piece.argument = explicit_ == kImplicit ? next_++ : explicit_;
    last_ = piece.argument;
    return piece.argument >= 0;
  }

  static constexpr int kImplicit = -2;

  std::string_view format_;
  size_t at_ = 0;
  std::string flags_;
  int explicit_ = kImplicit;
  int next_ = 0;
  int last_ = -1;
};

// --- Numbers -------------------------------------------------------------------------------------

// A positive number as decimal digits: 0.d1 d2 d3 … times ten to the power of `point`. Zero has the
// digit 0 and point 1.
struct Digits {
  std::string text;
  int point = 1;

  // Keeps `count` digits after the leading `point` ones (may be negative), rounding half up.
  void RoundTo(int count) {
    const int kept = point + count;
    if (kept >= static_cast<int>(text.size())) return;
    const bool up = kept >= 0 && text[static_cast<size_t>(kept)] >= '5';
    text.resize(static_cast<size_t>(std::max(kept, 0)));
    if (!up) return;
    size_t i = text.size();
    while (i > 0 && text[i - 1] == '9') text[--i] = '0';
    if (i > 0) {
      ++text[i - 1];
    } else {
      text.insert(text.begin(), '1');
      ++point;
    }
  }
  char At(int place) const {  // digit before (place > 0) or after the point
    const int i = point - place;
    return i >= 0 && i < static_cast<int>(text.size()) ? text[static_cast<size_t>(i)] : '0';
  }
  bool IsZero() const { return text.find_first_not_of('0') == std::string::npos; }
};

Digits DigitsOf(double magnitude) {
  char buffer[kMaxFloatingText];
  const auto end =
      std::to_chars(buffer, buffer + sizeof(buffer), magnitude, std::chars_format::scientific);
  const std::string_view text(buffer, static_cast<size_t>(end.ptr - buffer));
  const size_t e = text.find('e');
  Digits digits;
  for (const char c : text.substr(0, e)) {
    if (c != '.') digits.text += c;
  }
  const bool plus = text[e + 1] == '+';
  std::from_chars(text.data() + e + (plus ? 2 : 1), text.data() + text.size(), digits.point);
  ++digits.point;
  return digits;
}

Digits DigitsOf(Int128 magnitude, int scale) {
  Digits digits;
  digits.text = fmt::format("{}", static_cast<UInt128>(magnitude));
  digits.point = static_cast<int>(digits.text.size()) - scale;
  return digits;
}

void AppendFixed(Digits digits, int precision, bool grouped, bool alternate, std::string& out) {
  digits.RoundTo(precision);
  for (int place = std::max(digits.point, 1); place > 0; --place) {
    out += digits.At(place);
    if (grouped && place > 1 && place % 3 == 1) out += ',';
  }
  if (precision > 0 || alternate) out += '.';
  for (int i = 0; i < precision; ++i) out += digits.At(-i);
}

void AppendScientific(Digits digits, int precision, bool alternate, std::string& out) {
  const bool zero = digits.IsZero();
  digits.RoundTo(precision + 1 - digits.point);
  out += digits.At(digits.point);
  if (precision > 0 || alternate) out += '.';
  for (int i = 1; i <= precision; ++i) out += digits.At(digits.point - i);
  const int exponent = zero ? 0 : digits.point - 1;
  out += fmt::format("e{}{:02}", exponent < 0 ? '-' : '+', std::abs(exponent));
}

// %g: `precision` significant digits, scientific from 10^precision on and below 10^-4.
void AppendGeneral(const Digits& digits, int precision, bool grouped, std::string& out) {
  precision = precision == 0 ? 1 : precision;
  Digits rounded = digits;
  rounded.RoundTo(precision - rounded.point);
  if (digits.IsZero() || (rounded.point > -4 && rounded.point <= precision)) {
    const int point = digits.IsZero() ? 1 : rounded.point;
    AppendFixed(digits, precision - point, grouped, false, out);
  } else {
    AppendScientific(digits, precision - 1, false, out);
  }
}

// Appends a number, whose magnitude is `body`, with its sign, brackets and padding.
void AppendSigned(const FormatPiece& piece, bool negative, std::string body, std::string& out) {
  std::string_view prefix;
  if (negative) prefix = piece.bracketed ? "(" : "-";
  if (!negative && piece.plus) prefix = "+";
  if (!negative && piece.space) prefix = " ";
  const std::string_view suffix = negative && piece.bracketed ? ")" : "";
  const size_t size = prefix.size() + body.size() + suffix.size();
  const auto width = static_cast<size_t>(std::max(piece.width, 0));
  if (piece.zero && size < width) body.insert(size_t{0}, width - size, '0');
  out.append(prefix);
  out.append(body).append(suffix);
}

std::optional<int64_t> IntegerOf(const Column& column, uint32_t row) {
  switch (column.type().kind()) {
    case TypeKind::kTinyInt:
      return column.ValueAt<int8_t>(row);
    case TypeKind::kSmallInt:
      return column.ValueAt<int16_t>(row);
    case TypeKind::kInt:
      return column.ValueAt<int32_t>(row);
    case TypeKind::kBigInt:
      return column.ValueAt<int64_t>(row);
    default:
      return std::nullopt;
  }
}

bool FormatInteger(const FormatPiece& piece, const Column& column, uint32_t row, std::string& out) {
  const std::optional<int64_t> value = IntegerOf(column, row);
  if (!value) return false;
  if (piece.conversion == 'd') {
    const uint64_t magnitude =
        *value < 0 ? ~static_cast<uint64_t>(*value) + 1 : static_cast<uint64_t>(*value);
    std::string body;
    AppendFixed(DigitsOf(static_cast<Int128>(magnitude), 0), 0, piece.grouped, false, body);
    AppendSigned(piece, *value < 0, std::move(body), out);
    return true;
  }
  // Negative numbers are written as the unsigned one of equal bits.
  const int bits = column.type().value_bytes() * 8;
  const uint64_t mask = bits == 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1;
  const uint64_t unsigned_value = static_cast<uint64_t>(*value) & mask;
  const bool octal = piece.conversion == 'o';
  std::string body =
      octal ? fmt::format("{:o}", unsigned_value) : fmt::format("{:x}", unsigned_value);
  const std::string_view prefix = !piece.alternate ? "" : octal ? "0" : "0x";
  const size_t size = prefix.size() + body.size();
  const auto width = static_cast<size_t>(std::max(piece.width, 0));
  if (piece.zero && size < width) body.insert(size_t{0}, width - size, '0');
  out.append(prefix);
  out.append(body);
  return true;
}

struct Real {
  Digits digits;
  bool negative = false;
  std::string_view special;  // "NaN", "Infinity"
};

std::optional<Real> RealOf(const Column& column, uint32_t row) {
  const Type& type = column.type();
  if (type.kind() == TypeKind::kDecimal) {
    const Int128 unscaled = type.physical() == PhysicalType::kInt64
                                ? Int128{column.ValueAt<int64_t>(row)}
                                : column.ValueAt<Int128>(row);
    return Real{DigitsOf(unscaled < 0 ? -unscaled : unscaled, type.scale()), unscaled < 0, {}};
  }
  double value = 0;
  Digits digits;
  if (type.kind() == TypeKind::kFloat) {
    // Digits of the FLOAT itself, not of the DOUBLE next to it.
    char text[kMaxFloatingText];
    value = column.ValueAt<float>(row);
    char* end = FormatFloat(std::fabs(column.ValueAt<float>(row)), text);
    if (std::isfinite(value))
      digits = DigitsOf(*ParseDouble({text, static_cast<size_t>(end - text)}));
  } else if (type.kind() == TypeKind::kDouble) {
    value = column.ValueAt<double>(row);
    if (std::isfinite(value)) digits = DigitsOf(std::fabs(value));
  } else {
    return std::nullopt;
  }
  Real real{std::move(digits), std::signbit(value), {}};
  if (std::isnan(value)) real = {{}, false, "NaN"};
  if (std::isinf(value)) real.special = "Infinity";
  return real;
}

bool FormatReal(FormatPiece piece, const Column& column, uint32_t row, std::string& out) {
  const std::optional<Real> real = RealOf(column, row);
  if (!real) return false;
  std::string body(real->special);
  const int precision = piece.precision < 0 ? kDefaultPrecision : piece.precision;
  if (!body.empty()) {
    piece.zero = false;
  } else if (piece.conversion == 'f') {
    AppendFixed(real->digits, precision, piece.grouped, piece.alternate, body);
  } else if (piece.conversion == 'e') {
    AppendScientific(real->digits, precision, piece.alternate, body);
  } else {
    AppendGeneral(real->digits, precision, piece.grouped, body);
  }
  AppendSigned(piece, real->negative, std::move(body), out);
  return true;
}

// --- Everything else -----------------------------------------------------------------------------

bool FormatCharacter(const Column& column, uint32_t row, std::string& out) {
  const std::optional<int64_t> code = IntegerOf(column, row);
  if (!code || *code < 0 || *code > 0x10FFFF) return false;
  TextBuilder text;
  AppendCodePoint(static_cast<uint32_t>(*code), text);
  out = text.view();
  return true;
}

void FormatText(const Column& column, uint32_t row, std::string& out) {
  if (column.type().kind() == TypeKind::kBoolean) {
    out = column.ValueAt<uint8_t>(row) != 0 ? "true" : "false";
  } else {
    FormatCell(column, column.is_constant() ? 0 : row, out);
  }
}

size_t Utf16Units(char lead) {
  return Utf8Length(lead) == 4 ? 2 : 1;
}

// The characters that fit into `units` UTF-16 units.
std::string_view CutTo(std::string_view text, size_t units) {
  size_t offset = 0;
  while (offset < text.size() && Utf16Units(text[offset]) <= units) {
    units -= Utf16Units(text[offset]);
    offset += Utf8Length(text[offset]);
  }
  return text.substr(0, offset);
}

void AppendPadded(const FormatPiece& piece, std::string_view body, TextBuilder& out) {
  int units = 0;
  for (size_t i = 0; i < body.size(); i += Utf8Length(body[i])) {
    units += static_cast<int>(Utf16Units(body[i]));
  }
  for (int i = units; !piece.left && i < piece.width; ++i) out.Append(' ');
  if (piece.upper) {
    AppendUpper(body, out);
  } else {
    out.Append(body);
  }
  for (int i = units; piece.left && i < piece.width; ++i) out.Append(' ');
}

bool FormatValue(const FormatPiece& piece, const Column& column, uint32_t row, std::string& out) {
  switch (piece.conversion) {
    case 'd':
    case 'o':
    case 'x':
      return FormatInteger(piece, column, row, out);
    case 'e':
    case 'f':
    case 'g':
      return FormatReal(piece, column, row, out);
    case 'c':
      return FormatCharacter(column, row, out);
    case 'b':
      out = column.type().kind() == TypeKind::kBoolean && column.ValueAt<uint8_t>(row) == 0
                ? "false"
                : "true";
      return true;
    default:
      FormatText(column, row, out);
      return true;
  }
}

}  // namespace

Result<std::optional<std::vector<FormatPiece>>> ParseJavaFormat(std::string_view format) {
  return FormatParser(format).Parse();
}

bool AppendFormatted(const FormatPiece& piece, const Column* argument, uint32_t row,
                     TextBuilder& out) {
  if (piece.conversion == 0 || piece.conversion == 'n') {
    out.Append(piece.conversion == 0 ? piece.text : "\n");
    return true;
  }
  if (piece.conversion == '%') {
    AppendPadded(piece, "%", out);
    return true;
  }
  std::string body;
  const bool null = argument->IsNull(row);
  if (null) {
    body = piece.conversion == 'b' ? "false" : "null";
  } else if (!FormatValue(piece, *argument, row, body)) {
    return false;
  }
  const bool cut =
      piece.precision >= 0 && (null || piece.conversion == 's' || piece.conversion == 'b');
  AppendPadded(piece, cut ? CutTo(body, static_cast<size_t>(piece.precision)) : body, out);
  return true;
}

}  // namespace weir::expr
