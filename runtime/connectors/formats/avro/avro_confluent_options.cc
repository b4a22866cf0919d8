#include "runtime/connectors/formats/avro/avro_confluent_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "runtime/base/names.h"
#include "runtime/graph/secret_reference.h"
#include "runtime/graph/typed_options.h"

namespace weir::connectors::avro {
namespace {

using graph::OptionDescriptor;
using graph::OptionKind;
using graph::OptionEffect::kAccess;
using graph::OptionReach::kKeysPath;
using graph::OptionReach::kSystem;

// The options of Flink's "Confluent Avro Format", and one that only Weir has.
constexpr std::array kConfluentOptions = {
    OptionDescriptor{"url", OptionKind::kString, "", graph::kMayBeSecret, false,
                     "The schema registry; or several of its addresses: 'http://a:8081,http://b'.",
                     kAccess, kSystem},
    OptionDescriptor{"subject", OptionKind::kString, "", "", false,
                     "What the schema is registered under: else '<topic>-value' or '<topic>-key'.",
                     kAccess},
    OptionDescriptor{"schema", OptionKind::kString, "", "", false,
                     "The schema, as JSON, which fits the columns; else it is made of them."},
    OptionDescriptor{"basic-auth.credentials-source", OptionKind::kString, "", "", false,
                     "USER_INFO: basic-auth.user-info; URL: the url says them.", kAccess, kSystem},
    OptionDescriptor{"basic-auth.user-info", OptionKind::kString, "", graph::kMayBeSecret, false,
                     "'name:password'.", kAccess, kSystem},
    OptionDescriptor{"bearer-auth.credentials-source", OptionKind::kString, "", "", false,
                     "STATIC_TOKEN: bearer-auth.token.", kAccess, kSystem},
    OptionDescriptor{"bearer-auth.token", OptionKind::kString, "", graph::kMayBeSecret, false,
                     "The token of a bearer.", kAccess, kSystem},
    OptionDescriptor{"ssl.truststore.location", OptionKind::kString, "", "", false,
                     "A file in PEM form with the certificates that are trusted.", kAccess,
                     kKeysPath},
    OptionDescriptor{"ssl.truststore.password", OptionKind::kString, "", graph::kMayBeSecret, false,
                     "Of no meaning to a file in PEM form.", kAccess, kSystem},
    OptionDescriptor{"ssl.keystore.location", OptionKind::kString, "", "", false,
                     "A file with our certificate and its key, in PEM form or as PKCS #12.",
                     kAccess, kKeysPath},
    OptionDescriptor{"ssl.keystore.password", OptionKind::kString, "", graph::kMayBeSecret, false,
                     "Its password.", kAccess, kSystem},
    // Flink's names before 1.14.
    OptionDescriptor{"schema-registry.url", OptionKind::kString, "", graph::kMayBeSecret, false,
                     "As 'url', in older scripts.", kAccess, kSystem},
    OptionDescriptor{"schema-registry.subject", OptionKind::kString, "", "", false,
                     "As 'subject', in older scripts.", kAccess},
    OptionDescriptor{"schema-registry.schema", OptionKind::kString, "", "", false,
                     "As 'schema', in older scripts."},
    OptionDescriptor{"ignore-parse-errors", OptionKind::kBoolean, "false", "", false,
                     "Bad messages are left out and counted."},
};

// A property of Confluent's client ('properties.*'), and the option of Flink that means the same.
struct PropertyName {
  std::string_view property;
  std::string_view option;
};
constexpr std::array kProperties = {
    PropertyName{"basic.auth.credentials.source", "basic-auth.credentials-source"},
    PropertyName{"basic.auth.user.info", "basic-auth.user-info"},
    PropertyName{"schema.registry.basic.auth.user.info", "basic-auth.user-info"},
    PropertyName{"bearer.auth.credentials.source", "bearer-auth.credentials-source"},
    PropertyName{"bearer.auth.token", "bearer-auth.token"},
    PropertyName{"schema.registry.ssl.truststore.location", "ssl.truststore.location"},
    PropertyName{"schema.registry.ssl.truststore.password", "ssl.truststore.password"},
    PropertyName{"schema.registry.ssl.keystore.location", "ssl.keystore.location"},
    PropertyName{"schema.registry.ssl.keystore.password", "ssl.keystore.password"},
};

Status WrongConfluent(std::string_view format, std::string_view key, std::string_view why) {
  return Status::InvalidSql(
             fmt::format("the value of option '{}.{}' is wrong: {}", format, key, why))
      .WithId("E2008");
}

Status Refused(std::string_view format, std::string_view key, std::string_view why) {
  return Status::Unsupported(
      fmt::format("the option '{}.{}' is not supported: {}", format, key, why));
}

// Values by key; Flink's own options go before properties of the client.
class Given {
 public:
  static Result<Given> Of(std::string_view format, const graph::TableOptions& options) {
    Given given;
    given.format_ = format;
    const std::string prefix = fmt::format("{}.", format);
    for (const graph::TableOption& option : options) {
      if (!option.key.starts_with(prefix)) continue;
      std::string_view key = std::string_view(option.key).substr(prefix.size());
      if (!key.starts_with(kRegistryProperties)) {
        given.values_.insert_or_assign(std::string(key), option.value);
        continue;
      }
      const std::string_view name = key.substr(kRegistryProperties.size());
      const auto known = std::ranges::find(kProperties, name, &PropertyName::property);
      if (known == kProperties.end()) {
        return Refused(format, key,
                       "of the properties of Confluent's client those are known that say who "
                       "asks and who is trusted");
      }
      given.values_.emplace(known->option, option.value);
    }
    return given;
  }

  std::string_view format() const { return format_; }
  std::string Text(std::string_view key) const {
    for (const std::string& name : {std::string(key), fmt::format("schema-registry.{}", key)}) {
      const auto found = values_.find(name);
      if (found != values_.end()) return found->second;
    }
    return "";
  }

 private:
  std::string_view format_;
  std::map<std::string, std::string> values_;
};

// The addresses in 'url'. A list that refers to a secret is returned as it is; it is split and
// checked when the table is read or written, once the secret's value is known.
Result<std::vector<std::string>> UrlsIn(const Given& given) {
  std::vector<std::string> urls;
  const std::string all = given.Text("url");
  std::string_view list = all;
  if (graph::RefersToSecret(list)) return std::vector<std::string>{std::string(list)};
  while (!list.empty()) {
    const size_t end = std::min(list.find(','), list.size());
    std::string_view url = list.substr(0, end);
    while (url.starts_with(' ')) url.remove_prefix(1);
    while (url.ends_with(' ') || url.ends_with('/')) url.remove_suffix(1);
    std::string whole(url);
    if (!url.starts_with("http://") && !url.starts_with("https://")) {
      return WrongConfluent(
          given.format(), "url",
          fmt::format("'{}' does not begin with http:// or https://", http::ShownUrl(whole)));
    }
    // The message does not quote the address, which may contain a password.
    if (!http::IsUrl(whole)) {
      return WrongConfluent(given.format(), "url",
                            fmt::format("address {} is none", urls.size() + 1))
          .WithHint(
              "in a name or a password other characters than letters and digits are "
              "written as '%2F'");
    }
    urls.push_back(std::move(whole));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  if (!urls.empty()) return urls;
  return Status::InvalidSql(
             fmt::format("the format '{0}' needs the option '{0}.url'", given.format()))
      .WithId("E2008")
      .WithHint(fmt::format("'{}.url' = 'http://localhost:8081' is where schemas are registered",
                            given.format()));
}

Status AddCredentials(const Given& given, http::Access& access) {
  const std::string basic = given.Text("basic-auth.credentials-source");
  // Without a source Confluent's client takes no user-info; here what is given is used.
  if (EqualsIgnoreCase(basic, "USER_INFO") || basic.empty()) {
    access.user_info = given.Text("basic-auth.user-info");
    if (!basic.empty() && access.user_info.empty())
      return WrongConfluent(given.format(), "basic-auth.credentials-source",
                            "'basic-auth.user-info' is not given");
  } else if (!EqualsIgnoreCase(basic, "URL")) {
    return Refused(given.format(), "basic-auth.credentials-source", "USER_INFO and URL are known");
  }
  const std::string bearer = given.Text("bearer-auth.credentials-source");
  if (!bearer.empty() && !EqualsIgnoreCase(bearer, "STATIC_TOKEN"))
    return Refused(given.format(), "bearer-auth.credentials-source", "STATIC_TOKEN is known");
  access.token = given.Text("bearer-auth.token");
  if (!bearer.empty() && access.token.empty())
    return WrongConfluent(given.format(), "bearer-auth.credentials-source",
                          "'bearer-auth.token' is not given");
  return {};
}

bool IsJavaKeyStore(std::string_view path) {
  return path.ends_with(".jks");
}

bool IsPkcs12(std::string_view path) {
  return path.ends_with(".p12") || path.ends_with(".pfx");
}

Status AddCertificates(const Given& given, http::Access& access) {
  access.authorities = given.Text("ssl.truststore.location");
  if (IsJavaKeyStore(access.authorities) || IsPkcs12(access.authorities)) {
    return Refused(given.format(), "ssl.truststore.location",
                   "a trust store of Java (JKS, PKCS12) is not read")
        .WithHint("write its certificates to a file in PEM form (keytool -exportcert -rfc)");
  }
  access.certificate = given.Text("ssl.keystore.location");
  access.certificate_password = given.Text("ssl.keystore.password");
  access.pkcs12 = IsPkcs12(access.certificate);
  if (!IsJavaKeyStore(access.certificate)) return {};
  return Refused(given.format(), "ssl.keystore.location", "a key store of Java (JKS) is not read")
      .WithHint("keytool -importkeystore makes one of PKCS #12 of it, whose name ends with .p12");
}

}  // namespace

std::span<const OptionDescriptor> ConfluentOptionDescriptors() {
  return kConfluentOptions;
}

graph::OptionReach ReachOfProperty(std::string_view key) {
  return key.ends_with(".location") ? kKeysPath : kSystem;
}

Result<ConfluentOptions> ConfluentOptionsOf(std::string_view format,
                                            const graph::TableOptions& options) {
  const Given given = TRY(Given::Of(format, options));
  ConfluentOptions said;
  said.place.urls = TRY(UrlsIn(given));
  said.place.option = fmt::format("{}.url", format);
  said.subject = given.Text("subject");
  said.schema = given.Text("schema");
  RETURN_IF_ERROR(AddCredentials(given, said.place.access));
  RETURN_IF_ERROR(AddCertificates(given, said.place.access));
  return said;
}

Status WrongSchema(std::string_view format, const Status& status) {
  return WrongConfluent(format, "schema", status.message()).WithHint(status.hint());
}

}  // namespace weir::connectors::avro
