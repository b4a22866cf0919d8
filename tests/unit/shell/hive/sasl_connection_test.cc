// The login and the messages of a client over TCP: what Thrift's SASL transport sends, and what
// others do.
#include "shell/hive/sasl_connection.h"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace weir::shell {
namespace {

using testing::HasSubstr;

class SaslConnectionTest : public testing::Test {
 protected:
  SaslConnectionTest() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
    client_ = rpc::Descriptor(ends[0]);
    SaslLimits limits;
    limits.login_time = std::chrono::milliseconds(200);
    limits.message_time = std::chrono::milliseconds(200);
    connection_.emplace(rpc::Descriptor(ends[1]), limits);
  }

  void Send(std::string_view bytes) const {
    ASSERT_EQ(::send(client_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  static std::string Part(char kind, std::string_view text) {
    return std::string(1, kind) + std::string("\0\0\0", 3) + static_cast<char>(text.size()) +
           std::string(text);
  }
  static std::string Login(std::string_view response) {
    return Part(1, "PLAIN") + Part(2, response);
  }
  std::string Received() const {
    std::array<char, 256> bytes{};
    const ssize_t count = ::recv(client_.get(), bytes.data(), bytes.size(), 0);
    return {bytes.data(), static_cast<size_t>(std::max<ssize_t>(count, 0))};
  }
  void ExpectNoLogin(std::string_view why) {
    const Result<SaslLogin> login = connection_->ReadLogin();
    ASSERT_FALSE(login.ok());
    EXPECT_THAT(login.status().message(), HasSubstr(std::string(why)));
  }

  rpc::Descriptor client_;
  std::optional<SaslConnection> connection_;
};

TEST_F(SaslConnectionTest, TakesALoginAndMessages) {
  Send(Login(std::string_view("\0ada\0secret", 11)));
  const Result<SaslLogin> login = connection_->ReadLogin();
  ASSERT_TRUE(login.ok()) << login.status().ToString();
  EXPECT_EQ(login->user, "ada");
  EXPECT_EQ(login->password, "secret");
  ASSERT_TRUE(connection_->Accept().ok());
  EXPECT_EQ(Received(), std::string("\5\0\0\0\0", 5));

  Send(std::string("\0\0\0\5hello\0\0\0\0", 13));
  std::string message;
  ASSERT_TRUE(connection_->Read(message).ok());
  EXPECT_EQ(message, "hello");
  ASSERT_TRUE(connection_->Read(message).ok());
  EXPECT_EQ(message, "");
  ASSERT_TRUE(connection_->Write("there").ok());
  EXPECT_EQ(Received(), std::string("\0\0\0\5there", 9));
  EXPECT_FALSE(connection_->left());
  client_.Close();
  EXPECT_TRUE(connection_->left());
  EXPECT_EQ(connection_->Read(message).code(), StatusCode::kNotFound);
}

TEST_F(SaslConnectionTest, MayActForAnother) {
  Send(Login(std::string_view("boss\0ada\0", 9)));
  const Result<SaslLogin> login = connection_->ReadLogin();
  ASSERT_TRUE(login.ok());
  EXPECT_EQ(login->user, "ada");
  EXPECT_EQ(login->password, "");
}

TEST_F(SaslConnectionTest, TakesTheLoginOfThriftForJava) {
  Send(Part(1, "PLAIN") + Part(5, std::string_view("\0ada\0secret", 11)));
  const Result<SaslLogin> login = connection_->ReadLogin();
  ASSERT_TRUE(login.ok()) << login.status().ToString();
  EXPECT_EQ(login->password, "secret");
}

TEST_F(SaslConnectionTest, TakesNoLoginThatIsGivenUp) {
  Send(Part(1, "PLAIN") + Part(3, "I cannot"));
  ExpectNoLogin("gives up");
}

TEST_F(SaslConnectionTest, SaysWhyNot) {
  connection_->Refuse("no");
  EXPECT_EQ(Received(), std::string("\3\0\0\0\2no", 7));
}

TEST_F(SaslConnectionTest, RefusesThriftWithoutSasl) {
  Send(std::string_view("\x80\1\0\1\0\0\0\xbOpenSession", 19));
  ExpectNoLogin("does not log in by SASL");
}

TEST_F(SaslConnectionTest, RefusesTls) {
  Send(std::string_view("\x16\3\1\0\xff", 5));
  ExpectNoLogin("does not log in by SASL");
}

TEST_F(SaslConnectionTest, RefusesOtherMechanisms) {
  Send(Part(1, "GSSAPI"));
  ExpectNoLogin("something else than SASL PLAIN");
}

TEST_F(SaslConnectionTest, RefusesALoginWithoutAPassword) {
  Send(Login(std::string_view("ada\0secret", 10)));
  ExpectNoLogin("malformed");
}

TEST_F(SaslConnectionTest, RefusesALongLogin) {
  Send(std::string_view("\1\x7f\xff\xff\xff", 5));
  ExpectNoLogin("long");
}

TEST_F(SaslConnectionTest, DoesNotWaitLongForALogin) {
  Send(Part(1, "PLAIN"));
  ExpectNoLogin("takes too long");
}

TEST_F(SaslConnectionTest, RefusesALengthThatNoMessageHas) {
  Send(std::string_view("\x7f\xff\xff\xff", 4));
  std::string message;
  const Status status = connection_->Read(message);
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(status.message(), HasSubstr("2147483647 bytes"));
}

TEST_F(SaslConnectionTest, TakesNoMemoryForWhatIsOnlyClaimed) {
  Send(
      std::string_view("\0\xff\xff\xff"
                       "abc",
                       7));
  std::string message;
  EXPECT_THAT(connection_->Read(message).message(), HasSubstr("takes too long"));
  EXPECT_LT(message.capacity(), size_t{1} << 20);
}

}  // namespace
}  // namespace weir::shell
