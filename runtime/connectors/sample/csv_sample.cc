#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <span>

#include "runtime/connectors/formats/csv_header.h"
#include "runtime/connectors/formats/csv_tokenizer.h"
#include "runtime/connectors/sample/file_sample.h"
#include "runtime/connectors/sample/text_types.h"

namespace weir::connectors {
namespace {

// Only this many records are read with each delimiter to find the right one.
constexpr size_t kRecordsForDelimiter = 50;
constexpr std::string_view kDelimiters = ",;\t|";

using Record = std::vector<FieldSlice>;

// The records of a text, which point into it and into `memory`.
struct Records {
  std::vector<Record> rows;
  std::vector<BufferPtr> memory;
};

Records ReadRecords(std::string_view text, bool cut, char delimiter, size_t most) {
  Records records;
  CsvTokenizer tokenizer(CsvDialect{.delimiter = delimiter});
  while (!text.empty() && records.rows.size() < most) {
    Record fields;
    size_t length = 0;
    const CsvOutcome outcome = tokenizer.Next(text, fields, length, records.memory);
    // The last record of a text that was cut off is perhaps not whole.
    if (outcome == CsvOutcome::kOpenQuote || length == 0 || (cut && length == text.size())) break;
    text.remove_prefix(length);
    if (outcome == CsvOutcome::kRecord) records.rows.push_back(std::move(fields));
  }
  return records;
}

// The delimiter that divides all records into equally many fields; of several the one that gives
// the most fields. A comma where none does.
char FindDelimiter(std::string_view text, bool cut) {
  char best = ',';
  size_t most = 1;
  for (const char delimiter : kDelimiters) {
    const Records records = ReadRecords(text, cut, delimiter, kRecordsForDelimiter);
    if (records.rows.empty()) continue;
    const size_t fields = records.rows[0].size();
    const bool same = std::ranges::all_of(
        records.rows, [&](const Record& record) { return record.size() == fields; });
    if (same && fields > most) {
      most = fields;
      best = delimiter;
    }
  }
  return best;
}

// The texts of a column from row `first` on.
std::vector<FieldSlice> ColumnOf(const Records& records, size_t column, size_t first) {
  std::vector<FieldSlice> texts;
  for (size_t row = first; row < records.rows.size(); ++row) {
    const Record& record = records.rows[row];
    if (column < record.size()) texts.push_back(record[column]);
  }
  return texts;
}

bool LooksLikeName(std::string_view text) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80) != 0;
  };
  return !text.empty() && letter(text[0]) && std::ranges::all_of(text, [&](char c) {
    // EXPR$0 is the first column that a SELECT gives no name.
    return letter(c) || (c >= '0' && c <= '9') || c == ' ' || c == '-' || c == '.' || c == '/' ||
           c == '$';
  });
}

std::vector<Type> TypesOf(const Records& records, size_t columns, size_t first) {
  std::vector<Type> types;
  for (size_t column = 0; column < columns; ++column) {
    types.push_back(TypeOfTexts(ColumnOf(records, column, first)).value_or(Type::String()));
  }
  return types;
}

// The number of columns: that of the first record's fields, less one if every record ends with a
// delimiter and so has an empty field at its end.
size_t CountColumns(const Records& records) {
  const size_t columns = records.rows[0].size();
  const bool trailing =
      columns > 1 && std::ranges::all_of(records.rows, [&](const Record& record) {
        return record.size() < columns || (record.size() == columns && record.back().size == 0);
      });
  return columns - (trailing ? 1 : 0);
}

// The first record names the columns when it has texts alone, and either one stands above another
// type, or all look like names and are different. Beside a text above another type, names may be
// missing or stand twice.
bool HasHeader(const Records& records, const std::vector<Type>& rest) {
  std::set<std::string_view> names;
  bool look_like_names = true;
  bool above_other_type = false;
  for (size_t i = 0; i < rest.size(); ++i) {
    const FieldSlice& field = records.rows[0][i];
    const std::string_view text = TrimBlanks(field.view());
    const std::optional<Type> type = TypeOfTexts({&field, 1});
    if (type && !type->is_character()) return false;
    look_like_names = look_like_names && LooksLikeName(text) && names.insert(text).second;
    above_other_type = above_other_type || (!text.empty() && !rest[i].is_character());
  }
  return look_like_names || above_other_type;
}

}  // namespace

Result<FileSample> SampleCsv(std::string_view text, bool cut, char delimiter) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (delimiter == 0) delimiter = FindDelimiter(text, cut);
  const Records records = ReadRecords(text, cut, delimiter, kSampledRecords);
  FileSample sample;
  if (records.rows.empty()) return sample;
  const size_t columns = CountColumns(records);
  std::vector<Type> types = TypesOf(records, columns, 1);
  const bool header = HasHeader(records, types);
  if (!header) types = TypesOf(records, columns, 0);
  const std::vector<std::string> names = NamesInHeader(std::span(records.rows[0]).first(columns));
  for (size_t i = 0; i < columns; ++i) {
    sample.schema.fields.push_back({header ? names[i] : fmt::format("column{}", i), types[i]});
  }
  sample.options.push_back({"format", "csv"});
  if (header) sample.options.push_back({"csv.header", "true"});
  if (delimiter != ',') {
    sample.options.push_back(
        {"csv.field-delimiter", delimiter == '\t' ? "\\t" : std::string(1, delimiter)});
  }
  return sample;
}

}  // namespace weir::connectors
