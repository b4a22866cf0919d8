#include "shell/engine/text/json_text.h"

#include <fmt/format.h>

#include <cmath>

#include "runtime/base/valid_utf8.h"

namespace weir::shell {
namespace {

using Children = std::vector<Value>;

bool IsFinite(const Value& value) {
  if (value.type().kind() == TypeKind::kDouble) return std::isfinite(value.get<double>());
  if (value.type().kind() == TypeKind::kFloat) return std::isfinite(value.get<float>());
  return true;
}

void AppendArray(std::string& out, const Children& children) {
  out += '[';
  for (size_t i = 0; i < children.size(); ++i) {
    if (i > 0) out += ',';
    AppendJsonValue(out, children[i]);
  }
  out += ']';
}

void AppendRow(std::string& out, const Value& value) {
  const auto& children = value.get<Children>();
  out += '{';
  for (size_t i = 0; i < children.size(); ++i) {
    if (i > 0) out += ',';
    AppendJsonString(out, value.type().fields()[i].name);
    out += ':';
    AppendJsonValue(out, children[i]);
  }
  out += '}';
}

// MAP and MULTISET: children alternate keys and values.
void AppendMap(std::string& out, const Children& children) {
  out += '{';
  for (size_t i = 0; i + 1 < children.size(); i += 2) {
    if (i > 0) out += ',';
    AppendJsonString(out, children[i].ToString());
    out += ':';
    AppendJsonValue(out, children[i + 1]);
  }
  out += '}';
}

}  // namespace

void AppendJsonString(std::string& out, std::string_view text) {
  // An error may quote bytes of any kind, and JSON has none but those of UTF-8.
  if (!IsUtf8(text)) return AppendJsonString(out, ValidUtf8(text));
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

void AppendJsonValue(std::string& out, const Value& value) {
  if (value.is_null()) {
    out += "null";
    return;
  }
  const Type& type = value.type();
  if (type.kind() == TypeKind::kBoolean) {
    out += value.get<uint8_t>() != 0 ? "true" : "false";
  } else if (type.is_numeric() && IsFinite(value)) {
    out += value.ToString();
  } else if (type.kind() == TypeKind::kArray) {
    AppendArray(out, value.get<Children>());
  } else if (type.kind() == TypeKind::kRow) {
    AppendRow(out, value);
  } else if (type.kind() == TypeKind::kMap || type.kind() == TypeKind::kMultiset) {
    AppendMap(out, value.get<Children>());
  } else {
    AppendJsonString(out, value.ToString());
  }
}

}  // namespace weir::shell
