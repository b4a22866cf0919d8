#include "runtime/graph/changelog_spec.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace weir::graph {

ChangelogMode GivenBy(const FromChangelogSpec& spec) {
  ChangelogMode mode = ChangelogMode::AppendOnly();
  for (const ChangeCode& code : spec.codes) {
    const bool update = code.kind == RowKind::kUpdateBefore || code.kind == RowKind::kUpdateAfter;
    mode.update_before = mode.update_after = mode.update_after || update;
    mode.remove = mode.remove || code.kind == RowKind::kDelete;
  }
  return mode;
}

std::string CodesText(const ToChangelogSpec& spec) {
  std::vector<std::string> texts;
  for (size_t kind = 0; kind < spec.codes.size(); ++kind) {
    if (spec.codes[kind])
      texts.push_back(fmt::format("{}: {}", kRowKindNames[kind], *spec.codes[kind]));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::string CodesText(const FromChangelogSpec& spec) {
  std::vector<std::string> texts;
  for (const ChangeCode& code : spec.codes) {
    texts.push_back(
        fmt::format("{}: {}", code.code, kRowKindNames[static_cast<size_t>(code.kind)]));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

}  // namespace weir::graph
