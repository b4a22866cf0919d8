// The file of a permanent table, view or function, and its name (state/FORMAT.md, "Catalog").
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "planner/catalog/permanent_objects.h"
#include "runtime/base/result.h"
#include "runtime/base/source_span.h"

namespace weir::shell {

// A longer definition is not kept, and a longer file is damaged.
inline constexpr size_t kMostDefinitionBytes = 16 << 20;
// The longest name of a file, with its ending, or of a directory. File systems take 255 bytes; the
// endings of unfinished changes need some of them.
inline constexpr size_t kMostFileNameBytes = 240;

// The bytes of a file, and back. Decoding trusts nothing: kCorruption E7001 for anything that was
// not encoded, or by a later version. Listing reads names alone, so that damage shows at the first
// use of the object, which DROP and OR REPLACE still take away.
std::string EncodeDefinition(const catalog::ObjectDefinition& definition);
Result<catalog::ObjectDefinition> DecodeDefinition(std::string_view bytes);

// A name as the name of a file: what is neither a letter, a digit, '_', '-' nor part of a character
// beyond ASCII becomes %XX. So none has a '.' or '/'. Names that differ by case alone are two
// files: the file system must tell them apart.
std::string EscapeName(std::string_view name);
// Nothing for a text that EscapeName does not give.
std::optional<std::string> UnescapeName(std::string_view escaped);

// "orders.table", "revenue.view", "net.function".
std::string DefinitionFileName(std::string_view name, catalog::ObjectKind kind);
struct ObjectInFile {
  std::string name;
  catalog::ObjectKind kind = catalog::ObjectKind::kTable;
};
// Nothing for a file that holds no definition.
std::optional<ObjectInFile> ParseDefinitionFileName(std::string_view file);

// E2015 for a name whose file's name would be too long. `what` is "table", "database", ….
Status CheckNameFits(std::string_view what, std::string_view name, std::string_view file,
                     SourceSpan span);

}  // namespace weir::shell
