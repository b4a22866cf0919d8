// Any bytes as a schema, up to the first line end, and as a record of it behind: an error or a row,
// which is written and read back as it was; and the same bytes as a change, whose rows are read
// where they were found. What a registry and a topic say is nobody's word. Built
// with -fsanitize=fuzzer it is a fuzz target; without, with replay.cc, a program that replays
// files.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "runtime/connectors/formats/avro/avro_change.h"
#include "runtime/connectors/formats/avro/avro_decoder.h"
#include "runtime/connectors/formats/avro/avro_encoder.h"
#include "runtime/connectors/formats/avro/avro_types.h"
#include "runtime/connectors/formats/format.h"
#include "runtime/types/batch_text.h"

namespace {

using namespace weir;
using namespace weir::connectors::avro;

[[noreturn]] void Fail(const char* what) {
  std::fprintf(stderr, "avro_fuzz: %s\n", what);
  std::abort();
}

// A column of most kinds, named by letters.
const Schema& Columns() {
  static const Schema columns{{{"a", Type::Int()},
                               {"b", Type::String()},
                               {"c", Type::Decimal(20, 3)},
                               {"d", Type::Array(Type::Double())},
                               {"e", Type::Map(Type::String(), Type::BigInt())},
                               {"f", Type::Row({{"x", Type::Timestamp(3)}, {"y", Type::Bytes()}})},
                               {"g", Type::Boolean()}}};
  return columns;
}

// A copy of the bytes that as many follow as follow a message.
BufferPtr Padded(std::string_view bytes) {
  const BufferPtr memory = MakeBuffer<char>(bytes.size() + connectors::kBlockPadding);
  std::memset(memory->as<char>() + bytes.size(), 0xFF, connectors::kBlockPadding);
  if (!bytes.empty()) std::memcpy(memory->as<char>(), bytes.data(), bytes.size());
  return memory;
}

// The row of a record as text; "" where it is bad.
std::string RowOf(const AvroSchema& writer, const AvroSchema& reader, std::string_view bytes,
                  Batch* batch) {
  const AvroPlan plan = MakeAvroPlan(writer, reader, Columns(), connectors::AllColumns(Columns()));
  const BufferPtr memory = Padded(bytes);
  AvroRows rows(Columns().types());
  rows.Begin(memory);
  if (!rows.Append(plan, {memory->as<char>(), bytes.size()})) {
    if (rows.size() != 0 || rows.failure().empty()) Fail("a bad record left a row or no reason");
    rows.Finish();
    return "";
  }
  *batch = rows.Finish();
  return FormatBatch(*batch);
}

// Reads the rows of a change wherever they are found.
void ReadChange(const AvroSchema& writer, std::string_view bytes) {
  static const auto reader = [] {
    std::vector<TypeField> fields;
    for (const Field& field : Columns().fields) fields.push_back({field.name, field.type});
    const Type row = Type::Row(fields);
    const Schema change{{{"before", row}, {"after", row}, {"op", Type::String()}}};
    return AvroSchemaOf(change, TimestampMapping::kLegacy).value();
  }();
  const AvroChangePlan plan =
      MakeAvroChangePlan(writer, reader->root(), Columns(), connectors::AllColumns(Columns()));
  const BufferPtr memory = Padded(bytes);
  const std::string_view record(memory->as<char>(), bytes.size());
  AvroChangeFinder finder;
  if (!finder.Find(plan, record)) {
    if (finder.failure().empty()) Fail("a bad change has no reason");
    return;
  }
  AvroRows rows(Columns().types());
  rows.Begin(memory);
  uint32_t good = 0;
  for (const AvroFoundRow& row : {finder.before(), finder.after()}) {
    if (row.plan == nullptr) continue;
    if (row.bytes.data() < record.data() ||
        row.bytes.data() + row.bytes.size() != record.data() + record.size())
      Fail("a row is found elsewhere");
    if (rows.Append(*row.plan, row.bytes)) ++good;
    if (rows.size() != good) Fail("a bad row left a row");
  }
  FormatBatch(rows.Finish());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t end = input.find('\n');
  const auto writer = AvroSchemaTree::Parse(input.substr(0, end));
  if (!writer.ok() || end == std::string_view::npos) return 0;
  ReadChange((*writer)->root(), input.substr(end + 1));
  static const auto reader = AvroSchemaOf(Columns(), TimestampMapping::kLegacy).value();
  Batch batch;
  const std::string row = RowOf((*writer)->root(), reader->root(), input.substr(end + 1), &batch);
  if (row.empty()) return 0;
  std::string bytes;
  if (!AvroEncoder(reader->root(), Columns()).Append(batch, 0, bytes).ok())
    Fail("what was read cannot be written");
  if (RowOf(reader->root(), reader->root(), bytes, &batch) != row)
    Fail("what was written is read otherwise");
  return 0;
}
