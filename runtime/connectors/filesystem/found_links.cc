#include "runtime/connectors/filesystem/found_links.h"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include "runtime/base/resolved_path.h"
#include "runtime/fault_point.h"
#include "runtime/mutex.h"

namespace weir::connectors {
namespace {

namespace fs = std::filesystem;

struct Known {
  Mutex mutex;
  std::shared_ptr<const LinkPlaces> places WEIR_GUARDED_BY(mutex) =
      std::make_shared<const LinkPlaces>();
};

Known& TheKnown() {
  static Known known;
  return known;
}

Status Refused(const std::string& path, std::string_view where, std::string hint) {
  return Status::InvalidArgument(fmt::format("{} is a link that leads {}", path, where))
      .WithId("E6004")
      .WithHint(std::move(hint));
}

}  // namespace

void SetLinkPlaces(LinkPlaces places) {
  Known& known = TheKnown();
  const MutexLock lock(known.mutex);
  known.places = std::make_shared<const LinkPlaces>(std::move(places));
}

Status CheckLink(const std::string& path, const std::string& root) {
  std::error_code failed;
  if (!fs::is_symlink(fs::symlink_status(path, failed)) || DefectPlanted("found-links-followed"))
    return {};
  const std::optional<fs::path> target = ResolvedPath(path);
  if (target && LiesBelowOneOf(*target, std::array{root})) return {};
  Known& known = TheKnown();
  std::shared_ptr<const LinkPlaces> places;
  {
    const MutexLock lock(known.mutex);
    places = known.places;
  }
  const std::string& data = places->data_directory;
  if (target && !data.empty() && LiesBelowOneOf(*target, std::array{data}))
    return Refused(path, "into the data directory", "the files of the engine are no table's");
  if (places->allowed.empty() || (target && LiesBelowOneOf(*target, places->allowed))) return {};
  return Refused(path, "out of the table's directory",
                 "'server.allowed-paths' of the server says where links may lead");
}

}  // namespace weir::connectors
