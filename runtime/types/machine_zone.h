// The time zone of the machine that this runs on.
#pragma once

#include <string>

namespace weir {

// The name of the zone that TZ says, else the one of /etc/localtime; UTC where neither is a name of
// the IANA database.
std::string MachineZone();

}  // namespace weir
