//! One DICOM object: its attributes, and where its voxels lie.

use std::io::Read;

use encoding_rs::Encoding as Charset;

use crate::DicomError;
use crate::attributes::Attributes;
use crate::character_set::character_set;
use crate::source::Source;
use crate::structure::{self, Broken, Element, Encoding, Extent, PixelData, Structure};
use crate::tags::{self, Tag};

/// Bytes that are read at first when only the header is wanted.
const FIRST_BYTES: u64 = 1 << 14;
/// Largest data set that is taken from a compressed (deflated) file: 2 GiB.
const MAX_INFLATED: u64 = 1 << 31;

const IMPLICIT_LITTLE_ENDIAN: &str = "1.2.840.10008.1.2";
const EXPLICIT_LITTLE_ENDIAN: &str = "1.2.840.10008.1.2.1";
/// Implicit, with big endian voxels: its header can be read.
const GE_PRIVATE: &str = "1.2.840.113619.5.2";
const DEFLATED: &str = "1.2.840.10008.1.2.1.99";
const EXPLICIT_BIG_ENDIAN: &str = "1.2.840.10008.1.2.2";

/// A parsed object.
pub(crate) struct Object {
    /// The file, for messages.
    pub(crate) place: String,
    /// The UID of its transfer syntax.
    pub(crate) syntax: String,
    /// Its bytes up to the pixel data, or all of them; every range lies in them.
    pub(crate) bytes: Vec<u8>,
    /// The data set and the items in it, each sorted by tag.
    pub(crate) sets: Vec<Vec<Element>>,
    /// How its texts are written.
    pub(crate) charset: &'static Charset,
    /// Where the voxels are; ranges are empty if only the header was read.
    pub(crate) pixel_data: Option<(Tag, PixelData)>,
    /// Bytes of the whole data set, voxels with it, also where only the header was read.
    pub(crate) total: u64,
}

impl Object {
    /// Reads everything before the pixel data.
    pub(crate) fn read_header(source: &Source) -> Result<Self, DicomError> {
        let place = source.to_string();
        let mut wanted = FIRST_BYTES;
        loop {
            let head = source.head(wanted)?;
            match parse(&place, head.bytes, head.total, Extent::Header)? {
                Parsed::Object(object) => return Ok(object),
                // Twice as much at least, so that a long header costs few tries.
                Parsed::NeedMore(needed) => {
                    wanted = (needed as u64).max(wanted * 4).min(head.total);
                }
            }
        }
    }

    /// Reads everything.
    pub(crate) fn read(source: &Source) -> Result<Self, DicomError> {
        let place = source.to_string();
        let bytes = source.bytes()?;
        let total = bytes.len() as u64;
        match parse(&place, bytes, total, Extent::Whole)? {
            Parsed::Object(object) => Ok(object),
            Parsed::NeedMore(needed) => Err(DicomError::Truncated {
                place,
                needed: needed as u64,
                available: total,
            }),
        }
    }

    /// Its attributes.
    pub(crate) fn attributes(&self) -> Attributes<'_> {
        Attributes::new(self, 0)
    }

    /// Whether numbers of several bytes begin with the most significant.
    pub(crate) fn big_endian(&self) -> bool {
        self.syntax == EXPLICIT_BIG_ENDIAN
    }
}

enum Parsed {
    Object(Object),
    NeedMore(usize),
}

/// Parses the first bytes of a file of `total` bytes.
fn parse(
    place: &str,
    mut bytes: Vec<u8>,
    total: u64,
    extent: Extent,
) -> Result<Parsed, DicomError> {
    let limit = usize::try_from(total).unwrap_or(usize::MAX);
    let explain = |broken: Broken, total: u64| explain(place, broken, total);
    let (mut start, syntax) = match beginning(&bytes) {
        Beginning::Unknown => {
            return Err(DicomError::NotDicom {
                place: place.to_owned(),
            });
        }
        Beginning::DataSet { explicit: true } => (0, EXPLICIT_LITTLE_ENDIAN.to_owned()),
        Beginning::DataSet { explicit: false } => (0, IMPLICIT_LITTLE_ENDIAN.to_owned()),
        Beginning::Meta(at) => match structure::meta(&bytes, limit, at) {
            Ok((end, uid)) => (end, transfer_syntax(place, &bytes, uid)?),
            Err(Broken::NeedMore(needed)) => return Ok(Parsed::NeedMore(needed)),
            Err(broken) => return Err(explain(broken, total)),
        },
    };
    let mut limit = limit;
    let mut total = total;
    if syntax == DEFLATED {
        if bytes.len() < limit {
            return Ok(Parsed::NeedMore(limit));
        }
        bytes = inflate(place, bytes.get(start..).unwrap_or_default())?;
        start = 0;
        limit = bytes.len();
        total = limit as u64;
    }
    let encoding = Encoding {
        explicit: syntax != IMPLICIT_LITTLE_ENDIAN && syntax != GE_PRIVATE,
        big_endian: syntax == EXPLICIT_BIG_ENDIAN,
    };
    let walked = structure::walk(&bytes, limit, start, encoding, extent);
    let Structure {
        header_end,
        sets,
        pixel_data,
    } = match walked {
        Ok(structure) => structure,
        Err(Broken::NeedMore(needed)) => return Ok(Parsed::NeedMore(needed)),
        Err(broken) => return Err(explain(broken, total)),
    };
    if bytes.len() < header_end {
        return Ok(Parsed::NeedMore(header_end));
    }
    let mut sets = sets;
    for set in &mut sets {
        // The standard wants them sorted. Of several with one tag the first counts.
        if !set.is_sorted_by_key(|element| element.tag) {
            set.sort_by_key(|element| element.tag);
        }
    }
    let mut object = Object {
        place: place.to_owned(),
        syntax,
        bytes,
        sets,
        charset: encoding_rs::WINDOWS_1252,
        pixel_data,
        total,
    };
    let names = object.attributes().texts(tags::SPECIFIC_CHARACTER_SET);
    object.charset = character_set(&names);
    Ok(Parsed::Object(object))
}

fn explain(place: &str, broken: Broken, total: u64) -> DicomError {
    let place = place.to_owned();
    match broken {
        Broken::NeedMore(needed) => DicomError::Truncated {
            place,
            needed: needed as u64,
            available: total,
        },
        Broken::Truncated { needed } => DicomError::Truncated {
            place,
            needed,
            available: total,
        },
        Broken::Invalid { offset, what } => DicomError::Structure {
            place,
            offset: offset as u64,
            what,
        },
        Broken::TooMuch { what, limit } => DicomError::TooLarge {
            place,
            what: what.to_owned(),
            limit,
        },
    }
}

enum Beginning {
    /// The file meta information, from a byte on.
    Meta(usize),
    /// No meta information, as old writers do.
    DataSet {
        explicit: bool,
    },
    Unknown,
}

fn beginning(bytes: &[u8]) -> Beginning {
    if bytes.get(128..132) == Some(b"DICM") {
        return Beginning::Meta(132);
    }
    match bytes {
        [2, 0, 0, 0, b'U', b'L', ..] => Beginning::Meta(0),
        // The first element of nearly every data set lies in group 8, with a short value.
        [8, 0, element, 0, a, b, ..] if *element <= 0x20 => {
            let explicit = a.is_ascii_uppercase() && b.is_ascii_uppercase();
            let plausible = explicit || matches!(bytes.get(6..8), Some([0, 0]));
            match plausible {
                true => Beginning::DataSet { explicit },
                false => Beginning::Unknown,
            }
        }
        _ => Beginning::Unknown,
    }
}

fn transfer_syntax(
    place: &str,
    bytes: &[u8],
    uid: Option<std::ops::Range<usize>>,
) -> Result<String, DicomError> {
    let uid = uid.and_then(|range| bytes.get(range)).unwrap_or_default();
    let uid = String::from_utf8_lossy(uid);
    let uid = uid.trim_matches(['\0', ' ']);
    match uid {
        "" => Err(DicomError::Missing {
            place: place.to_owned(),
            attribute: "Transfer Syntax UID",
            why: "it says how the file is written",
        }),
        uid => Ok(uid.to_owned()),
    }
}

fn inflate(place: &str, bytes: &[u8]) -> Result<Vec<u8>, DicomError> {
    let mut inflated = Vec::new();
    let decoded = flate2::read::DeflateDecoder::new(bytes)
        .take(MAX_INFLATED + 1)
        .read_to_end(&mut inflated);
    if decoded.is_err() {
        return Err(DicomError::Structure {
            place: place.to_owned(),
            offset: 0,
            what: "the deflated data set cannot be unpacked; it begins",
        });
    }
    if inflated.len() as u64 > MAX_INFLATED {
        return Err(DicomError::TooLarge {
            place: place.to_owned(),
            what: "the data set unpacks to more bytes than are taken".to_owned(),
            limit: MAX_INFLATED,
        });
    }
    Ok(inflated)
}
