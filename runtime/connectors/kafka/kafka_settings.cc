#include "runtime/connectors/kafka/kafka_settings.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include "runtime/base/names.h"

namespace weir::connectors::kafka {
namespace {

// A property of the Java client that librdkafka has under another name, or not at all.
struct JavaProperty {
  std::string_view name;
  std::string_view here;  // "": it concerns Java alone, or Flink sets it itself
};
constexpr JavaProperty kJavaProperties[] = {
    {"fetch.max.wait.ms", "fetch.wait.max.ms"},
    {"request.timeout.ms", "socket.timeout.ms"},
    {"send.buffer.bytes", "socket.send.buffer.bytes"},
    {"receive.buffer.bytes", "socket.receive.buffer.bytes"},
    {"max.request.size", "message.max.bytes"},
    {"ssl.truststore.certificates", "ssl.ca.pem"},
    {"ssl.keystore.certificate.chain", "ssl.certificate.pem"},
    {"ssl.keystore.key", "ssl.key.pem"},
    {"ssl.protocol", ""},
    {"ssl.enabled.protocols", ""},
    {"ssl.keymanager.algorithm", ""},
    {"ssl.trustmanager.algorithm", ""},
    {"ssl.secure.random.implementation", ""},
    {"ssl.provider", ""},
    {"key.deserializer", ""},
    {"value.deserializer", ""},
    {"key.serializer", ""},
    {"value.serializer", ""},
    {"max.poll.records", ""},
    {"max.poll.interval.ms", ""},
    {"session.timeout.ms", ""},
    {"heartbeat.interval.ms", ""},
    {"enable.auto.commit", ""},
    {"auto.commit.interval.ms", ""},
    {"auto.offset.reset", ""},  // of group-offsets; the source reads it itself
    {"group.id", ""},           // as well
    {"partition.assignment.strategy", ""},
    {"partition.discovery.interval.ms", ""},
    {"client.id.prefix", ""},
    {"exclude.internal.topics", ""},
    {"allow.auto.create.topics", ""},
    {"default.api.timeout.ms", ""},
    {"metrics.num.samples", ""},
    {"metrics.recording.level", ""},
    {"metrics.sample.window.ms", ""},
    {"register.consumer.metrics", ""},
    {"register.producer.metrics", ""},
};

// A property that only Java could obey, and that must not be ignored in silence.
struct RefusedProperty {
  std::string_view name;
  std::string_view reason;
};
constexpr RefusedProperty kRefused[] = {
    {"config.providers", "it names classes of Java; ${secret:…} holds what is secret"},
    {"interceptor.classes", "it names classes of Java"},
    {"metric.reporters", "it names classes of Java"},
    {"plugin.library.paths", "it loads code into this process"},
    {"sasl.client.callback.handler.class", "it names a class of Java"},
    {"sasl.login.callback.handler.class", "it names a class of Java"},
    {"sasl.login.class", "it names a class of Java"},
    {"security.providers", "it names classes of Java"},
    {"ssl.engine.factory.class", "it names a class of Java"},
};

// Java's stores of keys, by what they are called there.
constexpr std::string_view kTrustStore = "ssl.truststore.location";
constexpr std::string_view kTrustStoreType = "ssl.truststore.type";
constexpr std::string_view kTrustStorePassword = "ssl.truststore.password";
constexpr std::string_view kKeyStore = "ssl.keystore.location";
constexpr std::string_view kKeyStoreType = "ssl.keystore.type";
constexpr std::string_view kEndpoint = "ssl.endpoint.identification.algorithm";
constexpr std::string_view kJaas = "sasl.jaas.config";

Status WrongSetting(std::string_view name, std::string_view why) {
  return Status::InvalidSql(
             fmt::format("the value of option '{}{}' is wrong: {}", kPropertyPrefix, name, why))
      .WithId("E2008");
}

Status Refused(std::string_view name, std::string_view why) {
  return Status::Unsupported(
      fmt::format("the option '{}{}' is not supported: {}", kPropertyPrefix, name, why));
}

// The value of `key` in a JAAS text: key="value" or key='value'.
std::optional<std::string> JaasValue(std::string_view text, std::string_view key) {
  for (size_t at = text.find(key); at != std::string_view::npos; at = text.find(key, at + 1)) {
    if (at > 0 && text[at - 1] != ' ' && text[at - 1] != '\n' && text[at - 1] != '\t') continue;
    std::string_view rest = text.substr(at + key.size());
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    if (!rest.starts_with('=')) continue;
    rest.remove_prefix(1);
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    if (rest.empty()) return std::nullopt;
    if (const char quote = rest.front(); quote == '"' || quote == '\'') {
      std::string value;
      for (size_t i = 1; i < rest.size() && rest[i] != quote; ++i) {
        if (rest[i] == '\\' && i + 1 < rest.size()) ++i;
        value += rest[i];
      }
      return value;
    }
    return std::string(rest.substr(0, rest.find_first_of(" ;\t\n")));
  }
  return std::nullopt;
}

// Java Authentication and Authorization Service: "<module> required username=… password=…;".
Status AddJaas(std::string_view text, std::vector<ClientSetting>& settings) {
  const bool plain = text.find("PlainLoginModule") != std::string_view::npos;
  const bool scram = text.find("ScramLoginModule") != std::string_view::npos;
  if (!plain && !scram) {
    return Refused(kJaas, "of its login modules PlainLoginModule and ScramLoginModule are known");
  }
  const std::optional<std::string> user = JaasValue(text, "username");
  const std::optional<std::string> password = JaasValue(text, "password");
  if (!user || !password) return WrongSetting(kJaas, "it lacks username=\"…\" or password=\"…\"");
  settings.push_back({"sasl.username", *user});
  settings.push_back({"sasl.password", *password});
  return {};
}

Status AddTrustStore(const graph::TableOptions& options, std::string_view path,
                     std::vector<ClientSetting>& settings) {
  if (!EqualsIgnoreCase(PropertyOf(options, kTrustStoreType), "PEM")) {
    return Refused(kTrustStore, "a trust store of Java (JKS, PKCS12) is not read")
        .WithHint(
            "write its certificates to a file in PEM form (keytool -exportcert -rfc), and set "
            "'properties.ssl.ca.location'");
  }
  settings.push_back({"ssl.ca.location", std::string(path)});
  return {};
}

// One file with the key and its certificates, in PEM form or as PKCS #12.
Status AddKeyStore(const graph::TableOptions& options, std::string_view path,
                   std::vector<ClientSetting>& settings) {
  const std::string_view type = PropertyOf(options, kKeyStoreType);
  if (EqualsIgnoreCase(type, "PEM")) {
    settings.push_back({"ssl.certificate.location", std::string(path)});
    settings.push_back({"ssl.key.location", std::string(path)});
    return {};
  }
  if (EqualsIgnoreCase(type, "JKS") || (type.empty() && path.ends_with(".jks"))) {
    return Refused(kKeyStore, "a key store of Java (JKS) is not read")
        .WithHint(
            "'properties.ssl.keystore.type' = 'PKCS12' (keytool -importkeystore makes one of it) "
            "or 'PEM' with a file that has the key and its certificates");
  }
  settings.push_back({std::string(kKeyStore), std::string(path)});
  return {};
}

Status AddProperty(const graph::TableOptions& options, std::string_view name,
                   std::string_view value, std::vector<ClientSetting>& settings) {
  for (const RefusedProperty& refused : kRefused) {
    if (refused.name == name) return Refused(name, refused.reason);
  }
  if (name == kJaas) return AddJaas(value, settings);
  if (name == kTrustStore) return AddTrustStore(options, value, settings);
  if (name == kKeyStore) return AddKeyStore(options, value, settings);
  if (name == kTrustStoreType || name == kTrustStorePassword || name == kKeyStoreType) return {};
  if (name == kEndpoint && value.empty()) {  // Java's word for: the certificate may be another's
    settings.push_back({std::string(kEndpoint), "none"});
    return {};
  }
  for (const JavaProperty& java : kJavaProperties) {
    if (java.name != name) continue;
    if (!java.here.empty()) settings.push_back({std::string(java.here), std::string(value)});
    return {};
  }
  settings.push_back({std::string(name), std::string(value)});
  return {};
}

using Conf = std::unique_ptr<rd_kafka_conf_t, decltype(&rd_kafka_conf_destroy)>;

std::vector<std::string> KnownNames(const rd_kafka_conf_t* conf) {
  size_t count = 0;
  const char** const dump = rd_kafka_conf_dump(const_cast<rd_kafka_conf_t*>(conf), &count);
  std::vector<std::string> names = {"bootstrap.servers"};  // there it has another name
  for (size_t i = 0; i < count; i += 2) names.emplace_back(dump[i]);
  rd_kafka_conf_dump_free(dump, count);
  for (const JavaProperty& java : kJavaProperties) names.emplace_back(java.name);
  return names;
}

// kInvalidSql E2008 if librdkafka does not take the setting.
Status CheckSetting(rd_kafka_conf_t* conf, const ClientSetting& setting) {
  std::array<char, 512> why{};
  switch (
      rd_kafka_conf_set(conf, setting.key.c_str(), setting.value.c_str(), why.data(), why.size())) {
    case RD_KAFKA_CONF_OK:
      return {};
    case RD_KAFKA_CONF_INVALID:
      return WrongSetting(setting.key, why.data());
    case RD_KAFKA_CONF_UNKNOWN:
      return Status::InvalidSql(fmt::format("Kafka's clients have no property of option '{}{}'",
                                            kPropertyPrefix, setting.key))
          .WithId("E2008")
          .WithHint(DidYouMean(setting.key, KnownNames(conf)));
  }
  return Status::Internal("librdkafka answers something else");
}

}  // namespace

std::string_view PropertyOf(const graph::TableOptions& options, std::string_view name) {
  for (const graph::TableOption& option : options) {
    if (option.key.starts_with(kPropertyPrefix) &&
        std::string_view(option.key).substr(kPropertyPrefix.size()) == name)
      return option.value;
  }
  return "";
}

graph::OptionReach ReachOfProperty(std::string_view key) {
  const std::string_view name = key.substr(std::min(kPropertyPrefix.size(), key.size()));
  const auto ends = [name](std::string_view end) { return name.ends_with(end); };
  const auto begins = [name](std::string_view begin) { return name.starts_with(begin); };
  constexpr std::array kPaths = {".location", ".file", ".keytab", ".path", ".paths"};
  if (std::ranges::any_of(kPaths, ends)) return graph::OptionReach::kKeysPath;
  constexpr std::array kLogins = {"sasl.", "ssl.",        "security.", "https.",
                                  "oauth", "enable.sasl", "enable.ssl"};
  constexpr std::array kPlaces = {".servers", "broker.list", ".url"};
  const bool system = std::ranges::any_of(kLogins, begins) || std::ranges::any_of(kPlaces, ends);
  return system ? graph::OptionReach::kSystem : graph::OptionReach::kNothing;
}

Result<std::vector<ClientSetting>> ClientSettings(const graph::TableOptions& options) {
  std::vector<ClientSetting> settings;
  for (const graph::TableOption& option : options) {
    if (!option.key.starts_with(kPropertyPrefix)) continue;
    const std::string_view name = std::string_view(option.key).substr(kPropertyPrefix.size());
    RETURN_IF_ERROR(AddProperty(options, name, option.value, settings));
  }
  const Conf conf(rd_kafka_conf_new(), rd_kafka_conf_destroy);
  for (const ClientSetting& setting : settings) RETURN_IF_ERROR(CheckSetting(conf.get(), setting));
  return settings;
}

}  // namespace weir::connectors::kafka
