// Rows in which VAR and STDDEV have means are read as rows of sums, under whichever name.
#include <gtest/gtest.h>

#include <deque>

#include "runtime/types/moments.h"
#include "runtime/types/moments_fields.h"
#include "runtime/types/string_ref.h"
#include "state/checkpoint/state_moves.h"
#include "state/row/row_codec.h"
#include "state/table/epoch.h"

namespace weir::state {
namespace {

const Type kReal = Type::Double().WithNullable(false);
const Type kNumber = Type::BigInt().WithNullable(false);

class Strings final : public StringOwner {
 public:
  explicit Strings(const RowLayout& layout) : layout_(layout) {}
  void SetString(std::byte* row, size_t field, std::string_view bytes) override {
    kept_.emplace_back(bytes);
    layout_.Store(row, field, StringRef(std::string_view(kept_.back())));
  }

 private:
  const RowLayout& layout_;
  std::deque<std::string> kept_;
};

std::vector<Field> Older(const std::string& call) {
  return {{"row_count", kNumber},
          {call, kReal},
          {call + ".squares", kReal},
          {call + ".count", kNumber},
          {"max(y)", Type::String()}};
}

std::vector<Field> Newer(const std::string& call, const Type& argument) {
  std::vector<Field> fields = {{"row_count", kNumber}};
  const std::vector<Field> sums = MomentsFields(call, argument);
  fields.insert(fields.end(), sums.begin(), sums.end());
  fields.push_back({"max(y)", Type::String()});
  return fields;
}

// A row of the older schema: 2 values, 1.5 and 2.5.
std::string OlderRow(SchemaHistory& history, const std::string& call) {
  const RowCodec writer = *RowCodec::Make(Older(call), history);
  std::vector<std::byte> row(writer.stored_bytes());
  Strings strings(writer.layout());
  writer.layout().Store<int64_t>(row.data(), 0, 7);
  writer.layout().Store<double>(row.data(), 1, 2);
  writer.layout().Store<double>(row.data(), 2, 0.5);
  writer.layout().Store<int64_t>(row.data(), 3, 2);
  strings.SetString(row.data(), 4, "a text that is longer than inline ones");
  std::string bytes;
  writer.Encode(row.data(), bytes);
  return bytes;
}

void ExpectCarried(SchemaHistory history, const std::string& bytes, const std::string& call) {
  const RowCodec reader = *RowCodec::Make(Newer(call, Type::Double()), history);
  EXPECT_EQ(reader.LengthOf(bytes).value(), bytes.size());
  const RowLayout& layout = reader.layout();
  std::vector<std::byte> row(reader.stored_bytes());
  Strings strings(layout);
  ASSERT_TRUE(reader.Decode(bytes, row.data(), strings).ok());
  EXPECT_EQ(layout.Load<int64_t>(row.data(), 0), 7);
  const auto sums = layout.Load<StringRef>(row.data(), 1);
  ByteReader in(sums.view());
  BinarySum sum;
  BinarySum squares;
  ASSERT_TRUE(sum.Load(in) && squares.Load(in) && in.at_end());
  EXPECT_EQ(Variance(sum.number(), squares.number(), {2, 1, 0, false}), 0.5);
  EXPECT_EQ(layout.Load<int64_t>(row.data(), 3), 2);
  EXPECT_EQ(layout.Load<StringRef>(row.data(), 4).view(), "a text that is longer than inline ones");
}

TEST(CarriedMoments, AsRowsAreRead) {
  SchemaHistory history;
  const std::string bytes = OlderRow(history, "var_pop(x)");
  ExpectCarried(history, bytes, "var_pop(x)");
  // Cut off anywhere, they are refused.
  const RowCodec reader = *RowCodec::Make(Newer("var_pop(x)", Type::Double()), history);
  for (size_t length = 0; length < bytes.size(); ++length) {
    std::vector<std::byte> row(reader.stored_bytes());
    Strings strings(reader.layout());
    EXPECT_FALSE(reader.Decode(bytes.substr(0, length), row.data(), strings).ok()) << length;
  }
}

// Of a call that was gone for a while nothing is carried.
TEST(CarriedMoments, NotOverAGap) {
  SchemaHistory history;
  const std::string bytes = OlderRow(history, "var_pop(x)");
  ASSERT_TRUE(RowCodec::Make({{"row_count", kNumber}}, history).ok());
  const RowCodec reader = *RowCodec::Make(Newer("var_pop(x)", Type::Decimal(10, 2)), history);
  std::vector<std::byte> row(reader.stored_bytes());
  Strings strings(reader.layout());
  ASSERT_TRUE(reader.Decode(bytes, row.data(), strings).ok());
  EXPECT_EQ(reader.layout().Load<int64_t>(row.data(), 0), 7);
  for (size_t field = 1; field < 7; ++field) {
    EXPECT_EQ(reader.layout().Load<int64_t>(row.data(), field), 0) << field;
  }
}

TEST(CarriedMoments, WithACallThatIsRenamed) {
  SchemaHistory history;
  const std::string bytes = OlderRow(history, "var_pop(x)");
  ASSERT_TRUE(RowCodec::Make(Newer("var_pop(x)", Type::Double()), history).ok());
  const StateSchema schema{.name = "groups", .value = Newer("var_pop(x)", Type::Double())};
  std::string record;
  AppendSchemaHistory(schema, history, record);
  const StateMove move{"agg/groups",
                       "agg/groups",
                       {{"var_pop(x)", "var_pop(y)"},
                        {"var_pop(x).infinite", "var_pop(y).infinite"},
                        {"var_pop(x).count", "var_pop(y).count"}}};
  const auto moved = MoveBookkeeping({{SchemaKey("agg/groups"), record}}, {move});
  const SavedSchema saved = *ReadSchemaHistory(moved.at(SchemaKey("agg/groups")));
  ExpectCarried(saved.history, bytes, "var_pop(y)");
}

}  // namespace
}  // namespace weir::state
