#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/graph/job_graph.h"

namespace weir::graph {
namespace {

using ::testing::ElementsAre;

const Schema kBids{{{"bidder", Type::BigInt()}, {"price", Type::Int()}, {"big", Type::Boolean()}}};

expr::AggregateCall Call(const char* function, std::vector<int> arguments, const char* state_name) {
  expr::AggregateCall call;
  call.function = *expr::FindAggregate(function);
  call.arguments = std::move(arguments);
  for (const int argument : call.arguments) {
    call.argument_types.push_back(kBids.fields[static_cast<size_t>(argument)].type);
  }
  call.result_type = Type::BigInt();
  call.state_name = state_name;
  return call;
}

expr::AggregateCall Distinct(const char* state_name, int filter = -1) {
  expr::AggregateCall call = Call("COUNT", {0}, state_name);
  call.distinct = true;
  call.filter = filter;
  return call;
}

std::vector<std::string> Names(const std::vector<Field>& fields) {
  std::vector<std::string> names;
  for (const Field& field : fields) names.push_back(field.name);
  return names;
}

TEST(StateOfTest, GroupsHaveKeysRowCountAndAccumulators) {
  const GroupAggregateSpec spec{
      .keys = {0}, .calls = {Call("SUM", {1}, "sum(price)")}, .ttl_millis = 5000};
  const OperatorStateSchema state = StateOf(spec, kBids);
  ASSERT_EQ(state.tables.size(), 1U);
  const StateSchema& groups = state.tables[0];
  EXPECT_EQ(groups.name, "groups");
  EXPECT_EQ(groups.layout, StateLayout::kValue);
  EXPECT_THAT(Names(groups.key), ElementsAre("bidder"));
  EXPECT_EQ(groups.value[0].name, "row_count");
  EXPECT_EQ(groups.value[1].name, "sum(price)");
  EXPECT_EQ(groups.ttl_millis, 5000);
  EXPECT_FALSE(groups.sliced);
}

TEST(StateOfTest, WindowsAreSlicedAndRememberTheirProgress) {
  const WindowAggregateSpec spec{
      .time_column = 1, .keys = {0}, .calls = {Call("COUNT", {}, "count(*)")}};
  const OperatorStateSchema state = StateOf(spec, kBids);
  ASSERT_EQ(state.tables.size(), 1U);
  EXPECT_EQ(state.tables[0].name, "windows");
  EXPECT_TRUE(state.tables[0].sliced);
  EXPECT_THAT(state.operator_state, ElementsAre("progress"));
}

TEST(StateOfTest, DistinctValuesAreSharedByArgumentAndCountedPerFilter) {
  const GroupAggregateSpec spec{
      .keys = {2},
      .calls = {Distinct("count(distinct bidder)"), Call("COUNT", {}, "count(*)"),
                Distinct("count(distinct bidder) filter (big)", 2)}};
  const OperatorStateSchema state = StateOf(spec, kBids);
  ASSERT_EQ(state.tables.size(), 2U);
  const StateSchema& values = state.tables[1];
  EXPECT_EQ(values.name, "distinct(bidder)");
  EXPECT_EQ(values.layout, StateLayout::kMap);
  EXPECT_THAT(Names(values.key), ElementsAre("big"));
  EXPECT_EQ(values.sub_key[0].type, Type::BigInt());
  EXPECT_THAT(Names(values.value), ElementsAre("count", "count filter (big)"));
  EXPECT_THAT(ValueMapsOf(spec, kBids),
              ElementsAre(ValueMapSlot{1, 0}, ValueMapSlot{}, ValueMapSlot{1, 1}));
}

TEST(StateOfTest, RetractableExtremesKeepTheirValues) {
  GroupAggregateSpec spec{.keys = {0},
                          .calls = {Call("MAX", {1}, "max(price)"), Call("MIN", {1}, "min(price)")},
                          .input_retracts = true};
  OperatorStateSchema state = StateOf(spec, kBids);
  ASSERT_EQ(state.tables.size(), 2U) << "MIN and MAX of one argument share its values";
  EXPECT_EQ(state.tables[1].name, "values(price)");
  spec.input_retracts = false;
  state = StateOf(spec, kBids);
  EXPECT_EQ(state.tables.size(), 1U);
}

TEST(StateOfTest, BothPhasesAgreeOnNames) {
  GroupAggregateSpec spec{.keys = {2, 0}, .calls = {Call("SUM", {1}, "sum(price)")}};
  const OperatorStateSchema single = StateOf(spec, kBids);
  spec.phase = AggregatePhase::kLocal;
  EXPECT_TRUE(StateOf(spec, kBids).tables.empty());
  const Schema partial = PartialSchema(spec, kBids);
  EXPECT_EQ(partial.fields[0].name, "big");
  EXPECT_EQ(partial.fields[1].name, "bidder");
  EXPECT_EQ(partial.fields[2].name, "row_count");
  spec.phase = AggregatePhase::kGlobal;
  spec.keys = {0, 1};
  EXPECT_EQ(StateOf(spec, partial).tables, single.tables);
}

TEST(StateOfTest, WindowPartialsEndWithTheirSlice) {
  const WindowAggregateSpec spec{
      .phase = AggregatePhase::kLocal, .keys = {0}, .calls = {Call("COUNT", {}, "count(*)")}};
  const Schema partial = PartialSchema(spec, kBids);
  EXPECT_EQ(partial.fields.back().name, "slice");
}

TEST(StateOfTest, EqualColumnNamesAreToldApart) {
  const Schema input{{{"a", Type::Int()}, {"a", Type::Int()}}};
  const OperatorStateSchema state = StateOf(SortLimitSpec{}, input);
  ASSERT_EQ(state.tables.size(), 1U);
  EXPECT_EQ(state.tables[0].name, "rows");
  EXPECT_THAT(Names(state.tables[0].key), ElementsAre("a", "a#2"));
}

TEST(StateOfTest, SourcesAndSinksKeepOperatorState) {
  EXPECT_THAT(StateOf(ScanSpec{}, {}).operator_state, ElementsAre("splits"));
  EXPECT_THAT(StateOf(ScanSpec{}, {}).tables, testing::IsEmpty());
  ScanSpec of_files;
  of_files.any_number_of_splits = true;
  ASSERT_EQ(StateOf(of_files, {}).tables.size(), 1U);
  EXPECT_EQ(StateOf(of_files, {}).tables[0].name, "read");
  EXPECT_THAT(StateOf(WatermarkSpec{}, {}).operator_state, ElementsAre("partitions"));
  EXPECT_THAT(StateOf(SinkSpec{}, {}).operator_state, ElementsAre("committables"));
  EXPECT_TRUE(StateOf(CalcSpec{}, kBids).operator_state.empty());
}

TEST(JobGraphTest, ChainsFollowForwardEdgesOfEqualParallelism) {
  JobGraph graph;
  const auto add = [&](OperatorSpec spec, std::vector<Edge> inputs, uint32_t parallelism) {
    Node node;
    node.index = static_cast<int>(graph.nodes.size());
    node.uid = std::string(OperatorKindName(spec));
    node.spec = std::move(spec);
    node.inputs = std::move(inputs);
    node.output = kBids;
    node.parallelism = parallelism;
    graph.nodes.push_back(std::move(node));
  };
  add(ScanSpec{.table = "bids", .table_schema = kBids, .columns = {0}}, {}, 0);
  add(CalcSpec{}, {{0}}, 0);
  add(GroupAggregateSpec{.keys = {0}}, {{1, ExchangeKind::kHash, {0}}}, 0);
  add(SortLimitSpec{.limit = 3}, {{2, ExchangeKind::kSingleton}}, 1);
  add(CollectSpec{}, {{3}}, 1);
  EXPECT_THAT(ChainsOf(graph, 4), ElementsAre(0, 0, 1, 2, 2));
  EXPECT_THAT(ChainsOf(graph, 1), ElementsAre(0, 0, 0, 0, 0)) << "on one subtask all is direct";
  EXPECT_EQ(ToString(graph),
            "#0 Scan Scan(bids; columns: bidder)\n"
            "#1 Calc Calc() <- forward #0\n"
            "#2 GroupAggregate GroupAggregate(keys: bidder) <- hash(bidder) #1\n"
            "#3 SortLimit SortLimit(limit: 3) <- singleton #2\n"
            "#4 Collect Collect(bidder, price, big) <- forward #3\n");
}

}  // namespace
}  // namespace weir::graph
