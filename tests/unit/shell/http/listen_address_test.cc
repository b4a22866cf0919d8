// What 'server.http.address' may say, and which hosts are this machine.
#include "shell/http/listen_address.h"

#include <gmock/gmock.h>

namespace weir::shell {
namespace {

TEST(ListenAddressTest, OffIsSaidInThreeWays) {
  for (const std::string said : {"", "0", "off", "OFF"}) {
    SCOPED_TRACE(said);
    const Result<std::optional<ListenAddress>> address = ParseListenAddress(said);
    ASSERT_TRUE(address.ok());
    EXPECT_FALSE(address->has_value());
  }
}

TEST(ListenAddressTest, HostAndPort) {
  for (const auto& [said, text] :
       std::vector<std::pair<std::string, std::string>>{{"127.0.0.1:8480", "127.0.0.1:8480"},
                                                        {"127.1.2.3:1", "127.1.2.3:1"},
                                                        {"[::1]:8480", "[::1]:8480"},
                                                        {"localhost:65535", "127.0.0.1:65535"},
                                                        {"8480", "127.0.0.1:8480"},
                                                        {"127.0.0.1:0", "127.0.0.1:0"},
                                                        {"0.0.0.0:8480", "0.0.0.0:8480"},
                                                        {"[2001:db8::1]:80", "[2001:db8::1]:80"}}) {
    SCOPED_TRACE(said);
    const Result<std::optional<ListenAddress>> address = ParseListenAddress(said);
    ASSERT_TRUE(address.ok()) << address.status().ToString();
    ASSERT_TRUE(address->has_value());
    EXPECT_EQ(AddressText(**address), text);
  }
}

TEST(ListenAddressTest, WhatIsNoAddressIsRefused) {
  for (const std::string said :
       {"127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:80x", ":8480",
        "example.com:80", "::1:8480", "[127.0.0.1]:80", "[localhost]:80", "127.1:80", "yes"}) {
    SCOPED_TRACE(said);
    const Result<std::optional<ListenAddress>> address = ParseListenAddress(said);
    ASSERT_FALSE(address.ok());
    EXPECT_EQ(address.status().id(), "E6001");
  }
}

TEST(ListenAddressTest, Loopback) {
  for (const std::string host : {"127.0.0.1", "127.255.255.255", "::1", "[::1]", "localhost",
                                 "LocalHost", "0:0:0:0:0:0:0:1"})
    EXPECT_TRUE(IsLoopback(host)) << host;
  for (const std::string host : {"", "localhost.", "localhost.example.com", "127.0.0.1.example.com",
                                 "0.0.0.0", "::", "127.1", "2130706433", "0x7f.1", "[localhost"})
    EXPECT_FALSE(IsLoopback(host)) << host;
}

}  // namespace
}  // namespace weir::shell
