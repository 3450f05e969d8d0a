// A work unit of the devnet's recipe over arbitrary tokens: what the figures of training in rounds are
// measured on.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

#include "base/result.h"
#include "trainer/model/recipe.h"
#include "trainer/rounds/work_unit.h"

namespace dure::bench {

template <class T>
T must(Result<T> result) {
    if (result) return std::move(*result);
    std::fprintf(stderr, "%s\n", result.error().message.c_str());
    std::exit(2);
}

struct RecipeUnit {
    trainer::Recipe recipe = trainer::default_devnet_recipe(trainer::k_devnet_vocab);
    trainer::Checkpoint base =
        must(trainer::initial_checkpoint(recipe.model, trainer::k_devnet_initial_seed));
    std::vector<std::int32_t> windows;

    RecipeUnit() {
        const std::uint64_t tokens = recipe.train.windows_per_unit() * recipe.train.window_tokens();
        for (std::uint64_t i = 0; i < tokens; ++i)
            windows.push_back(static_cast<std::int32_t>(i * 7919 % recipe.model.active_vocab));
    }
    trainer::WorkUnit unit() const { return {&base, recipe.train, windows}; }
};

}  // namespace dure::bench
