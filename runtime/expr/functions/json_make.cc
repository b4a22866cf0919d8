// JSON_OBJECT, JSON_ARRAY, JSON_STRING, JSON, JSON_QUOTE, JSON_UNQUOTE: values as JSON text.
#include <fmt/format.h>

#include <algorithm>

#include "runtime/base/quoting.h"
#include "runtime/expr/functions/list.h"
#include "runtime/expr/functions/rules.h"
#include "runtime/expr/functions/text.h"
#include "runtime/expr/json/json_text.h"

namespace weir::expr {
namespace {

// --- JSON_OBJECT and JSON_ARRAY ------------------------------------------------------------------
// Their first argument is a literal that the planner makes: "NULL ON NULL" or "ABSENT ON NULL", a
// blank, and for each value a letter: v for a value, j for text that is JSON already. They are
// capital letters in JSON_OBJECTAGG, whose keys may be of a nullable type.

constexpr std::string_view kNullOnNull = "NULL ON NULL ";
constexpr std::string_view kAbsentOnNull = "ABSENT ON NULL ";

struct Layout {
  bool absent = false;
  std::string_view letters;
};

Layout LayoutOf(const Expr& call) {
  const std::string& text = call.args[0]->literal.get<std::string>();
  const bool absent = text.starts_with(kAbsentOnNull);
  return {absent,
          std::string_view(text).substr(absent ? kAbsentOnNull.size() : kNullOnNull.size())};
}

void AppendValue(const Column& value, uint32_t row, char letter, TextBuilder& text) {
  if ((letter == 'j' || letter == 'J') && !value.IsNull(row)) {
    text.Append(value.ValueAt<StringRef>(row).view());
  } else {
    AppendJson(value, row, text);
  }
}

Result<ColumnPtr> ArrayKernel(const KernelCall& call) {
  const Layout layout = LayoutOf(*call.expression);
  return BuildStrings(call, [&](uint32_t row, TextBuilder& text) {
    text.Append('[');
    bool first = true;
    for (size_t i = 0; i < layout.letters.size(); ++i) {
      const Column& value = *call.args[i + 1];
      if (layout.absent && value.IsNull(row)) continue;
      if (!first) text.Append(',');
      AppendValue(value, row, layout.letters[i], text);
      first = false;
    }
    text.Append(']');
    return true;
  });
}

struct Member {
  std::string_view key;
  uint32_t place;
};

Status CheckKeys(const KernelCall& call, const Layout& layout) {
  for (size_t i = 0; i < layout.letters.size(); ++i) {
    const Column& key = *call.args[2 * i + 1];
    if (!key.has_validity()) continue;
    RETURN_IF_ERROR(TryValidRows(call.rows, nullptr, [&](uint32_t row) -> Status {
      if (!key.IsNull(row)) return {};
      return call.Fail(Status::DataError("a key of a JSON object is NULL").WithId("E3001"));
    }));
  }
  return {};
}

// Members in the order of their keys; of equal keys the last one counts.
Result<ColumnPtr> ObjectKernel(const KernelCall& call) {
  const Layout layout = LayoutOf(*call.expression);
  RETURN_IF_ERROR(CheckKeys(call, layout));
  PoolVector<Member> members;
  return BuildStrings(call, [&](uint32_t row, TextBuilder& text) {
    members.clear();
    for (uint32_t i = 0; i < layout.letters.size(); ++i) {
      const Column& key = *call.args[2 * i + 1];
      if (layout.absent && call.args[2 * i + 2]->IsNull(row)) continue;
      members.push_back({key.ValueAt<StringRef>(row).view(), i});
    }
    std::ranges::stable_sort(members, JavaLess, &Member::key);
    text.Append('{');
    bool first = true;
    for (size_t i = 0; i < members.size(); ++i) {
      if (i + 1 < members.size() && members[i].key == members[i + 1].key) continue;
      if (!first) text.Append(',');
      AppendJsonString(members[i].key, text);
      text.Append(':');
      AppendValue(*call.args[2 * members[i].place + 2], row, layout.letters[members[i].place],
                  text);
      first = false;
    }
    text.Append('}');
    return true;
  });
}

Status CheckJson(const Expr& value) {
  if (HasJson(value.type)) return {};
  return Status::InvalidSql(
             fmt::format("{} has no JSON form", value.type.ToStringIgnoringNullability()))
      .WithId("E2006")
      .WithHint("CAST(… AS STRING)")
      .WithSpan(value.span);
}

template <size_t kStep>
Result<Type> MadeRule(Args args) {
  for (size_t i = kStep; i < args.size(); i += kStep) RETURN_IF_ERROR(CheckJson(*args[i]));
  const bool aggregate = args[0]->literal.get<std::string>().find_last_of("VJ") + 1 ==
                         args[0]->literal.get<std::string>().size();
  for (size_t i = 1; kStep == 2 && i < args.size(); i += 2) {
    const bool text = args[i]->type.is_character();
    if (!text || (args[i]->type.nullable() && !aggregate)) {
      return Status::InvalidSql(fmt::format("a key of {} is a string{}, not {}",
                                            aggregate ? "JSON_OBJECTAGG" : "JSON_OBJECT",
                                            aggregate ? "" : " that is NOT NULL",
                                            args[i]->type.ToString()))
          .WithId("E2006")
          .WithHint(text ? "COALESCE(…, '')" : "CAST(… AS STRING)")
          .WithSpan(args[i]->span);
    }
  }
  return Type::String().WithNullable(false);
}

// --- JSON_STRING and JSON ------------------------------------------------------------------------

Result<ColumnPtr> StringKernel(const KernelCall& call) {
  return BuildStrings(call, [&](uint32_t row, TextBuilder& text) {
    AppendJson(*call.args[0], row, text);
    return true;
  });
}

Result<Type> StringRule(Args args) {
  RETURN_IF_ERROR(CheckJson(*args[0]));
  return Type::String().WithNullable(false);
}

struct DocumentMemory : KernelMemory {
  JsonDocument document;
};

JsonDocument& DocumentOf(const KernelCall& call) {
  if (*call.memory == nullptr) *call.memory = std::make_unique<DocumentMemory>();
  return static_cast<DocumentMemory&>(**call.memory).document;
}

// The text without blanks, members sorted. Empty text is NULL (Flink).
Result<ColumnPtr> NormalKernel(const KernelCall& call) {
  const StringReader in(*call.args[0]);
  JsonDocument& document = DocumentOf(call);
  MutableColumnPtr out = call.MakeNullableResult();
  TextBuilder text;
  RETURN_IF_ERROR(TryValidRows(call.rows, out->validity(), [&](uint32_t row) -> Status {
    if (in[row].size() == 0) {
      out->SetNull(row);
      return {};
    }
    const JsonNode* root = document.Parse(in[row].view());
    if (root == nullptr) {
      return call.Fail(Status::DataError(fmt::format("not JSON: '{}'", Quotable(in[row].view())))
                           .WithId("E3001"));
    }
    text.clear();
    AppendJson(*root, text);
    out->SetString(row, text.view());
    return {};
  }));
  return ColumnPtr(std::move(out));
}

// --- JSON_QUOTE and JSON_UNQUOTE -----------------------------------------------------------------

void AppendUnit(uint32_t unit, TextBuilder& text) {
  char escape[8];
  text.Append({escape, fmt::format_to_n(escape, sizeof(escape), "\\u{:04x}", unit).size});
}

// In quotes, in ASCII: what is not becomes \uXXXX, in pairs beyond U+FFFF.
void AppendQuoted(std::string_view from, TextBuilder& text) {
  constexpr std::string_view kNamed = "\"\\/\b\f\n\r\t";
  text.Append('"');
  for (size_t offset = 0; offset < from.size();) {
    const uint32_t c = NextCodePoint(from, offset);
    const size_t named = c < 0x80 ? kNamed.find(static_cast<char>(c)) : std::string_view::npos;
    if (named != std::string_view::npos) {
      text.Append('\\');
      text.Append("\"\\/bfnrt"[named]);
    } else if (c >= 0x20 && c < 0x80) {
      text.Append(static_cast<char>(c));
    } else if (c < 0x10000) {
      AppendUnit(c, text);
    } else {
      AppendUnit(0xD800 + ((c - 0x10000) >> 10), text);
      AppendUnit(0xDC00 + ((c - 0x10000) & 0x3FF), text);
    }
  }
  text.Append('"');
}

Result<ColumnPtr> QuoteKernel(const KernelCall& call) {
  const StringReader in(*call.args[0]);
  return BuildStrings(call, [&](uint32_t row, TextBuilder& text) {
    AppendQuoted(in[row].view(), text);
    return true;
  });
}

// Quotes within a string need no backslash (Flink).
std::string EscapeInnerQuotes(std::string_view quoted) {
  std::string out;
  for (size_t i = 0; i < quoted.size(); ++i) {
    const bool inside = i > 0 && i + 1 < quoted.size();
    if (inside && quoted[i] == '\\' && i + 2 < quoted.size()) {
      out += quoted[i++];
    } else if (inside && quoted[i] == '"') {
      out += '\\';
    }
    out += quoted[i];
  }
  return out;
}

// The characters of a JSON string; other text as it is.
Result<ColumnPtr> UnquoteKernel(const KernelCall& call) {
  const StringReader in(*call.args[0]);
  JsonDocument& document = DocumentOf(call);
  return BuildStrings(call, [&](uint32_t row, TextBuilder& text) {
    const std::string_view from = in[row].view();
    const bool quoted = from.size() >= 2 && from.front() == '"' && from.back() == '"';
    const std::string escaped = quoted ? EscapeInnerQuotes(from) : std::string();
    const JsonNode* root = quoted ? document.Parse(escaped) : nullptr;
    text.Append(root != nullptr && document.whole() ? root->text : from);
    return true;
  });
}

std::vector<ScalarFunction> MakeTable() {
  return {
      WithNulls(Failing(Define(
          "JSON_OBJECT", "JSON_OBJECT([KEY] key VALUE value, … [{NULL | ABSENT} ON NULL]) → STRING",
          "A JSON object of the members, sorted by key.",
          {{{kUnit}, MadeRule<2>, ObjectKernel},
           {{kUnit, kAny}, MadeRule<2>, ObjectKernel, 0, true}}))),
      WithNulls(Define("JSON_ARRAY", "JSON_ARRAY(value, … [{NULL | ABSENT} ON NULL]) → STRING",
                       "A JSON array of the values.",
                       {{{kUnit}, MadeRule<1>, ArrayKernel},
                        {{kUnit, kAny}, MadeRule<1>, ArrayKernel, 0, true}})),
      Define("JSON_STRING", "JSON_STRING(value) → STRING", "The value as JSON text.",
             {{{kAny}, StringRule, StringKernel}}),
      Failing(Define("JSON", "JSON(string) → STRING, in JSON_OBJECT and JSON_ARRAY only",
                     "JSON text that becomes part of an object or array as it is.",
                     {{{kStr}, ReturnsNullableString, NormalKernel}})),
      Define("JSON_QUOTE", "JSON_QUOTE(string) → STRING", "The text as a JSON string in ASCII.",
             {{{kStr}, ReturnsString, QuoteKernel}}),
      Define("JSON_UNQUOTE", "JSON_UNQUOTE(string) → STRING",
             "The characters of a JSON string; other text as it is.",
             {{{kStr}, ReturnsString, UnquoteKernel}}),
  };
}

}  // namespace

std::span<const ScalarFunction> JsonTextFunctions() {
  static const std::vector<ScalarFunction> table = MakeTable();
  return table;
}

}  // namespace weir::expr
