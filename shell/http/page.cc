#include "shell/http/page.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/base/hash.h"
#include "shell/http/page_files.h"

namespace weir::shell {
namespace {

// Scripts and styles are files of ours, requests go to us, and nobody shows the page inside his
// (Content Security Policy Level 3).
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' "
    "data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

std::string Inflated(std::string_view gzipped) {
  constexpr int kGzip = 16 + MAX_WBITS;
  constexpr size_t kPiece = 1 << 16;
  z_stream stream{};
  WEIR_CHECK(inflateInit2(&stream, kGzip) == Z_OK);
  // zlib's own type; it is not written to.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(gzipped.data()));
  stream.avail_in = static_cast<uInt>(gzipped.size());
  std::string text;
  for (int status = Z_OK; status == Z_OK;) {
    const size_t before = text.size();
    text.resize(before + kPiece);
    stream.next_out = reinterpret_cast<Bytef*>(text.data() + before);
    stream.avail_out = kPiece;
    status = inflate(&stream, Z_NO_FLUSH);
    text.erase(text.size() - stream.avail_out);
    WEIR_CHECK(status == Z_OK || status == Z_STREAM_END);
  }
  inflateEnd(&stream);
  return text;
}

// Whether gzip is among what the client takes: "gzip, deflate", but not "gzip;q=0".
bool TakesGzip(const HttpRequest& request) {
  if (!request.accept_encoding) return false;
  std::string said = *request.accept_encoding;
  std::erase(said, ' ');
  for (size_t begin = 0; begin < said.size();) {
    const size_t end = std::min(said.find(',', begin), said.size());
    const std::string one = said.substr(begin, end - begin);
    if (one == "gzip" ||
        (one.starts_with("gzip;q=") && one.find_first_of("123456789") < one.size()))
      return true;
    begin = end + 1;
  }
  return false;
}

const std::string& Html() {
  static const std::string html = Inflated(PageFiles().front().gzipped);
  return html;
}

// Whether the file is asked for by the name that index.html has for it.
bool IsNamed(const PageFile& file, const HttpRequest& request) {
  const auto version = request.query.find("v");
  return version != request.query.end() && !version->second.empty() &&
         Html().find(fmt::format("/page/{}?v={}\"", file.name, version->second)) !=
             std::string::npos;
}

HttpResponse FileOf(const PageFile& file, bool named, const HttpRequest& request) {
  const bool gzip = TakesGzip(request);
  const std::string tag = fmt::format(
      "\"{:016x}{}\"", Hash64(file.gzipped.data(), file.gzipped.size()), gzip ? "z" : "");
  HttpResponse response{.content_type = std::string(file.content_type)};
  response.headers = {
      {"Cache-Control", named ? "public, max-age=31536000, immutable" : "no-cache"},
      {"Content-Security-Policy", std::string(kPolicy)},
      {"ETag", tag},
      {"Vary", "Accept-Encoding"},
      {"Referrer-Policy", "no-referrer"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
  };
  if (request.if_none_match && request.if_none_match->find(tag) != std::string::npos) {
    response.status = 304;
    return response;
  }
  if (gzip) response.headers.emplace_back("Content-Encoding", "gzip");
  response.body = gzip ? std::string(file.gzipped) : Inflated(file.gzipped);
  return response;
}

}  // namespace

Result<HttpResponse> AnswerPage(HttpPorts&, const HttpRequest& request, const RouteParameters&) {
  return FileOf(PageFiles().front(), false, request);
}

Result<HttpResponse> AnswerPageFile(HttpPorts&, const HttpRequest& request,
                                    const RouteParameters& parameters) {
  const auto file = std::ranges::find(PageFiles(), parameters[0], &PageFile::name);
  if (file == PageFiles().end()) return ErrorResponse(404, "the page has no such file");
  const bool named = IsNamed(*file, request);
  if (file->imported && !named)
    return ErrorResponse(404, "the page has another version of this file: load it anew");
  return FileOf(*file, named, request);
}

}  // namespace weir::shell
