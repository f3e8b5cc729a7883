#include "benchmarks/board.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace lineside::benchmarks {

Result<SharedBoard> SharedBoard::open(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  void* memory = MAP_FAILED;
  if (file >= 0 && ::ftruncate(file, sizeof(Board)) == 0)
    memory = ::mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (file >= 0) ::close(file);
  if (memory == MAP_FAILED) return fail(Code::unavailable, path + ": cannot be mapped");
  SharedBoard out;
  out.board_.reset(static_cast<Board*>(memory));  // zeros are a Board without counts
  return out;
}

void SharedBoard::Unmap::operator()(Board* board) const { ::munmap(board, sizeof(Board)); }

}  // namespace lineside::benchmarks
