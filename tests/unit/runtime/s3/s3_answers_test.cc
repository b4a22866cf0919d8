// Answers of stores: AWS's documented examples, and what is none.
#include "runtime/s3/s3_answers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::s3 {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int64_t kNanos = 1'000'000'000;

TEST(S3Answers, APageOfAList) {
  const Result<Listing> listing = ParseListing(R"(<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
  <Name>quotes</Name><Prefix/><KeyCount>2</KeyCount><MaxKeys>2</MaxKeys>
  <EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>
  <NextContinuationToken>1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=</NextContinuationToken>
  <Contents><Key>a%2Bb+c%0A.csv</Key><LastModified>2009-10-12T17:50:30.512Z</LastModified>
    <ETag>&quot;fba9dede5f27731c9771645a39863328&quot;</ETag><Size>434234</Size>
    <StorageClass>STANDARD</StorageClass></Contents>
  <Contents><Key>z</Key><LastModified>2009-10-12T17:50:31Z</LastModified><ETag>"x-2"</ETag><Size>0</Size></Contents>
  <CommonPrefixes><Prefix>photos/</Prefix></CommonPrefixes>
</ListBucketResult>)");
  ASSERT_TRUE(listing.ok()) << listing.status().message();
  EXPECT_THAT(listing->objects,
              ElementsAre(ListedObject{"a+b c\n.csv", 434234, 1'255'369'830 * kNanos,
                                       "fba9dede5f27731c9771645a39863328"},
                          ListedObject{"z", 0, 1'255'369'831 * kNanos, "x-2"}));
  EXPECT_THAT(listing->prefixes, ElementsAre("photos/"));
  EXPECT_EQ(listing->next, "1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=");
}

TEST(S3Answers, WhatIsNoList) {
  for (const char* const xml :
       {"", "no", "<html><body>503</body></html>", "<ListBucketResult>",
        "<ListBucketResult><Contents><Key>a</Key><Size>x</Size></Contents></ListBucketResult>",
        "<ListBucketResult><Contents><Size>1</Size></Contents></ListBucketResult>",
        // It would be read for ever.
        "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>"}) {
    EXPECT_EQ(ParseListing(xml).status().id(), "E4010") << xml;
  }
  EXPECT_TRUE(ParseListing("<ListBucketResult/>").ok());
}

TEST(S3Answers, LimitsAgainstHostileServers) {
  std::string deep, ends;
  for (int i = 0; i < 100; ++i) {
    deep += "<a>";
    ends += "</a>";
  }
  EXPECT_FALSE(ParseListing("<ListBucketResult>" + deep + ends + "</ListBucketResult>").ok());
  EXPECT_FALSE(ParseListing("<ListBucketResult><Name>" + std::string(1 << 20, 'x') +
                            "</Name></ListBucketResult>")
                   .ok());
  // "Billion laughs": nothing may be declared.
  EXPECT_FALSE(ParseListing("<!DOCTYPE l [<!ENTITY a \"aaaaaaaa\"><!ENTITY b \"&a;&a;\">]>"
                            "<ListBucketResult><Name>&b;</Name></ListBucketResult>")
                   .ok());
}

TEST(S3Answers, Uploads) {
  EXPECT_EQ(ParseUploadId("<InitiateMultipartUploadResult><Bucket>b</Bucket><Key>k</Key>"
                          "<UploadId>VXBsb2FkIElE</UploadId></InitiateMultipartUploadResult>")
                .value(),
            "VXBsb2FkIElE");
  EXPECT_FALSE(ParseUploadId("<Error><Code>AccessDenied</Code></Error>").ok());
  EXPECT_EQ(CompleteText({"a", "b"}),
            "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
            "<Part><PartNumber>1</PartNumber><ETag>\"a\"</ETag></Part>"
            "<Part><PartNumber>2</PartNumber><ETag>\"b\"</ETag></Part></CompleteMultipartUpload>");
}

TEST(S3Answers, Deletions) {
  EXPECT_EQ(DeleteText({"a&b<c>\n"}),
            "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Object><Key>a&amp;b&lt;c"
            "&gt;&#10;</Key></Object><Quiet>true</Quiet></Delete>");
  EXPECT_THAT(ParseDeleted("<DeleteResult/>").value(), IsEmpty());
  const auto failures = ParseDeleted(
      "<DeleteResult><Deleted><Key>a</Key></Deleted><Error><Key>b</Key><Code>"
      "AccessDenied</Code><Message>Access Denied</Message></Error></DeleteResult>");
  ASSERT_EQ(failures.value().size(), 1U);
  EXPECT_EQ(failures->front().key, "b");
  EXPECT_EQ(failures->front().code, "AccessDenied");
  EXPECT_FALSE(ParseDeleted("").ok());
}

TEST(S3Answers, Failures) {
  const Failure failure = ParseFailure(
      "<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code><Message>"
      "The key does not exist.</Message><Key>k</Key></Error>");
  EXPECT_EQ(failure.code, "NoSuchKey");
  EXPECT_EQ(failure.message, "The key does not exist.");
  EXPECT_EQ(ParseFailure("").code, "");
  EXPECT_EQ(ParseFailure("<html>Bad gateway").code, "");
}

TEST(S3Answers, Times) {
  EXPECT_EQ(ParseTime("2009-10-12T17:50:30.999Z"), 1'255'369'830 * kNanos);
  EXPECT_EQ(ParseTime("Mon, 12 Oct 2009 17:50:30 GMT"), 1'255'369'830 * kNanos);
  for (const char* const text : {"", "2009-13-12T17:50:30Z", "Mon, 12 Foo 2009 17:50:30 GMT",
                                 "Mon, 12 Oct 2009", "999999-10-12T17:50:30Z"})
    EXPECT_EQ(ParseTime(text), 0) << text;
  EXPECT_EQ(BareETag("\"a\""), "a");
  EXPECT_EQ(BareETag("a"), "a");
}

}  // namespace
}  // namespace weir::s3
