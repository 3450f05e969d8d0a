#include "trainer/kernels/device_choice.h"

#include "trainer/kernels/cuda/cuda_kernels.h"
#include "trainer/kernels/device.h"

namespace dure::trainer {

const char* device_kind_name(DeviceKind kind) {
    return kind == DeviceKind::cuda ? "cuda" : "cpu";
}

bool device_kind_from_name(const std::string& name, DeviceKind& kind) {
    for (const DeviceKind candidate : {DeviceKind::cpu, DeviceKind::cuda}) {
        if (name != device_kind_name(candidate)) continue;
        kind = candidate;
        return true;
    }
    return false;
}

std::string device_fault(DeviceKind kind) {
    return kind == DeviceKind::cuda ? cuda_fault() : "";
}

std::unique_ptr<Kernels> make_kernels(DeviceKind kind, Isa isa, Executor& executor) {
    const std::string fault = device_fault(kind);
    if (!fault.empty()) throw DeviceError(fault);
    std::unique_ptr<Kernels> host = make_kernels(isa, executor);
    return kind == DeviceKind::cuda ? make_cuda_kernels(std::move(host)) : std::move(host);
}

}  // namespace dure::trainer
