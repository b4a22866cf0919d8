// A schema registry that is silent, or says what nobody wants to read. Real ones are asked by
// tests/kafka/avro_test.py.
#include "runtime/connectors/schema_registry/schema_registry.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "runtime/base/interruption.h"

namespace weir::connectors::schema_registry {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

// A port of this machine: whoever connects waits for an answer, until one is given.
class Server {
 public:
  Server() : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* const plain = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(bind(socket_, plain, size), 0);
    EXPECT_EQ(listen(socket_, 8), 0);
    EXPECT_EQ(getsockname(socket_, plain, &size), 0);
    port_ = ntohs(address.sin_port);
  }
  ~Server() { close(socket_); }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::string url() const { return fmt::format("http://127.0.0.1:{}", port_); }

  // Waits for a request, and answers it.
  void Answer(int status, std::string_view body) const {
    const int peer = accept(socket_, nullptr, nullptr);
    char request[4096];
    EXPECT_GT(read(peer, request, sizeof(request)), 0);
    const std::string text =
        fmt::format("HTTP/1.1 {} Said\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}", status,
                    body.size(), body);
    EXPECT_EQ(write(peer, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    close(peer);
  }

  // Ends the connection of one who does not wait any more.
  void Drop() const { close(accept(socket_, nullptr, nullptr)); }

 private:
  const int socket_;
  uint16_t port_ = 0;
};

RegistryPlace PlaceOf(std::string url) {
  return {{std::move(url)}, "avro-confluent.url", {}};
}

Status Asked(SchemaRegistry& registry, const Server& server, int status, std::string_view body) {
  std::thread answers([&] { server.Answer(status, body); });
  Status said = registry.Schema(7).status();
  answers.join();
  return said;
}

TEST(SchemaRegistryTest, WhatAServerSaysIsALine) {
  const Server server;
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
  const Server server;
  SchemaRegistry registry(PlaceOf(server.url()));
  std::thread answers([&] { server.Answer(200, R"({"schema":"\"int\""})"); });
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i)
    readers.emplace_back([&] { EXPECT_EQ(*registry.Schema(7).value(), "\"int\""); });
  for (std::thread& reader : readers) reader.join();
  answers.join();
}

// One asks, and the other waits for its answer.
TEST(SchemaRegistryTest, BothWaitsAreInterrupted) {
  const Server silent;
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
  silent.Drop();
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
