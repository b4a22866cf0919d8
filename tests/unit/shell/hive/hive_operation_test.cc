// Rows of an operation between whoever makes them and the client that fetches them.
#include "shell/hive/hive_operation.h"

#include <gmock/gmock.h>
#include <thrift/protocol/TBinaryProtocol.h>
#include <thrift/transport/TBufferTransports.h>

#include <thread>

#include "runtime/types/batch_text.h"
#include "shell/rpc/TCLIServiceForTools.h"

namespace weir::shell {
namespace {

using apache::thrift::protocol::TBinaryProtocol;
using apache::thrift::transport::TMemoryBuffer;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::chrono::milliseconds kNow{0};

bool Stays() {
  return false;
}

ResultTable Header() {
  ResultTable header;
  header.columns = {{"n", Type::Int()}};
  return header;
}

Batch Rows(const std::string& text) {
  return ParseBatch(text, std::vector<Type>{Type::Int()}).value();
}

rpc::hive::TRowSet Decoded(const HiveRows& rows) {
  auto memory = std::make_shared<TMemoryBuffer>();
  memory->write(reinterpret_cast<const uint8_t*>(rows.row_set.data()),
                static_cast<uint32_t>(rows.row_set.size()));
  TBinaryProtocol protocol(memory);
  rpc::hive::TRowSet out;
  out.read(&protocol);
  return out;
}

// The numbers of the next rows, of the last column.
std::vector<int32_t> Fetch(HiveOperation& operation, uint64_t most, bool first = false) {
  const Result<HiveRows> rows = operation.Fetch(most, first, Stays);
  EXPECT_TRUE(rows.ok()) << rows.status().ToString();
  return rows.ok() ? Decoded(*rows).columns.back().i32Val.values : std::vector<int32_t>();
}

TEST(HiveOperationTest, GivesRowsInPiecesAndThenNone) {
  HiveOperation operation(nullptr);
  EXPECT_EQ(operation.Await(kNow, Stays).state, HiveState::kRunning);
  EXPECT_FALSE(operation.Columns().ok());
  HiveView view(operation, {});
  view.Begin(Header(), false);
  EXPECT_EQ(operation.Await(kNow, Stays).state, HiveState::kFinished);
  ASSERT_TRUE(view.OnBatch(Rows("1\n2\n3\n")).ok());
  ASSERT_TRUE(view.OnBatch(Rows("4\n")).ok());
  EXPECT_THAT(Fetch(operation, 2), ElementsAre(1, 2));
  EXPECT_EQ(operation.Fetch(1, true, Stays).status().code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(Fetch(operation, 10), ElementsAre(3, 4));
  operation.End({});
  EXPECT_THAT(Fetch(operation, 10), IsEmpty());
}

TEST(HiveOperationTest, GivesATableAgain) {
  HiveOperation operation(nullptr);
  ResultTable table = Header();
  table.rows = {{Value(Type::Int(), 1)}, {Value::Null(Type::Int())}};
  operation.SetTable(table);
  operation.End({});
  EXPECT_THAT(Fetch(operation, 10), ElementsAre(1, 0));
  EXPECT_THAT(Fetch(operation, 10), IsEmpty());
  EXPECT_THAT(Fetch(operation, 1, true), ElementsAre(1));
}

TEST(HiveOperationTest, GivesTheRowsBeforeTheError) {
  HiveOperation operation(nullptr);
  operation.Begin(Header().columns, TimeZone::Utc(), false);
  ASSERT_TRUE(operation.AddRows(Rows("1\n")).ok());
  operation.End(Status::External("it broke"));
  EXPECT_EQ(operation.Await(kNow, Stays).state, HiveState::kFailed);
  EXPECT_THAT(Fetch(operation, 10), ElementsAre(1));
  EXPECT_THAT(operation.Fetch(10, false, Stays).status().message(), HasSubstr("it broke"));
}

TEST(HiveOperationTest, WhoMakesRowsWaitsForWhoTakesThem) {
  HiveOperation operation(nullptr);
  operation.Begin(Header().columns, TimeZone::Utc(), false);
  std::string text;
  for (int i = 0; i < 4096; ++i) text += std::to_string(i) + "\n";
  const Batch batch = Rows(text);
  constexpr int kBatches = 40;  // twice as many rows as may wait
  std::thread maker([&] {
    for (int i = 0; i < kBatches; ++i) EXPECT_TRUE(operation.AddRows(batch).ok());
    operation.End({});
  });
  size_t count = 0;
  while (true) {
    const Result<HiveRows> rows = operation.Fetch(1'000'000, false, Stays);
    ASSERT_TRUE(rows.ok());
    if (rows->count == 0) break;
    EXPECT_LE(rows->count, size_t{1} << 17);
    count += rows->count;
  }
  maker.join();
  EXPECT_EQ(count, size_t{kBatches} * 4096);
}

TEST(HiveOperationTest, CancelLetsEverybodyGo) {
  bool told = false;
  HiveOperation operation([&] { told = true; });
  operation.Begin(Header().columns, TimeZone::Utc(), false);
  Status fetched;
  std::thread client([&] { fetched = operation.Fetch(10, false, Stays).status(); });
  operation.Cancel();
  client.join();
  EXPECT_TRUE(told);
  EXPECT_EQ(fetched.id(), "E8001");
  EXPECT_EQ(operation.AddRows(Rows("1\n")).code(), StatusCode::kCancelled);
  EXPECT_EQ(operation.Await(kNow, Stays).state, HiveState::kCancelled);
}

TEST(HiveOperationTest, WaitsForNobodyWhoHasLeft) {
  HiveOperation operation(nullptr);
  operation.Begin(Header().columns, TimeZone::Utc(), false);
  EXPECT_FALSE(operation.Fetch(10, false, [] { return true; }).ok());
}

TEST(HiveOperationTest, CancelsWhatIsLate) {
  bool told = false;
  HiveOperation operation([&] { told = true; });
  operation.Limit(std::chrono::seconds(0));
  const HiveProgress late = operation.Await(std::chrono::hours(1), Stays);
  EXPECT_EQ(late.state, HiveState::kTimedOut);
  EXPECT_EQ(late.failure.id(), "E8001");
  EXPECT_TRUE(told);
  operation.End(Status::Cancelled("by itself"));
  EXPECT_EQ(operation.Await(kNow, Stays).state, HiveState::kTimedOut);
}

TEST(HiveOperationTest, RowsThatCanBeFetchedAreInTime) {
  HiveOperation operation(nullptr);
  operation.Limit(std::chrono::seconds(0));
  operation.Begin(Header().columns, TimeZone::Utc(), false);
  EXPECT_EQ(operation.Await(std::chrono::milliseconds(1), Stays).state, HiveState::kFinished);
}

TEST(HiveViewTest, FoldsChangesOfWhatEnds) {
  HiveOperation operation(nullptr);
  HiveView view(operation, {.most_rows = 10});
  view.ExpectUpdates();
  view.Begin(Header(), true);
  ASSERT_TRUE(view.OnBatch(Rows("+I[1]\n-U[1]\n+U[2]\n")).ok());
  EXPECT_FALSE(operation.Await(kNow, Stays).has_rows);
  const std::optional<ResultTable> table = view.End();
  ASSERT_TRUE(table);
  ASSERT_EQ(table->rows.size(), 1U);
  EXPECT_EQ(table->rows[0][0].get<int32_t>(), 2);
}

TEST(HiveViewTest, ShowsChangesToWhoAsksForThem) {
  HiveOperation operation(nullptr);
  HiveView view(operation, {.changelog = true});
  view.ExpectUpdates();
  view.Begin(Header(), false);
  ASSERT_TRUE(view.OnBatch(Rows("+I[1]\n-D[1]\n")).ok());
  EXPECT_EQ(operation.Columns()->front().name, "op");
  EXPECT_THAT(Decoded(*operation.Fetch(10, false, Stays)).columns.front().stringVal.values,
              ElementsAre("+I", "-D"));
}

TEST(HiveViewTest, RefusesChangesWithoutEnd) {
  HiveOperation operation(nullptr);
  HiveView view(operation, {});
  view.ExpectUpdates();
  view.Begin(Header(), false);
  const Status status = view.OnBatch(Rows("+I[1]\n"));
  EXPECT_EQ(status.id(), "E2011");
  EXPECT_THAT(status.hint(), HasSubstr("changelog"));
}

}  // namespace
}  // namespace weir::shell
