#include "base/hash.h"

#include <openssl/evp.h>

#include "base/assert.h"

namespace dure {

namespace {

const EVP_MD* sha256_algorithm() {
    // Fetched once: an implicit fetch at each digest costs more than the digest of a short input.
    static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    DURE_ASSERT(algorithm != nullptr);
    return algorithm;
}

}  // namespace

Result<Hash> Hash::from_hex(std::string_view text) {
    if (text.size() != 64) {
        return Error{ErrorCode::malformed, "a hash has 64 hexadecimal digits, this text has " +
                                               std::to_string(text.size()) + " characters"};
    }
    DURE_TRY(const Bytes raw, dure::from_hex(text));
    Hash hash;
    std::memcpy(hash.bytes.data(), raw.data(), hash.bytes.size());
    return hash;
}

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
    DURE_ASSERT(context_ != nullptr);
    DURE_ASSERT(EVP_DigestInit_ex2(static_cast<EVP_MD_CTX*>(context_), sha256_algorithm(), nullptr) == 1);
}

Sha256::~Sha256() {
    EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context_));
}

Sha256::Sha256(Sha256&& other) noexcept : context_(std::exchange(other.context_, nullptr)) {}

Sha256& Sha256::operator=(Sha256&& other) noexcept {
    std::swap(context_, other.context_);
    return *this;
}

Sha256& Sha256::update(ByteView bytes) {
    DURE_ASSERT(EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_), bytes.data(), bytes.size()) == 1);
    return *this;
}

Hash Sha256::finish() {
    auto* const context = static_cast<EVP_MD_CTX*>(context_);
    Hash hash;
    DURE_ASSERT(EVP_DigestFinal_ex(context, hash.bytes.data(), nullptr) == 1);
    DURE_ASSERT(EVP_DigestInit_ex2(context, nullptr, nullptr) == 1);
    return hash;
}

Hash sha256(ByteView bytes) {
    thread_local Sha256 hasher;
    return hasher.update(bytes).finish();
}

TaggedHash::TaggedHash(std::string_view tag) {
    const Hash hash = sha256(as_bytes(tag));
    std::memcpy(prefix_.data(), hash.bytes.data(), 32);
    std::memcpy(prefix_.data() + 32, hash.bytes.data(), 32);
}

Hash TaggedHash::operator()(std::initializer_list<ByteView> parts) const {
    thread_local Sha256 hasher;
    hasher.update(prefix_);
    for (const ByteView part : parts)
        hasher.update(part);
    return hasher.finish();
}

Sha256 TaggedHash::start() const {
    Sha256 hasher;
    hasher.update(prefix_);
    return hasher;
}

}  // namespace dure
