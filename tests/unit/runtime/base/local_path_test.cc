// Paths and file: URLs.
#include "runtime/base/local_path.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace weir {
namespace {

TEST(LocalPath, TakesPathsAndFileUrls) {
  for (const auto& [written, path] :
       std::vector<std::pair<std::string, std::string>>{{"", ""},
                                                        {"/a/b", "/a/b"},
                                                        {"a/b", "a/b"},
                                                        {"file:///a/b", "/a/b"},
                                                        {"FILE:///a/b", "/a/b"},
                                                        {"file:/a/b", "/a/b"},
                                                        {"file:a/b", "a/b"},
                                                        {"file://localhost/a/b", "/a/b"},
                                                        {"file:///a/%20 b", "/a/%20 b"},
                                                        {"/a/x://y", "/a/x://y"},
                                                        {"a:b.csv", "a:b.csv"},
                                                        {"files/a", "files/a"}}) {
    const Result<std::string> local = LocalPath(written);
    ASSERT_TRUE(local.ok()) << written;
    EXPECT_EQ(*local, path) << written;
  }
}

TEST(LocalPath, RefusesOtherSchemesAndHosts) {
  for (const std::string& written : std::vector<std::string>{
           "s3://bucket/a", "hdfs://host:9000/a", "s3a://b", "file://host/a", "http://a"}) {
    const Result<std::string> local = LocalPath(written);
    ASSERT_FALSE(local.ok()) << written;
    EXPECT_EQ(local.status().id(), "E1002") << written;
    EXPECT_NE(local.status().hint(), "") << written;
  }
}

// An option is unset by '': a URL that says as little must not do the same.
TEST(LocalPath, RefusesUrlsWithoutAPath) {
  for (const std::string& written :
       std::vector<std::string>{"file:", "FILE:", "file://", "file://localhost"}) {
    const Result<std::string> local = LocalPath(written);
    ASSERT_FALSE(local.ok()) << written;
    EXPECT_EQ(local.status().code(), StatusCode::kInvalidArgument) << written;
    EXPECT_NE(local.status().hint(), "") << written;
  }
}

TEST(FilePath, TakesObjects) {
  for (const auto& [written, path] :
       std::vector<std::pair<std::string, std::string>>{{"s3://b/k", "s3://b/k"},
                                                        {"s3a://b/k/", "s3://b/k"},
                                                        {"S3P://b", "s3://b"},
                                                        {"s3://b/..k/k..", "s3://b/..k/k.."},
                                                        {"file:///a/b", "/a/b"},
                                                        {"a/s3://b", "a/s3://b"},
                                                        {"", ""}}) {
    const Result<std::string> file = FilePath(written);
    ASSERT_TRUE(file.ok()) << written;
    EXPECT_EQ(*file, path) << written;
    EXPECT_EQ(IsObjectPath(*file), path.starts_with("s3:"));
  }
  EXPECT_EQ(FilePath("hdfs://a/b").status().id(), "E1002");
}

// What a key seems to be below of, it must be below of: 'server.allowed-paths' compares names.
TEST(FilePath, RefusesObjectsThatAreNotWhatTheySeemToBe) {
  for (const char* const written :
       {"s3://", "s3:///k", "s3a://", "s3://b/../c/k", "s3://b/./k", "s3://b//k", "s3://b/k/.."}) {
    EXPECT_EQ(FilePath(written).status().code(), StatusCode::kInvalidArgument) << written;
  }
}

}  // namespace
}  // namespace weir
