// GROUP BY: net changes, retractions, DISTINCT, FILTER, two phases and restores, against a naive
// model.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <set>

#include "tests/seed.h"
#include "tests/unit/runtime/operators/operator_harness.h"

namespace weir::operators {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const Schema kGroupInput{
    {{"k", Type::String()}, {"v", Type::BigInt()}, {"s", Type::String()}, {"f", Type::Boolean()}}};

Schema OutputOf(const graph::GroupAggregateSpec& spec) {
  Schema output;
  for (const int key : spec.keys)
    output.fields.push_back(kGroupInput.fields[static_cast<size_t>(key)]);
  for (const expr::AggregateCall& call : spec.calls) {
    output.fields.push_back({call.state_name, call.result_type});
  }
  return output;
}

graph::GroupAggregateSpec GroupAggregateOf(std::vector<expr::AggregateCall> calls, bool retracts) {
  graph::GroupAggregateSpec spec;
  spec.keys = {0};
  spec.calls = std::move(calls);
  spec.input_retracts = retracts;
  return spec;
}

expr::AggregateCall GroupCall(const std::string& function, std::vector<int> arguments,
                              bool distinct = false, int filter = -1) {
  return MakeCall(function, kGroupInput, std::move(arguments), distinct, filter);
}

class Grouping : public OperatorHarness {
 public:
  explicit Grouping(const graph::GroupAggregateSpec& spec, HarnessOptions options = {})
      : OperatorHarness(spec, kGroupInput, OutputOf(spec), options) {}
};

TEST(GroupAggregateTest, OneNetChangeAKeyAndBatch) {
  Grouping run(GroupAggregateOf({GroupCall("COUNT", {}), GroupCall("SUM", {1})}, false));
  run.Feed("a, 1, x, TRUE\n a, 2, x, TRUE\n b, 5, x, TRUE");
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("+I[a, 2, 3]", "+I[b, 1, 5]"));
  run.Feed("b, 1, x, TRUE\n a, 4, x, TRUE\n b, 1, x, TRUE");
  EXPECT_THAT(run.out.TakeLines(),
              ElementsAre("-U[b, 1, 5]", "+U[b, 3, 7]", "-U[a, 2, 3]", "+U[a, 3, 7]"));
}

TEST(GroupAggregateTest, OnlyUpdateAfterWhenNobodyNeedsTheOldRow) {
  graph::GroupAggregateSpec spec = GroupAggregateOf({GroupCall("COUNT", {})}, false);
  spec.emit_update_before = false;
  Grouping run(spec);
  run.Feed("a, 1, x, TRUE");
  run.Feed("a, 1, x, TRUE");
  EXPECT_THAT(run.out.lines(), ElementsAre("+I[a, 1]", "+U[a, 2]"));
}

TEST(GroupAggregateTest, UnchangedResultsAreNotSentAgain) {
  Grouping run(GroupAggregateOf({GroupCall("MAX", {1})}, false));
  run.Feed("a, 5, x, TRUE");
  run.Feed("a, 3, x, TRUE");
  run.Feed("a, NULL, x, TRUE");
  EXPECT_THAT(run.out.lines(), ElementsAre("+I[a, 5]"));
}

TEST(GroupAggregateTest, TheLastRetractionDeletesTheGroup) {
  Grouping run(GroupAggregateOf({GroupCall("COUNT", {}), GroupCall("SUM", {1})}, true));
  run.Feed("+I[a, 1, x, TRUE]\n+I[a, 2, x, TRUE]");
  run.Feed("-D[a, 1, x, TRUE]");
  run.Feed("-U[a, 2, x, TRUE]");
  EXPECT_THAT(run.out.lines(),
              ElementsAre("+I[a, 2, 3]", "-U[a, 2, 3]", "+U[a, 1, 2]", "-D[a, 1, 2]"));
}

// GroupAggFunction of Flink: "Don't create a new accumulator for a retraction message".
TEST(GroupAggregateTest, RetractionsFromNothingAreIgnored) {
  Grouping run(GroupAggregateOf({GroupCall("COUNT", {}), GroupCall("SUM", {1})}, true));
  run.Feed("-D[a, 1, x, TRUE]\n-U[b, 2, x, TRUE]");
  EXPECT_THAT(run.out.TakeLines(), IsEmpty());
  run.Feed("+I[a, 5, x, TRUE]");
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("+I[a, 1, 5]"));
  // Before and behind rows of the same group in one batch.
  run.Feed(
      "-U[c, 1, x, TRUE]\n+U[c, 7, x, TRUE]\n-D[d, 1, x, TRUE]\n-D[a, 5, x, TRUE]\n"
      "-D[a, 6, x, TRUE]\n-D[c, 7, x, TRUE]\n-D[c, 8, x, TRUE]\n+I[c, 9, x, TRUE]");
  EXPECT_THAT(run.out.TakeLines(), UnorderedElementsAre("+I[c, 1, 9]", "-D[a, 1, 5]"));
  run.Feed("+I[d, 3, x, TRUE]\n+I[a, 4, x, TRUE]");
  EXPECT_THAT(run.out.TakeLines(), UnorderedElementsAre("+I[d, 1, 3]", "+I[a, 1, 4]"));
}

TEST(GroupAggregateTest, GroupsExpire) {
  graph::GroupAggregateSpec spec =
      GroupAggregateOf({GroupCall("COUNT", {}), GroupCall("SUM", {1}, true)}, true);
  spec.ttl_millis = 1000;
  Grouping run(spec);
  run.clock.now = Timestamp{5000};
  run.Feed("+I[a, 1, x, TRUE]\n+I[b, 2, x, TRUE]");
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("+I[a, 1, 1]", "+I[b, 1, 2]"));
  run.clock.now = Timestamp{5999};
  run.Feed("+I[a, 4, x, TRUE]");
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("-U[a, 1, 1]", "+U[a, 2, 5]"));
  // By now b has gone without a word; its retraction meets nothing, its next row begins anew.
  run.clock.now = Timestamp{6000};
  run.Feed("-D[b, 2, x, TRUE]");
  EXPECT_THAT(run.out.TakeLines(), IsEmpty());
  run.Feed("+I[b, 7, x, TRUE]");
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("+I[b, 1, 7]"));
  // The group was written later than its value 1, which is counted a second time.
  run.Feed("+I[a, 1, x, TRUE]\n+I[a, 4, x, TRUE]");
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("-U[a, 2, 5]", "+U[a, 4, 6]"));
}

TEST(GroupAggregateTest, AGroupThatComesAndGoesInOneBatchIsNeverSeen) {
  Grouping run(GroupAggregateOf({GroupCall("COUNT", {}), GroupCall("MIN", {1})}, true));
  run.Feed("+I[a, 1, x, TRUE]\n-D[a, 1, x, TRUE]");
  EXPECT_THAT(run.out.lines(), IsEmpty());
  run.Feed("+I[a, 7, x, TRUE]");
  EXPECT_THAT(run.out.lines(), ElementsAre("+I[a, 1, 7]"));
}

TEST(GroupAggregateTest, RetractedExtremesComeBackFromTheirValues) {
  Grouping run(GroupAggregateOf({GroupCall("MIN", {1}), GroupCall("MAX", {2})}, true));
  run.Feed("+I[a, 3, p, TRUE]\n+I[a, 1, quite a long string, TRUE]\n+I[a, 2, b, TRUE]");
  run.Feed("-D[a, 1, quite a long string, TRUE]");
  run.Feed("-D[a, 3, p, TRUE]\n+I[a, NULL, NULL, TRUE]");
  run.Feed("-D[a, 2, b, TRUE]");
  EXPECT_THAT(
      run.out.lines(),
      ElementsAre("+I[a, 1, quite a long string]", "-U[a, 1, quite a long string]", "+U[a, 2, p]",
                  "-U[a, 2, p]", "+U[a, 2, b]", "-U[a, 2, b]", "+U[a, NULL, NULL]"));
}

TEST(GroupAggregateTest, DistinctCallsCountEachValueOnce) {
  Grouping run(GroupAggregateOf({GroupCall("COUNT", {1}, true), GroupCall("SUM", {1}, true),
                                 GroupCall("COUNT", {1}, true, 3)},
                                true));
  run.Feed("+I[a, 5, x, TRUE]\n+I[a, 5, x, FALSE]\n+I[a, 6, x, FALSE]\n+I[a, NULL, x, TRUE]");
  run.Feed("-D[a, 5, x, TRUE]");
  run.Feed("-D[a, 5, x, FALSE]");
  EXPECT_THAT(run.out.lines(), ElementsAre("+I[a, 2, 11, 1]", "-U[a, 2, 11, 1]", "+U[a, 2, 11, 0]",
                                           "-U[a, 2, 11, 0]", "+U[a, 1, 6, 0]"));
}

// A value that was taken back before it came is owed once; batches of insertions alone and batches
// of changes pay alike, and FILTERs of one argument owe apart.
TEST(GroupAggregateTest, DistinctValuesPayTheirDebtsFirst) {
  for (const bool by_insertions : {false, true}) {
    SCOPED_TRACE(by_insertions);
    // A retraction among the rows makes the batch one of changes.
    const std::string more = by_insertions ? "" : "\n+I[z, 0, x, TRUE]\n-D[z, 0, x, TRUE]";
    Grouping run(
        GroupAggregateOf({GroupCall("COUNT", {1}, true), GroupCall("COUNT", {1}, true, 3)}, true));
    run.Feed("+I[a, 1, x, TRUE]\n+I[a, 2, x, FALSE]");
    EXPECT_THAT(run.out.TakeLines(), ElementsAre("+I[a, 2, 1]"));
    run.Feed("-D[a, 5, x, TRUE]\n+I[a, 1, x, TRUE]");
    EXPECT_THAT(run.out.TakeLines(), IsEmpty());
    // Pays for the value, but not with the FILTER.
    run.Feed("+I[a, 5, x, FALSE]" + more);
    EXPECT_THAT(run.out.TakeLines(), IsEmpty());
    run.Feed("+I[a, 5, x, FALSE]\n+I[a, 5, x, TRUE]" + more);
    EXPECT_THAT(run.out.TakeLines(), ElementsAre("-U[a, 2, 1]", "+U[a, 3, 1]"));
    run.Feed("+I[a, 5, x, TRUE]\n+I[a, 5, x, NULL]" + more);
    EXPECT_THAT(run.out.TakeLines(), ElementsAre("-U[a, 3, 1]", "+U[a, 3, 2]"));
  }
}

// Paid to the last, a value leaves nothing behind.
TEST(GroupAggregateTest, DistinctValuesWithoutDebtsAreForgotten) {
  Grouping run(GroupAggregateOf({GroupCall("COUNT", {1}, true)}, true));
  run.Feed("+I[a, 1, x, TRUE]\n+I[a, NULL, x, TRUE]");
  const uint64_t rows = run.StateRows();
  run.Feed("-D[a, 5, x, TRUE]\n+I[a, NULL, x, TRUE]");
  EXPECT_EQ(run.StateRows(), rows + 1);
  run.Feed("+I[a, 5, x, TRUE]");
  EXPECT_EQ(run.StateRows(), rows);
}

TEST(GroupAggregateTest, GroupsWithoutRowsAreForgotten) {
  Grouping run(GroupAggregateOf({GroupCall("COUNT", {}), GroupCall("MAX", {1})}, true));
  run.Feed("+I[a, 1, x, TRUE]\n+I[b, 2, x, TRUE]");
  const uint64_t rows = run.StateRows();
  run.Feed("-D[a, 1, x, TRUE]");
  EXPECT_EQ(run.StateRows(), rows / 2);
  run.Feed("-D[b, 2, x, TRUE]\n-D[c, 3, x, TRUE]\n+I[d, 4, x, TRUE]\n-D[d, 4, x, TRUE]");
  EXPECT_EQ(run.StateRows(), 0U) << "nor are those that never had one";
}

// Its first row takes back what never came, and is left out; the next one of the batch stays.
TEST(GroupAggregateTest, AGroupThatOutlivesItsFirstRow) {
  Grouping run(GroupAggregateOf({GroupCall("COUNT", {}), GroupCall("MAX", {1})}, true));
  run.Feed("-D[c, 3, x, TRUE]\n+I[c, 4, x, TRUE]");
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("+I[c, 1, 4]"));
  run.Feed("+I[c, 5, x, TRUE]");
  EXPECT_THAT(run.out.TakeLines(), ElementsAre("-U[c, 1, 4]", "+U[c, 2, 5]"));
}

TEST(GroupAggregateTest, NullIsAKeyOfItsOwn) {
  Grouping run(GroupAggregateOf({GroupCall("COUNT", {})}, false));
  run.Feed("NULL, 1, x, TRUE\n '', 1, x, TRUE\n NULL, 1, x, TRUE");
  EXPECT_THAT(run.out.lines(), ElementsAre("+I[NULL, 2]", "+I[, 1]"));
}

TEST(GroupAggregateTest, DistinctIsAGroupingWithoutCalls) {
  Grouping run(GroupAggregateOf({}, true));
  run.Feed("+I[a, 1, x, TRUE]\n+I[a, 2, x, TRUE]\n+I[b, 1, x, TRUE]");
  run.Feed("-D[a, 1, x, TRUE]\n-D[b, 1, x, TRUE]");
  run.Feed("-D[a, 2, x, TRUE]");
  EXPECT_THAT(run.out.lines(), ElementsAre("+I[a]", "+I[b]", "-D[b]", "-D[a]"));
}

TEST(GroupAggregateTest, WithoutKeysThereIsNoRowUntilThereIsInput) {
  graph::GroupAggregateSpec spec =
      GroupAggregateOf({GroupCall("COUNT", {}), GroupCall("SUM", {1})}, true);
  spec.keys = {};
  Grouping run(spec);
  run.End();
  EXPECT_THAT(run.out.Rows(), IsEmpty());
  Grouping second(spec);
  second.Feed("+I[a, 1, x, TRUE]\n+I[b, NULL, x, TRUE]");
  second.Feed("-D[a, 1, x, TRUE]");
  second.Feed("-D[b, NULL, x, TRUE]");
  EXPECT_THAT(second.out.lines(),
              ElementsAre("+I[2, 1]", "-U[2, 1]", "+U[1, NULL]", "-D[1, NULL]"));
}

TEST(GroupAggregateTest, OutputIsCutToTheBatchSize) {
  HarnessOptions options;
  options.batch_rows = 3;
  Grouping run(GroupAggregateOf({GroupCall("COUNT", {})}, false), options);
  std::string rows;
  for (int i = 0; i < 100; ++i) rows += "k" + std::to_string(i % 10) + ", 1, x, TRUE\n";
  run.Feed(rows);
  run.Feed(rows);
  EXPECT_EQ(run.out.violations(), 0);
  EXPECT_EQ(run.out.Rows().size(), 10U);
}

TEST(LocalGroupAggregateTest, HoldsRowsUntilTheWatermark) {
  HarnessOptions options;
  options.two_phases = true;
  Grouping run(GroupAggregateOf(
                   {GroupCall("COUNT", {}), GroupCall("AVG", {1}), GroupCall("MAX", {2})}, false),
               options);
  run.Feed("a, 1, x, TRUE");
  run.Feed("a, 3, a string of some length, TRUE\n b, NULL, NULL, TRUE");
  EXPECT_THAT(run.out.lines(), IsEmpty());
  run.Watermark(5);
  EXPECT_THAT(run.out.TakeLines(),
              ElementsAre("+I[a, 2, 2, x]", "+I[b, 1, NULL, NULL]", "watermark 5"));
}

TEST(LocalGroupAggregateTest, PartialsOfRetractionsAreSigned) {
  HarnessOptions options;
  options.two_phases = true;
  Grouping run(GroupAggregateOf({GroupCall("COUNT", {1}), GroupCall("SUM", {1})}, true), options);
  run.Feed("+I[a, 1, x, TRUE]\n+I[a, 2, x, TRUE]");
  run.Watermark(1);
  run.Feed("-D[a, 1, x, TRUE]\n+I[a, NULL, x, TRUE]");
  run.Watermark(2);
  run.Feed("-D[a, 2, x, TRUE]");
  run.Watermark(3);
  run.Feed("-D[a, NULL, x, TRUE]");
  run.Watermark(4);
  EXPECT_THAT(
      run.out.lines(),
      ElementsAre("+I[a, 2, 3]", "watermark 1", "-U[a, 2, 3]", "+U[a, 1, 2]", "watermark 2",
                  "-U[a, 1, 2]", "+U[a, 0, NULL]", "watermark 3", "-D[a, 0, NULL]", "watermark 4"));
}

// --- Against a model -----------------------------------------------------------------------------

struct GroupRow {
  std::string k;
  std::optional<int> v;
  std::string s;
  bool f;
  std::string Text() const {
    return "[" + k + ", " + (v ? std::to_string(*v) : "NULL") + ", " + s + ", " +
           (f ? "TRUE" : "FALSE") + "]";
  }
};

std::string Or(bool present, const std::string& text) {
  return present ? text : "NULL";
}

// One cell a call.
std::vector<std::string> ResultOf(const std::vector<GroupRow>& rows) {
  int64_t sum = 0;
  int64_t filtered_sum = 0;
  std::multiset<int> values;
  std::multiset<int> filtered;
  std::set<std::string> strings;
  std::set<std::string> filtered_strings;
  for (const GroupRow& row : rows) {
    strings.insert(row.s);
    if (row.f) filtered_strings.insert(row.s);
    if (!row.v) continue;
    values.insert(*row.v);
    sum += *row.v;
    if (!row.f) continue;
    filtered.insert(*row.v);
    filtered_sum += *row.v;
  }
  const std::set<int> distinct(values.begin(), values.end());
  int64_t distinct_sum = 0;
  for (const int value : distinct) distinct_sum += value;
  const bool any = !values.empty();
  return {std::to_string(rows.size()),
          std::to_string(values.size()),
          Or(any, std::to_string(sum)),
          Or(any, std::to_string(any ? sum / static_cast<int64_t>(values.size()) : 0)),
          Or(any, std::to_string(any ? *values.begin() : 0)),
          *strings.rbegin(),
          Or(!filtered.empty(), std::to_string(filtered_sum)),
          Or(!filtered.empty(), std::to_string(filtered.empty() ? 0 : *filtered.rbegin())),
          std::to_string(distinct.size()),
          Or(any, std::to_string(distinct_sum)),
          std::to_string(filtered_strings.size())};
}

std::vector<expr::AggregateCall> ModelCalls() {
  return {GroupCall("COUNT", {}),          GroupCall("COUNT", {1}),
          GroupCall("SUM", {1}),           GroupCall("AVG", {1}),
          GroupCall("MIN", {1}),           GroupCall("MAX", {2}),
          GroupCall("SUM", {1}, false, 3), GroupCall("MAX", {1}, false, 3),
          GroupCall("COUNT", {1}, true),   GroupCall("SUM", {1}, true),
          GroupCall("COUNT", {2}, true, 3)};
}

struct GroupCase {
  bool retracts;
  bool two_phases;
  uint32_t parallelism;
  size_t batch;
  uint32_t seed;
};

class GroupAggregateModelTest : public ::testing::TestWithParam<GroupCase> {};

TEST_P(GroupAggregateModelTest, FoldsToTheModel) {
  const GroupCase& param = GetParam();
  std::mt19937 random(SeedOf(param.seed));
  HarnessOptions options;
  options.parallelism = param.parallelism;
  options.two_phases = param.two_phases;
  std::vector<expr::AggregateCall> calls;
  std::vector<size_t> kept;  // which of the model's cells the calls are
  const std::vector<expr::AggregateCall> all = ModelCalls();
  for (size_t i = 0; i < all.size(); ++i) {
    if (param.two_phases && expr::NeedsValueMap(all[i], param.retracts)) continue;
    calls.push_back(all[i]);
    kept.push_back(i);
  }
  const graph::GroupAggregateSpec spec = GroupAggregateOf(calls, param.retracts);
  Grouping run(spec, options);
  std::vector<GroupRow> live;
  std::string pending;
  for (size_t i = 0; i < 1500; ++i) {
    if (param.retracts && !live.empty() && random() % 5 < 2) {
      const size_t gone = random() % live.size();
      pending += (random() % 2 == 0 ? "-D" : "-U") + live[gone].Text() + "\n";
      live.erase(live.begin() + static_cast<ptrdiff_t>(gone));
    } else {
      GroupRow row{"key" + std::to_string(random() % 13), std::nullopt,
                   "text that is long " + std::to_string(random() % 7), random() % 2 == 0};
      if (random() % 6 != 0) row.v = static_cast<int>(random() % 9) - 4;
      pending += (param.retracts && random() % 2 == 0 ? "+U" : "+I") + row.Text() + "\n";
      live.push_back(std::move(row));
    }
    if ((i + 1) % param.batch == 0) {
      run.Feed(std::exchange(pending, ""));
      if (random() % 4 == 0) run.Watermark(static_cast<int64_t>(i));
    }
    if (i == 700) {
      run.Feed(std::exchange(pending, ""));
      run.Restart(param.parallelism == 1 ? 3 : 2);
    }
  }
  run.Feed(pending);
  run.End();
  EXPECT_EQ(run.out.violations(), 0);
  std::map<std::string, std::vector<GroupRow>> groups;
  for (const GroupRow& row : live) groups[row.k].push_back(row);
  std::vector<std::string> expected;
  for (const auto& [key, rows] : groups) {
    const std::vector<std::string> cells = ResultOf(rows);
    std::string text = "[" + key;
    for (const size_t cell : kept) text += ", " + cells[cell];
    expected.push_back(text + "]");
  }
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(run.out.Rows(), expected);
  if (!param.retracts) return;
  for (const GroupRow& row : live) run.Feed("-D" + row.Text());
  run.End();
  EXPECT_THAT(run.out.Rows(), IsEmpty());
  EXPECT_EQ(run.StateRows(), 0U) << "groups without rows leave nothing behind";
}

INSTANTIATE_TEST_SUITE_P(
    Random, GroupAggregateModelTest,
    ::testing::Values(GroupCase{false, false, 1, 1, 1}, GroupCase{false, false, 1, 7, 1},
                      GroupCase{false, false, 1, 4096, 1}, GroupCase{true, false, 1, 1, 2},
                      GroupCase{true, false, 1, 7, 2}, GroupCase{true, false, 3, 500, 2},
                      GroupCase{true, false, 2, 64, 3}, GroupCase{false, true, 1, 7, 4},
                      GroupCase{false, true, 3, 100, 5}, GroupCase{true, true, 2, 30, 6}));

}  // namespace
}  // namespace weir::operators
