#include "runtime/window/window_spec.h"

#include <fmt/format.h>

namespace weir::window {
namespace {

struct Unit {
  int64_t millis;
  const char* name;
};
constexpr Unit kUnits[] = {{86'400'000, "day"},
                           {3'600'000, "hour"},
                           {60'000, "minute"},
                           {1'000, "second"},
                           {1, "millisecond"}};

// The length in the largest unit of which it is a multiple: "90 minutes".
std::string Duration(int64_t millis) {
  for (const Unit& unit : kUnits) {
    if (millis % unit.millis != 0 || millis == 0) continue;
    const int64_t count = millis / unit.millis;
    return fmt::format("{} {}{}", count, unit.name, count == 1 ? "" : "s");
  }
  return "0 milliseconds";
}

std::string Lengths(const WindowSpec& spec) {
  switch (spec.kind) {
    case WindowKind::kTumble:
      return fmt::format("TUMBLE(size {}", Duration(spec.size));
    case WindowKind::kHop:
      return fmt::format("HOP(size {}, slide {}", Duration(spec.size), Duration(spec.slide));
    case WindowKind::kCumulate:
      return fmt::format("CUMULATE(size {}, step {}", Duration(spec.size), Duration(spec.slide));
    case WindowKind::kSession:
      return fmt::format("SESSION(gap {}", Duration(spec.size));
  }
  return "";
}

}  // namespace

std::string WindowSpec::ToString() const {
  std::string text = Lengths(*this);
  if (offset != 0) text += ", offset " + Duration(offset);
  if (processing_time) text += ", processing time";
  return text + ")";
}

}  // namespace weir::window
