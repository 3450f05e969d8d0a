#include "trainer/inference/engine.h"

#include <algorithm>
#include <deque>
#include <map>

#include "base/assert.h"
#include "trainer/inference/cache_space.h"
#include "trainer/inference/decoder.h"

namespace dure::trainer {
namespace {

constexpr std::uint32_t k_max_batch_tokens = 1U << 16;
constexpr std::uint32_t k_max_waiting = 1U << 20;
constexpr std::int64_t k_max_cache_positions = std::int64_t{1} << 32;

DecoderShape shape_of(const EngineLimits& limits) {
    return {limits.cache_positions, limits.batch_tokens, limits.max_running};
}

// Whoever runs has a place in the cache and takes part in steps.
enum class Phase : std::uint8_t { waiting, running, paused };

struct Request {
    RequestId id = 0;
    Phase phase = Phase::waiting;
    std::vector<std::int32_t> tokens;  // prompt and answer
    std::size_t prompt_size = 0;
    SamplingParams params;
    std::optional<std::uint32_t> log_probabilities;
    std::int64_t positions = 0;         // that it needs in the cache
    std::optional<std::int64_t> place;  // in the cache
    std::int64_t cached = 0;            // of its tokens

    std::int64_t uncached() const { return static_cast<std::int64_t>(tokens.size()) - cached; }
};

}  // namespace

Status EngineLimits::validate() const {
    const auto bad = [](const char* field, std::int64_t value, std::int64_t low, std::int64_t high) {
        return Error{ErrorCode::out_of_range, std::string(field) + " is " + std::to_string(value) +
                                                  ", but must be " + std::to_string(low) + " to " +
                                                  std::to_string(high)};
    };
    if (batch_tokens == 0 || batch_tokens > k_max_batch_tokens)
        return bad("batch_tokens", batch_tokens, 1, k_max_batch_tokens);
    if (max_running == 0 || max_running > batch_tokens)
        return bad("max_running", max_running, 1, batch_tokens);
    if (max_waiting == 0 || max_waiting > k_max_waiting)
        return bad("max_waiting", max_waiting, 1, k_max_waiting);
    if (cache_positions <= 0 || cache_positions > k_max_cache_positions)
        return bad("cache_positions", cache_positions, 1, k_max_cache_positions);
    return {};
}

struct Engine::State {
    Decoder decoder;
    EngineLimits limits;
    CacheSpace space;
    std::map<RequestId, Request> requests;
    std::vector<RequestId> running;  // in the order in which they began
    std::deque<RequestId> waiting;
    RequestId next_id = 1;
    // Of the present step:
    std::vector<DecoderPart> parts;
    std::vector<RequestId> ready;  // get a token
    std::vector<Choice> choices;
    std::vector<std::int32_t> tokens;
    std::vector<EngineEvent> events;

    State(Decoder decoder_given, const EngineLimits& limits_given)
        : decoder(std::move(decoder_given)), limits(limits_given), space(limits_given.cache_positions) {}

    void give_up_place(Request& request) {
        if (request.place) space.give_back(*request.place);
        request.place.reset();
        request.cached = 0;
    }

    void remove(RequestId id) {
        const auto found = requests.find(id);
        give_up_place(found->second);
        std::erase(running, id);
        std::erase(waiting, id);
        requests.erase(found);
    }

    // Frees the place of one request that does not run; false if there is none but `except`.
    bool evict(RequestId except) {
        Request* victim = nullptr;
        for (auto& [id, request] : requests) {
            if (id == except || !request.place || request.phase == Phase::running) continue;
            if (request.phase == Phase::paused) {
                victim = &request;
                break;
            }
            victim = &request;  // the youngest of those that wait, if nobody is paused
        }
        if (victim == nullptr) return false;
        give_up_place(*victim);
        return true;
    }

    bool find_place(Request& request) {
        if (request.place) return true;
        while (true) {
            request.place = space.take(request.positions);
            if (request.place) return true;
            if (!evict(request.id)) return false;
        }
    }

    void begin_those_that_fit() {
        while (!waiting.empty() && running.size() < limits.max_running) {
            Request& request = requests.at(waiting.front());
            if (!find_place(request)) break;
            request.phase = Phase::running;
            running.push_back(request.id);
            waiting.pop_front();
        }
    }

    // Everybody who runs gets one token into the batch; then the first to have begun fill it with what they
    // have yet to read.
    void plan_batch() {
        parts.clear();
        ready.clear();
        choices.clear();
        auto spare =
            static_cast<std::int64_t>(limits.batch_tokens) - static_cast<std::int64_t>(running.size());
        for (const RequestId id : running) {
            const Request& request = requests.at(id);
            const std::int64_t more = std::min(spare, request.uncached() - 1);
            spare -= more;
            const std::int64_t count = 1 + more;
            const bool whole = count == request.uncached();
            const auto unread = std::span(request.tokens).subspan(static_cast<std::size_t>(request.cached));
            parts.push_back(
                {*request.place, request.cached, unread.first(static_cast<std::size_t>(count)), whole});
            if (!whole) continue;
            ready.push_back(id);
            choices.push_back({&request.params, request.tokens.size()});
        }
    }

    // Puts the chosen token behind the others; true if the request is over.
    bool take(Request& request, std::int32_t token, const float* logits) {
        const ModelConfig& config = decoder.config();
        EngineEvent event;
        event.request = request.id;
        const auto& stops = request.params.stop_tokens;
        if (std::find(stops.begin(), stops.end(), token) != stops.end()) {
            event.finish = FinishReason::stop;
        } else {
            event.token = token;
            if (request.log_probabilities) {
                event.scores = score_token(decoder.host_kernels(), logits, config.vocab, config.active_vocab,
                                           token, *request.log_probabilities);
            }
            request.tokens.push_back(token);
            const bool full = request.tokens.size() >= config.max_sequence;
            const bool enough = request.tokens.size() - request.prompt_size >= request.params.max_tokens;
            if (full || enough) event.finish = FinishReason::length;
        }
        events.push_back(std::move(event));
        return events.back().finish.has_value();
    }

    void choose(std::span<float> logits) {
        static const SamplingParams plain = [] {
            SamplingParams params;
            params.temperature = Float32(0.0F);
            return params;
        }();
        const ModelConfig& config = decoder.config();
        const Kernels& kernels = decoder.host_kernels();
        std::vector<bool> finite(ready.size());
        for (std::size_t i = 0; i < ready.size(); ++i) {
            finite[i] = kernels.all_finite(logits.data() + i * config.vocab, config.vocab);
            if (!finite[i]) choices[i].params = &plain;  // what is no number has no weight to draw by
        }
        tokens.resize(ready.size());
        sample_tokens(kernels, tokens, logits.data(), config.vocab, config.active_vocab, choices,
                      decoder.scratch());
        for (std::size_t i = 0; i < ready.size(); ++i) {
            if (!finite[i]) {
                events.push_back({ready[i], std::nullopt, {}, FinishReason::failed});
                remove(ready[i]);
            } else if (take(requests.at(ready[i]), tokens[i], logits.data() + i * config.vocab)) {
                remove(ready[i]);
            }
        }
    }

    void step() {
        events.clear();
        begin_those_that_fit();
        if (running.empty()) return;
        plan_batch();
        const std::span<float> logits = decoder.forward(parts);
        for (std::size_t i = 0; i < running.size(); ++i)
            requests.at(running[i]).cached += static_cast<std::int64_t>(parts[i].tokens.size());
        if (!ready.empty()) choose(logits);
    }
};

Engine::Engine(std::unique_ptr<State> state) : state_(std::move(state)) {}
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;
Engine::~Engine() = default;

Result<Engine> Engine::create(const Kernels& kernels, const ModelConfig& config,
                              std::span<const float> parameters, const EngineLimits& limits) {
    DURE_CHECK(limits.validate());
    DURE_TRY(Decoder decoder, Decoder::create(kernels, config, parameters, shape_of(limits)));
    return Engine(std::make_unique<State>(std::move(decoder), limits));
}

std::uint64_t Engine::memory_bytes(const ModelConfig& config, const EngineLimits& limits) {
    return Decoder::memory_bytes(config, shape_of(limits));
}

Result<RequestId> Engine::add(EngineRequest request) {
    State& state = *state_;
    const ModelConfig& config = state.decoder.config();
    DURE_CHECK(request.params.validate());
    const std::uint32_t top = request.log_probabilities.value_or(0);
    if (top > k_max_top_log_probabilities) {
        return Error{ErrorCode::out_of_range, "log-probabilities of " + std::to_string(top) +
                                                  " tokens; at most " +
                                                  std::to_string(k_max_top_log_probabilities) + " are given"};
    }
    if (request.prompt.empty() || request.prompt.size() >= config.max_sequence) {
        return Error{ErrorCode::out_of_range, "the prompt has " + std::to_string(request.prompt.size()) +
                                                  " tokens; the model takes 1 to " +
                                                  std::to_string(config.max_sequence - 1) +
                                                  ", so shorten it"};
    }
    DURE_CHECK(config.check_tokens(request.prompt));
    // The last token of an answer is never read.
    const std::int64_t positions =
        std::min<std::int64_t>(static_cast<std::int64_t>(request.prompt.size()) + request.params.max_tokens,
                               config.max_sequence) -
        1;
    if (positions > state.limits.cache_positions) {
        return Error{ErrorCode::out_of_range, "prompt and answer may have " + std::to_string(positions + 1) +
                                                  " tokens; the cache has room for " +
                                                  std::to_string(state.limits.cache_positions + 1) +
                                                  ", so lower max_tokens"};
    }
    if (state.waiting.size() >= state.limits.max_waiting) {
        return Error{ErrorCode::unavailable, std::to_string(state.waiting.size()) +
                                                 " requests are waiting already; try again in a moment"};
    }
    Request made;
    made.id = state.next_id++;
    made.prompt_size = request.prompt.size();
    made.tokens = std::move(request.prompt);
    made.params = std::move(request.params);
    made.log_probabilities = request.log_probabilities;
    made.positions = positions;
    const RequestId id = made.id;
    state.waiting.push_back(id);
    state.requests.emplace(id, std::move(made));
    return id;
}

void Engine::cancel(RequestId id) {
    if (state_->requests.contains(id)) state_->remove(id);
}

void Engine::pause(RequestId id) {
    const auto found = state_->requests.find(id);
    if (found == state_->requests.end()) return;
    std::erase(state_->running, id);
    std::erase(state_->waiting, id);
    found->second.phase = Phase::paused;
}

void Engine::resume(RequestId id) {
    const auto found = state_->requests.find(id);
    if (found == state_->requests.end() || found->second.phase != Phase::paused) return;
    found->second.phase = Phase::waiting;
    state_->waiting.push_front(id);
}

std::span<const EngineEvent> Engine::step() {
    state_->step();
    return state_->events;
}

bool Engine::idle() const {
    return state_->running.empty() && state_->waiting.empty();
}
std::size_t Engine::running() const {
    return state_->running.size();
}
std::size_t Engine::waiting() const {
    return state_->waiting.size();
}
std::size_t Engine::paused() const {
    return state_->requests.size() - state_->running.size() - state_->waiting.size();
}
std::int64_t Engine::cache_positions_in_use() const {
    return state_->space.in_use();
}

}  // namespace dure::trainer
