#include "cli/options.h"

#include <format>

#include <CLI/CLI.hpp>

#include "base/plain_text.h"
#include "base/text.h"

namespace lineside::cli {

namespace {

// What is wrong with it; empty: nothing.
std::string fault_of_line(std::string_view text) {
  if (!is_utf8(text)) return std::format("expected UTF-8, found '{}'", excerpt(text, 60));
  const bool is_broken = text.find_first_of("\t\n\r") != std::string_view::npos;
  if (!is_broken && !find_odd(text)) return "";
  return std::format("expected one line without control characters, found '{}'", excerpt(text, 60));
}

// No object has such a name, and a hub would refuse the request as none at all.
CLI::Option* check_name(CLI::Option* option, std::string_view name) {
  if (name == "NAME" || name == "MODEL_VERSION") option->check(fault_of_line);
  return option;
}

}  // namespace

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
  check_name(app_->add_option(name, value, doc), name)->capture_default_str();
  return *this;
}

Options& Options::number(const std::string& name, std::int64_t& value, const std::string& doc) {
  app_->add_option(name, value, doc)->capture_default_str();
  return *this;
}

Options& Options::required(const std::string& name, std::string& value, const std::string& doc) {
  check_name(app_->add_option(name, value, doc), name)->required();
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
  const std::string fault = fault_of_line(text);
  if (fault.empty()) return {};
  return invalid(std::format("{}: {}", option, fault));
}

}  // namespace lineside::cli
