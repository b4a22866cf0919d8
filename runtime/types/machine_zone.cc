#include "runtime/types/machine_zone.h"

#include <date/tz.h>

#include <cstdlib>
#include <exception>

#include "runtime/types/time_zone.h"

namespace weir {

std::string MachineZone() {
  const char* const told = std::getenv("TZ");
  if (told != nullptr && TimeZone::Find(told).ok()) return told;
  try {
    return date::current_zone()->name();
  } catch (const std::exception&) {
    return "UTC";
  }
}

}  // namespace weir
