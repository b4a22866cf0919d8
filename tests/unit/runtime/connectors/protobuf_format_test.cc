// Messages of Protocol Buffers: what is bad, what a table may declare, and what is written for
// NULL. What the bytes mean is in protobuf_reference_test.cc.
#include "runtime/connectors/formats/protobuf/message_type.h"
#include "tests/unit/runtime/connectors/protobuf_harness.h"

namespace weir::connectors::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kEverythingType = "weir.test.Everything";
const std::string kOld = "weir.test.Old";

// A field with a varint below 128, and one of bytes.
std::string Small(int field, int value) {
  return {static_cast<char>(field << 3), static_cast<char>(value)};
}
std::string Within(int field, const std::string& bytes) {
  std::string tag = field < 16 ? std::string(1, static_cast<char>(field << 3 | 2))
                               : std::string{static_cast<char>((field << 3 & 0x7F) | 0x82),
                                             static_cast<char>(field >> 4)};
  return tag + static_cast<char>(bytes.size()) + bytes;
}

const Schema kNumberAndText{{{"i", Type::Int()}, {"s", Type::String()}}};

MessagesDecoded ReadAs(const Schema& columns, const std::vector<std::string>& messages,
                       graph::TableOptions more = {}, const std::string& name = kEverythingType) {
  return DecodeMessages(SpecOfMessage(name, columns, std::move(more)), messages);
}

TEST(ProtobufFormat, MessagesAreRows) {
  const std::vector<std::string> messages = {Small(2, 1) + Within(14, "x"), "",
                                             Within(14, "longer than twelve bytes")};
  for (const uint32_t most : {1U, 2U, 100U}) {
    const FormatSpec spec = SpecOfMessage(kEverythingType, kNumberAndText);
    EXPECT_THAT(DecodeMessages(spec, messages, most).rows,
                ElementsAre("+I[1, x]", "+I[0, ]", "+I[0, longer than twelve bytes]"));
  }
}

TEST(ProtobufFormat, SomeColumnsAreRead) {
  FormatSpec spec = SpecOfMessage(kEverythingType, kNumberAndText);
  spec.columns = {1};
  EXPECT_THAT(DecodeMessages(spec, {Small(2, 1) + Within(14, "x")}).rows, ElementsAre("+I[x]"));
  spec.columns = {};
  EXPECT_THAT(DecodeMessages(spec, {Small(2, 1), ""}).message_of, ElementsAre(0, 1));
}

// In any order, the last value of a field counts, and the pieces of a message are one; items may
// come packed or not; what the type lacks is skipped.
TEST(ProtobufFormat, WhatWritersMayDo) {
  EXPECT_THAT(ReadAs(kNumberAndText, {Within(14, "a") + Small(2, 5) + Within(14, "b")}).rows,
              ElementsAre("+I[5, b]"));
  EXPECT_THAT(ReadAs(kNumberAndText, {Small(15, 1).insert(0, Within(2, "xyz")) + Small(2, 3)}).rows,
              ElementsAre("+I[3, ]"));
  const Schema row{{{"inner", Type::Row({{"x", Type::Int()}, {"s", Type::String()}})}}};
  EXPECT_THAT(ReadAs(row, {Within(20, Small(1, 7)) + Within(20, Within(2, "t"))}).rows,
              ElementsAre("+I[(7, t)]"));
  const Schema lists{{{"id", Type::BigInt()},
                      {"plain", Type::Array(Type::Int())},
                      {"packed", Type::Array(Type::Int())}}};
  const std::string swapped = Small(1, 9) + Within(5, "\1\2") + Small(6, 3) + Small(6, 4);
  EXPECT_THAT(ReadAs(lists, {swapped}, {}, kOld).rows, ElementsAre("+I[9, [1, 2], [3, 4]]"));
}

TEST(ProtobufFormat, OfEqualKeysTheLastCounts) {
  const Schema maps{{{"ms", Type::Map(Type::String(), Type::BigInt())}}};
  const auto entry = [](const std::string& key, int value) {
    return Within(26, Within(1, key) + Small(2, value));
  };
  EXPECT_THAT(ReadAs(maps, {entry("a", 1) + entry("b", 2) + entry("a", 3)}).rows,
              ElementsAre("+I[{b=2, a=3}]"));
  EXPECT_THAT(ReadAs(maps, {Within(26, "")}).rows, ElementsAre("+I[{=0}]"));
}

TEST(ProtobufFormat, OfAOneofTheLastCounts) {
  const Schema choice{{{"number", Type::BigInt()}, {"name", Type::String()}}};
  const std::string name = Within(30, "x");
  const std::string number = "\xE8\x01\x05";
  EXPECT_THAT(ReadAs(choice, {number + name, name + number}).rows,
              ElementsAre("+I[NULL, x]", "+I[5, NULL]"));
}

// As Java does, which knows no unsigned numbers.
TEST(ProtobufFormat, NumbersOfEnumsThatTheTypeLacks) {
  const Schema colors{{{"color", Type::String()}, {"color_number", Type::Int()}}};
  const std::string unknown = "\x80\x01\x09\x88\x01\x09";
  EXPECT_THAT(ReadAs(colors, {unknown}).rows, ElementsAre("+I[UNRECOGNIZED, 9]"));
  const Schema kind{{{"id", Type::BigInt()}, {"kind", Type::String()}}};
  EXPECT_THAT(ReadAs(kind, {Small(1, 1) + Small(8, 9)}, {}, kOld).rows, ElementsAre("+I[1, NULL]"));
}

TEST(ProtobufFormat, ABadMessageIsNamed) {
  const MessagesDecoded cut =
      ReadAs(kNumberAndText, {Small(2, 1), Within(14, "text").substr(0, 4)});
  EXPECT_EQ(cut.status.id(), "E3005");
  EXPECT_EQ(cut.bad.message, 1U);
  EXPECT_THAT(cut.status.message(), HasSubstr("it is no message weir.test.Everything"));
  EXPECT_EQ(ReadAs(kNumberAndText, {Within(14, "\xFF")}).status.id(), "E3005");
  const Schema old{{{"id", Type::BigInt()}, {"t", Type::String()}}};
  const MessagesDecoded text = ReadAs(old, {Small(1, 1) + Within(3, "\xFF")}, {}, kOld);
  EXPECT_THAT(text.status.message(), HasSubstr("not UTF-8"));
  EXPECT_EQ(text.bad.column, "t");
  EXPECT_THAT(ReadAs(old, {""}, {}, kOld).status.message(), HasSubstr("id is required"));
}

TEST(ProtobufFormat, WhatIsNotSetAndMustBe) {
  const Schema must{{{"os", Type::String().WithNullable(false)}}};
  const MessagesDecoded read = ReadAs(must, {Within(19, "x"), ""});
  EXPECT_EQ(read.bad.column, "os");
  EXPECT_THAT(read.status.message(), HasSubstr("os is not set, and it is NOT NULL"));
  EXPECT_THAT(ReadAs(must, {""}, {{"protobuf.read-default-values", "true"}}).rows,
              ElementsAre("+I[]"));
  const Schema lists{{{"ri", Type::Array(Type::Int()).WithNullable(false)},
                      {"ms", Type::Map(Type::String(), Type::BigInt()).WithNullable(false)}}};
  EXPECT_THAT(ReadAs(lists, {""}).rows, ElementsAre("+I[[], {}]"));
}

// Also where the row was begun.
TEST(ProtobufFormat, BadMessagesAreLeftOut) {
  const Schema old{
      {{"id", Type::BigInt()}, {"plain", Type::Array(Type::Int())}, {"t", Type::String()}}};
  const std::string good = Small(1, 1) + Small(5, 2) + Within(3, "x");
  const MessagesDecoded read =
      ReadAs(old, {good, "", Small(1, 3) + Small(5, 4) + Within(3, "\xFF"), "\x08", good},
             {{"protobuf.ignore-parse-errors", "true"}}, kOld);
  EXPECT_THAT(read.rows, ElementsAre("+I[1, [2], x]", "+I[1, [2], x]"));
  EXPECT_THAT(read.message_of, ElementsAre(0, 4));
  EXPECT_EQ(read.skipped, 3U);
}

TEST(ProtobufFormat, ADeepMessageIsBad) {
  std::string deep;
  for (int i = 0; i < 30; ++i) deep = Within(3, deep);
  const Schema row{{{"inner", Type::Row({{"x", Type::Int()}})}}};
  EXPECT_TRUE(ReadAs(row, {Within(20, deep)}).status.ok());
  const std::string groups(198, '\x3B');  // of the type Old, one within the other
  EXPECT_FALSE(ReadAs(Schema{{{"id", Type::BigInt()}}}, {groups}, {}, kOld).status.ok());
  const std::string unknown(5000, '\x7B');
  EXPECT_EQ(ReadAs(row, {unknown}).status.id(), "E3005");
}

TEST(ProtobufFormat, NullIsNotWritten) {
  const Schema columns{
      {{"i", Type::Int()}, {"os", Type::String()}, {"inner", Type::Row({{"x", Type::Int()}})}}};
  const Batch batch = ParseBatch("NULL, NULL, NULL", columns).value();
  EXPECT_THAT(*EncodeMessages(SpecOfMessage(kEverythingType, columns), batch), ElementsAre(""));
}

// Arrays and maps cannot say NULL.
TEST(ProtobufFormat, NullWithinCollectionsIsTheDefault) {
  const Type inner = Type::Row({{"x", Type::Int()}});
  const Schema columns{{{"ri", Type::Array(Type::Int())},
                        {"rs", Type::Array(Type::String())},
                        {"rm", Type::Array(inner)},
                        {"re", Type::Array(Type::String())},
                        {"ms", Type::Map(Type::String(), Type::BigInt())},
                        {"mm", Type::Map(Type::Int(), inner)},
                        {"mb", Type::Map(Type::Boolean(), Type::String())}}};
  Batch batch;
  batch.row_count = 1;
  for (const Field& field : columns.fields) {
    ColumnBuilder column(field.type);
    for (size_t i = 0; i < column.child_count(); ++i) column.child(i).AppendNull();
    column.AppendList();
    batch.columns.push_back(column.Finish());
  }
  const auto back = [&](graph::TableOptions more) {
    const FormatSpec spec = SpecOfMessage(kEverythingType, columns, std::move(more));
    const auto messages = EncodeMessages(spec, batch);
    return DecodeMessages(spec, messages.value()).rows.at(0);
  };
  EXPECT_EQ(back({}), "+I[[0], [], [(0)], [NONE], {=0}, {0=(0)}, {FALSE=}]");
  EXPECT_EQ(back({{"protobuf.write-null-string-literal", "none"}}),
            "+I[[0], [none], [(0)], [NONE], {none=0}, {0=(0)}, {FALSE=none}]");
}

TEST(ProtobufFormat, OfAOneofTheLastColumnIsWritten) {
  const Schema name_last{{{"number", Type::BigInt()}, {"name", Type::String()}}};
  const Schema name_first{{{"name", Type::String()}, {"number", Type::BigInt()}}};
  const auto bytes = [](const Schema& columns, std::string_view row) {
    const Batch batch = ParseBatch(row, columns).value();
    return EncodeMessages(SpecOfMessage(kEverythingType, columns), batch).value().at(0);
  };
  const std::string name = Within(30, "x");
  const std::string number = "\xE8\x01\x05";
  EXPECT_EQ(bytes(name_last, "5, x"), name);
  EXPECT_EQ(bytes(name_first, "x, 5"), number);
  EXPECT_EQ(bytes(name_last, "5, NULL"), number);
  EXPECT_EQ(bytes(name_first, "x, NULL"), name);
}

// What no column takes is as bad as what one does.
TEST(ProtobufFormat, WhatIsNotReadMayBeBad) {
  const Schema one{{{"i", Type::Int()}}};
  const std::string good = Small(2, 7);
  for (const std::string& more :
       {Within(14, "\xFF"), Within(20, Within(2, "\xFF")), Within(21, "\x80"),
        Within(26, Within(1, "\xFF")), std::string("\x0C"), std::string("\x12\x05")})
    EXPECT_EQ(ReadAs(one, {good + more}).status.id(), "E3005");
  for (const std::string& more :
       {Within(15, "\xFF"), Within(20, Within(2, "x")), Within(21, "\x80\x01"),
        std::string("\x13\x14"), Within(40, "\xFF")})
    EXPECT_THAT(ReadAs(one, {good + more}).rows, ElementsAre("+I[7]"));
}

TEST(ProtobufFormat, WhatCannotBeWritten) {
  const auto failure = [](const std::string& name, const Schema& columns, std::string_view row) {
    return EncodeMessages(SpecOfMessage(name, columns), ParseBatch(row, columns).value()).status();
  };
  const Schema color{{{"color", Type::String()}}};
  EXPECT_EQ(failure(kEverythingType, color, "GREEN").id(), "E3001");
  EXPECT_THAT(failure(kEverythingType, color, "GREEN").message(),
              HasSubstr("column \"color\": the enum weir.test.Color has no value 'GREEN'"));
  const Schema id{{{"id", Type::BigInt()}, {"n", Type::Int()}}};
  EXPECT_THAT(failure(kOld, id, "NULL, 1").message(), HasSubstr("id is required, and NULL"));
  EXPECT_TRUE(failure(kOld, id, "1, NULL").ok());
  const Schema kind{{{"id", Type::BigInt()}, {"kind", Type::Int()}}};
  EXPECT_THAT(failure(kOld, kind, "1, 7").message(), HasSubstr("has no value 7"));
  EXPECT_TRUE(failure(kOld, kind, "1, 2").ok());
  EXPECT_TRUE(failure(kEverythingType, Schema{{{"color_number", Type::Int()}}}, "5").ok());
}

Status StatusOf(const Schema& columns, const std::string& name = kEverythingType) {
  return ProtobufFormat().descriptor->check_record(columns, OptionsOfMessage(name));
}

TEST(ProtobufFormat, ColumnsThatDoNotFit) {
  const auto wrong = [](const std::string& name, const Type& type) {
    return StatusOf(Schema{{{name, type}}}).ToString();
  };
  EXPECT_THAT(wrong("ii", Type::Int()),
              HasSubstr("E2008: column \"ii\": the message weir.test.Everything has no field "
                        "\"ii\""));
  EXPECT_THAT(wrong("naem", Type::String()), HasSubstr("did you mean \"name\"?"));
  EXPECT_THAT(wrong("l", Type::Int()),
              HasSubstr("column \"l\": INT cannot be the field weir.test.Everything.l, which is "
                        "int64 (the column would be BIGINT)"));
  EXPECT_THAT(wrong("color", Type::BigInt()), HasSubstr("the column would be STRING or INT"));
  EXPECT_THAT(wrong("ri", Type::Int()),
              HasSubstr("repeated int32 (the column would be ARRAY<INT>"));
  EXPECT_THAT(wrong("ri", Type::Array(Type::BigInt())), HasSubstr("ARRAY<INT>"));
  EXPECT_THAT(wrong("ms", Type::Map(Type::String(), Type::Int())),
              HasSubstr("map<string, int64> (the column would be MAP<STRING, BIGINT>)"));
  EXPECT_THAT(wrong("inner", Type::String()),
              HasSubstr("the column would be ROW<x INT, s STRING, next ROW<…>>"));
  EXPECT_THAT(wrong("inner", Type::Row({{"next", Type::Row({{"y", Type::Int()}})}})),
              HasSubstr("column \"inner.next.y\": the message weir.test.Everything.Inner has no"));
  EXPECT_THAT(wrong("at", Type::Timestamp(3)),
              HasSubstr("the column would be ROW<seconds BIGINT, nanos INT>"));
  for (const Type& type : {Type::TinyInt(), Type::SmallInt(), Type::Decimal(10, 0), Type::Date()})
    EXPECT_THAT(wrong("i", type), HasSubstr("which is int32"));
  EXPECT_TRUE(StatusOf(Schema{{{"s", Type::Char(3)}, {"y", Type::Binary(2)}}}).ok());
}

// Flink's option is the name of a class.
TEST(ProtobufFormat, NamesOfMessages) {
  const Schema x{{{"x", Type::Int()}}};
  for (const std::string name : {"weir.test.Everything.Inner", "weir.test.Everything$Inner",
                                 "com.example.test.EverythingProto$Everything$Inner",
                                 "com.example.test.EverythingProto.Everything.Inner"})
    EXPECT_TRUE(StatusOf(x, name).ok()) << name;
  const Schema city{{{"city", Type::String()}}};
  EXPECT_TRUE(StatusOf(city, "weir.other.PlaceOuterClass$Place").ok());
  EXPECT_TRUE(StatusOf(Schema{{{"id", Type::BigInt()}}}, "weir.test.Old").ok());
  EXPECT_TRUE(
      StatusOf(Schema{{{"seconds", Type::BigInt()}}}, "com.google.protobuf.Timestamp").ok());
  EXPECT_THAT(StatusOf(x, "weir.test.Everithing").ToString(),
              HasSubstr("E2008: the value of option 'protobuf.message-class-name' is wrong: the "
                        "descriptor file has no message 'weir.test.Everithing' (did you mean "
                        "\"weir.test.Everything\"?)"));
  EXPECT_THAT(StatusOf(x, "x").ToString(), HasSubstr("its messages are google.protobuf.Timestamp"));
}

TEST(ProtobufFormat, DescriptorFilesThatAreNone) {
  const auto wrong = [](const std::string& path) {
    return ProtobufFormat()
        .descriptor
        ->check_record(kNumberAndText, {{"protobuf.message-class-name", kEverythingType},
                                        {"protobuf.descriptor-file", path}})
        .ToString();
  };
  EXPECT_THAT(wrong("nowhere.desc"),
              HasSubstr("the value of option 'protobuf.descriptor-file' is wrong: "));
  EXPECT_THAT(wrong("nowhere.desc"), HasSubstr("nowhere.desc"));
  EXPECT_THAT(wrong("/dev/zero"), HasSubstr("is no regular file"));
  EXPECT_THAT(wrong("README.md"), HasSubstr("it is no descriptor file (protoc --include_imports"));
}

TEST(ProtobufFormat, ASetWithoutItsImports) {
  // file { name: "a.proto" dependency: "b.proto" }
  const std::string set = Within(1, Within(1, "a.proto") + Within(3, "b.proto"));
  const Status status = protobuf::MessageType::Parse(set, "A").status();
  EXPECT_THAT(status.ToString(), HasSubstr("it has no 'b.proto', which 'a.proto' imports"));
  EXPECT_THAT(status.ToString(), HasSubstr("--include_imports"));
  // file { name: "a.proto" message_type { name: "A" field { name: "f" } } }
  const std::string odd =
      Within(1, Within(1, "a.proto") + Within(4, Within(1, "A") + Within(2, Within(1, "f"))));
  EXPECT_FALSE(protobuf::MessageType::Parse(odd, "A").ok());
}

// Fields that are not set take no bytes, so that rows of nothing could fill the memory.
TEST(ProtobufFormat, RowsOfNothing) {
  Type row = Type::Row({{"x", Type::Int()}});
  for (int i = 0; i < 60; ++i) row = Type::Row({{"x", Type::Int()}, {"next", row}});
  const Schema columns{{{"rm", Type::Array(row)}}};
  const graph::TableOptions defaults = {{"protobuf.read-default-values", "true"}};
  std::string nothing;
  for (int i = 0; i < 50'000; ++i) nothing += std::string_view("\xBA\x01\x00", 3);
  const MessagesDecoded good = ReadAs(columns, {nothing, nothing}, defaults);
  EXPECT_TRUE(good.status.ok()) << good.status.ToString();
  const MessagesDecoded bad = ReadAs(columns, {nothing + nothing + nothing}, defaults);
  EXPECT_THAT(bad.status.message(), HasSubstr("more than 10,000,000 values without a byte"));
  EXPECT_EQ(bad.bad.column, "rm");
}

}  // namespace
}  // namespace weir::connectors::testing
