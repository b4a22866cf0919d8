// What a request must bring, and how targets are taken apart.
#include "shell/http/request_gate.h"

#include <gmock/gmock.h>

#include "shell/http/http_login.h"

namespace weir::shell {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

HttpRequest Good() {
  HttpRequest request;
  request.method = "GET";
  request.path = "/jobs";
  request.host = "127.0.0.1:8480";
  return request;
}

// 0: it may pass.
int Refused(const HttpRequest& request) {
  const std::optional<HttpResponse> refusal = RefusalOf(request);
  return refusal ? refusal->status : 0;
}

TEST(RequestGateTest, HostsOfThisMachinePass) {
  for (const std::string host :
       {"127.0.0.1:8480", "127.0.0.1", "localhost:8480", "LOCALHOST", "[::1]:8480", "[::1]"}) {
    HttpRequest request = Good();
    request.host = host;
    EXPECT_EQ(Refused(request), 0) << host;
  }
}

TEST(RequestGateTest, OtherHostsDoNot) {
  for (const std::string host : {"example.com", "example.com:8480", "127.0.0.1.example.com", "",
                                 "localhost.example.com:80", "10.0.0.1:8480", ":8480"}) {
    HttpRequest request = Good();
    request.host = host;
    EXPECT_EQ(Refused(request), 403) << host;
  }
  HttpRequest request = Good();
  request.host.reset();
  EXPECT_EQ(Refused(request), 400);
}

TEST(RequestGateTest, PagesOfOtherOriginsDoNot) {
  HttpRequest request = Good();
  request.origin = "http://127.0.0.1:8480";
  EXPECT_EQ(Refused(request), 0);
  for (const std::string origin :
       {"http://example.com", "null", "https://127.0.0.1:8480", "http://localhost.example.com"}) {
    request.origin = origin;
    EXPECT_EQ(Refused(request), 403) << origin;
  }
}

TEST(RequestGateTest, WithTlsTheCertificateSaysWhoWeAre) {
  HttpRequest request = Good();
  request.secure = true;
  request.host = "weir.example.com:8480";
  EXPECT_EQ(Refused(request), 0);
  request.origin = "https://weir.example.com:8480";
  EXPECT_EQ(Refused(request), 0);
  for (const std::string origin : {"http://weir.example.com:8480", "https://weir.example.com",
                                   "https://example.com:8480", "http://localhost", "null"}) {
    request.origin = origin;
    EXPECT_EQ(Refused(request), 403) << origin;
  }
}

TEST(HttpLoginTest, ATokenOrANameAndAPassword) {
  HttpRequest request = Good();
  request.client = "10.0.0.1";
  for (const std::string said : {"Bearer 0123", "bearer 0123", "BEARER 0123"}) {
    request.authorization = said;
    const std::optional<LoginAttempt> login = LoginOf(request);
    ASSERT_TRUE(login.has_value()) << said;
    EXPECT_EQ(login->user, "");
    EXPECT_EQ(login->password, "0123");
    EXPECT_EQ(login->address, "10.0.0.1");
  }
  // RFC 7617, section 2.
  for (const std::string said :
       {"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}) {
    request.authorization = said;
    const std::optional<LoginAttempt> login = LoginOf(request);
    ASSERT_TRUE(login.has_value()) << said;
    EXPECT_EQ(login->user, "Aladdin");
    EXPECT_EQ(login->password, "open sesame");
  }
  request.authorization = "Basic YTpiOmM=";
  EXPECT_EQ(LoginOf(request)->password, "b:c");
  for (const std::string said :
       {"", "Bearer", "0123", "Basic", "Basic !", "Basic YWJj", "Digest a"}) {
    request.authorization = said;
    EXPECT_FALSE(LoginOf(request).has_value()) << said;
  }
  request.authorization.reset();
  EXPECT_FALSE(LoginOf(request).has_value());
}

TEST(HttpLoginTest, SaysWhatItTakes) {
  EXPECT_THAT(AsksForLogin(false).headers, ElementsAre(Pair("WWW-Authenticate", "Bearer")));
  EXPECT_THAT(AsksForLogin(false).body, HasSubstr("token"));
  EXPECT_EQ(AsksForLogin(true).headers.size(), 2U);
  EXPECT_EQ(LoginRefused(Status::InvalidArgument("no"), true).status, 401);
  EXPECT_EQ(LoginRefused(Status::External("too many"), true).status, 429);
}

TEST(RequestGateTest, MethodsThatNothingHasAreRefused) {
  HttpRequest request = Good();
  for (const std::string method : {"PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "get", ""}) {
    request.method = method;
    EXPECT_EQ(Refused(request), 405) << method;
  }
  for (const std::string method : {"GET", "HEAD", "POST", "PATCH"}) {
    request.method = method;
    EXPECT_EQ(Refused(request), 0) << method;
  }
}

TEST(RequestGateTest, ABodyIsJson) {
  HttpRequest request = Good();
  request.method = "POST";
  EXPECT_EQ(Refused(request), 0);
  request.body = "{}";
  EXPECT_EQ(Refused(request), 415);
  for (const std::string type :
       {"application/json", "application/json; charset=UTF-8", "Application/JSON ;charset=x"}) {
    request.content_type = type;
    EXPECT_EQ(Refused(request), 0) << type;
  }
  for (const std::string type : {"text/plain", "application/x-www-form-urlencoded", "",
                                 "multipart/form-data", "application/jsonx", "text/json"}) {
    request.content_type = type;
    EXPECT_EQ(Refused(request), 415) << type;
  }
}

TEST(ParseTargetTest, PathAndQuery) {
  HttpRequest request;
  ASSERT_TRUE(ParseTarget("/jobs/a%20b%2Fc?mode=cancel&x=1%262&flag&y=a+b", request).ok());
  EXPECT_EQ(request.path, "/jobs/a b/c");
  EXPECT_THAT(request.query, ElementsAre(Pair("flag", ""), Pair("mode", "cancel"), Pair("x", "1&2"),
                                         Pair("y", "a b")));
  HttpRequest root;
  ASSERT_TRUE(ParseTarget("/?", root).ok());
  EXPECT_EQ(root.path, "/");
  EXPECT_THAT(root.query, IsEmpty());
}

TEST(ParseTargetTest, WhatIsNoPathIsRefused) {
  for (const std::string target : {"", "*", "http://127.0.0.1/jobs", "jobs", "/a%", "/a%2", "/a%zz",
                                   "/a%00", "/a\nb", "/a?b=%0a", "/a?%7f=1"}) {
    HttpRequest request;
    EXPECT_FALSE(ParseTarget(target, request).ok()) << target;
  }
}

TEST(ErrorResponseTest, SaysWhatTheShellSays) {
  const HttpResponse response = ErrorResponse(
      Status::NotFound("job \"a\" does not exist").WithId("E5001").WithHint("SHOW JOBS"));
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.body,
            R"({"errors":["ERROR E5001: job \"a\" does not exist\nHINT: SHOW JOBS"],)"
            R"("code":"E5001","sqlstate":"42704","message":"job \"a\" does not exist",)"
            R"("hint":"SHOW JOBS"})");
}

}  // namespace
}  // namespace weir::shell
