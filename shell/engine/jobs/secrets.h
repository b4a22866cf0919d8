// The secrets of a data directory, to which options of tables refer (graph/secret_reference.h):
//
//   weir-data/secrets/<name>   the value of one, mode 0600, in a directory of 0700
//
// They are read when a source or sink is made, so that another value counts from the next start of
// a job on, and no definition, checkpoint or savepoint has one in it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/graph/job_graph.h"

namespace weir::shell {

// Thread-safe: each change takes effect by one rename or removal.
class Secrets {
 public:
  explicit Secrets(const std::string& data_directory);

  struct Named {
    std::string name;
    int64_t changed_millis = 0;  // since 1970
  };
  // All secrets, sorted by name; none where there is no directory. Files that are no secrets are
  // left out.
  Result<std::vector<Named>> List() const;
  // E6006 for a secret that does not exist, that is somebody else's, or that others may use. One
  // line end at the end of the file does not belong to the value.
  Result<std::string> Value(const std::string& name) const;
  // The directories are made, for their owner alone, where they are not there. kInvalidArgument for
  // an empty or a long value, or a name that is none.
  Status Set(const std::string& name, std::string_view value) const;
  // E6006 for a secret that does not exist.
  Status Drop(const std::string& name) const;

 private:
  Status Missing(const std::string& name) const;
  std::string PathOf(const std::string& name) const;

  const std::string data_directory_;
  const std::string directory_;
};

// A longer file is refused, as it can be no password but was named by mistake.
inline constexpr size_t kMostSecretBytes = 64 << 10;

// E6006 for the first table of a job that refers to a secret which cannot be used.
Status CheckSecrets(const graph::JobGraph& graph, const Secrets& secrets);

}  // namespace weir::shell
