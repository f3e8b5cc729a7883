#include <cerrno>
#include <format>
#include <system_error>

#include "base/text.h"
#include "world/os_error_internal.h"

namespace lineside::world {

namespace {

Code code_of(int number) {
  switch (number) {
    case ENOENT:
      return Code::not_found;
    case EACCES:
    case EPERM:
    case EROFS:
      return Code::denied;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EAGAIN:
      return Code::exhausted;
    case EEXIST:
    case ENOTEMPTY:
      return Code::conflict;
    case EINVAL:
    case EISDIR:
    case ENOTDIR:
    case ENAMETOOLONG:
    case ENOEXEC:
    case ELOOP:
    case EXDEV:
      return Code::invalid;
    case EIO:
      return Code::corrupt;
    case EBUSY:
    case ETXTBSY:
      return Code::unavailable;
    default:
      return Code::internal;
  }
}

}  // namespace

Error os_error(int number, std::string_view action, std::string_view path) {
  return fail(code_of(number), std::format("cannot {} {}: {}", action, excerpt(path, 1'024),
                                           std::generic_category().message(number)));
}

}  // namespace lineside::world
