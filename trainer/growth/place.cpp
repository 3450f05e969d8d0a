#include "trainer/growth/place.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "base/assert.h"

namespace dure::trainer {

void place_values(const ParameterLayout& from, std::span<const float> values, const ParameterLayout& to,
                  std::span<float> out) {
    DURE_ASSERT(values.size() == static_cast<std::size_t>(from.count));
    DURE_ASSERT(out.size() == static_cast<std::size_t>(to.count));
    std::map<std::string_view, const Tensor*> places;
    for (const Tensor& tensor : to.tensors)
        places.emplace(tensor.name, &tensor);
    for (const Tensor& tensor : from.tensors) {
        const auto place = places.find(tensor.name);
        DURE_ASSERT(place != places.end());
        const Tensor& larger = *place->second;
        DURE_ASSERT(larger.rows >= tensor.rows && larger.columns >= tensor.columns);
        for (std::int64_t row = 0; row < tensor.rows; ++row) {
            std::copy_n(values.data() + tensor.offset + row * tensor.columns, tensor.columns,
                        out.data() + larger.offset + row * larger.columns);
        }
    }
}

}  // namespace dure::trainer
