#include <gtest/gtest.h>

#include "trainer/kernels/kernels.h"

namespace dure::trainer {
namespace {

TEST(Dispatch, NamesGoThereAndBack) {
    for (const Isa isa : {Isa::reference, Isa::avx2, Isa::avx512}) {
        Isa found = Isa::reference;
        EXPECT_TRUE(isa_from_name(isa_name(isa), found));
        EXPECT_EQ(found, isa);
    }
    Isa untouched = Isa::avx2;
    EXPECT_FALSE(isa_from_name("sse", untouched));
    EXPECT_EQ(untouched, Isa::avx2);
}

TEST(Dispatch, GivesWhatWasAskedFor) {
    SerialExecutor executor;
    EXPECT_TRUE(isa_supported(Isa::reference));
    EXPECT_TRUE(isa_supported(best_isa()));
    for (const Isa isa : {Isa::reference, Isa::avx2, Isa::avx512}) {
        if (!isa_supported(isa)) continue;
        EXPECT_LE(isa, best_isa());
        const auto kernels = make_kernels(isa, executor);
        EXPECT_EQ(kernels->isa(), isa);
        EXPECT_EQ(&kernels->executor(), &executor);
    }
}

}  // namespace
}  // namespace dure::trainer
