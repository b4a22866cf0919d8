#include "shell/engine/session/object_settings.h"

#include <algorithm>
#include <cstdlib>
#include <initializer_list>
#include <string>

namespace weir::shell {
namespace {

constexpr uint64_t kLeastPart = 5U << 20U;  // S3's: of all parts but the last one
constexpr uint64_t kLeastReadAhead = 64U << 10U;

std::string FirstSaid(std::string said, std::initializer_list<const char*> variables) {
  for (const char* const name : variables) {
    const char* const value = std::getenv(name);
    if (said.empty() && value != nullptr) said = value;
  }
  return said;
}

}  // namespace

s3::Settings ObjectSettings(const conf::Settings& settings) {
  s3::Settings made;
  s3::Credentials& who = made.credentials;
  who.access_key = settings.Get("s3.access-key");
  who.secret_key = settings.Get("s3.secret-key");
  who.session_token = settings.Get("s3.session-token");
  if (who.access_key.empty()) {
    who.access_key = FirstSaid("", {"AWS_ACCESS_KEY_ID"});
    who.secret_key = FirstSaid("", {"AWS_SECRET_ACCESS_KEY"});
    who.session_token = FirstSaid(who.session_token, {"AWS_SESSION_TOKEN"});
  }
  made.endpoint =
      FirstSaid(settings.Get("s3.endpoint"), {"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"});
  made.region = FirstSaid(settings.Get("s3.region"), {"AWS_REGION", "AWS_DEFAULT_REGION"});
  made.path_style = settings.GetBool("s3.path.style.access");
  made.authorities = settings.Get("s3.tls.authorities");
  made.connect_millis = settings.GetMillis("s3.connection.establish.timeout");
  made.silent_millis = settings.GetMillis("s3.connection.timeout");
  made.attempts = static_cast<uint32_t>(settings.GetInteger("s3.attempts.maximum"));
  made.retry_millis = settings.GetMillis("s3.retry.interval");
  made.part_bytes = std::max(kLeastPart, settings.GetBytes("s3.multipart.size"));
  made.read_ahead_bytes = std::max(kLeastReadAhead, settings.GetBytes("s3.readahead.range"));
  made.threads = static_cast<uint32_t>(settings.GetInteger("s3.threads.max"));
  return made;
}

}  // namespace weir::shell
