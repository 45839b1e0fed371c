//! Figures as SVG: panels with axes, and lines, areas, bands, rules and dots in them.
//!
//! Colours and widths come from the style sheet, by class; a figure has only classes and positions.

use super::axis::Axis;
use super::text::{coordinate, escape};
use std::fmt::Write;

/// Width of every figure, in its own units; the page scales it.
pub const WIDTH: f64 = 720.0;
/// Space left of a panel for the labels of its ticks.
pub const LEFT: f64 = 80.0;
/// Space to the right of a panel.
pub const RIGHT: f64 = 12.0;
/// How far a thinned line may be from the whole one, in units of the figure.
const TOLERANCE: f64 = 0.15;

/// A rectangle of a figure with two axes.
#[derive(Debug, Clone)]
pub struct Panel {
    /// Left edge, in the picture's units like the others.
    pub left: f64,
    /// Upper edge.
    pub top: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
    /// Horizontal axis.
    pub x: Axis,
    /// Vertical axis.
    pub y: Axis,
}

/// Words around a panel.
#[derive(Debug, Clone, Copy, Default)]
pub struct Labels<'a> {
    /// Above the panel.
    pub title: &'a str,
    /// Below it; its ticks have labels only with it.
    pub below: Option<&'a str>,
    /// About how many ticks to the left, none for 0.
    pub left: u32,
}

impl Panel {
    fn at(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        [self.x.share(x) * self.width, (1.0 - self.y.share(y)) * self.height]
    }

    /// A line through the finite points, broken where one is not finite.
    pub fn line(&self, class: &str, points: &[[f64; 2]]) -> String {
        points
            .split(|point| point.iter().any(|value| !value.is_finite()))
            .filter(|part| !part.is_empty())
            .map(|part| {
                let part: Vec<[f64; 2]> = part.iter().map(|&point| self.at(point)).collect();
                format!("<polyline class=\"line {class}\" points=\"{}\"/>", written(&thinned(&part)))
            })
            .collect()
    }

    /// The area between two lines.
    pub fn area(&self, class: &str, lower: &[[f64; 2]], upper: &[[f64; 2]]) -> String {
        let side = |points: &[[f64; 2]]| {
            let finite = points.iter().filter(|point| point.iter().all(|value| value.is_finite()));
            thinned(&finite.map(|&point| self.at(point)).collect::<Vec<_>>())
        };
        let mut outline = side(lower);
        outline.extend(side(upper).into_iter().rev());
        format!("<polygon class=\"area {class}\" points=\"{}\"/>", written(&outline))
    }

    /// A band over a range of x, between two shares of the height from the top.
    pub fn band(&self, class: &str, (from, to): (f64, f64), (top, bottom): (f64, f64)) -> String {
        let (left, right) = (self.x.share(from) * self.width, self.x.share(to) * self.width);
        format!(
            "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>",
            coordinate(left),
            coordinate(top * self.height),
            coordinate(right - left),
            coordinate((bottom - top) * self.height)
        )
    }

    /// A straight line over the whole height.
    pub fn upright(&self, class: &str, x: f64) -> String {
        let x = coordinate(self.x.share(x) * self.width);
        format!("<line class=\"rule {class}\" x1=\"{x}\" y1=\"0\" x2=\"{x}\" y2=\"{}\"/>", coordinate(self.height))
    }

    /// A straight line over the whole width.
    pub fn level(&self, class: &str, y: f64) -> String {
        let y = coordinate((1.0 - self.y.share(y)) * self.height);
        format!("<line class=\"rule {class}\" x1=\"0\" y1=\"{y}\" x2=\"{}\" y2=\"{y}\"/>", coordinate(self.width))
    }

    /// A dot.
    pub fn dot(&self, class: &str, point: [f64; 2], radius: f64) -> String {
        let [x, y] = self.at(point).map(coordinate);
        format!("<circle class=\"{class}\" cx=\"{x}\" cy=\"{y}\" r=\"{}\"/>", coordinate(radius))
    }

    /// A dot that goes from point to point, evenly in time, in so many seconds, and begins anew.
    pub fn moving(&self, class: &str, points: &[[f64; 2]], radius: f64, seconds: f64) -> String {
        let values =
            |index: usize| points.iter().map(|&point| coordinate(self.at(point)[index])).collect::<Vec<_>>().join(";");
        let animate = |name: &str, values: String| {
            format!(
                "<animate attributeName=\"{name}\" dur=\"{seconds:.1}s\" repeatCount=\"indefinite\" values=\"{values}\"/>"
            )
        };
        let moves = animate("cx", values(0)) + &animate("cy", values(1));
        format!("<circle class=\"fill {class}\" r=\"{}\">{moves}</circle>", coordinate(radius))
    }

    /// Words beside a point: so far to the right of it and below it; their middle or end is there by class.
    pub fn words(&self, class: &str, point: [f64; 2], [right, below]: [f64; 2], words: &str) -> String {
        let [x, y] = self.at(point);
        self::words(class, [x + right, y + below], words)
    }

    /// The panel with its axes and what is in it; nothing shows outside its rectangle.
    pub fn draw(&self, labels: &Labels<'_>, content: &str) -> String {
        let Self { left, top, width, height, .. } = self;
        let bottom = top + height;
        let mut svg = String::new();
        // Writing to a string cannot fail.
        let mut put = |element: std::fmt::Arguments<'_>| {
            let _ = svg.write_fmt(element);
        };
        for tick in self.x.ticks(6) {
            let x = coordinate(left + self.x.share(tick.value) * width);
            let [top, end] = [*top, bottom].map(coordinate);
            put(format_args!("<line class=\"grid\" x1=\"{x}\" y1=\"{top}\" x2=\"{x}\" y2=\"{end}\"/>"));
            if labels.below.is_some() {
                let y = coordinate(bottom + 20.0);
                put(format_args!("<text class=\"middle\" x=\"{x}\" y=\"{y}\">{}</text>", tick.label));
            }
        }
        for tick in self.y.ticks(labels.left) {
            if labels.left == 0 {
                break;
            }
            let y = bottom - self.y.share(tick.value) * height;
            let [x, end, line] = [*left, left + width, y].map(coordinate);
            put(format_args!("<line class=\"grid\" x1=\"{x}\" y1=\"{line}\" x2=\"{end}\" y2=\"{line}\"/>"));
            let [x, y] = [left - 7.0, y + 5.0].map(coordinate);
            put(format_args!("<text class=\"end\" x=\"{x}\" y=\"{y}\">{}</text>", tick.label));
        }
        let [x, title, below] = [*left, top - 8.0, bottom + 42.0].map(coordinate);
        if !labels.title.is_empty() {
            put(format_args!("<text class=\"name\" x=\"{x}\" y=\"{title}\">{}</text>", escape(labels.title)));
        }
        if let Some(words) = labels.below {
            let middle = coordinate(left + 0.5 * width);
            put(format_args!("<text class=\"middle name\" x=\"{middle}\" y=\"{below}\">{}</text>", escape(words)));
        }
        let [top, width, height] = [*top, *width, *height].map(coordinate);
        // An SVG within an SVG clips what it holds and needs no name to do so.
        put(format_args!("<svg x=\"{x}\" y=\"{top}\" width=\"{width}\" height=\"{height}\">{content}</svg>"));
        put(format_args!("<rect class=\"frame\" x=\"{x}\" y=\"{top}\" width=\"{width}\" height=\"{height}\"/>"));
        svg
    }
}

/// A figure of panels, with its description for those who do not see it.
pub fn picture(description: &str, height: f64, panels: &str) -> String {
    format!(
        "<svg role=\"img\" aria-label=\"{}\" viewBox=\"0 0 {} {}\">{panels}</svg>",
        escape(description),
        coordinate(WIDTH),
        coordinate(height)
    )
}

/// Words at a point of the figure; it is their middle or end by class.
pub fn words(class: &str, [x, y]: [f64; 2], words: &str) -> String {
    format!("<text class=\"{class}\" x=\"{}\" y=\"{}\">{}</text>", coordinate(x), coordinate(y), escape(words))
}

/// What the colours mean: class of the key and words.
pub fn legend(entries: &[(&str, &str)]) -> String {
    let entry = |(class, words): &(&str, &str)| {
        format!("<li><span class=\"key {class}\" aria-hidden=\"true\"></span>{}</li>", escape(words))
    };
    format!("<ul class=\"legend\">{}</ul>", entries.iter().map(entry).collect::<String>())
}

fn written(points: &[[f64; 2]]) -> String {
    let mut text = String::new();
    for [x, y] in points {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&coordinate(*x));
        text.push(',');
        text.push_str(&coordinate(*y));
    }
    text
}

/// The points that a line needs to stay within the tolerance everywhere (Ramer, Douglas and Peucker).
fn thinned(points: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let Some(last) = points.len().checked_sub(1) else { return Vec::new() };
    let mut keep = vec![false; points.len()];
    keep[0] = true;
    keep[last] = true;
    let mut spans = vec![(0, last)];
    while let Some((from, to)) = spans.pop() {
        let between = from + 1..to.max(from + 1);
        let farthest = between
            .map(|index| (index, distance(points[index], points[from], points[to])))
            .max_by(|(_, one), (_, other)| one.total_cmp(other));
        if let Some((index, far)) = farthest
            && far > TOLERANCE
        {
            keep[index] = true;
            spans.extend([(from, index), (index, to)]);
        }
    }
    points.iter().zip(keep).filter_map(|(&point, keep)| keep.then_some(point)).collect()
}

/// Distance of a point from the line segment between two others.
fn distance([x, y]: [f64; 2], [x1, y1]: [f64; 2], [x2, y2]: [f64; 2]) -> f64 {
    let (dx, dy) = (x2 - x1, y2 - y1);
    let length = dx * dx + dy * dy;
    let along = if length > 0.0 { (((x - x1) * dx + (y - y1) * dy) / length).clamp(0.0, 1.0) } else { 0.0 };
    (x - x1 - along * dx).hypot(y - y1 - along * dy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_thinned_line_stays_near_every_point_and_keeps_its_ends(
            points in prop::collection::vec([0.0_f64..100.0, 0.0_f64..100.0], 1..60),
        ) {
            let thin = thinned(&points);
            prop_assert_eq!((thin.first(), thin.last()), (points.first(), points.last()));
            for &point in &points {
                let near = thin.iter().zip(thin.iter().skip(1).chain(thin.last()));
                prop_assert!(near.map(|(&a, &b)| distance(point, a, b)).any(|far| far <= TOLERANCE));
            }
        }
    }

    #[test]
    fn a_straight_line_needs_two_points() {
        let points: Vec<[f64; 2]> = (0..1000).map(|i| [f64::from(i), 0.5 * f64::from(i)]).collect();
        assert_eq!(thinned(&points), [points[0], points[999]]);
    }

    #[test]
    fn what_is_not_finite_breaks_a_line_and_is_not_written() {
        let axis = Axis::new(0.0, 2.0);
        let panel = Panel { left: 0.0, top: 0.0, width: 200.0, height: 100.0, x: axis, y: axis };
        let line = panel.line("a", &[[0.0, 0.0], [1.0, f64::NAN], [1.0, 1.0], [2.0, 2.0]]);
        let part = |points| format!("<polyline class=\"line a\" points=\"{points}\"/>");
        assert_eq!(line, part("0,100") + &part("100,50 200,0"));
    }
}
