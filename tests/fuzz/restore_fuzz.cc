// Whole restores of savepoints that somebody changed and sealed again: an input names one of the
// golden savepoints and edits of its metadata and of the blocks of its files, whose lengths and
// checksums are then made right. It is read, opened by a backend, every table is scanned, and a
// savepoint is written from it: errors or rows, never a crash. Native files of RocksDB are left
// alone, but for their entries in the metadata: what RocksDB makes of hostile tables is its own.
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/bytes.h"
#include "runtime/base/hash.h"
#include "state/checkpoint/backends.h"
#include "state/checkpoint/metadata_codec.h"
#include "state/checkpoint/savepoints.h"
#include "state/files/checkpoint_files.h"
#include "tests/fuzz/seal.h"

namespace {

namespace fs = std::filesystem;
using weir::CheckpointMetadata;
using weir::FileSystem;
using weir::Result;
using weir::Status;

[[noreturn]] void Fail(const std::string& what) {
  std::fprintf(stderr, "restore_fuzz: %s\n", what.c_str());
  std::abort();
}

// A savepoint in memory.
struct Savepoint {
  std::string name;
  std::string payload;                       // of its metadata
  std::map<std::string, std::string> files;  // by path
};

std::vector<Savepoint> GoldenSavepoints() {
  std::vector<Savepoint> all;
  std::vector<std::string> paths;
  for (const auto& entry : fs::directory_iterator("tests/golden/v1/savepoints")) {
    if (!entry.path().string().ends_with("native-rocksdb")) paths.push_back(entry.path().string());
  }
  std::ranges::sort(paths);
  for (const std::string& path : paths) {
    Savepoint& one = all.emplace_back();
    one.name = path;
    one.payload = weir::ReadFile(FileSystem::Local(), path + "/_metadata")
                      ->substr(weir::fuzz::kEnvelopeBytes);
    const CheckpointMetadata metadata =
        weir::state::ReadSnapshotMetadata(FileSystem::Local(), path).value();
    for (const weir::StateFile& file : metadata.files) {
      one.files[file.path] = *weir::ReadFile(FileSystem::Local(), path + "/" + file.path);
    }
  }
  return all;
}

// Takes the bytes of an input one by one; zeros behind its end.
class Script {
 public:
  Script(const uint8_t* data, size_t size) : data_(data), size_(size) {}
  bool done() const { return at_ >= size_; }
  uint8_t Byte() { return at_ < size_ ? data_[at_++] : 0; }
  size_t Number(size_t below) {
    const size_t high = Byte();
    return below == 0 ? 0 : (high << 8 | Byte()) % below;
  }

 private:
  const uint8_t* data_;
  size_t size_;
  size_t at_ = 0;
};

// One edit of some bytes: a byte changed, an extreme number put there, bytes removed or doubled.
void Edit(Script& script, std::string& bytes) {
  constexpr std::string_view kGreatest("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", 10);
  if (bytes.empty()) return;
  const size_t at = script.Number(bytes.size());
  const uint8_t how = script.Byte();
  const size_t length = 1 + how / 8 % 16;
  switch (how % 8) {
    case 0:
    case 1:
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << (how / 8 % 8)));
      break;
    case 2:
      bytes[at] = static_cast<char>(script.Byte());
      break;
    case 3:
      bytes.replace(at, std::min(length, bytes.size() - at), kGreatest);
      break;
    case 4:
      bytes.erase(at, length);
      break;
    case 5:
      bytes.insert(at, bytes.substr(at, length));
      break;
    case 6:
      bytes.insert(at, length, static_cast<char>(script.Byte()));
      break;
    default:
      bytes.resize(at);
  }
}

// A file of rows as its blocks: the header, and payloads.
std::vector<std::string> BlocksOf(const std::string& bytes) {
  constexpr size_t kHeader = 12;
  std::vector<std::string> blocks = {bytes.substr(0, kHeader)};
  for (size_t at = kHeader; at + 8 <= bytes.size();) {
    const auto length = weir::LoadLittle<uint32_t>(bytes.data() + at);
    blocks.push_back(bytes.substr(at + 8, length));
    at += 8 + blocks.back().size();
  }
  return blocks;
}

std::string Joined(const std::vector<std::string>& blocks) {
  std::string bytes = blocks[0];
  for (size_t i = 1; i < blocks.size(); ++i) {
    weir::AppendLittle(bytes, static_cast<uint32_t>(blocks[i].size()));
    weir::AppendLittle(bytes, weir::Crc32c(0, blocks[i].data(), blocks[i].size()));
    bytes += blocks[i];
  }
  return bytes;
}

void EditBlocks(Script& script, std::string& bytes) {
  std::vector<std::string> blocks = BlocksOf(bytes);
  const size_t which = script.Number(blocks.size());
  const uint8_t how = script.Byte();
  if (how == 0 && which > 0) {
    blocks.erase(blocks.begin() + static_cast<ptrdiff_t>(which));
  } else if (how == 1 && which > 0) {
    blocks.insert(blocks.begin() + static_cast<ptrdiff_t>(which), std::string(blocks[which]));
  } else {
    Edit(script, blocks[which]);
  }
  bytes = Joined(blocks);
}

void Apply(Script& script, Savepoint& savepoint) {
  for (int edits = 0; !script.done() && edits < 8; ++edits) {
    const size_t part = script.Byte() % (1 + 2 * savepoint.files.size());
    if (part == 0) {
      Edit(script, savepoint.payload);
      continue;
    }
    auto file = savepoint.files.begin();
    std::advance(file, (part - 1) / 2);
    EditBlocks(script, file->second);
  }
}

// What metadata that still decodes says of the files is made true.
std::string Resealed(const Savepoint& savepoint) {
  std::string sealed = weir::fuzz::Sealed(savepoint.payload);
  Result<CheckpointMetadata> metadata = weir::state::DecodeMetadata(sealed);
  if (!metadata.ok()) return sealed;
  for (weir::StateFile& file : metadata->files) {
    const auto found = savepoint.files.find(file.path);
    if (found == savepoint.files.end()) continue;
    file.bytes = found->second.size();
    file.crc32c = weir::Crc32c(0, found->second.data(), found->second.size());
    file.dirty_bytes = 0;
  }
  Result<std::string> encoded = weir::state::EncodeMetadata(*metadata);
  return encoded.ok() ? std::move(*encoded) : sealed;
}

class Directory {
 public:
  Directory() {
    char name[] = "/tmp/weir-restore-fuzz-XXXXXX";
    path_ = mkdtemp(name);
  }
  ~Directory() { fs::remove_all(path_); }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

void Put(const std::string& path, const std::string& bytes) {
  fs::create_directories(fs::path(path).parent_path());
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (file == nullptr || std::fwrite(bytes.data(), 1, bytes.size(), file) != bytes.size())
    Fail("cannot write " + path);
  std::fclose(file);
}

template <typename Table>
Status ScanAll(const Result<Table*>& table) {
  if (!table.ok()) return table.status();
  return (*table)->Scan([](const weir::ScannedRows&) { return Status(); });
}

template <typename Table>
Status ScanSlices(const Result<Table*>& table) {
  if (!table.ok()) return table.status();
  for (const weir::Timestamp slice : (*table)->Slices()) {
    RETURN_IF_ERROR(ScanAll((*table)->FindSlice(slice)));
  }
  return {};
}

Status ScanTable(weir::TaskState& task, const std::string& uid, const weir::StateSchema& schema) {
  switch (schema.layout) {
    case weir::StateLayout::kValue:
      return schema.sliced ? ScanSlices(task.OpenSliced(uid, schema))
                           : ScanAll(task.OpenValue(uid, schema));
    case weir::StateLayout::kList:
      return schema.sliced ? ScanSlices(task.OpenSlicedLists(uid, schema))
                           : ScanAll(task.OpenList(uid, schema));
    case weir::StateLayout::kMap:
      return ScanAll(task.OpenMap(uid, schema));
  }
  return {};
}

// Opens it as a job with this backend would, and looks at everything.
Status Open(const CheckpointMetadata& metadata, const Directory& directory, bool memory) {
  weir::state::BackendOptions options;
  options.files = &FileSystem::Local();
  options.checkpoint_directory = directory / "job";
  options.working_directory = directory / "work";
  options.max_parallelism = metadata.max_parallelism;
  options.restore = metadata;
  const std::unique_ptr<weir::StateBackend> backend =
      TRY(memory ? weir::state::MakeMemoryBackend(std::move(options))
                 : weir::state::MakeRocksDbBackend(std::move(options)));
  const std::unique_ptr<weir::TaskState> task =
      TRY(backend->OpenTask(weir::KeyGroupsOfSubtask(0, 1, metadata.max_parallelism)));
  for (const weir::OperatorCheckpoint& op : metadata.operators) {
    for (const weir::StateSchema& table : op.schema.tables) {
      (void)ScanTable(*task, op.uid, table).ok();  // errors and rows are both right
    }
  }
  return {};
}

void Restore(const Savepoint& savepoint) {
  const Directory directory;
  for (const auto& [path, bytes] : savepoint.files) Put(directory / ("saved/" + path), bytes);
  Put(directory / "saved/_metadata", Resealed(savepoint));
  Result<CheckpointMetadata> loaded =
      weir::state::LoadSnapshot(FileSystem::Local(), directory / "saved");
  if (!loaded.ok()) {
    if (loaded.status().id().empty()) Fail("an error without an id: " + loaded.status().ToString());
    return;
  }
  const bool as_rocksdb = loaded->backend == weir::state::kCanonicalBackend;
  (void)Open(*loaded, directory, true).ok();
  if (as_rocksdb) (void)Open(*loaded, directory, false).ok();
  weir::state::SavepointRequest request;
  request.from = *loaded;
  request.target = directory / "again";
  (void)weir::state::WriteSavepoint(FileSystem::Local(), request).ok();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::vector<Savepoint> kGolden = GoldenSavepoints();
  if (kGolden.empty()) Fail("no savepoints below tests/golden/v1/savepoints");
  Script script(data, size);
  Savepoint savepoint = kGolden[script.Byte() % kGolden.size()];
  Apply(script, savepoint);
  Restore(savepoint);
  return 0;
}
