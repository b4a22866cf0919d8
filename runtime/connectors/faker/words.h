// What directives of the `faker` connector that take no arguments choose from.
#pragma once

#include <span>
#include <string_view>

namespace weir::connectors {

// A directive's name without case and underscores ("name.firstname"), and the expressions that it
// chooses from, separated by '|'.
struct FakerWords {
  std::string_view name;
  std::string_view choices;
};

// The lists by topic, each in a file of its own.
std::span<const FakerWords> WordsOfPeople();
std::span<const FakerWords> WordsOfPlaces();
std::span<const FakerWords> WordsOfTrade();
std::span<const FakerWords> WordsOfFiction();
std::span<const FakerWords> WordsOfNature();
std::span<const FakerWords> WordsOfComputers();

}  // namespace weir::connectors
