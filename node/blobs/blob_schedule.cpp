#include "node/blobs/blob_schedule.h"

#include <algorithm>

namespace dure::node {

BlobSchedule::Effects BlobSchedule::want(const Hash& blob, std::uint64_t max_bytes, Time now) {
    Effects effects;
    Fetch& fetch = fetches_[blob];
    fetch.max_bytes = std::max(fetch.max_bytes, std::min<std::uint64_t>(max_bytes, k_max_blob_bytes));
    if (!fetch.wanted) {
        // A new attempt forgives: a peer without the blob may have got it since.
        fetch.wanted = true;
        fetch.without.clear();
        fetch.timeouts.clear();
        fetch.used = ++uses_;
    }
    ask(effects, now);
    return effects;
}

void BlobSchedule::cancel(const Hash& blob) {
    const auto found = fetches_.find(blob);
    if (found == fetches_.end()) return;
    Fetch& fetch = found->second;
    while (!fetch.in_flight.empty())
        ask_again(fetch, fetch.in_flight.begin());
    fetch.wanted = false;
    if (fetch.arrived == 0) {
        fetches_.erase(found);
        return;
    }
    bound_partials();
}

BlobSchedule::Effects BlobSchedule::peer_joined(const Account& peer, Time now) {
    Effects effects;
    peers_.try_emplace(peer, 0);
    for (auto& [blob, fetch] : fetches_)
        fetch.timeouts.erase(peer);
    ask(effects, now);
    return effects;
}

BlobSchedule::Effects BlobSchedule::peer_left(const Account& peer, Time now) {
    Effects effects;
    for (auto& [blob, fetch] : fetches_)
        withdraw_from(peer, fetch);
    peers_.erase(peer);
    ask(effects, now);
    return effects;
}

BlobSchedule::Effects BlobSchedule::chunk_arrived(const Account& peer, const Hash& blob, ByteView data,
                                                  const MerkleProof& proof, Time now) {
    Effects effects;
    const auto found = fetches_.find(blob);
    if (found == fetches_.end()) return effects;
    Fetch& fetch = found->second;
    const auto request = fetch.in_flight.find(proof.index);
    if (request == fetch.in_flight.end() || request->second.peer != peer)
        return effects;  // late, or never asked of that peer
    const bool genuine =
        blob_chunk_verify(blob, data, proof) && (fetch.count == 0 || fetch.count == proof.count);
    if (!genuine) {
        fetch.without.insert(peer);
        withdraw_from(peer, fetch);
        effects.accused.push_back({peer, "chunk " + std::to_string(proof.index) + " of blob " + blob.hex() +
                                             " does not belong to it"});
        ask(effects, now);
        return effects;
    }
    release(fetch, request);
    fetch.timeouts.erase(peer);
    if (fetch.count == 0) {
        // All but the last chunk are full, so the count bounds the size from below.
        if ((proof.count - 1) * k_blob_chunk_bytes >= fetch.max_bytes) {
            effects.gave_up.push_back(
                {blob,
                 {ErrorCode::out_of_range, "blob " + blob.hex() + " has " + std::to_string(proof.count) +
                                               " chunks, more than the " + std::to_string(fetch.max_bytes) +
                                               " bytes allowed for it"}});
            while (!fetch.in_flight.empty())
                release(fetch, fetch.in_flight.begin());
            fetches_.erase(found);
            return effects;
        }
        fetch.count = proof.count;
        fetch.chunks.resize(proof.count);
        std::erase_if(fetch.again, [&](std::uint64_t index) { return index >= proof.count; });
    }
    Bytes& place = fetch.chunks[proof.index];
    if (place.empty()) {
        place = to_bytes(data);
        ++fetch.arrived;
        fetch.arrived_bytes += data.size();
        fetch.used = ++uses_;
    }
    if (fetch.arrived == fetch.count) finish(blob, effects);
    ask(effects, now);
    return effects;
}

BlobSchedule::Effects BlobSchedule::chunk_missing(const Account& peer, const Hash& blob, std::uint64_t index,
                                                  Time now) {
    Effects effects;
    const auto found = fetches_.find(blob);
    if (found == fetches_.end()) return effects;
    const auto request = found->second.in_flight.find(index);
    if (request == found->second.in_flight.end() || request->second.peer != peer) return effects;
    found->second.without.insert(peer);
    withdraw_from(peer, found->second);
    ask(effects, now);
    return effects;
}

BlobSchedule::Effects BlobSchedule::tick(Time now) {
    Effects effects;
    for (auto& [blob, fetch] : fetches_) {
        std::set<Account> slow;
        for (auto request = fetch.in_flight.begin(); request != fetch.in_flight.end();) {
            const auto current = request++;
            if (current->second.deadline > now) continue;
            slow.insert(current->second.peer);
            ask_again(fetch, current);
        }
        // Requests that ran out together count once: a slow line is one delay, not eight.
        for (const Account& peer : slow) {
            if (++fetch.timeouts[peer] >= limits_.max_timeouts_per_peer) fetch.without.insert(peer);
        }
    }
    ask(effects, now);
    return effects;
}

std::optional<BlobSchedule::Time> BlobSchedule::next_deadline() const {
    std::optional<Time> first;
    for (const auto& [blob, fetch] : fetches_) {
        for (const auto& [index, request] : fetch.in_flight) {
            if (!first || request.deadline < *first) first = request.deadline;
        }
    }
    return first;
}

void BlobSchedule::ask(Effects& effects, Time now) {
    give_up_where_hopeless(effects);
    // In turns, so that a large blob does not starve a small one.
    bool any = true;
    while (any) {
        any = false;
        for (auto& [blob, fetch] : fetches_) {
            if (fetch.wanted && ask_one(fetch, blob, effects, now)) any = true;
        }
    }
}

bool BlobSchedule::ask_one(Fetch& fetch, const Hash& blob, Effects& effects, Time now) {
    const Account* const peer = least_busy_peer(fetch);
    if (peer == nullptr) return false;
    const std::optional<std::uint64_t> index = next_index(fetch);
    if (!index) return false;
    ++peers_.at(*peer);
    fetch.in_flight.emplace(*index, Request{*peer, now + limits_.request_timeout_ms});
    effects.asks.push_back({*peer, blob, *index});
    return true;
}

std::optional<std::uint64_t> BlobSchedule::next_index(Fetch& fetch) {
    while (!fetch.again.empty()) {
        const std::uint64_t index = fetch.again.front();
        fetch.again.pop_front();
        const bool here = index < fetch.chunks.size() && !fetch.chunks[index].empty();
        if (!here && !fetch.in_flight.contains(index)) return index;
    }
    // Until the first chunk has proved how many there are, only that one is asked for.
    const std::uint64_t end = fetch.count == 0 ? 1 : fetch.count;
    while (fetch.next < end) {
        const std::uint64_t index = fetch.next++;
        const bool here = index < fetch.chunks.size() && !fetch.chunks[index].empty();
        if (!here && !fetch.in_flight.contains(index)) return index;
    }
    return std::nullopt;
}

const Account* BlobSchedule::least_busy_peer(const Fetch& fetch) const {
    const Account* best = nullptr;
    std::pair<unsigned, std::size_t> best_rank;
    for (const auto& [peer, busy] : peers_) {
        if (busy >= limits_.max_in_flight_per_peer || fetch.without.contains(peer)) continue;
        const auto late = fetch.timeouts.find(peer);
        const std::pair<unsigned, std::size_t> rank{late == fetch.timeouts.end() ? 0 : late->second, busy};
        if (best == nullptr || rank < best_rank) {
            best = &peer;
            best_rank = rank;
        }
    }
    return best;
}

void BlobSchedule::withdraw_from(const Account& peer, Fetch& fetch) {
    for (auto request = fetch.in_flight.begin(); request != fetch.in_flight.end();) {
        const auto current = request++;
        if (current->second.peer != peer) continue;
        ask_again(fetch, current);
    }
}

void BlobSchedule::release(Fetch& fetch, InFlight::iterator request) {
    if (const auto peer = peers_.find(request->second.peer); peer != peers_.end()) {
        DURE_ASSERT(peer->second > 0);
        --peer->second;
    }
    fetch.in_flight.erase(request);
}

void BlobSchedule::ask_again(Fetch& fetch, InFlight::iterator request) {
    fetch.again.push_back(request->first);
    release(fetch, request);
}

void BlobSchedule::finish(const Hash& blob, Effects& effects) {
    Fetch& fetch = fetches_.at(blob);
    DURE_ASSERT(fetch.in_flight.empty());
    Bytes whole;
    whole.reserve(fetch.arrived_bytes);
    for (Bytes& chunk : fetch.chunks) {
        whole.insert(whole.end(), chunk.begin(), chunk.end());
        chunk = Bytes();
    }
    effects.completed.push_back({blob, std::move(whole)});
    fetches_.erase(blob);
}

void BlobSchedule::give_up_where_hopeless(Effects& effects) {
    for (auto entry = fetches_.begin(); entry != fetches_.end();) {
        const auto current = entry++;
        Fetch& fetch = current->second;
        if (!fetch.wanted || !fetch.in_flight.empty()) continue;
        const bool hope = std::any_of(peers_.begin(), peers_.end(),
                                      [&](const auto& peer) { return !fetch.without.contains(peer.first); });
        if (hope) continue;
        effects.gave_up.push_back(
            {current->first,
             {ErrorCode::unavailable,
              peers_.empty() ? "no peer is connected that could have blob " + current->first.hex()
                             : "none of the " + std::to_string(peers_.size()) + " connected peers has blob " +
                                   current->first.hex()}});
        cancel(current->first);
    }
}

void BlobSchedule::bound_partials() {
    std::uint64_t held = 0;
    for (const auto& [blob, fetch] : fetches_)
        held += fetch.arrived_bytes;
    while (held > limits_.max_partial_bytes) {
        auto oldest = fetches_.end();
        for (auto entry = fetches_.begin(); entry != fetches_.end(); ++entry) {
            if (!entry->second.wanted &&
                (oldest == fetches_.end() || entry->second.used < oldest->second.used))
                oldest = entry;
        }
        if (oldest == fetches_.end()) return;
        held -= oldest->second.arrived_bytes;
        fetches_.erase(oldest);
    }
}

}  // namespace dure::node
