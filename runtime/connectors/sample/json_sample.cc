#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "runtime/connectors/sample/file_sample.h"
#include "runtime/connectors/sample/text_types.h"

namespace weir::connectors {
namespace {

constexpr int kMostLevels = 100;  // of nested arrays and objects; ends the recursion

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
        return AddInteger(int64_t{value});
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

  // The type for all values seen. Timestamps written with a T are only taken for timestamps with
  // `iso`; without it they are texts.
  Type TypeOf(bool iso) const {
    const int kinds = int{booleans_} + int{integers_ || fractions_} + int{!strings_.empty()} +
                      int{elements_ != nullptr} + int{is_object_};
    // A DOUBLE would lose digits of what a BIGINT cannot hold.
    if (kinds != 1 || too_deep_ || beyond_bigint_) return Type::String();
    if (booleans_) return Type::Boolean();
    if (fractions_) return beyond_double_ ? Type::String() : Type::Double();
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
  void AddInteger(int64_t value) {
    integers_ = true;
    constexpr int64_t kMost = int64_t{1} << 53;  // a DOUBLE holds all integers up to this exactly
    beyond_double_ = beyond_double_ || value > kMost || value < -kMost;
  }

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
    // No field can be called "".
    if (fields_.empty() || places_.contains("")) return Type::String();
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
  bool beyond_double_ = false;  // an integer, of which a DOUBLE may lose digits
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

bool IsLong(std::string_view number) {
  if (number.find_first_of(".eE") != std::string_view::npos) return LosesDigits(number);
  int64_t value = 0;
  return std::from_chars(number.data(), number.data() + number.size(), value).ec ==
         std::errc::result_out_of_range;
}

// The record with each number whose digits a BIGINT or DOUBLE would lose, or which simdjson refuses
// as too large, replaced by an integer that no BIGINT holds, so that its column becomes a STRING.
std::string WithoutLongNumbers(std::string_view record) {
  constexpr std::string_view kInstead = "18446744073709551615";
  constexpr size_t kShort = 16;  // no digit of these is lost
  std::string text;
  bool quoted = false;
  for (size_t at = 0; at < record.size();) {
    if (record[at] == '"') quoted = !quoted;
    if (quoted && record[at] == '\\') text += record[at++];
    const size_t end = quoted ? at : record.find_first_not_of("+-0123456789.eE", at);
    const std::string_view number = record.substr(at, std::min(end, record.size()) - at);
    const size_t taken = std::max<size_t>(number.size(), 1);
    text += number.size() > kShort && IsLong(number) ? kInstead : record.substr(at, taken);
    at += taken;
  }
  return text;
}

bool ParseObject(simdjson::dom::parser& parser, std::string_view record,
                 simdjson::dom::element& value) {
  const simdjson::error_code error = parser.parse(WithoutLongNumbers(record)).get(value);
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
    if (name.empty()) {
      return Status::DataError("an object has a member without a name, and no column has none")
          .WithId("E3005")
          .WithHint("a table of your own reads the members that its columns name");
    }
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
