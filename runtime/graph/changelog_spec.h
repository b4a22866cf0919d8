// Specs of the operators between a changelog and rows that say which changes they are (Flink: the
// process table functions TO_CHANGELOG and FROM_CHANGELOG).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/types/row_kind.h"

namespace weir::graph {

// Makes an insert of each change: the output has the code of its kind (STRING), then the input's
// columns. Changes of a kind without a code are dropped. Stateless.
struct ToChangelogSpec {
  std::array<std::optional<std::string>, 4> codes;  // by RowKind
  friend bool operator==(const ToChangelogSpec&, const ToChangelogSpec&) = default;
};

// A code in the rows and what it stands for.
struct ChangeCode {
  std::string code;
  RowKind kind = RowKind::kInsert;
  friend bool operator==(const ChangeCode&, const ChangeCode&) = default;
};

// Makes of each insert the change that its code says: the output has the input's columns without
// that of the code. A row without a code that is known is an error. Stateless.
struct FromChangelogSpec {
  int op_column = -1;             // a string
  std::vector<ChangeCode> codes;  // all different
  // The column of the input that a column of the output is.
  int InputOf(int column) const { return column < op_column ? column : column + 1; }
  friend bool operator==(const FromChangelogSpec&, const FromChangelogSpec&) = default;
};

// The kinds by the names that the functions know: INSERT, UPDATE_BEFORE, UPDATE_AFTER, DELETE.
inline constexpr std::array<std::string_view, 4> kRowKindNames = {"INSERT", "UPDATE_BEFORE",
                                                                  "UPDATE_AFTER", "DELETE"};

// What FROM_CHANGELOG gives: inserts, and what its codes stand for. An update has two sides, also
// where only one of them has a code.
ChangelogMode GivenBy(const FromChangelogSpec& spec);

// "INSERT: I, UPDATE_AFTER: U" and "c: INSERT, r: INSERT".
std::string CodesText(const ToChangelogSpec& spec);
std::string CodesText(const FromChangelogSpec& spec);

}  // namespace weir::graph
