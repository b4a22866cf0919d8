#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

#include "runtime/base/names.h"
#include "runtime/connectors/faker/expression.h"
#include "runtime/connectors/faker/words.h"
#include "runtime/graph/connector_descriptor.h"

namespace weir::connectors {
namespace {

Status Misused(const FakerDirective& directive, std::string_view wanted) {
  return Status::InvalidArgument(fmt::format(
      "#{{{}}} takes {}, not {}", directive.text, wanted,
      directive.arguments.empty() ? "nothing"
                                  : fmt::format("'{}'", fmt::join(directive.arguments, "','"))));
}

std::optional<int64_t> IntegerOf(const FakerDirective& directive, size_t place) {
  const Result<int64_t> number = graph::ParseInteger(directive.arguments[place]);
  return number.ok() ? std::optional(*number) : std::nullopt;
}

// --- numbers ---

constexpr std::string_view kTwoIntegers = "two whole numbers, the lesser first";

// As in Java Faker, the upper bound itself is never drawn, unless both bounds are equal.
Result<FakerPart> NumberBetween(const FakerDirective& directive) {
  if (directive.arguments.size() != 2) return Misused(directive, kTwoIntegers);
  const auto low = IntegerOf(directive, 0), high = IntegerOf(directive, 1);
  if (!low || !high || *low > *high) return Misused(directive, kTwoIntegers);
  return FakerPart(FakerInteger{*low, *low == *high ? *high : *high - 1});
}

Result<FakerPart> RandomDouble(const FakerDirective& directive) {
  constexpr std::string_view kWanted =
      "a number of decimals and two whole numbers, the lesser first";
  if (directive.arguments.size() != 3) return Misused(directive, kWanted);
  const auto decimals = IntegerOf(directive, 0);
  const auto low = IntegerOf(directive, 1), high = IntegerOf(directive, 2);
  constexpr int64_t kMostDecimals = 15;
  if (!decimals || *decimals < 0 || *decimals > kMostDecimals || !low || !high || *low > *high)
    return Misused(directive, kWanted);
  return FakerPart(FakerReal{static_cast<int>(*decimals), static_cast<double>(*low),
                             static_cast<double>(*high)});
}

Result<FakerPart> Digits(const FakerDirective& directive) {
  constexpr std::string_view kWanted = "a number of digits from 1 to 1000";
  const auto digits =
      directive.arguments.size() == 1 ? IntegerOf(directive, 0) : std::optional<int64_t>();
  if (!digits || *digits < 1 || *digits > 1000) return Misused(directive, kWanted);
  return FakerPart(
      FakerMask{.mask = std::string(static_cast<size_t>(*digits), '#'), .digits = true});
}

template <int64_t Low, int64_t High>
Result<FakerPart> Within(const FakerDirective& directive) {
  if (!directive.arguments.empty()) return Misused(directive, "no argument");
  return FakerPart(FakerInteger{Low, High});
}

// --- times ---

// Milliseconds of a java.util.concurrent.TimeUnit; 0: no unit.
int64_t MillisOf(std::string_view unit) {
  constexpr int64_t kSecond = 1000;
  constexpr std::array kUnits = {std::pair{"MILLISECONDS", int64_t{1}},
                                 std::pair{"SECONDS", kSecond}, std::pair{"MINUTES", kSecond * 60},
                                 std::pair{"HOURS", kSecond * 3600},
                                 std::pair{"DAYS", kSecond * 24 * 3600}};
  for (const auto& [name, millis] : kUnits) {
    if (EqualsIgnoreCase(unit, name)) return millis;
  }
  return 0;
}

struct Distance {
  int64_t least = 0;  // milliseconds from the row's time
  int64_t most = 0;
  std::shared_ptr<const DateTimePattern> pattern;
};

// 'at most', ['at least',] 'unit' [, 'pattern'], as Datafaker's date.past and date.future.
Result<Distance> DistanceOf(const FakerDirective& directive) {
  constexpr std::string_view kWanted =
      "'at most','UNIT', or 'at most','at least','UNIT', with a unit from MILLISECONDS to DAYS, "
      "and a pattern or none";
  std::vector<std::string> arguments = directive.arguments;
  Distance distance;
  if (arguments.size() > 2 && MillisOf(arguments.back()) == 0) {
    distance.pattern =
        std::make_shared<const DateTimePattern>(TRY(DateTimePattern::Compile(arguments.back())));
    arguments.pop_back();
  }
  if (arguments.size() < 2 || arguments.size() > 3) return Misused(directive, kWanted);
  const int64_t unit = MillisOf(arguments.back());
  const Result<int64_t> most = graph::ParseInteger(arguments[0]);
  const Result<int64_t> least = arguments.size() == 3 ? graph::ParseInteger(arguments[1]) : 0;
  if (unit == 0 || !most.ok() || !least.ok() || *least < 0 || *most < *least ||
      *most > std::numeric_limits<int32_t>::max())
    return Misused(directive, kWanted);
  distance.most = *most * unit;
  distance.least = *least * unit;
  return distance;
}

Result<FakerPart> Past(const FakerDirective& directive) {
  Distance distance = TRY(DistanceOf(directive));
  return FakerPart(FakerTime{-distance.most, -distance.least, std::move(distance.pattern)});
}

Result<FakerPart> Future(const FakerDirective& directive) {
  Distance distance = TRY(DistanceOf(directive));
  return FakerPart(FakerTime{distance.least, distance.most, std::move(distance.pattern)});
}

// A date of birth of a person between 18 and 65 years, or between the ages that are given.
Result<FakerPart> Birthday(const FakerDirective& directive) {
  constexpr std::string_view kWanted = "two ages, the lesser first, or nothing";
  constexpr int64_t kYear = int64_t{365} * 24 * 3600 * 1000;
  if (directive.arguments.empty()) return FakerPart(FakerTime{-65 * kYear, -18 * kYear, nullptr});
  if (directive.arguments.size() != 2) return Misused(directive, kWanted);
  const auto least = IntegerOf(directive, 0), most = IntegerOf(directive, 1);
  if (!least || !most || *least < 0 || *most < *least || *most > 1000)
    return Misused(directive, kWanted);
  return FakerPart(FakerTime{-*most * kYear, -*least * kYear, nullptr});
}

// --- patterns ---

Result<FakerPart> Regexified(const FakerDirective& directive) {
  if (directive.arguments.size() != 1) return Misused(directive, "one regular expression");
  Result<Regexify> pattern = Regexify::Compile(directive.arguments[0]);
  if (pattern.ok()) return FakerPart(*std::move(pattern));
  return Status::InvalidArgument(fmt::format("regular expression '{}': {}", directive.arguments[0],
                                             pattern.status().message()));
}

template <bool OfDigits, bool OfLetters>
Result<FakerPart> Masked(const FakerDirective& directive) {
  const bool upper = OfLetters && directive.arguments.size() == 2;
  if (directive.arguments.size() != 1 && !upper) return Misused(directive, "one text");
  return FakerPart(FakerMask{directive.arguments[0], OfDigits, OfLetters,
                             upper && EqualsIgnoreCase(directive.arguments[1], "true")});
}

Result<FakerPart> OneOf(const FakerDirective& directive) {
  if (directive.arguments.empty()) return Misused(directive, "what to choose from");
  FakerChoice choice;
  for (const std::string& option : directive.arguments)
    choice.of.push_back(TRY(FakerExpression::Compile(option)));
  return FakerPart(std::move(choice));
}

// #{json 'name','expression', …}
Result<FakerPart> JsonObject(const FakerDirective& directive) {
  const std::vector<std::string>& arguments = directive.arguments;
  if (arguments.empty() || arguments.size() % 2 != 0)
    return Misused(directive, "a name and an expression for each member");
  FakerJson json;
  for (size_t i = 0; i < arguments.size(); i += 2) {
    FakerExpression value = TRY(FakerExpression::Compile(arguments[i + 1]));
    json.members.push_back({arguments[i], std::nullopt, std::move(value)});
  }
  return FakerPart(std::move(json));
}

// #{jsona 'number','name','expression', …}: an array of `number` values; -1: one value, no array.
Result<FakerPart> JsonOfArrays(const FakerDirective& directive) {
  constexpr int64_t kMostValues = 1000;
  constexpr std::string_view kWanted =
      "a number of values up to 1000 (-1: no array), a name and an expression for each member";
  const std::vector<std::string>& arguments = directive.arguments;
  if (arguments.empty() || arguments.size() % 3 != 0) return Misused(directive, kWanted);
  FakerJson json;
  for (size_t i = 0; i < arguments.size(); i += 3) {
    const std::optional<int64_t> values = IntegerOf(directive, i);
    if (!values || *values < -1 || *values > kMostValues) return Misused(directive, kWanted);
    FakerExpression value = TRY(FakerExpression::Compile(arguments[i + 2]));
    FakerJson::Member member{arguments[i + 1], std::nullopt, std::move(value)};
    if (*values >= 0) member.values = static_cast<uint32_t>(*values);
    json.members.push_back(std::move(member));
  }
  return FakerPart(std::move(json));
}

template <uint32_t Count, bool IsUuid>
Result<FakerPart> Hexadecimal(const FakerDirective& directive) {
  if (!directive.arguments.empty()) return Misused(directive, "no argument");
  return FakerPart(FakerHex{Count, IsUuid});
}

template <FakerAddress::Kind Kind>
Result<FakerPart> AddressOf(const FakerDirective& directive) {
  if (!directive.arguments.empty()) return Misused(directive, "no argument");
  return FakerPart(FakerAddress{Kind});
}

// --- the table ---

using Compiler = Result<FakerPart> (*)(const FakerDirective&);
struct Row {
  std::string_view name;  // without case and underscores
  Compiler compile;
};

constexpr int64_t kGreatestInt = std::numeric_limits<int32_t>::max();
constexpr std::array kCompiled = {
    Row{"bothify", Masked<true, true>},
    Row{"crypto.md5", Hexadecimal<32, false>},
    Row{"crypto.sha1", Hexadecimal<40, false>},
    Row{"crypto.sha256", Hexadecimal<64, false>},
    Row{"crypto.sha512", Hexadecimal<128, false>},
    Row{"date.birthday", Birthday},
    Row{"date.future", Future},
    Row{"date.past", Past},
    Row{"internet.ipv4address", AddressOf<FakerAddress::Kind::kIpV4>},
    Row{"internet.ipv6address", AddressOf<FakerAddress::Kind::kIpV6>},
    Row{"internet.macaddress", AddressOf<FakerAddress::Kind::kMac>},
    Row{"internet.privateipv4address", AddressOf<FakerAddress::Kind::kPrivateIpV4>},
    Row{"internet.publicipv4address", AddressOf<FakerAddress::Kind::kPublicIpV4>},
    Row{"internet.uuid", Hexadecimal<32, true>},
    Row{"json", JsonObject},
    Row{"jsona", JsonOfArrays},
    Row{"letterify", Masked<false, true>},
    Row{"number.digit", Within<0, 9>},
    Row{"number.digits", Digits},
    Row{"number.negative", Within<-kGreatestInt, -1>},
    Row{"number.numberbetween", NumberBetween},
    Row{"number.positive", Within<1, kGreatestInt>},
    Row{"number.randomdigit", Within<0, 9>},
    Row{"number.randomdigitnotzero", Within<1, 9>},
    Row{"number.randomdouble", RandomDouble},
    Row{"number.randomnumber", Within<0, kGreatestInt>},
    Row{"numerify", Masked<true, false>},
    Row{"options.nextelement", OneOf},
    Row{"options.option", OneOf},
    Row{"regexify", Regexified},
    Row{"timeanddate.birthday", Birthday},
    Row{"timeanddate.future", Future},
    Row{"timeanddate.past", Past},
};

const std::map<std::string_view, std::string_view>& Words() {
  static const std::map<std::string_view, std::string_view> kWords = [] {
    std::map<std::string_view, std::string_view> all;
    for (const auto& list : {WordsOfPeople(), WordsOfPlaces(), WordsOfTrade(), WordsOfFiction(),
                             WordsOfNature(), WordsOfComputers()}) {
      for (const FakerWords& words : list) all.emplace(words.name, words.choices);
    }
    return all;
  }();
  return kWords;
}

// Splits at '|', but not within directives.
Result<FakerPart> ChoiceOf(std::string_view choices) {
  FakerChoice choice;
  size_t begin = 0;
  for (size_t at = 0; at <= choices.size(); ++at) {
    if (choices.substr(at).starts_with(kDirectiveOpening)) {
      // A directive without an end goes on to the end of the text, and does not compile.
      at = std::min(EndOfDirective(choices, at + kDirectiveOpening.size()), choices.size() - 1);
    } else if (at == choices.size() || choices[at] == '|') {
      choice.of.push_back(TRY(FakerExpression::Compile(choices.substr(begin, at - begin))));
      begin = at + 1;
    }
  }
  return FakerPart(std::move(choice));
}

// A suggestion for an unknown name: the nearest one; otherwise the names below its head, or the
// heads.
std::string WhatThereIs(const std::string& name) {
  std::vector<std::string> names, of_head, heads;
  for (const Row& row : kCompiled) names.emplace_back(row.name);
  for (const auto& [known, choices] : Words()) names.emplace_back(known);
  std::string meant = DidYouMean(name, names);
  const std::string head = name.substr(0, name.find('.') + 1);
  for (const std::string& known : names) {
    if (!head.empty() && known.starts_with(head)) of_head.push_back(known);
    const std::string its_head = known.substr(0, known.find('.'));
    if (std::ranges::find(heads, its_head) == heads.end()) heads.push_back(its_head);
  }
  if (!meant.empty()) return meant;
  std::vector<std::string>& there = of_head.empty() ? heads : of_head;
  std::ranges::sort(there);
  return fmt::format("there {} {}", of_head.empty() ? "are the heads" : "is",
                     fmt::join(there, ", "));
}

}  // namespace

Result<FakerPart> CompileDirective(const FakerDirective& directive) {
  for (const Row& row : kCompiled) {
    if (row.name == directive.name) return row.compile(directive);
  }
  const auto words = Words().find(directive.name);
  if (words == Words().end()) {
    return Status::InvalidArgument(fmt::format("there is no #{{{}}}", directive.text))
        .WithHint(WhatThereIs(directive.name));
  }
  if (!directive.arguments.empty()) return Misused(directive, "no argument");
  return ChoiceOf(words->second);
}

}  // namespace weir::connectors
