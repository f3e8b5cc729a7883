// The command line of one verb, on CLI11: parsing errors become exit code 2 with the usage.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/verbs.h"

namespace CLI {
class App;
}

namespace lineside::cli {

class Options {
 public:
  Options(const std::string& verb, const std::string& summary);
  ~Options();

  Options& flag(const std::string& name, bool& value, const std::string& doc);
  Options& text(const std::string& name, std::string& value, const std::string& doc);
  Options& number(const std::string& name, std::int64_t& value, const std::string& doc);
  Options& required(const std::string& name, std::string& value, const std::string& doc);
  // Given any number of times, each with one value.
  Options& texts(const std::string& name, std::vector<std::string>& values, const std::string& doc);
  // One or more of what stands without a name.
  Options& required_texts(const std::string& name, std::vector<std::string>& values,
                          const std::string& doc);

  // Nothing to go on with the verb; an exit code to end with (0 after --help).
  std::optional<int> parse(const Arguments& arguments);
  // Whether the option was given, if only with an empty value; after parse().
  bool has(const std::string& name) const;

 private:
  const std::string verb_;
  std::unique_ptr<CLI::App> app_;
};

// Of a text that a hub keeps for others to read. Errors: invalid (control characters, line breaks
// among them, characters that turn the direction of writing, no UTF-8), with the option's name.
Result<void> check_line(std::string_view option, std::string_view text);

}  // namespace lineside::cli
