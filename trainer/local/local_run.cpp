#include "trainer/local/local_run.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "base/assert.h"
#include "base/codec.h"
#include "base/hash.h"
#include "trainer/rounds/arrays.h"

namespace dure::trainer {
namespace {

// What stands before the arrays of a state; after them stands the SHA-256 of all before it.
struct StateHeader {
    Hash fingerprint;
    std::uint32_t steps = 0;
    BoundedList<SourceProgress, k_max_sources> sources;

    static constexpr auto fields() {
        using H = StateHeader;
        return std::tuple(&H::fingerprint, &H::steps, &H::sources);
    }
};

std::uint64_t seed_of_source(std::uint64_t seed, std::size_t source) {
    constexpr std::uint64_t k_golden = 0x9E3779B97F4A7C15U;
    return seed + k_golden * (source + 1);
}

Status check_ids(const ModelConfig& model, const Source& source) {
    DURE_CHECK(model.check_tokens(source.text));
    for (const Continuation& example : source.examples) {
        DURE_CHECK(model.check_tokens(example.context));
        DURE_CHECK(model.check_tokens(example.continuation));
    }
    return {};
}

}  // namespace

Status LocalPlan::check() const {
    DURE_CHECK(train.validate_for(base.config));
    if (base.parameters.size() != base.config.parameter_count())
        return Error{ErrorCode::invalid, "the base checkpoint's size is not what its config says"};
    if (sources.empty() || sources.size() > k_max_sources) {
        return Error{ErrorCode::invalid, std::to_string(sources.size()) +
                                             " sources of training text; give 1 to " +
                                             std::to_string(k_max_sources)};
    }
    for (const Source& source : sources) {
        DURE_CHECK(source.check(train.sequence));
        DURE_CHECK(check_ids(base.config, source));
    }
    return {};
}

Hash LocalPlan::fingerprint() const {
    static const TaggedHash hash("dure/local/plan");
    Writer writer;
    writer.raw(encode(base.config));
    writer.raw(array_root(base.parameters).bytes);
    writer.raw(encode(train));
    writer.number(seed);
    for (const Source& source : sources)
        writer.raw(source.fingerprint().bytes);
    return hash(writer.bytes());
}

LocalRun::LocalRun(const Kernels& kernels, const LocalPlan& plan)
    : kernels_(&kernels),
      plan_(&plan),
      fingerprint_(plan.fingerprint()),
      parameters_(kernels.device(), std::span<const float>(plan.base.parameters)),
      moments_(parameters_.size(), kernels.device()),
      transformer_(std::make_unique<Transformer>(kernels, plan.base.config, plan.train.sequence,
                                                 Transformer::Use::gradients)),
      gradient_(kernels.device(), parameters_.size()),
      losses_(kernels.device(), std::size_t{plan.train.batch} * plan.train.sequence) {}

Result<LocalRun> LocalRun::start(const Kernels& kernels, const LocalPlan& plan,
                                 std::optional<ByteView> state) {
    DURE_CHECK(plan.check());
    LocalRun run(kernels, plan);
    if (state) {
        DURE_CHECK(run.restore(*state));
        return run;
    }
    for (std::size_t i = 0; i < plan.sources.size(); ++i) {
        run.readers_.emplace_back(plan.sources[i], seed_of_source(plan.seed, i), plan.train.sequence,
                                  SourceProgress{});
    }
    return run;
}

Status LocalRun::restore(ByteView state) {
    const Error corrupt{ErrorCode::corrupt,
                        "the saved state of the run is damaged; remove it to begin again"};
    constexpr std::size_t k_digest = 32;
    if (state.size() < k_digest) return corrupt;
    const ByteView body = state.first(state.size() - k_digest);
    const Hash digest = sha256(body);
    if (!std::equal(digest.bytes.begin(), digest.bytes.end(),
                    state.begin() + static_cast<std::ptrdiff_t>(body.size())))
        return corrupt;
    Reader reader(body);
    StateHeader header;
    if (!read(reader, header)) return corrupt;
    if (header.fingerprint != fingerprint_) {
        return Error{ErrorCode::conflict,
                     "the saved state is of a run with another text, model or settings; go on with those it "
                     "was begun with, or remove it to begin again"};
    }
    if (reader.remaining() != 3 * parameters_.size() * sizeof(float) || header.steps > plan_->train.steps ||
        header.sources.size() != plan_->sources.size()) {
        return corrupt;
    }
    std::vector<float> values(parameters_.size());
    for (DeviceArray<float>* array : {&parameters_, &moments_.first, &moments_.second}) {
        ByteView bytes;
        reader.take(values.size() * sizeof(float), bytes);
        std::memcpy(values.data(), bytes.data(), bytes.size());
        array->upload(values);
    }
    for (std::size_t i = 0; i < plan_->sources.size(); ++i) {
        if (header.sources[i].next > plan_->sources[i].examples.size()) return corrupt;
        readers_.emplace_back(plan_->sources[i], seed_of_source(plan_->seed, i), plan_->train.sequence,
                              header.sources[i]);
    }
    steps_ = header.steps;
    return {};
}

// The source that is furthest behind its share of the steps, the first among equals.
std::size_t LocalRun::next_source() const {
    std::uint64_t weights = 0;
    for (const Source& source : plan_->sources)
        weights += source.weight;
    std::size_t chosen = 0;
    std::int64_t furthest = 0;
    for (std::size_t i = 0; i < readers_.size(); ++i) {
        const auto due = static_cast<std::int64_t>(std::uint64_t{plan_->sources[i].weight} * (steps_ + 1));
        const auto done = static_cast<std::int64_t>(weights * readers_[i].progress().steps);
        if (i == 0 || due - done > furthest) {
            furthest = due - done;
            chosen = i;
        }
    }
    return chosen;
}

Result<LocalStep> LocalRun::step() {
    DURE_ASSERT(!finished());
    const Error not_finite{ErrorCode::invalid, "the numbers ceased to be finite at step " +
                                                   std::to_string(steps_ + 1) +
                                                   "; train with a lower learning rate"};
    const std::size_t source = next_source();
    const auto windows = readers_[source].next_step(plan_->train.batch);
    transformer_->gradient(gradient_, losses_, parameters_, windows);
    const auto outcome = adamw_step(*kernels_, transformer_->layout(), plan_->train, steps_ + 1, parameters_,
                                    moments_, gradient_);
    const std::span<const float> losses = losses_.on_host(losses_read_);
    if (outcome == StepOutcome::not_finite ||
        !kernels_->host().all_finite(losses.data(), static_cast<std::int64_t>(losses.size()))) {
        return not_finite;
    }
    ++steps_;
    LocalStep result{steps_, source, 0};
    const std::size_t stride = std::size_t{plan_->train.sequence} + 1;
    std::uint64_t predicted = 0;
    for (std::size_t i = 0; i < windows.size(); ++i)
        predicted += i % stride != 0 && windows[i] >= 0 ? 1U : 0U;
    for (const float loss : losses)
        result.loss += static_cast<double>(loss);
    result.loss /= static_cast<double>(predicted);
    return result;
}

Bytes LocalRun::state() const {
    StateHeader header{fingerprint_, steps_, {}};
    for (const SourceReader& reader : readers_)
        header.sources.push_back(reader.progress());
    Writer writer;
    writer.reserve(3 * parameters_.size() * sizeof(float) + 4096);
    writer.raw(encode(header));
    std::vector<float> buffer;
    for (const DeviceArray<float>* array : {&parameters_, &moments_.first, &moments_.second})
        writer.raw(array_bytes(array->on_host(buffer)));
    const Hash digest = sha256(writer.bytes());
    writer.raw(digest.bytes);
    return writer.take();
}

Checkpoint LocalRun::checkpoint() const {
    std::vector<float> buffer;
    const std::span<const float> values = parameters_.on_host(buffer);
    return {plan_->base.config, {values.begin(), values.end()}, std::vector<float>(values.size(), 0.0F)};
}

}  // namespace dure::trainer
