#include "world/files.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <optional>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "world/os_error_internal.h"
#include "world/read_file.h"

namespace lineside::world {

namespace {

namespace fs = std::filesystem;

// Owns one descriptor.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

Result<Descriptor> open_descriptor(const std::string& path, int flags) {
  for (;;) {
    const int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
    if (fd >= 0) return Descriptor(fd);
    if (errno != EINTR) return os_error(errno, "open", path);
  }
}

Result<void> write_all(int fd, ByteView bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return os_error(errno, "write", path);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return {};
}

// The return value of a call that signals may interrupt before it did anything.
template <class Call>
auto uninterrupted(Call call) {
  for (;;) {
    const auto result = call();
    if (result != -1 || errno != EINTR) return result;
  }
}

// Bytes read, fewer than asked only at the end of the file.
Result<std::size_t> read_from(int fd, std::uint64_t offset, std::span<std::byte> out,
                              const std::string& path) {
  std::size_t got = 0;
  while (got < out.size()) {
    const ssize_t n = uninterrupted([&] {
      return ::pread(fd, out.data() + got, out.size() - got, static_cast<off_t>(offset + got));
    });
    if (n < 0) return os_error(errno, "read", path);
    if (n == 0) break;
    got += static_cast<std::size_t>(n);
  }
  return got;
}

std::string parent_of(const std::string& path) {
  const std::string parent = fs::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

class SystemFile final : public File {
 public:
  SystemFile(Descriptor descriptor, std::string path)
      : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

  Result<void> append(ByteView bytes) override {
    if (sync_failure_) return *sync_failure_;
    return write_all(descriptor_.get(), bytes, path_);
  }

  Result<void> sync() override {
    if (sync_failure_) return *sync_failure_;
    if (uninterrupted([&] { return ::fdatasync(descriptor_.get()); }) == 0) return {};
    // The kernel now takes the lost pages for clean: a second call would succeed and lie.
    sync_failure_ = os_error(errno, "sync", path_);
    return *sync_failure_;
  }

  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> out) const override {
    return read_from(descriptor_.get(), offset, out, path_);
  }

  Result<void> truncate(std::uint64_t size) override {
    const auto length = static_cast<off_t>(size);
    if (uninterrupted([&] { return ::ftruncate(descriptor_.get(), length); }) == 0) return {};
    return os_error(errno, "truncate", path_);
  }

  Result<std::uint64_t> size() const override {
    struct stat status{};
    if (::fstat(descriptor_.get(), &status) != 0) return os_error(errno, "stat", path_);
    return static_cast<std::uint64_t>(status.st_size);
  }

 private:
  Descriptor descriptor_;
  std::string path_;
  std::optional<Error> sync_failure_;
};

// The temporary sibling of a file, locked. Its name is fixed, so that what a killed process left
// behind is used again; the lock keeps two writers of one file apart.
Result<Descriptor> lock_temporary(const std::string& temporary) {
  for (;;) {
    Descriptor descriptor = TRY(open_descriptor(temporary, O_WRONLY | O_CREAT));
    if (uninterrupted([&] { return ::flock(descriptor.get(), LOCK_EX); }) != 0) {
      return os_error(errno, "lock", temporary);
    }
    struct stat ours{};
    struct stat named{};
    if (::fstat(descriptor.get(), &ours) != 0) return os_error(errno, "stat", temporary);
    const bool there = ::stat(temporary.c_str(), &named) == 0;
    if (there && ours.st_ino == named.st_ino && ours.st_dev == named.st_dev) return descriptor;
    // The writer before us renamed or removed it while we waited for the lock.
  }
}

Result<void> fill_and_rename(int fd, ByteView bytes, const std::string& from,
                             const std::string& to) {
  if (::ftruncate(fd, 0) != 0) return os_error(errno, "truncate", from);
  TRY(write_all(fd, bytes, from));
  if (uninterrupted([&] { return ::fsync(fd); }) != 0) return os_error(errno, "sync", from);
  if (::rename(from.c_str(), to.c_str()) != 0) return os_error(errno, "rename to", to);
  return {};
}

std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
  // The finaliser of SplitMix64 (Steele, Lea, Flood, 2014) over a running sum.
  hash += value + 0x9e3779b97f4a7c15;
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9;
  hash = (hash ^ (hash >> 27)) * 0x94d049bb133111eb;
  return hash ^ (hash >> 31);
}

// To be read.
Result<Descriptor> open_regular(const std::string& path, struct stat& status) {
  // Not blocking: a pipe that nobody writes to would never open.
  Descriptor descriptor = TRY(open_descriptor(path, O_RDONLY | O_NONBLOCK));
  if (::fstat(descriptor.get(), &status) != 0) return os_error(errno, "stat", path);
  if (S_ISDIR(status.st_mode)) return os_error(EISDIR, "read", path);
  if (!S_ISREG(status.st_mode)) return invalid("cannot read " + path + ": not a regular file");
  return descriptor;
}

class SystemFiles final : public Files {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path) override {
    Descriptor descriptor = TRY(open_descriptor(path, O_RDWR | O_CREAT | O_APPEND));
    return std::make_unique<SystemFile>(std::move(descriptor), path);
  }

  Result<Bytes> read(const std::string& path) const override {
    struct stat status{};
    const Descriptor descriptor = TRY(open_regular(path, status));
    constexpr off_t kReadMax = off_t{1} << 30;
    if (status.st_size > kReadMax) return os_error(EFBIG, "read", path);
    // One byte more than the size, so that the usual file needs no second round; files of
    // procfs claim the size 0.
    Bytes bytes(static_cast<std::size_t>(status.st_size) + 1);
    std::size_t got = 0;
    for (;;) {
      const auto n = TRY(read_from(descriptor.get(), got, std::span(bytes).subspan(got), path));
      got += n;
      if (got < bytes.size()) break;
      bytes.resize(bytes.size() * 2 + 4'096);
    }
    bytes.resize(got);
    return bytes;
  }

  Result<void> write_atomic(const std::string& path, ByteView bytes) override {
    const std::string temporary = path + ".tmp";
    const Descriptor descriptor = TRY(lock_temporary(temporary));
    if (auto done = fill_and_rename(descriptor.get(), bytes, temporary, path); !done) {
      ::unlink(temporary.c_str());
      return done;
    }
    return sync_directory(parent_of(path));
  }

  Result<void> make_directories(const std::string& path) override {
    if (path.empty()) return {};
    if (::mkdir(path.c_str(), 0700) == 0) return sync_directory(parent_of(path));
    std::error_code ignored;
    if (errno == EEXIST && fs::is_directory(path, ignored)) return {};
    if (errno != ENOENT) return os_error(errno, "make directory", path);
    const std::string parent = fs::path(path).parent_path().string();
    if (parent.empty() || parent == path) return os_error(ENOENT, "make directory", path);
    TRY(make_directories(parent));
    if (::mkdir(path.c_str(), 0700) == 0) return sync_directory(parent);
    if (errno == EEXIST && fs::is_directory(path, ignored)) return {};
    return os_error(errno, "make directory", path);
  }

  Result<std::vector<std::string>> list(const std::string& directory) const override {
    std::vector<std::string> names;
    std::error_code failure;
    fs::directory_iterator entry(directory, failure);
    while (!failure && entry != fs::directory_iterator()) {
      std::error_code vanished;  // a removed entry is no reason to fail
      std::string name = entry->path().filename().string();
      if (entry->is_directory(vanished)) name += '/';
      names.push_back(std::move(name));
      entry.increment(failure);
    }
    if (failure) return os_error(failure.value(), "list", directory);
    std::ranges::sort(names);
    return names;
  }

  Result<void> remove(const std::string& path) override {
    if (std::remove(path.c_str()) == 0 || errno == ENOENT) return {};
    return os_error(errno, "remove", path);
  }

  Result<void> rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) == 0) return {};
    return os_error(errno, "rename", from + " to " + to);
  }

  bool exists(const std::string& path) const override { return ::access(path.c_str(), F_OK) == 0; }

  Result<std::uint64_t> size(const std::string& path) const override {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) return os_error(errno, "stat", path);
    return static_cast<std::uint64_t>(status.st_size);
  }

  std::uint64_t stamp(const std::string& path) const override {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) return 0;
    std::uint64_t hash = 0;
    for (const std::int64_t part :
         {status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec,
          status.st_ctim.tv_nsec, static_cast<std::int64_t>(status.st_size)}) {
      hash = mix(hash, static_cast<std::uint64_t>(part));
    }
    hash = mix(mix(hash, status.st_ino), status.st_dev);
    return hash == 0 ? 1 : hash;
  }

  Result<void> sync_directory(const std::string& directory) override {
    const Descriptor descriptor = TRY(open_descriptor(directory, O_RDONLY | O_DIRECTORY));
    if (uninterrupted([&] { return ::fsync(descriptor.get()); }) == 0) return {};
    return os_error(errno, "sync", directory);
  }
};

}  // namespace

Result<std::unique_ptr<File>> open_to_read(const std::string& path) {
  struct stat status{};
  return std::make_unique<SystemFile>(TRY(open_regular(path, status)), path);
}

Files& system_files() {
  static SystemFiles files;
  return files;
}

Result<void> remove_tree(const std::string& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  if (error) return os_error(error.value(), "remove", path);
  return {};
}

}  // namespace lineside::world
