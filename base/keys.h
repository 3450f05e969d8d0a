// secp256k1 keys with BIP340 Schnorr signatures (libsecp256k1). An account *is* its 32-byte x-only public
// key.
//
// Signing is deterministic (BIP340 with 32 zero bytes as auxiliary random data, unless others are given): the
// same key and message give the same signature everywhere, which the simulator and replay need. The library's
// context is randomized once per process against side channels.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

#include "base/bytes.h"
#include "base/codec.h"
#include "base/hash.h"
#include "base/result.h"

namespace dure {

/// An x-only public key, and so an owner of coins and shares. Shown as bech32m: dure1…
struct Account {
    std::array<std::uint8_t, 32> key{};

    static constexpr auto fields() { return std::tuple(&Account::key); }
    friend auto operator<=>(const Account&, const Account&) = default;

    std::string address() const;
    /// Reads `dure1…`. Errors: `malformed`, with what is wrong (prefix, checksum, length, mixed case).
    static Result<Account> from_address(std::string_view text);
};

/// A BIP340 signature.
struct Signature {
    std::array<std::uint8_t, 64> bytes{};

    static constexpr auto fields() { return std::tuple(&Signature::bytes); }
    friend auto operator<=>(const Signature&, const Signature&) = default;
};

class SecretKey {
  public:
    /// Errors: `out_of_range` unless 0 < key < group order.
    static Result<SecretKey> from_bytes(ByteView bytes);
    /// From the operating system's random source.
    static SecretKey generate();
    /// A key for tests and devnets, from a tagged hash of the seed.
    static SecretKey from_seed(std::string_view seed);

    SecretKey(const SecretKey&) = default;
    SecretKey& operator=(const SecretKey&) = default;
    ~SecretKey();  // wipes the key

    const Account& account() const { return account_; }
    /// `auxiliary` is BIP340's auxiliary random data.
    Signature sign(const Hash& digest, const std::array<std::uint8_t, 32>& auxiliary = {}) const;
    /// The 32 secret bytes, for key files and backups only.
    std::array<std::uint8_t, 32> secret_bytes() const;

  private:
    SecretKey() = default;
    std::array<std::uint8_t, 96> keypair_{};  // a secp256k1_keypair
    Account account_;
};

/// True if `signature` is `account`'s over these bytes. False also for a key that is no point of the curve.
bool verify(const Account& account, ByteView message, const Signature& signature);
inline bool verify(const Account& account, const Hash& digest, const Signature& signature) {
    return verify(account, ByteView(digest.bytes), signature);
}

/// A parsed public key: parsing costs about 6 µs, so whoever verifies often keeps these.
class VerifyingKey {
  public:
    /// Errors: `malformed` for 32 bytes that are not the x coordinate of a point.
    static Result<VerifyingKey> parse(const Account& account);
    bool verify(ByteView message, const Signature& signature) const;

  private:
    std::array<std::uint8_t, 64> parsed_{};  // a secp256k1_xonly_pubkey
};

/// Bytes from the operating system's random source.
Bytes random_bytes(std::size_t count);

}  // namespace dure
