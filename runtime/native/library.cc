#include "runtime/native/library.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cfenv>
#include <cstring>
#include <map>

#include "runtime/base/names.h"
#include "runtime/mutex.h"

namespace weir::native {
namespace {

// More are no functions, but memory that is something else.
constexpr uint32_t kMostFunctions = 65'536;
constexpr uint32_t kMostFunctionBytes = 65'536;

Status NotLoaded(std::string why) {
  return Status::InvalidArgument(std::move(why)).WithId("E3010");
}

// A descriptor of a file in memory that has the bytes; it stays open, as names of libraries that
// are loaded may not be used again. -1 with errno.
int FileInMemory(std::string_view bytes) {
  const int file = ::memfd_create("weir-library", MFD_CLOEXEC);
  while (file >= 0 && !bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      ::close(file);
      return -1;
    }
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return file;
}

#ifdef WEIR_SANITIZED
constexpr int kBinding = RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE;  // sanitizers forbid the rest
#else
// What a library has within it may be of other versions than in this program: its calls find its
// own.
constexpr int kBinding = RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE | RTLD_DEEPBIND;
#endif

Result<void*> Open(const LibraryFile& file) {
  const int descriptor = FileInMemory(file.bytes);
  if (descriptor < 0)
    return NotLoaded(fmt::format("no memory for the library: {}", std::strerror(errno)));
  const std::string name = fmt::format("/proc/self/fd/{}", descriptor);
  // One that was compiled for fast mathematics sets the processor to it, for the thread that loads.
  std::fenv_t rounding;
  std::fegetenv(&rounding);
  void* const loaded = ::dlopen(name.c_str(), kBinding);
  std::fesetenv(&rounding);
  if (loaded != nullptr) return loaded;
  std::string why = ::dlerror();
  ::close(descriptor);
  if (why.starts_with(name + ": ")) why.erase(0, name.size() + 2);
  return NotLoaded(fmt::format("no shared library that can be loaded: {}", why));
}

Result<Library> Read(const weir_library* said) {
  if (said == nullptr) return NotLoaded(fmt::format("{} answers nothing", WEIR_LIBRARY_SYMBOL));
  if (said->abi_version > WEIR_ABI_VERSION) {
    return std::move(NotLoaded(fmt::format(
                         "the library is of version {} of weir/function.h, and this weir knows "
                         "versions up to {}",
                         said->abi_version, WEIR_ABI_VERSION)))
        .WithHint("build it with the header of this weir, or call it from a newer one");
  }
  constexpr size_t kLeastBytes = offsetof(weir_function, close) + sizeof(weir_function::close);
  if (said->abi_version == 0 || said->function_bytes < kLeastBytes ||
      said->function_bytes > kMostFunctionBytes || said->function_count > kMostFunctions ||
      (said->function_count > 0 && said->functions == nullptr))
    return NotLoaded(fmt::format("what {} answers is no weir_library", WEIR_LIBRARY_SYMBOL));
  Library library;
  const char* at = reinterpret_cast<const char*>(said->functions);
  for (uint32_t i = 0; i < said->function_count; ++i, at += said->function_bytes) {
    // What an older library does not have yet is zero, and what a newer one has more is not used.
    weir_function function{};
    std::memcpy(&function, at, std::min<size_t>(said->function_bytes, sizeof(function)));
    if (function.name == nullptr || function.bind == nullptr || function.eval == nullptr)
      return NotLoaded(
          fmt::format("function {} of the library has no name, no bind or no eval", i));
    library.functions.push_back(function);
  }
  return library;
}

Result<Library> Load(const LibraryFile& file) {
  void* const loaded = TRY(Open(file));
  const auto entry = reinterpret_cast<weir_library_entry>(::dlsym(loaded, WEIR_LIBRARY_SYMBOL));
  if (entry == nullptr) {
    return std::move(NotLoaded(fmt::format("the library has no symbol {}", WEIR_LIBRARY_SYMBOL)))
        .WithHint("weir/function.h says what a library with functions exports");
  }
  return Read(entry());
}

}  // namespace

Result<const Library*> LoadLibrary(const LibraryFile& file) {
  static Mutex mutex;
  static std::map<std::string, Library> loaded;
  const MutexLock lock(mutex);
  const auto known = loaded.find(file.hash);
  if (known != loaded.end()) return &known->second;
  return &loaded.emplace(file.hash, TRY(Load(file))).first->second;
}

Result<const weir_function*> FindFunction(const Library& library, std::string_view name) {
  std::vector<std::string> names;
  for (const weir_function& function : library.functions) {
    if (function.name == name) return &function;
    names.emplace_back(function.name);
  }
  return std::move(NotLoaded(fmt::format("the library has no function '{}'", name)))
      .WithHint(names.empty()
                    ? "it has none"
                    : fmt::format("it has {}; AS 'name' says which one", fmt::join(names, ", ")));
}

}  // namespace weir::native
