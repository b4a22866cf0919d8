// Plans that a wrong rule could make: every kind of node, broken in every way that Verify knows.
#include <gmock/gmock.h>

#include <functional>
#include <utility>

#include "planner/logical/plan.h"
#include "tests/unit/planner/plan_builder.h"

namespace weir::planner::testing {
namespace {

using ::testing::HasSubstr;
using Wrecker = std::function<void(Node&)>;

struct Case {
  NodePtr good;
  std::string says;  // of what Wreck did
  Wrecker wreck;
};

Status VerifyRoot(NodePtr root) {
  return logical::Verify(logical::Plan{{std::move(root)}});
}

void Check(const std::vector<Case>& cases) {
  for (const Case& each : cases) {
    SCOPED_TRACE(each.says);
    ASSERT_TRUE(VerifyRoot(each.good).ok()) << VerifyRoot(each.good).ToString();
    auto node = std::make_shared<Node>(*each.good);
    each.wreck(*node);
    const Status status = VerifyRoot(node);
    EXPECT_EQ(status.code(), StatusCode::kInternal);
    EXPECT_THAT(status.message(), HasSubstr("the logical plan is inconsistent at"));
    EXPECT_THAT(status.message(), HasSubstr(each.says));
  }
}

// The node's operation, to be broken.
template <typename Operation>
Wrecker Break(std::function<void(Operation&)> change) {
  return [change = std::move(change)](Node& node) { change(std::get<Operation>(node.operation)); };
}

void DropColumn(Node& node) {
  node.columns.pop_back();
}
Wrecker Retype(size_t column, Type type) {
  return [column, type = std::move(type)](Node& node) { node.columns[column].type = type; };
}
void DropInputs(Node& node) {
  node.inputs.clear();
}
void RepeatInput(Node& node) {
  node.inputs.push_back(node.inputs[0]);
}

NodePtr RankOf(const NodePtr& input, bool output_rank) {
  logical::Rank rank;
  rank.partition = {0};
  rank.order = {{2, true, false}};
  rank.last = 3;
  rank.output_rank = output_rank;
  std::vector<logical::Column> columns = input->columns;
  if (output_rank) columns.push_back({"n", Type::BigInt().WithNullable(false)});
  return logical::MakeNode(rank, {input}, columns, Unnamed());
}

NodePtr WindowRankOf(const NodePtr& windows) {
  logical::WindowRank rank;
  rank.window = TumblingHour();
  rank.spec.start_column = IndexOf(windows, "window_start");
  rank.spec.end_column = IndexOf(windows, "window_end");
  return logical::MakeNode(rank, {windows}, windows->columns, Unnamed());
}

NodePtr JoinOf(const NodePtr& left, const NodePtr& right, graph::JoinType type) {
  logical::Join join;
  join.type = type;
  join.left_keys = {0};
  join.right_keys = {1};
  join.null_safe = {0};
  join.residual = Call("=", {logical::ColumnRef(*left, 2), BigInt(3)});
  std::vector<logical::Column> columns = left->columns;
  if (!graph::GivesLeftOnly(type)) {
    columns.insert(columns.end(), right->columns.begin(), right->columns.end());
  }
  return logical::MakeNode(join, {left, right}, columns, Unnamed());
}

TEST(VerifyTest, Leaves) {
  using logical::Values;
  const NodePtr values =
      logical::MakeNode(Values{{{BigInt(1), BigInt(2)}, {BigInt(3), BigInt(4)}}}, {},
                        {{"a", Type::BigInt()}, {"b", Type::BigInt()}}, Unnamed());
  Check({
      {Scan("t"), "at Scan: columns miscounted", DropColumn},
      {Scan("t"), "a column's type", Retype(1, Type::String())},
      {Scan("t"), "a column out of range",
       Break<logical::Scan>([](auto& scan) { scan.spec.columns[2] = 4; })},
      {Scan("t"), "a column out of range",
       Break<logical::Scan>([](auto& scan) { scan.spec.columns[2] = -1; })},
      {Scan("t"), "metadata keys miscounted",
       Break<logical::Scan>([](auto& scan) { scan.spec.metadata_keys.pop_back(); })},
      {Scan("t"), "a reference is column 9 of 4",
       Break<logical::Scan>([](auto& scan) { scan.spec.filter = expr::MakeColumnRef(9, {}); })},
      {Scan("t"), "inputs miscounted", [](Node& node) { node.inputs = {Scan("u")}; }},
      {values, "at Values: a row's cells miscounted", DropColumn},
      {values, "a row's cells miscounted", Break<Values>([](auto& v) { v.rows[1].pop_back(); })},
      {values, "a cell's type", Retype(0, Type::String())},
      {values, "a reference is column 0 of 0",
       Break<Values>([](auto& v) { v.rows[1][0] = expr::MakeColumnRef(0, Type::BigInt()); })},
  });
}

TEST(VerifyTest, RowByRow) {
  const NodePtr scan = Scan("t");
  const NodePtr where = Where(scan, Call("=", {Column(scan, "price"), BigInt(3)}), Unnamed());
  const NodePtr select = SelectNames(scan, {"price", "ts"}, Unnamed());
  using logical::Filter;
  using logical::Project;
  Check({
      {Bids(), "at Watermark: the time column is column 4 of 4",
       Break<logical::Watermark>([](auto& w) { w.spec.rowtime_column = 4; })},
      {Bids(), "no watermark expression",
       Break<logical::Watermark>([](auto& w) { w.spec.watermark = nullptr; })},
      {Bids(), "output against input: 3 columns against 4", DropColumn},
      {where, "at Filter: the predicate is not BOOLEAN",
       Break<Filter>([](auto& filter) { filter.predicate = BigInt(1); })},
      {where, "the predicate is not BOOLEAN",
       Break<Filter>([](auto& filter) { filter.predicate = nullptr; })},
      {where, "output against input: column 0 is STRING against BIGINT", Retype(0, Type::String())},
      {where, "inputs miscounted", DropInputs},
      {where, "inputs miscounted", RepeatInput},
      {select, "at Project: output miscounted", DropColumn},
      {select, "an expression's type", Retype(0, Type::Int())},
      {select, "a reference is column 4 of 4", Break<Project>([](auto& project) {
         project.expressions[0] = expr::MakeColumnRef(4, Type::BigInt());
       })},
      {select, "a reference to \"price\" has type STRING instead of BIGINT",
       Break<Project>(
           [](auto& project) { project.expressions[0] = expr::MakeColumnRef(2, Type::String()); })},
  });
}

TEST(VerifyTest, Grouping) {
  const NodePtr scan = Scan("t");
  const auto sum = [&](const NodePtr& input) { return Aggregation(input, "SUM", "price"); };
  const NodePtr group =
      GroupBy(scan, {"bidder"}, {Aggregation(scan, "COUNT", ""), sum(scan)}, Unnamed());
  const NodePtr windows = Windows(Bids(), TumblingHour(), Unnamed());
  using logical::Aggregate;
  using logical::WindowTable;
  Check({
      {group, "at Aggregate: output miscounted", DropColumn},
      {group, "a key changes its type", Retype(0, Type::Int())},
      {group, "a call's type", Retype(1, Type::Int())},
      {group, "a key is column -1 of 4", Break<Aggregate>([](auto& a) { a.keys[0] = -1; })},
      {group, "an argument is column 7 of 4",
       Break<Aggregate>([](auto& a) { a.calls[1].arguments = {7}; })},
      {group, "an argument's type", Break<Aggregate>([](auto& a) { a.calls[1].arguments = {3}; })},
      {group, "argument types miscounted",
       Break<Aggregate>([](auto& a) { a.calls[1].argument_types.clear(); })},
      {group, "an aggregate has no state name",
       Break<Aggregate>([](auto& a) { a.calls[0].state_name = ""; })},
      {group, "two calls have one state name",
       Break<Aggregate>([](auto& a) { a.calls[0].state_name = a.calls[1].state_name; })},
      {group, "a FILTER is column 4 of 4",
       Break<Aggregate>([](auto& a) { a.calls[0].filter = 4; })},
      {group, "a FILTER is not BOOLEAN", Break<Aggregate>([](auto& a) { a.calls[0].filter = 2; })},
      {windows, "at WindowTable: output miscounted", DropColumn},
      {windows, "the time column is column -1 of 4",
       Break<WindowTable>([](auto& table) { table.time_column = -1; })},
      {windows, "output against input: column 3", Retype(3, Type::BigInt())},
  });
}

TEST(VerifyTest, AWindowOfTheClockNeedsNoTimeColumn) {
  auto node = std::make_shared<Node>(*Windows(Bids(), TumblingHour(), Unnamed()));
  auto& table = std::get<logical::WindowTable>(node->operation);
  table.window.processing_time = true;
  table.time_column = -1;
  EXPECT_TRUE(VerifyRoot(node).ok());
}

// NEXMark q5 groups the windows of another aggregate again.
TEST(VerifyTest, WindowsOfTheInputNeedTheirColumnsAndNoTime) {
  const NodePtr windows = Windows(Bids(), TumblingHour(), Unnamed());
  logical::WindowAggregate aggregate;
  aggregate.window = TumblingHour();
  aggregate.start_column = IndexOf(windows, "window_start");
  aggregate.end_column = IndexOf(windows, "window_end");
  aggregate.calls = {Aggregation(windows, "COUNT", "")};
  std::vector<logical::Column> columns = {{"n", Type::BigInt().WithNullable(false)}};
  columns.insert(columns.end(), windows->columns.end() - 3, windows->columns.end());
  const NodePtr again = logical::MakeNode(aggregate, {windows}, columns, Unnamed());
  Check({
      {again, "the window's start is column 9 of",
       Break<logical::WindowAggregate>([](auto& a) { a.start_column = 9; })},
      {again, "the window's end is column -1 of",
       Break<logical::WindowAggregate>([](auto& a) { a.end_column = -1; })},
      {again, "the time column is column -1 of",
       Break<logical::WindowAggregate>([](auto& a) { a.start_column = -1; })},
  });
}

TEST(VerifyTest, Ranking) {
  const NodePtr scan = Scan("t");
  const NodePtr top = RankOf(scan, false);
  const NodePtr ranked = RankOf(scan, true);
  const NodePtr window = WindowRankOf(Windows(Bids(), TumblingHour(), Unnamed()));
  const NodePtr last =
      logical::MakeNode(logical::Deduplicate{{1}, 3, true, 0}, {scan}, scan->columns, Unnamed());
  using logical::Deduplicate;
  using logical::Rank;
  using logical::WindowRank;
  Check({
      {top, "at Rank: output miscounted", DropColumn},
      {ranked, "output miscounted", DropColumn},
      {top, "output miscounted", Break<Rank>([](auto& rank) { rank.output_rank = true; })},
      {ranked, "output against input: column 2", Retype(2, Type::String())},
      {top, "no ranks", Break<Rank>([](auto& rank) { rank.first = 0; })},
      {top, "no ranks", Break<Rank>([](auto& rank) { rank.first = 4; })},
      {top, "a partition key is column 4 of 4",
       Break<Rank>([](auto& rank) { rank.partition = {4}; })},
      {top, "a sort key is column -1 of 4",
       Break<Rank>([](auto& rank) { rank.order[0].column = -1; })},
      {top, "a key of the input is column 5 of 4", Break<Rank>([](auto& rank) {
         rank.input_key = {0, 5};
       })},
      {window, "at WindowRank: the window's start is column -1 of 7",
       Break<WindowRank>([](auto& rank) { rank.spec.start_column = -1; })},
      {window, "the window's end is column 7 of 7",
       Break<WindowRank>([](auto& rank) { rank.spec.end_column = 7; })},
      {window, "no ranks", Break<WindowRank>([](auto& rank) { rank.spec.last = 0; })},
      {last, "at Deduplicate: the time column is column 4 of 4",
       Break<Deduplicate>([](auto& d) { d.time_column = 4; })},
      {last, "a partition key", Break<Deduplicate>([](auto& d) { d.keys = {-2}; })},
  });
}

TEST(VerifyTest, SeveralInputsAndRoots) {
  const NodePtr scan = Scan("t");
  const NodePtr both = UnionAll({scan, Scan("u")}, Unnamed());
  const NodePtr sorted =
      logical::MakeNode(logical::Sort{{{2}}, 1, 5}, {scan}, scan->columns, Unnamed());
  using logical::Sort;
  Check({
      {both, "at Union: inputs miscounted", DropInputs},
      {both, "output against a branch: 4 columns against 1",
       [](Node& node) { node.inputs[1] = SelectNames(node.inputs[1], {"ts"}, Unnamed()); }},
      {both, "output against a branch: column 0 is INT against BIGINT", Retype(0, Type::Int())},
      {sorted, "at Sort: a negative limit", Break<Sort>([](auto& sort) { sort.offset = -1; })},
      {sorted, "a negative limit", Break<Sort>([](auto& sort) { sort.limit = -2; })},
      {sorted, "a sort key is column 6", Break<Sort>([](auto& sort) { sort.keys = {{6}}; })},
      {Into("s", scan), "at Sink: columns miscounted", DropColumn},
      {Into("s", scan), "table against query: column 1", Retype(1, Type::Date())},
      {Collected(scan), "at Collect: output against input", DropColumn},
      {Collected(scan), "inputs miscounted", RepeatInput},
  });
}

TEST(VerifyTest, Joins) {
  using logical::Join;
  for (const graph::JoinType type : {graph::JoinType::kInner, graph::JoinType::kSemi}) {
    const NodePtr join = JoinOf(Scan("a"), Scan("b"), type);
    Check({
        {join, "at Join: output against inputs", DropColumn},
        {join, "keys miscounted", Break<Join>([](auto& j) { j.right_keys.push_back(0); })},
        {join, "keys miscounted", Break<Join>([](auto& j) { j.null_safe.clear(); })},
        {join, "a key of the left input is column 4 of 4",
         Break<Join>([](auto& j) { j.left_keys = {4}; })},
        {join, "a key of the right input is column -1 of 4",
         Break<Join>([](auto& j) { j.right_keys = {-1}; })},
        {join, "two keys differ in type", Break<Join>([](auto& j) { j.right_keys = {3}; })},
        {join, "a condition is no BOOLEAN", Break<Join>([](auto& j) { j.residual = BigInt(1); })},
        {join, "a reference is column 8 of 8",
         Break<Join>([](auto& j) { j.residual = expr::MakeColumnRef(8, Type::Boolean()); })},
        {join, "inputs miscounted", [](Node& node) { node.inputs.pop_back(); }},
        {join, "inputs miscounted", RepeatInput},
    });
  }
}

TEST(VerifyTest, NullabilityAndLengthsOfStringsDoNotMatter) {
  const NodePtr name = logical::MakeNode(
      logical::Values{{{expr::MakeLiteral(Value(Type::Char(2).WithNullable(false), "ab"))}}}, {},
      {{"name", Type::VarChar(5)}}, Unnamed());
  EXPECT_TRUE(VerifyRoot(Collected(name)).ok()) << VerifyRoot(Collected(name)).ToString();
  auto both = std::make_shared<Node>(*UnionAll({name, name}, Unnamed()));
  both->columns[0].type = Type::String().WithNullable(false);
  EXPECT_TRUE(VerifyRoot(both).ok());
  both->columns[0].type = Type::Bytes();
  EXPECT_FALSE(VerifyRoot(both).ok());
}

TEST(VerifyTest, LooksBelowTheRootsAndAtEveryRoot) {
  auto broken = std::make_shared<Node>(*Scan("t"));
  broken->columns.pop_back();
  const NodePtr above = Collected(broken);
  EXPECT_THAT(VerifyRoot(above).message(), HasSubstr("at Scan"));
  EXPECT_FALSE(logical::Verify(logical::Plan{{Collected(Scan("t")), above}}).ok());
  EXPECT_FALSE(VerifyRoot(nullptr).ok());
  auto hollow = std::make_shared<Node>(*Collected(Scan("t")));
  hollow->inputs = {nullptr};
  EXPECT_THAT(VerifyRoot(hollow).message(), HasSubstr("an empty node"));
}

}  // namespace
}  // namespace weir::planner::testing
