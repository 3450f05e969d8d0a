#include "trainer/kernels/scratch.h"

#include <array>
#include <memory>
#include <new>

namespace dure::trainer {
namespace {

constexpr std::align_val_t k_scratch_alignment{64};

struct Release {
    void operator()(float* memory) const { ::operator delete(memory, k_scratch_alignment); }
};

struct Buffer {
    std::unique_ptr<float, Release> memory;
    int64_t count = 0;
};

}  // namespace

float* scratch(Scratch purpose, int64_t count) {
    thread_local std::array<Buffer, static_cast<size_t>(Scratch::count)> buffers;
    Buffer& buffer = buffers[static_cast<size_t>(purpose)];
    if (buffer.memory == nullptr || buffer.count < count) {
        const int64_t wanted = count + count / 2;
        buffer.memory.reset();
        buffer.count = 0;
        buffer.memory.reset(static_cast<float*>(
            ::operator new(static_cast<size_t>(wanted) * sizeof(float), k_scratch_alignment)));
        buffer.count = wanted;
    }
    return buffer.memory.get();
}

}  // namespace dure::trainer
