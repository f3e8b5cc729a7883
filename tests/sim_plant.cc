#include "tests/sim_plant.h"

#include <algorithm>
#include <format>
#include <fstream>

#include "edge/metrics.h"

namespace lineside::testing {

namespace {

const world::Endpoint kBroker{"127.0.0.1", 1883};
constexpr std::int64_t kStart = 1'767'225'600;  // 2026-01-01T00:00:00Z

}  // namespace

SimPlant::SimPlant(std::filesystem::path folder)
    : folder_(std::move(folder)),
      clock_(Time{} + Duration::seconds(kStart)),
      listener_(dialer_.listen(kBroker)) {
  std::filesystem::remove_all(folder_);
  std::filesystem::create_directories(folder_ / "config");
}

SimPlant::~SimPlant() {
  edge_.reset();
  std::filesystem::remove_all(folder_);
}

void SimPlant::write_manifest(const std::string& name, const std::string& text) {
  std::ofstream(folder_ / "config" / name) << text;
}

std::string SimPlant::start() {
  edge::EdgeOptions options;
  options.name = "edge-1";
  options.config_folder = (folder_ / "config").string();
  options.data_folder = (folder_ / "data").string();
  auto opened = edge::Edge::open(options, {world::system_files(), clock_, random_, dialer_, {}});
  if (!opened) return shorten(opened.error().text) + "\n";
  edge_ = std::move(*opened);
  advance(Duration::seconds(1));
  return "";
}

// Everybody works until what was under way has arrived.
void SimPlant::settle() {
  for (int i = 0; i < 8; ++i) {
    broker_.poll(&listener_);
    if (edge_) edge_->step_all();
  }
}

void SimPlant::feed(const std::string& topic, const std::string& payload, std::uint8_t qos) {
  broker_.publish(topic, payload, qos);
  settle();
}

void SimPlant::advance(Duration duration) {
  const std::int64_t steps = std::clamp<std::int64_t>(duration.ns / 50'000'000, 1, 600);
  for (std::int64_t i = 0; i < steps; ++i) {
    clock_.advance({duration.ns / steps});
    settle();
  }
}

void SimPlant::jump_wall(Duration duration) {
  clock_.jump_wall(duration);
  settle();
}

void SimPlant::link(const std::string& state) {
  if (state == "cut") dialer_.cut(kBroker);
  if (state == "down") dialer_.set_reach(kBroker, sim::Reach::refused);
  if (state == "up") dialer_.set_reach(kBroker, sim::Reach::open);
  settle();
}

// Answers must not hold the folder of this run.
std::string SimPlant::shorten(std::string text) const {
  const std::string folder = (folder_ / "config").string() + "/";
  for (std::size_t at = text.find(folder); at != std::string::npos; at = text.find(folder))
    text.erase(at, folder.size());
  return text;
}

std::string SimPlant::reload() {
  const edge::Reloaded done = edge_->reload();
  settle();
  std::string text;
  for (const std::string& change : done.changed) text += change + "\n";
  for (const std::string& problem : done.problems) text += shorten(problem) + "\n";
  return text;
}

std::string SimPlant::series(const store::History& history, const std::string& id) const {
  const std::size_t slash = id.find('/');
  const auto stream = edge_->directory().find(id.substr(0, slash), id.substr(slash + 1));
  if (!stream) return "no such stream\n";
  const auto found = history.range(*stream, Time::min(), Time::max(), 100'000);
  if (!found) return found.error().text + "\n";
  std::string text;
  for (std::size_t i = 0; i < found->time.size(); ++i)
    text += std::format("{} {:.6g}\n", format_iso(found->time[i]), found->value[i]);
  return text;
}

// How the folder stands to what runs, and every problem.
std::string SimPlant::config() const {
  const edge::ConfigState state = edge_->config_state();
  std::string text(domain::to_text(state.standing));
  if (state.last_good) text += " of " + format_iso(*state.last_good);
  text += "\n";
  for (const std::string& problem : state.problems) text += shorten(problem) + "\n";
  return text;
}

std::string SimPlant::counts() const {
  const edge::EdgeMetrics metrics = edge_->metrics();
  std::uint64_t readings = 0;
  std::uint64_t without_readings = 0;
  std::array<std::uint64_t, domain::kRejectReasons> rejected{};
  for (const auto& link : metrics.connections) {
    readings += link.readings;
    without_readings += link.without_readings;
    for (std::size_t r = 0; r < rejected.size(); ++r) rejected[r] += link.rejected[r];
  }
  std::string text = std::format("readings {}\n", readings);
  for (std::size_t r = 0; r < rejected.size(); ++r)
    if (rejected[r] > 0)
      text += std::format("rejected {} {}\n", domain::to_text(static_cast<domain::Reject>(r)),
                          rejected[r]);
  if (without_readings > 0) text += std::format("without readings {}\n", without_readings);
  return text +
         std::format("predictions {}\nalerts open {}\n", metrics.predictions, metrics.alerts_open);
}

std::string SimPlant::alerts(const std::string& asset) const {
  const auto alerts = edge_->db().alerts({.state = {}, .asset = asset, .limit = 1000});
  std::string text;
  for (const domain::Alert& alert : *alerts)
    text += std::format("{} {} {} {} {} worst {:.4g}: {}\n", format_iso(alert.opened), alert.asset,
                        alert.decision, domain::to_text(alert.severity),
                        alert.cleared ? "cleared " + format_iso(*alert.cleared) : "open",
                        alert.worst, alert.message);
  return text;
}

std::string SimPlant::ask(const std::string& what, const std::string& name) {
  if (!edge_) return "no edge is running\n";
  std::string text;
  if (what == "readings") return series(edge_->readings(), name);
  if (what == "predictions") return series(edge_->predictions(), name);
  if (what == "alerts") return alerts(name);
  if (what == "counts") return counts();
  if (what == "config") return config();
  if (what == "link") {
    for (const auto& link : edge_->metrics().connections)
      text += std::format("{} {}, gaps {}, reconnects {}\n", link.connection,
                          link.up ? "up" : "down", link.gaps, link.reconnects);
    return text;
  }
  if (what == "rejects") {
    advance(Duration::seconds(2));
    const auto rejects = edge_->db().rejects();
    for (const store::RejectCount& row : *rejects)
      text += std::format("{} {} {}: {}\n", row.connection, domain::to_text(row.reason), row.count,
                          row.sample);
    return text;
  }
  if (what == "published") {
    for (const sim::MqttBrokerMessage& message : broker_.received())
      if (name.empty() || message.topic == name)
        text += message.topic + " " + message.payload + "\n";
    return text;
  }
  if (what == "assets") {
    for (const edge::AssetView& view : edge_->live().assets())
      text += std::format("{} {} seen {}\n", view.asset, domain::to_text(view.health),
                          view.last_seen ? format_iso(*view.last_seen) : "never");
    return text;
  }
  if (what == "streams") {
    for (const edge::StreamView& view : edge_->live().streams(name))
      text += std::format("{} {:.6g} {} {} {}\n", view.stream, view.value, format_iso(view.time),
                          domain::to_text(view.quality), domain::to_text(view.state));
    return text;
  }
  return "unknown question: " + what + "\n";
}

}  // namespace lineside::testing
