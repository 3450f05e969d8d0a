// SHA-256 (FIPS 180-4, by OpenSSL), always domain-separated as the tagged hashes of BIP340:
// tagged_hash(tag, m) = SHA256(SHA256(tag) ‖ SHA256(tag) ‖ m).
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>

#include "base/bytes.h"
#include "base/codec.h"

namespace dure {

/// A 32-byte digest. Ordered as a byte string.
struct Hash {
    std::array<std::uint8_t, 32> bytes{};

    static constexpr auto fields() { return std::tuple(&Hash::bytes); }
    friend auto operator<=>(const Hash&, const Hash&) = default;
    bool is_zero() const { return *this == Hash{}; }
    std::string hex() const { return to_hex(bytes); }
    /// Errors: `malformed` unless the text is 64 hexadecimal digits.
    static Result<Hash> from_hex(std::string_view text);
};

/// Streaming SHA-256. The context is reused, which halves the cost of short inputs.
class Sha256 {
  public:
    Sha256();
    ~Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;

    Sha256& update(ByteView bytes);
    /// The digest of all updates since the last finish; starts anew.
    Hash finish();

  private:
    void* context_;
};

/// A hash function of its own for each purpose. Construct once per tag (a function-local static), hash often.
class TaggedHash {
  public:
    explicit TaggedHash(std::string_view tag);
    /// The digest of the parts one after the other. Callers keep the parts' joints unambiguous (fixed widths,
    /// codec).
    Hash operator()(std::initializer_list<ByteView> parts) const;
    Hash operator()(ByteView message) const { return (*this)({message}); }
    /// The digest of a value's canonical encoding.
    template <class T>
    requires Fielded<T> Hash of(const T& value)
    const { return (*this)(encode(value)); }
    /// For inputs that come in pieces: a hasher that has already taken the tag.
    Sha256 start() const;

  private:
    std::array<std::uint8_t, 64> prefix_;
};

Hash sha256(ByteView bytes);

/// For unordered containers in code whose results do not depend on their order.
struct HashOfBytes {
    std::size_t operator()(const Hash& hash) const noexcept {
        std::size_t value = 0;
        std::memcpy(&value, hash.bytes.data(), sizeof value);
        return value;
    }
};

}  // namespace dure
