// What a sink that commits epochs in another system persists: logs of epochs, promises, markers.
#include "runtime/connectors/epochs/epoch_log.h"

#include "runtime/connectors/epochs/epoch_promise.h"
#include "tests/unit/runtime/connectors/connector_harness.h"

namespace weir::connectors::epochs {
namespace {

using ::testing::HasSubstr;

struct Message {
  int32_t partition = -1;
  std::optional<std::string> key;
  std::optional<std::string> value;
  friend bool operator==(const Message&, const Message&) = default;
};

std::optional<std::string> Copy(std::optional<std::string_view> part) {
  if (!part) return std::nullopt;
  return std::string(*part);
}

std::string Written(const std::vector<Message>& messages, const std::string& path) {
  auto log = EpochLogWriter::Create(FileSystem::Local(), path).value();
  for (const Message& message : messages)
    EXPECT_TRUE(log->Add({message.partition, message.key, message.value}).ok());
  EXPECT_TRUE(log->End().ok());
  EXPECT_EQ(log->records(), messages.size());
  EXPECT_TRUE(log->Sync().ok());
  std::string bytes = ReadFile(FileSystem::Local(), path).value();
  EXPECT_EQ(log->bytes(), bytes.size());
  return bytes;
}

Result<std::vector<Message>> ReadMessages(const std::string& path) {
  const auto file = TRY(FileSystem::Local().Open(path));
  const FileInfo info = TRY(FileSystem::Local().Stat(path));
  std::vector<Message> messages;
  RETURN_IF_ERROR(ReadEpochLog(*file, info.bytes, [&](const LoggedMessage& message) {
    messages.push_back({message.partition, Copy(message.key), Copy(message.value)});
    return Status();
  }));
  return messages;
}

// Of the golden file: every kind of part, and what is smaller compressed.
std::vector<Message> Samples() {
  std::vector<Message> messages = {{-1, "k", "{\"n\": 1}"},   {0, std::nullopt, "no key"},
                                   {7, "gone", std::nullopt}, {-1, "", ""},
                                   {2147483646, "last", "x"}, {3, "text", std::string(300, 'a')}};
  return messages;
}

class EpochLog : public testing::ConnectorTest {};

TEST_F(EpochLog, GivesWhatWasWritten) {
  std::vector<Message> messages = Samples();
  for (int i = 0; i < 20'000; ++i)
    messages.push_back({i % 5, std::to_string(i), "the value of " + std::to_string(i * 7919)});
  messages.push_back({-1, "large", std::string(3 << 20, 'x')});
  const std::string bytes = Written(messages, Path("log"));
  EXPECT_LT(bytes.size(), size_t{500'000}) << "it is compressed";
  EXPECT_EQ(ReadMessages(Path("log")).value(), messages);
  Written({}, Path("empty"));
  EXPECT_EQ(ReadMessages(Path("empty")).value().size(), 0u);
}

// Another version of LZ4 may write other bytes, which are read alike.
TEST_F(EpochLog, ReadsTheGoldenFile) {
  const std::string golden = "tests/golden/v1/epoch-log";
  if (std::getenv("WEIR_WRITE_GOLDEN") != nullptr && !FileSystem::Local().Stat(golden).ok())
    Written(Samples(), golden);
  EXPECT_LT(ReadFile(FileSystem::Local(), golden).value().size(), size_t{200}) << "compressed";
  EXPECT_EQ(ReadMessages(golden).value(), Samples());
}

TEST_F(EpochLog, FindsEveryDamage) {
  const std::string bytes = Written(Samples(), Path("log"));
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    Write("damaged", damaged);
    EXPECT_EQ(ReadMessages(Path("damaged")).status().code(), StatusCode::kCorruption) << i;
    Write("short", bytes.substr(0, i));
    EXPECT_EQ(ReadMessages(Path("short")).status().code(), StatusCode::kCorruption) << i;
  }
  Write("long", bytes + "x");
  EXPECT_EQ(ReadMessages(Path("long")).status().code(), StatusCode::kCorruption);
}

// What earlier builds wrote, and what is written.
const char kShort[] = "v1 epoch 0badcafe 00000000deadbeef 0000000000001234 3 17 1 1000 52000 2-3-9";
const char kText[] =
    "v2 epoch 0badcafe 00000000deadbeef 0000000000001234 3 17 1 1000 52000 2-3-9 16 71234-5";

TEST(EpochPromise, IsReadBack) {
  const EpochPromise promise = ParsePromise(kText, "0badcafe").value();
  EXPECT_EQ(promise.Text(), kText);
  EXPECT_EQ(promise.incarnation, 0x1234u);
  EXPECT_EQ(promise.subtask, 3u);
  EXPECT_EQ(promise.checkpoint, 17);
  EXPECT_EQ(promise.records, 1000u);
  EXPECT_EQ(promise.MarkerKey(), "v1 0badcafe 00000000deadbeef 3");
  EXPECT_EQ(promise.committed, 16);
  EXPECT_EQ(promise.system, "71234-5");
  EXPECT_TRUE(ParsePromise("v1 epoch j s 0 0 5 0 0 0 -", "j").ok());
  EXPECT_TRUE(ParsePromise("v2 epoch j s 0 0 5 0 0 0 - -1 -", "j").ok());
  EXPECT_TRUE(IsEpochPromise(kShort));
  EXPECT_TRUE(IsEpochPromise(kText));
}

TEST(EpochPromise, IsReadFromEarlierBuilds) {
  EpochPromise promise = ParsePromise(kShort, "0badcafe").value();
  EXPECT_EQ(promise.committed, CommitMarker::kNothing) << "nobody knows";
  EXPECT_EQ(promise.system, "-");
  promise.committed = 16;
  promise.system = "71234-5";
  EXPECT_EQ(promise.Text(), kText);
}

TEST(EpochPromise, IsNotBelievedIfNoSinkWritesIt) {
  for (const char* const text :
       {"v3 epoch j s 0 0 5 0 0 0 - 1 -", "v2 epoch j s 0 0 5 0 0 0 -",
        "v2 epoch j s 0 0 5 0 0 0 - -2 -", "v2 epoch j s 0 0 5 0 0 0 - 1 a b",
        "v1 epoch j s 0 0 5 0 0 0 - 1 -", "v1 epoch other s 0 0 5 0 0 0 -",
        "v1 epoch j s 0 0 5 0 0 0", "v1 epoch j s 0 0 5 0 0 0 - ", "v1 epoch j s 0 0 5 0 0 0 - x",
        "v1 epoch j s 0 0 5 0 1 9 -", "v1 epoch j s 0 0 5 0 0 0 log",
        "v1 epoch j s 0 0 -1 0 1 9 log", "v1 epoch j s 0 99999 5 0 1 9 log",
        "v1 epoch j s x 0 5 0 1 9 log", "v1 epoch j s 0 0 5 0 1 9 ../log",
        "v1 epoch j ../s 0 0 5 0 1 9 log", "v1 epoch j s 0 0 5 0 1 9999999999999999999 log",
        "v1 epoch  j s 0 0 5 0 1 9 log"}) {
    const auto parsed = ParsePromise(text, "j");
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_THAT(parsed.status().ToString(), HasSubstr("E7001")) << text;
  }
}

TEST(CommitMarker, IsReadBack) {
  EXPECT_EQ((CommitMarker{0x1234, 17}).Text(), "v1 0000000000001234 17");
  EXPECT_EQ(ParseMarker("v1 0000000000001234 17").value().checkpoint, 17);
  EXPECT_EQ(ParseMarker(CommitMarker{1, CommitMarker::kNothing}.Text()).value().checkpoint, -1);
  for (const char* const text : {"", "v1 12", "v1 12 -2", "v2 12 3", "v1 12 3 4", "v1 x 3"})
    EXPECT_FALSE(ParseMarker(text).ok()) << text;
}

}  // namespace
}  // namespace weir::connectors::epochs
