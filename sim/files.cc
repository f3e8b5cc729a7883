#include "sim/files.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <format>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "base/check.h"
#include "sim/random.h"

namespace lineside::sim {

namespace {

using Failure = SimFiles::Failure;

std::string normal(const std::string& path) {
  const std::string text = std::filesystem::path(path).lexically_normal().string();
  if (text.empty()) return ".";
  return text.size() > 1 && text.ends_with('/') ? text.substr(0, text.size() - 1) : text;
}

std::string parent_of(const std::string& path) {
  return normal(std::filesystem::path(path).parent_path().string());
}

Error missing(std::string_view action, const std::string& path) {
  return fail(Code::not_found,
              std::format("cannot {} {}: No such file or directory", action, path));
}

Error is_directory(std::string_view action, const std::string& path) {
  return invalid(std::format("cannot {} {}: Is a directory", action, path));
}

}  // namespace

// A file's content apart from its names. content[0, clean) equals durable[0, clean).
struct Inode {
  std::uint64_t id = 0;
  std::uint64_t version = 0;  // counts changes of the content
  Bytes content;
  Bytes durable;
  std::size_t clean = 0;
  // After a failed sync the kernel forgets that the pages are dirty: no later sync writes them.
  bool forgotten = false;

  void append(ByteView bytes) {
    content.insert(content.end(), bytes.begin(), bytes.end());
    ++version;
  }

  void truncate(std::size_t size) {
    content.resize(size);
    clean = std::min(clean, size);
    if (clean == size) forgotten = false;
    ++version;
  }

  void sync() {
    if (forgotten) return;
    durable.resize(clean);
    durable.insert(durable.end(), content.begin() + static_cast<std::ptrdiff_t>(clean),
                   content.end());
    clean = durable.size();
  }

  void lose_power(SimRandom* torn) {
    const bool only_appended = clean == durable.size();
    if (torn != nullptr && (only_appended || torn->below(2) == 0)) {
      content.resize(clean + torn->below(content.size() - clean + 1));
    } else {
      content = durable;
    }
    durable = content;
    clean = content.size();
    forgotten = false;
    ++version;
  }
};

using Names = std::map<std::string, std::shared_ptr<Inode>>;

struct Disk {
  mutable std::mutex mutex;
  Names names;                                  // as the running system sees them
  Names durable_names;                          // as they would be found after a power cut
  std::set<std::string> directories{".", "/"};  // durable when made
  std::uint64_t generation = 0;                 // power cuts so far
  std::uint64_t calls = 0;
  std::uint64_t inodes = 0;
  std::uint64_t fail_call = 0;  // 0: none planned
  Code fail_code = Code::internal;
  Failure failure = Failure::once;
  std::optional<std::uint64_t> capacity;

  // Counts one mutating call; the planned failure when it is its turn.
  Result<void> mutate(std::string_view action, const std::string& path) {
    ++calls;
    const bool due =
        fail_call != 0 && (failure == Failure::once ? calls == fail_call : calls >= fail_call);
    if (!due) return {};
    return fail(fail_code, std::format("cannot {} {}: planned failure", action, path));
  }

  std::uint64_t used() const {
    std::uint64_t sum = 0;
    for (const auto& [name, inode] : names) sum += inode->content.size();
    return sum;
  }

  Inode* find(const std::string& path) const {
    const auto entry = names.find(path);
    return entry == names.end() ? nullptr : entry->second.get();
  }

  Result<void> check_parent(std::string_view action, const std::string& path) const {
    if (!directories.contains(parent_of(path))) return missing(action, path);
    return {};
  }

  std::shared_ptr<Inode> create(const std::string& path) {
    auto inode = std::make_shared<Inode>();
    inode->id = ++inodes;
    names[path] = inode;
    return inode;
  }

  Result<void> append(Inode& inode, ByteView bytes, const std::string& path) {
    if (auto done = mutate("write", path); !done) {
      inode.append(bytes.first(bytes.size() / 2));
      return done;
    }
    std::size_t room = bytes.size();
    if (capacity) room = std::min(room, *capacity - std::min(*capacity, used()));
    inode.append(bytes.first(room));
    if (room == bytes.size()) return {};
    return fail(Code::exhausted, std::format("cannot write {}: No space left on device", path));
  }

  Result<void> sync(Inode& inode, const std::string& path) {
    if (auto done = mutate("sync", path); !done) {
      inode.forgotten = inode.clean < inode.content.size();
      return done;
    }
    inode.sync();
    return {};
  }

  Result<void> rename(const std::string& from, const std::string& to) {
    TRY(mutate("rename", from + " to " + to));
    if (directories.contains(from)) return rename_directory(from, to);
    const auto entry = names.find(from);
    if (entry == names.end()) return missing("rename", from);
    TRY(check_parent("rename", to));
    if (directories.contains(to)) return is_directory("rename to", to);
    if (from == to) return {};
    names[to] = entry->second;
    names.erase(entry);
    return {};
  }

  // Directories are durable when made, so their renaming is durable at once too.
  Result<void> rename_directory(const std::string& from, const std::string& to) {
    TRY(check_parent("rename", to));
    if (directories.contains(to) || names.contains(to)) {
      return fail(Code::conflict, std::format("cannot rename {} to {}: File exists", from, to));
    }
    const std::string prefix = from + '/';
    if (to.starts_with(prefix)) {
      return invalid(std::format("cannot rename {} to {}: Invalid argument", from, to));
    }
    for (Names* table : {&names, &durable_names}) {
      Names moved;
      for (auto& [name, inode] : *table) {
        moved[name.starts_with(prefix) ? to + name.substr(from.size()) : name] = inode;
      }
      *table = std::move(moved);
    }
    std::set<std::string> folders;
    for (const std::string& folder : directories) {
      const bool inside = folder == from || folder.starts_with(prefix);
      folders.insert(inside ? to + folder.substr(from.size()) : folder);
    }
    directories = std::move(folders);
    return {};
  }

  Result<void> sync_directory(const std::string& directory) {
    TRY(mutate("sync", directory));
    if (!directories.contains(directory)) return missing("sync", directory);
    std::erase_if(durable_names,
                  [&](const auto& entry) { return parent_of(entry.first) == directory; });
    for (const auto& [name, inode] : names) {
      if (parent_of(name) == directory) durable_names[name] = inode;
    }
    return {};
  }
};

namespace {

class SimFile final : public world::File {
 public:
  SimFile(std::shared_ptr<Disk> disk, std::shared_ptr<Inode> inode, std::string path)
      : disk_(std::move(disk)),
        inode_(std::move(inode)),
        path_(std::move(path)),
        generation_(disk_->generation) {}

  Result<void> append(ByteView bytes) override {
    std::lock_guard lock(disk_->mutex);
    TRY(check_alive());
    if (sync_failure_) return *sync_failure_;
    return disk_->append(*inode_, bytes, path_);
  }

  Result<void> sync() override {
    std::lock_guard lock(disk_->mutex);
    TRY(check_alive());
    if (sync_failure_) return *sync_failure_;
    auto done = disk_->sync(*inode_, path_);
    if (!done) sync_failure_ = done.error();
    return done;
  }

  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> out) const override {
    std::lock_guard lock(disk_->mutex);
    TRY(check_alive());
    const Bytes& content = inode_->content;
    if (offset >= content.size()) return std::size_t{0};
    const std::size_t n = std::min<std::size_t>(out.size(), content.size() - offset);
    if (n > 0) std::memcpy(out.data(), content.data() + offset, n);
    return n;
  }

  Result<void> truncate(std::uint64_t size) override {
    std::lock_guard lock(disk_->mutex);
    TRY(check_alive());
    TRY(disk_->mutate("truncate", path_));
    inode_->truncate(size);
    return {};
  }

  Result<std::uint64_t> size() const override {
    std::lock_guard lock(disk_->mutex);
    TRY(check_alive());
    return std::uint64_t{inode_->content.size()};
  }

 private:
  Result<void> check_alive() const {
    if (disk_->generation == generation_) return {};
    return fail(Code::unavailable,
                std::format("cannot use {}: opened before the power cut", path_));
  }

  std::shared_ptr<Disk> disk_;
  std::shared_ptr<Inode> inode_;
  std::string path_;
  std::uint64_t generation_;
  std::optional<Error> sync_failure_;
};

}  // namespace

SimFiles::SimFiles() : disk_(std::make_shared<Disk>()) {}
SimFiles::~SimFiles() = default;

Result<std::unique_ptr<world::File>> SimFiles::open(const std::string& path) {
  std::lock_guard lock(disk_->mutex);
  const std::string name = normal(path);
  if (disk_->directories.contains(name)) return is_directory("open", name);
  TRY(disk_->check_parent("open", name));
  auto& names = disk_->names;
  auto entry = names.find(name);
  if (entry == names.end()) {
    TRY(disk_->mutate("open", name));
    disk_->create(name);
    entry = names.find(name);
  }
  return std::make_unique<SimFile>(disk_, entry->second, name);
}

Result<Bytes> SimFiles::read(const std::string& path) const {
  std::lock_guard lock(disk_->mutex);
  const std::string name = normal(path);
  if (disk_->directories.contains(name)) return is_directory("read", name);
  const Inode* inode = disk_->find(name);
  if (inode == nullptr) return missing("open", name);
  return inode->content;
}

Result<void> SimFiles::write_atomic(const std::string& path, ByteView bytes) {
  std::lock_guard lock(disk_->mutex);
  const std::string name = normal(path);
  const std::string temporary = name + ".tmp";
  TRY(disk_->check_parent("open", temporary));
  const auto inode = disk_->create(temporary);
  const auto replace = [&]() -> Result<void> {
    TRY(disk_->append(*inode, bytes, temporary));
    TRY(disk_->sync(*inode, temporary));
    return disk_->rename(temporary, name);
  };
  if (auto done = replace(); !done) {
    disk_->names.erase(temporary);
    return done;
  }
  return disk_->sync_directory(parent_of(name));
}

Result<void> SimFiles::make_directories(const std::string& path) {
  std::lock_guard lock(disk_->mutex);
  TRY(disk_->mutate("make directory", path));
  std::vector<std::string> missing_ones;
  for (std::string name = normal(path); !disk_->directories.contains(name);
       name = parent_of(name)) {
    if (disk_->names.contains(name)) {
      return fail(Code::conflict, std::format("cannot make directory {}: File exists", name));
    }
    missing_ones.push_back(name);
  }
  disk_->directories.insert(missing_ones.begin(), missing_ones.end());
  return {};
}

Result<std::vector<std::string>> SimFiles::list(const std::string& directory) const {
  std::lock_guard lock(disk_->mutex);
  const std::string name = normal(directory);
  if (!disk_->directories.contains(name)) return missing("list", name);
  const auto leaf = [](const std::string& path) {
    return std::filesystem::path(path).filename().string();
  };
  std::vector<std::string> found;
  for (const auto& [path, inode] : disk_->names) {
    if (parent_of(path) == name) found.push_back(leaf(path));
  }
  for (const std::string& path : disk_->directories) {
    if (path != name && path != "." && parent_of(path) == name) found.push_back(leaf(path) + '/');
  }
  std::ranges::sort(found);
  return found;
}

Result<void> SimFiles::remove(const std::string& path) {
  std::lock_guard lock(disk_->mutex);
  const std::string name = normal(path);
  TRY(disk_->mutate("remove", name));
  if (disk_->names.erase(name) > 0 || !disk_->directories.contains(name)) return {};
  const auto inside = [&](const std::string& other) { return parent_of(other) == name; };
  const bool empty = std::ranges::none_of(disk_->directories, inside) &&
                     std::ranges::none_of(disk_->names, inside, &Names::value_type::first);
  if (!empty) {
    return fail(Code::conflict, std::format("cannot remove {}: Directory not empty", name));
  }
  disk_->directories.erase(name);
  return {};
}

Result<void> SimFiles::rename(const std::string& from, const std::string& to) {
  std::lock_guard lock(disk_->mutex);
  return disk_->rename(normal(from), normal(to));
}

bool SimFiles::exists(const std::string& path) const {
  std::lock_guard lock(disk_->mutex);
  const std::string name = normal(path);
  return disk_->names.contains(name) || disk_->directories.contains(name);
}

Result<std::uint64_t> SimFiles::size(const std::string& path) const {
  std::lock_guard lock(disk_->mutex);
  const Inode* inode = disk_->find(normal(path));
  if (inode == nullptr) return missing("stat", path);
  return std::uint64_t{inode->content.size()};
}

std::uint64_t SimFiles::stamp(const std::string& path) const {
  std::lock_guard lock(disk_->mutex);
  const Inode* inode = disk_->find(normal(path));
  return inode == nullptr ? 0 : inode->id << 32 | (inode->version & 0xffffffff);
}

Result<void> SimFiles::sync_directory(const std::string& directory) {
  std::lock_guard lock(disk_->mutex);
  return disk_->sync_directory(normal(directory));
}

void SimFiles::fail_at(std::uint64_t n, Code code, Failure failure) {
  CHECK(n > 0);
  std::lock_guard lock(disk_->mutex);
  disk_->fail_call = disk_->calls + n;
  disk_->fail_code = code;
  disk_->failure = failure;
}

void SimFiles::clear_failure() {
  std::lock_guard lock(disk_->mutex);
  disk_->fail_call = 0;
}

std::uint64_t SimFiles::calls() const {
  std::lock_guard lock(disk_->mutex);
  return disk_->calls;
}

void SimFiles::set_capacity(std::optional<std::uint64_t> bytes) {
  std::lock_guard lock(disk_->mutex);
  disk_->capacity = bytes;
}

std::uint64_t SimFiles::used() const {
  std::lock_guard lock(disk_->mutex);
  return disk_->used();
}

void SimFiles::crash(std::optional<std::uint64_t> torn_seed) {
  std::lock_guard lock(disk_->mutex);
  std::optional<SimRandom> torn;
  if (torn_seed) torn.emplace(*torn_seed);
  ++disk_->generation;
  disk_->fail_call = 0;
  disk_->names = disk_->durable_names;
  for (const auto& [name, inode] : disk_->names) inode->lose_power(torn ? &*torn : nullptr);
}

}  // namespace lineside::sim
