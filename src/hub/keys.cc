#include "hub/keys.h"

#include <algorithm>
#include <format>
#include <optional>
#include <span>

#include "base/bytes.h"
#include "base/log.h"
#include "base/text.h"

namespace lineside::hub {

namespace {

constexpr Duration kDay = Duration::seconds(24 * 3600);
constexpr Duration kAuthorityLife = kDay * (20 * 365);
constexpr Duration kServerLife = kDay * 90;
constexpr Duration kRenewBefore = kDay * 30;
// Clocks of peers may be behind ours.
constexpr Duration kSkew = Duration::seconds(3600);
constexpr std::string_view kBeginCertificate = "-----BEGIN CERTIFICATE-----";
constexpr std::string_view kBeginClear = "-----BEGIN PRIVATE KEY-----";
constexpr std::string_view kBeginEncrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----";

Result<std::string> read_text(const world::Files& files, const std::string& path) {
  const Bytes bytes = TRY(files.read(path));
  return std::string(as_text(bytes));
}

crypt::SerialNumber new_serial(world::Random& random) {
  crypt::SerialNumber serial{};
  random.fill(serial);
  return serial;
}

Result<std::string> read_key(const world::Files& files, const std::string& path,
                             const KeyOptions& options) {
  std::string pem = TRY(read_text(files, path));
  if (options.passphrase.empty() && pem.contains(kBeginEncrypted))
    return fail(Code::denied,
                path +
                    ": the key is encrypted: expected its passphrase in --passphrase-file, "
                    "found none");
  return pem;
}

// Where a key is: in a module if the option names one, else in the file.
struct KeyPlace {
  const char* option;
  const std::string& uri;
  std::string path;
};

Result<crypt::SigningKey> open_signing_key(const KeyPlace& place, const KeyOptions& options,
                                           world::Files& files) {
  const std::string& path = place.path;
  if (!place.uri.empty())
    return TRY_WITH(crypt::SigningKey::from_pkcs11(place.uri, options.pin), place.option);
  if (files.exists(path)) {
    const std::string pem = TRY(read_key(files, path, options));
    return TRY_WITH(crypt::SigningKey::from_pem(pem, options.passphrase), path);
  }
  auto key = crypt::SigningKey::generate();
  const std::string pem = TRY(key.to_pem(options.passphrase));
  TRY(files.write_atomic(path, as_bytes(pem)));
  return key;
}

Result<crypt::CertificateAuthority> create_authority(const std::string& folder,
                                                     const KeyOptions& options, Time now,
                                                     const KeySeams& seams) {
  crypt::AuthorityTerms terms;
  terms.serial = new_serial(seams.random);
  terms.common_name = "Lineside hub " + to_hex(std::span(terms.serial).first(4));
  terms.not_before = now - kSkew;
  terms.not_after = now + kAuthorityLife;
  auto authority = TRY(crypt::CertificateAuthority::create(terms));
  const std::string key_pem = TRY(authority.key_pem(options.passphrase));
  // The key first: a certificate without its key would look like one that was lost.
  TRY(seams.files.write_atomic(folder + "/ca-key.pem", as_bytes(key_pem)));
  TRY(seams.files.write_atomic(folder + "/ca.pem", as_bytes(authority.certificate_pem())));
  return authority;
}

Result<crypt::CertificateAuthority> open_authority(const std::string& folder,
                                                   const KeyOptions& options, Time now,
                                                   const KeySeams& seams) {
  world::Files& files = seams.files;
  const std::string path = folder + "/ca.pem";
  if (options.ca_uri.empty() && !files.exists(path))
    return create_authority(folder, options, now, seams);
  if (!files.exists(path))
    return fail(Code::not_found, path +
                                     ": expected the certificate of the key that --ca-key "
                                     "names, found nothing; `lineside help hub` says how to "
                                     "make it");
  const std::string certificate = TRY(read_text(files, path));
  if (!options.ca_uri.empty())
    return TRY_WITH(
        crypt::CertificateAuthority::from_pkcs11(certificate, options.ca_uri, options.pin),
        "--ca-key and " + path);
  const std::string key_path = folder + "/ca-key.pem";
  const std::string key = TRY(read_key(files, key_path, options));
  return TRY_WITH(crypt::CertificateAuthority::from_pem(certificate, key, options.passphrase),
                  key_path);
}

// Files from before there was a passphrase. Each is old or new after a power cut, and a key in the
// clear opens with any passphrase.
Result<void> encrypt_keys(const HubKeys& keys, const std::string& folder, const KeyOptions& options,
                          world::Files& files) {
  const auto encrypt = [&](const char* name, const auto& key_pem) -> Result<void> {
    const std::string path = folder + "/" + name;
    if (!TRY(read_text(files, path)).contains(kBeginClear)) return {};
    const std::string pem = TRY(key_pem());
    TRY(files.write_atomic(path, as_bytes(pem)));
    log::info("hub", "{} is now encrypted", path);
    return {};
  };
  const std::string& passphrase = options.passphrase;
  if (options.audit_uri.empty())
    TRY(encrypt("audit.pem", [&] { return keys.audit.to_pem(passphrase); }));
  if (options.state_uri.empty())
    TRY(encrypt("state.pem", [&] { return keys.state.to_pem(passphrase); }));
  if (options.ca_uri.empty())
    TRY(encrypt("ca-key.pem", [&] { return keys.authority.key_pem(passphrase); }));
  const std::string server = folder + "/server.pem";
  if (!files.exists(server)) return {};
  TRY(files.remove(server));
  TRY(files.sync_directory(folder));
  log::info("hub", "{} is removed: the server's key stays in memory", server);
  return {};
}

bool names_all(const std::vector<std::string>& has, const std::vector<std::string>& wanted) {
  return std::ranges::all_of(
      wanted, [&](const std::string& name) { return std::ranges::contains(has, name); });
}

// What `text` holds, if it will do for a while.
std::optional<ServerCertificate> usable(const std::string& text,
                                        const crypt::CertificateAuthority& authority,
                                        const ServerNames& names, Time now) {
  const auto at = text.find(kBeginCertificate);
  if (at == std::string::npos) return std::nullopt;
  const std::string certificate = text.substr(at);
  const auto verified = crypt::verify_certificate(certificate, authority.certificate_pem(), now,
                                                  crypt::CertificateUse::server);
  if (!verified || !names_all(verified->dns, names.dns) || !names_all(verified->ips, names.ips))
    return std::nullopt;
  const Time renew_at = verified->not_after - kRenewBefore;
  if (now >= renew_at) return std::nullopt;
  return ServerCertificate{certificate + authority.certificate_pem(), text.substr(0, at), renew_at};
}

}  // namespace

Result<HubKeys> HubKeys::open(const std::string& folder, const KeyOptions& options, Time now,
                              const KeySeams& seams) {
  world::Files& files = seams.files;
  TRY(files.make_directories(folder));
  auto audit = TRY(
      open_signing_key({"--audit-key", options.audit_uri, folder + "/audit.pem"}, options, files));
  auto state = TRY(
      open_signing_key({"--state-key", options.state_uri, folder + "/state.pem"}, options, files));
  auto authority = TRY(open_authority(folder, options, now, seams));
  HubKeys keys{std::move(audit), std::move(state), std::move(authority)};
  // Once all of them have opened: else a mistyped passphrase would leave two in one folder.
  if (!options.passphrase.empty()) TRY(encrypt_keys(keys, folder, options, files));
  return keys;
}

crypt::NoteKey HubKeys::audit_note_key() const {
  const std::string id = crypt::key_id(audit.verify_key());
  return {"lineside-hub-" + id.substr(0, 16) + "/audit", audit.verify_key()};
}

std::string HubKeys::ca_fingerprint() const { return to_hex(authority.certificate().sha256); }

Result<ServerCertificate> issue_server_certificate(const crypt::CertificateAuthority& authority,
                                                   const ServerNames& names, Time now,
                                                   world::Random& random) {
  crypt::CertificateTerms terms;
  terms.common_name = "Lineside hub";
  terms.dns = names.dns;
  terms.ips = names.ips;
  terms.serial = new_serial(random);
  terms.not_before = std::max(now - kSkew, authority.certificate().not_before);
  terms.not_after = std::min(now + kServerLife, authority.certificate().not_after);
  terms.use = crypt::CertificateUse::server;
  auto issued = TRY(authority.issue_with_key(terms, ""));
  return ServerCertificate{issued.certificate_pem + authority.certificate_pem(),
                           std::move(issued.key_pem), terms.not_after - kRenewBefore};
}

Result<ServerCertificate> open_server_certificate(const std::string& path,
                                                  const crypt::CertificateAuthority& authority,
                                                  const ServerNames& names, Time now,
                                                  const KeySeams& seams) {
  if (!path.empty() && seams.files.exists(path)) {
    const std::string text = TRY(read_text(seams.files, path));
    if (auto found = usable(text, authority, names, now)) return *std::move(found);
  }
  auto issued = TRY(issue_server_certificate(authority, names, now, seams.random));
  if (!path.empty()) {
    // Without the authority's certificate, which is the last one of the chain.
    const std::size_t own = issued.certificate_pem.size() - authority.certificate_pem().size();
    const std::string text = issued.key_pem + issued.certificate_pem.substr(0, own);
    TRY(seams.files.write_atomic(path, as_bytes(text)));
  }
  return issued;
}

}  // namespace lineside::hub
