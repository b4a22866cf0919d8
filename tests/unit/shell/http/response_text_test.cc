// The bytes of responses.
#include "shell/http/response_text.h"

#include <gmock/gmock.h>

namespace weir::shell {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr Timestamp kMoment{784111777'000};  // RFC 9110, 5.6.7

TEST(ResponseTextTest, AResponseHasItsLength) {
  const std::string head = ResponseHead({.body = "{}", .headers = {{"X-A", "b"}}}, {}, kMoment);
  EXPECT_EQ(head,
            "HTTP/1.1 200 OK\r\n"
            "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            "Content-Type: application/json; charset=utf-8\r\n"
            "Content-Length: 2\r\n"
            "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
            "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"
            "X-A: b\r\n\r\n");
}

TEST(ResponseTextTest, WhatAResponseSaysItselfIsSaidOnce) {
  const std::string head =
      ResponseHead({.headers = {{"Cache-Control", "no-cache"}, {"ETag", "\"a\""}}}, {}, kMoment);
  EXPECT_THAT(head, HasSubstr("\r\nCache-Control: no-cache\r\nETag: \"a\"\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("no-store")));
  EXPECT_THAT(head, HasSubstr("\r\nX-Content-Type-Options: nosniff\r\n"));
}

TEST(ResponseTextTest, NotModifiedHasNoLength) {
  EXPECT_THAT(ResponseHead({.status = 304}, {}, kMoment), Not(HasSubstr("Content-Length")));
}

TEST(ResponseTextTest, AStreamIsChunkedOrEndsWithTheConnection) {
  const HttpResponse response{.streams = true};
  EXPECT_THAT(ResponseHead(response, {}, kMoment), HasSubstr("\r\nTransfer-Encoding: chunked\r\n"));
  const ResponseForm old{.keeps_alive = false, .chunked = false};
  const std::string head = ResponseHead(response, old, kMoment);
  EXPECT_THAT(head, Not(HasSubstr("chunked")));
  EXPECT_THAT(head, Not(HasSubstr("Content-Length")));
  EXPECT_THAT(head, HasSubstr("\r\nConnection: close\r\n"));
  EXPECT_EQ(StreamPiece(std::string(17, 'a'), {}), "11\r\naaaaaaaaaaaaaaaaa\r\n");
  EXPECT_EQ(StreamPiece("ab", old), "ab");
  EXPECT_EQ(StreamEnd({}), "0\r\n\r\n");
  EXPECT_EQ(StreamEnd(old), "");
}

}  // namespace
}  // namespace weir::shell
