// The portable CRC-32C, apart so that a test can hold the fast one against it.
#pragma once

#include "base/bytes.h"

namespace lineside::detail {

std::uint32_t crc32c_table(ByteView bytes, std::uint32_t seed);

}  // namespace lineside::detail
