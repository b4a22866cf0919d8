// Any bytes as a descriptor file, whose length the first two say, and behind it as a message of the
// type that it declares: an error or a row, which is written and read back as it was. What is in a
// topic is nobody's word. Built with -fsanitize=fuzzer it is a fuzz target; without, with
// replay.cc, a program that replays files.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "runtime/connectors/formats/protobuf/message_fields.h"
#include "runtime/connectors/formats/protobuf/message_rows.h"
#include "runtime/connectors/formats/protobuf/message_type.h"
#include "runtime/connectors/formats/protobuf/message_writer.h"
#include "runtime/types/batch_text.h"

namespace {

using namespace weir;
using namespace weir::connectors::protobuf;

using TypePtr = std::shared_ptr<const MessageType>;

[[noreturn]] void Fail(const char* what) {
  std::fprintf(stderr, "protobuf_fuzz: %s\n", what);
  std::abort();
}

// A column of most kinds (fuzzed.proto).
const Schema& Columns() {
  static const Type inner = Type::Row({{"x", Type::Int()}, {"s", Type::String()}});
  static const Schema columns{{{"a", Type::Int()},
                               {"b", Type::String()},
                               {"c", Type::Bytes()},
                               {"d", Type::Array(Type::Double())},
                               {"e", Type::Map(Type::String(), Type::BigInt())},
                               {"f", inner},
                               {"g", Type::Array(inner)},
                               {"h", Type::Int()},
                               {"i", Type::Boolean()}}};
  return columns;
}

// How a message is read.
struct Reading {
  Absent absent = Absent::kNull;
  ReadBy by = ReadBy::kBoth;
};

// The row of a message as text; "" where it is bad.
std::string RowOf(const TypePtr& type, const std::vector<MessageField>& fields, Reading how,
                  std::string_view bytes, Batch* batch) {
  MessageRowBuilder rows(type, fields, Columns().types(), how.absent, how.by);
  rows.Begin({});
  std::string column;
  const Status status = rows.Append(bytes, column);
  if (!status.ok()) {
    if (rows.size() != 0 || status.id() != "E3005") Fail("a bad message left a row, or no reason");
    rows.Finish();
    return "";
  }
  *batch = rows.Finish();
  return FormatBatch(*batch);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (size < 2) return 0;
  const size_t length = static_cast<size_t>(data[0]) << 8 | data[1];
  const auto type = MessageType::Parse(input.substr(2, length), "Fuzzed");
  if (!type.ok() || length + 2 > size) return 0;
  const auto fields = FieldsOfColumns(**type, Columns());
  if (!fields.ok()) return 0;
  Batch batch;
  const std::string_view message = input.substr(length + 2);
  RowOf(*type, *fields, {Absent::kDefault}, message, &batch);
  const std::string by_library = RowOf(*type, *fields, {.by = ReadBy::kLibrary}, message, &batch);
  const std::string row = RowOf(*type, *fields, {}, message, &batch);
  if (row != by_library) Fail("the library reads another row");
  if (row.empty()) return 0;
  std::string bytes;
  // A damaged type may say that other fields are required.
  if (!MessageWriter(*type, *fields, "").Append(batch, 0, bytes).ok()) return 0;
  if (RowOf(*type, *fields, {.by = ReadBy::kLibrary}, bytes, &batch) != row)
    Fail("what was written is read otherwise");
  return 0;
}
