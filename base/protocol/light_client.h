// Follows which blocks are final, without a state and without transactions: from genesis's validators through the
// epochs, by finalizations and the hashes of validator sets that headers carry. Whoever believes genesis, and that in
// no epoch a third of the weight broke the rules, needs to believe no node. Pure: what is asked, and whom, is the
// caller's matter.
#pragma once

#include <tuple>

#include "base/protocol/block.h"
#include "base/protocol/validators.h"
#include "base/protocol/vote.h"

namespace dure::protocol {

/// How an epoch ended: its last block's header, what made it final, and the set that it names.
struct EpochEnd {
    Header header;
    Certificate finalization;
    ValidatorSet next;

    static constexpr auto fields() {
        return std::tuple(&EpochEnd::header, &EpochEnd::finalization, &EpochEnd::next);
    }
    friend bool operator==(const EpochEnd&, const EpochEnd&) = default;
};

/// What a light client knows: small enough to keep in a file.
struct LightProgress {
    Hash chain_id;
    Epoch epoch;              ///< the newest one that it followed the chain to
    Height last;              ///< of the block before that epoch
    Hash boundary;            ///< that block; zero before epoch 0, where there is none
    ValidatorSet validators;  ///< of that epoch

    static constexpr auto fields() {
        using T = LightProgress;
        return std::tuple(&T::chain_id, &T::epoch, &T::last, &T::boundary, &T::validators);
    }
    friend bool operator==(const LightProgress&, const LightProgress&) = default;
};

class LightClient {
  public:
    /// From genesis on.
    LightClient(const Hash& chain_id, ValidatorSet genesis_validators)
        : known_{.chain_id = chain_id,
                 .epoch = {},
                 .last = {},
                 .boundary = {},
                 .validators = std::move(genesis_validators)} {}
    /// From where it was; what it made of the chain then is believed.
    explicit LightClient(LightProgress known) : known_(std::move(known)) {}

    const LightProgress& progress() const { return known_; }

    /// Whether this block of the known epoch, or the one before the epoch, is final. Errors: `unavailable` for a later epoch (follow first),
    /// `expired` for an earlier one, `invalid` if the header is another chain's or the certificate does not make it
    /// final, and those of check_certificate: whoever showed it lies or is broken.
    Status check_final(const Header& header, const Certificate& finalization) const;

    /// Goes on into the next epoch. Errors: as check_final, and `invalid` if `next` is not the set that the header
    /// names; then nothing has changed.
    Status advance(const EpochEnd& end);

  private:
    LightProgress known_;
};

}  // namespace dure::protocol
