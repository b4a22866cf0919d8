#include "runtime/connectors/formats/parquet/arrow_module.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <filesystem>
#include <string>

namespace weir::connectors::parquet {
namespace {

constexpr std::string_view kFileName = "libweir_parquet.so";

Status NoModule(std::string why) {
  return Status::Unsupported(
             fmt::format("the format 'parquet' needs Apache Arrow, which this weir is without: {}",
                         why))
      .WithHint(
          "it is built where the Python package pyarrow is installed: docs/connectors.md, "
          "\"Parquet\"");
}

// A path of the module, whether or not it is there.
std::string PlaceOfModule() {
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::filesystem::path beside = program.parent_path() / kFileName;
  if (error || std::filesystem::exists(beside, error)) return beside.string();
  const std::filesystem::path installed =
      program.parent_path().parent_path() / "lib" / "weir" / kFileName;
  return std::filesystem::exists(installed, error) ? installed.string() : beside.string();
}

#ifdef WEIR_SANITIZED
constexpr bool kSanitized = true;  // what is loaded would call past the sanitizer
#else
constexpr bool kSanitized = false;
#endif

Result<const ArrowFiles*> Load() {
  if (kSanitized) return NoModule("it was built with a sanitizer");
  const std::string path = PlaceOfModule();
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return NoModule(fmt::format("no {}", path));
  // Arrow has Thrift, Snappy and more within it, in other versions than this program: its calls
  // must find its own. It is never unloaded, as its statics live on.
  void* const module =
      ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND | RTLD_NODELETE);
  if (module == nullptr) return NoModule(::dlerror());
  const auto* files = static_cast<const ArrowFiles*>(::dlsym(module, kArrowFilesSymbol));
  if (files == nullptr || files->version != kArrowFilesVersion)
    return NoModule(fmt::format("{} belongs to another version", path));
  return files;
}

}  // namespace

Result<const ArrowFiles*> LoadArrowFiles() {
  static const Result<const ArrowFiles*> loaded = Load();
  return loaded;
}

}  // namespace weir::connectors::parquet
