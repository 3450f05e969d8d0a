#include "consensus/crypto.h"

namespace dure::consensus {

KeyVerifier::KeyVerifier(const protocol::ValidatorSet& validators) {
    for (const protocol::Validator& validator : validators.validators) {
        if (auto key = VerifyingKey::parse(validator.key)) keys_.emplace(validator.key, *key);
    }
}

bool KeyVerifier::verify(const Account& account, const Hash& digest, const Signature& signature) const {
    const auto key = keys_.find(account);
    return key != keys_.end() && key->second.verify(digest.bytes, signature);
}

}  // namespace dure::consensus
