// The four kinds of change that a row of a changelog can be (Flink's RowKind).
#pragma once

#include <cstdint>
#include <string_view>

namespace weir {

enum class RowKind : uint8_t { kInsert = 0, kUpdateBefore = 1, kUpdateAfter = 2, kDelete = 3 };

// +I and +U add a row; -U and -D take one away.
constexpr bool IsAddition(RowKind kind) {
  return kind == RowKind::kInsert || kind == RowKind::kUpdateAfter;
}

// As Flink prints them.
constexpr std::string_view RowKindText(RowKind kind) {
  switch (kind) {
    case RowKind::kInsert:
      return "+I";
    case RowKind::kUpdateBefore:
      return "-U";
    case RowKind::kUpdateAfter:
      return "+U";
    case RowKind::kDelete:
      return "-D";
  }
  return "";
}

// A set of row kinds: the changes that an operator accepts or produces (Flink's ChangelogMode). A
// mode with `insert` alone is append-only.
struct ChangelogMode {
  bool insert = true;
  bool update_before = false;
  bool update_after = false;
  bool remove = false;

  static constexpr ChangelogMode AppendOnly() { return {}; }
  static constexpr ChangelogMode All() { return {true, true, true, true}; }
  bool append_only() const { return !update_before && !update_after && !remove; }
  friend bool operator==(const ChangelogMode&, const ChangelogMode&) = default;
};

}  // namespace weir
