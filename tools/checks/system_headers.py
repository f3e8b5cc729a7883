"""Headers of C++23, C, POSIX and Linux: everything else in angle brackets is third party."""

import re
from fnmatch import fnmatchcase

# A C++ standard header is one lower-case word without a suffix.
_CPP = re.compile(r"[a-z_]+[0-9]*")
_C_AND_POSIX = set(
    """
    assert ctype errno fenv float inttypes iso646 limits locale math setjmp signal stdalign stdarg
    stdatomic stdbool stddef stdint stdio stdlib string tgmath threads time uchar wchar wctype
    aio dirent dlfcn endian execinfo fcntl fnmatch ftw getopt glob grp ifaddrs langinfo libgen
    malloc netdb poll pthread pwd sched semaphore spawn strings syslog termios unistd utime wordexp
    cxxabi
    """.split()
)
_SYSTEM_FOLDERS = ("sys/*", "netinet/*", "arpa/*", "net/*", "linux/*", "bits/*", "sanitizer/*")

# What a pure module may not include, apart from third-party headers that it does not own.
PURE_BANNED = (
    *("fstream", "filesystem", "iostream", "thread", "mutex", "shared_mutex", "atomic"),
    *("condition_variable", "future", "semaphore", "latch", "barrier", "stop_token", "csignal"),
    *("sys/*", "netinet/*", "arpa/*", "net/*", "linux/*"),
    *("unistd.h", "fcntl.h", "poll.h", "dirent.h", "netdb.h", "pthread.h", "semaphore.h"),
    *("signal.h", "spawn.h", "threads.h", "stdatomic.h"),
)


def is_system(name):
    """True for a header that comes with the compiler or the C library."""
    if _CPP.fullmatch(name):
        return True
    if any(fnmatchcase(name, folder) for folder in _SYSTEM_FOLDERS):
        return True
    if re.fullmatch(r"[a-z0-9]*intrin\.h", name):
        return True
    return name.endswith(".h") and name[:-2] in _C_AND_POSIX
