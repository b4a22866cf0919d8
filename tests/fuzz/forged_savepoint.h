// Golden savepoints that somebody changed and sealed again, for the fuzz targets that read them: an
// input names one of them and edits of its metadata and of the blocks of its files, whose lengths
// and checksums are then made right. Native files of RocksDB are left alone, but for their entries
// in the metadata: what RocksDB makes of hostile tables is its own.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/bytes.h"
#include "runtime/base/hash.h"
#include "state/checkpoint/metadata_codec.h"
#include "state/checkpoint/savepoints.h"
#include "state/files/checkpoint_files.h"
#include "tests/fuzz/seal.h"

namespace weir::fuzz {

namespace fs = std::filesystem;

[[noreturn]] inline void Fail(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  std::abort();
}

// A savepoint in memory.
struct Savepoint {
  std::string name;
  std::string payload;                       // of its metadata
  std::map<std::string, std::string> files;  // by path
};

inline std::vector<Savepoint> GoldenSavepoints() {
  std::vector<Savepoint> all;
  std::vector<std::string> paths;
  for (const auto& entry : fs::directory_iterator("tests/golden/v1/savepoints")) {
    if (!entry.path().string().ends_with("native-rocksdb")) paths.push_back(entry.path().string());
  }
  std::ranges::sort(paths);
  for (const std::string& path : paths) {
    Savepoint& one = all.emplace_back();
    one.name = path;
    one.payload = ReadFile(FileSystem::Local(), path + "/_metadata")->substr(kEnvelopeBytes);
    const CheckpointMetadata metadata =
        state::ReadSnapshotMetadata(FileSystem::Local(), path).value();
    for (const StateFile& file : metadata.files) {
      one.files[file.path] = *ReadFile(FileSystem::Local(), path + "/" + file.path);
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
inline void Edit(Script& script, std::string& bytes) {
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
inline std::vector<std::string> BlocksOf(const std::string& bytes) {
  constexpr size_t kHeader = 12;
  std::vector<std::string> blocks = {bytes.substr(0, kHeader)};
  for (size_t at = kHeader; at + 8 <= bytes.size();) {
    const auto length = LoadLittle<uint32_t>(bytes.data() + at);
    blocks.push_back(bytes.substr(at + 8, length));
    at += 8 + blocks.back().size();
  }
  return blocks;
}

inline std::string Joined(const std::vector<std::string>& blocks) {
  std::string bytes = blocks[0];
  for (size_t i = 1; i < blocks.size(); ++i) {
    AppendLittle(bytes, static_cast<uint32_t>(blocks[i].size()));
    AppendLittle(bytes, Crc32c(0, blocks[i].data(), blocks[i].size()));
    bytes += blocks[i];
  }
  return bytes;
}

inline void EditBlocks(Script& script, std::string& bytes) {
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

inline void Apply(Script& script, Savepoint& savepoint) {
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
inline std::string Resealed(const Savepoint& savepoint) {
  std::string sealed = Sealed(savepoint.payload);
  Result<CheckpointMetadata> metadata = state::DecodeMetadata(sealed);
  if (!metadata.ok()) return sealed;
  for (StateFile& file : metadata->files) {
    const auto found = savepoint.files.find(file.path);
    if (found == savepoint.files.end()) continue;
    file.bytes = found->second.size();
    file.crc32c = Crc32c(0, found->second.data(), found->second.size());
    file.dirty_bytes = 0;
  }
  Result<std::string> encoded = state::EncodeMetadata(*metadata);
  return encoded.ok() ? std::move(*encoded) : sealed;
}

class Directory {
 public:
  Directory() {
    char name[] = "/tmp/weir-fuzz-XXXXXX";
    path_ = mkdtemp(name);
  }
  ~Directory() { fs::remove_all(path_); }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

inline void Put(const std::string& path, const std::string& bytes) {
  fs::create_directories(fs::path(path).parent_path());
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (file == nullptr || std::fwrite(bytes.data(), 1, bytes.size(), file) != bytes.size())
    Fail("cannot write " + path);
  std::fclose(file);
}

// A directory that has the forged savepoint as "saved".
inline void PutSavepoint(const Savepoint& savepoint, const Directory& directory) {
  for (const auto& [path, bytes] : savepoint.files) Put(directory / ("saved/" + path), bytes);
  Put(directory / "saved/_metadata", Resealed(savepoint));
}

// The savepoint that an input makes.
inline Savepoint Forged(const uint8_t* data, size_t size) {
  static const std::vector<Savepoint> kGolden = GoldenSavepoints();
  if (kGolden.empty()) Fail("no savepoints below tests/golden/v1/savepoints");
  Script script(data, size);
  Savepoint savepoint = kGolden[script.Byte() % kGolden.size()];
  Apply(script, savepoint);
  return savepoint;
}

}  // namespace weir::fuzz
