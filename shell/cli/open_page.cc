#include "shell/cli/open_page.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "shell/cli/session_setup.h"
#include "shell/http/access_token.h"
#include "shell/http/listen_address.h"
#include "shell/output/job_watch.h"
#include "shell/output/streams.h"

namespace weir::shell {
namespace {

constexpr std::string_view kUsualAddress = "127.0.0.1:8480";
// A file for the browser: what a program is given as an argument all users can see.
constexpr std::string_view kWayIn = "open.html";

Status NobodyAnswers(const std::string& where, const std::string& directory) {
  return Status::External("nothing answers at " + where)
      .WithId("E4008")
      .WithHint(
          fmt::format("start it: weir server --data-dir '{}'; where it answers elsewhere, say "
                      "-D server.http.address=HOST:PORT",
                      directory));
}

// Whether some process, whichever it is, takes connections at the address.
bool Answers(const ListenAddress& address) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found) !=
      0)
    return false;
  const int socket = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool answers = socket >= 0 && ::connect(socket, found->ai_addr, found->ai_addrlen) == 0;
  if (socket >= 0) ::close(socket);
  ::freeaddrinfo(found);
  return answers;
}

bool HasDisplay() {
  for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY"}) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') return true;
  }
  return false;
}

// A page for its owner's eyes that leads on.
Status WriteWayIn(const std::string& path, const std::string& url) {
  ::unlink(path.c_str());
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  const std::string text = fmt::format(
      "<!doctype html><meta charset=utf-8><title>Weir</title>"
      "<meta http-equiv=refresh content=\"0;url={}\">\n",
      url);
  const bool written =
      file >= 0 && ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (file >= 0) ::close(file);
  return written ? Status() : Status::External("cannot write '" + path + "'");
}

// A failure is ignored: the user has the printed address.
void OpenInBrowser(const std::string& path) {
  std::string program = "xdg-open";
  std::string argument = path;
  char* const arguments[] = {program.data(), argument.data(), nullptr};
  pid_t child = 0;
  if (::posix_spawnp(&child, program.c_str(), nullptr, nullptr, arguments, environ) == 0)
    ::waitpid(child, nullptr, 0);
}

// Where this machine reaches a server that listens at an address.
ListenAddress Reached(ListenAddress address) {
  if (address.host == "0.0.0.0") address.host = "127.0.0.1";
  if (address.host == "::") address.host = "::1";
  return address;
}

}  // namespace

Status OpenPage(const CommandLine& line, FileSystem& files) {
  const conf::Settings settings = TRY(LoadSettings(line));
  JobWatch watch(WatchFor(line, true));
  const std::string directory = RemoteFor(line, settings, true, watch).data_directory;
  const std::string said = settings.Get("server.http.address");
  const std::optional<ListenAddress> listens =
      TRY(ParseListenAddress(said.empty() ? kUsualAddress : said));
  if (!listens) return NobodyAnswers("HTTP, which is off", directory);
  const ListenAddress address = Reached(*listens);
  const bool tls = !settings.Get("server.tls.certificate").empty();
  const std::string where = fmt::format("http{}://{}/", tls ? "s" : "", AddressText(address));
  const bool known = files.Stat(JoinPath(directory, kTokenFile)).ok();
  if (!known || !Answers(address)) return NobodyAnswers(where, directory);
  // The token lets in from this machine alone, so that it is of no use at any other address.
  const std::string token =
      IsLoopback(address.host) ? "#token=" + TRY(ReadOrMakeToken(directory)) : "";
  const std::string url = where + token;
  RETURN_IF_ERROR(WriteOut(stdout, url + "\n"));
  if (!HasDisplay()) return {};
  const std::string way_in = JoinPath(directory, kWayIn);
  RETURN_IF_ERROR(WriteWayIn(way_in, url));
  OpenInBrowser(way_in);
  return {};
}

}  // namespace weir::shell
