#include "edge/alert_bytes.h"

#include "crypt/digest.h"

namespace lineside::edge {

namespace {

// One list of members serves writing and reading, so the two cannot drift apart.
template <class Alert, class Text, class Number>
void walk(Alert& alert, Text&& text, Number&& number) {
  text(alert.id);
  text(alert.edge);
  text(alert.pipeline);
  text(alert.pipeline_version);
  text(alert.asset);
  text(alert.decision);
  text(alert.message);
  number(alert.opened.ns);
  number(alert.updated.ns);
  number(alert.opened_value);
  number(alert.value);
  number(alert.worst);
  number(alert.threshold);
}

}  // namespace

void put_alert(ByteWriter& out, const domain::Alert& alert) {
  walk(alert, [&](const std::string& t) { out.put_string(t); }, [&](auto n) { out.put(n); });
  out.put(static_cast<std::uint8_t>(alert.severity));
  out.put(static_cast<std::uint32_t>(alert.why.size()));
  for (const domain::Contribution& part : alert.why) {
    out.put_string(part.feature);
    out.put(part.value);
    out.put(part.reference);
    out.put(part.effect);
  }
}

domain::Alert get_alert(ByteReader& in) {
  domain::Alert alert;
  walk(
      alert, [&](std::string& t) { t = in.get_string(); }, [&]<class N>(N& n) { n = in.get<N>(); });
  const auto severity = in.get<std::uint8_t>();
  alert.severity = static_cast<domain::Severity>(severity <= 2 ? severity : 1);
  const auto parts = in.get<std::uint32_t>();
  for (std::uint32_t i = 0; i < parts && in.ok(); ++i) {
    domain::Contribution part;
    part.feature = in.get_string();
    part.value = in.get<double>();
    part.reference = in.get<double>();
    part.effect = in.get<double>();
    alert.why.push_back(std::move(part));
  }
  return alert;
}

std::string alert_id(const domain::Alert& alert) {
  Bytes parts;
  ByteWriter out(parts);
  for (const std::string* part :
       {&alert.edge, &alert.pipeline, &alert.pipeline_version, &alert.decision, &alert.asset})
    out.put_string(*part);
  out.put(alert.opened.ns);
  return crypt::sha256_hex(parts).substr(0, 32);
}

}  // namespace lineside::edge
