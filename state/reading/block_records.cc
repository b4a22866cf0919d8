// Records of files in the format of state-0.bin: canonical savepoints, and the memory backend.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "runtime/base/bytes.h"
#include "runtime/base/hash.h"
#include "state/checkpoint/backends.h"
#include "state/checkpoint/memory_snapshot.h"
#include "state/checkpoint/state_moves.h"
#include "state/files/checkpoint_files.h"
#include "state/files/inlined_files.h"
#include "state/reading/snapshot_records.h"
#include "state/table/records.h"

namespace weir::state {
namespace {

// A block of rows: where it is, and its first key.
struct RowBlock {
  size_t file = 0;
  uint64_t offset = 0;  // of the payload
  uint32_t length = 0;
  uint32_t crc = 0;
  std::string first_key;
};

struct OpenFile {
  std::string path;
  HeldDirectory::OpenedFile opened;
};

struct Blocks {
  std::vector<OpenFile> files;
  std::map<std::string, std::vector<RowBlock>> rows;  // by family; ascending
  std::map<std::string, std::string> bookkeeping;
  uint32_t max_parallelism = 0;
};

Status ReadExactly(const OpenFile& file, uint64_t offset, size_t bytes, std::string& into) {
  into.resize(bytes);
  const size_t read = TRY(file.opened.file->Read(offset, bytes, into.data()));
  return read == bytes ? Status() : BadCheckpointFile("is cut off", file.path);
}

Status ReadPayload(const OpenFile& file, const RowBlock& block, std::string& into) {
  RETURN_IF_ERROR(ReadExactly(file, block.offset, block.length, into));
  if (Crc32c(0, into.data(), into.size()) == block.crc) return {};
  return BadCheckpointFile("has a wrong checksum", file.path);
}

// Takes the blocks of one file down, of which those of the bookkeeping alone are read whole.
class FileIndex {
 public:
  FileIndex(Blocks& blocks, size_t number) : blocks_(blocks), number_(number) {}

  Status Read() {
    std::string head;
    RETURN_IF_ERROR(ReadExactly(file(), 0, kMemoryFileHead, head));
    RETURN_IF_ERROR(CheckMemoryFileHead(head).WithContext(file().path));
    uint64_t at = kMemoryFileHead;
    for (uint64_t blocks = 0;; ++blocks) {
      RowBlock block;
      RETURN_IF_ERROR(ReadHead(at, block));
      at = block.offset + block.length;
      if (TRY(Take(block)) == MemoryBlockKind::kRows) continue;
      if (kind_ == MemoryBlockKind::kEnd) return CheckEnd(block, blocks, at);
    }
  }

 private:
  static constexpr size_t kBlockHead = 8;
  // How much of a block is read at first: in most blocks it has the table's name and the first key.
  static constexpr size_t kFirstBytes = 512;

  const OpenFile& file() const { return blocks_.files[number_]; }

  Status ReadHead(uint64_t at, RowBlock& block) {
    std::string head;
    RETURN_IF_ERROR(ReadExactly(file(), at, kBlockHead, head));
    block.file = number_;
    block.length = LoadLittle<uint32_t>(head.data());
    block.crc = LoadLittle<uint32_t>(head.data() + sizeof(uint32_t));
    block.offset = at + kBlockHead;
    if (block.length > file().opened.bytes - std::min(file().opened.bytes, block.offset))
      return BadCheckpointFile("is cut off", file().path);
    return {};
  }

  Result<MemoryBlockKind> Take(RowBlock& block) {
    std::string start;
    RETURN_IF_ERROR(
        ReadExactly(file(), block.offset, std::min<size_t>(block.length, kFirstBytes), start));
    kind_ = start.empty() ? MemoryBlockKind::kEnd : static_cast<MemoryBlockKind>(start[0]);
    if (kind_ == MemoryBlockKind::kEnd) return kind_;
    if (kind_ != MemoryBlockKind::kRows || !FirstOf(start, block)) {
      RETURN_IF_ERROR(ReadPayload(file(), block, start));
      if (kind_ == MemoryBlockKind::kBookkeeping) return TakeBookkeeping(start);
      if (kind_ != MemoryBlockKind::kRows)
        return BadCheckpointFile("has an unknown kind of block", file().path);
      if (!FirstOf(start, block)) return TakeEmpty(start);
    }
    blocks_.rows[family_].push_back(block);
    return kind_;
  }

  // Whether the bytes have the name of the table and the first key.
  bool FirstOf(std::string_view start, RowBlock& block) {
    ByteReader in(start.substr(1));
    family_ = TakeText(in);
    block.first_key = TakeText(in);
    return !in.failed();
  }

  // A table without rows has a block that says its name and no more.
  Result<MemoryBlockKind> TakeEmpty(std::string_view payload) const {
    ByteReader in(payload.substr(1));
    TakeText(in);
    if (in.failed() || !in.at_end()) return BadCheckpointFile("has a malformed block", file().path);
    return MemoryBlockKind::kRows;
  }

  Result<MemoryBlockKind> TakeBookkeeping(std::string_view payload) {
    ByteReader in(payload.substr(1));
    TakeText(in);
    while (!in.at_end() && !in.failed()) {
      std::string key = TakeText(in);
      std::string value = TakeText(in);
      blocks_.bookkeeping.emplace(std::move(key), std::move(value));
    }
    if (in.failed()) return BadCheckpointFile("has a malformed block", file().path);
    return MemoryBlockKind::kBookkeeping;
  }

  Status CheckEnd(const RowBlock& block, uint64_t blocks, uint64_t at) {
    std::string payload;
    RETURN_IF_ERROR(ReadPayload(file(), block, payload));
    ByteReader in(std::string_view(payload).substr(std::min<size_t>(1, payload.size())));
    if (!payload.empty() && in.Varint() == blocks && in.at_end() && at == file().opened.bytes)
      return {};
    return BadCheckpointFile("has a wrong end", file().path);
  }

  Blocks& blocks_;
  const size_t number_;
  MemoryBlockKind kind_{};
  std::string family_;
};

class BlockCursor final : public RecordCursor {
 public:
  BlockCursor(const Blocks& blocks, const std::vector<RowBlock>* rows)
      : blocks_(blocks), rows_(rows) {}

  Status Seek(std::string_view key) override {
    valid_ = false;
    if (rows_ == nullptr || rows_->empty()) return {};
    const auto behind = std::ranges::upper_bound(*rows_, key, {}, &RowBlock::first_key);
    const auto at = static_cast<size_t>(behind - rows_->begin());
    RETURN_IF_ERROR(Enter(at == 0 ? 0 : at - 1));
    while (valid_ && this->key() < key) RETURN_IF_ERROR(Next());
    return {};
  }

  Status Next() override {
    last_.assign(key_);
    RETURN_IF_ERROR(TakeNext());
    if (valid_ && key_ <= last_) return Damaged("has rows that are not in order");
    return {};
  }
  bool valid() const override { return valid_; }
  std::string_view key() const override { return key_; }
  std::string_view value() const override { return value_; }

 private:
  const RowBlock& block() const { return (*rows_)[at_]; }
  Status Damaged(std::string_view why) {
    valid_ = false;
    return BadCheckpointFile(why, blocks_.files[block().file].path);
  }

  Status Enter(size_t number) {
    at_ = number;
    RETURN_IF_ERROR(ReadPayload(blocks_.files[block().file], block(), payload_));
    in_ = ByteReader(payload_);
    in_.Bytes(1);
    const uint64_t name = in_.Varint();
    in_.Bytes(name);
    return TakeNext();
  }

  Status TakeNext() {
    while (in_.at_end() && !in_.failed()) {
      valid_ = false;
      if (at_ + 1 >= rows_->size()) return {};
      return Enter(at_ + 1);
    }
    key_ = in_.Bytes(in_.Varint());
    value_ = in_.Bytes(in_.Varint());
    if (in_.failed()) return Damaged("has a malformed block");
    if (key_.size() < kGroupBytes || LoadBig16(key_.data()) >= blocks_.max_parallelism)
      return Damaged("has a row of no key group");
    valid_ = true;
    return {};
  }

  const Blocks& blocks_;
  const std::vector<RowBlock>* const rows_;  // null: none
  size_t at_ = 0;
  std::string payload_;
  ByteReader in_{""};
  bool valid_ = false;
  std::string_view key_;
  std::string_view value_;
  std::string last_;
};

class BlockRecords final : public SnapshotRecords {
 public:
  explicit BlockRecords(Blocks blocks) : blocks_(std::move(blocks)) {}

  Result<std::map<std::string, std::string>> Bookkeeping(const std::string& family) override {
    std::map<std::string, std::string> own;
    for (const auto& [key, value] : blocks_.bookkeeping) {
      if (FamilyOfRecord(key) == family) own.emplace(key, value);
    }
    return own;
  }
  Result<std::unique_ptr<RecordCursor>> NewCursor(const std::string& family) override {
    const auto rows = blocks_.rows.find(family);
    return std::unique_ptr<RecordCursor>(std::make_unique<BlockCursor>(
        blocks_, rows == blocks_.rows.end() ? nullptr : &rows->second));
  }

 private:
  const Blocks blocks_;
};

// A table's blocks follow each other, whichever files they are in.
Status CheckOrder(const Blocks& blocks) {
  for (const auto& [family, rows] : blocks.rows) {
    for (size_t i = 1; i < rows.size(); ++i) {
      if (rows[i - 1].first_key < rows[i].first_key) continue;
      return BadCheckpointFile("has rows that are not in order", blocks.files[rows[i].file].path);
    }
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<SnapshotRecords>> OpenBlocks(FileSystem& files,
                                                    const CheckpointMetadata& metadata) {
  Blocks blocks;
  blocks.max_parallelism = metadata.max_parallelism;
  if (metadata.files.empty()) return std::unique_ptr<SnapshotRecords>(new BlockRecords({}));
  const std::unique_ptr<HeldDirectory> held =
      TRY(HoldFiles(files, metadata.directory, metadata.inlined));
  for (const StateFile& file : metadata.files) {
    if (!IsOfBackend(file)) continue;
    auto opened = TRY(held->Open(file.path));
    blocks.files.push_back({file.path, std::move(opened)});
    if (blocks.files.back().opened.bytes != file.bytes)
      return BadCheckpointFile("has another size", file.path);
    RETURN_IF_ERROR(FileIndex(blocks, blocks.files.size() - 1).Read());
  }
  RETURN_IF_ERROR(CheckOrder(blocks));
  return std::unique_ptr<SnapshotRecords>(std::make_unique<BlockRecords>(std::move(blocks)));
}

Result<std::unique_ptr<SnapshotRecords>> OpenRecords(FileSystem& files,
                                                     const CheckpointMetadata& metadata,
                                                     const std::string& scratch) {
  return metadata.backend == "rocksdb" ? OpenDatabase(files, metadata, scratch)
                                       : OpenBlocks(files, metadata);
}

}  // namespace weir::state
