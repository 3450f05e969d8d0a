// Curves as an SVG that reads on light and dark pages, and as text.
#pragma once

#include <string>
#include <vector>

namespace dure::tools {

struct CurvePoint {
    double x = 0;
    double y = 0;
};

struct Curve {
    std::string name;
    std::vector<CurvePoint> points;
};

struct Panel {
    std::string title;
    std::string x_name;
    std::vector<Curve> curves;  ///< one color each, by their order
};

/// Panels side by side over one y axis that runs from `y_low` to `y_high`; what lies outside is cut off.
std::string curves_svg(const std::vector<Panel>& panels, const std::string& y_name, double y_low,
                       double y_high);

}  // namespace dure::tools
