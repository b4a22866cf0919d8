// The values that options have for a session or a job: defaults, overlaid by a conf file, -D and
// SET.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "conf/flink_options.h"
#include "conf/options.h"

namespace weir::conf {

// Not thread-safe; copied when a job starts, so that later SETs do not touch it.
// Three layers, the upper one wins: SET; SetBase and LoadYaml, in the order of the calls; the
// default of the table. Values are canonical texts, checked when they are set, so that getters
// cannot fail.
class Settings {
 public:
  // Checks and sets; errors as CheckOption. An alias sets its option; a key of Flink's that has no
  // effect here sets nothing (TakeWithoutEffect).
  Status Set(std::string_view key, std::string_view value);
  // Back to what the conf file or the default says.
  // E6001 for a key that is no option.
  Status Reset(std::string_view key);
  // Forgets what SET has set. What a conf file or -D says stays in force.
  void ResetAll() { values_.clear(); }
  // What SET has set (key -> value), sorted; neither a conf file's values nor those of -D.
  const std::map<std::string, std::string>& explicit_values() const { return values_; }

  // The command line names this option, which is as good as SET for Says.
  void NoteSaid(std::string_view key);
  // Forgets what NoteSaid has noted; the values stay in force.
  void ForgetSaid() { said_.clear(); }
  // Whether SET or the command line says this option, so that no saved job's goes before it.
  bool Says(std::string_view key) const;

  // A notice that names the keys without effect that were set since the last call, and values of
  // Flink's that are others here; "" when there were none. `place` says where: "my.yaml: ".
  std::string TakeWithoutEffect(std::string_view place = "");

  // Everything that a conf file, the command line or SET says (key -> value in force), sorted.
  std::map<std::string, std::string> given_values() const;
  // The same without secrets: what is kept with a job, in records and savepoints.
  std::map<std::string, std::string> recorded_values() const;

  // The value in force. REQUIRES of all getters: `key` is an option, of the getter's type.
  std::string Get(std::string_view key) const;
  bool GetBool(std::string_view key) const;
  int64_t GetInteger(std::string_view key) const;
  double GetDouble(std::string_view key) const;
  // "10 s" is 10,000; durations are rounded down to milliseconds.
  int64_t GetMillis(std::string_view key) const;
  uint64_t GetBytes(std::string_view key) const;

  // Overlays the values of a YAML file ("key: value" lines, nested maps joined by dots): the layer
  // below SET. Errors name `file` and the line.
  // The first wrong line ends it; lines before stay set.
  Status LoadYaml(const std::string& text, const std::string& file);
  // A conf file of Flink's, as ReadFlinkFile reads it: what it does not say is as Flink has it
  // (flink_defaults.def), whatever was set before. A key goes before older ones that mean the same.
  // A key that nobody knows is no error, as it is none to Flink, but one without effect.
  // Answers the lines that Flink skips. Errors else as LoadYaml.
  Result<std::vector<int>> LoadFlink(const std::string& text, const std::string& file);
  // The layer below SET, e.g. from the command line's -D.
  Status SetBase(std::string_view key, std::string_view value);

 private:
  Status SetIn(std::map<std::string, std::string>& layer, std::string_view key,
               std::string_view value);

  std::map<std::string, std::string> base_;
  std::map<std::string, std::string> values_;
  std::set<std::string> said_;  // options, by NoteSaid
  std::vector<FlinkNote> without_effect_;
};

// The conf/weir.yaml that we ship: every option with its doc, active where the shipped value
// differs from the default. A test keeps the file equal to this.
std::string PrintShippedYaml();

}  // namespace weir::conf
