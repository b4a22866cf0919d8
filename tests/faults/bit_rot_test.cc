// Bit rot, everywhere: of a small checkpoint and savepoints of both backends and formats, each byte
// of each file with one bit and with all bits changed, each length, each block of zeros, each file
// missing, extended, swapped with another, and replaced by an older one of its name. All of it is
// found before a database is opened, and none of it ends the process.
// WEIR_TEST_SLICE=full changes every byte, else every few; prints how many variants it was.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "state/checkpoint/savepoints.h"
#include "tests/unit/state/state_fixture.h"

namespace weir::faults {
namespace {

namespace fs = std::filesystem;
using state::SavepointFormat;

constexpr size_t kShortStride = 23;  // no divisor of anything that repeats
constexpr size_t kBlock = 512;

struct Subject {
  const char* name;
  bool memory;
  std::optional<SavepointFormat> format;  // none: the checkpoint itself
};

std::string Bytes(const std::string& path) {
  return state::Expect(ReadFile(FileSystem::Local(), path));
}

void Put(const std::string& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

class BitRotTest : public testing::TestWithParam<Subject> {
 protected:
  BitRotTest() : job_({.memory_backend = GetParam().memory}) {
    ValueTable& table = OpenNumbers(job_);
    state::PutRows(table, 0, 60);
    older_ = Take("older");
    state::PutRows(table, 40, 60, 1);
    newer_ = Take("newer");
  }

  // A copy that shares no file with anything.
  std::string Take(const std::string& name) {
    CheckpointMetadata from = job_.Checkpoint();
    from.job_id = "0123456789abcdef";
    from.directory = job_.checkpoints();
    std::string path = job_.checkpoints() + fmt::format("/chk-{}", from.checkpoint_id);
    if (GetParam().format) {
      path = state::Expect(state::WriteSavepoint(
                               FileSystem::Local(),
                               {from, job_.checkpoints() + "/saved", *GetParam().format, nullptr}))
                 .path;
    }
    const std::string copy = job_.checkpoints() + "/../" + name;
    if (GetParam().format) {
      fs::copy(path, copy, fs::copy_options::recursive);
      return copy;
    }
    fs::copy(job_.checkpoints(), copy, fs::copy_options::recursive);
    return copy + fmt::format("/chk-{}", from.checkpoint_id);
  }

  // Relative to what the entries of metadata are relative to, that of the metadata as well.
  std::vector<std::string> Paths(const std::string& snapshot) const {
    std::vector<std::string> paths = {snapshot + "/_metadata"};
    const CheckpointMetadata metadata =
        state::Expect(state::ReadSnapshotMetadata(FileSystem::Local(), snapshot));
    for (const StateFile& file : metadata.files) {
      paths.push_back(metadata.directory + "/" + file.path);
    }
    return paths;
  }

  void ExpectFound(const std::string& what) {
    ++variants_;
    const auto loaded = state::LoadSnapshot(FileSystem::Local(), newer_);
    if (loaded.ok()) {
      ADD_FAILURE() << "silent: " << what;
    } else if (loaded.status().id() != "E7001" && loaded.status().id() != "E7004") {
      ADD_FAILURE() << what << ": " << loaded.status().ToString();
    }
  }

  void Flip(const std::string& path, size_t stride) {
    const std::string whole = Bytes(path);
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    for (size_t at = variants_ % stride; at < whole.size(); at += stride) {
      for (const int mask : {1 << (at % 8), 0xFF}) {
        file.seekp(static_cast<std::streamoff>(at));
        file.put(static_cast<char>(whole[at] ^ mask)).flush();
        ExpectFound(fmt::format("byte {} of {}", at, path));
      }
      file.seekp(static_cast<std::streamoff>(at));
      file.put(whole[at]).flush();
    }
  }

  void Cut(const std::string& path, size_t stride) {
    const std::string whole = Bytes(path);
    for (size_t length = 0; length < whole.size(); length += stride) {
      ASSERT_EQ(::truncate(path.c_str(), static_cast<off_t>(length)), 0);
      ExpectFound(fmt::format("length {} of {}", length, path));
      Put(path, whole);
    }
    for (const std::string& more : {std::string(1, '\0'), std::string("x"), whole}) {
      Put(path, whole + more);
      ExpectFound(fmt::format("{} bytes more of {}", more.size(), path));
    }
    Put(path, whole);
  }

  void Zero(const std::string& path) {
    const std::string whole = Bytes(path);
    for (size_t at = 0; at < whole.size(); at += kBlock) {
      std::string bad = whole;
      for (size_t i = at; i < std::min(at + kBlock, bad.size()); ++i) bad[i] = '\0';
      if (bad == whole) continue;
      Put(path, bad);
      ExpectFound(fmt::format("zeros at {} of {}", at, path));
    }
    Put(path, whole);
  }

  void Remove(const std::string& path) {
    fs::rename(path, path + ".aside");
    ExpectFound("missing: " + path);
    fs::create_symlink(path + ".aside", path);
    ExpectFound("a link in the place of " + path);
    fs::remove(path);
    fs::rename(path + ".aside", path);
  }

  state::Job job_;
  std::string older_, newer_;
  size_t variants_ = 0;
};

TEST_P(BitRotTest, IsAlwaysFound) {
  const char* slice = std::getenv("WEIR_TEST_SLICE");
  const size_t stride = slice != nullptr && std::string_view(slice) == "full" ? 1 : kShortStride;
  const std::vector<std::string> paths = Paths(newer_);
  for (const std::string& path : paths) {
    Flip(path, stride);
    Cut(path, stride);
    Zero(path);
    Remove(path);
  }
  for (const std::string& a : paths) {
    for (const std::string& b : paths) {
      const std::string bytes = Bytes(a);
      if (a == b || Bytes(b) == bytes) continue;
      Put(a, Bytes(b));
      ExpectFound(fmt::format("{} instead of {}", b, a));
      Put(a, bytes);
    }
  }
  for (const std::string& old : Paths(older_)) {
    // chk-1's own files stand for those of chk-2.
    const std::string name = fs::path(old).filename();
    for (const std::string& path : paths) {
      if (fs::path(path).filename() != name || Bytes(path) == Bytes(old)) continue;
      const std::string bytes = Bytes(path);
      Put(path, Bytes(old));
      ExpectFound("an older " + path);
      Put(path, bytes);
    }
  }
  EXPECT_TRUE(state::LoadSnapshot(FileSystem::Local(), newer_).ok());
  fmt::print("{}: {} variants, all found\n", GetParam().name, variants_);
}

INSTANTIATE_TEST_SUITE_P(
    All, BitRotTest,
    testing::Values(Subject{"checkpoint of rocksdb", false, std::nullopt},
                    Subject{"checkpoint of memory", true, std::nullopt},
                    Subject{"canonical savepoint of rocksdb", false, SavepointFormat::kCanonical},
                    Subject{"native savepoint of rocksdb", false, SavepointFormat::kNative},
                    Subject{"canonical savepoint of memory", true, SavepointFormat::kCanonical},
                    Subject{"native savepoint of memory", true, SavepointFormat::kNative}),
    [](const auto& subject) {
      return std::string(subject.param.memory ? "Memory" : "RocksDb") +
             (!subject.param.format                               ? "Checkpoint"
              : *subject.param.format == SavepointFormat::kNative ? "Native"
                                                                  : "Canonical");
    });

}  // namespace
}  // namespace weir::faults
