// How a zone goes on behind the last transition that its file lists: the text in the footer of a
// TZif file (RFC 8536, 3.3), which is that of the environment variable TZ in POSIX with the
// extensions of RFC 8536. "CET-1CEST,M3.5.0,M10.5.0/3"
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir {

struct ZoneRule {
  struct Offset {
    int32_t seconds = 0;  // east of UTC
    std::string abbreviation;
  };
  // A day of each year, and the seconds from its midnight on the wall clock until the change.
  struct Date {
    // kMonth: the first to fourth or last (week 5) `day` of a month, 0 for Sunday; kOrdinal: a day
    // of 1 to 365, never February 29; kOrdinalFromZero: of 0 to 365.
    enum class Form : uint8_t { kMonth, kOrdinal, kOrdinalFromZero };
    Form form = Form::kMonth;
    int month = 0;
    int week = 0;
    int day = 0;
    int32_t seconds = 7'200;
  };
  // A change of the offset, at UTC seconds.
  struct Transition {
    int64_t at = 0;
    const Offset* to = nullptr;  // in the rule
  };

  Offset standard;
  Offset daylight;
  Date begin;  // of daylight, on the wall clock of `standard`
  Date end;    // on that of `daylight`

  // Both changes of a year, the earlier one first.
  std::array<Transition, 2> In(int64_t year) const;
};

// Nothing for a zone without daylight saving, and for what is no such text.
std::optional<ZoneRule> ParseZoneRule(std::string_view text);

// The footer of the zone's file in /usr/share/zoneinfo; "" if there is none. `name` is a zone's.
std::string ReadZoneFooter(const std::string& name);

}  // namespace weir
