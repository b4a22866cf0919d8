// The bytes of fastavro, what Avro for Java makes of every pair of schemas, and the schemas that
// Flink derives: data/avro has their answers, and the programs that wrote them.
#include <fstream>
#include <map>
#include <set>

#include "runtime/base/hex_digit.h"
#include "runtime/connectors/formats/avro/avro_decoder.h"
#include "runtime/connectors/formats/avro/avro_encoder.h"
#include "runtime/connectors/formats/avro/avro_types.h"
#include "tests/unit/runtime/connectors/connector_harness.h"

namespace weir::connectors::avro {
namespace {

using SplitLines = std::vector<std::vector<std::string>>;

// The fields of each line.
SplitLines ReadSplitLines(const std::string& name) {
  std::ifstream file("tests/unit/runtime/connectors/data/avro/" + name);
  SplitLines lines;
  for (std::string line; std::getline(file, line);) {
    std::vector<std::string>& fields = lines.emplace_back();
    for (size_t begin = 0; begin <= line.size();) {
      const size_t end = std::min(line.find('\t', begin), line.size());
      fields.push_back(line.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  EXPECT_GT(lines.size(), 100U) << name;
  return lines;
}

std::string FromHex(const std::string& hex) {
  std::string bytes;
  for (size_t i = 0; i < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

// The types that the files name, by their text.
const std::map<std::string, Type>& Types() {
  static const std::map<std::string, Type> types = [] {
    const Type row = Type::Row({{"x", Type::Int()}});
    const Type text = Type::String();
    const std::vector<Type> all = {
        Type::Boolean(),
        Type::TinyInt(),
        Type::SmallInt(),
        Type::Int(),
        Type::BigInt(),
        Type::Float(),
        Type::Double(),
        Type::Char(3),
        Type::VarChar(9),
        text,
        Type::Binary(2),
        Type::Bytes(),
        Type::Decimal(5, 2),
        Type::Decimal(38, 0),
        Type::Date(),
        Type::Time(0),
        Type::Time(3),
        Type::Time(9),
        Type::Timestamp(0),
        Type::Timestamp(3),
        Type::Timestamp(6),
        Type::Timestamp(9),
        Type::TimestampLtz(3),
        Type::TimestampLtz(6),
        Type::IntervalYearMonth(),
        Type::Array(Type::Int()),
        Type::Array(Type::Double()),
        Type::Array(text),
        Type::Array(Type::Int().WithNullable(false)),
        Type::Map(text, Type::BigInt()),
        Type::Map(text, Type::Int()),
        Type::Map(Type::Int(), Type::Int()),
        Type::Multiset(text),
        row,
        Type::Array(row),
        Type::Row({{"w", Type::Int()}}),
        Type::Row({{"y", Type::BigInt()}, {"x", Type::BigInt()}}),
        Type::Map(text, Type::Row({{"x", Type::Double()}})),
        Type::Row({{"x", Type::Int()}, {"y", Type::Row({{"z", text.WithNullable(false)}})}}),
        Type::Row({{"q", Type::BigInt()},
                   {"x", Type::Double()},
                   {"t", text},
                   {"b", Type::Bytes()},
                   {"l", Type::Array(Type::Int())},
                   {"m", Type::Map(text, Type::BigInt())},
                   {"u", Type::Int()},
                   {"o", Type::Boolean()},
                   {"f", Type::Float()}})};
    std::map<std::string, Type> found;
    for (const Type& type : all) {
      found.emplace(type.ToString(), type);
      found.emplace(type.WithNullable(false).ToString(), type.WithNullable(false));
    }
    return found;
  }();
  return types;
}

Schema Column(const std::string& name, const std::string& type) {
  const auto found = Types().find(type);
  EXPECT_NE(found, Types().end()) << type;
  return Schema{{{name, found->second}}};
}

// A record in memory that ends where its buffer does, but for the padding.
struct PaddedRecord {
  explicit PaddedRecord(const std::string& bytes)
      : memory(MakeBuffer<char>(bytes.size() + kBlockPadding)) {
    std::memcpy(memory->as<char>(), bytes.data(), bytes.size());
    view = {memory->as<char>(), bytes.size()};
  }
  BufferPtr memory;
  std::string_view view;
};

struct Outcome {
  Batch batch;       // of one row, if it is good
  std::string cell;  // "error" if it is not
  std::string why;
};

Outcome Decode(const AvroSchema& writer, const AvroSchema& reader, const Schema& columns,
               const std::string& bytes) {
  const std::vector<int> wanted = {0};
  const AvroPlan plan = MakeAvroPlan(writer, reader, columns, wanted);
  AvroRows rows(columns.types());
  const PaddedRecord record(bytes);
  rows.Begin(record.memory);
  Outcome outcome;
  outcome.cell = "error";
  if (!rows.Append(plan, record.view)) {
    outcome.why = rows.failure();
    EXPECT_EQ(rows.size(), 0U);
    return outcome;
  }
  outcome.batch = rows.Finish();
  outcome.cell.clear();
  FormatCell(*outcome.batch.columns[0], 0, outcome.cell);
  return outcome;
}

TimestampMapping MappingOf(const std::string& word) {
  return word == "legacy" ? TimestampMapping::kLegacy : TimestampMapping::kLocal;
}

TEST(AvroReference, ValuesAreReadAndWrittenAsFastavroWritesThem) {
  for (const std::vector<std::string>& line : ReadSplitLines("values.tsv")) {
    SCOPED_TRACE(line[0] + " " + line[1] + " " + line[2]);
    const Schema columns = Column("a", line[0]);
    const auto schema = AvroSchemaOf(columns, MappingOf(line[1])).value();
    const std::string bytes = FromHex(line[2]);
    const Outcome outcome = Decode(schema->root(), schema->root(), columns, bytes);
    EXPECT_EQ(outcome.cell, line[3]) << outcome.why;
    if (outcome.cell != line[3]) continue;
    std::string written;
    ASSERT_TRUE(AvroEncoder(schema->root(), columns).Append(outcome.batch, 0, written).ok());
    if (line.size() > 4) {  // fastavro writes a byte more than a number takes
      EXPECT_EQ(written.size() + 1, bytes.size());
      EXPECT_EQ(Decode(schema->root(), schema->root(), columns, written).cell, line[3]);
    } else {
      EXPECT_EQ(written, bytes);
    }
  }
}

// One column is read, and the same bytes skipped before it.
TEST(AvroReference, ValuesAreSkipped) {
  for (const std::vector<std::string>& line : ReadSplitLines("values.tsv")) {
    SCOPED_TRACE(line[0] + " " + line[1] + " " + line[2]);
    Schema columns = Column("a", line[0]);
    columns.fields.push_back({"z", Type::Int().WithNullable(false)});
    const auto schema = AvroSchemaOf(columns, MappingOf(line[1])).value();
    const std::vector<int> wanted = {1};
    const AvroPlan plan = MakeAvroPlan(schema->root(), schema->root(), columns, wanted);
    AvroRows rows({columns.fields[1].type});
    const PaddedRecord record(FromHex(line[2]) + "\x0E");
    rows.Begin(record.memory);
    ASSERT_TRUE(rows.Append(plan, record.view)) << rows.failure();
    EXPECT_EQ(FormatBatch(rows.Finish()), "+I[7]\n");
  }
}

// Beyond Avro for Java: an enum as a text, and a fixed as bytes.
bool IsReadHere(const AvroSchema& writer, const AvroSchema& reader) {
  if (writer.kind == AvroKind::kUnion || reader.kind == AvroKind::kUnion) {
    const AvroSchema* const from = WithoutNull(writer);
    const AvroSchema* const to = WithoutNull(reader);
    return from != nullptr && to != nullptr && IsReadHere(*from, *to);
  }
  return (writer.kind == AvroKind::kEnum && reader.kind == AvroKind::kString) ||
         (writer.kind == AvroKind::kFixed && reader.kind == AvroKind::kBytes);
}

TEST(AvroReference, PairsOfSchemasAreResolvedAsJavaResolvesThem) {
  std::vector<std::shared_ptr<const AvroSchemaTree>> writers;
  std::vector<std::shared_ptr<const AvroSchemaTree>> readers;
  std::vector<Schema> columns;
  size_t good = 0;
  size_t more = 0;
  for (const std::vector<std::string>& line : ReadSplitLines("resolution.tsv")) {
    if (line[0] == "writer") {
      writers.push_back(AvroSchemaTree::Parse(line[1]).value());
      continue;
    }
    if (line[0] == "reader") {
      readers.push_back(AvroSchemaTree::Parse(line[1]).value());
      columns.push_back(Column("v", line[2]));
      EXPECT_TRUE(CheckAvroColumns(readers.back()->root(), columns.back()).ok()) << line[1];
      continue;
    }
    const AvroSchema& writer = writers.at(static_cast<size_t>(std::stoi(line[0])))->root();
    const auto number = static_cast<size_t>(std::stoi(line[1]));
    const AvroSchema& reader = readers.at(number)->root();
    SCOPED_TRACE(writer.fields[0].schema->ToString() + " as " +
                 reader.fields[0].schema->ToString() + ": " + line[2]);
    const Outcome outcome = Decode(writer, reader, columns[number], FromHex(line[2]));
    if (line[3] == "error" && IsReadHere(*writer.fields[0].schema, *reader.fields[0].schema)) {
      EXPECT_NE(outcome.cell, "error");
      ++more;
      continue;
    }
    EXPECT_EQ(outcome.cell, line[3]) << outcome.why;
    EXPECT_EQ(outcome.cell == "error", !outcome.why.empty());
    if (outcome.cell != "error") ++good;
  }
  EXPECT_GT(good, 200U);
  EXPECT_GT(more, 5U);
}

// Flink has no type for these, or contradicts itself: below an array or a map it takes the other
// mapping (AvroSchemaConverter passes none on).
bool IsBeyondFlink(const std::string& type) {
  return type.starts_with("TIMESTAMP(6)") || type.starts_with("TIMESTAMP_LTZ");
}

TEST(AvroReference, SchemasAreFlinks) {
  std::set<std::string> beyond;
  for (const std::vector<std::string>& line : ReadSplitLines("schemas.tsv")) {
    SCOPED_TRACE(line[0] + " " + line[1]);
    const Schema columns = Column("a", line[0]);
    const auto derived = AvroSchemaOf(columns, MappingOf(line[1]));
    if (line[2] == "error" && IsBeyondFlink(line[0])) {
      EXPECT_TRUE(derived.ok()) << derived.status().ToString();
      beyond.insert(line[0]);
      continue;
    }
    if (line[2] == "error") {
      EXPECT_EQ(derived.status().id(), "E2008");
      continue;
    }
    ASSERT_TRUE(derived.ok()) << derived.status().ToString();
    EXPECT_EQ((*derived)->text(), line[2]);
  }
  EXPECT_EQ(beyond.size(), 6U);
}

}  // namespace
}  // namespace weir::connectors::avro
