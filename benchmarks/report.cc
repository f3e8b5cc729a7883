#include "benchmarks/report.h"

#include <algorithm>
#include <cmath>
#include <format>

#include "base/check.h"
#include "codec/json_writer.h"

namespace lineside::benchmarks {

namespace {

// Three significant digits, thousands apart: 1 234 000, 12.3, 0.0123.
std::string number(double value) {
  if (!std::isfinite(value)) return "-";
  const double size = std::abs(value);
  if (size < 1000) return std::format("{:.3g}", value);
  const double unit = std::pow(10.0, std::floor(std::log10(size)) - 3);
  std::string digits = std::format("{:.0f}", std::round(value / unit) * unit);
  for (std::ptrdiff_t at = std::ssize(digits) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), " ");
  return digits;
}

std::string range(const Estimate& estimate) {
  return number(estimate.low) + " .. " + number(estimate.high);
}

std::string bound_text(const std::optional<Bound>& bound) {
  if (!bound) return "";
  return (bound->sense == Sense::min ? ">= " : "<= ") + number(bound->value);
}

std::vector<std::string> cells(const Row& row) {
  const bool one_sample = row.value.low == row.value.high;
  return {row.name,
          number(row.value.median),
          row.unit,
          one_sample ? "" : range(row.value),
          row.control ? std::format("{:.2f} ({:.2f} .. {:.2f})", row.control->median,
                                    row.control->low, row.control->high)
                      : "",
          bound_text(row.bound),
          !row.bound    ? ""
          : row.holds() ? "holds"
                        : "DOES NOT HOLD"};
}

}  // namespace

bool Row::holds() const {
  CHECK(bound.has_value());
  return bound->sense == Sense::min ? value.median >= bound->value : value.median <= bound->value;
}

std::string Report::tables() const {
  const std::vector<std::string> head = {"figure",      "median", "unit", "interval (95 %)",
                                         "A/A control", "bound",  ""};
  std::string out;
  for (const Group& group : groups_) {
    std::vector<std::vector<std::string>> lines = {head};
    for (const Row& row : group.rows) lines.push_back(cells(row));
    std::vector<std::size_t> width(head.size());
    for (const auto& line : lines)
      for (std::size_t i = 0; i < line.size(); ++i) width[i] = std::max(width[i], line[i].size());
    out += "\n" + group.title + "\n";
    for (std::size_t l = 0; l < lines.size(); ++l) {
      std::string text = "  ";
      for (std::size_t i = 0; i < head.size(); ++i)
        text += i == 1 ? std::format("{:>{}}  ", lines[l][i], width[i])
                       : std::format("{:<{}}  ", lines[l][i], width[i]);
      out += text.substr(0, text.find_last_not_of(' ') + 1) + "\n";
      if (l > 0 && !group.rows[l - 1].what.empty()) out += "      " + group.rows[l - 1].what + "\n";
    }
  }
  return out;
}

std::string Report::json() const {
  codec::JsonWriter json;
  json.begin_array();
  for (const Group& group : groups_) {
    for (const Row& row : group.rows) {
      if (!row.bound) continue;
      json.begin_object().member("name", row.name).member("value", row.value.median);
      json.member("unit", row.unit).member("bound", row.bound->value);
      json.member("sense", row.bound->sense == Sense::min ? "min" : "max");
      json.member("holds", row.holds()).end_object();
    }
  }
  json.end_array();
  return json.take() + "\n";
}

}  // namespace lineside::benchmarks
