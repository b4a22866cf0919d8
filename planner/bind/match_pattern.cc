#include "planner/bind/match_pattern.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "planner/bind/bind_errors.h"

namespace weir::bind {
namespace {

using ast::Pattern;
using ast::PatternKind;

// A{1,1000} is written out position by position, and each has a list of those that may follow: this
// bounds both.
constexpr size_t kMostPositions = 2000;
constexpr size_t kMostPermuted = 6;  // 720 orders

// The end of the match among positions. Below it, stand-ins for the lists of open loops.
constexpr int kEnd = -1;

// Where a match may go on, the preferred place first; none occurs twice.
using Places = std::vector<int>;

void Append(const Places& more, Places& places) {
  for (const int place : more) {
    if (std::ranges::find(places, place) == places.end()) places.push_back(place);
  }
}

Places Replaced(const Places& places, int stand_in, const Places& by) {
  Places result;
  for (const int place : places) Append(place == stand_in ? by : Places{place}, result);
  return result;
}

// Builds positions from the end of the pattern to its beginning, so that what may follow a part is
// known when its turn comes.
class PatternBuilder {
 public:
  PatternBuilder(SourceSpan span, const std::function<int(const ast::Identifier&)>& variable_of)
      : span_(span), variable_of_(variable_of) {}

  // Where a match enters `pattern` if it goes on in `after` behind it.
  Result<Places> Enter(const Pattern& pattern, const Places& after) {
    if (!pattern.quantified) return EnterOnce(pattern, after);
    if (pattern.max && (*pattern.max < pattern.min || *pattern.max == 0)) {
      return Wrong(fmt::format("no number of rows is from {} to {}", pattern.min, *pattern.max));
    }
    if (pattern.min > kMostPositions || pattern.max.value_or(0) > kMostPositions) return TooLarge();
    Places places = pattern.max ? after : TRY(EnterLoop(pattern, after));
    for (uint32_t i = pattern.min; i < pattern.max.value_or(0); ++i) {
      places = Choice(pattern, TRY(EnterOnce(pattern, places)), after);
    }
    for (uint32_t i = 0; i < pattern.min; ++i) places = TRY(EnterOnce(pattern, places));
    return places;
  }

  // Positions were made from the end of the pattern: numbers them in the order of the text.
  MatchPositions Finish(const Places& begins, bool to_end) {
    MatchPositions result;
    const auto last = static_cast<int>(positions_.size()) - 1;
    for (int& place : result.begins = begins) place = last - place;
    for (auto position = positions_.rbegin(); position != positions_.rend(); ++position) {
      const auto end = std::ranges::find(position->next, kEnd);
      position->ends = end != position->next.end();
      if (position->ends) position->next.erase(end, to_end ? end + 1 : position->next.end());
      for (int& place : position->next) place = last - place;
      result.positions.push_back(std::move(*position));
    }
    return result;
  }

  Status Wrong(std::string message) const {
    return Status::InvalidSql(std::move(message)).WithId("E2015").WithSpan(span_);
  }

 private:
  static Places Choice(const Pattern& pattern, const Places& inside, const Places& after) {
    Places places = pattern.reluctant ? after : inside;
    Append(pattern.reluctant ? inside : after, places);
    return places;
  }

  Status TooLarge() const {
    return Wrong(fmt::format("the pattern has more than {} places of rows", kMostPositions))
        .WithHint("each number in {n,m} counts as often as it says");
  }

  Result<Places> EnterOnce(const Pattern& pattern, const Places& after) {
    switch (pattern.kind) {
      case PatternKind::kVariable:
        return EnterVariable(pattern, after);
      case PatternKind::kSequence:
        return EnterSequence(pattern, InOrder(pattern), after);
      case PatternKind::kAlternation:
        return EnterAlternatives(pattern, after);
      case PatternKind::kPermute:
        return EnterPermutations(pattern, after);
      case PatternKind::kExclude:
        break;
    }
    ++exclusions_;
    Result<Places> places = EnterSequence(pattern, InOrder(pattern), after);
    --exclusions_;
    return places;
  }

  Result<Places> EnterVariable(const Pattern& pattern, const Places& after) {
    if (positions_.size() == kMostPositions) return TooLarge();
    graph::MatchPosition position;
    position.variable = variable_of_(pattern.variable);
    position.next = after;
    position.excluded = exclusions_ > 0;
    positions_.push_back(std::move(position));
    return Places{static_cast<int>(positions_.size()) - 1};
  }

  static std::vector<size_t> InOrder(const Pattern& pattern) {
    std::vector<size_t> order(pattern.parts.size());
    std::iota(order.begin(), order.end(), size_t{0});
    return order;
  }

  Result<Places> EnterSequence(const Pattern& pattern, const std::vector<size_t>& order,
                               const Places& after) {
    Places places = after;
    for (auto part = order.rbegin(); part != order.rend(); ++part) {
      places = TRY(Enter(pattern.parts[*part], places));
    }
    return places;
  }

  Result<Places> EnterAlternatives(const Pattern& pattern, const Places& after) {
    Places places;
    for (const Pattern& part : pattern.parts) Append(TRY(Enter(part, after)), places);
    return places;
  }

  Result<Places> EnterPermutations(const Pattern& pattern, const Places& after) {
    if (pattern.parts.size() > kMostPermuted)
      return Wrong(fmt::format("PERMUTE takes at most {} patterns", kMostPermuted));
    Places places;
    std::vector<size_t> order = InOrder(pattern);
    do {
      Append(TRY(EnterSequence(pattern, order, after)), places);
    } while (std::ranges::next_permutation(order).found);
    return places;
  }

  // As often as it matches, or not at all. A round without rows is the last one.
  Result<Places> EnterLoop(const Pattern& pattern, const Places& after) {
    const int stand_in = --stand_ins_;
    const size_t first = positions_.size();
    const Places round = Replaced(TRY(EnterOnce(pattern, {stand_in})), stand_in, after);
    Places places = Choice(pattern, round, after);
    for (size_t i = first; i < positions_.size(); ++i) {
      positions_[i].next = Replaced(positions_[i].next, stand_in, places);
    }
    return places;
  }

  SourceSpan span_;
  const std::function<int(const ast::Identifier&)>& variable_of_;
  std::vector<graph::MatchPosition> positions_;
  int stand_ins_ = kEnd;
  int exclusions_ = 0;  // around the part whose turn it is
};

}  // namespace

Result<MatchPositions> PositionsOf(const ast::Pattern& pattern, SourceSpan span,
                                   const std::function<int(const ast::Identifier&)>& variable_of,
                                   bool to_end) {
  PatternBuilder builder(span, variable_of);
  const Places begins = TRY(builder.Enter(pattern, {kEnd}));
  if (std::ranges::find(begins, kEnd) != begins.end()) {
    return builder.Wrong("the pattern matches no row at all, too")
        .WithHint("a variable without ? and * must be in it: + takes one row or more");
  }
  return builder.Finish(begins, to_end);
}

}  // namespace weir::bind
