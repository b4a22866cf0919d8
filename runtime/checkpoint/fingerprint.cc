#include "runtime/checkpoint/fingerprint.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "runtime/base/local_path.h"
#include "runtime/base/plain_path.h"
#include "runtime/checkpoint/name_list.h"
#include "runtime/graph/secret_text.h"

namespace weir::checkpoint {
namespace {

std::string_view WordOf(const std::string& part) {
  if (part == "from" || part == "input") return "input";
  if (part == "time") return "time attribute";
  if (part == "zone") return "time zone";
  if (part == "directory") return "directory for each";
  return part;
}

// An option that says where a table is may have a password in it.
std::string ShownText(const MeaningPart& part) {
  const bool options = part.part == "option" || part.part == "lookup";
  return options ? graph::ShownValue(part.name, part.text) : part.text;
}

std::string InWords(const MeaningPart& part) {
  if (part.name.empty()) return fmt::format("{} {}", WordOf(part.part), ShownText(part));
  return fmt::format("{} {} = {}", WordOf(part.part), part.name, ShownText(part));
}

bool Has(const std::vector<MeaningPart>& meaning, std::string_view part) {
  return std::any_of(meaning.begin(), meaning.end(),
                     [&](const MeaningPart& one) { return one.part == part; });
}

// One table with its filters as one of several inputs is written, to compare it with those.
std::vector<MeaningPart> AsInputs(std::vector<MeaningPart> meaning) {
  MeaningPart input{"input", "", ""};
  std::string_view between = " where ";
  for (const MeaningPart& part : meaning) {
    if (part.part == "from") input.text = part.text + input.text;
    if (part.part != "filter") continue;
    input.text += fmt::format("{}{}", between, part.text);
    between = " AND ";
  }
  std::erase_if(meaning, [](const MeaningPart& part) {
    return part.part == "from" || part.part == "filter";
  });
  meaning.push_back(std::move(input));
  std::sort(meaning.begin(), meaning.end());
  return meaning;
}

}  // namespace

bool IsFormer(std::string_view fingerprint) {
  constexpr std::string_view kVersion = "version\t";
  return !fingerprint.starts_with(kVersion) &&
         fingerprint.find(std::string("\n").append(kVersion)) == std::string_view::npos;
}

std::string DifferenceInWords(const std::vector<MeaningPart>& saved,
                              const std::vector<MeaningPart>& wanted,
                              const std::vector<std::string_view>& only,
                              const std::vector<std::string_view>& except) {
  if (Has(saved, "input") && Has(wanted, "from"))
    return DifferenceInWords(saved, AsInputs(wanted), only, except);
  if (Has(saved, "from") && Has(wanted, "input"))
    return DifferenceInWords(AsInputs(saved), wanted, only, except);
  const auto counts = [&](const MeaningPart& part) {
    if (part.part == "key") return false;
    return only.empty() ? !Contains(except, part.part) : Contains(only, part.part);
  };
  std::vector<MeaningPart> gone;
  std::vector<MeaningPart> added;
  std::set_difference(saved.begin(), saved.end(), wanted.begin(), wanted.end(),
                      std::back_inserter(gone));
  std::set_difference(wanted.begin(), wanted.end(), saved.begin(), saved.end(),
                      std::back_inserter(added));
  std::erase_if(gone, [&](const MeaningPart& part) { return !counts(part); });
  std::erase_if(added, [&](const MeaningPart& part) { return !counts(part); });
  std::vector<std::string> words;
  for (const MeaningPart& part : gone) {
    const auto same = std::find_if(added.begin(), added.end(), [&](const MeaningPart& other) {
      return other.part == part.part && other.name == part.name;
    });
    if (same == added.end()) {
      words.push_back(fmt::format("the {} is gone", InWords(part)));
      continue;
    }
    const std::string what = part.name.empty() ? std::string(WordOf(part.part))
                                               : fmt::format("{} {}", WordOf(part.part), part.name);
    const bool several = part.part == "calls";
    words.push_back(fmt::format("the {} {} {}, {} {}", what, several ? "were" : "was",
                                ShownText(part), several ? "are" : "is", ShownText(*same)));
    added.erase(same);
  }
  for (const MeaningPart& part : added)
    words.push_back(fmt::format("the {} is new", InWords(part)));
  return fmt::format("{}", fmt::join(words, ", "));
}

std::string KeyText(const std::vector<MeaningPart>& meaning, const std::string& name) {
  for (const MeaningPart& part : meaning) {
    if (part.part == "key" && part.name == name) return part.text;
  }
  return name;
}

std::string TextOf(const std::vector<MeaningPart>& meaning, std::string_view part) {
  const auto found = std::ranges::find(meaning, part, &MeaningPart::part);
  return found == meaning.end() ? "" : found->text;
}

std::vector<std::string> InputsOf(const std::vector<MeaningPart>& meaning) {
  std::vector<std::string> uids;
  for (const MeaningPart& part : meaning) {
    if (part.part == "of" && std::ranges::find(uids, part.text) == uids.end())
      uids.push_back(part.text);
  }
  return uids;
}

InputPlaces InputPlacesOf(const std::vector<MeaningPart>& meaning) {
  InputPlaces places;
  for (const MeaningPart& part : meaning) {
    if (part.part != "of" || part.name.empty()) continue;
    const size_t by = std::min(part.name.find(" x"), part.name.size());
    uint64_t times = 1;
    if (by < part.name.size())
      std::from_chars(part.name.data() + by + 2, part.name.data() + part.name.size(), times);
    const std::string place = part.name.substr(0, by);
    places[place][part.text] += times;
    // The whole side, too: what is computed on the way may be divided otherwise.
    if (const size_t blank = place.find(' '); blank < by)
      places[place.substr(0, blank)][part.text] += times;
  }
  return places;
}

std::string PlainPath(std::string_view path, const std::string& directory) {
  const Result<std::string> local = FilePath(path);
  if (!local.ok()) return std::string(path);
  return weir::PlainPath(*local, directory);
}

std::string WithPlainPath(std::string text, const std::string& directory) {
  constexpr std::string_view kPath = ", path = ";
  const size_t option = text.find(kPath);
  if (option == std::string::npos) return text;
  const size_t begin = option + kPath.size();
  const size_t next = text.find(" = ", begin);
  const size_t end = next == std::string::npos ? text.size() : text.rfind(", ", next);
  if (end == std::string::npos || end < begin) return text;
  return text.replace(begin, end - begin, PlainPath(text.substr(begin, end - begin), directory));
}

}  // namespace weir::checkpoint
