#include "base/hmac.h"

#include <algorithm>

namespace dure {

namespace {

constexpr std::size_t k_block_bytes = 64;
using Block = std::array<std::uint8_t, k_block_bytes>;

Block padded_with(const Block& key, std::uint8_t pad) {
    Block block{};
    for (std::size_t i = 0; i < k_block_bytes; ++i)
        block[i] = static_cast<std::uint8_t>(key[i] ^ pad);
    return block;
}

}  // namespace

Hash hmac_sha256(ByteView key, ByteView message) {
    Block padded{};
    if (key.size() > k_block_bytes) {
        const Hash hashed = sha256(key);
        std::copy(hashed.bytes.begin(), hashed.bytes.end(), padded.begin());
    } else {
        std::copy(key.begin(), key.end(), padded.begin());
    }
    thread_local Sha256 hasher;
    const Hash inner = hasher.update(padded_with(padded, 0x36)).update(message).finish();
    return hasher.update(padded_with(padded, 0x5C)).update(inner.bytes).finish();
}

bool equal_in_constant_time(const Hash& a, const Hash& b) {
    unsigned difference = 0;
    for (std::size_t i = 0; i < a.bytes.size(); ++i)
        difference |= static_cast<unsigned>(a.bytes[i]) ^ static_cast<unsigned>(b.bytes[i]);
    return difference == 0;
}

}  // namespace dure
