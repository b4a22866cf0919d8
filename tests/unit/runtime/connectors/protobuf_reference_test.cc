// Random messages of Google's library for Python, of every type of field: data/protobuf has them,
// the rows they are, and the program that wrote both.
#include <fstream>
#include <map>

#include "tests/unit/runtime/connectors/protobuf_harness.h"

namespace weir::connectors::testing {
namespace {

struct ReferenceLine {
  std::string message;  // its name
  bool defaults = false;
  std::string bytes;
  std::string row;
};

std::string BytesOfHex(const std::string& hex) {
  std::string bytes;
  for (size_t i = 0; i < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

std::vector<ReferenceLine> ReferenceLines() {
  std::ifstream file("tests/unit/runtime/connectors/data/protobuf/messages.tsv");
  std::vector<ReferenceLine> lines;
  for (std::string line; std::getline(file, line);) {
    std::vector<std::string> fields;
    for (size_t begin = 0; begin <= line.size();) {
      const size_t end = std::min(line.find('\t', begin), line.size());
      fields.push_back(line.substr(begin, end - begin));
      begin = end + 1;
    }
    lines.push_back({fields.at(0), fields.at(1) == "1", BytesOfHex(fields.at(2)), fields.at(3)});
  }
  EXPECT_GT(lines.size(), 400U);
  return lines;
}

// The columns that make_messages.py prints.
const Schema& ColumnsOfMessage(const std::string& name) {
  static const std::map<std::string, Schema> all = [] {
    const Type text = Type::String();
    const Type number = Type::Int();
    const Type big = Type::BigInt();
    const Type inner =
        Type::Row({{"x", number}, {"s", text}, {"next", Type::Row({{"x", number}})}});
    Schema everything{{{"b", Type::Boolean()},
                       {"i", number},
                       {"u", number},
                       {"si", number},
                       {"fi", number},
                       {"sfi", number},
                       {"l", big},
                       {"ul", big},
                       {"sl", big},
                       {"fl", big},
                       {"sfl", big},
                       {"f", Type::Float()},
                       {"d", Type::Double()},
                       {"s", text},
                       {"y", Type::Bytes()},
                       {"color", text},
                       {"color_number", number},
                       {"oi", number},
                       {"os", text},
                       {"inner", inner},
                       {"ri", Type::Array(number)},
                       {"rs", Type::Array(text)},
                       {"rm", Type::Array(inner)},
                       {"re", Type::Array(text)},
                       {"apart", Type::Array(big)},
                       {"ms", Type::Map(text, big)},
                       {"mm", Type::Map(number, inner)},
                       {"mb", Type::Map(Type::Boolean(), text)},
                       {"number", big},
                       {"name", text},
                       {"which", inner},
                       {"at", Type::Row({{"seconds", big}, {"nanos", number}})},
                       {"place", Type::Row({{"city", text}, {"longitude", Type::Double()}})}}};
    Schema old{{{"id", big},
                {"n", number},
                {"t", text},
                {"flag", Type::Boolean()},
                {"plain", Type::Array(number)},
                {"packed", Type::Array(number)},
                {"part", Type::Row({{"p", number}})},
                {"kind", text},
                {"kinds", Type::Array(text)}}};
    return std::map<std::string, Schema>{{"weir.test.Everything", std::move(everything)},
                                         {"weir.test.Old", std::move(old)}};
  }();
  return all.at(name);
}

TEST(ProtobufReference, MessagesAreReadAsPythonReadsThem) {
  for (const ReferenceLine& line : ReferenceLines()) {
    const graph::TableOptions more = {
        {"protobuf.read-default-values", line.defaults ? "true" : "false"}};
    const FormatSpec spec = SpecOfMessage(line.message, ColumnsOfMessage(line.message), more);
    const MessagesDecoded read = DecodeMessages(spec, {line.bytes});
    ASSERT_TRUE(read.status.ok()) << line.message << " " << line.row << read.status.ToString();
    EXPECT_THAT(read.rows, ::testing::ElementsAre("+I[" + line.row + "]"));
  }
}

TEST(ProtobufReference, MessagesAreWrittenAsPythonWritesThem) {
  for (const ReferenceLine& line : ReferenceLines()) {
    if (line.defaults) continue;
    SCOPED_TRACE(line.message + " " + line.row);
    const FormatSpec spec = SpecOfMessage(line.message, ColumnsOfMessage(line.message));
    const MessagesDecoded read = DecodeMessages(spec, {line.bytes});
    const auto written = EncodeMessages(spec, read.batch);
    ASSERT_TRUE(written.ok()) << written.status().ToString();
    EXPECT_EQ(DecodeMessages(spec, *written).rows, read.rows);
    EXPECT_THAT(*written, ::testing::ElementsAre(line.bytes));
  }
}

}  // namespace
}  // namespace weir::connectors::testing
