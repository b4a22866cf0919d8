// URLs as those of MySQL Connector/J ("Connection URL Syntax", "Configuration Properties") and of
// MariaDB Connector/J ("Connection Strings").
#include "runtime/connectors/mysql/mysql_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "runtime/base/names.h"
#include "runtime/connectors/jdbc/jdbc_options.h"

namespace weir::connectors::mysql {
namespace {

using jdbc::TakeUpTo;

constexpr std::string_view kPort = "3306";
// In both drivers' ways: a certificate in PEM.
constexpr std::string_view kCertificates = "serversslcert";

// Parameters that concern the drivers for Java alone, in small letters, and mean nothing here.
constexpr std::string_view kOfDrivers[] = {"allowmultiqueries",
                                           "allowpublickeyretrieval",
                                           "alwayssendsetisolation",
                                           "autoreconnect",
                                           "cachecallablestmts",
                                           "cacheprepstmts",
                                           "cacheresultsetmetadata",
                                           "cacheserverconfiguration",
                                           "defaultfetchsize",
                                           "dontcheckonduplicatekeyupdateinsert",
                                           "elidesetautocommits",
                                           "enablequerytimeouts",
                                           "initialtimeout",
                                           "logger",
                                           "maintaintimestats",
                                           "maxreconnects",
                                           "nullcatalogmeanscurrent",
                                           "nulldatabasemeanscurrent",
                                           "pool",
                                           "prepstmtcachesize",
                                           "prepstmtcachesqllimit",
                                           "profilesql",
                                           "rewritebatchedstatements",
                                           "tinyint1isbit",
                                           "transformedbitisboolean",
                                           "usebulkstmts",
                                           "usecursorfetch",
                                           "useinformationschema",
                                           "uselocalsessionstate",
                                           "uselocaltransactionstate",
                                           "useserverprepstmts",
                                           "usestreamlengthsinprepstmts",
                                           "uselegacydatetimecode",
                                           "useunbufferedinput",
                                           "yearisdatetype"};

Status WrongUrl(std::string_view why) {
  return jdbc::WrongOption(fmt::format("the value of option '{}' is wrong: {}", jdbc::kUrl, why),
                           "'url' = 'jdbc:mysql://localhost:3306/mydb'");
}

Result<std::string> Plain(std::string_view text) {
  Result<std::string> plain = jdbc::Unescaped(text);
  if (!plain.ok()) return WrongUrl(plain.status().message());
  return plain;
}

Status OtherValue(std::string_view name, std::string_view value) {
  return Status::Unsupported(
      fmt::format("the parameter '{}' of option '{}' with the value '{}' is not supported", name,
                  jdbc::kUrl, value));
}

bool IsTrue(std::string_view value) {
  return value.empty() || EqualsIgnoreCase(value, "true");
}

bool IsWord(std::string_view value, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words,
                             [&](std::string_view word) { return EqualsIgnoreCase(word, value); });
}

Result<int64_t> Millis(std::string_view name, std::string_view value) {
  const Result<int64_t> millis = graph::ParseInteger(value);
  constexpr int64_t kMost = 1'000'000'000;
  if (!millis.ok() || *millis < 0 || *millis > kMost)
    return WrongUrl(fmt::format("'{}' is a number of milliseconds, not '{}'", name, value));
  return *millis;
}

// TLS as the drivers' sslMode of both says it, and MySQL's older words.
Result<bool> TakeTls(std::string_view name, std::string_view value, Access& access) {
  if (EqualsIgnoreCase(name, "sslMode")) {
    if (IsWord(value, {"disabled", "disable"})) {
      access.tls = Tls::kNever;
    } else if (EqualsIgnoreCase(value, "preferred")) {
      access.tls = Tls::kPreferred;
    } else if (IsWord(value, {"required", "trust"})) {
      access.tls = Tls::kRequired;
    } else if (IsWord(value, {"verify_ca", "verify-ca", "verify_identity", "verify-full"})) {
      access.tls = Tls::kVerified;
    } else {
      return WrongUrl(fmt::format("there is no sslMode '{}'", value));
    }
    return true;
  }
  if (EqualsIgnoreCase(name, "useSSL")) {
    access.tls = IsTrue(value) ? Tls::kRequired : Tls::kNever;
    return true;
  }
  if (EqualsIgnoreCase(name, "requireSSL")) {
    if (IsTrue(value)) access.tls = std::max(access.tls, Tls::kRequired);
    return true;
  }
  if (EqualsIgnoreCase(name, "verifyServerCertificate")) {
    if (IsTrue(value)) access.tls = Tls::kVerified;
    return true;
  }
  if (!EqualsIgnoreCase(name, kCertificates)) return false;
  access.certificates = value;
  if (access.certificates.starts_with("file:")) access.certificates.erase(0, 5);
  access.tls = Tls::kVerified;
  return true;
}

// What texts and times are like, which is said here already.
Result<bool> TakeValues(std::string_view name, std::string_view value, Access& access) {
  if (EqualsIgnoreCase(name, "characterEncoding") || EqualsIgnoreCase(name, "useUnicode")) {
    if (IsWord(value, {"utf-8", "utf8", "utf8mb4", "true"})) return true;
    return OtherValue(name, value).WithHint("texts come and go in UTF-8");
  }
  if (EqualsIgnoreCase(name, "connectionCollation")) {
    if (value.starts_with("utf8")) return true;
    return OtherValue(name, value).WithHint("texts come and go in UTF-8");
  }
  if (EqualsIgnoreCase(name, "serverTimezone") || EqualsIgnoreCase(name, "connectionTimeZone") ||
      EqualsIgnoreCase(name, "timezone")) {
    if (IsWord(value, {"UTC", "GMT", "Z", "+00:00", "GMT+0", "Etc/UTC"})) return true;
    return OtherValue(name, value)
        .WithHint(
            "the session is in UTC: read a TIMESTAMP there as TIMESTAMP_LTZ here; a "
            "DATETIME is of no time zone");
  }
  if (EqualsIgnoreCase(name, "forceConnectionTimeZoneToSession") ||
      EqualsIgnoreCase(name, "preserveInstants") ||
      EqualsIgnoreCase(name, "forceConnectionTimezoneToSession"))
    return true;
  if (!EqualsIgnoreCase(name, "zeroDateTimeBehavior")) return false;
  if (IsWord(value, {"CONVERT_TO_NULL", "convertToNull"})) {
    access.zero_dates_are_null = true;
  } else if (!EqualsIgnoreCase(value, "EXCEPTION")) {
    return OtherValue(name, value).WithHint("EXCEPTION or CONVERT_TO_NULL");
  }
  return true;
}

// One "name=value" of a URL.
Status AddParameter(const std::string& name, const std::string& value, Access& access) {
  if (EqualsIgnoreCase(name, "user")) {
    access.user = value;
    return {};
  }
  if (EqualsIgnoreCase(name, "password")) {
    access.password = value;
    return {};
  }
  if (EqualsIgnoreCase(name, "connectTimeout")) {
    if (const int64_t millis = TRY(Millis(name, value)); millis > 0) access.connect_millis = millis;
    return {};
  }
  if (EqualsIgnoreCase(name, "socketTimeout")) {
    access.answer_millis = TRY(Millis(name, value));
    return {};
  }
  if (EqualsIgnoreCase(name, "useCompression")) {
    access.compressed = IsTrue(value);
    return {};
  }
  // The library always does so.
  if (EqualsIgnoreCase(name, "tcpKeepAlive") || EqualsIgnoreCase(name, "tcpNoDelay")) return {};
  if (TRY(TakeTls(name, value, access))) return {};
  if (TRY(TakeValues(name, value, access))) return {};
  if (std::ranges::find(kOfDrivers, ToLower(name)) != std::end(kOfDrivers)) return {};
  return Status::Unsupported(
             fmt::format("the parameter '{}' of option '{}' is not supported", name, jdbc::kUrl))
      .WithHint("leave it out; what TLS and time-outs need is there: docs/connectors.md");
}

Status AddParameters(std::string_view rest, Access& access) {
  while (!rest.empty()) {
    std::string_view one = TakeUpTo(rest, "&");
    const std::string_view name = TakeUpTo(one, "=");
    if (name.empty()) continue;
    RETURN_IF_ERROR(AddParameter(TRY(Plain(name)), TRY(Plain(one)), access));
  }
  return {};
}

// jdbc:mysql://[user[:password]@]hosts/database?parameters
Status ParseUrl(std::string_view url, Access& access) {
  std::string_view rest = url;
  TakeUpTo(rest, ":");
  TakeUpTo(rest, ":");
  if (!rest.starts_with("//")) {
    const std::string_view begin = url.substr(0, url.find("//"));
    return Status::Unsupported(
               fmt::format("'{}' = '{}…' is not supported: only jdbc:mysql://hosts/database is",
                           jdbc::kUrl, begin))
        .WithHint("'url' = 'jdbc:mysql://a:3306,b:3306/mydb': several hosts are asked in turn");
  }
  const size_t question = std::min(rest.find('?'), rest.size());
  const std::string_view parameters = rest.substr(std::min(question + 1, rest.size()));
  rest = rest.substr(2, question - 2);
  std::string_view hosts = TakeUpTo(rest, "/");
  if (const size_t at = hosts.rfind('@'); at != std::string_view::npos) {
    std::string_view who = hosts.substr(0, at);
    hosts.remove_prefix(at + 1);
    access.user = TRY(Plain(TakeUpTo(who, ":")));
    access.password = TRY(Plain(who));
  }
  Result<std::vector<jdbc::HostAndPort>> said = jdbc::HostsOf(hosts, kPort);
  if (!said.ok()) return WrongUrl(said.status().message());
  access.hosts = *std::move(said);
  access.database = TRY(Plain(rest));
  if (access.database.empty()) return WrongUrl("it names no database");
  access.place = fmt::format("{}/{}", hosts.empty() ? "localhost" : hosts, access.database);
  return AddParameters(parameters, access);
}

}  // namespace

// Also of a URL that is not whole yet, as it has ${secret:name} somewhere.
std::vector<std::string> PathsIn(std::string_view key, std::string_view value) {
  std::vector<std::string> paths;
  if (key != jdbc::kUrl) return paths;
  std::string_view rest = value.substr(std::min(value.find('?'), value.size()));
  if (!rest.empty()) rest.remove_prefix(1);
  while (!rest.empty()) {
    std::string_view one = TakeUpTo(rest, "&");
    const Result<std::string> name = jdbc::Unescaped(TakeUpTo(one, "="));
    const Result<std::string> file = jdbc::Unescaped(one);
    if (!name.ok() || !file.ok()) continue;  // which CREATE TABLE refuses
    if (!EqualsIgnoreCase(*name, kCertificates) || file->empty()) continue;
    paths.push_back(file->starts_with("file:") ? file->substr(5) : *file);
  }
  return paths;
}

Result<Access> AccessOf(const graph::TypedOptions& said) {
  Access access;
  access.connect_millis = std::max<int64_t>(1000, TRY(said.Millis(jdbc::kConnectTimeout)));
  RETURN_IF_ERROR(ParseUrl(said.Text(jdbc::kUrl), access));
  if (said.Has(jdbc::kUsername)) access.user = said.Text(jdbc::kUsername);
  if (said.Has(jdbc::kPassword)) access.password = said.Text(jdbc::kPassword);
  return access;
}

}  // namespace weir::connectors::mysql
