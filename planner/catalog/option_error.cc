#include "planner/catalog/option_error.h"

#include <algorithm>
#include <utility>

namespace weir::catalog {

Status OptionError(std::string message, SourceSpan span, std::string hint) {
  return Status::InvalidSql(std::move(message))
      .WithId("E2008")
      .WithHint(std::move(hint))
      .WithSpan(span);
}

const PlacedOption* FindPlaced(const std::vector<PlacedOption>& options, std::string_view key) {
  const auto found = std::ranges::find(options, key, &PlacedOption::key);
  return found == options.end() ? nullptr : &*found;
}

}  // namespace weir::catalog
