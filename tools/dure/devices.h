// The option --device of commands that compute.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "tools/dure/program.h"
#include "trainer/kernels/kernels.h"

namespace dure::tools {

/// Adds --device to `command`; `name` begins as its default.
void add_device_option(CLI::App& command, std::string& name);

/// The fastest kernels of the device of that name. Errors: `malformed` for a name that is none, `unavailable` if this
/// machine or program lacks what the device needs.
Result<std::unique_ptr<trainer::Kernels>> open_device(const std::string& name, trainer::Executor& executor);

}  // namespace dure::tools
