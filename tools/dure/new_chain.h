// Making a new chain: from a text, the tokenizer, the first checkpoint and the hold-out; from keys and
// amounts, the genesis. Used by `dure init --new-chain` and by the devnet.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/keys.h"
#include "base/money.h"
#include "base/result.h"
#include "ledger/records/genesis.h"
#include "tools/dure/model_folder.h"

namespace dure::tools {

/// The blobs that genesis names; every node is given them at its start.
struct NewModel {
    ledger::GenesisModel genesis;
    Bytes tokenizer;
    Bytes checkpoint;
    Bytes held_out;
    std::uint64_t parameters = 0;
    std::vector<std::uint64_t> grown_parameters;  ///< of the generations after it
    std::uint64_t unit_tokens = 0;                ///< trained on by one work unit
    double tokens_per_second = 0;  ///< of one core here, as measured for choosing the units' length
};

/// A larger shape of the model, and when it is due. 0: as it was before.
struct NewGeneration {
    std::uint64_t admitted_tokens = 0;
    std::uint32_t layers = 0;
    std::uint32_t ffn = 0;
    std::uint32_t kv_heads = 0;  ///< each with its query heads
};
/// Reads "1000000:layers=6,ffn=704,kv-heads=4". Errors: `malformed`.
Result<NewGeneration> generation_from_text(const std::string& text);

struct NewModelOptions {
    std::uint32_t unit_steps =
        0;  ///< 0: so many that a unit takes `unit_seconds` on one core of this machine
    double unit_seconds = 2.5;
    std::uint32_t vocab = 0;  ///< 0: the recipe's
    std::vector<NewGeneration> generations;
    std::uint32_t first_growth_percent =
        0;  ///< besides: the model grows by a layer when so much of the training text is admitted; 0: it does not
    const Model* start = nullptr;  ///< a trained model with its tokenizer; nullptr: a new one
};

/// `training_text` and `held_out` in normal form; `progress` is told what is being done. Errors: those of
/// tokenizer, model and judging; `not_found` or `invalid` for a start without a tokenizer that fits it.
Result<NewModel> make_model(const std::string& training_text, const std::string& held_out,
                            const NewModelOptions& options,
                            const std::function<void(const std::string&)>& progress);

/// What a new chain's parameters are, unless whoever founds it wants others: servers bond coins, so that a false receipt
/// costs something from the first block on. `epoch_blocks`: after so many blocks others may validate (0: never); what is
/// unbonded leaves late enough for that.
ledger::Parameters founding_parameters(std::uint64_t epoch_blocks);

struct FoundingNode {
    SecretKey key;
    Account beneficiary;
    Shares bonded;
    std::uint8_t roles = 0;
    std::string endpoint;
    std::string service;
    Coin price_per_input_token;
    Coin price_per_output_token;
};

/// Sorts what must be sorted and checks the result. Errors: those of Genesis::check.
Result<ledger::Genesis> make_genesis(const std::string& name, const ledger::Parameters& parameters,
                                     const ledger::GenesisModel& model,
                                     const std::vector<FoundingNode>& nodes,
                                     std::vector<ledger::GenesisBalance> balances);

}  // namespace dure::tools
