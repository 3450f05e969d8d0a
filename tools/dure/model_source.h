// A chain's newest attested model: asked from a running node, or read from the folder of one that is stopped.
#pragma once

#include <filesystem>

#include "base/result.h"
#include "tools/dure/api.h"
#include "tools/dure/model_folder.h"

namespace dure::tools {

/// Checked against the names that the node gives. Errors: those of Api; `out_of_range` for a model that is too
/// large for the node's HTTP interface.
Result<Model> model_of_node(Api& api);

/// Checked against the root that the chain attested. Errors: `unavailable` if the node is running, `not_found`
/// if this is no node's folder or the node has not stored the model.
Result<Model> model_of_folder(const std::filesystem::path& folder);

}  // namespace dure::tools
