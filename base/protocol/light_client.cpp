#include "base/protocol/light_client.h"

#include <string>

namespace dure::protocol {

Status LightClient::check_final(const Header& header, const Certificate& finalization) const {
    const std::string block = "block " + to_text(header.height);
    if (header.chain_id != known_.chain_id) {
        return Error{ErrorCode::invalid, block + " is of chain " + header.chain_id.hex() + ", not of chain " +
                                             known_.chain_id.hex()};
    }
    if (!known_.boundary.is_zero() && block_hash(header) == known_.boundary) return {};
    if (header.epoch > known_.epoch) {
        return Error{ErrorCode::unavailable, block + " is of epoch " + to_text(header.epoch) +
                                                 "; the epochs after " + to_text(known_.epoch) +
                                                 " must be followed first"};
    }
    if (header.epoch < known_.epoch) {
        return Error{ErrorCode::expired, block + " is of epoch " + to_text(header.epoch) +
                                             ", which is over; epoch " + to_text(known_.epoch) + " is known"};
    }
    if (header.height <= known_.last) {
        return Error{ErrorCode::invalid, block + " says epoch " + to_text(header.epoch) +
                                             ", which began after block " + to_text(known_.last)};
    }
    const bool is_its = finalization.epoch == header.epoch &&
                        std::holds_alternative<Finalize>(finalization.vote) &&
                        block_of(finalization.vote) == block_hash(header);
    if (!is_its)
        return Error{ErrorCode::invalid, "the certificate shown for " + block + " does not make it final"};
    if (const Status checked = check_certificate(known_.chain_id, known_.validators, finalization); !checked)
        return with_context(checked.error(), "the certificate shown for " + block);
    return {};
}

Status LightClient::advance(const EpochEnd& end) {
    DURE_CHECK(check_final(end.header, end.finalization));
    const std::string block = "block " + to_text(end.header.height);
    // The block before the known epoch is final, too, but what it ended is over.
    if (end.header.epoch < known_.epoch) {
        return Error{ErrorCode::expired, block + " ended epoch " + to_text(end.header.epoch) + "; epoch " +
                                             to_text(known_.epoch) + " is known"};
    }
    if (end.header.next_validators.is_zero())
        return Error{ErrorCode::invalid, block + " ends no epoch: it names no next validators"};
    DURE_CHECK(end.next.check());
    if (end.next.hash() != end.header.next_validators) {
        return Error{ErrorCode::invalid,
                     "the validators shown after " + block + " are not those that it names"};
    }
    known_.epoch = known_.epoch.next();
    known_.last = end.header.height;
    known_.boundary = block_hash(end.header);
    known_.validators = end.next;
    return {};
}

}  // namespace dure::protocol
