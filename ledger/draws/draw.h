// Pseudorandom draws that anybody can repeat: a tagged hash in counter mode, uniform below any bound by
// rejection (no modulo bias).
//
// Block i of a stream is H("dure/draw", stream ‖ u64 i), two 128-bit little-endian numbers. `below(b)` takes
// the next number, keeps as many low bits as b − 1 has, and takes another one while the result is not less
// than b. A stream's name is a tagged hash of what is drawn and from which beacon (docs/protocol/rounds.md).
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/hash.h"
#include "base/keys.h"
#include "base/money.h"
#include "ledger/state/reader.h"

namespace dure::ledger {

class Draw {
  public:
    explicit Draw(const Hash& stream) : stream_(stream) {}
    /// Uniform in 0 … bound − 1. Needs bound > 0. Takes two numbers on average at worst.
    Uint128 below(Uint128 bound);

  private:
    Uint128 next();

    Hash stream_;
    Hash block_;
    std::uint64_t numbers_ = 0;
};

/// Somebody who can be drawn, with the weight of its lot.
struct Candidate {
    Account account;
    Shares weight;

    friend bool operator==(const Candidate&, const Candidate&) = default;
};

/// Everybody with the role of a trainer and bonded shares, by ascending account. Cost: all registered peers.
std::vector<Candidate> bonded_trainers(const StateReader& state);

/// One of them, by weight. Nothing if all weights together are 0.
std::optional<Candidate> draw_one(Draw& draw, std::span<const Candidate> candidates);

/// Up to `count` different ones, by weight, in the order drawn.
std::vector<Candidate> draw_several(Draw& draw, std::vector<Candidate> candidates, std::size_t count);

}  // namespace dure::ledger
