// The keys of a hub. In the folder `keys`, mode 0600, made at the first start:
//   audit.pem             Ed25519, signs checkpoints of the audit log
//   state.pem             Ed25519, signs the desired states of edges
//   ca.pem, ca-key.pem    the authority behind certificates of edges and of the hub's own server
//   server.pem            the server's own key and certificate; not there with a passphrase, for
//                         then the key stays in memory and each start makes another
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "crypt/checkpoint.h"
#include "crypt/signature.h"
#include "crypt/x509.h"
#include "world/files.h"
#include "world/random.h"

namespace lineside::hub {

struct KeyOptions {
  std::string passphrase;  // of keys in files; empty: in the clear, the file's mode protects them
  // Keys that stay in a PKCS #11 module (RFC 7512); empty: in files. ca.pem must be there where the
  // authority's key is in a module.
  std::string audit_uri;
  std::string state_uri;
  std::string ca_uri;
  std::string pin;  // of the modules
};

struct KeySeams {
  world::Files& files;
  world::Random& random;
};

struct HubKeys {
  crypt::SigningKey audit;
  crypt::SigningKey state;
  crypt::CertificateAuthority authority;

  // Makes what is missing in `folder`; encrypts what is in the clear if there is a passphrase.
  // Errors: those of Files; invalid, denied (another passphrase) with the file's name, no more.
  static Result<HubKeys> open(const std::string& folder, const KeyOptions& options, Time now,
                              const KeySeams& seams);

  // The key of checkpoints with the log's origin, "lineside-hub-<16 hex digits of the key's
  // id>/audit": another hub's log has another name.
  crypt::NoteKey audit_note_key() const;
  // SHA-256 of the authority's certificate (DER) in hex: what edges pin.
  std::string ca_fingerprint() const;
};

// What the hub's server shows to whoever connects.
struct ServerCertificate {
  std::string certificate_pem;  // chain: the server's, then the authority's
  std::string key_pem;          // in the clear
  Time renew_at;                // from then on another one is due
};

struct ServerNames {
  std::vector<std::string> dns;
  std::vector<std::string> ips;
};

// Issues one for these names, valid for 90 days, due 30 days before its end.
Result<ServerCertificate> issue_server_certificate(const crypt::CertificateAuthority& authority,
                                                   const ServerNames& names, Time now,
                                                   world::Random& random);

// The one of the file if it is of this authority, names all of `names` and is not due; else a new
// one, which is left in the file. An empty path: keys are not kept in the clear, so always a new
// one.
Result<ServerCertificate> open_server_certificate(const std::string& path,
                                                  const crypt::CertificateAuthority& authority,
                                                  const ServerNames& names, Time now,
                                                  const KeySeams& seams);

}  // namespace lineside::hub
