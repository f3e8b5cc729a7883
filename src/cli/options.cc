#include "cli/options.h"

#include <format>

#include <CLI/CLI.hpp>

#include "base/plain_text.h"
#include "base/text.h"

namespace lineside::cli {

Options::Options(const std::string& verb, const std::string& summary)
    : verb_(verb), app_(std::make_unique<CLI::App>(summary, "lineside " + verb)) {
  app_->footer("More: lineside help " + verb);
}

Options::~Options() = default;

Options& Options::flag(const std::string& name, bool& value, const std::string& doc) {
  app_->add_flag(name, value, doc);
  return *this;
}

Options& Options::text(const std::string& name, std::string& value, const std::string& doc) {
  app_->add_option(name, value, doc)->capture_default_str();
  return *this;
}

Options& Options::number(const std::string& name, std::int64_t& value, const std::string& doc) {
  app_->add_option(name, value, doc)->capture_default_str();
  return *this;
}

Options& Options::required(const std::string& name, std::string& value, const std::string& doc) {
  app_->add_option(name, value, doc)->required();
  return *this;
}

Options& Options::texts(const std::string& name, std::vector<std::string>& values,
                        const std::string& doc) {
  app_->add_option(name, values, doc)->allow_extra_args(false);
  return *this;
}

Options& Options::required_texts(const std::string& name, std::vector<std::string>& values,
                                 const std::string& doc) {
  app_->add_option(name, values, doc)->required();
  return *this;
}

std::optional<int> Options::parse(const Arguments& arguments) {
  Arguments reversed(arguments.rbegin(), arguments.rend());  // CLI11 takes them from the back
  try {
    app_->parse(reversed);
    return std::nullopt;
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return app_->exit(e);
    return report(verb_, invalid(std::string(e.what()) + "; see `lineside help " + verb_ + "`"));
  }
}

bool Options::has(const std::string& name) const { return app_->count(name) > 0; }

Result<void> check_line(std::string_view option, std::string_view text) {
  if (!is_utf8(text))
    return invalid(std::format("{}: expected UTF-8, found '{}'", option, excerpt(text, 60)));
  const bool is_broken = text.find_first_of("\t\n\r") != std::string_view::npos;
  if (!is_broken && !find_odd(text)) return {};
  return invalid(std::format("{}: expected one line without control characters, found '{}'", option,
                             excerpt(text, 60)));
}

}  // namespace lineside::cli
