#include "runtime/connectors/jdbc/jdbc_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "runtime/base/hex_digit.h"
#include "runtime/base/names.h"

namespace weir::connectors::jdbc {
namespace {

Status CheckPartitions(const Schema& schema, const graph::TypedOptions& said) {
  constexpr std::array kTogether = {kPartitionColumn, kPartitionCount, kLowerBound, kUpperBound};
  size_t given = 0;
  std::string_view lacking;
  for (const std::string_view key : kTogether) {
    given += said.Has(key) ? 1 : 0;
    if (!said.Has(key)) lacking = key;
  }
  if (given == 0) return {};
  if (given < kTogether.size()) {
    return WrongOption(
        fmt::format("'{}' is missing: 'scan.partition.column', '.num', "
                    "'.lower-bound' and '.upper-bound' go together",
                    lacking));
  }
  const std::string name(said.Text(kPartitionColumn));
  const auto column = schema.Find(name);
  if (!column || !schema.fields[*column].type.is_numeric()) {
    std::vector<std::string> numbers;
    for (const Field& field : schema.fields) {
      if (field.type.is_numeric()) numbers.push_back(field.name);
    }
    return WrongOption(
        fmt::format("'{}' names no column of numbers: \"{}\"", kPartitionColumn, name),
        DidYouMean(name, numbers));
  }
  if (TRY(said.Integer(kPartitionCount)) < 1)
    return WrongOption(fmt::format("'{}' is to be 1 or more", kPartitionCount));
  if (TRY(said.Integer(kLowerBound)) <= TRY(said.Integer(kUpperBound))) return {};
  return WrongOption(fmt::format("'{}' is greater than '{}'", kLowerBound, kUpperBound));
}

std::vector<Range> PartsOf(int64_t low, int64_t high, int64_t count) {
  const auto values = static_cast<uint64_t>(high) - static_cast<uint64_t>(low) + 1;  // 0: all
  const uint64_t parts =
      values == 0 ? static_cast<uint64_t>(count) : std::min(static_cast<uint64_t>(count), values);
  const uint64_t size = values == 0 ? ~uint64_t{0} / parts : values / parts;
  const uint64_t larger = values == 0 ? 0 : values % parts;
  std::vector<Range> ranges;
  uint64_t begin = static_cast<uint64_t>(low);
  for (uint64_t i = 0; i < parts; ++i) {
    const uint64_t end = begin + size - 1 + (i < larger ? 1 : 0);
    ranges.push_back({static_cast<int64_t>(begin), static_cast<int64_t>(end)});
    begin = end + 1;
  }
  ranges.back().high = high;
  return ranges;
}

}  // namespace

Status WrongOption(std::string message, std::string hint) {
  return Status::InvalidSql(std::move(message)).WithId("E2008").WithHint(std::move(hint));
}

Result<std::string> Unescaped(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain += text[i];
      continue;
    }
    const int byte = HexByte(text, i + 1);
    if (byte < 0) return Status::InvalidArgument("'%' is not followed by two hexadecimal digits");
    plain += static_cast<char>(byte);
    i += 2;
  }
  return plain;
}

std::string_view TakeUpTo(std::string_view& rest, std::string_view end) {
  const size_t at = std::min(rest.find_first_of(end), rest.size());
  const std::string_view taken = rest.substr(0, at);
  rest.remove_prefix(std::min(at + 1, rest.size()));
  return taken;
}

Result<std::vector<HostAndPort>> HostsOf(std::string_view list, std::string_view port) {
  std::vector<HostAndPort> hosts;
  while (!list.empty()) {
    const std::string_view one = TakeUpTo(list, ",");
    std::string_view host = one;
    std::string_view said = port;
    const size_t colon =
        one.find(':', one.starts_with('[') ? std::min(one.find(']'), one.size()) : 0);
    if (colon != std::string_view::npos) {
      host = one.substr(0, colon);
      said = one.substr(colon + 1);
    }
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    const bool digits = !said.empty() && said.size() <= 5 &&
                        std::ranges::all_of(said, [](char c) { return c >= '0' && c <= '9'; });
    if (!digits) return Status::InvalidArgument(fmt::format("'{}' is no port", said));
    hosts.push_back({host.empty() ? "localhost" : TRY(Unescaped(host)), std::string(said)});
  }
  if (hosts.empty()) hosts.push_back({"localhost", std::string(port)});
  return hosts;
}

std::string Range::Id() const {
  return fmt::format("{}..{}", low, high);
}

Result<std::vector<Range>> RangesOf(const graph::TypedOptions& said) {
  if (said.Text(kPartitionColumn).empty()) return std::vector<Range>();
  return PartsOf(TRY(said.Integer(kLowerBound)), TRY(said.Integer(kUpperBound)),
                 TRY(said.Integer(kPartitionCount)));
}

Status CheckOptions(const Schema& schema, const graph::TypedOptions& said) {
  RETURN_IF_ERROR(CheckPartitions(schema, said));
  for (const auto key : {kFetchSize, kFlushRows, kMaxRetries}) {
    if (TRY(said.Integer(key)) < 0) return WrongOption(fmt::format("'{}' is negative", key));
  }
  return {};
}

}  // namespace weir::connectors::jdbc
