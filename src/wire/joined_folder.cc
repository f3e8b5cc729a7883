#include "wire/joined_folder.h"

#include <algorithm>
#include <tuple>

#include "wire/manifest_files.h"

namespace lineside::wire {

namespace {

constexpr std::string_view kFileEnd = "-----END CERTIFICATE-----\n";

std::string identity_file(const std::string& data) { return data + "/joined/identity.json"; }
std::string credential_file(const std::string& data) { return data + "/joined/credential.pem"; }

}  // namespace

Result<std::optional<Joined>> load_joined(const std::string& data_folder, world::Files& files) {
  const std::string path = identity_file(data_folder);
  if (!files.exists(path)) return std::optional<Joined>();
  const Bytes identity = TRY(files.read(path));
  const Bytes credential = TRY(files.read(credential_file(data_folder)));
  auto read = read_message<Identity>(as_text(identity), path);
  if (!read) return fail(Code::corrupt, read.error().text);
  const std::string_view pem = as_text(credential);
  const std::size_t end = pem.find(kFileEnd);
  if (end == std::string_view::npos)
    return fail(Code::corrupt, credential_file(data_folder) + ": expected a certificate and a key");
  const std::size_t key = end + kFileEnd.size();
  return std::optional(
      Joined{std::move(*read), {std::string(pem.substr(0, key)), std::string(pem.substr(key))}});
}

namespace {

// Another hub's, or of another name. The same credential is no other: its hub has moved.
bool is_other(const std::string& data_folder, const Joined& joined, world::Files& files) {
  const auto before = load_joined(data_folder, files);
  if (!before || !*before) return files.exists(identity_file(data_folder));
  const auto& [known, credential] = **before;
  const Identity& identity = joined.identity;
  if (credential == joined.credential) return false;
  return known.url != identity.url || known.edge != identity.edge;
}

Result<void> write_both(const std::string& data_folder, const Joined& joined, world::Files& files) {
  const std::string pem = joined.credential.certificate + joined.credential.key;
  TRY(files.write_atomic(credential_file(data_folder), as_bytes(pem)));
  return files.write_atomic(identity_file(data_folder), as_bytes(write_message(joined.identity)));
}

}  // namespace

Result<void> forget_other(const std::string& data_folder, const Joined& joined,
                          world::Files& files) {
  if (!files.exists(data_folder + "/joined")) return {};
  // Where nobody can tell which hub it was, what was in force is no floor either.
  const auto text = files.read(identity_file(data_folder));
  const auto known = text ? read_message<Identity>(as_text(*text), "joined") : text.error();
  const auto is_known = [&](const std::string& key) {
    return std::ranges::contains(known->state_keys, key);
  };
  const bool is_same = known && known->edge == joined.identity.edge &&
                       std::ranges::any_of(joined.identity.state_keys, is_known);
  if (is_same) return {};
  for (const char* one : {"/joined/current", "/joined/journal"})
    TRY(remove_whole(data_folder + one, files));
  return files.sync_directory(data_folder + "/joined");
}

Result<void> save_joined(const std::string& data_folder, const Joined& joined,
                         world::Files& files) {
  const std::string folder = data_folder + "/joined";
  const bool is_first = !files.exists(folder);
  TRY(files.make_directories(folder));
  if (is_other(data_folder, joined, files)) {
    TRY(files.remove(identity_file(data_folder)));
    TRY(files.sync_directory(folder));
  }
  auto saved = write_both(data_folder, joined, files);
  if (saved || !is_first) return saved;
  // What goes wrong here is told by `saved`; of what is left nothing is to be seen.
  for (const std::string& path : {identity_file(data_folder), credential_file(data_folder)})
    for (const char* suffix : {"", ".tmp"}) std::ignore = files.remove(path + suffix);
  std::ignore = files.remove(folder);
  return saved;
}

}  // namespace lineside::wire
