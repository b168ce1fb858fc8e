//! Attributes by their tag, as the type that is expected of them.

use crate::DicomError;
use crate::character_set::decode;
use crate::object::Object;
use crate::structure::{Element, Value};
use crate::tags::Tag;

/// The attributes of a data set or of an item of a sequence.
///
/// An attribute that is absent and one that is empty are the same here.
#[derive(Clone, Copy)]
pub(crate) struct Attributes<'a> {
    object: &'a Object,
    elements: &'a [Element],
}

impl<'a> Attributes<'a> {
    /// Those of one of the data sets of an object; the first is its own.
    pub(crate) fn new(object: &'a Object, set: usize) -> Self {
        let elements = object.sets.get(set).map_or(&[][..], Vec::as_slice);
        Self { object, elements }
    }

    /// The file, for messages.
    pub(crate) fn place(&self) -> String {
        self.object.place.clone()
    }

    fn element(&self, tag: Tag) -> Option<&'a Element> {
        // They are sorted, so that a set of a million elements is not walked for each question.
        let place = self.elements.partition_point(|element| element.tag < tag);
        let element = self.elements.get(place)?;
        (element.tag == tag).then_some(element)
    }

    /// Whether an attribute is there, with or without a value.
    pub(crate) fn has(&self, tag: Tag) -> bool {
        self.element(tag).is_some()
    }

    /// The bytes of an element, and its type.
    fn raw(&self, tag: Tag) -> Option<(&'a [u8], [u8; 2])> {
        let element = self.element(tag)?;
        match &element.value {
            Value::Bytes(range) => Some((self.object.bytes.get(range.clone())?, element.vr)),
            Value::Items(_) => None,
        }
    }

    /// Text without the blanks that fill it up; several values have backslashes between them.
    pub(crate) fn text(&self, tag: Tag) -> Option<String> {
        let (bytes, vr) = self.raw(tag)?;
        if let Some(numbers) = self.binary(bytes, vr) {
            let numbers: Vec<String> = numbers.iter().map(f64::to_string).collect();
            return (!numbers.is_empty()).then(|| numbers.join("\\"));
        }
        let text = decode(bytes, self.object.charset);
        let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// The numbers of an attribute whose type is binary.
    fn binary(&self, bytes: &[u8], vr: [u8; 2]) -> Option<Vec<f64>> {
        macro_rules! numbers {
            ($type:ty) => {
                bytes
                    .as_chunks()
                    .0
                    .iter()
                    .map(|&chunk| match self.object.big_endian() {
                        true => <$type>::from_be_bytes(chunk).into(),
                        false => <$type>::from_le_bytes(chunk).into(),
                    })
                    .collect()
            };
        }
        Some(match &vr {
            b"US" => numbers!(u16),
            b"SS" => numbers!(i16),
            b"UL" => numbers!(u32),
            b"SL" => numbers!(i32),
            b"FL" => numbers!(f32),
            b"FD" => numbers!(f64),
            _ => return None,
        })
    }

    /// The values of a text attribute.
    pub(crate) fn texts(&self, tag: Tag) -> Vec<String> {
        let text = self.text(tag).unwrap_or_default();
        let values = text.split('\\').map(|value| value.trim().to_owned());
        values.filter(|value| !value.is_empty()).collect()
    }

    /// Numbers, whether written as text or in binary.
    ///
    /// # Errors
    /// [`DicomError::Value`] where something is no finite number.
    pub(crate) fn numbers(
        &self,
        tag: Tag,
        attribute: &'static str,
    ) -> Result<Option<Vec<f64>>, DicomError> {
        let Some((bytes, vr)) = self.raw(tag) else {
            return Ok(None);
        };
        let numbers = match self.binary(bytes, vr) {
            Some(numbers) => Some(numbers),
            None => match self.text(tag) {
                None => return Ok(None),
                Some(text) => text
                    .split('\\')
                    .map(|value| value.trim_matches([' ', '\0']).parse().ok())
                    .collect(),
            },
        };
        match numbers {
            Some(numbers) if numbers.is_empty() => Ok(None),
            Some(numbers) if numbers.iter().all(|number| number.is_finite()) => Ok(Some(numbers)),
            _ => Err(DicomError::Value {
                place: self.place(),
                attribute,
                found: self.text(tag).unwrap_or_default(),
                expected: "numbers are needed",
            }),
        }
    }

    /// One number; of several the first.
    ///
    /// # Errors
    /// As [`numbers`](Self::numbers).
    pub(crate) fn number(
        &self,
        tag: Tag,
        attribute: &'static str,
    ) -> Result<Option<f64>, DicomError> {
        let numbers = self.numbers(tag, attribute)?;
        Ok(numbers.and_then(|numbers| numbers.first().copied()))
    }

    /// So many numbers.
    ///
    /// # Errors
    /// As [`numbers`](Self::numbers), and [`DicomError::Value`] for another count.
    pub(crate) fn array<const N: usize>(
        &self,
        tag: Tag,
        attribute: &'static str,
    ) -> Result<Option<[f64; N]>, DicomError> {
        let Some(numbers) = self.numbers(tag, attribute)? else {
            return Ok(None);
        };
        match numbers.try_into() {
            Ok(array) => Ok(Some(array)),
            Err(_) => Err(DicomError::Value {
                place: self.place(),
                attribute,
                found: self.text(tag).unwrap_or_default(),
                expected: "another count of numbers is needed",
            }),
        }
    }

    /// A whole number that is not negative and fits 32 bits.
    ///
    /// # Errors
    /// [`DicomError::Value`] for another value.
    pub(crate) fn whole(
        &self,
        tag: Tag,
        attribute: &'static str,
    ) -> Result<Option<u32>, DicomError> {
        let Some(number) = self.number(tag, attribute)? else {
            return Ok(None);
        };
        if number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number) {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            return Ok(Some(number as u32));
        }
        Err(DicomError::Value {
            place: self.place(),
            attribute,
            found: number.to_string(),
            expected: "a whole number is needed",
        })
    }

    /// An attribute that has to be there.
    ///
    /// # Errors
    /// [`DicomError::Missing`].
    pub(crate) fn needed<T>(
        &self,
        found: Option<T>,
        attribute: &'static str,
        why: &'static str,
    ) -> Result<T, DicomError> {
        found.ok_or_else(|| DicomError::Missing {
            place: self.place(),
            attribute,
            why,
        })
    }

    /// The text of a private attribute, by its group, the name of its creator and its place in the
    /// creator's block.
    pub(crate) fn private_text(&self, group: u16, creator: &str, element: u8) -> Option<String> {
        let reserves = |block: &u16| {
            let found = self.text(Tag(group, *block));
            found.is_some_and(|found| found.eq_ignore_ascii_case(creator))
        };
        let block = (0x10..=0xFF_u16).find(reserves)?;
        let tag = Tag(group, block << 8 | u16::from(element));
        self.text(tag)
    }

    /// The items of a sequence; none where it is absent.
    pub(crate) fn items(&self, tag: Tag) -> Vec<Attributes<'a>> {
        match self.element(tag).map(|element| &element.value) {
            Some(Value::Items(sets)) => {
                let items = sets.iter().map(|&set| Self::new(self.object, set));
                items.collect()
            }
            _ => Vec::new(),
        }
    }

    /// The first item of a sequence.
    pub(crate) fn item(&self, tag: Tag) -> Option<Attributes<'a>> {
        match self.element(tag).map(|element| &element.value) {
            Some(Value::Items(sets)) => sets.first().map(|&set| Self::new(self.object, set)),
            _ => None,
        }
    }
}
