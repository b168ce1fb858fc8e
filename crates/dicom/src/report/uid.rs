//! Unique identifiers that follow from what they identify.

use sha2::{Digest, Sha256};

/// A UID under 2.25, from a UUID (version 8, RFC 9562) of the first 128 bits of the SHA-256 of the
/// parts: the same parts give the same UID, and no clock or chance has part in it.
pub(super) fn uid(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    let digest = hash.finalize();
    let number = digest
        .iter()
        .take(16)
        .fold(0_u128, |number, &byte| number << 8 | u128::from(byte));
    let version = number & !(0xF << 76) | 0x8 << 76;
    let variant = version & !(0x3 << 62) | 0x2 << 62;
    format!("2.25.{variant}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uids_are_uuids_of_their_parts() {
        let one = uid(&[b"a", b"bc"]);
        assert_eq!(one, uid(&[b"a", b"bc"]));
        assert_ne!(one, uid(&[b"ab", b"c"]));
        let number: u128 = one.strip_prefix("2.25.").unwrap().parse().unwrap();
        assert_eq!((number >> 76 & 0xF, number >> 62 & 0x3), (8, 2));
        assert!(one.len() <= 64);
    }
}
