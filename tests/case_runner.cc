// Runs case files: short scripts against a whole edge in the simulator, with the text they expect.
//
//   file NAME            the lines up to `----` become a manifest of the edge's configuration
//   start | crash | restart   the edge begins; loses its process; both
//   feed TOPIC PAYLOAD   a message through the broker (QoS 1); feed0: QoS 0; \xNN is a byte
//   big TOPIC BYTES      a payload of so many letters
//   advance DURATION     the clock moves, everybody works
//   jump [-]DURATION     the wall clock alone is set forward or back
//   link up|cut|down     the network to the broker
//   reload               the configuration is read anew
//   ask WHAT [NAME]      counts, readings, predictions, alerts, rejects, streams, assets, link,
//                        published
//
// Behind start, restart, reload and ask stands the expected answer: `----`, its lines, a blank one.
// `case_runner --accept FILE...` writes the answers into the files, for review in the diff.
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <format>
#include <fstream>
#include <iostream>

#include "tests/sim_plant.h"

namespace lineside::testing {

namespace {

class Case {
 public:
  Case(std::string path, SimPlant& plant) : path_(std::move(path)), plant_(plant), in_(path_) {}

  bool run() {
    for (std::string line; next(line);) {
      if (line.empty() || line[0] == '#') continue;
      const std::size_t blank = line.find(' ');
      step(line.substr(0, blank), blank == std::string::npos ? "" : line.substr(blank + 1));
    }
    return good_;
  }
  // The file as it is with today's answers.
  const std::string& text() const { return out_; }

 private:
  bool next(std::string& line) {
    if (!std::getline(in_, line)) return false;
    ++line_;
    out_ += line + "\n";
    return true;
  }

  void step(const std::string& command, const std::string& rest) {
    const std::size_t blank = rest.find(' ');
    const std::string first = rest.substr(0, blank);
    const std::string second = blank == std::string::npos ? "" : rest.substr(blank + 1);
    if (command == "file") return file(rest);
    if (command == "crash" || command == "restart") plant_.crash();
    if (command == "crash") return;
    if (command == "start" || command == "restart") return expect(plant_.start());
    if (command == "feed") return plant_.feed(bytes(first), bytes(second), 1);
    if (command == "feed0") return plant_.feed(bytes(first), bytes(second), 0);
    if (command == "big") return plant_.feed(first, std::string(std::stoul(second), 'x'), 1);
    if (command == "advance") return plant_.advance(duration(rest));
    if (command == "jump") return plant_.jump_wall(duration(rest));
    if (command == "link") return plant_.link(rest);
    if (command == "reload") return expect(plant_.reload());
    if (command == "ask") return expect(plant_.ask(first, second));
    failure("unknown command '" + command + "'\n");
  }

  void file(const std::string& name) {
    std::string text;
    for (std::string line; next(line) && line != "----";) text += line + "\n";
    plant_.write_manifest(name, text);
  }

  // With each \xNN replaced by its byte; JSON knows no such escape.
  static std::string bytes(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
      unsigned value = 0;
      const char* digits = text.data() + i + 2;
      const bool escape = text.compare(i, 2, "\\x") == 0 && i + 4 <= text.size() &&
                          std::from_chars(digits, digits + 2, value, 16).ptr == digits + 2;
      out += escape ? static_cast<char>(value) : text[i];
      if (escape) i += 3;
    }
    return out;
  }

  Duration duration(const std::string& text) {
    const bool back = text.starts_with("-");
    const auto parsed = parse_duration(back ? text.substr(1) : text);
    if (!parsed) failure(parsed.error().text + "\n");
    return {parsed ? (back ? -parsed->ns : parsed->ns) : 0};
  }

  void expect(const std::string& found) {
    const int at = line_;
    std::string expected;
    if (in_.peek() == '-') {
      std::string line;
      std::getline(in_, line);
      ++line_;
      while (std::getline(in_, line) && !line.empty()) {
        expected += line + "\n";
        ++line_;
      }
      ++line_;
      out_ += "----\n" + found + "\n";
    } else if (!found.empty()) {
      out_ += "----\n" + found + "\n";
    }
    if (found == expected) return;
    std::cerr << std::format("{}:{}: expected\n{}found\n{}", path_, at, expected, found);
    good_ = false;
  }

  void failure(const std::string& text) {
    std::cerr << std::format("{}:{}: {}", path_, line_, text);
    good_ = false;
  }

  const std::string path_;
  SimPlant& plant_;
  std::ifstream in_;
  std::string out_;
  int line_ = 0;
  bool good_ = true;
};

bool run_case(const std::string& path, bool accept) {
  const auto folder =
      std::filesystem::temp_directory_path() /
      std::format("lineside-case-{}-{}", std::filesystem::path(path).stem().string(),
                  world::system_random().token(4));
  SimPlant plant(folder);
  Case one(path, plant);
  const bool good = one.run();
  if (accept) std::ofstream(path) << one.text();
  return good || accept;
}

}  // namespace

int run_cases(const std::vector<std::string>& arguments) {
  const bool accept = !arguments.empty() && arguments[0] == "--accept";
  int failed = 0;
  for (std::size_t i = accept ? 1 : 0; i < arguments.size(); ++i)
    if (!run_case(arguments[i], accept)) ++failed;
  return failed == 0 && arguments.size() > (accept ? 1U : 0U) ? 0 : 1;
}

}  // namespace lineside::testing

int main(int argc, char** argv) { return lineside::testing::run_cases({argv + 1, argv + argc}); }
