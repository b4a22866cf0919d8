#include "runtime/s3/s3_answers.h"

#include <expat.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>

namespace weir::s3 {
namespace {

constexpr size_t kMostDepth = 16;
constexpr size_t kMostTextBytes = 64U << 10U;  // of one element; a key has at most 1,024 bytes
constexpr size_t kMostBytes = 64U << 20U;
constexpr int64_t kNanosPerSecond = 1'000'000'000;

// Called at the end of each element: with its path, "ListBucketResult/Contents/Key", and its text.
using OnElement = std::function<void(const std::string& path, const std::string& text)>;

// What the callbacks of one parse share.
struct Walk {
  XML_Parser parser = nullptr;
  const OnElement* on_element = nullptr;
  std::string path;
  size_t depth = 0;
  std::string text;
  bool refused = false;
  std::exception_ptr thrown;  // which must not fly through the parser, as that is written in C

  template <typename F>
  void Do(F&& work) {
    if (refused) return;
    try {
      work();
    } catch (...) {
      thrown = std::current_exception();
      Refuse();
    }
  }
  void Refuse() {
    refused = true;
    XML_StopParser(parser, XML_FALSE);
  }
};

void XMLCALL Begin(void* data, const XML_Char* name, const XML_Char** /*attributes*/) {
  auto& walk = *static_cast<Walk*>(data);
  walk.Do([&] {
    std::string_view plain = name;
    // The namespace that some stores leave out, and that a prefix may stand for, says nothing.
    plain.remove_prefix(plain.find(':') == std::string_view::npos ? 0 : plain.find(':') + 1);
    if (++walk.depth > kMostDepth || walk.path.size() + plain.size() > kMostTextBytes)
      return walk.Refuse();
    if (!walk.path.empty()) walk.path += '/';
    walk.path += plain;
    walk.text.clear();
  });
}

void XMLCALL End(void* data, const XML_Char* /*name*/) {
  auto& walk = *static_cast<Walk*>(data);
  walk.Do([&] {
    (*walk.on_element)(walk.path, walk.text);
    walk.text.clear();
    --walk.depth;
    const size_t slash = walk.path.rfind('/');
    walk.path.resize(slash == std::string::npos ? 0 : slash);
  });
}

void XMLCALL Text(void* data, const XML_Char* text, int length) {
  auto& walk = *static_cast<Walk*>(data);
  walk.Do([&] {
    if (walk.text.size() + static_cast<size_t>(length) > kMostTextBytes) return walk.Refuse();
    walk.text.append(text, static_cast<size_t>(length));
  });
}

void XMLCALL RefuseDoctype(void* data, const XML_Char*, const XML_Char*, const XML_Char*, int) {
  static_cast<Walk*>(data)->Refuse();
}

// Whether it is XML within the limits.
bool Visit(std::string_view xml, const OnElement& on_element) {
  if (xml.size() > kMostBytes) return false;
  const std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser(
      XML_ParserCreate(nullptr), XML_ParserFree);
  if (parser == nullptr) return false;
  Walk walk{.parser = parser.get(), .on_element = &on_element};
  XML_SetUserData(parser.get(), &walk);
  XML_SetElementHandler(parser.get(), Begin, End);
  XML_SetCharacterDataHandler(parser.get(), Text);
  XML_SetStartDoctypeDeclHandler(parser.get(), RefuseDoctype);
  const XML_Status parsed =
      XML_Parse(parser.get(), xml.data(), static_cast<int>(xml.size()), XML_TRUE);
  if (walk.thrown) std::rethrow_exception(walk.thrown);
  return parsed == XML_STATUS_OK && !walk.refused;
}

Status NoAnswer(std::string_view kind) {
  return Status::External(fmt::format("the store's answer is no {}", kind)).WithId("E4010");
}

std::string Escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      default:
        // Otherwise a parser may drop or change them; others than these no XML can have.
        if (static_cast<unsigned char>(c) < ' ') {
          escaped += fmt::format("&#{};", static_cast<int>(c));
        } else {
          escaped += c;
        }
    }
  }
  return escaped;
}

// Undoes encoding-type=url, by which keys that no XML can have are said.
std::string UrlDecoded(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    const char* const digits = text.data() + i + 1;
    const bool coded = text[i] == '%' && i + 2 < text.size() &&
                       std::from_chars(digits, digits + 2, value, 16).ptr == digits + 2;
    if (coded) {
      decoded += static_cast<char>(value);
      i += 2;
    } else {
      decoded += text[i] == '+' ? ' ' : text[i];
    }
  }
  return decoded;
}

std::optional<int> Number(std::string_view text, size_t begin, size_t length) {
  int value = 0;
  if (begin + length > text.size()) return std::nullopt;
  const char* const end = text.data() + begin + length;
  const auto read = std::from_chars(text.data() + begin, end, value);
  return read.ec == std::errc() && read.ptr == end ? std::optional(value) : std::nullopt;
}

int64_t NanosOf(const std::array<std::optional<int>, 6>& parts) {
  if (!std::ranges::all_of(parts, [](const auto& part) { return part.has_value(); })) return 0;
  const std::chrono::year_month_day date{std::chrono::year{*parts[0]},
                                         std::chrono::month{static_cast<unsigned>(*parts[1])},
                                         std::chrono::day{static_cast<unsigned>(*parts[2])}};
  if (!date.ok()) return 0;
  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  const int64_t seconds = ((days * 24 + *parts[3]) * 60 + *parts[4]) * 60 + *parts[5];
  constexpr int64_t kMostSeconds = 9'000'000'000;  // so that nanoseconds fit
  return seconds > 0 && seconds < kMostSeconds ? seconds * kNanosPerSecond : 0;
}

}  // namespace

int64_t ParseTime(std::string_view text) {
  if (text.size() > 10 && text[10] == 'T')
    return NanosOf({Number(text, 0, 4), Number(text, 5, 2), Number(text, 8, 2), Number(text, 11, 2),
                    Number(text, 14, 2), Number(text, 17, 2)});
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  constexpr size_t kDate = 5;  // behind "Mon, "
  if (text.size() < kDate + 20) return 0;
  const size_t month = kMonths.find(text.substr(kDate + 3, 3));
  if (month == std::string_view::npos || month % 3 != 0) return 0;
  return NanosOf({Number(text, kDate + 7, 4), static_cast<int>(month / 3 + 1),
                  Number(text, kDate, 2), Number(text, kDate + 12, 2), Number(text, kDate + 15, 2),
                  Number(text, kDate + 18, 2)});
}

std::string BareETag(std::string_view etag) {
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"')
    etag = etag.substr(1, etag.size() - 2);
  return std::string(etag);
}

Result<Listing> ParseListing(std::string_view xml) {
  Listing listing;
  ListedObject object;
  bool is_listing = false;
  bool truncated = false;
  bool encoded = false;
  bool sound = true;
  const bool whole = Visit(xml, [&](const std::string& path, const std::string& text) {
    constexpr std::string_view kRoot = "ListBucketResult";
    if (path == kRoot) is_listing = true;
    if (!path.starts_with(kRoot) || path.size() <= kRoot.size()) return;
    const std::string_view name = std::string_view(path).substr(kRoot.size() + 1);
    if (name == "Contents/Key") object.key = text;
    if (name == "Contents/ETag") object.etag = BareETag(text);
    if (name == "Contents/LastModified") object.modified_nanos = ParseTime(text);
    if (name == "Contents/Size") {
      const auto read = std::from_chars(text.data(), text.data() + text.size(), object.bytes);
      sound = sound && read.ec == std::errc() && read.ptr == text.data() + text.size();
    }
    if (name == "Contents") {
      sound = sound && !object.key.empty();
      listing.objects.push_back(std::exchange(object, {}));
    }
    if (name == "CommonPrefixes/Prefix") listing.prefixes.push_back(text);
    if (name == "IsTruncated") truncated = text == "true";
    if (name == "NextContinuationToken") listing.next = text;
    if (name == "EncodingType") encoded = text == "url";
  });
  if (!whole || !is_listing || !sound) return NoAnswer("list of objects");
  // Else the next page would be the first one again.
  if (truncated && listing.next.empty())
    return NoAnswer("list of objects that can be gone on with");
  if (!truncated) listing.next.clear();
  if (encoded) {
    for (ListedObject& one : listing.objects) one.key = UrlDecoded(one.key);
    for (std::string& prefix : listing.prefixes) prefix = UrlDecoded(prefix);
  }
  return listing;
}

Result<std::string> ParseUploadId(std::string_view xml) {
  std::string id;
  const bool whole = Visit(xml, [&](const std::string& path, const std::string& text) {
    if (path == "InitiateMultipartUploadResult/UploadId") id = text;
  });
  return whole && !id.empty() ? Result<std::string>(std::move(id)) : NoAnswer("upload");
}

Result<std::vector<Failure>> ParseDeleted(std::string_view xml) {
  std::vector<Failure> failures;
  Failure failure;
  bool is_result = false;
  const bool whole = Visit(xml, [&](const std::string& path, const std::string& text) {
    if (path == "DeleteResult") is_result = true;
    if (path == "DeleteResult/Error/Key") failure.key = text;
    if (path == "DeleteResult/Error/Code") failure.code = text;
    if (path == "DeleteResult/Error/Message") failure.message = text;
    if (path == "DeleteResult/Error") failures.push_back(std::exchange(failure, {}));
  });
  if (!whole || !is_result) return NoAnswer("list of deleted objects");
  return failures;
}

Failure ParseFailure(std::string_view xml) {
  Failure failure;
  const bool whole = Visit(xml, [&](const std::string& path, const std::string& text) {
    if (path == "Error/Code") failure.code = text;
    if (path == "Error/Message") failure.message = text;
    if (path == "Error/Key") failure.key = text;
  });
  return whole ? failure : Failure();
}

std::string DeleteText(const std::vector<std::string>& keys) {
  std::string text = "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
  for (const std::string& key : keys) text += "<Object><Key>" + Escaped(key) + "</Key></Object>";
  return text + "<Quiet>true</Quiet></Delete>";
}

std::string CompleteText(const std::vector<std::string>& etags) {
  std::string text = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
  for (size_t i = 0; i < etags.size(); ++i)
    text += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>\"{}\"</ETag></Part>", i + 1,
                        Escaped(etags[i]));
  return text + "</CompleteMultipartUpload>";
}

}  // namespace weir::s3
