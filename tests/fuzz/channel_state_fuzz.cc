// Any bytes as rows in flight (state/FORMAT.md, "Channel state"), as they are and as one batch
// whose length and checksum are right: an error or rows, never a crash. What decodes encodes to
// bytes that decode to the same. Built with -fsanitize=fuzzer it is a fuzz target; without, with
// replay.cc, a program that replays the files it is given.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/bytes.h"
#include "runtime/base/hash.h"
#include "runtime/checkpoint/channel_state.h"

namespace {

using weir::Batch;
using weir::Schema;
using weir::Type;
using weir::checkpoint::ChannelName;
using weir::checkpoint::ChannelRows;
using weir::checkpoint::SavedRows;

[[noreturn]] void Fail(const char* what) {
  std::fprintf(stderr, "channel_state_fuzz: %s\n", what);
  std::abort();
}

std::vector<Schema> Schemas() {
  const std::vector<Type> columns[] = {
      {},
      {Type::BigInt()},
      {Type::String(), Type::Decimal(38, 4), Type::Boolean()},
      {Type::Timestamp(9), Type::Array(Type::Row({{"a", Type::Int()}, {"b", Type::Bytes()}}))},
  };
  std::vector<Schema> all;
  for (const std::vector<Type>& types : columns) {
    Schema& schema = all.emplace_back();
    for (const Type& type : types)
      schema.fields.push_back({"c" + std::to_string(schema.fields.size()), type});
  }
  return all;
}

void CheckError(const weir::Status& status) {
  if (status.code() != weir::StatusCode::kCorruption) Fail("an error is no corruption");
}

void CheckRows(const SavedRows& saved, const Schema& schema) {
  const weir::Result<Batch> rows = weir::checkpoint::DecodeRows(saved, schema);
  if (!rows.ok()) return CheckError(rows.status());
  if (rows->size() != saved.rows) Fail("not as many rows as it says");
  const auto name = std::make_shared<const ChannelName>(saved.channel);
  const std::string once = weir::checkpoint::EncodeChannelState({{name, saved.subtask, *rows}});
  const auto read = weir::checkpoint::ReadChannelState(once);
  if (!read.ok() || read->size() != 1) Fail("what was encoded is not read");
  const weir::Result<Batch> again = weir::checkpoint::DecodeRows((*read)[0], schema);
  if (!again.ok()) Fail("what was encoded does not decode");
  if (weir::checkpoint::EncodeChannelState({{name, saved.subtask, *again}}) != once)
    Fail("encoding twice gives other bytes");
}

void Check(std::string_view file) {
  static const std::vector<Schema> kSchemas = Schemas();
  const auto all = weir::checkpoint::ReadChannelState(file);
  if (!all.ok()) return CheckError(all.status());
  for (const SavedRows& saved : *all) {
    for (const Schema& schema : kSchemas) CheckRows(saved, schema);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  Check(bytes);
  std::string sealed = weir::checkpoint::EncodeChannelState({});
  // A file of the corpus that is whole gives its first batch here.
  const size_t before = sealed.size() + 8;
  const bool whole = bytes.starts_with(sealed) && size >= before;
  const std::string_view block = whole ? bytes.substr(before) : bytes;
  weir::AppendLittle(sealed, static_cast<uint32_t>(block.size()));
  weir::AppendLittle(sealed, weir::Crc32c(0, block.data(), block.size()));
  Check(sealed.append(block));
  return 0;
}
