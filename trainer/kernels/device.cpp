#include "trainer/kernels/device.h"

#include <new>

namespace dure::trainer {
namespace {

constexpr std::align_val_t k_device_alignment{64};

class HostDevice final : public Device {
  public:
    std::string name() const override { return "cpu"; }
    bool is_host() const override { return true; }
    void* allocate(size_t bytes) override {
        void* const memory = ::operator new(bytes, k_device_alignment);
        std::memset(memory, 0, bytes);
        return memory;
    }
    void release(void* memory) noexcept override { ::operator delete(memory, k_device_alignment); }
    void upload(void* to, const void* from, size_t bytes) override { std::memcpy(to, from, bytes); }
    void download(void* to, const void* from, size_t bytes) override { std::memcpy(to, from, bytes); }
    void copy(void* to, const void* from, size_t bytes) override { std::memcpy(to, from, bytes); }
    void zero(void* to, size_t bytes) override { std::memset(to, 0, bytes); }
};

}  // namespace

Device::~Device() = default;

Device& host_device() {
    static HostDevice device;
    return device;
}

}  // namespace dure::trainer
