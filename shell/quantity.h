// Numbers as people read them.
#pragma once

#include <cstdint>
#include <string>

namespace weir::shell {

std::string BytesText(uint64_t bytes);          // "512 B", "1.5 KiB", "3.2 GiB"
std::string CountText(double count);            // "999", "1.21 K", "12.3 M"
std::string DurationText(double seconds);       // "0.012 s", "4.3 s", "2 min 05 s", "1 h 02 min"
std::string GroupedText(uint64_t count);        // "1,234,567"

}  // namespace weir::shell
