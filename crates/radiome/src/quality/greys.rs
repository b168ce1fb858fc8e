//! Grey values that are kept in few letters.

use std::io::{Read, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Most grey values of a picture that are read back.
const MOST: u64 = 1 << 20;

/// Grey values row by row; in JSON the base64 of their zlib stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Greys(pub(super) Vec<u8>);

impl Serialize for Greys {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut stream = ZlibEncoder::new(Vec::new(), Compression::default());
        let packed = stream.write_all(&self.0).and_then(|()| stream.finish());
        let packed = packed.map_err(serde::ser::Error::custom)?;
        serializer.serialize_str(&STANDARD.encode(packed))
    }
}

impl<'de> Deserialize<'de> for Greys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let packed = STANDARD.decode(text).map_err(D::Error::custom)?;
        let mut greys = Vec::new();
        ZlibDecoder::new(&packed[..])
            .take(MOST)
            .read_to_end(&mut greys)
            .map_err(D::Error::custom)?;
        Ok(Self(greys))
    }
}

/// The mean of the grey values of a block, of so many columns and rows, at a place of the smaller
/// picture; a block at the edge has fewer.
pub(super) fn mean(
    greys: &[u8],
    [columns, rows]: [usize; 2],
    step: [usize; 2],
    at: [usize; 2],
) -> u8 {
    let (mut sum, mut count) = (0, 0);
    for row in (at[1] * step[1]..(at[1] + 1) * step[1]).take_while(|&row| row < rows) {
        for column in (at[0] * step[0]..(at[0] + 1) * step[0]).take_while(|&c| c < columns) {
            sum += usize::from(greys.get(row * columns + column).copied().unwrap_or(0));
            count += 1;
        }
    }
    u8::try_from((sum + count / 2) / count.max(1)).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greys_come_back() {
        let greys = Greys((0..=255).chain(0..9).collect());
        let text = serde_json::to_string(&greys).unwrap();
        assert_eq!(serde_json::from_str::<Greys>(&text).unwrap(), greys);
        for broken in ["\"###\"", "\"AAAA\"", "3"] {
            assert!(serde_json::from_str::<Greys>(broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn blocks_are_averaged() {
        // Three columns, two rows; blocks of two by two.
        let greys = [10, 20, 200, 30, 41, 100];
        let at = |column| mean(&greys, [3, 2], [2, 2], [column, 0]);
        // 101 / 4 = 25.25; 300 / 2.
        assert_eq!((at(0), at(1)), (25, 150));
    }
}
