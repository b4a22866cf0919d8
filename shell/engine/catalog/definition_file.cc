#include "shell/engine/catalog/definition_file.h"

#include <fmt/format.h>

#include <cctype>

#include "runtime/base/check.h"
#include "runtime/base/hash.h"
#include "runtime/base/hex_digit.h"
#include "runtime/fault_point.h"

namespace weir::shell {
namespace {

constexpr std::string_view kVersion = "weir-definition 1\n";
constexpr std::string_view kAnyVersion = "weir-definition ";
constexpr std::string_view kTable = ".table";
constexpr std::string_view kView = ".view";
constexpr std::string_view kFunction = ".function";
constexpr size_t kChecksumDigits = 8;

std::string ChecksumLine(std::string_view text) {
  return fmt::format("{:08x}\n", Crc32c(0, text.data(), text.size()));
}

bool IsPlain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || std::isalnum(byte) != 0 || c == '_' || c == '-';
}

// Takes the text before the first `separator` off `text`, with the separator; nothing without one.
std::optional<std::string_view> TakeUpTo(std::string_view& text, char separator) {
  const size_t end = text.find(separator);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(end + 1);
  return taken;
}

Status Damaged(std::string_view why) {
  return Status::Corruption(std::string(why)).WithId("E7001");
}

std::string_view Ending(catalog::ObjectKind kind) {
  switch (kind) {
    case catalog::ObjectKind::kTable:
      return kTable;
    case catalog::ObjectKind::kView:
      return kView;
    case catalog::ObjectKind::kFunction:
      return kFunction;
  }
  WEIR_UNREACHABLE();
}

}  // namespace

std::string EncodeDefinition(const catalog::ObjectDefinition& definition) {
  std::string text = fmt::format("{}{}/{}\n{}\n", kVersion, EscapeName(definition.current_catalog),
                                 EscapeName(definition.current_database), definition.create);
  return text + ChecksumLine(text);
}

Result<catalog::ObjectDefinition> DecodeDefinition(std::string_view bytes) {
  if (!bytes.starts_with(kAnyVersion)) return Damaged("it holds no definition");
  if (!bytes.starts_with(kVersion))
    return Damaged("it was written by a later version of weir, or is damaged");
  constexpr size_t kChecksum = kChecksumDigits + 1;
  if (bytes.size() < kVersion.size() + kChecksum) return Damaged("it is cut short");
  std::string_view text = bytes.substr(0, bytes.size() - kChecksum);
  const bool whole = bytes.substr(text.size()) == ChecksumLine(text);
  if (!whole && !DefectPlanted("definitions-unchecked"))
    return Damaged("its checksum does not match");
  text.remove_prefix(kVersion.size());
  const std::optional<std::string_view> catalog = TakeUpTo(text, '/');
  const std::optional<std::string_view> database = TakeUpTo(text, '\n');
  if (!catalog || !database || !text.ends_with('\n')) return Damaged("lines are missing in it");
  std::optional<std::string> catalog_name = UnescapeName(*catalog);
  std::optional<std::string> database_name = UnescapeName(*database);
  if (!catalog_name || !database_name) return Damaged("its second line names no database");
  text.remove_suffix(1);
  return catalog::ObjectDefinition{std::string(text), *std::move(catalog_name),
                                   *std::move(database_name)};
}

std::string EscapeName(std::string_view name) {
  std::string escaped;
  for (const char c : name) {
    if (IsPlain(c)) {
      escaped += c;
    } else {
      escaped += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return escaped;
}

std::optional<std::string> UnescapeName(std::string_view escaped) {
  std::string name;
  for (size_t i = 0; i < escaped.size(); ++i) {
    if (escaped[i] != '%') {
      name += escaped[i];
      continue;
    }
    const int byte = HexByte(escaped, i + 1);
    if (byte < 0) return std::nullopt;
    name += static_cast<char>(byte);
    i += 2;
  }
  // A name has a single spelling; a second one would be another file for the same object.
  if (name.empty() || EscapeName(name) != escaped) return std::nullopt;
  return name;
}

std::string DefinitionFileName(std::string_view name, catalog::ObjectKind kind) {
  return EscapeName(name).append(Ending(kind));
}

std::optional<ObjectInFile> ParseDefinitionFileName(std::string_view file) {
  // A kind that is missing here is written and never read again.
  for (const catalog::ObjectKind kind :
       {catalog::ObjectKind::kTable, catalog::ObjectKind::kView, catalog::ObjectKind::kFunction}) {
    if (!file.ends_with(Ending(kind))) continue;
    std::optional<std::string> name =
        UnescapeName(file.substr(0, file.size() - Ending(kind).size()));
    if (name) return ObjectInFile{*std::move(name), kind};
  }
  return std::nullopt;
}

Status CheckNameFits(std::string_view what, std::string_view name, std::string_view file,
                     SourceSpan span) {
  if (!name.empty() && file.size() <= kMostFileNameBytes) return {};
  constexpr size_t kShown = 40;
  return Status::InvalidSql(
             name.empty()
                 ? fmt::format("a {} that is kept needs a name", what)
                 : fmt::format(
                       "the name of the {} is too long to be kept: its file would be called "
                       "by {} bytes, {} at most: {}…",
                       what, file.size(), kMostFileNameBytes, name.substr(0, kShown)))
      .WithId("E2015")
      .WithHint(
          "a shorter name; characters that are no letters, digits, '_' or '-' take three "
          "bytes each")
      .WithSpan(span);
}

}  // namespace weir::shell
