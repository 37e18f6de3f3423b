//! Colours that the colour-blind tell apart, and whose order greyscale keeps.

/// Red, green, blue, and how opaque, each from 0 to 255.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Colour {
    pub(crate) r: u8,
    pub(crate) g: u8,
    pub(crate) b: u8,
    pub(crate) a: u8,
}

impl Colour {
    pub(crate) const WHITE: Self = Self::hex(0xFFFFFF);
    /// Of letters and axes.
    pub(crate) const INK: Self = Self::hex(0x202020);
    /// Of lines that only guide the eye.
    pub(crate) const GREY: Self = Self::hex(0x808080);
    pub(crate) const GRID: Self = Self::hex(0xE0E0E0);

    pub(crate) const fn hex(rgb: u32) -> Self {
        let [_, r, g, b] = rgb.to_be_bytes();
        Self { r, g, b, a: 255 }
    }

    pub(crate) fn opacity(self, a: u8) -> Self {
        Self { a, ..self }
    }

    /// `share` of this colour, the rest of another.
    pub(crate) fn over(self, other: Self, share: f64) -> Self {
        let mix = |a: u8, b: u8| byte(share * f64::from(a) + (1.0 - share) * f64::from(b));
        Self { r: mix(self.r, other.r), g: mix(self.g, other.g), b: mix(self.b, other.b), a: 255 }
    }

    /// How light it looks, from 0 to 1.
    pub(crate) fn lightness(self) -> f64 {
        (0.299 * f64::from(self.r) + 0.587 * f64::from(self.g) + 0.114 * f64::from(self.b)) / 255.0
    }

    /// Black or white, whichever is read more easily on this colour.
    pub(crate) fn ink(self) -> Self {
        if self.lightness() > 0.55 { Self::INK } else { Self::WHITE }
    }
}

/// The nearest byte.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 255")]
fn byte(value: f64) -> u8 {
    value.round().clamp(0.0, 255.0) as u8
}

/// The palette of Okabe and Ito, "Color universal design" (2008), the darker colours first.
const OKABE_ITO: [Colour; 8] = [
    Colour::hex(0x0072B2),
    Colour::hex(0xD55E00),
    Colour::hex(0x009E73),
    Colour::hex(0xE69F00),
    Colour::hex(0xCC79A7),
    Colour::hex(0x56B4E9),
    Colour::hex(0x000000),
    Colour::hex(0xF0E442),
];

/// The colour of a line or class.
pub(crate) fn of(index: usize) -> Colour {
    OKABE_ITO[index % OKABE_ITO.len()]
}

/// Colours for numbers from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ramp {
    /// For values on a surface.
    Viridis,
    /// For values on both sides of 0, which is grey.
    Cividis,
    /// From white: for shares, with text on them.
    Blues,
}

impl Ramp {
    pub(crate) fn at(self, t: f64) -> Colour {
        let t = t.clamp(0.0, 1.0);
        let gradient = match self {
            Self::Viridis => colorous::VIRIDIS,
            Self::Cividis => colorous::CIVIDIS,
            Self::Blues => colorous::BLUES,
        };
        let [r, g, b] = gradient.eval_continuous(t).as_array();
        Colour { r, g, b, a: 255 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ramps_keep_their_order_in_greyscale() {
        let grey =
            |ramp: Ramp| (0..=20).map(|i| ramp.at(f64::from(i) / 20.0).lightness()).collect::<Vec<_>>();
        for ramp in [Ramp::Viridis, Ramp::Cividis] {
            assert!(grey(ramp).windows(2).all(|pair| pair[1] > pair[0]), "{ramp:?}");
        }
        assert!(grey(Ramp::Blues).windows(2).all(|pair| pair[1] < pair[0]));
    }

    #[test]
    fn text_stands_out() {
        for i in 0..=100 {
            let ground = Ramp::Blues.at(f64::from(i) / 100.0);
            assert!((ground.lightness() - ground.ink().lightness()).abs() > 0.4);
        }
    }
}
