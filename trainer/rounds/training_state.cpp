#include "trainer/rounds/training_state.h"

#include "trainer/rounds/arrays.h"

namespace dure::trainer {

StateRoots TrainingState::roots() const {
    return {array_root(parameters), array_root(first_moment), array_root(second_moment)};
}

Result<TrainingState> TrainingState::decode(const ModelConfig& model, std::uint32_t step, ByteView parameters,
                                            ByteView first_moment, ByteView second_moment) {
    DURE_CHECK(model.validate());
    const std::uint64_t count = model.parameter_count();
    TrainingState state;
    state.step = step;
    DURE_TRY(state.parameters, decode_array(parameters, count, "parameter"));
    DURE_TRY(state.first_moment, decode_array(first_moment, count, "first moment"));
    DURE_TRY(state.second_moment, decode_array(second_moment, count, "second moment"));
    return state;
}

TrainingState start_state(const Checkpoint& base) {
    const std::vector<float> zeros(base.parameters.size(), 0.0F);
    return {base.parameters, zeros, zeros, 0};
}

}  // namespace dure::trainer
