// Where a server listens, as 'server.http.address' and 'server.thrift.address' say it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace weir::shell {

struct ListenAddress {
  std::string host;   // an address in digits, without brackets
  uint16_t port = 0;  // 0: any that is free
};

// "127.0.0.1:8480", "[::1]:8480", "localhost:8480", or a port alone, which is one of 127.0.0.1.
// Nothing for "", "0" and "off". E6001 for anything else. Whether others can reach it is
// IsLoopback's to say. `key` is the option that said it.
Result<std::optional<ListenAddress>> ParseListenAddress(
    std::string_view said, std::string_view key = "server.http.address");

// "127.0.0.1:8480", "[::1]:8480".
std::string AddressText(const ListenAddress& address);

// Whether a host name or an address, with or without brackets, means this machine wherever it is
// asked: digits of 127.0.0.0/8 or of ::1, or "localhost".
bool IsLoopback(std::string_view host);

}  // namespace weir::shell
