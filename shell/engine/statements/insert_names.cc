#include "shell/engine/statements/insert_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "planner/parse/same_sql.h"
#include "runtime/base/names.h"

namespace weir::shell {
namespace {

std::string NumberedName(const std::string& base, size_t number) {
  return number == 1 ? base : fmt::format("{}_{}", base, number);
}

// 1 for `base` itself, n for `base`_n; nothing for other names.
std::optional<size_t> NumberOf(std::string_view name, std::string_view base) {
  if (EqualsIgnoreCase(name, base)) return 1;
  if (name.size() < base.size() + 2 || name[base.size()] != '_') return std::nullopt;
  if (!EqualsIgnoreCase(name.substr(0, base.size()), base)) return std::nullopt;
  const std::string_view digits = name.substr(base.size() + 1);
  size_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool whole = error == std::errc() && end == digits.data() + digits.size();
  return whole && number > 1 ? std::optional(number) : std::nullopt;
}

// The INSERTs of the script whose jobs would get the name `base`, in order.
std::vector<UnnamedInsert> SiblingsIn(const std::vector<UnnamedInsert>& script,
                                      const std::string& base) {
  std::vector<UnnamedInsert> siblings;
  for (const UnnamedInsert& insert : script) {
    if (EqualsIgnoreCase(insert.job_name, base)) siblings.push_back(insert);
  }
  return siblings;
}

class Namer {
 public:
  Namer(const ast::Insert& insert, const InsertNaming& naming)
      : naming_(naming),
        base_(DefaultJobName({&insert})),
        sql_(JobSql({&insert})),
        siblings_(SiblingsIn(*naming.script, base_)) {}

  std::string Name() const {
    if (const auto number = NumberOfSameSql()) return NumberedName(base_, *number);
    const size_t place = Place();
    if (!TakenByAnother(place)) return NumberedName(base_, place);
    size_t number = std::max(siblings_.size(), place) + 1;
    while (TakenByAnother(number) || UnfinishedSql(number)) ++number;
    return NumberedName(base_, number);
  }

 private:
  // The least number of an unfinished job of this SQL that does not run.
  std::optional<size_t> NumberOfSameSql() const {
    std::optional<size_t> least;
    for (const JobRecord& record : *naming_.records) {
      const std::optional<size_t> number = NumberOf(record.name, base_);
      if (!number || !record.unfinished() || !parse::IsSameSql(record.sql, sql_) || Runs(*number)) {
        continue;
      }
      least = std::min(least.value_or(*number), *number);
    }
    return least;
  }

  // From 1. An INSERT that is not in the script, such as one in a generated statement, counts as
  // the first.
  size_t Place() const {
    size_t place = 1;
    for (const UnnamedInsert& sibling : siblings_)
      place += sibling.span.end <= naming_.span.begin ? 1 : 0;
    return place;
  }

  bool Runs(size_t number) const {
    return std::ranges::any_of(naming_.running, [&](const std::string& name) {
      return EqualsIgnoreCase(name, NumberedName(base_, number));
    });
  }

  // The SQL of the unfinished job with this number.
  const std::string* UnfinishedSql(size_t number) const {
    for (const JobRecord& record : *naming_.records) {
      if (record.unfinished() && NumberOf(record.name, base_) == number) return &record.sql;
    }
    return nullptr;
  }

  bool TakenByAnother(size_t number) const {
    if (Runs(number)) return true;
    const std::string* sql = UnfinishedSql(number);
    return sql != nullptr && !parse::IsSameSql(*sql, sql_) &&
           std::ranges::any_of(siblings_, [&](const UnnamedInsert& other) {
             return parse::IsSameSql(other.sql, *sql);
           });
  }

  const InsertNaming& naming_;
  const std::string base_;
  const std::string sql_;
  const std::vector<UnnamedInsert> siblings_;
};

}  // namespace

std::string NameOfInsert(const ast::Insert& insert, const InsertNaming& naming) {
  return Namer(insert, naming).Name();
}

}  // namespace weir::shell
