#include "base/keys.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <secp256k1.h>
#include <secp256k1_extrakeys.h>
#include <secp256k1_schnorrsig.h>

#include "base/assert.h"
#include "base/bech32.h"
#include "base/quote.h"

namespace dure {

namespace {

constexpr std::string_view k_address_prefix = "dure";

static_assert(sizeof(secp256k1_keypair) == 96 && sizeof(secp256k1_xonly_pubkey) == 64);

const secp256k1_context* context() {
    static const secp256k1_context* const shared = [] {
        secp256k1_context* made = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
        const Bytes seed = random_bytes(32);
        DURE_ASSERT(secp256k1_context_randomize(made, seed.data()) == 1);
        return made;
    }();
    return shared;
}

}  // namespace

Bytes random_bytes(std::size_t count) {
    Bytes bytes(count);
    DURE_ASSERT(RAND_bytes(bytes.data(), static_cast<int>(count)) == 1);
    return bytes;
}

std::string Account::address() const {
    return bech32m_encode(k_address_prefix, key);
}

Result<Account> Account::from_address(std::string_view text) {
    auto decoded = bech32m_decode(k_address_prefix, text);
    if (!decoded) {
        return with_context(decoded.error(), quote(text, 100) + " is not an address of the form dure1…");
    }
    if (decoded->size() != 32) {
        return Error{ErrorCode::malformed,
                     "an address holds 32 bytes, this one " + std::to_string(decoded->size())};
    }
    Account account;
    std::memcpy(account.key.data(), decoded->data(), 32);
    return account;
}

Result<SecretKey> SecretKey::from_bytes(ByteView bytes) {
    if (bytes.size() != 32) {
        return Error{ErrorCode::malformed, "a secret key has 32 bytes, not " + std::to_string(bytes.size())};
    }
    SecretKey key;
    secp256k1_keypair keypair;
    if (secp256k1_keypair_create(context(), &keypair, bytes.data()) != 1) {
        return Error{ErrorCode::out_of_range,
                     "these 32 bytes are no secret key: zero, or not below the group order"};
    }
    secp256k1_xonly_pubkey public_key;
    DURE_ASSERT(secp256k1_keypair_xonly_pub(context(), &public_key, nullptr, &keypair) == 1);
    DURE_ASSERT(secp256k1_xonly_pubkey_serialize(context(), key.account_.key.data(), &public_key) == 1);
    std::memcpy(key.keypair_.data(), keypair.data, sizeof keypair.data);
    OPENSSL_cleanse(&keypair, sizeof keypair);
    return key;
}

SecretKey SecretKey::generate() {
    for (;;) {  // a random string is no key with probability 2^-128
        Bytes bytes = random_bytes(32);
        auto key = from_bytes(bytes);
        OPENSSL_cleanse(bytes.data(), bytes.size());
        if (key) return *key;
    }
}

SecretKey SecretKey::from_seed(std::string_view seed) {
    static const TaggedHash hash("dure/key-from-seed");
    return from_bytes(hash(as_bytes(seed)).bytes).value();
}

SecretKey::~SecretKey() {
    OPENSSL_cleanse(keypair_.data(), keypair_.size());
}

Signature SecretKey::sign(const Hash& digest, const std::array<std::uint8_t, 32>& auxiliary) const {
    secp256k1_keypair keypair;
    std::memcpy(keypair.data, keypair_.data(), sizeof keypair.data);
    Signature signature;
    DURE_ASSERT(secp256k1_schnorrsig_sign32(context(), signature.bytes.data(), digest.bytes.data(), &keypair,
                                            auxiliary.data()) == 1);
    OPENSSL_cleanse(&keypair, sizeof keypair);
    return signature;
}

std::array<std::uint8_t, 32> SecretKey::secret_bytes() const {
    secp256k1_keypair keypair;
    std::memcpy(keypair.data, keypair_.data(), sizeof keypair.data);
    std::array<std::uint8_t, 32> secret;
    DURE_ASSERT(secp256k1_keypair_sec(context(), secret.data(), &keypair) == 1);
    OPENSSL_cleanse(&keypair, sizeof keypair);
    return secret;
}

Result<VerifyingKey> VerifyingKey::parse(const Account& account) {
    secp256k1_xonly_pubkey parsed;
    if (secp256k1_xonly_pubkey_parse(context(), &parsed, account.key.data()) != 1) {
        return Error{ErrorCode::malformed,
                     to_hex(account.key) + " is not the x coordinate of a point of secp256k1"};
    }
    VerifyingKey key;
    std::memcpy(key.parsed_.data(), parsed.data, sizeof parsed.data);
    return key;
}

bool VerifyingKey::verify(ByteView message, const Signature& signature) const {
    secp256k1_xonly_pubkey parsed;
    std::memcpy(parsed.data, parsed_.data(), sizeof parsed.data);
    return secp256k1_schnorrsig_verify(context(), signature.bytes.data(), message.data(), message.size(),
                                       &parsed) == 1;
}

bool verify(const Account& account, ByteView message, const Signature& signature) {
    const auto key = VerifyingKey::parse(account);
    return key && key->verify(message, signature);
}

}  // namespace dure
