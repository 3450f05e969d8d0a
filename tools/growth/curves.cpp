#include "tools/growth/curves.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace dure::tools {
namespace {

constexpr double k_panel_width = 420;
constexpr double k_panel_height = 260;
constexpr double k_left = 60;
constexpr double k_top = 30;
constexpr double k_gap = 40;
constexpr double k_bottom = 100;
constexpr double k_legend_width = 220;
constexpr double k_legend_row = 20;
constexpr const char* k_colors[] = {"#777777", "#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                    "#e69f00", "#56b4e9", "#8a6d3b", "#9467bd"};

std::string number(double value, const char* format = "%.1f") {
    char text[32];
    const int length = std::snprintf(text, sizeof text, format, value);
    return {text, static_cast<std::size_t>(length)};
}

std::string text_at(double x, double y, const std::string& anchor, const std::string& text,
                    const std::string& more = "") {
    return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" text-anchor=\"" + anchor + "\"" + more +
           ">" + text + "</text>\n";
}

std::string line(double x1, double y1, double x2, double y2) {
    return "<line x1=\"" + number(x1) + "\" y1=\"" + number(y1) + "\" x2=\"" + number(x2) + "\" y2=\"" +
           number(y2) + "\" stroke=\"#888\" stroke-opacity=\"0.4\"/>\n";
}

/// 1, 2 or 5 times a power of ten, so that about six of them make `range`.
double round_step(double range) {
    const double power = std::pow(10.0, std::floor(std::log10(range / 6)));
    for (const double factor : {1.0, 2.0, 5.0}) {
        if (range / (factor * power) <= 7) return factor * power;
    }
    return 10 * power;
}

class PanelDrawing {
  public:
    PanelDrawing(const Panel& panel, double left, double y_low, double y_high)
        : panel_(panel), left_(left), y_low_(y_low), y_high_(y_high) {
        for (const Curve& curve : panel.curves) {
            for (const CurvePoint& point : curve.points)
                x_high_ = std::max(x_high_, point.x);
        }
    }

    std::string svg() const {
        std::string out = text_at(left_ + k_panel_width / 2, k_top - 12, "middle", panel_.title);
        const double y_step = round_step(y_high_ - y_low_);
        for (double y = std::ceil(y_low_ / y_step) * y_step; y <= y_high_ + 1e-9; y += y_step) {
            out += line(left_, y_of(y), left_ + k_panel_width, y_of(y));
            out += text_at(left_ - 6, y_of(y) + 4, "end", number(y, "%.3g"));
        }
        const double x_step = round_step(x_high_);
        for (double x = 0; x <= x_high_ + 1e-9; x += x_step)
            out += text_at(x_of(x), k_top + k_panel_height + 16, "middle", number(x, "%.3g"));
        out += text_at(left_ + k_panel_width / 2, k_top + k_panel_height + 34, "middle", panel_.x_name);
        for (std::size_t i = 0; i < panel_.curves.size(); ++i)
            out += curve(panel_.curves[i], k_colors[i % std::size(k_colors)]);
        return out;
    }

  private:
    double x_of(double x) const { return left_ + x / x_high_ * k_panel_width; }
    double y_of(double y) const {
        return k_top + (y_high_ - std::clamp(y, y_low_, y_high_)) / (y_high_ - y_low_) * k_panel_height;
    }
    std::string curve(const Curve& curve, const char* color) const {
        std::string points;
        for (const CurvePoint& point : curve.points) {
            if (point.y > y_high_) continue;
            points += number(x_of(point.x)) + "," + number(y_of(point.y)) + " ";
        }
        return "<polyline fill=\"none\" stroke-width=\"2\" stroke=\"" + std::string(color) + "\" points=\"" +
               points + "\"/>\n";
    }

    const Panel& panel_;
    double left_;
    double y_low_;
    double y_high_;
    double x_high_ = 1e-9;
};

}  // namespace

std::string curves_svg(const std::vector<Panel>& panels, const std::string& y_name, double y_low,
                       double y_high) {
    const double width = k_left + static_cast<double>(panels.size()) * (k_panel_width + k_gap);
    const std::size_t legend = panels.empty() ? 0 : panels[0].curves.size();
    const auto legend_columns = static_cast<std::size_t>(std::max(1.0, (width - k_left) / k_legend_width));
    const std::size_t more_rows = legend == 0 ? 0 : (legend - 1) / legend_columns;
    const double height = k_top + k_panel_height + k_bottom + static_cast<double>(more_rows) * k_legend_row;
    std::string out = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + number(width) + " " +
                      number(height) + "\" font-family=\"sans-serif\" font-size=\"12\" fill=\"#888\">\n";
    out += text_at(0, 0, "middle", y_name,
                   " transform=\"translate(16 " + number(k_top + k_panel_height / 2) + ") rotate(-90)\"");
    for (std::size_t i = 0; i < panels.size(); ++i) {
        const double left = k_left + static_cast<double>(i) * (k_panel_width + k_gap);
        out += PanelDrawing(panels[i], left, y_low, y_high).svg();
    }
    for (std::size_t i = 0; i < legend; ++i) {
        const double x = k_left + static_cast<double>(i % legend_columns) * k_legend_width;
        const double y = k_top + k_panel_height + 66 + static_cast<double>(i / legend_columns) * k_legend_row;
        out += "<line x1=\"" + number(x) + "\" y1=\"" + number(y - 4) + "\" x2=\"" + number(x + 24) +
               "\" y2=\"" + number(y - 4) + "\" stroke-width=\"3\" stroke=\"" +
               k_colors[i % std::size(k_colors)] + "\"/>\n";
        out += text_at(x + 30, y, "start", panels[0].curves[i].name);
    }
    return out + "</svg>\n";
}

}  // namespace dure::tools
