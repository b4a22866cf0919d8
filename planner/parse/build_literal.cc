#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <span>

#include "planner/parse/builder.h"
#include "planner/parse/dispatch.h"
#include "runtime/base/hex_digit.h"
#include "runtime/base/names.h"

namespace weir::parse {
namespace {

using ast::ExprPtr;
using ast::Literal;
using ast::LiteralKind;

// The code point's UTF-8.
void AppendUtf8(uint32_t point, std::string* out) {
  const auto put = [out](uint32_t byte) {
    *out += static_cast<char>(static_cast<unsigned char>(byte));
  };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xC0 | (point >> 6));
    put(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    put(0xE0 | (point >> 12));
    put(0x80 | ((point >> 6) & 0x3F));
    put(0x80 | (point & 0x3F));
  } else {
    put(0xF0 | (point >> 18));
    put(0x80 | ((point >> 12) & 0x3F));
    put(0x80 | ((point >> 6) & 0x3F));
    put(0x80 | (point & 0x3F));
  }
}

// `count` hexadecimal digits at `text[at]`; false if there are fewer or no such code point.
bool ReadHex(std::string_view text, size_t at, size_t count, uint32_t* point) {
  if (at + count > text.size()) return false;
  *point = 0;
  for (char c : text.substr(at, count)) {
    const int digit = HexDigit(c);
    if (digit < 0) return false;
    *point = *point * 16 + static_cast<uint32_t>(digit);
  }
  return *point <= 0x10FFFF && (*point < 0xD800 || *point > 0xDFFF);
}

// Undoes \XXXX, \+XXXXXX and doubled escapes; false for a malformed one.
bool DecodeUnicode(std::string_view text, char escape, std::string* out) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != escape) {
      *out += text[i];
      continue;
    }
    if (i + 1 < text.size() && text[i + 1] == escape) {
      *out += text[++i];
      continue;
    }
    const bool longer = i + 1 < text.size() && text[i + 1] == '+';
    const size_t digits = longer ? 6 : 4;
    uint32_t point = 0;
    if (!ReadHex(text, i + (longer ? 2 : 1), digits, &point)) return false;
    AppendUtf8(point, out);
    i += digits + (longer ? 1 : 0);
  }
  return true;
}

std::string UndoubleQuotes(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    if (text[i] == '\'') ++i;
  }
  return out;
}

Status Malformed(std::string message, SourceSpan span) {
  return Status::InvalidSql(std::move(message)).WithId("E1003").WithSpan(span);
}

// Whether a line ends between two parts of a text, as the standard wants it.
void CheckContinues(Builder* builder, TerminalNode* before, TerminalNode* part) {
  const ast::Span span = builder->SpanOf(part);
  const std::string_view between = builder->TextOf({builder->SpanOf(before).end, span.begin});
  if (between.find('\n') != std::string_view::npos) return;
  builder->Fail(span, "a string follows a string on the same line",
                "put a comma or || between them");
}

// What UESCAPE 'c' chooses; a backslash without it.
char EscapeOf(Builder* builder, P::UnicodeTextContext* context) {
  const antlr4::Token* chosen = context->escape;
  if (chosen == nullptr) return '\\';
  TerminalNode* node = context->STRING().back();
  const std::string text = builder->BuildText(node).text;
  if (text.size() == 1) return text[0];
  builder->Fail(Malformed("UESCAPE takes one character", builder->SpanOf(node)));
  return '\\';
}

// U&'…' ['…' …] [UESCAPE 'c'].
Literal UnicodeLiteral(Builder* builder, P::UnicodeTextContext* context) {
  const char escape = EscapeOf(builder, context);
  const ast::Span span = builder->SpanOf(context->UNICODE_STRING());
  const std::string_view token = builder->TextOf(span);
  std::string content = UndoubleQuotes(token.substr(3, token.size() - 4));
  TerminalNode* before = context->UNICODE_STRING();
  std::vector<TerminalNode*> parts = context->STRING();
  if (context->escape != nullptr) parts.pop_back();
  for (TerminalNode* part : parts) {
    CheckContinues(builder, before, part);
    content += builder->BuildText(part).text;
    before = part;
  }
  Literal literal;
  literal.kind = LiteralKind::kString;
  if (!DecodeUnicode(content, escape, &literal.text)) {
    builder->Fail(
        Malformed("a Unicode escape is malformed; write four hexadecimal digits after the "
                  "escape character, or a plus sign and six",
                  span));
  }
  return literal;
}

// The character sets that Calcite knows. What they have beyond those of Latin is not looked up.
constexpr std::string_view kLatin[] = {"LATIN1", "ISO-8859-1"};
constexpr std::string_view kCharacterSets[] = {"UTF8",     "UTF-8", "UTF16",  "UTF-16", "UTF-16BE",
                                               "UTF-16LE", "BIG5",  "GB2312", "GBK"};

bool IsCharacterSet(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::any_of(names, [&](auto known) { return EqualsIgnoreCase(known, name); });
}

// Whether no character is beyond U+00FF, whose UTF-8 begins with 0xC3.
bool IsLatin(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0xC4; });
}

// _UTF8'…', N'…': a text as any other, if the character set has all of it.
Literal CharsetLiteral(Builder* builder, TerminalNode* string) {
  const ast::Span span = builder->SpanOf(string);
  const std::string_view token = builder->TextOf(span);
  const size_t quote = token.find('\'');
  Literal literal;
  literal.kind = LiteralKind::kString;
  literal.text = UndoubleQuotes(token.substr(quote + 1, token.size() - quote - 2));
  const std::string_view name = token.substr(1, quote - 1);
  const bool latin = IsCharacterSet(kLatin, name);
  if (latin && !IsLatin(literal.text)) {
    builder->Fail(Malformed(fmt::format("{} has not all characters of this text", name), span));
  }
  if (token.front() == '_' && !latin && !IsCharacterSet(kCharacterSets, name)) {
    builder->Fail(Malformed(fmt::format("there is no character set {}", name), span)
                      .WithHint("leave it out: every text is Unicode"));
  }
  return literal;
}

Literal BinaryLiteral(Builder* builder, P::LiteralContext* context) {
  Literal literal;
  literal.kind = LiteralKind::kBinary;
  for (auto* part : context->BINARY_STRING()) {
    const ast::Span span = builder->SpanOf(part);
    const std::string_view token = builder->TextOf(span);
    literal.text += token.substr(2, token.size() - 3);
  }
  const auto bad = [](char c) { return !std::isxdigit(static_cast<unsigned char>(c)); };
  const bool digits =
      std::find_if(literal.text.begin(), literal.text.end(), bad) == literal.text.end();
  if (!digits || literal.text.size() % 2 != 0) {
    builder->Fail(Malformed("a binary literal holds an even number of hexadecimal digits",
                            builder->SpanOf(context)));
  }
  return literal;
}

// 'a' 'b' is one string if a line ends between the parts, as the standard says.
Literal StringLiteral(Builder* builder, const std::vector<TerminalNode*>& parts) {
  Literal literal;
  literal.kind = LiteralKind::kString;
  for (size_t i = 0; i < parts.size(); ++i) {
    literal.text += builder->BuildText(parts[i]).text;
    if (i > 0) CheckContinues(builder, parts[i - 1], parts[i]);
  }
  return literal;
}

LiteralKind LiteralKindOf(P::LiteralContext* context) {
  if (context->K_TRUE()) return LiteralKind::kTrue;
  if (context->K_FALSE()) return LiteralKind::kFalse;
  if (context->K_UNKNOWN()) return LiteralKind::kUnknown;
  if (context->K_DATE()) return LiteralKind::kDate;
  if (context->K_TIMESTAMP())
    return context->K_LOCAL() ? LiteralKind::kTimestampLtz : LiteralKind::kTimestamp;
  if (context->K_TIME()) return LiteralKind::kTime;
  if (context->INTEGER()) return LiteralKind::kInteger;
  if (context->DECIMAL()) return LiteralKind::kDecimal;
  if (context->DOUBLE()) return LiteralKind::kDouble;
  return LiteralKind::kNull;
}

}  // namespace

ast::Text Builder::Build(P::TextContext* context) {
  if (context->STRING()) return BuildText(context->STRING());
  const Literal literal = context->unicodeText() ? UnicodeLiteral(this, context->unicodeText())
                                                 : CharsetLiteral(this, context->CHARSET_STRING());
  return {literal.text, SpanOf(context)};
}

ExprPtr Builder::Build(P::LiteralContext* context) {
  const ast::Span span = SpanOf(context);
  if (context->intervalLiteral()) return Build(context->intervalLiteral());
  if (context->unicodeText()) return MakeExpr(UnicodeLiteral(this, context->unicodeText()), span);
  if (context->CHARSET_STRING())
    return MakeExpr(CharsetLiteral(this, context->CHARSET_STRING()), span);
  if (!context->BINARY_STRING().empty()) return MakeExpr(BinaryLiteral(this, context), span);
  Literal literal;
  literal.kind = LiteralKindOf(context);
  switch (literal.kind) {
    case LiteralKind::kInteger:
    case LiteralKind::kDecimal:
    case LiteralKind::kDouble:
      literal.text = std::string(TextOf(span));
      break;
    case LiteralKind::kDate:
    case LiteralKind::kTime:
    case LiteralKind::kTimestamp:
    case LiteralKind::kTimestampLtz:
      literal.text = BuildText(context->STRING(0)).text;
      break;
    case LiteralKind::kNull:
      if (!context->K_NULL()) literal = StringLiteral(this, context->STRING());
      break;
    case LiteralKind::kTrue:
    case LiteralKind::kFalse:
    case LiteralKind::kUnknown:
    case LiteralKind::kString:
    case LiteralKind::kBinary:
    case LiteralKind::kInterval:
      break;
  }
  return MakeExpr(std::move(literal), span);
}

ExprPtr Builder::Build(P::IntervalLiteralContext* context) {
  Literal literal;
  literal.kind = LiteralKind::kInterval;
  literal.text = BuildText(context->STRING()).text;
  literal.negative = context->MINUS_SIGN() != nullptr;
  literal.interval = Build(context->intervalQualifier());
  return MakeExpr(std::move(literal), SpanOf(context));
}

}  // namespace weir::parse
