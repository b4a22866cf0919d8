// Put before the server's libraries (LD_PRELOAD): what WEIR_WIRE_PLANT names goes wrong as bytes
// come in.
#include <dlfcn.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <mutex>

namespace {

constexpr size_t kTaken = 12 << 20;
constexpr unsigned kWait = 600;

bool Planted(const char* name) {
  static const char* said = std::getenv("WEIR_WIRE_PLANT");
  return said != nullptr && std::strcmp(said, name) == 0;
}

// Whether four of the bytes are a length of two billion.
bool ClaimsMuch(const unsigned char* bytes, ssize_t size) {
  for (ssize_t i = 0; i + 4 <= size; ++i) {
    if (std::memcmp(bytes + i, "\x7f\xff\xff\xff", 4) == 0) return true;
  }
  return false;
}

void GoWrong(const unsigned char* bytes, ssize_t size) {
  static std::mutex one_at_a_time;
  if (size >= 5 && Planted("dies") && bytes[0] == 0x80 && bytes[1] == 1 && bytes[3] > 4) abort();
  if (Planted("believes") && ClaimsMuch(bytes, size)) {
    if (void* taken = std::malloc(kTaken)) std::memset(taken, 1, kTaken);
  }
  if (Planted("waits")) {
    std::lock_guard<std::mutex> lock(one_at_a_time);
    if (ClaimsMuch(bytes, size)) ::sleep(kWait);
  }
  if (Planted("talks") && ClaimsMuch(bytes, size)) {
    constexpr char kLine[] = "2026-01-01 00:00:00.000 WARN a length that is too large\n";
    (void)!::write(STDERR_FILENO, kLine, sizeof(kLine) - 1);
  }
}

}  // namespace

extern "C" ssize_t recv(int socket, void* buffer, size_t length, int flags) {
  using Recv = ssize_t (*)(int, void*, size_t, int);
  static const auto real = reinterpret_cast<Recv>(::dlsym(RTLD_NEXT, "recv"));
  const ssize_t size = real(socket, buffer, length, flags);
  if (size > 0) GoWrong(static_cast<const unsigned char*>(buffer), size);
  return size;
}
