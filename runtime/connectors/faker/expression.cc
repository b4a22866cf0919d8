#include "runtime/connectors/faker/expression.h"

#include <fmt/format.h>

#include <cctype>
#include <cmath>

#include "runtime/connectors/formats/json_text.h"
#include "runtime/types/datetime.h"

namespace weir::connectors {
namespace {

// Quoted arguments of a directive, behind its name; a quote within one is doubled. What stands
// between them is ignored, since Java Faker takes commas, blanks and brackets alike.
Result<std::vector<std::string>> ArgumentsOf(std::string_view text) {
  std::vector<std::string> arguments;
  for (size_t at = text.find('\''); at != std::string_view::npos; at = text.find('\'', at)) {
    std::string& argument = arguments.emplace_back();
    for (++at; at < text.size(); ++at) {
      const bool quote = text[at] == '\'';
      if (quote && !text.substr(at + 1).starts_with('\'')) break;
      if (quote) ++at;
      argument += text[at];
    }
    if (at == text.size())
      return Status::InvalidArgument(fmt::format("an argument of #{{{}}} has no end", text));
    ++at;
  }
  return arguments;
}

Result<FakerDirective> ParseDirective(std::string_view text) {
  FakerDirective directive{.text = std::string(text)};
  size_t end = 0;
  while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) != 0 ||
                               text[end] == '.' || text[end] == '_')) {
    if (text[end] != '_')
      directive.name += static_cast<char>(std::tolower(static_cast<unsigned char>(text[end])));
    ++end;
  }
  if (directive.name.empty())
    return Status::InvalidArgument(fmt::format("#{{{}}} begins with no name", text));
  directive.text = text.substr(0, end);
  directive.arguments = TRY(ArgumentsOf(text.substr(end)));
  return directive;
}

void AppendReal(const FakerReal& real, Random& random, std::string& out) {
  const double scale = std::pow(10.0, real.decimals);
  const double drawn = real.low + random.NextDouble() * (real.high - real.low);
  // Rounding does not leave the range, whose ends are whole numbers; 0.0 is added to -0.0.
  const double rounded = std::round(drawn * scale) / scale + 0.0;
  out += fmt::format("{:.{}f}", rounded, real.decimals);
}

void AppendMask(const FakerMask& mask, Random& random, std::string& out) {
  for (const char c : mask.mask) {
    if (mask.digits && c == '#') {
      out += static_cast<char>('0' + random.Below(10));
    } else if (mask.letters && c == '?') {
      out += static_cast<char>((mask.upper ? 'A' : 'a') + random.Below(26));
    } else {
      out += c;
    }
  }
}

void AppendHex(const FakerHex& hex, Random& random, std::string& out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (uint32_t i = 0; i < hex.digits; ++i) {
    if (hex.uuid && (i == 8 || i == 12 || i == 16 || i == 20)) out += '-';
    uint64_t digit = random.Below(16);
    if (hex.uuid && i == 12) digit = 4;                // the version
    if (hex.uuid && i == 16) digit = 8 | (digit & 3);  // RFC 9562's variant
    out += kDigits[digit];
  }
}

bool IsPublic(uint64_t first, uint64_t second) {
  const bool private_use = first == 10 || (first == 172 && second >= 16 && second < 32) ||
                           (first == 192 && second == 168);
  const bool special =
      first == 0 || first == 127 || first >= 224 || (first == 169 && second == 254);
  return !private_use && !special;
}

void AppendIpV4(FakerAddress::Kind kind, Random& random, std::string& out) {
  uint64_t first = random.Below(256), second = random.Below(256);
  if (kind == FakerAddress::Kind::kPrivateIpV4) {
    switch (random.Below(3)) {
      case 0:
        first = 10;
        break;
      case 1:
        first = 172;
        second = 16 + second % 16;
        break;
      default:
        first = 192;
        second = 168;
    }
  }
  while (kind == FakerAddress::Kind::kPublicIpV4 && !IsPublic(first, second)) {
    first = random.Below(256);
    second = random.Below(256);
  }
  out += fmt::format("{}.{}.{}.{}", first, second, random.Below(256), random.Below(256));
}

void AppendGroups(uint32_t count, uint32_t digits, Random& random, std::string& out) {
  for (uint32_t i = 0; i < count; ++i) {
    if (i > 0) out += ':';
    AppendHex({.digits = digits}, random, out);
  }
}

void AppendAddress(FakerAddress::Kind kind, Random& random, std::string& out) {
  if (kind == FakerAddress::Kind::kMac) {
    AppendGroups(6, 2, random, out);
  } else if (kind == FakerAddress::Kind::kIpV6) {
    AppendGroups(8, 4, random, out);
  } else {
    AppendIpV4(kind, random, out);
  }
}

void AppendTime(const FakerTime& time, int64_t now_millis, Random& random, std::string& out) {
  const int64_t millis = DrawTime(time, now_millis, random);
  if (time.pattern != nullptr) {
    (void)time.pattern->Format({millis, 0}, TimeZone::Utc(), out);
    return;
  }
  char text[kMaxDateTimeText];
  out.append(text, FormatTimestamp(millis * kMicrosPerMilli, 3, text));
}

void AppendMember(const FakerExpression& value, int64_t now_millis, Random& random,
                  std::string& out) {
  if (value.IsJson()) return value.Append(now_millis, random, out);
  std::string text;
  value.Append(now_millis, random, text);
  AppendJsonString(text, out);
}

void AppendJson(const FakerJson& json, int64_t now_millis, Random& random, std::string& out) {
  out += '{';
  for (const FakerJson::Member& member : json.members) {
    if (&member != json.members.data()) out += ", ";
    AppendJsonString(member.name, out);
    out += ": ";
    if (!member.values) {
      AppendMember(member.value, now_millis, random, out);
      continue;
    }
    out += '[';
    for (uint32_t i = 0; i < *member.values; ++i) {
      if (i > 0) out += ", ";
      AppendMember(member.value, now_millis, random, out);
    }
    out += ']';
  }
  out += '}';
}

template <typename... Arms>
struct Overloaded : Arms... {
  using Arms::operator()...;
};
template <typename... Arms>
Overloaded(Arms...) -> Overloaded<Arms...>;

}  // namespace

size_t EndOfDirective(std::string_view text, size_t at) {
  bool quoted = false;
  for (; at < text.size(); ++at) {
    if (text[at] == '\'') quoted = !quoted;
    if (text[at] == '}' && !quoted) return at;
  }
  return std::string_view::npos;
}

int64_t DrawTime(const FakerTime& time, int64_t now_millis, Random& random) {
  const auto range = static_cast<uint64_t>(time.high - time.low) + 1;
  return now_millis + time.low + static_cast<int64_t>(random.Below(range));
}

Result<FakerExpression> FakerExpression::Compile(std::string_view text) {
  FakerExpression made;
  while (!text.empty()) {
    const size_t begin = std::min(text.find(kDirectiveOpening), text.size());
    if (begin > 0) made.parts_.emplace_back(std::string(text.substr(0, begin)));
    text.remove_prefix(begin);
    if (text.empty()) break;
    const size_t end = EndOfDirective(text, kDirectiveOpening.size());
    if (end == std::string_view::npos)
      return Status::InvalidArgument(fmt::format("{} has no end", text));
    const FakerDirective directive =
        TRY(ParseDirective(text.substr(kDirectiveOpening.size(), end - kDirectiveOpening.size())));
    made.parts_.push_back(TRY(CompileDirective(directive)));
    text.remove_prefix(end + 1);
  }
  return made;
}

void FakerExpression::Append(int64_t now_millis, Random& random, std::string& out) const {
  for (const FakerPart& part : parts_) {
    std::visit(Overloaded{
                   [&](const std::string& text) { out += text; },
                   [&](const FakerChoice& choice) {
                     choice.of[random.Below(choice.of.size())].Append(now_millis, random, out);
                   },
                   [&](const FakerInteger& number) {
                     const auto range =
                         static_cast<uint64_t>(number.high) - static_cast<uint64_t>(number.low) + 1;
                     const uint64_t drawn = range == 0 ? random.Next64() : random.Below(range);
                     out += std::to_string(
                         static_cast<int64_t>(static_cast<uint64_t>(number.low) + drawn));
                   },
                   [&](const FakerReal& real) { AppendReal(real, random, out); },
                   [&](const FakerTime& time) { AppendTime(time, now_millis, random, out); },
                   [&](const FakerMask& mask) { AppendMask(mask, random, out); },
                   [&](const FakerHex& hex) { AppendHex(hex, random, out); },
                   [&](const FakerAddress& address) { AppendAddress(address.kind, random, out); },
                   [&](const Regexify& pattern) { pattern.Append(random, out); },
                   [&](const FakerJson& json) { AppendJson(json, now_millis, random, out); },
               },
               part);
  }
}

const FakerTime* FakerExpression::AsTime() const {
  if (parts_.size() != 1) return nullptr;
  const auto* time = std::get_if<FakerTime>(&parts_[0]);
  return time != nullptr && time->pattern == nullptr ? time : nullptr;
}

bool FakerExpression::IsJson() const {
  return parts_.size() == 1 && std::holds_alternative<FakerJson>(parts_[0]);
}

}  // namespace weir::connectors
