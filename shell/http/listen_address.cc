#include "shell/http/listen_address.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <charconv>

#include "runtime/base/names.h"

namespace weir::shell {
namespace {

constexpr std::string_view kLocalhost = "localhost";

Status BadAddress(std::string_view key, std::string_view said, std::string_view why) {
  return Status::InvalidArgument(fmt::format("'{}' cannot be '{}': {}", key, said, why))
      .WithId("E6001")
      .WithHint(fmt::format("an address and a port, such as {}; 0 switches it off",
                            key == "server.http.address" ? "127.0.0.1:8480" : "127.0.0.1:10000"));
}

std::string_view WithoutBrackets(std::string_view host) {
  const bool has = host.size() > 2 && host.front() == '[' && host.back() == ']';
  return has ? host.substr(1, host.size() - 2) : host;
}

bool IsVersion6(std::string_view host) {
  in6_addr address{};
  return ::inet_pton(AF_INET6, std::string(host).c_str(), &address) == 1;
}

bool IsVersion4(std::string_view host) {
  in_addr address{};
  return ::inet_pton(AF_INET, std::string(host).c_str(), &address) == 1;
}

std::optional<uint16_t> PortOf(std::string_view text) {
  uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return port;
}

}  // namespace

bool IsLoopback(std::string_view host) {
  const std::string bare(WithoutBrackets(host));
  if (EqualsIgnoreCase(bare, kLocalhost)) return true;
  in_addr four{};
  if (::inet_pton(AF_INET, bare.c_str(), &four) == 1) return (ntohl(four.s_addr) >> 24) == 127;
  in6_addr six{};
  return ::inet_pton(AF_INET6, bare.c_str(), &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

std::string AddressText(const ListenAddress& address) {
  const bool brackets = IsVersion6(address.host);
  return fmt::format("{}{}{}:{}", brackets ? "[" : "", address.host, brackets ? "]" : "",
                     address.port);
}

Result<std::optional<ListenAddress>> ParseListenAddress(std::string_view said,
                                                        std::string_view key) {
  if (said.empty() || said == "0" || EqualsIgnoreCase(said, "off"))
    return std::optional<ListenAddress>();
  const size_t colon = said.rfind(':');
  const bool has_host = colon != std::string_view::npos;
  const std::optional<uint16_t> port = PortOf(has_host ? said.substr(colon + 1) : said);
  if (!port) return BadAddress(key, said, "there is no port in it");
  ListenAddress address{"127.0.0.1", *port};
  const std::string_view written = has_host ? said.substr(0, colon) : kLocalhost;
  if (EqualsIgnoreCase(written, kLocalhost)) return std::optional(address);
  const std::string_view host = WithoutBrackets(written);
  const bool bracketed = host.size() != written.size();
  if (bracketed ? !IsVersion6(host) : !IsVersion4(host))
    return BadAddress(key, said, "the host is no address in digits (one of IPv6 in brackets)");
  address.host = host;
  return std::optional(address);
}

}  // namespace weir::shell
