// Missing blocks, commits, and help for those who are behind.
#include <algorithm>

#include "consensus/simplex.h"

namespace dure::consensus {

using namespace protocol;

namespace {

/// A slot number `count` below, not under zero.
Slot before(Slot slot, std::uint64_t count) {
    return {slot.value > count ? slot.value - count : 0};
}

}  // namespace

void Simplex::on(BlockFetched&& event) {
    if (transactions_root(event.block.transactions) != event.block.header.transactions_root) return;
    const Hash hash = block_hash(event.block);
    if (!fetches_.contains(hash)) return;
    const bool final = final_slot() > committed_slot_ && tree_.missing_below(final_reference().block) == hash;
    const bool added = tree_.add(hash, std::make_shared<const Block>(std::move(event.block)));
    if (final && !added)
        halt("the final block " + final_reference().block.hex() +
             " does not descend from the committed block at height " + to_text(tree_.height()));
}

void Simplex::on(Synced&& event) {
    const Hash hash = block_hash(event.block);
    const Height height = event.block.header.height;
    const Certificate& finalization = event.finalization;
    if (height <= tree_.height() || finalization.epoch != config_.epoch) return;
    if (!std::holds_alternative<Finalize>(finalization.vote) || block_of(finalization.vote) != hash) return;
    auto news = pool_.add(finalization);
    if (!news) return;
    tree_.move_anchor(hash, height, std::make_shared<const Block>(std::move(event.block)));
    committed_slot_ = std::max(committed_slot_, slot_of(finalization.vote));
    absorb(std::move(*news));
    forget_old_slots();
}

/// Rule 7.
void Simplex::commit() {
    const BlockReference newest = final_reference();
    if (halted_ || newest.slot <= committed_slot_) return;
    const BlockTree::State state = tree_.state(newest.block);
    if (state == BlockTree::State::unknown || state == BlockTree::State::detached) return;
    if (state == BlockTree::State::invalid)
        return halt("block " + newest.block.hex() + " is final, but invalid by this node's own execution");
    if (newest.block != tree_.anchor()) {
        std::vector<BlockPtr> blocks = tree_.path(newest.block);
        const Height height = blocks.back()->header.height;
        tree_.move_anchor(newest.block, height, blocks.back());
        effects_.push_back(Commit{.blocks = std::move(blocks), .finalization = *pool_.finalization()});
    }
    committed_slot_ = newest.slot;
    forget_old_slots();
    collect_garbage();
}

/// True if so much became final without this node's having the blocks that it will sync by heights: it keeps
/// nothing on the way there.
bool Simplex::far_behind() const {
    return final_slot().value > committed_slot_.value + k_max_unsettled_slots;
}

void Simplex::forget_old_slots() {
    const Slot settled = far_behind() ? final_slot() : committed_slot_;
    const Slot old = before(final_slot(), k_evidence_slots);
    signing_.raise_floor(settled);
    pool_.forget_up_to(std::min(old, settled));
    slots_.erase(slots_.begin(), slots_.upper_bound(old));
    own_proposals_.erase(own_proposals_.begin(), own_proposals_.upper_bound(signing_.floor()));
}

/// Blocks of slots long skipped go; what a journal must be able to give back stays.
void Simplex::collect_garbage() {
    const auto dead = [&](const BlockReference& block) {
        return block.slot < before(current_, k_block_memory_slots) && pool_.skip(block.slot) != nullptr &&
               !pool_.notarized(block);
    };
    std::set<Hash> kept{final_reference().block};
    for (const BlockReference& block : pool_.notarized_after(final_slot()))
        kept.insert(block.block);
    for (const auto& [slot, state] : slots_) {
        if (slot > final_slot() && state.claim && !dead({slot, state.claim->block}))
            kept.insert(state.claim->block);
    }
    for (const auto& [slot, mine] : signing_.slots()) {
        if (mine.notarize && !dead({slot, *block_of(mine.notarize->vote)}))
            kept.insert(*block_of(mine.notarize->vote));
    }
    std::erase_if(own_proposals_, [&](const auto& own) {
        return dead({own.first, signing_.slots().at(own.first).proposal->block});
    });
    const BlockPtr newest = tree_.block(final_reference().block);
    tree_.retain(kept, far_behind() && newest != nullptr ? newest->header.height : Height{0});
}

/// Asks for what certificates name: blocks that are missing (rule 3), and verdicts on those that are here.
void Simplex::validate_and_fetch() {
    std::vector<Hash> missing;
    const auto need = [&](const Hash& block) {
        tree_.want(block);
        const auto hole = tree_.missing_below(block);
        if (hole && missing.size() < k_max_fetches &&
            std::find(missing.begin(), missing.end(), *hole) == missing.end())
            missing.push_back(*hole);
    };
    bool far_ahead = false;
    if (final_slot() > committed_slot_) {
        const BlockPtr lowest = tree_.lowest_known(final_reference().block);
        far_ahead =
            lowest != nullptr && lowest->header.height.value > tree_.height().value + k_max_fetched_ahead;
        need(final_reference().block);
    }
    const std::vector<BlockReference> notarized = pool_.notarized_after(final_slot());
    for (auto block = notarized.rbegin(); block != notarized.rend(); ++block)
        need(block->block);
    for (const Hash& hash : tree_.take_ready())
        effects_.push_back(ValidateBlock{.hash = hash, .block = tree_.block(hash)});

    std::erase_if(fetches_, [&](const auto& fetch) {
        return std::find(missing.begin(), missing.end(), fetch.first) == missing.end();
    });
    for (const Hash& hash : missing) {
        const auto [fetch, fresh] = fetches_.emplace(hash, now_ + pace_.fetch_grace());
        if (fetch->second > now_) continue;
        fetch->second = now_ + pace_.fetch_retry();
        if (far_ahead && hash == missing.front()) {
            const Height height = tree_.block(final_reference().block)->header.height;
            effects_.push_back(SyncNeeded{.height = height, .finalization = *pool_.finalization()});
        } else {
            effects_.push_back(FetchBlock{hash});
        }
    }
}

/// Rule 8: nothing has become final for a while, so perhaps a message was lost.
void Simplex::resend_if_due() {
    if (now_ < pace_.resend_at()) return;
    pace_.resent(now_);
    if (const Certificate* finalization = pool_.finalization()) {
        effects_.push_back(Broadcast{*finalization});
    } else if (config_.root_finalization) {
        effects_.push_back(Broadcast{*config_.root_finalization});
    }
    if (!signing_.active()) return;
    const Account self = *signing_.account();
    if (resend_cursor_ <= final_slot() || resend_cursor_ >= current_) resend_cursor_ = final_slot().next();
    const Slot end = std::min(current_, resend_cursor_ + k_max_resent_slots);
    for (; resend_cursor_ < end; resend_cursor_ = resend_cursor_.next()) {
        if (const Certificate* notarization = pool_.notarization(resend_cursor_))
            effects_.push_back(Broadcast{*notarization});
        if (const Certificate* skip = pool_.skip(resend_cursor_)) {
            effects_.push_back(Broadcast{*skip});
            continue;
        }
        for (const SignedVote& vote : pool_.votes_of(self, resend_cursor_)) {
            if (std::holds_alternative<Finalize>(vote.vote)) effects_.push_back(Broadcast{vote});
        }
    }
    const bool held_back = std::any_of(held_.begin(), held_.end(), [](const Held& held) {
        return std::holds_alternative<Proposal>(held.message);
    });
    if (const auto own = own_proposals_.find(current_); own != own_proposals_.end() && !held_back)
        effects_.push_back(Broadcast{own->second});
    for (Slot slot = current_; slot < current_ + k_max_resent_slots; slot = slot.next()) {
        for (const SignedVote& vote : pool_.votes_of(self, slot))
            effects_.push_back(Broadcast{vote});
    }
}

bool Simplex::is_behind(Slot slot) const {
    return slot.value + k_behind_slots <= current_.value || (slot < current_ && pace_.stalled(now_));
}

/// At a bounded rate, and not more peers at once than are remembered.
bool Simplex::may_help(const Account& peer) {
    if (const auto last = helped_.find(peer);
        last != helped_.end() && now_ < last->second + pace_.help_interval())
        return false;
    if (helped_.size() >= k_max_helped_peers) {
        std::erase_if(helped_, [&](const auto& old) { return now_ >= old.second + pace_.help_interval(); });
        if (helped_.size() >= k_max_helped_peers) return false;
    }
    helped_[peer] = now_;
    return true;
}

/// Answers a peer that is still in slot `from` (rule 8).
void Simplex::help(const Account& peer, Slot from) {
    if (!may_help(peer)) return;
    if (from <= final_slot()) effects_.push_back(Send{peer, *pool_.finalization()});
    const Slot first = std::max(from, final_slot().next());
    for (Slot slot = first; slot < current_ && slot < first + k_max_resent_slots; slot = slot.next()) {
        if (const Certificate* notarization = pool_.notarization(slot))
            effects_.push_back(Send{peer, *notarization});
        if (const Certificate* skip = pool_.skip(slot)) effects_.push_back(Send{peer, *skip});
    }
}

void Simplex::halt(std::string why) {
    halted_ = true;
    effects_.push_back(Halt{{ErrorCode::internal, why + "; stop this node and find out why"}});
}

}  // namespace dure::consensus
