#include "hub/audit_entry.h"

#include <algorithm>
#include <utility>

#include "codec/json_writer.h"

namespace lineside::hub {

store::AuditEntry audit_entry(Time time, std::string_view action, std::string_view actor,
                              std::string_view subject, AuditDetails details) {
  std::string site;
  if (const auto told = std::ranges::find(details, "site", &AuditDetails::value_type::first);
      told != details.end())
    site = told->second;
  details.emplace_back("action", action);
  details.emplace_back("actor", actor);
  if (!subject.empty()) details.emplace_back("subject", subject);
  details.emplace_back("time", format_iso(time));
  std::ranges::sort(details);
  codec::JsonWriter json;
  json.begin_object();
  for (const auto& [name, value] : details) json.member(name, value);
  json.end_object();
  return {time,        std::string(action), std::string(actor), std::string(subject),
          json.take(), std::move(site)};
}

}  // namespace lineside::hub
