// Signatures for simulations: as unforgeable within a test as real ones, and a hundred times cheaper. Both
// sides know the same secret.
#pragma once

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "consensus/crypto.h"

namespace dure::consensus::test {

inline Signature oracle_signature(const Account& account, const Hash& digest) {
    std::uint64_t words[8] = {};
    std::memcpy(&words[0], account.key.data(), 32);
    std::memcpy(&words[4], digest.bytes.data(), 32);
    std::uint64_t mixed = 0x9e3779b97f4a7c15;
    for (const std::uint64_t word : words) {
        mixed = (mixed ^ word) * 0xbf58476d1ce4e5b9;
        mixed ^= mixed >> 29;
    }
    Signature signature;
    std::memcpy(signature.bytes.data(), &mixed, sizeof mixed);
    return signature;
}

class OracleSigner final : public Signer {
  public:
    explicit OracleSigner(const Account& account) : account_(account) {}
    Account account() const override { return account_; }
    Signature sign(const Hash& digest) const override { return oracle_signature(account_, digest); }

  private:
    Account account_;
};

class OracleVerifier final : public Verifier {
  public:
    bool verify(const Account& account, const Hash& digest, const Signature& signature) const override {
        return signature == oracle_signature(account, digest);
    }
};

/// A validator set with what signs for each member, in the set's order.
struct Keys {
    protocol::ValidatorSet set;
    std::vector<std::shared_ptr<const Signer>> signers;
    std::shared_ptr<const Verifier> verifier;  // none for real signatures: the product's own is used
};

inline Keys make_keys(const std::vector<std::uint64_t>& weights, bool real_signatures) {
    Keys keys;
    std::vector<SecretKey> secrets;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        if (real_signatures) {
            secrets.push_back(SecretKey::from_seed("validator " + std::to_string(i)));
            keys.set.validators.push_back({secrets.back().account(), weights[i]});
        } else {
            Account account;
            account.key[0] = static_cast<std::uint8_t>(i + 1);
            keys.set.validators.push_back({account, weights[i]});
        }
    }
    std::sort(keys.set.validators.begin(), keys.set.validators.end(),
              [](const auto& a, const auto& b) { return a.key < b.key; });
    std::sort(secrets.begin(), secrets.end(),
              [](const auto& a, const auto& b) { return a.account() < b.account(); });
    for (std::size_t i = 0; i < weights.size(); ++i) {
        if (real_signatures) {
            keys.signers.push_back(std::make_shared<KeySigner>(secrets[i]));
        } else {
            keys.signers.push_back(std::make_shared<OracleSigner>(keys.set.validators[i].key));
        }
    }
    if (!real_signatures) keys.verifier = std::make_shared<OracleVerifier>();
    return keys;
}

}  // namespace dure::consensus::test
