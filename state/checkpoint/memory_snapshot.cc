#include "state/checkpoint/memory_snapshot.h"

#include <fmt/format.h>

#include "runtime/base/bytes.h"
#include "runtime/base/hash.h"
#include "state/table/epoch.h"

namespace weir::state {
namespace {

constexpr std::string_view kMemoryMagic = "WEIRSTAT";
constexpr uint32_t kMemoryVersion = 1;
constexpr size_t kBlockBytes = 1 << 20;

using BlockKind = MemoryBlockKind;

void AppendText(std::string& out, std::string_view text) {
  AppendVarint(out, text.size());
  out += text;
}

std::string_view ReadText(ByteReader& in) {
  const uint64_t size = in.Varint();
  return in.Bytes(size);
}

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {
    out_ += kMemoryMagic;
    AppendLittle(out_, kMemoryVersion);
  }
  void Begin(BlockKind kind, std::string_view name) {
    block_.clear();
    AppendLittle(block_, static_cast<uint8_t>(kind));
    AppendText(block_, name);
    header_bytes_ = block_.size();
  }
  void Add(std::string_view key, std::string_view value) {
    AppendText(block_, key);
    AppendText(block_, value);
    if (block_.size() < kBlockBytes) return;
    const std::string header = block_.substr(0, header_bytes_);
    End();
    block_ = header;
  }
  void End() {
    AppendLittle(out_, static_cast<uint32_t>(block_.size()));
    AppendLittle(out_, Crc32c(0, block_.data(), block_.size()));
    out_ += block_;
    ++blocks_;
  }
  void Finish() {
    block_.clear();
    AppendLittle(block_, static_cast<uint8_t>(BlockKind::kEnd));
    AppendVarint(block_, blocks_);
    End();
  }

 private:
  std::string& out_;
  std::string block_;
  size_t header_bytes_ = 0;
  uint64_t blocks_ = 0;
};

Status MalformedSnapshot(std::string_view why) {
  return Status::Corruption(fmt::format("a snapshot of memory state {}", why)).WithId("E7001");
}

Status ReadBlock(ByteReader& block, BlockKind kind, MemorySnapshot& snapshot) {
  if (kind != BlockKind::kBookkeeping && kind != BlockKind::kRows) {
    return MalformedSnapshot(
        fmt::format("has an unknown kind of block: {}", static_cast<int>(kind)));
  }
  const std::string name(ReadText(block));
  RecordSet* rows = kind == BlockKind::kRows ? &snapshot.rows[name] : nullptr;
  while (!block.at_end() && !block.failed()) {
    const std::string_view key = ReadText(block);
    const std::string_view value = ReadText(block);
    if (rows != nullptr) {
      rows->Append({key, value, false});
    } else {
      snapshot.bookkeeping.emplace(key, value);
    }
  }
  return block.failed() ? MalformedSnapshot("has a malformed block") : Status();
}

}  // namespace

std::string EncodeMemorySnapshot(const MemorySnapshot& snapshot) {
  std::string out;
  Writer writer(out);
  writer.Begin(BlockKind::kBookkeeping, "");
  for (const auto& [key, value] : snapshot.bookkeeping) writer.Add(key, value);
  writer.End();
  for (const auto& [family, rows] : snapshot.rows) {
    writer.Begin(BlockKind::kRows, family);
    for (uint32_t i : rows.SortedOrder()) writer.Add(rows[i].key, rows[i].value);
    writer.End();
  }
  writer.Finish();
  return out;
}

std::string EncodeSortedRows(const std::map<std::string, std::string>& bookkeeping,
                             std::span<const SortedRows> families) {
  std::string out;
  Writer writer(out);
  writer.Begin(BlockKind::kBookkeeping, "");
  for (const auto& [key, value] : bookkeeping) writer.Add(key, value);
  writer.End();
  for (const SortedRows& family : families) {
    writer.Begin(BlockKind::kRows, family.family);
    for (const RecordSet* rows : family.sets) {
      for (size_t i = 0; i < rows->size(); ++i) writer.Add((*rows)[i].key, (*rows)[i].value);
    }
    writer.End();
  }
  writer.Finish();
  return out;
}

Status CheckMemoryFileHead(std::string_view head) {
  ByteReader in(head);
  if (in.Bytes(kMemoryMagic.size()) != kMemoryMagic)
    return MalformedSnapshot("has a wrong first line");
  const auto version = in.Little<uint32_t>();
  if (version == kMemoryVersion) return {};
  return MalformedSnapshot(fmt::format("has an unknown version: {}", version));
}

Result<MemorySnapshot> DecodeMemorySnapshot(std::string_view bytes) {
  RETURN_IF_ERROR(CheckMemoryFileHead(bytes.substr(0, kMemoryFileHead)));
  ByteReader in(bytes.substr(kMemoryFileHead));
  MemorySnapshot snapshot;
  for (uint64_t blocks = 0;; ++blocks) {
    const auto length = in.Little<uint32_t>();
    const auto crc = in.Little<uint32_t>();
    const std::string_view payload = in.Bytes(length);
    if (in.failed()) return MalformedSnapshot("is cut off");
    if (Crc32c(0, payload.data(), payload.size()) != crc)
      return MalformedSnapshot("has a wrong checksum");
    ByteReader block(payload);
    const auto kind = static_cast<BlockKind>(block.Little<uint8_t>());
    if (kind == BlockKind::kEnd) {
      if (block.Varint() != blocks || !in.at_end()) return MalformedSnapshot("has a wrong end");
      return snapshot;
    }
    RETURN_IF_ERROR(ReadBlock(block, kind, snapshot));
  }
}

Status CheckSnapshot(const MemorySnapshot& snapshot, uint32_t max_parallelism) {
  for (const auto& [key, value] : snapshot.bookkeeping) {
    if (!IsBookkeepingKey(key))
      return Status::Corruption("bookkeeping of state has a malformed key").WithId("E7001");
  }
  for (const auto& [family, rows] : snapshot.rows) {
    if (family.empty()) return Status::Corruption("rows of state are no table's").WithId("E7001");
    for (size_t i = 0; i < rows.size(); ++i) {
      const std::string_view key = rows[i].key;
      if (key.size() < sizeof(uint16_t) || LoadBig16(key.data()) >= max_parallelism)
        return Status::Corruption("a row of state is of no key group: " + family).WithId("E7001");
      if (i > 0 && rows[i - 1].key >= key)
        return Status::Corruption("rows of state do not ascend: " + family).WithId("E7001");
    }
  }
  return {};
}

}  // namespace weir::state
