#include "trainer/rounds/judge.h"

#include <cmath>
#include <string>
#include <vector>

#include "trainer/kernels/device.h"
#include "trainer/model/transformer.h"
#include "trainer/rounds/windows.h"

namespace dure::trainer {
namespace {

Status check(const Checkpoint& checkpoint, const TrainConfig& train) {
    DURE_CHECK(train.validate_for(checkpoint.config));
    if (checkpoint.parameters.size() != checkpoint.config.parameter_count()) {
        return Error{ErrorCode::invalid, "the checkpoint's size is not what its config says"};
    }
    return {};
}

Status check(const Checkpoint& checkpoint, const TrainConfig& train, std::span<const std::int32_t> held_out) {
    DURE_CHECK(check(checkpoint, train));
    if (held_out.size() < train.window_tokens()) {
        return Error{ErrorCode::insufficient, "the hold-out has " + std::to_string(held_out.size()) +
                                                  " tokens, but one window takes " +
                                                  std::to_string(train.window_tokens())};
    }
    return checkpoint.config.check_tokens(held_out);
}

std::size_t predicted_tokens(std::span<const std::int32_t> windows, const TrainConfig& train) {
    return windows.size() / train.window_tokens() * train.sequence;
}

// Mean loss of the windows in micro-nats; parameters in the memory of the kernels' device.
Result<std::uint64_t> loss_of(const Kernels& kernels, Transformer& transformer, const TrainConfig& train,
                              std::span<const float> parameters, std::span<const std::int32_t> windows) {
    DeviceArray<float> device_losses(kernels.device(), predicted_tokens(windows, train));
    transformer.losses(device_losses, parameters, windows);
    std::vector<float> buffer;
    const std::span<const float> losses = device_losses.on_host(buffer);
    if (!kernels.host().all_finite(losses.data(), static_cast<std::int64_t>(losses.size()))) {
        return Error{ErrorCode::invalid, "the held-out loss is not finite"};
    }
    return mean_micro_nats(losses);
}

}  // namespace

Result<std::uint64_t> held_out_loss(const Kernels& kernels, const Checkpoint& checkpoint,
                                    const TrainConfig& train, std::span<const std::int32_t> tokens) {
    DURE_CHECK(check(checkpoint, train, tokens));
    Transformer transformer(kernels, checkpoint.config, train.sequence, Transformer::Use::losses);
    const auto windows = spread_windows(tokens, train.sequence, train.held_out_windows);
    const DeviceCopy parameters(kernels.device(), checkpoint.parameters);
    return loss_of(kernels, transformer, train, parameters, windows);
}

Result<std::uint64_t> score_shard(const Kernels& kernels, const Checkpoint& checkpoint,
                                  const TrainConfig& train, std::span<const std::int32_t> shard_tokens,
                                  const Hash& seed, std::span<const std::int32_t> windows) {
    DURE_CHECK(check(checkpoint, train));
    DURE_CHECK(checkpoint.config.check_tokens(shard_tokens));
    DURE_CHECK(checkpoint.config.check_tokens(windows));
    if (windows.size() % train.window_tokens() != 0) {
        return Error{ErrorCode::invalid, std::to_string(windows.size()) + " tokens are no whole windows of " +
                                             std::to_string(train.window_tokens())};
    }
    const auto sample = drawn_windows(shard_tokens, train.sequence, train.score_windows, seed);
    if (sample.empty() || windows.empty()) return 0;

    const auto count = static_cast<std::int64_t>(checkpoint.parameters.size());
    Transformer transformer(kernels, checkpoint.config, train.sequence, Transformer::Use::gradients);
    const DeviceCopy parameters(kernels.device(), checkpoint.parameters);
    DeviceArray<float> step(kernels.device(), checkpoint.parameters.size());
    DeviceArray<float> sample_losses(kernels.device(), predicted_tokens(sample, train));
    transformer.gradient(step, sample_losses, parameters, sample);
    const float squares = kernels.sum_of_squares(step.data(), count);
    if (!std::isfinite(squares) || squares <= 0.0F) return 0;

    DURE_TRY(const std::uint64_t before, loss_of(kernels, transformer, train, parameters, windows));
    const double norm = std::sqrt(static_cast<double>(squares));
    kernels.scale(step.data(), step.data(), static_cast<float>(train.score_step.exact() / norm), count);
    kernels.subtract(step.data(), parameters.data(), step.data(), count);
    if (!kernels.all_finite(step.data(), count)) return 0;
    const auto after = loss_of(kernels, transformer, train, step, windows);
    if (!after || *after >= before) return 0;
    return before - *after;
}

}  // namespace dure::trainer
