#include "runtime/connectors/formats/plain_text.h"

namespace weir::connectors {

bool PlainTimestamps::Learn(const char* p) {
  constexpr uint64_t kShape = 0x2D30302D30303030;  // "0000-00-"
  constexpr uint64_t kDashes = 0xFF0000FF00000000;
  const uint64_t word = LoadWord(p);
  const uint64_t values = word ^ kShape;
  const auto tens = static_cast<uint8_t>(p[8] - '0');
  const auto ones = static_cast<uint8_t>(p[9] - '0');
  if (((values & kDashes) | NotDigits(values)) != 0 || tens > 9 || ones > 9) return false;
  const uint64_t pairs = values * 10 + (values >> 8);
  const auto year = static_cast<int64_t>((pairs & 0xFF) * 100 + (pairs >> 16 & 0xFF));
  const auto month = static_cast<int>(pairs >> 40 & 0xFF);
  const int day = tens * 10 + ones;
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > DaysInMonth(year, month))
    return false;
  year_month_ = word;
  day_ = LoadDay(p + 8);
  date_micros_ = DaysFromCivil(year, month, day) * kMicrosPerDay;
  return true;
}

}  // namespace weir::connectors
