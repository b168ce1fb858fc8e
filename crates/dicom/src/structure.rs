//! The elements of a file: where each lies, checked before anything is believed.
//!
//! Every length is compared with what encloses it before a value is looked at. Nothing is copied or
//! reserved on the word of a file, and sequences are walked without recursion: a few bytes can
//! neither ask for gigabytes nor exhaust the stack. Values stay in place; [`Attributes`] reads them.
//!
//! [`Attributes`]: crate::attributes::Attributes

use std::ops::Range;

use crate::tags::{DOUBLE_FLOAT_PIXEL_DATA, FLOAT_PIXEL_DATA, PIXEL_DATA};
use crate::tags::{TRANSFER_SYNTAX_UID, Tag, implicit_type};

/// Sequences inside sequences; the standard's deepest objects stay below 20.
const MAX_DEPTH: usize = 64;
/// Elements before the pixel data; an enhanced image of 5,000 frames has about 500,000.
const MAX_ELEMENTS: usize = 4_000_000;
/// Bytes before the pixel data.
const MAX_HEADER: usize = 1 << 29;

const UNDEFINED: u32 = u32::MAX;
const ITEM: Tag = Tag(0xFFFE, 0xE000);
const ITEM_END: Tag = Tag(0xFFFE, 0xE00D);
const SEQUENCE_END: Tag = Tag(0xFFFE, 0xE0DD);

/// One element of a data set or of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) tag: Tag,
    /// Its type; of implicit files the one that the standard says, `UN` where it is not needed.
    pub(crate) vr: [u8; 2],
    pub(crate) value: Value,
}

/// The value of an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// Bytes of the file.
    Bytes(Range<usize>),
    /// The items of a sequence, as numbers of data sets.
    Items(Vec<usize>),
}

/// How elements are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Encoding {
    pub(crate) explicit: bool,
    pub(crate) big_endian: bool,
}

/// The bytes that hold the voxels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PixelData {
    /// As they are.
    Native(Range<usize>),
    /// Compressed; the first range is the basic offset table.
    Encapsulated {
        offsets: Range<usize>,
        fragments: Vec<Range<usize>>,
    },
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Structure {
    /// Where the elements before the pixel data end.
    pub(crate) header_end: usize,
    /// The data set, and the items in it, each as its elements.
    pub(crate) sets: Vec<Vec<Element>>,
    /// The pixel data and their tag, if there are any.
    pub(crate) pixel_data: Option<(Tag, PixelData)>,
}

/// Why the walk stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// The bytes at hand end here, the file goes on: so many are needed.
    NeedMore(usize),
    /// The file ends before what it promises.
    Truncated { needed: u64 },
    /// It contradicts itself.
    Invalid { offset: usize, what: &'static str },
    /// It has more of something than is taken.
    TooMuch { what: &'static str, limit: u64 },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Sequence,
    Item,
    /// Items that are bytes: encapsulated data inside a sequence, such as an icon.
    Fragments,
}

#[derive(Clone, Copy)]
struct Container {
    kind: Kind,
    end: Option<usize>,
    encoding: Encoding,
    /// Of an item its own data set; of a sequence the one that it stands in.
    set: usize,
}

/// An element without its value.
struct Header {
    tag: Tag,
    /// `None` for items and where it is not written.
    vr: Option<[u8; 2]>,
    length: u32,
    value: usize,
}

/// The first bytes of a file of `total` bytes.
#[derive(Clone, Copy)]
struct Bytes<'a> {
    at_hand: &'a [u8],
    total: usize,
}

impl Bytes<'_> {
    fn read<const N: usize>(&self, offset: usize) -> Result<[u8; N], Broken> {
        let end = offset.saturating_add(N);
        if let Some(Ok(bytes)) = self.at_hand.get(offset..end).map(TryInto::try_into) {
            return Ok(bytes);
        }
        Err(if end <= self.total {
            Broken::NeedMore(end)
        } else {
            Broken::Truncated { needed: end as u64 }
        })
    }

    fn u16(&self, offset: usize, big_endian: bool) -> Result<u16, Broken> {
        let bytes = self.read(offset)?;
        Ok(match big_endian {
            true => u16::from_be_bytes(bytes),
            false => u16::from_le_bytes(bytes),
        })
    }

    fn u32(&self, offset: usize, big_endian: bool) -> Result<u32, Broken> {
        let bytes = self.read(offset)?;
        Ok(match big_endian {
            true => u32::from_be_bytes(bytes),
            false => u32::from_le_bytes(bytes),
        })
    }

    fn header(&self, offset: usize, encoding: Encoding) -> Result<Header, Broken> {
        let big = encoding.big_endian;
        let tag = Tag(self.u16(offset, big)?, self.u16(offset + 2, big)?);
        if !encoding.explicit || tag.0 == 0xFFFE {
            return Ok(Header {
                tag,
                vr: None,
                length: self.u32(offset + 4, big)?,
                value: offset + 8,
            });
        }
        let vr: [u8; 2] = self.read(offset + 4)?;
        let short = match &vr {
            b"AE" | b"AS" | b"AT" | b"CS" | b"DA" | b"DS" | b"DT" | b"FL" | b"FD" | b"IS"
            | b"LO" | b"LT" | b"PN" | b"SH" | b"SL" | b"SS" | b"ST" | b"TM" | b"UI" | b"UL"
            | b"US" => true,
            b"OB" | b"OD" | b"OF" | b"OL" | b"OV" | b"OW" | b"SQ" | b"SV" | b"UC" | b"UN"
            | b"UR" | b"UT" | b"UV" => false,
            _ => {
                return Err(Broken::Invalid {
                    offset,
                    what: "an element of unknown type",
                });
            }
        };
        Ok(match short {
            true => Header {
                tag,
                vr: Some(vr),
                length: u32::from(self.u16(offset + 6, big)?),
                value: offset + 8,
            },
            false => Header {
                tag,
                vr: Some(vr),
                length: self.u32(offset + 8, big)?,
                value: offset + 12,
            },
        })
    }
}

/// The elements of the file meta information, which begin at `start` and are explicit and little
/// endian: where they end, and where the UID of the transfer syntax is. The length that they give
/// themselves may be missing or wrong and is not looked at.
pub(crate) fn meta(
    at_hand: &[u8],
    total: usize,
    start: usize,
) -> Result<(usize, Option<Range<usize>>), Broken> {
    let bytes = Bytes { at_hand, total };
    let encoding = Encoding {
        explicit: true,
        big_endian: false,
    };
    let mut offset = start;
    let mut syntax = None;
    while offset + 8 <= total && bytes.u16(offset, false)? == 2 {
        let header = bytes.header(offset, encoding)?;
        if header.length == UNDEFINED || header.vr == Some(*b"SQ") {
            return Err(Broken::Invalid {
                offset,
                what: "a sequence in the file meta information",
            });
        }
        offset = value_end(&header, offset, total)?;
        if header.tag == TRANSFER_SYNTAX_UID {
            syntax = Some(header.value..offset);
        }
        if offset - start > MAX_HEADER {
            return Err(too_large());
        }
        if at_hand.len() < offset {
            return Err(Broken::NeedMore(offset));
        }
    }
    Ok((offset, syntax))
}

/// How far a file is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Up to the pixel data, whose place is then left empty.
    Header,
    /// All of it.
    Whole,
}

/// Walks the data set that begins at `start` up to, or over, its pixel data.
pub(crate) fn walk(
    at_hand: &[u8],
    total: usize,
    start: usize,
    encoding: Encoding,
    extent: Extent,
) -> Result<Structure, Broken> {
    let bytes = Bytes { at_hand, total };
    let mut open: Vec<Container> = Vec::new();
    let mut sets: Vec<Vec<Element>> = vec![Vec::new()];
    let mut offset = start;
    let mut elements = 0_usize;
    loop {
        while let Some(container) = open.last()
            && let Some(end) = container.end
        {
            if offset < end {
                break;
            }
            open.pop();
        }
        let container = open.last().copied();
        let left = total.saturating_sub(offset);
        if container.is_none() && left < 8 {
            // Some writers fill up the last block of a file with zeros; anything else is an element
            // of which the rest is missing.
            let padding = (offset..total).all(|place| bytes.read(place) == Ok([0]));
            if bytes.at_hand.len() < total {
                return Err(Broken::NeedMore(total));
            }
            if !padding {
                let needed = offset as u64 + 8;
                return Err(Broken::Truncated { needed });
            }
            return Ok(Structure {
                header_end: offset.min(total),
                sets,
                pixel_data: None,
            });
        }
        elements += 1;
        if elements > MAX_ELEMENTS {
            return Err(Broken::TooMuch {
                what: "too many elements",
                limit: MAX_ELEMENTS as u64,
            });
        }
        if offset - start > MAX_HEADER {
            return Err(too_large());
        }
        let encoding = container.map_or(encoding, |container| container.encoding);
        let header = bytes.header(offset, encoding)?;
        let limit = open.iter().rev().find_map(|container| container.end);
        let limit = limit.unwrap_or(total);
        match container.map(|container| container.kind) {
            Some(Kind::Sequence) => match header.tag {
                ITEM => {
                    let end = end_of(&header, offset, limit, total)?;
                    let parent = container.map_or(0, |container| container.set);
                    let set = sets.len();
                    sets.push(Vec::new());
                    // A sequence is the last element of the data set that it stands in.
                    let elements = sets.get_mut(parent);
                    if let Some(Element {
                        value: Value::Items(items),
                        ..
                    }) = elements.and_then(|elements| elements.last_mut())
                    {
                        items.push(set);
                    }
                    let item = Container {
                        kind: Kind::Item,
                        end,
                        encoding,
                        set,
                    };
                    push(&mut open, item, offset)?;
                    offset = header.value;
                }
                SEQUENCE_END => {
                    open.pop();
                    offset = header.value;
                }
                _ => {
                    return Err(Broken::Invalid {
                        offset,
                        what: "a sequence holds something that is no item",
                    });
                }
            },
            Some(Kind::Fragments) => match header.tag {
                ITEM if header.length != UNDEFINED => {
                    offset = within(value_end(&header, offset, total)?, offset, limit)?;
                }
                SEQUENCE_END => {
                    open.pop();
                    offset = header.value;
                }
                _ => {
                    return Err(Broken::Invalid {
                        offset,
                        what: "a compressed value holds something that is no fragment",
                    });
                }
            },
            Some(Kind::Item) if header.tag == ITEM_END => {
                open.pop();
                offset = header.value;
            }
            top => {
                if header.tag.0 == 0xFFFE {
                    return Err(Broken::Invalid {
                        offset,
                        what: "an item outside a sequence",
                    });
                }
                if top.is_none() && is_pixel_data(header.tag) {
                    let found = match header.length {
                        _ if extent == Extent::Header => PixelData::Native(0..0),
                        UNDEFINED => fragments(bytes, &header, encoding)?,
                        _ => {
                            // That it is all there is asked for when it is read.
                            let length = header.length as usize;
                            PixelData::Native(header.value..header.value.saturating_add(length))
                        }
                    };
                    return Ok(Structure {
                        header_end: offset,
                        sets,
                        pixel_data: Some((header.tag, found)),
                    });
                }
                let set = container.map_or(0, |container| container.set);
                let vr = match header.vr {
                    None | Some([b'U', b'N']) => implicit_type(header.tag),
                    Some(vr) => vr,
                };
                let value = match nested(&header, encoding) {
                    Some((kind, encoding)) => {
                        let end = end_of(&header, offset, limit, total)?;
                        let inner = Container {
                            kind,
                            end,
                            encoding,
                            set,
                        };
                        push(&mut open, inner, offset)?;
                        offset = header.value;
                        Value::Items(Vec::new())
                    }
                    None => {
                        offset = within(value_end(&header, offset, total)?, offset, limit)?;
                        Value::Bytes(header.value..offset)
                    }
                };
                if let Some(elements) = sets.get_mut(set) {
                    let tag = header.tag;
                    elements.push(Element { tag, vr, value });
                }
            }
        }
    }
}

fn too_large() -> Broken {
    Broken::TooMuch {
        what: "too many bytes before the pixel data",
        limit: MAX_HEADER as u64,
    }
}

fn is_pixel_data(tag: Tag) -> bool {
    matches!(tag, PIXEL_DATA | FLOAT_PIXEL_DATA | DOUBLE_FLOAT_PIXEL_DATA)
}

/// Whether an element holds others, and how those are written.
fn nested(header: &Header, encoding: Encoding) -> Option<(Kind, Encoding)> {
    let undefined = header.length == UNDEFINED;
    let is_sequence = implicit_type(header.tag) == *b"SQ";
    let implicit = Encoding {
        explicit: false,
        ..encoding
    };
    match header.vr {
        Some([b'S', b'Q']) => Some((Kind::Sequence, encoding)),
        // A sequence that went through a program that did not know it.
        Some([b'U', b'N']) if undefined || is_sequence => Some((Kind::Sequence, implicit)),
        Some(_) if undefined => Some((Kind::Fragments, encoding)),
        Some(_) => None,
        // Sequences that nobody asks for are passed over whole where they say how long they are.
        None => (undefined || is_sequence).then_some((Kind::Sequence, encoding)),
    }
}

fn push(open: &mut Vec<Container>, inner: Container, offset: usize) -> Result<(), Broken> {
    // A sequence and its item are two.
    if open.len() >= 2 * MAX_DEPTH {
        return Err(Broken::Invalid {
            offset,
            what: "sequences are nested too deeply",
        });
    }
    open.push(inner);
    Ok(())
}

fn value_end(header: &Header, offset: usize, total: usize) -> Result<usize, Broken> {
    if header.length == UNDEFINED {
        return Err(Broken::Invalid {
            offset,
            what: "a value without length",
        });
    }
    let end = header.value.saturating_add(header.length as usize);
    match end <= total {
        true => Ok(end),
        false => Err(Broken::Truncated { needed: end as u64 }),
    }
}

fn end_of(
    header: &Header,
    offset: usize,
    limit: usize,
    total: usize,
) -> Result<Option<usize>, Broken> {
    match header.length {
        UNDEFINED => Ok(None),
        _ => within(value_end(header, offset, total)?, offset, limit).map(Some),
    }
}

fn within(end: usize, offset: usize, limit: usize) -> Result<usize, Broken> {
    match end <= limit {
        true => Ok(end),
        false => Err(Broken::Invalid {
            offset,
            what: "an element is longer than what encloses it",
        }),
    }
}

/// The fragments of the compressed pixel data whose header is given.
fn fragments(bytes: Bytes<'_>, header: &Header, encoding: Encoding) -> Result<PixelData, Broken> {
    let mut offset = header.value;
    let mut offsets = None;
    let mut fragments = Vec::new();
    loop {
        let item = bytes.header(offset, encoding)?;
        match item.tag {
            ITEM => {
                let end = value_end(&item, offset, bytes.total)?;
                match offsets {
                    None => offsets = Some(item.value..end),
                    Some(_) => fragments.push(item.value..end),
                }
                offset = end;
            }
            SEQUENCE_END => break,
            _ => {
                return Err(Broken::Invalid {
                    offset,
                    what: "the compressed pixel data hold something that is no fragment",
                });
            }
        }
    }
    Ok(PixelData::Encapsulated {
        offsets: offsets.unwrap_or(offset..offset),
        fragments,
    })
}
