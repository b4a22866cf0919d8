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
  // In a cell: a row of the match is remembered by one that its partition does not have.
  static constexpr uint32_t kOutside = UINT32_MAX - 1;

  // What a cell holds, or kNoRow.
  enum class Cell : uint8_t { kRow, kList, kVariable };

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
  std::span<const Cell> kinds() const { return kinds_; }
  size_t width() const { return kinds_.size(); }  // cells of a run
  const graph::MatchReach& reach() const { return reach_; }
  // Whether values are made of a complete match, by its path.
  bool replays() const { return cells_.path >= 0; }
  // Whether states have what those of Flink's patterns have not.
  bool extended() const { return extended_; }

 private:
  const graph::MatchValue& ValueAt(int value) const {
    return spec_.values[static_cast<size_t>(value)];
  }
  void SetTest(const expr::ExprPtr& condition, Variable& variable);
  void SetKinds();
  // Notes the cells that a condition reads.
  void Decide(const graph::MatchValue& value);
  std::vector<int> AskedOf(uint32_t position) const;

  const graph::MatchSpec& spec_;
  const graph::MatchCells cells_;
  const graph::MatchReach reach_;
  bool extended_ = false;
  std::vector<Variable> variables_;
  std::vector<std::vector<int>> asked_;  // one a position, and that of the start
  std::vector<uint8_t> decisive_;        // which cells conditions read
  std::vector<Cell> kinds_;
};

}  // namespace weir::operators
