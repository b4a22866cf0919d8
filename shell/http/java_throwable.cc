#include "shell/http/java_throwable.h"

#include <cstdint>

#include "runtime/base/utf8.h"

namespace weir::shell {
namespace {

// Longer texts are cut: the protocol has 16 bits for the length of a text in bytes.
constexpr size_t kMostText = 32 << 10;

// Tags of the protocol.
constexpr char kNull = 0x70;
constexpr char kReference = 0x71;
constexpr char kClass = 0x72;
constexpr char kObject = 0x73;
constexpr char kString = 0x74;
constexpr char kEnd = 0x78;

// A reference to the text "Ljava/lang/String;", which is the second object of the stream.
constexpr uint32_t kStringType = 0x7e0001;

void AppendBytes(std::string& out, uint64_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
    out += static_cast<char>(value >> shift & 0xff);
}

void AppendName(std::string& out, std::string_view text) {
  AppendBytes(out, text.size(), 2);
  out += text;
}

void AppendText(std::string& out, std::string_view text) {
  out += kString;
  AppendName(out, text);
}

void BeginClass(std::string& out, std::string_view name, uint64_t version, char flags, int fields) {
  out += kClass;
  AppendName(out, name);
  AppendBytes(out, version, 8);
  out += flags;
  AppendBytes(out, static_cast<uint64_t>(fields), 2);
}

// Appends the description of a field. `type` is the class of an object in Java's notation; "" for
// one of java.lang.String, to whose text in the stream it refers.
void AppendField(std::string& out, char kind, std::string_view name, std::string_view type) {
  out += kind;
  AppendName(out, name);
  if (!type.empty()) return AppendText(out, type);
  out += kReference;
  AppendBytes(out, kStringType, 4);
}

// Replaces the characters that Java's modified UTF-8 encodes differently by '?': U+0000, and those
// beyond U+FFFF.
std::string ForJava(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size() && out.size() < kMostText; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool wide = byte >= 0xf0;
    out += byte == 0 || wide ? '?' : text[i];
    if (wide) i += 3;
  }
  if (out.size() < kMostText) return out;
  // The last character may be cut, so that it is left out. Its first byte is no continuation.
  while (!out.empty() && ContinuesCharacter(out.back())) out.pop_back();
  if (!out.empty()) out.pop_back();
  return out;
}

std::string Base64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    for (size_t j = i; j < i + 3; ++j)
      group = group << 8 | (j < bytes.size() ? static_cast<unsigned char>(bytes[j]) : 0);
    for (size_t j = 0; j < 4; ++j) {
      const bool padding = i + j > bytes.size();
      out += padding ? '=' : kDigits[group >> (18 - 6 * j) & 63];
    }
  }
  return out;
}

}  // namespace

std::string SerializedThrowable(std::string_view text) {
  constexpr char kPlain = 0x02;
  constexpr char kWithMethod = 0x03;
  const std::string message = ForJava(text);
  std::string out("\xac\xed\x00\x05", 4);
  out += kObject;
  BeginClass(out, "org.apache.flink.util.SerializedThrowable", 0x65169df51fa713f3, kPlain, 3);
  AppendField(out, 'L', "fullStringifiedStackTrace", "Ljava/lang/String;");
  AppendField(out, 'L', "originalErrorClassName", "");
  AppendField(out, '[', "serializedException", "[B");
  out += kEnd;
  BeginClass(out, "java.lang.Exception", 0xd0fd1f3e1a3b1cc4, kPlain, 0);
  out += kEnd;
  BeginClass(out, "java.lang.Throwable", 0xd5c635273977b8cb, kWithMethod, 4);
  AppendField(out, 'L', "cause", "Ljava/lang/Throwable;");
  AppendField(out, 'L', "detailMessage", "");
  AppendField(out, '[', "stackTrace", "[Ljava/lang/StackTraceElement;");
  AppendField(out, 'L', "suppressedExceptions", "Ljava/util/List;");
  out += kEnd;
  out += kNull;  // there is no class above
  // The fields of Throwable, then those of SerializedThrowable.
  out += kNull;
  AppendText(out, message);
  out += kNull;
  out += kNull;
  out += kEnd;
  AppendText(out, message + "\n");
  AppendText(out, "weir");
  out += kNull;
  return Base64(out);
}

}  // namespace weir::shell
