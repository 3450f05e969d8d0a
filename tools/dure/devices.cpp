#include "tools/dure/devices.h"

#include "trainer/kernels/device_choice.h"

namespace dure::tools {

void add_device_option(CLI::App& command, std::string& name) {
    command.add_option("--device", name, "what computes: cpu or cuda; the results are the same, bit for bit")
        ->capture_default_str()
        ->type_name("NAME");
}

Result<std::unique_ptr<trainer::Kernels>> open_device(const std::string& name, trainer::Executor& executor) {
    trainer::DeviceKind kind{};
    if (!trainer::device_kind_from_name(name, kind))
        return Error{ErrorCode::malformed, "there is no device named '" + name + "'; it is cpu or cuda"};
    const std::string fault = trainer::device_fault(kind);
    if (!fault.empty())
        return Error{ErrorCode::unavailable, "--device " + name + " cannot be used: " + fault};
    return trainer::make_kernels(kind, trainer::best_isa(), executor);
}

}  // namespace dure::tools
