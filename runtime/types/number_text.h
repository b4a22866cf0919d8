// Text of floating-point numbers as Java and Flink write them, and numbers out of text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace weir {

// Bytes that no FLOAT or DOUBLE text exceeds.
inline constexpr size_t kMaxFloatingText = 32;

// The shortest digits that read back as the same number, in Java's layout: "1.0", "0.001",
// "1.0E-4", "1.0E7", "NaN", "Infinity", "-0.0". Writes at `out` and returns the end.
// Double.toString of Java 19 and later (JDK-4511638): always the shortest.
char* FormatDouble(double value, char* out);
char* FormatFloat(float value, char* out);

// The whole text, blanks around it aside, as a decimal or exponent number, "NaN" or "[+-]Infinity";
// magnitudes beyond the range become infinite or zero, as in Java. std::nullopt for other text.
std::optional<double> ParseDouble(std::string_view text);
std::optional<float> ParseFloat(std::string_view text);

// [+-]digits, without blanks; std::nullopt for other text and for overflow of T.
std::optional<int64_t> ParseInt64(std::string_view text);

}  // namespace weir
