#include "trainer/kernels/cuda/shim/shim_kernels.h"

#include <cstring>

#include "trainer/kernels/cuda/gpu_kernels.h"

namespace dure::trainer::shim {
namespace {

constexpr size_t k_memory_bytes = size_t{64} << 30;  // of addresses

class ShimDevice final : public GpuDevice {
  public:
    ShimDevice(uint64_t seed, int processors)
        : order_(seed), memory_(k_memory_bytes), stream_{&order_, &memory_, processors} {}

    std::string name() const override { return "shim"; }
    const Stream& stream() const override { return stream_; }
    bool holds(const void* pointer) const override { return memory_.holds(pointer); }
    void* allocate(size_t bytes) override { return memory_.allocate(bytes); }
    void release(void* memory) noexcept override { memory_.release(memory); }
    void upload(void* to, const void* from, size_t bytes) override { move(to, from, bytes); }
    void download(void* to, const void* from, size_t bytes) override { move(to, from, bytes); }
    void copy(void* to, const void* from, size_t bytes) override { move(to, from, bytes); }
    void zero(void* to, size_t bytes) override {
        const Memory::Open open(memory_);
        std::memset(to, 0, bytes);
    }

  private:
    void move(void* to, const void* from, size_t bytes) {
        const Memory::Open open(memory_);
        std::memcpy(to, from, bytes);
    }

    Order order_;
    Memory memory_;
    Stream stream_;
};

}  // namespace

std::unique_ptr<Kernels> make_shim_kernels(uint64_t seed, int processors, Executor& executor) {
    return make_gpu_kernels(std::make_unique<ShimDevice>(seed, processors),
                            make_kernels(best_isa(), executor));
}

}  // namespace dure::trainer::shim
