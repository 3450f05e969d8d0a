#include "trainer/growth/rules.h"

#include <numeric>

namespace dure::trainer {
namespace {

std::string change(const char* field, std::uint32_t from, std::uint32_t to) {
    return std::string(field) + " would go from " + std::to_string(from) + " to " + std::to_string(to);
}

}  // namespace

GrowthRules& GrowthRules::that(bool holds, const std::string& complaint) {
    if (!holds && complaint_.empty()) complaint_ = complaint;
    return *this;
}

GrowthRules& GrowthRules::same(const char* field, std::uint32_t from, std::uint32_t to, const char* remedy) {
    return that(from == to, change(field, from, to) + ", but growth keeps it" + remedy);
}

GrowthRules& GrowthRules::same(const char* field, Float32 from, Float32 to) {
    return that(from == to, std::string(field) + " cannot change by growing");
}

GrowthRules& GrowthRules::not_less(const char* field, std::uint32_t from, std::uint32_t to) {
    return that(from <= to, change(field, from, to) + ", but a model does not shrink");
}

GrowthRules& GrowthRules::same_blocks(const char* field, std::uint32_t from, std::uint32_t to) {
    const std::uint32_t block = std::gcd(from, k_growth_block_max);
    return that(to % block == 0,
                change(field, from, to) + ", but it must stay a multiple of " + std::to_string(block));
}

Status GrowthRules::result() const {
    if (complaint_.empty()) return {};
    return Error{ErrorCode::invalid, "the model cannot grow so: " + complaint_};
}

}  // namespace dure::trainer
