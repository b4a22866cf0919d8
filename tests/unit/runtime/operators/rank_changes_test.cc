// The changes that Top-N sends, against every list that they have to make of every other.
#include "runtime/operators/rank/rank_changes.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <string>

#include "runtime/base/random.h"
#include "tests/seed.h"

namespace weir::operators {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<int64_t> PlacesOf(graph::RankFunction function, const std::vector<uint8_t>& differs) {
  std::vector<int64_t> ranks = {99};  // overwritten
  RankPlaces(function, differs, ranks);
  return ranks;
}

TEST(RankPlacesTest, CountsAsSqlDoes) {
  const std::vector<uint8_t> differs = {1, 0, 1, 0, 0, 1};
  EXPECT_THAT(PlacesOf(graph::RankFunction::kRowNumber, differs), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(PlacesOf(graph::RankFunction::kRank, differs), ElementsAre(1, 1, 3, 3, 3, 6));
  EXPECT_THAT(PlacesOf(graph::RankFunction::kDenseRank, differs), ElementsAre(1, 1, 2, 2, 2, 3));
}

TEST(RankPlacesTest, NoRowsHaveNoRanks) {
  for (const auto function : {graph::RankFunction::kRowNumber, graph::RankFunction::kRank,
                              graph::RankFunction::kDenseRank}) {
    EXPECT_THAT(PlacesOf(function, {}), IsEmpty());
    EXPECT_THAT(PlacesOf(function, {0}), ElementsAre(1)) << "the first row has nothing before it";
  }
}

struct List {
  std::vector<RankedRow> rows;
  std::vector<int64_t> ranks;
  RankedList view() const { return {rows, ranks}; }
};

List Numbered(const std::vector<uint32_t>& ids) {
  List list;
  for (const uint32_t id : ids) {
    list.rows.push_back({id});
    list.ranks.push_back(static_cast<int64_t>(list.ranks.size()) + 1);
  }
  return list;
}

std::vector<std::string> RangeChanges(const RankRange& range, const List& before,
                                      const List& after) {
  std::vector<RankChange> changes;
  RankDifference(range).Append(before.view(), after.view(), changes);
  std::vector<std::string> texts;
  for (const RankChange& change : changes) {
    texts.push_back(std::string(RowKindText(change.kind)) + " " + std::to_string(change.id) +
                    " at " + std::to_string(change.rank));
  }
  return texts;
}

TEST(RankDifferenceTest, NothingChangesNothing) {
  for (const bool by_place : {false, true}) {
    for (const bool output_rank : {false, true}) {
      const RankRange range{1, 3, by_place, output_rank, true};
      EXPECT_THAT(RangeChanges(range, Numbered({4, 5, 6}), Numbered({4, 5, 6})), IsEmpty());
      EXPECT_THAT(RangeChanges(range, Numbered({}), Numbered({})), IsEmpty());
    }
  }
}

TEST(RankDifferenceTest, WithoutTheRankARowThatMovesSaysNothing) {
  const RankRange range{1, 2, false, false, true};
  EXPECT_THAT(RangeChanges(range, Numbered({1, 2}), Numbered({3, 1, 2})),
              ElementsAre("-D 2 at 2", "+I 3 at 1"));
  EXPECT_THAT(RangeChanges(range, Numbered({1, 2}), Numbered({2, 1})), IsEmpty());
}

TEST(RankDifferenceTest, ByPlaceARowTakesThatOfAnother) {
  const RankRange range{1, 2, true, true, true};
  EXPECT_THAT(RangeChanges(range, Numbered({1, 2}), Numbered({3, 1, 2})),
              ElementsAre("-U 1 at 1", "+U 3 at 1", "-U 2 at 2", "+U 1 at 2"));
  const RankRange quiet{1, 2, true, true, false};
  EXPECT_THAT(RangeChanges(quiet, Numbered({1, 2}), Numbered({3, 1, 2})),
              ElementsAre("+U 3 at 1", "+U 1 at 2"));
}

TEST(RankDifferenceTest, PlacesComeAndGoAtTheEnd) {
  const RankRange range{1, 3, true, true, true};
  EXPECT_THAT(RangeChanges(range, Numbered({1}), Numbered({1, 2})), ElementsAre("+I 2 at 2"));
  EXPECT_THAT(RangeChanges(range, Numbered({1, 2}), Numbered({1})), ElementsAre("-D 2 at 2"));
}

TEST(RankDifferenceTest, ARowThatReplacesAnotherOfItsKeyIsAnUpdate) {
  List after = Numbered({7});
  after.rows[0].replaces = 1;
  EXPECT_THAT(RangeChanges({1, 2, false, false, true}, Numbered({1}), after),
              ElementsAre("-U 1 at 1", "+U 7 at 1"));
  EXPECT_THAT(RangeChanges({1, 2, false, false, false}, Numbered({1}), after),
              ElementsAre("+U 7 at 1"));
}

// A table keyed by row (and rank where it is put out) as a consumer keeps it.
struct Consumer {
  bool with_rank;
  std::multimap<uint32_t, int64_t> rows;
  int violations = 0;

  void Take(const RankChange& change) {
    const int64_t rank = with_rank ? change.rank : 0;
    if (IsAddition(change.kind)) {
      rows.emplace(change.id, rank);
      return;
    }
    const auto [begin, end] = rows.equal_range(change.id);
    const auto found =
        std::find_if(begin, end, [&](const auto& row) { return row.second == rank; });
    if (found == end) {
      ++violations;
    } else {
      rows.erase(found);
    }
  }
};

std::multimap<uint32_t, int64_t> ShownIds(const List& list, const RankRange& range,
                                          bool with_rank) {
  std::multimap<uint32_t, int64_t> shown;
  for (size_t i = 0; i < list.rows.size(); ++i) {
    if (list.ranks[i] < range.first || list.ranks[i] > range.last) continue;
    shown.emplace(list.rows[i].id, with_rank ? list.ranks[i] : 0);
  }
  return shown;
}

List RandomList(Random& random, graph::RankFunction function, int64_t last) {
  std::vector<uint32_t> ids = {0, 1, 2, 3, 4, 5, 6, 7};
  for (size_t i = ids.size() - 1; i > 0; --i) std::swap(ids[i], ids[random.Below(i + 1)]);
  ids.resize(random.Below(ids.size() + 1));
  std::vector<uint8_t> differs(ids.size());
  for (uint8_t& differ : differs) differ = random.Below(2) == 0 ? 0 : 1;
  List list;
  RankPlaces(function, differs, list.ranks);
  for (const uint32_t id : ids) list.rows.push_back({id});
  while (!list.ranks.empty() && list.ranks.back() > last) {
    list.ranks.pop_back();
    list.rows.pop_back();
  }
  return list;
}

TEST(RankDifferenceTest, MakesEveryListOfEveryOther) {
  for (uint64_t seed = 1; seed <= 2000; ++seed) {
    SCOPED_TRACE(seed);
    Random random(SeedOf(seed));
    RankRange range;
    range.first = static_cast<int64_t>(1 + random.Below(3));
    range.last = range.first + static_cast<int64_t>(random.Below(4));
    const auto function = static_cast<graph::RankFunction>(random.Below(3));
    range.by_place = function == graph::RankFunction::kRowNumber && random.Below(2) == 0;
    range.output_rank = range.by_place || random.Below(2) == 0;
    const List before = RandomList(random, function, range.last);
    const List after = RandomList(random, function, range.last);
    std::vector<RankChange> changes;
    RankDifference(range).Append(before.view(), after.view(), changes);
    Consumer consumer{range.output_rank, ShownIds(before, range, range.output_rank)};
    for (const RankChange& change : changes) consumer.Take(change);
    EXPECT_EQ(consumer.violations, 0);
    EXPECT_EQ(consumer.rows, ShownIds(after, range, range.output_rank));
  }
}

}  // namespace
}  // namespace weir::operators
