//! JPEG of 12 bits: the extended sequential process with Huffman codes (ISO 10918-1, process 4), of
//! one component. Progressive and arithmetic coding are refused.
//!
//! Everything up to the coefficients is exact; the inverse cosine transform is in doubles and rounded
//! once, so that decoders with whole numbers differ by at most one grey level.

use super::Frames;
use super::codec::{check_size, to_bytes};

/// Samples along the edge of a block.
const EDGE: usize = 8;
/// Bits of a sample.
const PRECISION: u8 = 12;

/// Marker codes, after the byte 0xFF.
mod marker {
    pub(super) const EXTENDED: u8 = 0xC1;
    pub(super) const HUFFMAN: u8 = 0xC4;
    pub(super) const START: u8 = 0xD8;
    pub(super) const END: u8 = 0xD9;
    pub(super) const SCAN: u8 = 0xDA;
    pub(super) const QUANTIZATION: u8 = 0xDB;
    pub(super) const RESTART_INTERVAL: u8 = 0xDD;
}

/// Where the coefficients of a block lie, in the order in which they are written.
#[rustfmt::skip]
const ZIGZAG: [usize; EDGE * EDGE] = [
     0,  1,  8, 16,  9,  2,  3, 10, 17, 24, 32, 25, 18, 11,  4,  5,
    12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13,  6,  7, 14, 21, 28,
    35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
    58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// Cosines of k times 11.25 degrees, for k from 0 to 8.
const COSINES: [f64; 9] = [
    1.0,
    0.980_785_280_403_230_4,
    0.923_879_532_511_286_7,
    0.831_469_612_302_545_2,
    std::f64::consts::FRAC_1_SQRT_2,
    0.555_570_233_019_602_2,
    0.382_683_432_365_089_8,
    0.195_090_322_016_128_25,
    0.0,
];

/// Whether a file has samples of 12 bits and is not lossless, by its frame header.
pub(super) fn is_12_bit(packed: &[u8]) -> bool {
    let Ok(mut segments) = Segments::of(packed) else {
        return false;
    };
    while let Ok((code, body)) = segments.next() {
        if is_frame_header(code) {
            let lossless = matches!(code, 0xC3 | 0xC7 | 0xCB | 0xCF);
            return !lossless && body.first() == Some(&PRECISION);
        }
        if matches!(code, marker::SCAN | marker::END) {
            return false;
        }
    }
    false
}

/// The samples of a file of 12 bits.
pub(super) fn decode(packed: &[u8], frames: Frames) -> Result<Vec<u8>, String> {
    let mut segments = Segments::of(packed)?;
    let mut tables = Tables::default();
    let mut component = None;
    loop {
        let (code, body) = segments.next()?;
        match code {
            marker::QUANTIZATION => tables.read_quantization(body)?,
            marker::HUFFMAN => tables.read_huffman(body)?,
            marker::RESTART_INTERVAL => {
                let &[high, low] = body else {
                    return Err("its restart interval is cut short".to_owned());
                };
                tables.interval = usize::from(u16::from_be_bytes([high, low]));
            }
            marker::EXTENDED => component = Some(frame_header(body, frames)?),
            code if is_frame_header(code) => {
                return Err(format!(
                    "{PRECISION} bits by another process than the extended sequential one with \
                     Huffman codes (marker {code:02X})"
                ));
            }
            marker::SCAN => {
                let component = component.ok_or("a scan comes before the header of the frame")?;
                let samples = tables.scan(body, segments.rest(), component, frames)?;
                return to_bytes(samples.into_iter().map(u32::from), frames);
            }
            marker::END => return Err("it ends before a scan".to_owned()),
            // Comments and what applications write.
            _ => {}
        }
    }
}

fn is_frame_header(code: u8) -> bool {
    // Among them are Huffman tables, arithmetic conditioning and a reserved code.
    (0xC0..=0xCF).contains(&code) && !matches!(code, marker::HUFFMAN | 0xC8 | 0xCC)
}

/// The one component of a frame.
#[derive(Clone, Copy)]
struct Component {
    id: u8,
    quantization: usize,
}

fn frame_header(body: &[u8], frames: Frames) -> Result<Component, String> {
    let &[precision, h1, h0, w1, w0, count, ref components @ ..] = body else {
        return Err("its frame header is cut short".to_owned());
    };
    if precision != PRECISION {
        return Err(format!("a second frame header has {precision} bits"));
    }
    if count != 1 {
        return Err(format!("it has {count} components, the header says one"));
    }
    let size = |bytes| usize::from(u16::from_be_bytes(bytes));
    check_size(size([w1, w0]), size([h1, h0]), frames)?;
    match *components {
        // One component is not interleaved, whatever its sampling factors are.
        [id, _, quantization] if quantization < 4 => Ok(Component {
            id,
            quantization: quantization.into(),
        }),
        _ => Err("its frame header does not describe one component".to_owned()),
    }
}

/// The marker segments of a file, up to the coded data.
struct Segments<'a> {
    bytes: &'a [u8],
}

impl<'a> Segments<'a> {
    fn of(packed: &'a [u8]) -> Result<Self, String> {
        match packed {
            [0xFF, marker::START, bytes @ ..] => Ok(Self { bytes }),
            _ => Err("it does not begin as JPEG does".to_owned()),
        }
    }

    /// The next marker with the body of its segment.
    fn next(&mut self) -> Result<(u8, &'a [u8]), String> {
        let cut = || "it is cut short".to_owned();
        let [0xFF, after @ ..] = self.bytes else {
            return Err("a marker is not where the segment before it ends".to_owned());
        };
        // Markers may be preceded by any number of fill bytes.
        let fill = after
            .iter()
            .position(|&byte| byte != 0xFF)
            .ok_or_else(cut)?;
        let (&code, rest) = after[fill..].split_first().ok_or_else(cut)?;
        if code == marker::END {
            self.bytes = rest;
            return Ok((code, &[]));
        }
        let (length, _) = rest.split_first_chunk::<2>().ok_or_else(cut)?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (segment, rest) = rest.split_at_checked(length).ok_or_else(cut)?;
        self.bytes = rest;
        let body = segment
            .get(2..)
            .ok_or("a segment is shorter than its length")?;
        Ok((code, body))
    }

    fn rest(&self) -> &'a [u8] {
        self.bytes
    }
}

/// What is defined before a scan.
#[derive(Default)]
struct Tables {
    quantization: [Option<[u16; EDGE * EDGE]>; 4],
    /// Of the constant coefficients, and of the others.
    huffman: [[Option<Huffman>; 4]; 2],
    /// Blocks between restarts; 0 for none.
    interval: usize,
}

impl Tables {
    fn read_quantization(&mut self, mut body: &[u8]) -> Result<(), String> {
        while let Some((&head, rest)) = body.split_first() {
            let (wide, place) = (head >> 4, usize::from(head & 15));
            let table = self.quantization.get_mut(place);
            let table = table.ok_or("a quantization table has no place")?;
            let size = if wide == 0 { 1 } else { 2 };
            let (steps, rest) = rest
                .split_at_checked(size * EDGE * EDGE)
                .ok_or("a quantization table is cut short")?;
            let mut found = [0; EDGE * EDGE];
            for (place, step) in ZIGZAG.into_iter().zip(steps.chunks_exact(size)) {
                found[place] = step.iter().fold(0, |all, &byte| all << 8 | u16::from(byte));
            }
            if wide > 1 || found.contains(&0) {
                return Err("a quantization table makes no sense".to_owned());
            }
            *table = Some(found);
            body = rest;
        }
        Ok(())
    }

    fn read_huffman(&mut self, mut body: &[u8]) -> Result<(), String> {
        while let Some((&head, rest)) = body.split_first() {
            let (class, place) = (usize::from(head >> 4), usize::from(head & 15));
            let table = self
                .huffman
                .get_mut(class)
                .and_then(|all| all.get_mut(place));
            let table = table.ok_or("a table of codes has no place")?;
            let (counts, rest) = rest
                .split_first_chunk::<16>()
                .ok_or("a table of codes is cut short")?;
            let count = counts.iter().map(|&count| usize::from(count)).sum();
            let (symbols, rest) = rest
                .split_at_checked(count)
                .ok_or("a table of codes is cut short")?;
            *table = Some(Huffman::new(counts, symbols)?);
            body = rest;
        }
        Ok(())
    }

    /// The samples of the one scan; `body` is its header and `coded` begins after it.
    fn scan(
        &self,
        body: &[u8],
        coded: &[u8],
        component: Component,
        frames: Frames,
    ) -> Result<Vec<u16>, String> {
        // One component, all coefficients at once, to the last bit.
        let &[1, id, tables, 0, 63, 0] = body else {
            return Err("its scan is not one of all coefficients of one component".to_owned());
        };
        if id != component.id {
            return Err("its scan is of a component that the frame does not have".to_owned());
        }
        let table = |class: usize, place: u8| {
            let table = self.huffman[class].get(usize::from(place));
            table
                .and_then(Option::as_ref)
                .ok_or("its scan uses a table of codes that is not there")
        };
        let (constant, other) = (table(0, tables >> 4)?, table(1, tables & 15)?);
        let steps = self.quantization[component.quantization]
            .as_ref()
            .ok_or("its frame uses a quantization table that is not there")?;
        let mut bits = Bits::of(coded);
        let (columns, rows) = (frames.columns, frames.rows);
        let across = columns.div_ceil(EDGE);
        let mut samples = vec![0; frames.area()];
        let mut before = 0;
        for number in 0..across * rows.div_ceil(EDGE) {
            if self.interval > 0 && number > 0 && number % self.interval == 0 {
                bits.restart(number / self.interval - 1)?;
                before = 0;
            }
            let block = block(&mut bits, constant, other, &mut before, steps)?;
            let (left, top) = (number % across * EDGE, number / across * EDGE);
            let width = EDGE.min(columns - left);
            for (row, line) in block.chunks_exact(EDGE).enumerate().take(rows - top) {
                let start = (top + row) * columns + left;
                samples[start..start + width].copy_from_slice(&line[..width]);
            }
        }
        Ok(samples)
    }
}

/// The samples of the next block. `before` is the constant coefficient of the block before it.
fn block(
    bits: &mut Bits<'_>,
    constant: &Huffman,
    other: &Huffman,
    before: &mut i32,
    steps: &[u16; EDGE * EDGE],
) -> Result<[u16; EDGE * EDGE], String> {
    let mut coefficients = [0.0; EDGE * EDGE];
    let size = bits.symbol(constant)?;
    // Differences of constant coefficients of 12 bits have at most 15 bits.
    if size > 15 {
        return Err("a coefficient has too many bits".to_owned());
    }
    *before = before
        .checked_add(bits.number(size)?)
        .filter(|value| value.unsigned_abs() < 1 << 20)
        .ok_or("its constant coefficients run away")?;
    coefficients[0] = f64::from(*before) * f64::from(steps[0]);
    let mut place = 1;
    while place < EDGE * EDGE {
        let symbol = bits.symbol(other)?;
        let (zeros, size) = (usize::from(symbol >> 4), symbol & 15);
        match (zeros, size) {
            (15, 0) => place += 16,
            (0, 0) => break,
            (_, 0) => return Err("a run of zeros has no code".to_owned()),
            _ => {
                place += zeros;
                let at = *ZIGZAG
                    .get(place)
                    .ok_or("a block has too many coefficients")?;
                coefficients[at] = f64::from(bits.number(size)?) * f64::from(steps[at]);
                place += 1;
            }
        }
    }
    if place > EDGE * EDGE {
        return Err("a block has too many coefficients".to_owned());
    }
    Ok(samples_of(&coefficients))
}

/// The inverse cosine transform: f(x, y) = 1/4 sum C(u) C(v) F(u, v) cos((2x + 1) u pi / 16)
/// cos((2y + 1) v pi / 16), with C(0) = 1 / sqrt 2 and C = 1 else; then the level shift.
fn samples_of(coefficients: &[f64; EDGE * EDGE]) -> [u16; EDGE * EDGE] {
    let middle = f64::from(1 << (PRECISION - 1));
    let highest = f64::from((1 << PRECISION) - 1);
    let mut lines = [0.0; EDGE * EDGE];
    for row in 0..EDGE {
        for x in 0..EDGE {
            let sum = (0..EDGE).map(|u| coefficients[row * EDGE + u] * basis(x, u));
            lines[row * EDGE + x] = sum.sum();
        }
    }
    let mut samples = [0; EDGE * EDGE];
    for y in 0..EDGE {
        for x in 0..EDGE {
            let sum: f64 = (0..EDGE).map(|v| lines[v * EDGE + x] * basis(y, v)).sum();
            let value = (sum + middle).round().clamp(0.0, highest);
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let sample = value as u16;
            samples[y * EDGE + x] = sample;
        }
    }
    samples
}

/// C(u) / 2 cos((2x + 1) u pi / 16).
fn basis(x: usize, u: usize) -> f64 {
    if u == 0 {
        return 0.5 * std::f64::consts::FRAC_1_SQRT_2;
    }
    // A turn has 32 parts.
    let turn = (2 * x + 1) * u % 32;
    let half = turn.min(32 - turn);
    let cosine = match half {
        0..=8 => COSINES[half],
        _ => -COSINES[16 - half],
    };
    0.5 * cosine
}

/// A table of codes; those of one length are successive numbers.
struct Huffman {
    /// By the length of a code, less one: the first code of the next length would be this, moved to
    /// the left end of 16 bits.
    limits: [u32; 16],
    /// By the length, less one: the place of the symbol of code 0 of this length.
    offsets: [i32; 16],
    symbols: Vec<u8>,
}

impl Huffman {
    fn new(counts: &[u8; 16], symbols: &[u8]) -> Result<Self, String> {
        let (mut limits, mut offsets) = ([0; 16], [0; 16]);
        let (mut code, mut place) = (0_u32, 0_i32);
        for (shorter, &count) in counts.iter().enumerate() {
            offsets[shorter] = place - code.cast_signed();
            code += u32::from(count);
            place += i32::from(count);
            if code > 1 << (shorter + 1) {
                return Err("a table has more codes than there are".to_owned());
            }
            limits[shorter] = code << (15 - shorter);
            code <<= 1;
        }
        Ok(Self {
            limits,
            offsets,
            symbols: symbols.to_vec(),
        })
    }

    /// The symbol whose code these 16 bits begin with, and the length of the code.
    fn find(&self, next: u32) -> Option<(u8, u32)> {
        let shorter = self.limits.iter().position(|&limit| next < limit)?;
        let code = (next >> (15 - shorter)).cast_signed();
        let place = usize::try_from(code + self.offsets[shorter]).ok()?;
        let length = u32::try_from(shorter).ok()? + 1;
        Some((*self.symbols.get(place)?, length))
    }
}

/// The coded bits, the highest of a byte first.
struct Bits<'a> {
    /// What was not taken up yet, up to the next marker and beyond.
    bytes: &'a [u8],
    /// Bits that were, the next in the highest.
    buffer: u64,
    count: u32,
}

impl<'a> Bits<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            buffer: 0,
            count: 0,
        }
    }

    /// Takes up bytes until 32 bits are there, or a marker comes.
    fn fill(&mut self) {
        while self.count < 32 {
            let (byte, rest) = match *self.bytes {
                // A zero is put after a byte that would begin a marker.
                [0xFF, 0, ref rest @ ..] => (0xFF, rest),
                [0xFF, ..] | [] => return,
                [byte, ref rest @ ..] => (byte, rest),
            };
            self.buffer |= u64::from(byte) << (56 - self.count);
            self.count += 8;
            self.bytes = rest;
        }
    }

    fn skip(&mut self, count: u32) -> Result<(), String> {
        self.count = self
            .count
            .checked_sub(count)
            .ok_or("its coded data end too soon")?;
        self.buffer <<= count;
        Ok(())
    }

    fn symbol(&mut self, table: &Huffman) -> Result<u8, String> {
        self.fill();
        let next = (self.buffer >> 48) as u32;
        let (symbol, length) = table.find(next).ok_or("a code stands for nothing")?;
        self.skip(length)?;
        Ok(symbol)
    }

    /// A number of so many bits: those below half of what they can hold stand for negative ones.
    fn number(&mut self, size: u8) -> Result<i32, String> {
        if size == 0 {
            return Ok(0);
        }
        self.fill();
        let raw = (self.buffer >> (64 - u32::from(size))) as i32;
        self.skip(size.into())?;
        Ok(match raw < 1 << (size - 1) {
            true => raw - (1 << size) + 1,
            false => raw,
        })
    }

    /// Passes over the restart marker of a number, counted from 0, and the bits that fill the last
    /// byte before it.
    fn restart(&mut self, number: usize) -> Result<(), String> {
        let lost = || "a restart marker is not where it should be".to_owned();
        self.fill();
        if self.count >= 8 {
            return Err(lost());
        }
        let fill = self.bytes.iter().position(|&byte| byte != 0xFF);
        let fill = fill.filter(|&fill| fill > 0).ok_or_else(lost)?;
        #[allow(clippy::cast_possible_truncation)]
        let expected = 0xD0 + (number % 8) as u8;
        if self.bytes[fill] != expected {
            return Err(lost());
        }
        *self = Self::of(&self.bytes[fill + 1..]);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_transform_is_that_of_the_standard() {
        use std::f64::consts::{FRAC_1_SQRT_2, PI};
        let mut coefficients = [0.0; 64];
        for (place, value) in coefficients.iter_mut().enumerate() {
            *value = f64::from((place as i32 * 37) % 101 - 50);
        }
        coefficients[0] = 900.0;
        let found = samples_of(&coefficients);
        for y in 0..8 {
            for x in 0..8 {
                let mut sum = 0.0;
                for v in 0..8 {
                    for u in 0..8 {
                        let c = |n: usize| if n == 0 { FRAC_1_SQRT_2 } else { 1.0 };
                        let angle = |n: usize, m: usize| ((2 * n + 1) * m) as f64 * PI / 16.0;
                        sum += c(u) * c(v) * coefficients[8 * v + u] / 4.0
                            * angle(x, u).cos()
                            * angle(y, v).cos();
                    }
                }
                let expected = (sum + 2048.0).clamp(0.0, 4095.0);
                // Rounded once; the cosines are right to the last bit.
                assert!((f64::from(found[8 * y + x]) - expected).abs() <= 0.5 + 1e-9);
            }
        }
    }

    #[test]
    fn codes_of_one_length_follow_each_other() {
        // The table K.3 of the standard: the constant coefficients of luminance.
        let counts = [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0];
        let symbols: Vec<u8> = (0..12).collect();
        let table = Huffman::new(&counts, &symbols).unwrap();
        for (code, length, symbol) in [(0b00, 2, 0), (0b010, 3, 1), (0b110, 3, 5), (0b1110, 4, 6)] {
            assert_eq!(table.find(code << (16 - length)), Some((symbol, length)));
        }
        assert_eq!(table.find(0b1_1111_1110 << 7), Some((11, 9)));
        assert_eq!(table.find(0xFFFF), None);
        assert!(Huffman::new(&[3; 16], &[0; 48]).is_err());
    }
    /// Two blocks beside each other with a restart between them, put together by hand: the first is
    /// grey, the second has a constant coefficient of 1 times its step, 80, or 10 grey levels.
    fn two_blocks(coded: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0xFF, 0xD8, 0xFF, 0xDB, 0, 67, 0];
        bytes.extend([80; 64]);
        // 12 bits, 8 rows, 16 columns, one component.
        bytes.extend([0xFF, 0xC1, 0, 11, 12, 0, 8, 0, 16, 1, 1, 0x11, 0]);
        bytes.extend([0xFF, 0xDD, 0, 4, 0, 1]);
        // Sizes of 0 and 1 have the codes 0 and 10; the end of a block has the code 0.
        bytes.extend([0xFF, 0xC4, 0, 21, 0, 1, 1]);
        bytes.extend([0; 14]);
        bytes.extend([0, 1]);
        bytes.extend([0xFF, 0xC4, 0, 20, 0x10, 1]);
        bytes.extend([0; 15]);
        bytes.push(0);
        bytes.extend([0xFF, 0xDA, 0, 8, 1, 1, 0x00, 0, 63, 0]);
        bytes.extend(coded);
        bytes
    }

    fn decoded(coded: &[u8]) -> Result<Vec<u16>, String> {
        let frames = Frames {
            columns: 16,
            rows: 8,
            count: 1,
            sample: crate::pixels::Sample::Whole {
                allocated: 16,
                stored: 12,
                signed: false,
            },
        };
        let bytes = decode(&two_blocks(coded), frames)?;
        let (numbers, _) = bytes.as_chunks();
        Ok(numbers.iter().map(|&two| u16::from_le_bytes(two)).collect())
    }

    #[test]
    fn restarts_and_fill_bytes_are_passed_over() {
        // 0 0, filled with ones; 10 1 0, filled with ones.
        let expected: Vec<u16> = (0..128)
            .map(|place| if place % 16 < 8 { 2048 } else { 2058 })
            .collect();
        for coded in [
            &[0x3F, 0xFF, 0xD0, 0xAF, 0xFF, 0xD9][..],
            &[0x3F, 0xFF, 0xFF, 0xFF, 0xD0, 0xAF, 0xFF, 0xD9],
        ] {
            assert!(is_12_bit(&two_blocks(coded)));
            assert_eq!(decoded(coded), Ok(expected.clone()));
        }
        // Another number, no marker, bytes before it, and data that end.
        for (coded, why) in [
            (&[0x3F, 0xFF, 0xD1, 0xAF, 0xFF, 0xD9][..], "restart"),
            (&[0x3F, 0xAF, 0xFF, 0xD9], "restart"),
            (&[0x3F, 0x00, 0xFF, 0xD0, 0xAF], "restart"),
            (&[0x3F, 0xFF, 0xD0], "end too soon"),
            (&[], "end too soon"),
            (&[0x3F, 0xFF, 0xD0, 0xFF, 0x00], "stands for nothing"),
        ] {
            let error = decoded(coded).unwrap_err();
            assert!(error.contains(why), "{coded:?}: {error}");
        }
    }

    #[test]
    fn other_processes_are_refused() {
        let whole = two_blocks(&[0x3F, 0xFF, 0xD0, 0xAF, 0xFF, 0xD9]);
        let place = whole
            .windows(2)
            .position(|two| two == [0xFF, 0xC1])
            .unwrap();
        let with = |code: u8| {
            let mut bytes = whole.clone();
            bytes[place + 1] = code;
            bytes
        };
        // Progressive is of 12 bits too; lossless is another decoder's.
        assert!(is_12_bit(&with(0xC2)) && !is_12_bit(&with(0xC3)));
        let frames = Frames {
            columns: 16,
            rows: 8,
            count: 1,
            sample: crate::pixels::Sample::Bit,
        };
        let error = decode(&with(0xC2), frames).unwrap_err();
        assert!(error.contains("marker C2"), "{error}");
    }
}
