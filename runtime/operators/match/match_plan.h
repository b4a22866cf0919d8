// A pattern in the form in which the operator follows it row by row.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "runtime/graph/match_state.h"

namespace weir::operators {

// The lookups that are needed for every row, made once from a MatchSpec. Constant after
// construction, so any thread may read it; borrows the spec.
class MatchPlan {
 public:
  // Stands for the position of a match that has no row yet.
  static constexpr uint32_t kStart = UINT32_MAX;

  // How it is decided whether a row matches a variable.
  enum class Test : uint8_t {
    kNone,      // any row may
    kFlag,      // `column` of the input says so
    kComputed,  // by `values` of the run
  };
  struct Variable {
    Test test = Test::kNone;
    int column = -1;
    std::vector<int> values;     // of the spec, those that its condition reads
    std::vector<size_t> groups;  // those that remember its rows
  };

  explicit MatchPlan(const graph::MatchSpec& spec);

  const graph::MatchSpec& spec() const { return spec_; }
  const graph::MatchCells& cells() const { return cells_; }
  const Variable& variable(int number) const { return variables_[static_cast<size_t>(number)]; }
  size_t variable_count() const { return variables_.size(); }
  int VariableAt(int position) const {
    return spec_.positions[static_cast<size_t>(position)].variable;
  }
  bool EndsAt(int position) const { return spec_.positions[static_cast<size_t>(position)].ends; }
  // The positions behind one, the preferred one first.
  std::span<const int> Next(uint32_t position) const {
    return position == kStart ? spec_.begins : spec_.positions[position].next;
  }
  // The variables of those positions whose tests are kComputed, each once.
  std::span<const int> Asked(uint32_t position) const {
    return position == kStart ? asked_.back() : asked_[position];
  }
  // Whether two runs at one position have the same future: conditions read the same rows of both.
  // Where that is so the preferred one is enough.
  bool SameFuture(const uint32_t* a, const uint32_t* b) const;
  // For each cell, whether it holds the end of a list instead of a row.
  std::span<const uint8_t> lists() const { return lists_; }

 private:
  const graph::MatchValue& ValueAt(int value) const {
    return spec_.values[static_cast<size_t>(value)];
  }
  void SetTest(const expr::ExprPtr& condition, Variable& variable);
  // Notes the cells that a condition reads.
  void Decide(const graph::MatchValue& value);
  std::vector<int> AskedOf(uint32_t position) const;

  const graph::MatchSpec& spec_;
  const graph::MatchCells cells_;
  std::vector<Variable> variables_;
  std::vector<std::vector<int>> asked_;  // one a position, and that of the start
  std::vector<uint8_t> decisive_;        // which cells conditions read
  std::vector<uint8_t> lists_;
};

}  // namespace weir::operators
