// A port of this machine that speaks HTTP as far as a test says.
#pragma once

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace weir::connectors::testing {

// Whoever connects waits until somebody accepts and answers. Any thread.
class LoopbackServer {
 public:
  LoopbackServer() : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
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
  ~LoopbackServer() { close(socket_); }
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;

  std::string url() const { return fmt::format("http://127.0.0.1:{}", port_); }

  // The next one who connects; negative behind ShutDown.
  int Accept() const { return accept(socket_, nullptr, nullptr); }
  void ShutDown() const { shutdown(socket_, SHUT_RDWR); }

  // What was asked, as far as one read has it.
  static std::string Asked(int peer) {
    char bytes[8192];
    const ssize_t size = read(peer, bytes, sizeof(bytes));
    return {bytes, static_cast<size_t>(std::max<ssize_t>(size, 0))};
  }
  // Answers, and ends the connection.
  static void Answer(int peer, int status, std::string_view body) {
    const std::string text =
        fmt::format("HTTP/1.1 {} Said\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}", status,
                    body.size(), body);
    EXPECT_EQ(write(peer, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    close(peer);
  }

 private:
  const int socket_;
  uint16_t port_ = 0;
};

}  // namespace weir::connectors::testing
