// A secret key at rest: four lines of text with the account in clear and the key either locked by a password
// (scrypt, AES-256-GCM) or, for nodes that start unattended, open and marked so. Functions from values to
// values: reading, writing and protecting the file itself (mode 0600) is the caller's part, and so is asking
// for the password.
//
//   dure-key-file 1
//   account dure1…
//   protection password            (or: protection none)
//   data <hexadecimal: the encoding of KeyFile, then 4 bytes of its checksum>
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>

#include "base/codec.h"
#include "base/keys.h"
#include "base/result.h"

namespace dure {

/// scrypt's parameters (RFC 7914): 2^log_n rounds over blocks of 128 · r bytes, p times. Memory is 128 · r ·
/// 2^log_n bytes.
struct ScryptCost {
    std::uint8_t log_n = 15;
    std::uint8_t r = 8;
    std::uint8_t p = 1;

    static constexpr auto fields() { return std::tuple(&ScryptCost::log_n, &ScryptCost::r, &ScryptCost::p); }
    friend bool operator==(const ScryptCost&, const ScryptCost&) = default;
};

/// A file may not ask for more than this, so that a foreign one cannot exhaust memory or hours.
inline constexpr std::uint64_t k_max_scrypt_bytes = std::uint64_t{256} * 1024 * 1024;
inline constexpr std::uint8_t k_max_scrypt_p = 4;
inline constexpr std::uint8_t k_min_scrypt_log_n = 10;

/// Errors: `out_of_range`.
Status check_cost(const ScryptCost& cost);

using KeyFileSalt = std::array<std::uint8_t, 16>;
using KeyFileNonce = std::array<std::uint8_t, 12>;

struct LockedSecret {
    ScryptCost cost;
    KeyFileSalt salt{};
    KeyFileNonce nonce{};
    std::array<std::uint8_t, 32> ciphertext{};
    std::array<std::uint8_t, 16> tag{};

    static constexpr auto fields() {
        using T = LockedSecret;
        return std::tuple(&T::cost, &T::salt, &T::nonce, &T::ciphertext, &T::tag);
    }
    friend bool operator==(const LockedSecret&, const LockedSecret&) = default;
};

struct OpenSecret {
    std::array<std::uint8_t, 32> secret{};

    static constexpr auto fields() { return std::tuple(&OpenSecret::secret); }
    friend bool operator==(const OpenSecret&, const OpenSecret&) = default;
};

struct KeyFile {
    Account account;
    std::variant<LockedSecret, OpenSecret> secret;

    static constexpr auto fields() { return std::tuple(&KeyFile::account, &KeyFile::secret); }
    friend bool operator==(const KeyFile&, const KeyFile&) = default;

    bool needs_password() const { return std::holds_alternative<LockedSecret>(secret); }
};

/// Locks `key`. Salt and nonce must be fresh random bytes for each file. Errors: `invalid` for an empty
/// password, `out_of_range` for the cost.
Result<KeyFile> lock_key(const SecretKey& key, std::string_view password, const KeyFileSalt& salt,
                         const KeyFileNonce& nonce, const ScryptCost& cost = {});
/// The same with salt and nonce from the operating system's random source.
Result<KeyFile> lock_key(const SecretKey& key, std::string_view password);

/// For devnets and nodes that start unattended: whoever reads the file owns the account.
KeyFile open_key_file(const SecretKey& key);

/// The key inside. The password is ignored if none is needed. Errors: `unauthorized` for a wrong password (or
/// a file altered on purpose, which cannot be told apart), `corrupt` for a key that is not the account's,
/// `out_of_range` for a cost beyond the bounds.
Result<SecretKey> unlock_key(const KeyFile& file, std::string_view password);

std::string key_file_to_text(const KeyFile& file);

/// Accepts exactly what key_file_to_text writes. Errors: `malformed`, `corrupt` for damage that the checksum
/// finds.
Result<KeyFile> key_file_from_text(std::string_view text);

}  // namespace dure
