// The two things consensus does with keys, handed in, so that a simulator may replace curve arithmetic by an
// oracle and a node may keep its key elsewhere.
#pragma once

#include <map>

#include "base/hash.h"
#include "base/keys.h"
#include "base/protocol/validators.h"

namespace dure::consensus {

class Signer {
  public:
    virtual ~Signer() = default;
    virtual Account account() const = 0;
    /// Deterministic: the same digest gives the same signature.
    virtual Signature sign(const Hash& digest) const = 0;
};

class Verifier {
  public:
    virtual ~Verifier() = default;
    virtual bool verify(const Account& account, const Hash& digest, const Signature& signature) const = 0;
};

/// Signs with a key in memory.
class KeySigner final : public Signer {
  public:
    explicit KeySigner(SecretKey key) : key_(std::move(key)) {}
    Account account() const override { return key_.account(); }
    Signature sign(const Hash& digest) const override { return key_.sign(digest); }

  private:
    SecretKey key_;
};

/// BIP340 verification, with the validators' keys parsed once. Accounts outside the set never verify.
class KeyVerifier final : public Verifier {
  public:
    explicit KeyVerifier(const protocol::ValidatorSet& validators);
    bool verify(const Account& account, const Hash& digest, const Signature& signature) const override;

  private:
    std::map<Account, VerifyingKey> keys_;
};

}  // namespace dure::consensus
