#include "tools/dure/new_chain.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <numeric>

#include "base/blob.h"
#include "base/codec.h"
#include "node/api/json_fields.h"
#include "node/chain/beacon_secret.h"
#include "trainer/growth/grow.h"
#include "trainer/growth/rules.h"
#include "trainer/kernels/kernels.h"
#include "trainer/model/recipe.h"
#include "trainer/rounds/checkpoint.h"
#include "trainer/rounds/judge.h"
#include "trainer/rounds/work_unit.h"
#include "trainer/text/minhash.h"
#include "trainer/text/tokenizer.h"

namespace dure::tools {

namespace {

constexpr const char* k_profile = "fp32-chain-1";
/// The tokenizer learns from so much of the text; more makes it hardly better and much slower.
constexpr std::size_t k_tokenizer_text_bytes = std::size_t{1} << 20;
constexpr std::uint32_t k_timed_steps = 2;
constexpr std::uint32_t k_min_unit_steps = 4;
constexpr std::uint32_t k_max_unit_steps = 32;
/// A unit's segments: an audit of one of them costs an eighth of the training.
constexpr std::uint32_t k_segments = 8;
/// As much as thousands of answers cost.
constexpr Coin k_server_bond{10 * k_grain_per_dure};
constexpr Shares k_validator_bond{10 * k_units_per_share};

/// Lines spread evenly over the text, about `bytes` of them.
std::string sample_lines(const std::string& text, std::size_t bytes) {
    if (text.size() <= bytes) return text;
    const std::size_t every = (text.size() + bytes - 1) / bytes;
    std::string sample;
    std::size_t number = 0;
    for (std::size_t at = 0; at < text.size(); ++number) {
        const std::size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
        if (number % every == 0) sample.append(text, at, end - at);
        at = end;
    }
    return sample;
}

void set_steps(trainer::TrainConfig& train, std::uint32_t steps) {
    train.steps = steps;
    train.segment_steps = (steps + k_segments - 1) / k_segments;
    train.warmup_steps = std::min(train.warmup_steps, steps);
}

/// Trains for two steps on one thread. Tokens a second.
Result<double> measure_speed(const trainer::Kernels& kernels, const trainer::Checkpoint& base,
                             trainer::TrainConfig train, const trainer::Tokens& tokens) {
    set_steps(train, k_timed_steps);
    std::vector<std::int32_t> windows;
    for (std::uint64_t i = 0; i < train.windows_per_unit() * train.window_tokens(); ++i)
        windows.push_back(tokens[i % tokens.size()]);
    const auto began = std::chrono::steady_clock::now();
    DURE_CHECK(trainer::train_unit(kernels, {&base, train, windows}, Hash{}));
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - began;
    return static_cast<double>(train.tokens_per_unit()) / std::max(taken.count(), 1e-6);
}

template <class Config>
Result<ledger::TrainerConfig> encoded(const Config& config) {
    Bytes bytes = encode(config);
    if (bytes.size() > ledger::k_max_trainer_config_bytes)
        return Error{ErrorCode::out_of_range, "the trainer's configuration does not fit genesis"};
    return ledger::TrainerConfig(std::move(bytes));
}

/// What a chain begins with.
struct Founding {
    Bytes tokenizer;
    trainer::Recipe recipe;
    trainer::Checkpoint checkpoint;
};

Result<Founding> new_founding(const std::string& training_text, std::uint32_t vocab,
                              const std::function<void(const std::string&)>& progress) {
    Founding founding;
    progress("training the tokenizer");
    DURE_TRY(founding.tokenizer,
             trainer::Tokenizer::train(sample_lines(training_text, k_tokenizer_text_bytes),
                                       vocab != 0 ? vocab : trainer::k_devnet_vocab));
    DURE_TRY(const trainer::Tokenizer tokenizer, trainer::Tokenizer::load(founding.tokenizer));
    founding.recipe = trainer::default_devnet_recipe(tokenizer.size());
    progress("making checkpoint 0");
    DURE_TRY(founding.checkpoint,
             trainer::initial_checkpoint(founding.recipe.model, trainer::k_devnet_initial_seed));
    return founding;
}

Result<Founding> founding_of(const Model& model) {
    const trainer::ModelConfig& config = model.checkpoint.config;
    if (model.tokenizer.empty()) {
        return Error{
            ErrorCode::not_found,
            "the model has no tokenizer.model beside it; without the tokenizer that it was trained with "
            "its token ids mean nothing"};
    }
    DURE_TRY(const trainer::Tokenizer tokenizer, trainer::Tokenizer::load(model.tokenizer));
    if (tokenizer.size() > config.active_vocab) {
        return Error{ErrorCode::invalid, "tokenizer.model has " + std::to_string(tokenizer.size()) +
                                             " pieces, but the model's vocabulary has " +
                                             std::to_string(config.active_vocab) +
                                             " rows in use: they do not belong together"};
    }
    return Founding{model.tokenizer, {config, trainer::continued_training(config)}, model.checkpoint};
}

/// A layer more for every four, and a block of feed-forward units.
trainer::ModelConfig next_shape(trainer::ModelConfig shape) {
    shape.layers += std::max<std::uint32_t>(1, shape.layers / 4);
    shape.ffn += std::gcd(shape.ffn, trainer::k_growth_block_max);
    return shape;
}

trainer::ModelConfig shape_of(const NewGeneration& wanted, trainer::ModelConfig shape) {
    if (wanted.layers != 0) shape.layers = wanted.layers;
    if (wanted.ffn != 0) shape.ffn = wanted.ffn;
    if (wanted.kv_heads != 0) {
        shape.heads = shape.heads / shape.kv_heads * wanted.kv_heads;
        shape.kv_heads = wanted.kv_heads;
    }
    return shape;
}

/// Writes the schedule into genesis. Errors: those of trainer::check_growth.
Status plan_growth(NewModel& model, const trainer::Recipe& recipe, const NewModelOptions& options,
                   std::uint64_t training_tokens) {
    std::vector<std::pair<std::uint64_t, trainer::ModelConfig>> schedule;
    if (options.first_growth_percent != 0) {
        schedule.emplace_back(
            std::max<std::uint64_t>(1, training_tokens * options.first_growth_percent / 100),
            next_shape(recipe.model));
    }
    for (const NewGeneration& wanted : options.generations) {
        schedule.emplace_back(wanted.admitted_tokens,
                              shape_of(wanted, schedule.empty() ? recipe.model : schedule.back().second));
    }
    if (schedule.size() > ledger::k_max_generations)
        return Error{ErrorCode::out_of_range, "a chain has at most " +
                                                  std::to_string(ledger::k_max_generations) +
                                                  " generations after its first"};
    trainer::ModelConfig before = recipe.model;
    for (const auto& [tokens, shape] : schedule) {
        if (const Status grows = trainer::check_growth(before, shape); !grows)
            return with_context(grows.error(), "the generation due at " + std::to_string(tokens) + " tokens");
        DURE_CHECK(recipe.train.validate_for(shape));
        ledger::GenerationRecord record{.admitted_tokens = tokens, .architecture = {}};
        DURE_TRY(record.architecture, encoded(shape));
        model.genesis.generations.push_back(std::move(record));
        model.grown_parameters.push_back(shape.parameter_count());
        before = shape;
    }
    model.genesis.growth_seed = trainer::k_devnet_initial_seed;
    return {};
}

}  // namespace

Result<NewGeneration> generation_from_text(const std::string& text) {
    const Error malformed{ErrorCode::malformed,
                          "\"" + text +
                              "\" is no generation; say TOKENS:layers=N,ffn=N,kv-heads=N "
                              "with what shall be larger"};
    const std::size_t colon = text.find(':');
    if (colon == std::string::npos) return malformed;
    NewGeneration generation;
    const auto tokens = node::parse_number(text.substr(0, colon));
    if (!tokens) return malformed;
    generation.admitted_tokens = *tokens;
    for (std::size_t at = colon + 1; at < text.size();) {
        const std::size_t end = std::min(text.find(',', at), text.size());
        const std::string field = text.substr(at, end - at);
        const std::size_t equals = field.find('=');
        if (equals == std::string::npos) return malformed;
        const auto value = node::parse_number(field.substr(equals + 1));
        if (!value || *value == 0 || *value > std::numeric_limits<std::uint32_t>::max()) return malformed;
        const std::string name = field.substr(0, equals);
        const auto number = static_cast<std::uint32_t>(*value);
        if (name == "layers") {
            generation.layers = number;
        } else if (name == "ffn") {
            generation.ffn = number;
        } else if (name == "kv-heads") {
            generation.kv_heads = number;
        } else {
            return malformed;
        }
        at = end + 1;
    }
    if (generation.layers == 0 && generation.ffn == 0 && generation.kv_heads == 0) return malformed;
    return generation;
}

Result<NewModel> make_model(const std::string& training_text, const std::string& held_out,
                            const NewModelOptions& options,
                            const std::function<void(const std::string&)>& progress) {
    NewModel model;
    DURE_TRY(Founding founding, options.start != nullptr
                                    ? founding_of(*options.start)
                                    : new_founding(training_text, options.vocab, progress));
    model.tokenizer = std::move(founding.tokenizer);
    trainer::Recipe& recipe = founding.recipe;
    const trainer::Checkpoint& checkpoint = founding.checkpoint;
    DURE_TRY(const trainer::Tokenizer tokenizer, trainer::Tokenizer::load(model.tokenizer));
    const trainer::Tokens held_tokens = tokenizer.encode(held_out);

    trainer::SerialExecutor executor;
    const auto kernels = trainer::make_kernels(trainer::best_isa(), executor);
    DURE_TRY(model.tokens_per_second, measure_speed(*kernels, checkpoint, recipe.train, held_tokens));
    const double steps = model.tokens_per_second * options.unit_seconds /
                         (static_cast<double>(recipe.train.batch) * recipe.train.sequence);
    set_steps(recipe.train, options.unit_steps != 0
                                ? options.unit_steps
                                : static_cast<std::uint32_t>(
                                      std::clamp(steps, double{k_min_unit_steps}, double{k_max_unit_steps})));
    DURE_CHECK(recipe.train.validate_for(recipe.model));
    progress("judging checkpoint 0");
    DURE_TRY(const std::uint64_t loss,
             trainer::held_out_loss(*kernels, checkpoint, recipe.train, held_tokens));

    model.checkpoint = checkpoint.encode();
    model.held_out = to_bytes(as_bytes(held_out));
    model.parameters = recipe.model.parameter_count();
    model.unit_tokens = recipe.train.tokens_per_unit();
    ledger::GenesisModel& genesis = model.genesis;
    genesis.arithmetic_profile = decltype(genesis.arithmetic_profile)(k_profile);
    DURE_TRY(genesis.architecture, encoded(recipe.model));
    DURE_TRY(genesis.training, encoded(recipe.train));
    DURE_CHECK(plan_growth(model, recipe, options,
                           options.first_growth_percent != 0 ? tokenizer.encode(training_text).size() : 0));
    genesis.windows_per_unit = static_cast<std::uint32_t>(recipe.train.windows_per_unit());
    genesis.window_tokens = recipe.train.window_tokens();
    genesis.unit = {.steps = recipe.train.steps, .segment_steps = recipe.train.segment_steps};
    genesis.tokenizer_blob = blob_hash(model.tokenizer);
    genesis.checkpoint_root = checkpoint.root();
    genesis.checkpoint_blob = blob_hash(model.checkpoint);
    genesis.held_out_loss = loss;
    genesis.held_out_blob = blob_hash(model.held_out);
    genesis.held_out_tokens = held_tokens.size();
    genesis.held_out_sketch = {trainer::sketch_bytes(trainer::sketch_of(held_out))};
    return model;
}

ledger::Parameters founding_parameters(std::uint64_t epoch_blocks) {
    ledger::Parameters parameters;
    parameters.server_bond = k_server_bond;
    parameters.epoch_blocks = epoch_blocks;
    parameters.validator_bond = k_validator_bond;
    if (epoch_blocks > 0) {
        parameters.unbonding_delay_blocks =
            std::max(parameters.unbonding_delay_blocks, epoch_blocks + parameters.evidence_age_blocks + 1);
    }
    return parameters;
}

Result<ledger::Genesis> make_genesis(const std::string& name, const ledger::Parameters& parameters,
                                     const ledger::GenesisModel& model,
                                     const std::vector<FoundingNode>& nodes,
                                     std::vector<ledger::GenesisBalance> balances) {
    ledger::Genesis genesis;
    if (name.size() > decltype(genesis.chain_name)::k_max)
        return Error{ErrorCode::out_of_range, "the chain's name \"" + name + "\" is longer than 64 bytes"};
    genesis.chain_name = decltype(genesis.chain_name)(name);
    genesis.parameters = parameters;
    if (parameters.epoch_blocks > 0) genesis.changes.ranges = ledger::usual_ranges(parameters);
    genesis.model = model;
    for (const FoundingNode& node : nodes) {
        if (node.endpoint.size() > ledger::k_max_endpoint_bytes)
            return Error{ErrorCode::out_of_range, "the endpoint \"" + node.endpoint + "\" is too long"};
        if (node.service.size() > ledger::k_max_service_bytes)
            return Error{ErrorCode::out_of_range,
                         "the service's address \"" + node.service + "\" is too long"};
        genesis.validators.push_back({node.key.account(), node.beneficiary, node.bonded,
                                      node::beacon_chain_of(node.key).tip(), node.roles,
                                      ledger::Endpoint(node.endpoint), ledger::ServiceUrl(node.service),
                                      node.price_per_input_token, node.price_per_output_token});
    }
    std::sort(genesis.validators.begin(), genesis.validators.end(),
              [](const auto& a, const auto& b) { return a.account < b.account; });
    std::sort(balances.begin(), balances.end(),
              [](const auto& a, const auto& b) { return a.account < b.account; });
    genesis.balances = decltype(genesis.balances)(std::move(balances));
    DURE_CHECK(genesis.check());
    return genesis;
}

}  // namespace dure::tools
