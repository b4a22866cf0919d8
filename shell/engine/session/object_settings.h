// How the options of a process, and its environment, say that object stores are reached.
#pragma once

#include "conf/settings.h"
#include "runtime/s3/s3_settings.h"

namespace weir::shell {

// The options "s3.*"; of what they do not say, what AWS's own programs take from the environment:
// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, AWS_REGION or
// AWS_DEFAULT_REGION, AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL.
s3::Settings ObjectSettings(const conf::Settings& settings);

}  // namespace weir::shell
