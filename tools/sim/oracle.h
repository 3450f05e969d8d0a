// Signatures for simulations: as unforgeable within a test as real ones, and a hundred times cheaper. Both
// sides know the same secret.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "consensus/crypto.h"

namespace dure::sim {

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

class OracleSigner final : public consensus::Signer {
  public:
    explicit OracleSigner(const Account& account) : account_(account) {}
    Account account() const override { return account_; }
    Signature sign(const Hash& digest) const override { return oracle_signature(account_, digest); }

  private:
    Account account_;
};

class OracleVerifier final : public consensus::Verifier {
  public:
    bool verify(const Account& account, const Hash& digest, const Signature& signature) const override {
        return signature == oracle_signature(account, digest);
    }
};

/// A validator set with what signs for each member, in the set's order.
struct Keys {
    protocol::ValidatorSet set;
    std::vector<std::shared_ptr<const consensus::Signer>> signers;
    std::shared_ptr<const consensus::Verifier>
        verifier;  // none for real signatures: the product's own is used
};

/// A set is ordered by key; its member i has weight i.
inline Keys make_keys(const std::vector<std::uint64_t>& weights, bool real_signatures) {
    Keys keys;
    if (real_signatures) {
        for (std::size_t i = 0; i < weights.size(); ++i)
            keys.signers.push_back(std::make_shared<consensus::KeySigner>(
                SecretKey::from_seed("validator " + std::to_string(i))));
    } else {
        for (std::size_t i = 0; i < weights.size(); ++i) {
            Account account;
            account.key[0] = static_cast<std::uint8_t>(i + 1);
            keys.signers.push_back(std::make_shared<OracleSigner>(account));
        }
        keys.verifier = std::make_shared<OracleVerifier>();
    }
    std::sort(keys.signers.begin(), keys.signers.end(),
              [](const auto& a, const auto& b) { return a->account() < b->account(); });
    for (std::size_t i = 0; i < weights.size(); ++i)
        keys.set.validators.push_back({keys.signers[i]->account(), weights[i]});
    return keys;
}

}  // namespace dure::sim
