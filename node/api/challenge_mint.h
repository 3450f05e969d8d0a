// Issues payment challenges and knows its own again, without keeping any: a challenge's id is an HMAC over everything
// that the server said in it (draft-httpauth-payment-01, challenge binding). The key is kept on disk, so that
// challenges outlive a restart.
//
// Pure but for open(): the time is handed in.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "node/api/payment.h"

namespace dure::node {

enum class ChallengeFault : std::uint8_t {
    foreign,     ///< not issued here, or changed since
    expired,     ///< too old
    other_body,  ///< issued for another request
};

class ChallengeMint {
  public:
    using Key = std::array<std::uint8_t, 32>;

    ChallengeMint(const Key& key, std::string realm, std::int64_t life_seconds)
        : key_(key), realm_(std::move(realm)), life_seconds_(life_seconds) {}

    /// Reads the key from its file, or draws one and writes it for its owner only. Errors: `corrupt`, `io`.
    static Result<Key> open_key(const std::filesystem::path& file);

    /// `digest`: of the body that it is for, or nothing.
    PaymentChallenge issue(std::string_view intent, std::string request, std::string digest,
                           std::int64_t now) const;
    /// What is wrong with a challenge that came back; nothing, if nothing is. Whether its digest is that of the body
    /// that it came with is not looked at.
    std::optional<ChallengeFault> check(const PaymentChallenge& challenge, std::int64_t now) const;

    const std::string& realm() const { return realm_; }

  private:
    std::string id_of(const PaymentChallenge& challenge) const;

    Key key_;
    std::string realm_;
    std::int64_t life_seconds_;
};

}  // namespace dure::node
