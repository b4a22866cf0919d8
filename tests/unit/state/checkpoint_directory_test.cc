// A job's directory as tests/state/checkpoint_files.py looks at it: 100,000 keys, then few changed,
// then many. With WEIR_KEEP_DIRECTORY it is copied there, with what each checkpoint wrote.
#include <fmt/format.h>
#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/unit/state/state_fixture.h"

namespace weir::state {
namespace {

// Bytes that this process sent towards the disk, by the operating system's count.
uint64_t BytesWritten() {
  std::ifstream io("/proc/self/io");
  std::string name;
  uint64_t value = 0;
  while (io >> name >> value) {
    if (name == "wchar:") return value;
  }
  return 0;
}

uint64_t InodeOf(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 ? info.st_ino : 0;
}

TEST(CheckpointDirectoryTest, WritesFollowTheRowsThatChanged) {
  Job job({});
  ValueTable& table = OpenNumbers(job);
  std::map<std::string, uint64_t> inodes;
  std::string steps;
  std::map<std::string, uint64_t> dirty;
  struct Step {
    const char* name;
    int64_t rows;
  };
  for (const Step& step : {Step{"first", 100'000}, Step{"few", 500}, Step{"many", 20'000}}) {
    PutRows(table, 0, step.rows, step.rows);
    const uint64_t before = BytesWritten();
    const CheckpointMetadata metadata = job.Checkpoint();
    const uint64_t written = BytesWritten() - before;
    int same = 0;
    for (const StateFile& file : metadata.files) {
      const uint64_t inode = InodeOf(job.checkpoints() + "/" + file.path);
      const auto known = inodes.find(file.path);
      if (known != inodes.end()) {
        EXPECT_EQ(known->second, inode) << file.path;
        EXPECT_EQ(file.dirty_bytes, 0U);
        ++same;
      }
      if (file.path.starts_with("shared/")) inodes[file.path] = inode;
      dirty[step.name] += file.dirty_bytes;
    }
    const std::string path =
        fmt::format("{}/chk-{}/_metadata", job.checkpoints(), metadata.checkpoint_id);
    steps += fmt::format(
        "{}{{\"name\":\"{}\",\"rows\":{},\"dirty\":{},\"written\":{},\"metadata\":{},\"same\":{}}}",
        steps.empty() ? "" : ",", step.name, step.rows, dirty[step.name], written,
        Expect(job.files().Stat(path)).bytes, same);
  }
  EXPECT_LT(dirty["few"] * 10, dirty["first"]);
  EXPECT_LT(dirty["few"] * 4, dirty["many"]);
  const char* keep = std::getenv("WEIR_KEEP_DIRECTORY");
  if (keep == nullptr) return;
  std::filesystem::copy(job.checkpoints(), std::string(keep) + "/job",
                        std::filesystem::copy_options::recursive);
  std::ofstream(std::string(keep) + "/written.json") << "[" << steps << "]\n";
}

}  // namespace
}  // namespace weir::state
