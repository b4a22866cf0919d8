// The time zone of the machine that this runs on.
#pragma once

#include <string>

namespace weir {

// The zone that the environment variable TZ names, else the one that /etc/localtime links to; "UTC"
// if neither can be found in the IANA database. Never fails.
std::string MachineZone();

}  // namespace weir
