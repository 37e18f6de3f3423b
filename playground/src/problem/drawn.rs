//! Points drawn by hand: `x_y_class*x_y_class*..`, signs that an address can hold.

use ndarray::Array2;

use super::{Samples, Target};
use crate::Result;

/// Colours that can be told apart.
const MOST_CLASSES: usize = 4;

/// The points of a text.
pub(crate) fn samples(text: &str) -> Result<Samples> {
    let (mut coordinates, mut labels) = (Vec::new(), Vec::new());
    for (index, point) in text.split('*').filter(|point| !point.is_empty()).enumerate() {
        let wrong = || format!("point {}: expected x_y_class, found {point:?}", index + 1);
        let fields: Vec<&str> = point.split('_').collect();
        let [x, y, class] = fields[..] else { return Err(wrong()) };
        for field in [x, y] {
            let number = field.parse::<f64>().ok().filter(|number| number.abs() <= 100.0);
            coordinates.push(number.ok_or_else(wrong)?);
        }
        labels.push(class.parse::<usize>().ok().filter(|&class| class < MOST_CLASSES).ok_or_else(wrong)?);
    }
    if labels.len() < 2 || labels.len() > crate::settings::MOST_SAMPLES {
        let most = crate::settings::MOST_SAMPLES;
        return Err(format!(
            "points: expected 2 to {most}, found {}; click into the picture to draw some",
            labels.len()
        ));
    }
    let classes = labels.iter().max().map_or(2, |&largest| largest.max(1) + 1);
    let points = Array2::from_shape_vec((labels.len(), 2), coordinates).map_err(crate::words)?;
    Ok(Samples::plain(points, Target::Classes(labels, classes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_read_and_what_is_none_is_named() {
        let drawn = samples("0.5_-1_1*2_2_0*").unwrap();
        assert_eq!(drawn.points, ndarray::array![[0.5, -1.0], [2.0, 2.0]]);
        assert!(matches!(drawn.target, Target::Classes(labels, 2) if labels == [1, 0]));
        for (text, message) in [
            ("1_2*3_4_0", "point 1: expected x_y_class, found \"1_2\""),
            ("1_2_0*nan_4_0", "point 2: expected x_y_class, found \"nan_4_0\""),
            ("1_2_0*3_4_4", "point 2: expected x_y_class, found \"3_4_4\""),
            ("1_2_0", "points: expected 2 to 5000, found 1"),
        ] {
            let error = samples(text).unwrap_err();
            assert!(error.starts_with(message), "{error}");
        }
    }
}
