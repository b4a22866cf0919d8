// A directory of a test's own, which goes with it.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "runtime/base/check.h"
#include "runtime/file_system.h"

namespace weir {

class ScratchDirectory {
 public:
  ScratchDirectory() : path_(testing::TempDir() + "weir-test-XXXXXX") {
    WEIR_CHECK(::mkdtemp(path_.data()) != nullptr);
  }
  ~ScratchDirectory() { EXPECT_TRUE(FileSystem::Local().RemoveRecursively(path_).ok()); }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace weir
