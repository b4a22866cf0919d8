#include "runtime/expr/json/json_document.h"

#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <new>
#include <vector>

#include "runtime/base/memory_reserve.h"

namespace weir::expr {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr int kMaxDepth = 1000;  // of nested values; ends the recursion
constexpr std::string_view kBlanks = " \t\n\r";

std::string_view WithoutTrailingBlanks(std::string_view token) {
  const size_t last = token.find_last_not_of(kBlanks);
  return token.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

size_t SkipDigits(std::string_view token, size_t at) {
  while (at < token.size() && token[at] >= '0' && token[at] <= '9') ++at;
  return at;
}

// Whether the token is a number (RFC 8259, section 6); sets its kind.
bool IsNumber(std::string_view token, JsonKind& kind) {
  kind = JsonKind::kInteger;
  size_t at = token.starts_with('-') ? 1 : 0;
  const size_t digits = SkipDigits(token, at) - at;
  if (digits == 0 || (digits > 1 && token[at] == '0')) return false;
  at += digits;
  if (at < token.size() && token[at] == '.') {
    kind = JsonKind::kReal;
    const size_t end = SkipDigits(token, at + 1);
    if (end == at + 1) return false;
    at = end;
  }
  if (at < token.size() && (token[at] == 'e' || token[at] == 'E')) {
    kind = JsonKind::kReal;
    ++at;
    if (at < token.size() && (token[at] == '+' || token[at] == '-')) ++at;
    const size_t end = SkipDigits(token, at);
    if (end == at) return false;
    at = end;
  }
  return at == token.size();
}

bool IsLiteralOrNumber(std::string_view token, JsonKind& kind) {
  if (token == "null" || token == "true" || token == "false") {
    kind = token == "null" ? JsonKind::kNull : token == "true" ? JsonKind::kTrue : JsonKind::kFalse;
    return true;
  }
  return IsNumber(token, kind);
}

}  // namespace

size_t FirstJsonValue(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      i += c == '\\' ? 1 : 0;
      in_string = c != '"';
      if (!in_string && depth == 0) return i + 1;
      continue;
    }
    in_string = c == '"';
    depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
    if (depth <= 0 && (c == '}' || c == ']')) return i + 1;
    // Scalars end at a blank.
    const bool blank = kBlanks.find(c) != std::string_view::npos;
    if (blank && depth == 0 && text.substr(0, i).find_first_not_of(kBlanks) != text.npos) return i;
  }
  return text.size();
}

struct JsonDocument::Reader {
  ondemand::parser parser;
  std::vector<char> padded;
  std::deque<JsonNode> nodes;  // stable addresses
  size_t used = 0;

  JsonNode& NewNode() {
    if (used == nodes.size()) nodes.emplace_back();
    JsonNode& node = nodes[used++];
    node = JsonNode();
    return node;
  }

  JsonNode* Read(std::string_view text) {
    used = 0;
    padded.resize(std::max(padded.size(), text.size() + simdjson::SIMDJSON_PADDING));
    std::memcpy(padded.data(), text.data(), text.size());
    std::memset(padded.data() + text.size(), ' ', simdjson::SIMDJSON_PADDING);
    ondemand::document document;
    const simdjson::padded_string_view view(padded.data(), text.size(), padded.size());
    const simdjson::error_code error = parser.iterate(view).get(document);
    if (error == simdjson::MEMALLOC) throw std::bad_alloc();  // which is no fault of the text
    if (error != simdjson::SUCCESS) return nullptr;
    bool scalar = false;
    if (document.is_scalar().get(scalar) != simdjson::SUCCESS) return nullptr;
    if (scalar) return RootScalar(document, text);
    ondemand::value value;
    if (document.get_value().get(value) != simdjson::SUCCESS) return nullptr;
    JsonNode& root = NewNode();
    if (!Fill(value, root, 0)) return nullptr;
    // What follows is another text, which the caller cuts off.
    return document.current_location().error() == simdjson::OUT_OF_BOUNDS ? &root : nullptr;
  }

  JsonNode* RootScalar(ondemand::document& document, std::string_view text) {
    JsonNode& root = NewNode();
    ondemand::json_type type;
    if (document.type().get(type) != simdjson::SUCCESS) return nullptr;
    if (type == ondemand::json_type::string) {
      root.kind = JsonKind::kString;
      const bool read = document.get_string().get(root.text) == simdjson::SUCCESS;
      return read && FirstJsonValue(text) == text.size() ? &root : nullptr;
    }
    std::string_view token;
    if (document.raw_json_token().get(token) != simdjson::SUCCESS) return nullptr;
    root.text = WithoutTrailingBlanks(token);
    const size_t first = text.find_first_not_of(kBlanks);
    if (WithoutTrailingBlanks(text).size() - first != root.text.size()) return nullptr;
    return IsLiteralOrNumber(root.text, root.kind) ? &root : nullptr;
  }

  bool Fill(ondemand::value& value, JsonNode& node, int depth) {
    if (depth > kMaxDepth) return false;
    ondemand::json_type type;
    if (value.type().get(type) != simdjson::SUCCESS) return false;
    switch (type) {
      case ondemand::json_type::array:
        return FillArray(value, node, depth);
      case ondemand::json_type::object:
        return FillObject(value, node, depth);
      case ondemand::json_type::string:
        node.kind = JsonKind::kString;
        return value.get_string().get(node.text) == simdjson::SUCCESS;
      default:
        break;
    }
    node.text = WithoutTrailingBlanks(value.raw_json_token());
    return IsLiteralOrNumber(node.text, node.kind);
  }

  bool FillArray(ondemand::value& value, JsonNode& node, int depth) {
    node.kind = JsonKind::kArray;
    ondemand::array array;
    if (value.get_array().get(array) != simdjson::SUCCESS) return false;
    const JsonNode** link = &node.first;
    for (auto element : array) {
      ondemand::value child;
      if (element.get(child) != simdjson::SUCCESS) return false;
      JsonNode& added = NewNode();
      if (!Fill(child, added, depth + 1)) return false;
      *link = &added;
      link = &added.next;
    }
    return true;
  }

  bool FillObject(ondemand::value& value, JsonNode& node, int depth) {
    node.kind = JsonKind::kObject;
    ondemand::object object;
    if (value.get_object().get(object) != simdjson::SUCCESS) return false;
    std::vector<JsonNode*> members;
    for (auto field : object) {
      std::string_view key;
      ondemand::value child;
      if (field.unescaped_key().get(key) != simdjson::SUCCESS) return false;
      if (field.value().get(child) != simdjson::SUCCESS) return false;
      JsonNode& added = NewNode();
      if (!Fill(child, added, depth + 1)) return false;
      added.key = key;
      members.push_back(&added);
    }
    Link(members, node);
    return true;
  }

  // Makes the list of an object's members: of equal keys the last one.
  static void Link(const std::vector<JsonNode*>& members, JsonNode& object) {
    std::vector<JsonNode*> sorted = members;
    std::ranges::stable_sort(sorted, {}, &JsonNode::key);
    const auto replaced = [&](const JsonNode* member) {
      const auto last = std::ranges::upper_bound(sorted, member->key, {}, &JsonNode::key);
      return *(last - 1) != member;
    };
    const JsonNode** link = &object.first;
    for (JsonNode* member : members) {
      if (replaced(member)) continue;
      *link = member;
      link = &member->next;
    }
  }
};

const JsonNode* JsonNode::Member(std::string_view name) const {
  if (kind != JsonKind::kObject) return nullptr;
  const JsonNode* member = first;
  while (member != nullptr && member->key != name) member = member->next;
  return member;
}

JsonDocument::JsonDocument() : reader_(std::make_unique<Reader>()) {}
JsonDocument::~JsonDocument() = default;

const JsonNode* JsonDocument::Parse(std::string_view text) {
  const WithMemoryReserve reserve;  // simdjson's parser is of no use after it has found no memory
  whole_ = true;
  if (text.find_first_not_of(kBlanks) == std::string_view::npos) return nullptr;
  if (const JsonNode* root = reader_->Read(text)) return root;
  const size_t end = FirstJsonValue(text);
  if (end == text.size()) return nullptr;
  whole_ = text.find_first_not_of(kBlanks, end) == std::string_view::npos;
  return reader_->Read(text.substr(0, end));
}

}  // namespace weir::expr
