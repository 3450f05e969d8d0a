// Where a light client's progress lies unless a person says otherwise.
#pragma once

#include <filesystem>

#include "tools/dure/program.h"

namespace dure::tools {

/// In the wallet's folder.
std::filesystem::path default_light_file(const SharedOptions& shared);

}  // namespace dure::tools
