// The files of secrets, and what sources and sinks get and say.
#include "shell/engine/jobs/secrets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "runtime/timed_sink_writer.h"
#include "shell/engine/jobs/secret_ports.h"

namespace weir::shell {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class SecretsTest : public ::testing::Test {
 protected:
  SecretsTest() { std::filesystem::remove_all(directory_); }
  ~SecretsTest() override { std::filesystem::remove_all(directory_); }

  mode_t ModeOf(const std::string& path) const {
    struct stat facts {};
    EXPECT_EQ(::stat(path.c_str(), &facts), 0) << path;
    return facts.st_mode & 07777;
  }
  std::string PathOf(const std::string& name) const { return directory_ + "/secrets/" + name; }

  const std::string directory_ =
      ::testing::TempDir() + "weir-secrets-" + std::to_string(::getpid());
  const Secrets secrets_{directory_};
};

TEST_F(SecretsTest, AreKeptForTheirOwnerAlone) {
  EXPECT_TRUE(secrets_.List().value().empty());
  ASSERT_TRUE(secrets_.Set("db", "open sesame").ok());
  ASSERT_TRUE(secrets_.Set("a.pem", "line\nline\n\n").ok());
  ASSERT_TRUE(secrets_.Set("db", "another").ok());
  EXPECT_EQ(secrets_.Value("db").value(), "another");
  EXPECT_EQ(secrets_.Value("a.pem").value(), "line\nline\n");  // one line end is the file's
  EXPECT_EQ(ModeOf(PathOf("db")), 0600U);
  EXPECT_EQ(ModeOf(directory_ + "/secrets"), 0700U);
  std::ofstream(PathOf("c.new")) << "unfinished";
  ASSERT_EQ(secrets_.List().value().size(), 2U);
  EXPECT_EQ(secrets_.List().value()[1].name, "db");
  EXPECT_TRUE(secrets_.Drop("db").ok());
  EXPECT_EQ(secrets_.Value("db").status().id(), "E6006");
  EXPECT_EQ(secrets_.Drop("db").id(), "E6006");
}

TEST_F(SecretsTest, WhatOthersMayUseIsNotBelieved) {
  ASSERT_TRUE(secrets_.Set("db", "open sesame").ok());
  ASSERT_EQ(::chmod(PathOf("db").c_str(), 0640), 0);
  const Status status = secrets_.Value("db").status();
  EXPECT_EQ(status.id(), "E6006");
  EXPECT_THAT(status.message(), HasSubstr("its mode is 0640"));
  EXPECT_THAT(status.hint(), HasSubstr("chmod 600"));
  std::filesystem::remove(PathOf("db"));
  std::filesystem::create_directory(PathOf("db"));
  EXPECT_EQ(secrets_.Value("db").status().id(), "E6006");
}

TEST_F(SecretsTest, NamesAndValuesHaveBounds) {
  for (const char* name : {"", "../token", ".hidden", "a/b", "a b", "x.new"})
    EXPECT_FALSE(secrets_.Set(name, "v").ok()) << name;
  EXPECT_FALSE(secrets_.Set("a", "").ok());
  EXPECT_FALSE(secrets_.Set("a", std::string(kMostSecretBytes + 1, 'x')).ok());
  EXPECT_TRUE(secrets_.Set("a", std::string(kMostSecretBytes, 'x')).ok());
  EXPECT_EQ(secrets_.Value("a").value().size(), kMostSecretBytes);
}

// A reader and a writer that say their password in every failure.
Status Leak(const graph::TableOptions& options) {
  const std::string password(graph::OptionValue(options, "password"));
  return Status::External("cannot log in with " + password + ", " + password)
      .WithId("E4001")
      .WithHint("is it " + password + "?");
}
class LeakingReader final : public SplitReader {
 public:
  explicit LeakingReader(graph::TableOptions options) : options_(std::move(options)) {}
  Result<ReadOutcome> Read(uint32_t, Batch&) override { return Leak(options_); }
  std::string Position() const override { return "v1"; }

 private:
  const graph::TableOptions options_;
};
class LeakingSource final : public Source {
 public:
  explicit LeakingSource(graph::TableOptions options) : options_(std::move(options)) {}
  bool bounded() const override { return true; }
  Result<std::vector<Split>> Discover() override { return Leak(options_); }
  Result<std::unique_ptr<SplitReader>> Open(const Split&) override {
    return std::unique_ptr<SplitReader>(std::make_unique<LeakingReader>(options_));
  }
  Status Remember(const Split&) override { return Leak(options_); }

 private:
  const graph::TableOptions options_;
};
class LeakingWriter final : public TimedSinkWriter {
 public:
  explicit LeakingWriter(graph::TableOptions options) : options_(std::move(options)) {}
  Status Write(const Batch&) override { return Leak(options_); }
  Result<PreCommitted> PreCommit(uint64_t) override {
    PreCommitted made;
    made.sync = [options = options_] { return Leak(options); };
    return made;
  }
  Status Finish() override { return Leak(options_); }
  Status OnProcessingTime(Timestamp) override { return Leak(options_); }
  Timestamp NextProcessingTime() const override { return Timestamp{7}; }

 private:
  const graph::TableOptions options_;
};
class LeakingCommitter final : public SinkCommitter {
 public:
  explicit LeakingCommitter(graph::TableOptions options) : options_(std::move(options)) {}
  Status Commit(std::span<const std::string>) override { return Leak(options_); }
  Status Fence(const SavedOutput*) override { return Leak(options_); }

 private:
  const graph::TableOptions options_;
};
class LeakingSink final : public Sink {
 public:
  explicit LeakingSink(graph::TableOptions options) : options_(std::move(options)) {}
  Result<std::unique_ptr<SinkWriter>> OpenWriter(uint32_t, uint64_t) override {
    return std::unique_ptr<SinkWriter>(std::make_unique<LeakingWriter>(options_));
  }
  Result<std::unique_ptr<SinkCommitter>> OpenCommitter() override {
    return std::unique_ptr<SinkCommitter>(std::make_unique<LeakingCommitter>(options_));
  }

 private:
  const graph::TableOptions options_;
};

class SecretPortsTest : public SecretsTest {
 protected:
  SecretPortsTest() {
    task::JobPorts leaking;
    leaking.make_source = [](const graph::ScanSpec& spec) -> Result<std::unique_ptr<Source>> {
      return std::unique_ptr<Source>(std::make_unique<LeakingSource>(spec.options));
    };
    leaking.make_sink = [](const graph::SinkSpec& spec) -> Result<std::unique_ptr<Sink>> {
      return std::unique_ptr<Sink>(std::make_unique<LeakingSink>(spec.options));
    };
    ports_ = WithSecrets(std::move(leaking), secrets_);
    EXPECT_TRUE(secrets_.Set("db", "CANARY").ok());
    scan_.table = sink_.table = "orders";
    scan_.options = sink_.options = {{"password", "<${secret:db}>"}};
  }

  static void ExpectHidden(const Status& status) {
    EXPECT_EQ(status.message(), "cannot log in with <******>, <******>");
    EXPECT_EQ(status.hint(), "is it <******>?");
    EXPECT_EQ(status.id(), "E4001");
    EXPECT_EQ(status.code(), StatusCode::kExternal);
  }

  graph::ScanSpec scan_;
  graph::SinkSpec sink_;
  task::JobPorts ports_;
};

TEST_F(SecretPortsTest, ValuesAreUsedAndNotSaid) {
  const std::unique_ptr<Source> source = ports_.make_source(scan_).value();
  ExpectHidden(source->Discover().status());
  ExpectHidden(source->Remember({}));
  Batch batch;
  ExpectHidden(source->Open({}).value()->Read(1, batch).status());
  const std::unique_ptr<Sink> sink = ports_.make_sink(sink_).value();
  const std::unique_ptr<SinkWriter> writer = sink->OpenWriter(0, 1).value();
  ExpectHidden(writer->Write(batch));
  ExpectHidden(writer->PreCommit(1).value().sync());
  ExpectHidden(writer->Finish());
  auto* const timed = dynamic_cast<TimedSinkWriter*>(writer.get());
  ASSERT_NE(timed, nullptr);
  EXPECT_EQ(timed->NextProcessingTime(), Timestamp{7});
  ExpectHidden(timed->OnProcessingTime(Timestamp{7}));
  const std::unique_ptr<SinkCommitter> committer = sink->OpenCommitter().value();
  ExpectHidden(committer->Fence(nullptr));
  ExpectHidden(committer->Commit({}));
  // The value of the next start.
  ASSERT_TRUE(secrets_.Set("db", "OTHER").ok());
  ExpectHidden(ports_.make_source(scan_).value()->Discover().status());
}

TEST_F(SecretPortsTest, WithoutItsSecretNothingIsMade) {
  ASSERT_TRUE(secrets_.Drop("db").ok());
  for (const Status& status :
       {ports_.make_source(scan_).status(), ports_.make_sink(sink_).status()}) {
    EXPECT_EQ(status.id(), "E6006");
    EXPECT_EQ(status.message(),
              "option 'password' of table orders: the secret \"db\" does not exist");
    EXPECT_THAT(status.hint(), HasSubstr("secret set db"));
  }
}

}  // namespace
}  // namespace weir::shell
