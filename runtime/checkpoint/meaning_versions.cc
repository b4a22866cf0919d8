#include "runtime/checkpoint/meaning_versions.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

#include "runtime/checkpoint/fingerprint.h"

namespace weir::checkpoint {
namespace {

// Version 8 took it for the default that it is not.
constexpr std::string_view kEmptyText = "csv.empty-string-as-null";

// Takes the option out of the text of a table that is looked up: "…, format = csv, path = …".
std::string WithoutEmptyText(std::string text) {
  const std::string option = ", " + std::string(kEmptyText) + " = false";
  const size_t at = text.find(option);
  return at == std::string::npos ? text : text.erase(at, option.size());
}

bool IsNewIn9(const MeaningPart& part) {
  if (part.part != "option") return part.part == "bad records";
  return part.name == "properties.isolation.level" ||
         (part.name.ends_with(kEmptyText) && part.text == "false");
}

}  // namespace

int VersionOf(const std::vector<MeaningPart>& meaning) {
  const std::string text = TextOf(meaning, "version");
  int version = 1;
  std::from_chars(text.data(), text.data() + text.size(), version);
  return version;
}

std::vector<MeaningPart> WithoutNew(std::vector<MeaningPart> meaning, int version) {
  if (version < 11) {
    std::erase_if(meaning, [](const MeaningPart& part) {
      return part.part == "copies" || part.part == "defaults" || part.part == "enforcer" ||
             part.part == "drops NULL of";
    });
  }
  if (version < 10) {
    std::erase_if(meaning,
                  [](const MeaningPart& part) { return part.part == "lookup bad records"; });
  }
  if (version < 9) {
    std::erase_if(meaning, IsNewIn9);
    for (MeaningPart& part : meaning) {
      if (part.part == "lookup") part.text = WithoutEmptyText(std::move(part.text));
    }
  }
  return meaning;
}

std::vector<MeaningPart> MeaningFor(const std::vector<MeaningPart>& saved,
                                    const WantedOperator& wanted) {
  const int version = VersionOf(saved);
  if (version == 1) return WithoutNew(ParseMeaning(wanted.former_fingerprint), version);
  if (version <= 3) return WithoutNew(ParseMeaning(wanted.third_fingerprint), version);
  const std::vector<MeaningPart> meaning = ParseMeaning(
      wanted.renamed_fingerprint.empty() ? wanted.fingerprint : wanted.renamed_fingerprint);
  const auto in_words = [&] {
    if (version <= 5) return graph::AsOf(graph::kWordsOf5, meaning);
    if (version == 6) return graph::AsOf(graph::kWordsOf6, meaning);
    return version == 7 ? graph::AsOf(graph::kWordsOf7, meaning) : graph::WithoutFormer(meaning);
  };
  return WithoutNew(in_words(), version);
}

std::vector<MeaningPart> WithoutLater(const std::vector<MeaningPart>& saved,
                                      std::vector<MeaningPart> wanted) {
  const int version = VersionOf(saved);
  const bool older = version == 2;
  const bool before_5 = version < 5;
  const std::string places =
      before_5 ? TextOf(wanted, older ? "columns of version 2" : "columns of version 4") : "";
  std::erase_if(wanted, [&](const MeaningPart& part) {
    if (part.part.starts_with("columns of version")) return true;
    if (part.part == "columns" && !places.empty()) return true;
    if (before_5 && (part.part == "type" || part.part == "lookup columns")) return true;
    if (!older) return false;
    return part.part == "directory" || part.part == "primary key" || part.part == "reads";
  });
  if (!places.empty()) wanted.push_back({"columns", "", places});
  std::sort(wanted.begin(), wanted.end());
  return wanted;
}

}  // namespace weir::checkpoint
