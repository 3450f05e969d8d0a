// The world in which a village lives: a tokenizer, texts, and a model so small that a work unit takes a millisecond.
// Made once for the process; the same every time.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "ledger/records/genesis.h"
#include "trainer/model/config.h"

namespace dure::adversary {

struct World {
    Bytes tokenizer;
    Bytes checkpoint;  ///< checkpoint 0
    Bytes held_out;
    std::string held_out_text;
    trainer::ModelConfig model;
    trainer::TrainConfig train;
    ledger::GenesisModel genesis;
};

const World& world();

/// Sentences in the language of this world, normalized. Texts of different seeds share its words and nothing longer.
std::string sentences(std::uint64_t seed, std::size_t count);

}  // namespace dure::adversary
