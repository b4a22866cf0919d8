#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "runtime/connectors/sample/file_sample.h"
#include "runtime/connectors/sample/text_types.h"

namespace weir::connectors {
namespace {

constexpr int kMostLevels = 100;

// Collects the types of the values that are seen in one place of the records.
class Seen {
 public:
  void Add(const simdjson::dom::element& value, int level) {
    switch (value.type()) {
      case simdjson::dom::element_type::NULL_VALUE:
        return;
      case simdjson::dom::element_type::BOOL:
        booleans_ = true;
        return;
      case simdjson::dom::element_type::INT64:
        integers_ = true;
        return;
      case simdjson::dom::element_type::UINT64:
        beyond_bigint_ = true;
        return;
      case simdjson::dom::element_type::DOUBLE:
        fractions_ = true;
        return;
      case simdjson::dom::element_type::STRING:
        strings_.emplace_back(std::string_view(value));
        return;
      case simdjson::dom::element_type::ARRAY:
        return AddArray(value, level);
      case simdjson::dom::element_type::OBJECT:
        return AddObject(value, level);
    }
  }

  // `iso`: whether texts of times with a T are times.
  Type TypeOf(bool iso) const {
    const int kinds = int{booleans_} + int{integers_ || fractions_} + int{!strings_.empty()} +
                      int{elements_ != nullptr} + int{is_object_};
    // A DOUBLE would lose digits of what a BIGINT cannot hold.
    if (kinds != 1 || too_deep_ || beyond_bigint_) return Type::String();
    if (booleans_) return Type::Boolean();
    if (fractions_) return Type::Double();
    if (integers_) return Type::BigInt();
    if (elements_) return Type::Array(elements_->TypeOf(iso));
    if (is_object_) return RowType(iso);
    return TextType(iso);
  }

  // Whether texts of times are written as in SQL, and as in ISO 8601.
  void FindTimes(bool& sql, bool& iso) const {
    if (elements_) elements_->FindTimes(sql, iso);
    for (const auto& [name, field] : fields_) field->FindTimes(sql, iso);
    if (strings_.empty() || !TextType(true).is_timestamp()) return;
    const bool all_iso =
        std::ranges::all_of(strings_, [](const std::string& text) { return text[10] == 'T'; });
    (all_iso ? iso : sql) = true;
  }

  // In the order in which they were first seen.
  const std::vector<std::pair<std::string, std::unique_ptr<Seen>>>& fields() const {
    return fields_;
  }

 private:
  void AddArray(const simdjson::dom::array& array, int level) {
    if (!elements_) elements_ = std::make_unique<Seen>();
    too_deep_ = too_deep_ || level == 0;
    if (level == 0) return;
    for (const simdjson::dom::element element : array) elements_->Add(element, level - 1);
  }

  void AddObject(const simdjson::dom::object& object, int level) {
    is_object_ = true;
    too_deep_ = too_deep_ || level == 0;
    if (level == 0) return;
    for (const simdjson::dom::key_value_pair member : object) {
      const auto [place, added] = places_.try_emplace(std::string(member.key), fields_.size());
      if (added) fields_.emplace_back(std::string(member.key), std::make_unique<Seen>());
      fields_[place->second].second->Add(member.value, level - 1);
    }
  }

  Type RowType(bool iso) const {
    if (fields_.empty()) return Type::String();
    std::vector<TypeField> fields;
    for (const auto& [name, field] : fields_) fields.push_back({name, field->TypeOf(iso)});
    return Type::Row(std::move(fields));
  }

  Type TextType(bool iso) const {
    std::vector<FieldSlice> slices;
    for (const std::string& text : strings_) {
      slices.push_back({text.data(), static_cast<uint32_t>(text.size()), true, true});
    }
    const Type type = TypeOfTexts(slices).value_or(Type::String());
    const bool is_time = type.kind() == TypeKind::kDate || type.is_timestamp();
    if (!is_time) return Type::String();  // a number in quotes is a text
    const bool with_t =
        type.is_timestamp() &&
        std::ranges::any_of(strings_, [](const std::string& text) { return text[10] == 'T'; });
    return with_t && !iso ? Type::String() : type;
  }

  bool booleans_ = false;
  bool integers_ = false;
  bool fractions_ = false;
  bool beyond_bigint_ = false;
  bool is_object_ = false;
  bool too_deep_ = false;
  std::deque<std::string> strings_;
  std::unique_ptr<Seen> elements_;
  std::map<std::string, size_t, std::less<>> places_;
  std::vector<std::pair<std::string, std::unique_ptr<Seen>>> fields_;
};

Status NotALine(uint64_t line) {
  return Status::DataError(fmt::format("line {} is not a JSON object", line))
      .WithId("E3005")
      .WithHint("a table of JSON has an object a line, or is one array of objects");
}

// `record` with an integer of 64 bits in the place of those that simdjson refuses as too large.
std::string WithoutLargeIntegers(std::string_view record) {
  constexpr std::string_view kLargest = "18446744073709551615";
  std::string text(record);
  bool quoted = false;
  for (size_t at = 0; at < text.size();) {
    if (text[at] == '"') quoted = !quoted;
    if (quoted && text[at] == '\\') ++at;
    const size_t end = quoted ? at : text.find_first_not_of("-0123456789", at);
    const size_t length = std::min(end, text.size()) - at;
    const bool whole = end == std::string::npos ||
                       std::string_view(".eE").find(text[end]) == std::string_view::npos;
    if (whole && length >= kLargest.size())
      text.replace(at, length, fmt::format("{:<{}}", kLargest, length));
    at += std::max<size_t>(length, 1);
  }
  return text;
}

bool ParseObject(simdjson::dom::parser& parser, std::string_view record,
                 simdjson::dom::element& value) {
  simdjson::error_code error = parser.parse(record.data(), record.size()).get(value);
  if (error == simdjson::NUMBER_ERROR)
    error = parser.parse(WithoutLargeIntegers(record)).get(value);
  return error == simdjson::SUCCESS && value.is_object();
}

// Reads the records into `seen`. Lines that are no objects are refused.
Status ReadObjects(std::string_view text, bool cut, const LineOf& line_of, Seen& seen) {
  simdjson::dom::parser parser;
  const char* const begin = text.data();
  size_t line = 0;
  while (!text.empty() && line < kSampledRecords) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos && cut && line > 0) break;
    const std::string_view record = text.substr(0, end);
    text.remove_prefix(std::min(text.size(), record.size() + 1));
    ++line;
    if (record.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    simdjson::dom::element value;
    if (!ParseObject(parser, record, value))
      return NotALine(line_of(static_cast<size_t>(record.data() - begin)));
    seen.Add(value, kMostLevels);
  }
  return {};
}

}  // namespace

Result<FileSample> SampleJson(std::string_view text, bool cut, const LineOf& line_of) {
  Seen seen;
  RETURN_IF_ERROR(ReadObjects(text, cut, line_of, seen));
  bool sql = false;
  bool iso = false;
  seen.FindTimes(sql, iso);
  FileSample sample;
  sample.options.push_back({"format", "json"});
  if (iso && !sql) sample.options.push_back({"json.timestamp-format.standard", "ISO-8601"});
  for (const auto& [name, field] : seen.fields()) {
    sample.schema.fields.push_back({name, field->TypeOf(iso && !sql)});
  }
  return sample;
}

Result<FileSample> SampleJson(std::string_view text, bool cut) {
  return SampleJson(text, cut, [text](size_t offset) {
    return 1 + static_cast<uint64_t>(std::ranges::count(text.substr(0, offset), '\n'));
  });
}

}  // namespace weir::connectors
