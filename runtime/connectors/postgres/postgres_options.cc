// URLs as those of PostgreSQL's JDBC driver ("Connecting to the Database", "Connection Parameters")
// and of libpq ("Connection URIs"), as keywords of libpq.
#include "runtime/connectors/postgres/postgres_options.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include "runtime/base/names.h"

namespace weir::connectors::postgres {
namespace {

using Keywords = std::vector<std::pair<std::string, std::string>>;

// A parameter of the driver for Java, and what libpq calls it.
struct JavaParameter {
  std::string_view name;
  std::string_view here;  // "": it concerns the driver alone, and means nothing here
};
constexpr JavaParameter kJavaParameters[] = {
    {"applicationname", "application_name"},
    {"gssencmode", "gssencmode"},
    {"kerberosservername", "krbsrvname"},
    {"password", "password"},
    {"sslcert", "sslcert"},
    {"sslkey", "sslkey"},
    {"sslmode", "sslmode"},
    {"sslpassword", "sslpassword"},
    {"sslrootcert", "sslrootcert"},
    {"user", "user"},
    {"adaptivefetch", ""},
    {"allowencodingchanges", ""},
    {"assumeminserverversion", ""},
    {"autosave", ""},
    {"binarytransfer", ""},
    {"binarytransferdisable", ""},
    {"binarytransferenable", ""},
    {"cleanupsavepoints", ""},
    {"databasemetadatacachefields", ""},
    {"databasemetadatacachefieldsmib", ""},
    {"defaultrowfetchsize", ""},
    {"disablecolumnsanitiser", ""},
    {"loggerlevel", ""},
    {"logservererrordetail", ""},
    {"logunclosedconnections", ""},
    {"maxresultbuffer", ""},
    {"preferquerymode", ""},
    {"preparedstatementcachequeries", ""},
    {"preparedstatementcachesizemib", ""},
    {"preparethreshold", ""},
    {"receivebuffersize", ""},
    {"rewritebatchedinserts", ""},
    {"sendbuffersize", ""},
    {"stringtype", ""},
    {"unknownlength", ""},
    {"usespnego", ""},
};

Status WrongUrl(std::string_view why) {
  return Status::InvalidSql(fmt::format("the value of option '{}' is wrong: {}", kUrl, why))
      .WithId("E2008")
      .WithHint("'url' = 'jdbc:postgresql://localhost:5432/mydb'");
}

// A part of the URL as it is meant.
Result<std::string> Plain(std::string_view text) {
  Result<std::string> plain = jdbc::Unescaped(text);
  if (!plain.ok()) return WrongUrl(plain.status().message());
  return plain;
}

// The hosts of "a:1,b,[::1]:2" as libpq's two lists.
Status AddHosts(std::string_view list, Keywords& keywords, std::string& place) {
  const Result<std::vector<jdbc::HostAndPort>> said = jdbc::HostsOf(list, "5432");
  if (!said.ok()) return WrongUrl(said.status().message());
  std::string hosts;
  std::string ports;
  place = list.empty() ? "localhost" : std::string(list);
  for (const jdbc::HostAndPort& one : *said) {
    const char* const comma = hosts.empty() ? "" : ",";
    hosts.append(comma).append(one.host);
    ports.append(comma).append(one.port);
  }
  keywords.emplace_back("host", std::move(hosts));
  keywords.emplace_back("port", std::move(ports));
  return {};
}

Result<int64_t> SecondsAsMillis(std::string_view name, std::string_view value) {
  const Result<int64_t> seconds = graph::ParseInteger(value);
  constexpr int64_t kMost = 1'000'000;
  if (!seconds.ok() || *seconds < 0 || *seconds > kMost)
    return WrongUrl(fmt::format("'{}' is a number of seconds, not '{}'", name, value));
  return *seconds * 1000;
}

// The words of targetServerType that libpq spells otherwise.
std::string SessionAttributes(std::string_view value) {
  if (EqualsIgnoreCase(value, "master")) return "primary";
  if (EqualsIgnoreCase(value, "secondary") || EqualsIgnoreCase(value, "slave")) return "standby";
  if (EqualsIgnoreCase(value, "preferSecondary")) return "prefer-standby";
  return std::string(value);
}

bool IsTrue(std::string_view value) {
  return value.empty() || EqualsIgnoreCase(value, "true");
}

// Whether libpq knows the keyword, which URLs of its own may have.
bool LibraryKnows(std::string_view name) {
  static const std::vector<std::string> known = [] {
    std::vector<std::string> names;
    PQconninfoOption* const options = PQconndefaults();
    for (const PQconninfoOption* o = options; o != nullptr && o->keyword != nullptr; ++o)
      names.emplace_back(o->keyword);
    PQconninfoFree(options);
    return names;
  }();
  return std::ranges::find(known, name) != known.end();
}

// Settings of the session, of which there may be several.
void AddSettings(std::string settings, Keywords& keywords) {
  const auto before = std::ranges::find(keywords, "options", &Keywords::value_type::first);
  if (before != keywords.end()) before->second.append(" ").append(settings);
  if (before == keywords.end()) keywords.emplace_back("options", std::move(settings));
}

// One "name=value" of a URL.
Status AddParameter(const std::string& name, const std::string& value, Access& access) {
  const std::string lower = ToLower(name);
  Keywords& keywords = access.keywords;
  if (lower == "ssl") {
    // The driver's ssl=true checks the certificate and the name.
    if (IsTrue(value)) keywords.emplace_back("sslmode", "verify-full");
    return {};
  }
  if (lower == "connecttimeout" || lower == "logintimeout" || lower == "connect_timeout") {
    const int64_t millis = TRY(SecondsAsMillis(name, value));
    if (millis > 0) access.connect_millis = millis;
    return {};
  }
  if (lower == "sockettimeout") {
    access.answer_millis = TRY(SecondsAsMillis(name, value));
    return {};
  }
  if (lower == "tcpkeepalive") {
    keywords.emplace_back("keepalives", IsTrue(value) ? "1" : "0");
    return {};
  }
  if (lower == "currentschema") {
    // Backslashes are how blanks are said there.
    std::string path;
    for (const char c : value) {
      if (c == ' ' || c == '\\') path.push_back('\\');
      path.push_back(c);
    }
    AddSettings(fmt::format("-c search_path={}", path), keywords);
    return {};
  }
  if (lower == "options") {
    AddSettings(value, keywords);
    return {};
  }
  if (lower == "targetservertype") {
    keywords.emplace_back("target_session_attrs", SessionAttributes(value));
    return {};
  }
  if ((lower == "loadbalancehosts" || lower == "readonly") && !IsTrue(value)) return {};
  for (const JavaParameter& known : kJavaParameters) {
    if (!EqualsIgnoreCase(known.name, name)) continue;
    if (!known.here.empty()) keywords.emplace_back(std::string(known.here), value);
    return {};
  }
  // Files that the server of the data directory would read or write for whoever says so.
  constexpr std::array<std::string_view, 4> kOfFiles = {"passfile", "service", "servicefile",
                                                        "sslkeylogfile"};
  if (std::ranges::count(kOfFiles, name) == 0 && LibraryKnows(name)) {
    keywords.emplace_back(name, value);
    return {};
  }
  return Status::Unsupported(
             fmt::format("the parameter '{}' of option '{}' is not supported", name, kUrl))
      .WithHint("leave it out; what TLS, time-outs and schemas need is there: docs/connectors.md");
}

Status AddParameters(std::string_view rest, Access& access) {
  while (!rest.empty()) {
    std::string_view one = jdbc::TakeUpTo(rest, "&");
    const std::string_view name = jdbc::TakeUpTo(one, "=");
    if (name.empty()) continue;
    RETURN_IF_ERROR(AddParameter(TRY(Plain(name)), TRY(Plain(one)), access));
  }
  return {};
}

// //[user[:password]@]hosts/database?parameters, or the database alone.
Status ParseUrl(std::string_view url, Access& access) {
  std::string_view rest = url;
  if (rest.starts_with("jdbc:")) rest.remove_prefix(5);
  if (rest.starts_with("postgresql:")) {
    rest.remove_prefix(11);
  } else if (rest.starts_with("postgres:")) {
    rest.remove_prefix(9);
  } else {
    return WrongUrl("it does not begin with jdbc:postgresql:");
  }
  const size_t question = std::min(rest.find('?'), rest.size());
  const std::string_view parameters = rest.substr(std::min(question + 1, rest.size()));
  rest = rest.substr(0, question);
  std::string_view hosts;
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    hosts = jdbc::TakeUpTo(rest, "/");
  } else if (rest.starts_with('/')) {
    rest.remove_prefix(1);
  }
  if (const size_t at = hosts.rfind('@'); at != std::string_view::npos) {
    std::string_view who = hosts.substr(0, at);
    hosts.remove_prefix(at + 1);
    access.keywords.emplace_back("user", TRY(Plain(jdbc::TakeUpTo(who, ":"))));
    if (!who.empty()) access.keywords.emplace_back("password", TRY(Plain(who)));
  }
  RETURN_IF_ERROR(AddHosts(hosts, access.keywords, access.place));
  const std::string database = TRY(Plain(rest));
  if (!database.empty()) access.keywords.emplace_back("dbname", database);
  access.place.append("/").append(database);
  return AddParameters(parameters, access);
}

}  // namespace

// Also of a URL that is not whole yet, as it has ${secret:name} somewhere.
std::vector<std::string> PathsIn(std::string_view key, std::string_view value) {
  constexpr std::array<std::string_view, 5> kOfFiles = {"sslcert", "sslkey", "sslrootcert",
                                                        "sslcrl", "sslcrldir"};
  constexpr std::string_view kOfSystem = "system";  // the certificates that the system trusts
  std::vector<std::string> paths;
  if (key != kUrl) return paths;
  std::string_view rest = value.substr(std::min(value.find('?'), value.size()));
  if (!rest.empty()) rest.remove_prefix(1);
  while (!rest.empty()) {
    std::string_view one = jdbc::TakeUpTo(rest, "&");
    const Result<std::string> name = jdbc::Unescaped(jdbc::TakeUpTo(one, "="));
    const Result<std::string> file = jdbc::Unescaped(one);
    if (!name.ok() || !file.ok()) continue;  // which CREATE TABLE refuses
    if (std::ranges::find(kOfFiles, ToLower(*name)) == kOfFiles.end()) continue;
    if (!file->empty() && *file != kOfSystem) paths.push_back(*file);
  }
  return paths;
}

Result<Access> AccessOfUrl(std::string_view url, std::string_view user, std::string_view password,
                           int64_t connect_millis) {
  Access access;
  // What a parameter of the URL may replace.
  access.keywords.emplace_back("application_name", "weir");
  // So that a peer that is gone is noticed within two minutes, and not within two hours.
  constexpr std::array<std::pair<const char*, const char*>, 4> kAlive = {
      {{"keepalives_idle", "60"},
       {"keepalives_interval", "10"},
       {"keepalives_count", "6"},
       {"tcp_user_timeout", "120000"}}};
  for (const auto& [keyword, value] : kAlive) access.keywords.emplace_back(keyword, value);
  access.connect_millis = std::max<int64_t>(1000, connect_millis);
  RETURN_IF_ERROR(ParseUrl(url, access));
  if (!user.empty()) access.keywords.emplace_back("user", user);
  if (!password.empty()) access.keywords.emplace_back("password", password);
  return access;
}

std::string UrlOf(std::string_view host, int64_t port, std::string_view database) {
  const auto escaped = [](std::string_view text) {
    std::string out;
    for (const char c : text) {
      const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 ||
                         std::string_view("-._:[]").find(c) != std::string_view::npos;
      out.append(plain ? std::string(1, c) : fmt::format("%{:02x}", static_cast<uint8_t>(c)));
    }
    return out;
  };
  const bool bare = host.find(':') != std::string_view::npos && !host.starts_with('[');
  return fmt::format("jdbc:postgresql://{}{}{}:{}/{}", bare ? "[" : "", escaped(host),
                     bare ? "]" : "", port, escaped(database));
}

Result<Access> AccessOf(const graph::TypedOptions& said) {
  return AccessOfUrl(said.Text(kUrl), said.Text(kUsername), said.Text(kPassword),
                     TRY(said.Millis(kConnectTimeout)));
}

}  // namespace weir::connectors::postgres
