// Parses text by a pattern of java.time's DateTimeFormatter. Only DateTimePattern::Parse uses it.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include "runtime/types/datetime_pattern.h"

namespace weir {

struct DayPeriod;

// Parses one text; an object is used for one Run. Borrows the items and the text, and allocates
// nothing. The member functions return false if the text does not match or contradicts itself; what
// was read until then stays.
class JavaTimeParser {
 public:
  using Item = DateTimePattern::Item;

  JavaTimeParser(const std::vector<Item>& items, std::string_view text);

  // The local time in the text; std::nullopt if it does not match or contradicts itself.
  std::optional<TimestampNanos> Run();

 private:
  enum class Field : uint8_t;
  struct Width;
  static constexpr int64_t kAbsent = std::numeric_limits<int64_t>::min();
  static constexpr size_t kFields = 25;
  // The fields that were read so far; copied when an optional section begins, so that it can be
  // undone.
  struct Fields {
    std::array<int64_t, kFields> values;
    const DayPeriod* period = nullptr;
  };

  static Width WidthOf(const Item& item);
  static Field FieldOf(char letter);

  bool Has(Field field) const;
  int64_t At(Field field) const;
  bool Set(Field field, int64_t value);
  bool IsWithin(Field field, int64_t least, int64_t most) const;

  bool Items(size_t first, size_t end);
  bool Padded(size_t index);
  bool One(size_t index);
  bool Word(std::string_view word);
  template <size_t kCount>
  bool OneOf(const std::array<std::string_view, kCount>& words, Field field, int64_t first);
  template <size_t kCount>
  bool Name(const std::array<std::string_view, kCount>& names, int letters, Field field,
            int64_t first);
  bool Era(int letters);
  bool Period(bool narrow);
  size_t ReservedBehind(size_t index) const;
  bool Number(size_t index);
  bool Take(const Item& item, int64_t value);
  bool Digits(size_t count);
  bool Offset(const Item& item);
  bool Zone();

  bool ResolveTime();
  bool ResolveHours();
  bool SetTimeOfDay(int64_t nanos);
  bool CheckHour();
  bool ResolveDate();
  bool ResolveWeekday();
  bool ResolveDay();
  bool ResolveWeek();
  bool ResolveWeekOfMonth();
  bool SetDate(int64_t days);
  bool CheckDate(int64_t days);
  bool CheckWeeks(int64_t days);

  const std::vector<Item>& items_;
  std::string_view text_;
  Fields fields_;
  bool ends_day_ = false;  // the time is 24:00
};

}  // namespace weir
