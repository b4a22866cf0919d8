// One column that is the bytes of a message or a line.
#include "runtime/connectors/formats/message_decoder.h"
#include "runtime/connectors/formats/message_encoder.h"
#include "runtime/types/column_builder.h"
#include "tests/unit/runtime/connectors/connector_harness.h"

namespace weir::connectors::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

FormatSpec SpecOf(const Type& type, graph::TableOptions options = {}) {
  return {std::move(options), Schema{{{"v", type}}}, {0}, TimeZone(), false, {}};
}

// The value of a message, or what is wrong with it.
std::string ValueOf(const Type& type, const std::string& bytes, graph::TableOptions options = {}) {
  MessageBlockBuilder builder(bytes.size(), 1);
  builder.Add(bytes);
  MessageBlock block = builder.Finish();
  const auto decoder = MakeMessageDecoder(RawFormat(), SpecOf(type, std::move(options))).value();
  MessageRows rows;
  BadMessage bad;
  const auto taken = decoder->Decode(block, 0, 10, rows, bad);
  if (!taken.ok()) return taken.status().message();
  std::string row;
  FormatRow(rows.batch, 0, row);
  return row;
}

TEST(RawFormat, HasTheBytesOfNumbers) {
  EXPECT_EQ(ValueOf(Type::Int(), {"\x00\x00\x01\x02", 4}), "+I[258]");
  EXPECT_EQ(ValueOf(Type::Int(), {"\x02\x01\x00\x00", 4}, {{"raw.endianness", "little-endian"}}),
            "+I[258]");
  EXPECT_EQ(ValueOf(Type::BigInt(), std::string(8, '\xFF')), "+I[-1]");
  EXPECT_EQ(ValueOf(Type::TinyInt(), "\x7F"), "+I[127]");
  EXPECT_EQ(ValueOf(Type::SmallInt(), {"\x01\x00", 2}), "+I[256]");
  EXPECT_EQ(ValueOf(Type::Boolean(), "\x01"), "+I[TRUE]");
  EXPECT_EQ(ValueOf(Type::Double(), {"\x3F\xF8\0\0\0\0\0\0", 8}), "+I[1.5]");
  EXPECT_EQ(ValueOf(Type::Float(), {"\x3F\xC0\0\0", 4}), "+I[1.5]");
  EXPECT_EQ(ValueOf(Type::Int(), "123"), "INT has 4 bytes, not 3");
}

TEST(RawFormat, HasTextsAndBytes) {
  EXPECT_EQ(ValueOf(Type::String(), "a\nb"), "+I[a\nb]");
  EXPECT_EQ(ValueOf(Type::String(), ""), "+I[]");
  EXPECT_EQ(ValueOf(Type::String(), "\xFF"), "the text is not UTF-8");
  EXPECT_THAT(ValueOf(Type::Bytes(), {"\xFF\x00", 2}), HasSubstr("ff00"));
}

TEST(RawFormat, NullIsNoMessage) {
  ColumnBuilder column(Type::BigInt());
  column.Append(int64_t{258});
  column.AppendNull();
  Batch batch;
  batch.row_count = 2;
  batch.columns = {column.Finish()};
  const auto encoder = MakeMessageEncoder(RawFormat(), SpecOf(Type::BigInt())).value();
  EncodedMessages out;
  ASSERT_TRUE(encoder->Append(batch, out).ok());
  EXPECT_EQ(*out.message(0), std::string_view("\0\0\0\0\0\0\x01\x02", 8));
  EXPECT_EQ(out.message(1), std::nullopt);
}

TEST(RawFormat, ALineOfAFileIsAValue) {
  const FormatUnderTest raw("raw", Schema{{{"line", Type::String()}}});
  EXPECT_THAT(raw.Decode("a,b\n\nlast").rows, ElementsAre("+I[a,b]", "+I[]", "+I[last]"));
  EXPECT_THAT(raw.DecodeCut("ab\ncd\n", 4).rows, ElementsAre("+I[ab]", "+I[cd]"));
  EXPECT_EQ(raw.Encode("x / y z").value(), "x\ny z\n");
  EXPECT_EQ(raw.Decode("fine\n\xFF\n").bad.offset, 5U);
  EXPECT_THAT(raw.Encode("NULL").status().ToString(), HasSubstr("neither NULL"));
}

TEST(RawFormat, HasOneColumn) {
  const auto made = [](const Schema& record) {
    return MakeDecoder(RawFormat(), {{}, record, {}, TimeZone(), false, {}}).status().ToString();
  };
  EXPECT_THAT(made(Schema{{{"a", Type::Int()}, {"b", Type::Int()}}}), HasSubstr("has one column"));
  EXPECT_THAT(made(Schema{{{"a", Type::Decimal(5, 2)}}}), HasSubstr("no column of type"));
}

}  // namespace
}  // namespace weir::connectors::testing
