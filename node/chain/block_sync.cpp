#include "node/chain/block_sync.h"

#include <algorithm>

#include "base/protocol/block.h"

namespace dure::node {

using protocol::Height;

namespace {

Error lie(std::string what) {
    return {ErrorCode::invalid, "its answer to a request for blocks " + std::move(what)};
}

}  // namespace

BlockSync::BlockSync(const Hash& chain_id, Voters voters, Timing timing,
                     std::shared_ptr<const consensus::Verifier> verifier)
    : chain_id_(chain_id), timing_(timing), given_verifier_(std::move(verifier)) {
    entered(std::move(voters));
}

void BlockSync::entered(Voters voters) {
    voters_ = std::move(voters);
    verifier_ = given_verifier_ ? given_verifier_
                                : std::make_shared<const consensus::KeyVerifier>(voters_.validators);
}

void BlockSync::heard(const Account& peer, Height height, Height first) {
    peers_[peer].height = height;
    peers_[peer].first = first;
}

void BlockSync::gone(const Account& peer) {
    peers_.erase(peer);
    if (active_ && active_->peer == peer) active_.reset();
}

void BlockSync::wanted(Height height) {
    wanted_ = std::max(wanted_, height);
}

void BlockSync::advanced(Height height, const Hash& tip, Time now) {
    height_ = height;
    tip_ = tip;
    advanced_at_ = now;
    // What was kept followed on the old tip; some of it may follow on the new one.
    const auto first = std::ranges::find_if(
        unproven_, [&](const FinalBlock& block) { return block.block.header.height > height; });
    if (first == unproven_.end() || first->block.header.parent != tip) return drop_unproven();
    unproven_.erase(unproven_.begin(), first);
}

void BlockSync::drop_unproven() {
    unproven_.clear();
    unproven_bytes_ = 0;
}

Height BlockSync::best_known() const {
    Height best;
    for (const auto& [account, peer] : peers_)
        best = std::max(best, peer.height);
    return best;
}

std::optional<BlockSync::Request> BlockSync::next(Time now) {
    if (active_ && active_->deadline <= now) {
        peers_[active_->peer].passed_over_until = now + timing_.passed_over;
        active_.reset();
    }
    if (active_) return std::nullopt;
    const Height best = best_known();
    const bool far_behind = best > height_ + k_sync_threshold_blocks || wanted_ > height_;
    const bool stalled = best > height_ && now - advanced_at_ >= timing_.stalled;
    if (!far_behind && !stalled) return std::nullopt;

    // In turn among those that have what is missing.
    const Height first = height_ + unproven_.size() + 1;
    std::uint64_t count = k_max_range_blocks;
    if (voters_.last_height) {
        if (first > *voters_.last_height) return std::nullopt;
        count = std::min(count, voters_.last_height->value - first.value + 1);
    }
    const auto usable = [&](const auto& entry) {
        return entry.second.height >= first && entry.second.first <= first &&
               entry.second.passed_over_until <= now;
    };
    auto from = last_peer_ ? peers_.upper_bound(*last_peer_) : peers_.begin();
    auto chosen = std::find_if(from, peers_.end(), usable);
    if (chosen == peers_.end()) chosen = std::find_if(peers_.begin(), from, usable);
    if (chosen == peers_.end() || !usable(*chosen)) return std::nullopt;
    last_peer_ = chosen->first;
    active_ = Active{chosen->first, {first, static_cast<std::uint32_t>(count)}, now + timing_.answer};
    return Request{active_->peer, active_->range};
}

Status BlockSync::check_link(const FinalBlock& next) const {
    const Height expected = height_ + unproven_.size() + 1;
    const Hash parent = unproven_.empty() ? tip_ : protocol::block_hash(unproven_.back().block);
    const protocol::Header& header = next.block.header;
    if (header.height != expected || header.parent != parent) {
        return lie("has a block of height " + to_text(header.height) + " that does not follow on height " +
                   std::to_string(expected.value - 1));
    }
    if (header.transactions_root != protocol::transactions_root(next.block.transactions)) {
        return lie("has a block of height " + to_text(header.height) +
                   " with other transactions than its header says");
    }
    if (header.epoch != voters_.epoch)
        return lie("has a block of height " + to_text(header.height) + " and epoch " + to_text(header.epoch) +
                   ", not " + to_text(voters_.epoch));
    if (!next.finalization) {
        if (voters_.last_height != header.height) return {};
        return lie("lacks the finalization of height " + to_text(header.height) + ", an epoch's last");
    }
    const auto* vote = std::get_if<protocol::Finalize>(&next.finalization->vote);
    if (vote == nullptr || vote->block != protocol::block_hash(next.block))
        return lie("has a finalization that is not its block's");
    if (auto checked = check_finalization(*next.finalization); !checked)
        return lie("has a bad finalization: " + checked.error().message);
    return {};
}

Status BlockSync::check_finalization(const protocol::Certificate& finalization) const {
    if (finalization.epoch != voters_.epoch)
        return Error{ErrorCode::invalid,
                     "it is of epoch " + to_text(finalization.epoch) + ", not " + to_text(voters_.epoch)};
    DURE_TRY(const auto signers, protocol::certificate_signers(voters_.validators, finalization));
    const Hash digest = protocol::vote_digest(chain_id_, finalization.epoch, finalization.vote);
    for (std::size_t i = 0; i < signers.size(); ++i) {
        const Account& voter = voters_.validators.validators[signers[i]].key;
        if (!verifier_->verify(voter, digest, finalization.signatures[i]))
            return Error{ErrorCode::invalid_signature,
                         "a signature by " + voter.address() + " does not verify"};
    }
    return {};
}

Result<std::vector<FinalBlock>> BlockSync::take(const Account& peer, RangeResponse response, Time now) {
    std::vector<FinalBlock> proven;
    // Late answers to requests that were given up are no lie.
    if (!active_ || active_->peer != peer || response.first != active_->range.first) return proven;
    const bool still_wanted = active_->range.first == height_ + unproven_.size() + 1;
    active_.reset();
    if (response.blocks.empty()) peers_[peer].passed_over_until = now + timing_.passed_over;
    if (!still_wanted) return proven;

    std::size_t proven_count = 0;
    for (FinalBlock& block : response.blocks) {
        if (voters_.last_height && block.block.header.height > *voters_.last_height) break;
        if (auto linked = check_link(block); !linked) {
            drop_unproven();
            peers_[peer].passed_over_until = now + timing_.passed_over;
            return std::move(linked).error();
        }
        const bool proves = block.finalization.has_value();
        unproven_bytes_ += encode(block).size();
        unproven_.push_back(std::move(block));
        if (proves) proven_count = unproven_.size();
    }
    const auto end = unproven_.begin() + static_cast<std::ptrdiff_t>(proven_count);
    proven.assign(std::make_move_iterator(unproven_.begin()), std::make_move_iterator(end));
    if (proven_count > 0) {
        // The tip will move over these; what is left after them is asked for again.
        drop_unproven();
    } else if (unproven_.size() > k_max_unproven_blocks || unproven_bytes_ > k_max_unproven_bytes) {
        drop_unproven();
        peers_[peer].passed_over_until = now + timing_.passed_over;
    }
    return proven;
}

}  // namespace dure::node
