// What is secret in the options of tables and in SQL as somebody wrote it, and the same without it:
// for all that is shown. What is stored, planned and run has the values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir::graph {

// Stands for a secret wherever it is shown. No option has it as its value (option_check.h).
inline constexpr std::string_view kHiddenSecret = "******";

// Whether an option's value is a secret, by its key in any case: Flink's list of words
// (GlobalConfiguration), and what clients of Kafka and of schema registries have.
bool NamesASecret(std::string_view key);

// Bytes of a text.
struct SecretPlace {
  size_t begin = 0;
  size_t end = 0;
};
// What is secret in the value of an option, in order: all of it where the key names a secret, else
// passwords in URLs. Not a ${secret:name}, nor the name of a login in front of one ("ada:${…}"),
// nor a JAAS configuration with one, but for what it assigns to words such as "password" in clear.
std::vector<SecretPlace> SecretsInValue(std::string_view key, std::string_view value);

// The same texts, and those within them that a client may say apart: a password in a login's text,
// or behind its name.
std::vector<std::string> SecretTexts(std::string_view key, std::string_view value);

// Whether one of them is stars alone: the value was copied from where it is shown.
bool IsHidden(std::string_view key, std::string_view value);

// The value with kHiddenSecret for each secret.
std::string ShownValue(std::string_view key, std::string_view value);
// SQL that parses, with kHiddenSecret for each secret behind 'key' = in its options and hints.
std::string ShownSql(std::string_view sql);
// Text that may be no SQL, with as many stars as the secret has bytes: places in it stay.
std::string StarredSql(std::string_view text);

}  // namespace weir::graph
