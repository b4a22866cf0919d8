// A schema registry that is silent, or says what nobody wants to read. Real ones are asked by
// tests/kafka/avro_test.py.
#include "runtime/connectors/schema_registry/schema_registry.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "runtime/base/interruption.h"
#include "tests/unit/runtime/connectors/loopback_server.h"

namespace weir::connectors::schema_registry {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using testing::LoopbackServer;

// Waits for a request, and answers it.
void Answer(const LoopbackServer& server, int status, std::string_view body) {
  const int peer = server.Accept();
  EXPECT_FALSE(LoopbackServer::Asked(peer).empty());
  LoopbackServer::Answer(peer, status, body);
}

RegistryPlace PlaceOf(std::string url) {
  return {{std::move(url)}, "avro-confluent.url", {}};
}

Status Asked(SchemaRegistry& registry, const LoopbackServer& server, int status,
             std::string_view body) {
  std::thread answers([&] { Answer(server, status, body); });
  Status said = registry.Schema(7).status();
  answers.join();
  return said;
}

TEST(SchemaRegistryTest, WhatAServerSaysIsALine) {
  const LoopbackServer server;
  SchemaRegistry registry(PlaceOf(server.url()));
  EXPECT_THAT(Asked(registry, server, 400, R"({"message":"one\ntwo"})").message(),
              EndsWith("it answers 400, one"));
  std::string text = "x";  // so that a character ends at 301 bytes
  for (int i = 0; i < 200; ++i) text += "ä";
  std::string shown = "x";
  for (int i = 0; i < 149; ++i) shown += "ä";
  EXPECT_THAT(Asked(registry, server, 400, fmt::format(R"({{"message":"{}"}})", text)).message(),
              EndsWith("it answers 400, " + shown));
}

TEST(SchemaRegistryTest, SchemasAreAskedForOnce) {
  const LoopbackServer server;
  SchemaRegistry registry(PlaceOf(server.url()));
  std::thread answers([&] { Answer(server, 200, R"({"schema":"\"int\""})"); });
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i)
    readers.emplace_back([&] { EXPECT_EQ(*registry.Schema(7).value(), "\"int\""); });
  for (std::thread& reader : readers) reader.join();
  answers.join();
}

// One asks, and the other waits for its answer.
TEST(SchemaRegistryTest, BothWaitsAreInterrupted) {
  const LoopbackServer silent;
  SchemaRegistry registry(PlaceOf(silent.url()));
  std::atomic<bool> given_up = false;
  std::atomic<int> interrupted = 0;
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      const InterruptedBy by(given_up);
      EXPECT_THROW(static_cast<void>(registry.Schema(7)), Interrupted);
      ++interrupted;
    });
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_EQ(interrupted, 0);
  const auto begin = std::chrono::steady_clock::now();
  given_up = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
  close(silent.Accept());
  // The turn is free again.
  EXPECT_THAT(Asked(registry, silent, 400, "").message(), HasSubstr("it answers 400"));
}

TEST(SchemaRegistryTest, UrlsAreShownWithoutPasswords) {
  EXPECT_EQ(http::ShownUrl("http://a:1/b"), "http://a:1/b");
  EXPECT_EQ(http::ShownUrl("https://ada:secret@a:1/b"), "https://a:1/b");
  EXPECT_EQ(http::ShownUrl("http://ada:sec/ret@a"), "http://a");
  EXPECT_EQ(http::ShownUrl("ada:sec@ret@a"), "a");
  EXPECT_TRUE(http::IsUrl("http://ada:secret@a:1/b"));
  EXPECT_FALSE(http::IsUrl("http://ada:sec/ret@a"));
}

}  // namespace
}  // namespace weir::connectors::schema_registry
