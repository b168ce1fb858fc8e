//! How texts are written: Specific Character Set (0008,0005).

use std::borrow::Cow;

use encoding_rs::{
    BIG5, EUC_KR, Encoding, GB18030, GBK, ISO_2022_JP, ISO_8859_2, ISO_8859_3, ISO_8859_4,
    ISO_8859_5, ISO_8859_6, ISO_8859_7, ISO_8859_8, ISO_8859_15, SHIFT_JIS, UTF_8, WINDOWS_874,
    WINDOWS_1252, WINDOWS_1254,
};

/// The encoding of a character set, by its names in the order of the file. Of several, which escape
/// sequences switch between, the last: it holds ASCII too. Latin 1 where nothing is said.
pub(crate) fn character_set(names: &[String]) -> &'static Encoding {
    let name = names.last().map_or("", String::as_str);
    // "ISO_IR 100" and "ISO 2022 IR 100" are the same letters.
    match name.rsplit([' ', '_']).next().unwrap_or_default() {
        "101" => ISO_8859_2,
        "109" => ISO_8859_3,
        "110" => ISO_8859_4,
        "144" => ISO_8859_5,
        "127" => ISO_8859_6,
        "126" => ISO_8859_7,
        "138" => ISO_8859_8,
        "148" => WINDOWS_1254,
        "203" => ISO_8859_15,
        "166" => WINDOWS_874,
        "13" => SHIFT_JIS,
        "87" | "159" => ISO_2022_JP,
        "149" => EUC_KR,
        "58" | "GBK" => GBK,
        "192" => UTF_8,
        "GB18030" => GB18030,
        "BIG5" => BIG5,
        _ => WINDOWS_1252,
    }
}

/// Bytes as text. Escape sequences that announce Korean or Chinese letters are left out: those
/// letters are told from ASCII by their highest bit.
pub(crate) fn decode<'a>(bytes: &'a [u8], charset: &'static Encoding) -> Cow<'a, str> {
    const ANNOUNCED: [&[u8]; 2] = [b"\x1b$)C", b"\x1b$)A"];
    let (text, _) = charset.decode_without_bom_handling(bytes);
    let escapes = ANNOUNCED
        .iter()
        .any(|escape| bytes.windows(escape.len()).any(|window| window == *escape));
    match escapes {
        true => text.replace("\x1b$)C", "").replace("\x1b$)A", "").into(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of PS3.5, annexes H, I and J, and names by pydicom's decoder.
    #[test]
    fn texts_of_the_standard() {
        let read = |names: &[&str], bytes: &[u8]| {
            let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
            decode(bytes, character_set(&names)).into_owned()
        };
        assert_eq!(read(&[], b"GTV-1"), "GTV-1");
        assert_eq!(
            read(&["ISO_IR 100"], b"Buc^J\xe9r\xf4me"),
            "Buc^J\u{e9}r\u{f4}me"
        );
        assert_eq!(
            read(&["ISO_IR 192"], "\u{738b}^\u{5c0f}".as_bytes()),
            "\u{738b}^\u{5c0f}"
        );
        let japanese = b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B";
        assert_eq!(
            read(&["", "ISO 2022 IR 87"], japanese),
            "Yamada^Tarou=\u{5c71}\u{7530}^\u{592a}\u{90ce}"
        );
        let korean = b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7";
        assert_eq!(
            read(&["", "ISO 2022 IR 149"], korean),
            "Hong^Gildong=\u{6d2a}^\u{5409}\u{6d1e}"
        );
        assert_eq!(read(&["GB18030"], b"\xcd\xf5"), "\u{738b}");
        // The first letters of the standard's Russian example (PS3.5, annex H), by Python's iso8859_5.
        assert_eq!(read(&["ISO_IR 144"], b"\xbb\xee"), "\u{41b}\u{44e}");
    }
}
