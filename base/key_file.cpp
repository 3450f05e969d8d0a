#include "base/key_file.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "base/assert.h"
#include "base/bytes.h"
#include "base/hash.h"

namespace dure {

namespace {

constexpr std::string_view k_first_line = "dure-key-file 1";
constexpr std::size_t k_checksum_bytes = 4;
/// A longer text is no key file, whatever it says.
constexpr std::size_t k_max_text = 1024;

/// Bytes that are wiped when they go out of scope.
template <std::size_t n>
struct SecretBytes : std::array<std::uint8_t, n> {
    SecretBytes() : std::array<std::uint8_t, n>{} {}
    SecretBytes(const SecretBytes&) = delete;
    SecretBytes& operator=(const SecretBytes&) = delete;
    ~SecretBytes() { OPENSSL_cleanse(this->data(), this->size()); }
};

std::uint64_t scrypt_bytes(const ScryptCost& cost) {
    return (std::uint64_t{128} * cost.r) << cost.log_n;
}

/// Key files of equal cost and salt have equal keys only for equal passwords. Needs a checked cost.
void derive_key(std::string_view password, const ScryptCost& cost, const KeyFileSalt& salt,
                SecretBytes<32>& key) {
    // OpenSSL counts some working memory besides the big table.
    const std::uint64_t allowed = scrypt_bytes(cost) + (std::uint64_t{1} << 20);
    DURE_ASSERT(EVP_PBE_scrypt(password.data(), password.size(), salt.data(), salt.size(),
                               std::uint64_t{1} << cost.log_n, cost.r, cost.p, allowed, key.data(),
                               key.size()) == 1);
}

/// What the tag protects besides the key: an altered account or cost is found.
Bytes associated_data(const Account& account, const LockedSecret& locked) {
    Writer writer;
    writer.raw(as_bytes(k_first_line));
    write(writer, account);
    write(writer, locked.cost);
    write(writer, locked.salt);
    return writer.take();
}

using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

void encrypt(const SecretBytes<32>& key, const Account& account, const SecretBytes<32>& secret,
             LockedSecret& locked) {
    const CipherContext context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
    const Bytes associated = associated_data(account, locked);
    int written = 0;
    DURE_ASSERT(
        EVP_EncryptInit_ex2(context.get(), EVP_aes_256_gcm(), key.data(), locked.nonce.data(), nullptr) == 1);
    DURE_ASSERT(EVP_EncryptUpdate(context.get(), nullptr, &written, associated.data(),
                                  static_cast<int>(associated.size())) == 1);
    DURE_ASSERT(EVP_EncryptUpdate(context.get(), locked.ciphertext.data(), &written, secret.data(),
                                  static_cast<int>(secret.size())) == 1);
    DURE_ASSERT(EVP_EncryptFinal_ex(context.get(), nullptr, &written) == 1);
    DURE_ASSERT(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, static_cast<int>(locked.tag.size()),
                                    locked.tag.data()) == 1);
}

/// False if the tag does not fit.
bool decrypt(const SecretBytes<32>& key, const Account& account, const LockedSecret& locked,
             SecretBytes<32>& secret) {
    const CipherContext context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
    const Bytes associated = associated_data(account, locked);
    auto tag = locked.tag;  // OpenSSL takes it through a pointer to non-const
    int written = 0;
    DURE_ASSERT(
        EVP_DecryptInit_ex2(context.get(), EVP_aes_256_gcm(), key.data(), locked.nonce.data(), nullptr) == 1);
    DURE_ASSERT(EVP_DecryptUpdate(context.get(), nullptr, &written, associated.data(),
                                  static_cast<int>(associated.size())) == 1);
    DURE_ASSERT(EVP_DecryptUpdate(context.get(), secret.data(), &written, locked.ciphertext.data(),
                                  static_cast<int>(locked.ciphertext.size())) == 1);
    DURE_ASSERT(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, static_cast<int>(tag.size()),
                                    tag.data()) == 1);
    return EVP_DecryptFinal_ex(context.get(), nullptr, &written) == 1;
}

Bytes checksum_of(ByteView encoded) {
    static const TaggedHash hash("dure/key-file/checksum");
    const Hash digest = hash(encoded);
    return {digest.bytes.begin(), digest.bytes.begin() + k_checksum_bytes};
}

std::string_view protection_of(const KeyFile& file) {
    return file.needs_password() ? "password" : "none";
}

Error no_key_file(std::string why) {
    return {ErrorCode::malformed, "this is not a key file: " + why};
}

/// Takes the next line, which must begin with `name` and a space, and end with a newline.
Result<std::string_view> take_line(std::string_view& text, std::string_view name) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos)
        return no_key_file("it ends before the end of the line '" + std::string(name) + " …'");
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (!line.starts_with(name) || line.size() <= name.size() || line[name.size()] != ' ') {
        return no_key_file("a line '" + std::string(name) + " …' was expected");
    }
    return line.substr(name.size() + 1);
}

}  // namespace

Status check_cost(const ScryptCost& cost) {
    const bool bounded = cost.log_n >= k_min_scrypt_log_n && cost.log_n < 32 && cost.r >= 1 && cost.p >= 1 &&
                         cost.p <= k_max_scrypt_p;
    if (!bounded || scrypt_bytes(cost) > k_max_scrypt_bytes) {
        return Error{ErrorCode::out_of_range,
                     "scrypt's cost N = 2^" + std::to_string(cost.log_n) + ", r = " + std::to_string(cost.r) +
                         ", p = " + std::to_string(cost.p) +
                         " is outside what a key file may ask for (N ≥ 2^10, 256 MiB, p ≤ 4)"};
    }
    return {};
}

Result<KeyFile> lock_key(const SecretKey& key, std::string_view password, const KeyFileSalt& salt,
                         const KeyFileNonce& nonce, const ScryptCost& cost) {
    DURE_CHECK(check_cost(cost));
    if (password.empty())
        return Error{
            ErrorCode::invalid,
            "an empty password protects nothing: choose one, or make an unprotected key file on purpose"};
    LockedSecret locked{.cost = cost, .salt = salt, .nonce = nonce, .ciphertext = {}, .tag = {}};
    SecretBytes<32> derived;
    derive_key(password, cost, salt, derived);
    SecretBytes<32> secret;
    static_cast<std::array<std::uint8_t, 32>&>(secret) = key.secret_bytes();
    encrypt(derived, key.account(), secret, locked);
    return KeyFile{.account = key.account(), .secret = locked};
}

Result<KeyFile> lock_key(const SecretKey& key, std::string_view password) {
    const Bytes random = random_bytes(sizeof(KeyFileSalt) + sizeof(KeyFileNonce));
    KeyFileSalt salt;
    KeyFileNonce nonce;
    std::copy_n(random.begin(), salt.size(), salt.begin());
    std::copy_n(random.begin() + static_cast<std::ptrdiff_t>(salt.size()), nonce.size(), nonce.begin());
    return lock_key(key, password, salt, nonce);
}

KeyFile open_key_file(const SecretKey& key) {
    return {.account = key.account(), .secret = OpenSecret{key.secret_bytes()}};
}

Result<SecretKey> unlock_key(const KeyFile& file, std::string_view password) {
    SecretBytes<32> secret;
    if (const auto* locked = std::get_if<LockedSecret>(&file.secret)) {
        DURE_CHECK(check_cost(locked->cost));
        SecretBytes<32> derived;
        derive_key(password, locked->cost, locked->salt, derived);
        if (!decrypt(derived, file.account, *locked, secret)) {
            return Error{ErrorCode::unauthorized, "the password for " + file.account.address() +
                                                      " is wrong (or its key file was altered)"};
        }
    } else {
        static_cast<std::array<std::uint8_t, 32>&>(secret) = std::get<OpenSecret>(file.secret).secret;
    }
    auto key = SecretKey::from_bytes(secret);
    if (!key || key->account() != file.account) {
        return Error{ErrorCode::corrupt,
                     "the key file of " + file.account.address() +
                         " holds no key of that account: restore it from the backup words"};
    }
    return key;
}

std::string key_file_to_text(const KeyFile& file) {
    Bytes data = encode(file);
    const Bytes checksum = checksum_of(data);
    data.insert(data.end(), checksum.begin(), checksum.end());
    std::string text(k_first_line);
    text += "\naccount " + file.account.address() + "\nprotection " + std::string(protection_of(file)) +
            "\ndata " + to_hex(data) + "\n";
    return text;
}

Result<KeyFile> key_file_from_text(std::string_view text) {
    if (text.size() > k_max_text)
        return no_key_file("it is longer than " + std::to_string(k_max_text) + " bytes");
    const std::string_view whole = text;
    DURE_TRY(const std::string_view version, take_line(text, "dure-key-file"));
    if (version != "1") return no_key_file("it says another version than 1, which a newer program may read");
    DURE_TRY(const std::string_view address, take_line(text, "account"));
    DURE_TRY(const std::string_view protection, take_line(text, "protection"));
    DURE_TRY(const std::string_view hex, take_line(text, "data"));
    auto data = from_hex(hex);
    if (!data) return no_key_file("its data line: " + data.error().message);
    const Error damaged{
        ErrorCode::corrupt,
        "the key file is damaged: its checksum is wrong. Restore it from a copy or from the backup words"};
    if (data->size() < k_checksum_bytes) return damaged;
    const ByteView encoded = ByteView(*data).first(data->size() - k_checksum_bytes);
    if (!std::ranges::equal(checksum_of(encoded), ByteView(*data).last(k_checksum_bytes))) return damaged;
    auto file = decode<KeyFile>(encoded);
    if (!file) return no_key_file(file.error().message);
    if (file->account.address() != address || protection_of(*file) != protection) {
        return Error{
            ErrorCode::corrupt,
            "the key file's readable lines do not match its data: they were edited; restore it from a copy"};
    }
    if (key_file_to_text(*file) != whole)
        return no_key_file("it has something more than its four lines, or letters of another case");
    return file;
}

}  // namespace dure
