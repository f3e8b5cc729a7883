#include "store/link_folder.h"

#include "base/bytes.h"
#include "base/text.h"
#include "crypt/digest.h"

namespace lineside::store {

namespace {

constexpr std::size_t kTokenBytes = 32;
constexpr std::string_view kAddress = "address";

}  // namespace

std::string link_digest(std::string_view token) { return crypt::sha256_hex(as_bytes(token)); }

LinkFolder::LinkFolder(world::Files& files, const world::Clock& clock,
                       const std::string& data_folder)
    : files_(files), clock_(clock), folder_(data_folder + "/links") {}

// Links left before this time. What is no link of ours has no time and goes too.
Result<void> LinkFolder::forget(Time before) {
  for (const std::string& name : TRY(files_.list(folder_))) {
    if (name == kAddress || name.ends_with('/')) continue;
    const std::string path = folder_ + "/" + name;
    const auto left = files_.read(path);
    const auto time = left ? parse_iso(trim(as_text(*left))) : Result<Time>(Time::min());
    if (!time || *time < before) TRY(files_.remove(path));
  }
  return {};
}

Result<void> LinkFolder::open(const std::string& address) {
  TRY(files_.make_directories(folder_));
  TRY(forget(Time::max()));
  return files_.write_atomic(folder_ + "/" + std::string(kAddress), as_bytes(address + "\n"));
}

bool LinkFolder::claim(const std::string& digest) {
  const std::string path = folder_ + "/" + digest;
  const auto left = files_.read(path);
  if (!left || !files_.remove(path)) return false;
  const auto time = parse_iso(trim(as_text(*left)));
  const Time now = clock_.now();
  return time && *time <= now && now - *time < kLife;
}

Result<std::string> LinkFolder::leave(world::Random& random) {
  const Bytes address = TRY(files_.read(folder_ + "/" + std::string(kAddress)));
  const Time now = clock_.now();
  TRY(forget(now - kLife));
  const std::string token = random.token(kTokenBytes);
  TRY(files_.write_atomic(folder_ + "/" + link_digest(token), as_bytes(format_iso(now) + "\n")));
  return std::string(trim(as_text(address))) + "/?token=" + token;
}

}  // namespace lineside::store
