#include "node/roles/library.h"

#include <algorithm>

#include "node/blobs/offload.h"
#include "trainer/growth/grow.h"
#include "trainer/text/examples.h"
#include "trainer/text/minhash.h"
#include "trainer/text/normalize.h"

namespace dure::node {

namespace asio = boost::asio;

namespace {

constexpr std::uint64_t k_max_held_out_bytes = std::uint64_t{64} << 20;
constexpr const char* k_arithmetic_profile = "fp32-chain-1";

constexpr std::size_t k_max_answers = 64;

/// The text that a shard's bytes stand for. Errors: `invalid` if they are not of that kind.
Result<std::string> text_of(const ledger::ShardKind& kind, ByteView bytes) {
    const std::string_view raw = as_text(bytes);
    if (const auto* labelled = std::get_if<ledger::Labelled>(&kind)) {
        auto text = trainer::render_examples(raw, labelled->pattern);
        if (!text) return Error{ErrorCode::invalid, text.error().message};
        return text;
    }
    Result<std::string> normal = trainer::normalize_text(raw);
    if (!normal || *normal != raw) return Error{ErrorCode::invalid, "it is not a normalized UTF-8 text"};
    return normal;
}

}  // namespace

namespace {

/// Errors: `invalid` for a shape that is none, that the training settings do not fit, or that the one before cannot
/// grow to.
Result<std::vector<trainer::ModelConfig>> shapes_of(const ledger::GenesisModel& genesis,
                                                    const trainer::TrainConfig& train) {
    std::vector<const ledger::TrainerConfig*> encodings{&genesis.architecture};
    for (const ledger::GenerationRecord& generation : genesis.generations)
        encodings.push_back(&generation.architecture);
    std::vector<trainer::ModelConfig> shapes;
    for (const ledger::TrainerConfig* encoding : encodings) {
        const std::string place = "genesis's generation " + std::to_string(shapes.size());
        const Result<trainer::ModelConfig> shape = decode<trainer::ModelConfig>(*encoding);
        if (!shape) return with_context(shape.error(), place);
        if (const Status valid = shape->validate(); !valid) return with_context(valid.error(), place);
        if (const Status fits = train.validate_for(*shape); !fits) return with_context(fits.error(), place);
        if (!shapes.empty()) {
            if (const Status grows = trainer::check_growth(shapes.back(), *shape); !grows)
                return with_context(grows.error(), place);
        }
        shapes.push_back(*shape);
    }
    return shapes;
}

}  // namespace

Result<std::unique_ptr<Library>> Library::create(BlobAccess& blobs, const ledger::Genesis& genesis,
                                                 LibraryLimits limits) {
    if (genesis.model.arithmetic_profile != k_arithmetic_profile) {
        return Error{ErrorCode::invalid, "genesis asks for the arithmetic '" +
                                             genesis.model.arithmetic_profile + "'; this program knows '" +
                                             k_arithmetic_profile + "': use a newer one"};
    }
    std::unique_ptr<Library> library(new Library(blobs, genesis, limits));
    Result<trainer::TrainConfig> train = decode<trainer::TrainConfig>(genesis.model.training);
    if (!train) return with_context(train.error(), "genesis's training settings");
    DURE_TRY(library->shapes_, shapes_of(genesis.model, *train));
    const ledger::SegmentPlan unit{.steps = train->steps, .segment_steps = train->segment_steps};
    if (train->windows_per_unit() != genesis.model.windows_per_unit ||
        train->window_tokens() != genesis.model.window_tokens || unit != genesis.model.unit) {
        return Error{ErrorCode::invalid,
                     "genesis's windows and segments are not those of its training settings"};
    }
    library->train_ = *train;
    return library;
}

Result<trainer::ModelConfig> Library::shape_of(protocol::Generation generation) const {
    if (generation.value < shapes_.size()) return shapes_[static_cast<std::size_t>(generation.value)];
    return Error{ErrorCode::invalid, "genesis knows no generation " + to_text(generation) + " of the model"};
}

template <class F>
asio::awaitable<std::invoke_result_t<F>> Library::decoded(F f) {
    if (!study_) co_return f();
    co_return co_await offload(*study_, std::move(f));
}

asio::awaitable<Result<Library::CheckpointPtr>> Library::checkpoint(ledger::CheckpointRecord record) {
    for (auto entry = checkpoints_.begin(); entry != checkpoints_.end(); ++entry) {
        if (entry->first != record.blob) continue;
        checkpoints_.splice(checkpoints_.begin(), checkpoints_, entry);
        co_return checkpoints_.front().second;
    }
    Result<Bytes> bytes = co_await blobs_.fetch(record.blob);
    if (!bytes) co_return bytes.error();
    // Named, because GCC 12 destroys a closure twice that is a temporary of a co_await expression.
    auto decode = [bytes = std::move(*bytes), root = record.root]() -> Result<CheckpointPtr> {
        DURE_TRY(trainer::Checkpoint decoded, trainer::Checkpoint::decode(bytes));
        if (decoded.root() != root)
            return Error{ErrorCode::invalid, "the checkpoint's bytes have another root than the ledger says"};
        return std::make_shared<const trainer::Checkpoint>(std::move(decoded));
    };
    Result<CheckpointPtr> checkpoint = co_await decoded(std::move(decode));
    if (!checkpoint)
        co_return with_context(checkpoint.error(), "checkpoint of round " + to_text(record.round));
    keep(record.blob, *checkpoint);
    co_return *checkpoint;
}

void Library::keep(const Hash& blob, CheckpointPtr checkpoint) {
    std::erase_if(checkpoints_, [&](const auto& entry) { return entry.first == blob; });
    checkpoints_.emplace_front(blob, std::move(checkpoint));
    if (checkpoints_.size() > limits_.max_checkpoints) checkpoints_.pop_back();
}

asio::awaitable<Result<Library::TokenizerPtr>> Library::tokenizer() {
    if (tokenizer_) co_return tokenizer_;
    Result<Bytes> bytes = co_await blobs_.fetch(genesis_.tokenizer_blob, trainer::k_max_tokenizer_bytes);
    if (!bytes) co_return with_context(bytes.error(), "tokenizer");
    Result<trainer::Tokenizer> loaded = trainer::Tokenizer::load(*bytes);
    if (!loaded) co_return with_context(loaded.error(), "tokenizer");
    if (loaded->size() > first_shape().vocab)
        co_return Error{ErrorCode::invalid, "genesis's tokenizer has more pieces than its model"};
    tokenizer_ = std::make_shared<const trainer::Tokenizer>(std::move(*loaded));
    co_return tokenizer_;
}

asio::awaitable<Result<Library::TokensPtr>> Library::held_out() {
    if (held_out_) co_return held_out_;
    const Result<ShardText> text =
        co_await shown(genesis_.held_out_blob, ledger::PlainText{}, k_max_held_out_bytes);
    if (!text) co_return with_context(text.error(), "hold-out");
    if (text->tokens->size() != genesis_.held_out_tokens) {
        co_return Error{ErrorCode::invalid, "the hold-out has " + std::to_string(text->tokens->size()) +
                                                " tokens, genesis says " +
                                                std::to_string(genesis_.held_out_tokens)};
    }
    if (text->sketch != genesis_.held_out_sketch)
        co_return Error{ErrorCode::invalid, "the hold-out has another sketch than genesis says"};
    held_out_ = text->tokens;
    co_return held_out_;
}

asio::awaitable<Result<Library::ShardText>> Library::shown(Hash name, ledger::ShardKind kind,
                                                           std::uint64_t max_bytes) {
    Result<TokenizerPtr> words = co_await tokenizer();
    if (!words) co_return words.error();
    Result<Bytes> bytes = co_await blobs_.fetch(name, max_bytes);
    if (!bytes) co_return bytes.error();
    auto read = [words = *words, bytes = std::move(*bytes), kind = std::move(kind)]() -> Result<ShardText> {
        DURE_TRY(const std::string text, text_of(kind, bytes));
        return ShardText{std::make_shared<const trainer::Tokens>(words->encode(text)),
                         text.size(),
                         {trainer::sketch_bytes(trainer::sketch_of(text))}};
    };
    Result<ShardText> shard = co_await decoded(std::move(read));
    if (!shard) co_return with_context(shard.error(), "text " + name.hex());
    co_return shard;
}

asio::awaitable<Result<Library::TokensPtr>> Library::shard(Hash name, ledger::ShardKind kind,
                                                           Hash token_ids_hash) {
    if (TokensPtr known = find_tokens(name)) co_return known;
    const Result<ShardText> shard = co_await shown(name, std::move(kind), k_max_blob_bytes);
    if (!shard) co_return shard.error();
    const TokensPtr tokens = shard->tokens;
    if (trainer::token_ids_hash(*tokens) != token_ids_hash) {
        co_return Error{ErrorCode::invalid,
                        "shard " + name.hex() + " has other token ids here than its committee attested"};
    }
    keep_tokens(name, tokens);
    co_return tokens;
}

std::optional<ledger::ShardAnswer> Library::find_answer(const Hash& seed) const {
    for (const auto& [known, answer] : answers_) {
        if (known == seed) return answer;
    }
    return std::nullopt;
}

void Library::keep_answer(const Hash& seed, const ledger::ShardAnswer& answer) {
    answers_.emplace_front(seed, answer);
    if (answers_.size() > k_max_answers) answers_.pop_back();
}

Library::TokensPtr Library::find_tokens(const Hash& shard) {
    for (auto entry = shards_.begin(); entry != shards_.end(); ++entry) {
        if (entry->first != shard) continue;
        shards_.splice(shards_.begin(), shards_, entry);
        return shards_.front().second;
    }
    return nullptr;
}

void Library::keep_tokens(const Hash& shard, TokensPtr tokens) {
    if (find_tokens(shard)) return;
    token_bytes_ += tokens->size() * sizeof(trainer::Token);
    shards_.emplace_front(shard, std::move(tokens));
    while (token_bytes_ > limits_.max_token_bytes && shards_.size() > 1) {
        token_bytes_ -= shards_.back().second->size() * sizeof(trainer::Token);
        shards_.pop_back();
    }
}

}  // namespace dure::node
