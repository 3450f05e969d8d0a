#include "tools/convergence/adversaries.h"

#include <cmath>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>

#include "tools/growth/expect.h"
#include "trainer/rounds/replay.h"
#include "trainer/rounds/update.h"

namespace dure::tools {

using namespace trainer;

namespace {

constexpr double k_random_norm = 7.0;      // about that of an honest update
constexpr float k_enlarged_times = 20.0F;  // within the norm that is refused

Bytes quantized(const WorkUnit& unit, const std::vector<float>& result) {
    return Update::quantize(unit.base->parameters, result, unit.train.quant_block).encode();
}

/// Ends in `state`, and claims to have been there since boundary `since`.
void claim_from(Submission& submission, const WorkUnit& unit, std::uint32_t since, TrainingState state) {
    const Hash hash = state.hash();
    for (std::uint32_t boundary = since; boundary <= unit.segments(); ++boundary) {
        state.step = unit.boundary_step(boundary);
        submission.states.push_back(hash);
        submission.served.push_back(state);
    }
}

/// No work at all: noise as long as an honest update.
Submission random_update(const WorkUnit& unit, Draws& draws) {
    TrainingState state = start_state(*unit.base);
    Submission submission{{}, {state.hash()}, {state}};
    const double size = k_random_norm / std::sqrt(static_cast<double>(state.parameters.size()) / 3);
    for (float& parameter : state.parameters)
        parameter += static_cast<float>(size * (2 * draws.part() - 1));
    submission.update = quantized(unit, state.parameters);
    claim_from(submission, unit, 1, std::move(state));
    return submission;
}

Submission half_of_the_steps(const Kernels& kernels, const WorkUnit& unit) {
    const std::uint32_t half = unit.segments() / 2;
    TrainingState state = start_state(*unit.base);
    Submission submission{{}, {state.hash()}, {state}};
    const auto keep = [&](std::uint32_t boundary, const TrainingState& now) {
        if (boundary < half) {
            submission.states.push_back(now.hash());
            submission.served.push_back(now);
        }
        state = now;
    };
    expect(replay_segments(kernels, unit, ReplayStart::base(), 0, half, {}, keep));
    submission.update = quantized(unit, state.parameters);
    claim_from(submission, unit, half, std::move(state));
    return submission;
}

/// Trains on its unit's first window only.
Submission wrong_data(const Kernels& kernels, const WorkUnit& unit) {
    std::vector<std::int32_t> windows;
    const auto first = unit.windows.first(unit.train.window_tokens());
    while (windows.size() < unit.windows.size())
        windows.insert(windows.end(), first.begin(), first.end());
    return train_honestly(kernels, {unit.base, unit.train, windows});
}

/// Does its work, and submits twenty times the difference.
Submission enlarged_update(const Kernels& kernels, const WorkUnit& unit) {
    Submission submission = train_honestly(kernels, unit);
    std::vector<float> result = submission.served.back().parameters;
    for (std::size_t i = 0; i < result.size(); ++i) {
        const float base = unit.base->parameters[i];
        result[i] = base + k_enlarged_times * (result[i] - base);
    }
    submission.update = quantized(unit, result);
    return submission;
}

}  // namespace

Submission train_honestly(const Kernels& kernels, const WorkUnit& unit) {
    Submission submission;
    UnitResult result =
        expect(train_unit(kernels, unit, Hash{}, {}, [&](std::uint32_t, const TrainingState& now) {
            submission.served.push_back(now);
        }));
    submission.update = std::move(result.update);
    submission.states = std::move(result.states);
    return submission;
}

std::vector<AdversaryKind> adversary_kinds() {
    return {{"random update",
             [] {
                 const auto draws = std::make_shared<Draws>(99);
                 return [draws](const Kernels&, const WorkUnit& unit) { return random_update(unit, *draws); };
             }},
            {"half of the steps", [] { return half_of_the_steps; }},
            {"replayed update",
             [] {
                 const auto first = std::make_shared<std::optional<Submission>>();
                 return [first](const Kernels& kernels, const WorkUnit& unit) {
                     if (!*first) *first = train_honestly(kernels, unit);
                     return **first;
                 };
             }},
            {"wrong data", [] { return wrong_data; }},
            {"enlarged update", [] { return enlarged_update; }}};
}

}  // namespace dure::tools
