#include "shell/engine/statements/copy_format.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "planner/catalog/option_check.h"
#include "runtime/base/names.h"
#include "runtime/connectors/filesystem/file_ending.h"
#include "runtime/graph/typed_options.h"

namespace weir::shell {
namespace {

constexpr std::string_view kFormat = "format";
constexpr std::string_view kCompression = "compression";
constexpr std::string_view kCodec = "parquet.compression";
constexpr std::string_view kHeader = "csv.header";
constexpr std::string_view kDelimiter = "csv.field-delimiter";

// The words that DuckDB and PostgreSQL use, and the options of a table that they stand for.
struct Word {
  std::string_view word;
  std::string_view key;
};
constexpr auto kWords = std::to_array<Word>({
    {"COMPRESSION", kCompression},
    {"DELIM", kDelimiter},
    {"DELIMITER", kDelimiter},
    {"ESCAPE", "csv.escape-character"},
    {"FORMAT", kFormat},
    {"HEADER", kHeader},
    {"NULL", "csv.null-literal"},
    {"NULLSTR", "csv.null-literal"},
    {"QUOTE", "csv.quote-character"},
    {"SEP", kDelimiter},
});

Status Wrong(std::string message, SourceSpan span, std::string hint) {
  return Status::InvalidSql(std::move(message))
      .WithId("E2008")
      .WithHint(std::move(hint))
      .WithSpan(span);
}

std::string OptionsHint() {
  std::vector<std::string_view> words;
  for (const Word& row : kWords) words.push_back(row.word);
  return fmt::format(
      "its options are {}, and those of a table of that format, as 'csv.null-literal' = 'none'",
      fmt::join(words, ", "));
}

Result<std::string_view> KeyOfWord(const ast::Reference& word) {
  const auto found = std::ranges::find_if(
      kWords, [&](const Word& row) { return EqualsIgnoreCase(row.word, word.text); });
  if (found != kWords.end()) return found->key;
  std::vector<std::string> words;
  for (const Word& row : kWords) words.emplace_back(row.word);
  std::string hint = DidYouMean(ToUpper(word.text), words);
  return Wrong(fmt::format("COPY has no option {}", word.text), word.span,
               hint.empty() ? OptionsHint() : std::move(hint));
}

// HEADER without a value means true, and 1 and 0 are accepted, as in PostgreSQL.
std::string FlagOf(const std::optional<ast::Reference>& value) {
  if (!value || value->text == "1") return "true";
  return value->text == "0" ? "false" : value->text;
}

Result<catalog::PlacedOption> PlacedOf(const ast::CopyOption& option) {
  if (option.key.is_string)
    return catalog::PlacedOption{option.key.text, option.value->text, option.key.span,
                                 option.value->span};
  const std::string_view key = TRY(KeyOfWord(option.key));
  if (!option.value && key != kHeader) {
    return Wrong(fmt::format("{} needs a value", ToUpper(option.key.text)), option.span,
                 fmt::format("as in {}", key == kFormat        ? "FORMAT csv"
                                         : key == kCompression ? "COMPRESSION gzip"
                                                               : "DELIMITER ';'"));
  }
  return catalog::PlacedOption{
      std::string(key), key == kHeader ? FlagOf(option.value) : option.value->text, option.key.span,
      option.value ? option.value->span : option.key.span};
}

class OptionReader {
 public:
  OptionReader(const ast::Copy& copy, const graph::ConnectorCatalog& connectors)
      : copy_(copy), connectors_(connectors), ending_(connectors::EndingOf(copy.file.text)) {}

  Result<CopyFormat> Read(const Schema& columns) {
    if (copy_.file.text.empty()) {
      return Status::InvalidSql("a file has a name").WithId("E2015").WithSpan(copy_.file.span);
    }
    for (const ast::CopyOption& option : copy_.options) RETURN_IF_ERROR(Add(option));
    CopyFormat read;
    RETURN_IF_ERROR(AddFormat());
    NameCodec();
    read.compressed = TRY(IsCompressed());
    RETURN_IF_ERROR(CheckKeys());
    AddDefaults();
    const catalog::CheckedOptions checked =
        TRY(catalog::CheckOptions(connectors_, given_, columns, copy_.file.span));
    read.options = checked.options;
    read.format = connectors::FindFormat(checked.format->name);
    RETURN_IF_ERROR(CheckNames(*checked.format, read.options, columns));
    return read;
  }

 private:
  const catalog::PlacedOption* Find(std::string_view key) const {
    const auto found = std::ranges::find(given_, key, &catalog::PlacedOption::key);
    return found == given_.end() ? nullptr : &*found;
  }

  Status Add(const ast::CopyOption& option) {
    catalog::PlacedOption placed = TRY(PlacedOf(option));
    if (Find(placed.key) != nullptr)
      return Wrong(fmt::format("the option '{}' is given twice", placed.key), option.span, "");
    given_.push_back(std::move(placed));
    return {};
  }

  // A file of Parquet has compressed pages, and is not compressed itself.
  void NameCodec() {
    if (!IsParquet()) return;
    for (catalog::PlacedOption& option : given_)
      if (option.key == kCompression) option.key = kCodec;
  }

  Result<bool> IsCompressed() {
    if (IsParquet()) return false;
    const catalog::PlacedOption* option = Find(kCompression);
    if (option == nullptr) return copy_.file.text.ends_with(".gz");
    const catalog::PlacedOption said = *option;
    std::erase_if(given_, [](const auto& one) { return one.key == kCompression; });
    if (EqualsIgnoreCase(said.value, "auto")) return copy_.file.text.ends_with(".gz");
    if (EqualsIgnoreCase(said.value, "gzip")) return true;
    if (EqualsIgnoreCase(said.value, "none")) return false;
    return Wrong(fmt::format("a file cannot be compressed by '{}'", said.value), said.value_span,
                 "COMPRESSION is gzip, none or auto, which goes by the name");
  }

  Status AddFormat() {
    if (Find(kFormat) != nullptr) return {};
    if (!ending_) {
      return Status::Unsupported(
                 fmt::format("a file whose name does not say its format is not supported: '{}'",
                             copy_.file.text))
          .WithHint(fmt::format("names end in {}; else say it behind the name: (FORMAT csv)",
                                connectors::kFileEndings))
          .WithSpan(copy_.file.span);
    }
    given_.push_back(
        {std::string(kFormat), std::string(ending_->format), copy_.file.span, copy_.file.span});
    return {};
  }

  bool IsParquet() const { return EqualsIgnoreCase(Find(kFormat)->value, "parquet"); }
  bool IsCsv() const { return EqualsIgnoreCase(Find(kFormat)->value, "csv"); }

  void AddDefaults() {
    const SourceSpan place = copy_.file.span;
    if (IsCsv() && Find(kHeader) == nullptr)
      given_.push_back({std::string(kHeader), "true", place, place});
    if (IsCsv() && ending_ && ending_->delimiter == '\t' && Find(kDelimiter) == nullptr)
      given_.push_back({std::string(kDelimiter), "\\t", place, place});
    given_.push_back({"connector", "filesystem", place, place});
    given_.push_back({"path", copy_.file.text, place, place});
  }

  // Options of the connector are refused: they say how a job writes many files.
  Status CheckKeys() const {
    const graph::FormatDescriptor* format = connectors_.FindFormat(Find(kFormat)->value);
    if (format == nullptr) return {};  // CheckOptions reports it
    const std::string prefix = fmt::format("{}.", format->name);
    for (const ast::CopyOption& option : copy_.options) {
      const catalog::PlacedOption placed = TRY(PlacedOf(option));
      const std::string& key = placed.key;
      if (key == kFormat || key == kCompression) continue;
      if (!option.key.is_string && !key.starts_with(prefix)) {
        return Wrong(fmt::format("{} is an option of csv, and the format is {}",
                                 ToUpper(option.key.text), format->name),
                     option.span, "");
      }
      if (!key.starts_with(prefix))
        return Wrong(fmt::format("COPY has no option '{}'", key), option.key.span, OptionsHint());
      RETURN_IF_ERROR(CheckKey(*format, key, option.key.span));
    }
    return {};
  }

  static Status CheckKey(const graph::FormatDescriptor& format, std::string_view key,
                         SourceSpan place) {
    std::vector<std::string> keys;
    for (const graph::OptionDescriptor& option : format.options)
      keys.push_back(fmt::format("{}.{}", format.name, option.key));
    if (std::ranges::find(keys, key) != keys.end()) return {};
    std::string hint = DidYouMean(key, keys);
    return Wrong(
        fmt::format("the format {} has no option '{}'", format.name, key), place,
        hint.empty() ? fmt::format("its options are {}", fmt::join(keys, ", ")) : std::move(hint));
  }

  // A reader finds the columns by their names, so these must differ.
  Status CheckNames(const graph::FormatDescriptor& format, const graph::TableOptions& options,
                    const Schema& columns) const {
    if (!graph::NamesColumns(format, options)) return {};
    for (size_t i = 0; i < columns.size(); ++i) {
      for (size_t j = 0; j < i; ++j) {
        if (!EqualsIgnoreCase(columns.fields[i].name, columns.fields[j].name)) continue;
        return Status::InvalidSql(
                   fmt::format("two columns are called \"{}\"", columns.fields[i].name))
            .WithId("E2004")
            .WithHint("give one of them another name: SELECT … AS name")
            .WithSpan(copy_.query ? copy_.query->span : copy_.table.span);
      }
    }
    return {};
  }

  const ast::Copy& copy_;
  const graph::ConnectorCatalog& connectors_;
  const std::optional<connectors::FileEnding> ending_;
  std::vector<catalog::PlacedOption> given_;
};

}  // namespace

Result<CopyFormat> FormatOfCopy(const ast::Copy& copy, const graph::ConnectorCatalog& connectors,
                                const Schema& columns) {
  return OptionReader(copy, connectors).Read(columns);
}

}  // namespace weir::shell
