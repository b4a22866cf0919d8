// Signatures, against those that AWS publishes: the examples of S3's documents ("Signature
// Calculations for the Authorization Header") and of the SigV4 test suite.
#include "runtime/s3/s3_signature.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::s3 {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;

constexpr Timestamp kMay24{1'369'353'600'000};     // 2013-05-24T00:00:00Z
constexpr Timestamp kAugust30{1'440'938'160'000};  // 2015-08-30T12:36:00Z

const Credentials kExample = {"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                              ""};

ToSign Example(std::string method, std::string path) {
  ToSign request;
  request.method = std::move(method);
  request.host = "examplebucket.s3.amazonaws.com";
  request.path = std::move(path);
  request.body_hash = HexSha256("");
  return request;
}

std::string SignatureOf(const ToSign& request) {
  for (const std::string& header : SignedHeaders(request, kExample, "us-east-1", kMay24)) {
    const size_t at = header.find("Signature=");
    if (at != std::string::npos) return header.substr(at + 10);
  }
  return "";
}

TEST(S3Signature, OfAnObjectsRange) {
  ToSign request = Example("GET", "/test.txt");
  request.headers = {{"Range", "bytes=0-9"}};
  EXPECT_EQ(SignatureOf(request),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(S3Signature, OfAnObjectThatIsPut) {
  ToSign request = Example("PUT", "/" + UriEncoded("test$file.text", true));
  request.headers = {{"Date", "Fri, 24 May 2013 00:00:00 GMT"},
                     {"x-amz-storage-class", "REDUCED_REDUNDANCY"}};
  request.body_hash = HexSha256("Welcome to Amazon S3.");
  EXPECT_EQ(SignatureOf(request),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST(S3Signature, OfAQueryWithoutAValue) {
  ToSign request = Example("GET", "/");
  request.query = {{"lifecycle", ""}};
  EXPECT_EQ(SignatureOf(request),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
}

TEST(S3Signature, OfAList) {
  ToSign request = Example("GET", "/");
  request.query = {{"prefix", "J"}, {"max-keys", "2"}};
  EXPECT_EQ(SignatureOf(request),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

// get-vanilla of AWS's test suite, which is of no service's.
TEST(S3Signature, OfTheTestSuite) {
  ToSign request;
  request.method = "GET";
  request.host = "example.amazonaws.com";
  request.path = "/";
  request.body_hash = HexSha256("");
  const Credentials credentials = {"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""};
  const auto sign = [&] {
    return SignedHeaders(request, credentials, "us-east-1", kAugust30, "service");
  };
  EXPECT_THAT(sign(), Contains("Authorization: AWS4-HMAC-SHA256 "
                               "Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request,"
                               "SignedHeaders=host;x-amz-date,Signature="
                               "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"));
  request.query = {{"Param2", "value2"}, {"Param1", "value1"}};  // get-vanilla-query-order-key-case
  EXPECT_THAT(sign(),
              Contains(HasSubstr("Signature=b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3"
                                 "219ec94cdf2500")));
}

TEST(S3Signature, WithoutKeysNothingIsSigned) {
  const std::vector<std::string> headers =
      SignedHeaders(Example("GET", "/x"), Credentials(), "us-east-1", kMay24);
  EXPECT_THAT(headers, ::testing::ElementsAre(HasSubstr("x-amz-content-sha256: ")));
}

TEST(S3Signature, ATokenIsSigned) {
  Credentials credentials = kExample;
  credentials.session_token = "abc/+=";
  const auto headers = SignedHeaders(Example("GET", "/x"), credentials, "eu-west-1", kMay24);
  EXPECT_THAT(headers, Contains("x-amz-security-token: abc/+="));
  EXPECT_THAT(headers, Contains(AllOf(HasSubstr("/20130524/eu-west-1/s3/aws4_request"),
                                      HasSubstr(";x-amz-security-token"))));
}

TEST(S3Signature, KeysAreEncodedOnce) {
  EXPECT_EQ(UriEncoded("a b+c/ä%~-._", true), "a%20b%2Bc/%C3%A4%25~-._");
  EXPECT_EQ(UriEncoded("a/b", false), "a%2Fb");
  EXPECT_EQ(QueryText({{"b", "2"}, {"a", "x y"}, {"c", ""}}), "a=x%20y&b=2&c=");
}

TEST(S3Signature, HashesOfContents) {
  EXPECT_EQ(Base64Md5(""), "1B2M2Y8AsgTpgAmY7PhCfg==");
  // md5(md5("a") + md5("b")) as Python's hashlib has it.
  EXPECT_EQ(MultipartETag({"0cc175b9c0f1b6a831c399e269772661", "92eb5ffee6ae2fec3ad71c777531578f"}),
            "96e024ba2074fe77e8e965ba43a704be-2");
  EXPECT_EQ(MultipartETag({"not an md5"}), "");
  EXPECT_EQ(MultipartETag({"zcc175b9c0f1b6a831c399e269772661"}), "");
}

}  // namespace
}  // namespace weir::s3
