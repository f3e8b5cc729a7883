#include "hub/access/denials.h"

#include <algorithm>
#include <array>
#include <format>
#include <utility>

#include "base/log.h"
#include "domain/models.h"
#include "wire/messages.h"

namespace lineside::hub {

namespace {

constexpr Duration kMinute = Duration::seconds(60);

// Whoever is refused chooses the text, and an entry stays for good: nothing but our own names.
std::string shown_path(std::string_view path) {
  static constexpr std::array kPaths = {wire::kJoinPath,   wire::kRenewPath,      wire::kStatePath,
                                        wire::kReportPath, wire::kDiscoveredPath, wire::kBatchPath};
  if (std::ranges::contains(kPaths, path)) return std::string(path);
  if (!path.starts_with(wire::kArtifactsPath)) return "{path}";
  const std::string_view digest = path.substr(wire::kArtifactsPath.size());
  return std::string(wire::kArtifactsPath) +
         (domain::is_digest(digest) ? std::string(digest) : "{digest}");
}

}  // namespace

Denial wire_denial(const net::HttpRequest& request, const Error& error) {
  std::string subject;
  if (request.peer)
    for (const std::string& uri : request.peer->uris)
      if (const auto edge = wire::edge_of_uri(uri)) subject = "Edge/" + *edge;
  return {"access.denied", "", subject,
          std::format("{} {}: {}", request.method, shown_path(request.target.path), error.text)};
}

bool DenialLog::take(bool is_missed, std::uint64_t& suppressed) {
  const std::lock_guard lock(mutex_);
  const Time now = clock_.steady();
  if (now - minute_ >= kMinute) {
    minute_ = now;
    written_ = 0;
    missed_ = 0;
  }
  if (written_ >= kPerMinute || (is_missed && missed_ >= kMissedPerMinute)) {
    ++suppressed_;
    return false;
  }
  ++written_;
  if (is_missed) ++missed_;
  suppressed = std::exchange(suppressed_, 0);
  return true;
}

void DenialLog::append(const store::AuditEntry& entry) {
  if (const auto done = audit_.append(std::span(&entry, 1)); !done)
    log::error("hub", "a denial is not in the audit log: {}", done.error().text);
}

void DenialLog::record(const Denial& denial) {
  std::uint64_t suppressed = 0;
  if (!take(denial.is_missed, suppressed)) return;
  AuditDetails details = {{"reason", denial.reason}};
  if (!denial.object.empty()) details.emplace_back("object", denial.object);
  if (suppressed > 0) details.emplace_back("suppressed", std::to_string(suppressed));
  append(
      audit_entry(clock_.now(), denial.action, denial.actor, denial.subject, std::move(details)));
}

void DenialLog::flush() {
  {
    const std::lock_guard lock(mutex_);
    if (suppressed_ == 0 || clock_.steady() - minute_ < kMinute) return;
  }
  record({"access.denied", "", "", "more were refused than are told one by one"});
}

}  // namespace lineside::hub
