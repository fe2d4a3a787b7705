"""Small line and bar charts as SVG that follow the reader's light or dark theme."""
import math
from xml.sax.saxutils import escape

LIGHT = ["#0969da", "#bc4c00", "#1a7f37", "#8250df", "#cf222e", "#57606a"]
DARK = ["#58a6ff", "#f0883e", "#3fb950", "#bc8cff", "#ff7b72", "#9198a1"]


def _style():
    def rules(text, muted, grid, colors):
        series = "".join(f".s{i}{{stroke:{c}}}.f{i}{{fill:{c}}}" for i, c in enumerate(colors))
        return f"text{{fill:{text}}}.m{{fill:{muted}}}.g{{stroke:{grid}}}{series}"

    return ("<style>text{font:12px system-ui,sans-serif}.t{font-size:15px;font-weight:600}"
            ".l{fill:none;stroke-width:2}"
            + rules("#1f2328", "#59636e", "#d1d9e0", LIGHT)
            + "@media(prefers-color-scheme:dark){" + rules("#f0f6fc", "#9198a1", "#3d444d", DARK)
            + "}</style>")


def _text(x, y, text, css="", anchor="start"):
    css = f' class="{css}"' if css else ""
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}"{css}>{escape(text)}</text>'


def _document(width, height, title, parts):
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
            f' height="{height}" role="img"><title>{escape(title)}</title>{_style()}'
            + _text(16, 26, title, "t") + "".join(parts) + "</svg>\n")


def _ticks(top, log, bottom):
    if log:
        return [m * 10 ** e for e in range(-3, 7) for m in (1, 2, 5) if bottom <= m * 10 ** e <= top]
    step = 10 ** math.floor(math.log10(top / 4))
    step *= next(m for m in (1, 2, 5, 10) if top / (step * m) <= 6)
    return [i * step for i in range(int(top / step) + 1)]


def _spread(wanted, lowest, gap=16):
    """Places for labels, near the wanted ones (ascending), never over each other."""
    places = []
    for place in wanted:
        places.append(max(place, places[-1] + gap) if places else place)
    for i in reversed(range(len(places))):
        places[i] = min(places[i], lowest if i == len(places) - 1 else places[i + 1] - gap)
    return places


def lines(title, x_title, y_title, x_labels, series, log=False):
    """series: (name, dashed, {index of x label: value}); x is evenly spaced. Same names without
    the part after ',' share a colour."""
    width, height, left, right, top, bottom = 780, 420, 64, 236, 60, 56
    values = [v for _, _, points in series for v in points.values()]
    y_top = max(values) * 1.1
    y_bottom = min(values) / 1.3 if log else 0

    def x(i):
        return left + (width - left - right) * i / max(1, len(x_labels) - 1)

    def y(value):
        share = (math.log(value / y_bottom) / math.log(y_top / y_bottom) if log
                 else value / y_top)
        return height - bottom - (height - top - bottom) * share

    parts = [_text(16, 46, y_title, "m")]
    for tick in _ticks(y_top, log, y_bottom):
        parts.append(f'<path class="g" d="M{left} {y(tick):.1f}H{width - right}"/>')
        parts.append(_text(left - 8, y(tick) + 4, f"{tick:,g}", "m", "end"))
    for i, label in enumerate(x_labels):
        parts.append(_text(x(i), height - bottom + 20, label, "m", "middle"))
    parts.append(_text((left + width - right) / 2, height - 12, x_title, "m", "middle"))

    colors, ends = {}, []
    for name, dashed, points in series:
        color = colors.setdefault(name.split(",")[0], len(colors)) % len(LIGHT)
        path = " ".join(f"{x(i):.1f},{y(v):.1f}" for i, v in sorted(points.items()))
        dash = ' stroke-dasharray="6 4"' if dashed else ""
        parts.append(f'<polyline class="l s{color}"{dash} points="{path}"/>')
        parts += [f'<circle class="f{color}" cx="{x(i):.1f}" cy="{y(v):.1f}" r="3"/>'
                  for i, v in points.items()]
        ends.append((y(points[max(points)]), name, color, dash))
    for at, (_, name, color, dash) in zip(_spread([e[0] for e in sorted(ends)], height - bottom),
                                          sorted(ends)):
        label_x = width - right + 12
        parts.append(f'<path class="l s{color}"{dash} d="M{label_x} {at:.1f}h18"/>')
        parts.append(_text(label_x + 24, at + 4, name))
    return _document(width, height, title, parts)


def bars(title, unit, groups):
    """groups: (heading, [(name, value)]); one bar a value, as wide as it is large."""
    width, left, right, row = 760, 286, 84, 22
    top = max(value for _, rows in groups for _, value in rows)
    parts, y = [_text(16, 46, unit, "m")], 74
    for color, (heading, rows) in enumerate(groups):
        parts.append(_text(16, y, heading, "m"))
        y += 8
        for name, value in rows:
            length = max(1.0, (width - left - right) * value / top)
            parts.append(_text(left - 8, y + 15, name, "", "end"))
            parts.append(f'<rect class="f{color % len(LIGHT)}" x="{left}" y="{y + 3}"'
                         f' width="{length:.1f}" height="{row - 6}" rx="2"/>')
            parts.append(_text(left + length + 6, y + 15, f"{value:,.3g}"))
            y += row
        y += 22
    return _document(width, y - 8, title, parts)
