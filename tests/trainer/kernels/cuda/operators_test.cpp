// Every operator of the GPU, run by the shim under several orders of its threads: the reference's bits.
#include "tests/trainer/kernels/cuda/shim_machines.h"
#include "tests/trainer/kernels/operator_cases.h"
#include "trainer/kernels/device.h"

namespace dure::trainer::testing {
namespace {

Runner gpu_in_the_shim() {
    Runner runner{{}, false};
    for (const ShimMachine& machine : shim_machines())
        runner.implementations.push_back({machine.name, machine.host_arguments.get()});
    return runner;
}

DURE_RUN_OPERATOR_CASES(GpuOperators, gpu_in_the_shim);

TEST(GpuKernels, ElementaryFunctionsOverFloatsOfAllSizes) {
    Floats x;
    const uint64_t step = 2000003 / static_cast<uint64_t>(test_scale()) | 1;
    for (uint64_t bits = 0; bits < (uint64_t{1} << 32); bits += step) {
        const float value = std::bit_cast<float>(static_cast<uint32_t>(bits));
        if (value - value == 0.0f) x.push_back(value);
    }
    for (const float edge : {0.0f, -0.0f, 89.0f, -104.0f, 0.625f, -0.625f, 0x1p-126f, 1.0f})
        x.push_back(edge);
    Floats positive = x;
    for (float& value : positive)
        value = value < 0.0f ? -value : value;
    const auto count = static_cast<int64_t>(x.size());
    gpu_in_the_shim().expect_equal("elementary", [&](const Kernels& kernels) {
        Outputs outputs(4, empty(count));
        kernels.exp(outputs[0].data(), x.data(), count);
        kernels.log(outputs[1].data(), positive.data(), count);
        kernels.sigmoid(outputs[2].data(), x.data(), count);
        kernels.tanh(outputs[3].data(), x.data(), count);
        return outputs;
    });
}

TEST(GpuKernels, RefuseTheProgramsMemory) {
    const Kernels& kernels = *shim_machines().front().kernels;
    Floats x = empty(4);
    EXPECT_THROW(kernels.scale(x.data(), x.data(), 2.0f, 4), DeviceError);
    EXPECT_FALSE(kernels.device().is_host());
    EXPECT_TRUE(kernels.host().device().is_host());
}

}  // namespace
}  // namespace dure::trainer::testing
