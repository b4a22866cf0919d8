#include "runtime/connectors/epochs/epoch_promise.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace weir::connectors::epochs {
namespace {

constexpr std::string_view kPromise = "v2 epoch ";
// Of earlier builds, without the two words at the end.
constexpr std::string_view kShortPromise = "v1 epoch ";
constexpr std::string_view kMarker = "v1 ";
constexpr uint64_t kMost = uint64_t{1} << 60;  // records, bytes, numbers of checkpoints
constexpr uint64_t kMostSubtasks = 32'768;

bool IsName(std::string_view text) {
  constexpr size_t kLongest = 64;
  const auto plain = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_';
  };
  return !text.empty() && text.size() <= kLongest && std::ranges::all_of(text, plain);
}

// Takes words that are divided by single blanks off the front of a text.
class Words {
 public:
  explicit Words(std::string_view text) : rest_(text) {}

  std::string Name() {
    const std::string_view word = Next();
    good_ = good_ && IsName(word);
    return std::string(word);
  }
  // A number from `least` to `bound`, both included.
  template <typename T>
  T Number(T least, T bound, int base = 10) {
    const std::string_view word = Next();
    T value{};
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value, base);
    good_ = good_ && error == std::errc() && end == word.data() + word.size() && value >= least &&
            value <= bound;
    return value;
  }
  bool AtEnd() const { return good_ && ended_; }

 private:
  std::string_view Next() {
    good_ = good_ && !ended_;
    const size_t space = rest_.find(' ');
    const std::string_view word = rest_.substr(0, space);
    ended_ = space == std::string_view::npos;
    rest_.remove_prefix(ended_ ? rest_.size() : space + 1);
    return word;
  }

  std::string_view rest_;
  bool good_ = true;
  bool ended_ = false;
};

}  // namespace

std::string EpochPromise::Text() const {
  return fmt::format("{}{} {} {:016x} {} {} {} {} {} {} {} {}", kPromise, job, sink, incarnation,
                     subtask, checkpoint, slot, records, bytes, log, committed, system);
}

std::string EpochPromise::MarkerKey() const {
  return fmt::format("{}{}", MarkerPrefix(), subtask);
}

std::string EpochPromise::MarkerPrefix() const {
  return fmt::format("v1 {} {} ", job, sink);
}

bool IsEpochPromise(std::string_view committable) {
  return committable.starts_with(kPromise) || committable.starts_with(kShortPromise);
}

Result<EpochPromise> ParsePromise(std::string_view text, std::string_view job_id) {
  EpochPromise promise;
  if (IsEpochPromise(text)) {
    Words words(text.substr(kPromise.size()));
    promise.job = words.Name();
    promise.sink = words.Name();
    promise.incarnation = words.Number<uint64_t>(0, std::numeric_limits<uint64_t>::max(), 16);
    promise.subtask = static_cast<uint32_t>(words.Number<uint64_t>(0, kMostSubtasks));
    promise.checkpoint = words.Number<int64_t>(0, static_cast<int64_t>(kMost));
    promise.slot = static_cast<uint32_t>(words.Number<uint64_t>(0, kMostSubtasks));
    promise.records = words.Number<uint64_t>(0, kMost);
    promise.bytes = words.Number<uint64_t>(0, kMost);
    promise.log = words.Name();
    if (text.starts_with(kPromise)) {
      promise.committed =
          words.Number<int64_t>(CommitMarker::kNothing, static_cast<int64_t>(kMost));
      promise.system = words.Name();
    }
    const bool whole = (promise.records == 0) == (promise.log == "-");
    if (words.AtEnd() && whole && promise.job == job_id) return promise;
  }
  return Status::Corruption(fmt::format("no sink of job {} promises '{}'", job_id, text))
      .WithId("E7001");
}

std::string CommitMarker::Text() const {
  return fmt::format("{}{:016x} {}", kMarker, incarnation, checkpoint);
}

Result<CommitMarker> ParseMarker(std::string_view text) {
  CommitMarker marker;
  if (text.starts_with(kMarker)) {
    Words words(text.substr(kMarker.size()));
    marker.incarnation = words.Number<uint64_t>(0, std::numeric_limits<uint64_t>::max(), 16);
    marker.checkpoint = words.Number<int64_t>(CommitMarker::kNothing, static_cast<int64_t>(kMost));
    if (words.AtEnd()) return marker;
  }
  return Status::Corruption(fmt::format("'{}' is no marker of a commit", text)).WithId("E7001");
}

}  // namespace weir::connectors::epochs
