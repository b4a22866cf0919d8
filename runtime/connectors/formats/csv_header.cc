#include "runtime/connectors/formats/csv_header.h"

#include <fmt/format.h>

#include <algorithm>

namespace weir::connectors {

std::vector<std::string> NamesInHeader(std::span<const FieldSlice> fields) {
  std::vector<std::string> written;
  for (const FieldSlice& field : fields) written.emplace_back(TrimBlanks(field.view()));
  std::vector<std::string> names;
  const auto is_taken = [&](const std::string& name) {
    return std::ranges::find(names, name) != names.end();
  };
  for (size_t i = 0; i < written.size(); ++i) {
    const std::string base = written[i].empty() ? fmt::format("column{}", i) : written[i];
    std::string name = base;
    // A made-up name must not be that of a later column either, which keeps the name it has.
    const auto stands_behind = [&] {
      return name != base && std::find(written.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                                       written.end(), name) != written.end();
    };
    for (int n = 1; is_taken(name) || stands_behind(); ++n) name = fmt::format("{}_{}", base, n);
    names.push_back(std::move(name));
  }
  return names;
}

}  // namespace weir::connectors
