//! Finished pieces of a long run, kept in a folder so that a run that was cut off can go on.
//!
//! A piece lies in a file of its own, named by a [`Key`] of everything that it depends on: a piece
//! that is there under its key is the piece that would be computed. It is written beside its place,
//! brought to the disk and then renamed, so that a file under its name is whole; a checksum tells
//! what a failing disk has done to it since, and such a piece counts as not there.

use std::fmt::{self, Write as _};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use postcard::ser_flavors::Flavor;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

/// How a file of a piece begins: the format and its version.
const MAGIC: &[u8; 8] = b"radpart1";
/// Bytes of a checksum.
const CHECKSUM: usize = 32;
/// Ending of the files.
const ENDING: &str = "part";

/// The SHA-256 of everything that a piece depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Key([u8; CHECKSUM]);

impl Key {
    /// The key of what these values show as their debugging text, in this order, and of the
    /// version of the program. The text of a double reads back to the same double, so values that
    /// differ in their last bit have different keys.
    pub(crate) fn of(values: &[&dyn fmt::Debug]) -> Self {
        let mut text = Hashed(Sha256::new());
        // The hash takes every text, so writing to it cannot fail.
        let _ = write!(text, "radiome {}", env!("CARGO_PKG_VERSION"));
        for value in values {
            let _ = write!(text, "\n{value:?}");
        }
        Self(text.0.finalize().into())
    }

    /// The key that these hexadecimal digits spell.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; CHECKSUM];
        if text.len() != 2 * CHECKSUM || !text.is_ascii() {
            return None;
        }
        for (place, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(text.get(2 * place..2 * place + 2)?, 16).ok()?;
        }
        Some(Self(bytes))
    }
}

impl fmt::Display for Key {
    /// Hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A hash that text can be written to.
struct Hashed(Sha256);

impl fmt::Write for Hashed {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text);
        Ok(())
    }
}

/// Bytes that a piece is written to.
struct Bytes(Vec<u8>);

impl Flavor for Bytes {
    type Output = Vec<u8>;

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.0.push(byte);
        Ok(())
    }

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<Vec<u8>> {
        Ok(self.0)
    }
}

/// A folder of finished pieces.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    folder: PathBuf,
    /// Whether pieces of earlier runs count.
    reuse: bool,
    state: Arc<State>,
}

/// What has happened so far, over all copies of a [`Parts`].
#[derive(Debug, Default)]
struct State {
    /// Pieces of earlier runs that were used.
    reused: AtomicUsize,
    /// Why the first piece that could not be kept was not.
    trouble: Mutex<Option<io::ErrorKind>>,
}

impl Parts {
    /// The folder, made if it is not there. Pieces of earlier runs are used only with `reuse`.
    pub(crate) fn open(folder: &Path, reuse: bool) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        Ok(Self {
            reuse,
            ..Self::existing(folder)
        })
    }

    /// A folder that need not be there, to read from.
    pub(crate) fn existing(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            reuse: true,
            state: Arc::default(),
        }
    }

    /// Where it is.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    fn file(&self, key: Key) -> PathBuf {
        self.folder.join(format!("{key}.{ENDING}"))
    }

    /// The piece of an earlier run, where those count; `None` where it is not there or not whole.
    pub(crate) fn earlier<T: DeserializeOwned>(&self, key: Key) -> Option<T> {
        let found = self.reuse.then(|| self.get(key)).flatten();
        if found.is_some() {
            self.state.reused.fetch_add(1, Ordering::Relaxed);
        }
        found
    }

    /// How many pieces of earlier runs were used.
    pub(crate) fn reused(&self) -> usize {
        self.state.reused.load(Ordering::Relaxed)
    }

    /// Why a piece could not be kept; `None` while all could.
    pub(crate) fn trouble(&self) -> Option<io::ErrorKind> {
        self.state.trouble.lock().map_or(None, |trouble| *trouble)
    }

    /// Whether there is a file for this key; whether it is whole shows only when it is read.
    pub(crate) fn has(&self, key: Key) -> bool {
        self.file(key).is_file()
    }

    /// The piece of this key; `None` where it is not there or not whole.
    pub(crate) fn get<T: DeserializeOwned>(&self, key: Key) -> Option<T> {
        let bytes = fs::read(self.file(key)).ok()?;
        let rest = bytes.strip_prefix(MAGIC)?;
        let (checksum, packed) = rest.split_at_checked(CHECKSUM)?;
        if Sha256::digest(packed).as_slice() != checksum {
            return None;
        }
        let mut plain = Vec::new();
        DeflateDecoder::new(packed).read_to_end(&mut plain).ok()?;
        postcard::from_bytes(&plain).ok()
    }

    /// Keeps a piece.
    pub(crate) fn put<T: Serialize>(&self, key: Key, piece: &T) -> io::Result<()> {
        let done = self.write(key, piece);
        if let (Err(error), Ok(mut trouble)) = (&done, self.state.trouble.lock()) {
            trouble.get_or_insert(error.kind());
        }
        done
    }

    fn write<T: Serialize>(&self, key: Key, piece: &T) -> io::Result<()> {
        let plain = postcard::serialize_with_flavor(piece, Bytes(Vec::new()));
        let plain = plain.map_err(|error| io::Error::other(error.to_string()))?;
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&plain)?;
        let packed = encoder.finish()?;
        write_shared(&self.file(key), |file| {
            file.write_all(MAGIC)?;
            file.write_all(&Sha256::digest(&packed))?;
            file.write_all(&packed)
        })
    }

    /// Removes every piece, the one of the key `last` at the end, and the folder if nothing else is
    /// in it. Only files that are named as pieces are touched.
    pub(crate) fn clear(folder: &Path, last: Option<Key>) -> io::Result<()> {
        let last = last.map(|key| format!("{key}.{ENDING}"));
        let entries = match fs::read_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        for entry in entries {
            let path = entry?.path();
            let name = path.file_name().map(|name| name.to_string_lossy());
            if name.is_some_and(|name| is_piece(&name) && Some(&*name) != last.as_deref()) {
                fs::remove_file(&path)?;
            }
        }
        if let Some(last) = last {
            match fs::remove_file(folder.join(last)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        match fs::remove_dir(folder) {
            Err(error) if error.kind() != io::ErrorKind::DirectoryNotEmpty => Err(error),
            _ => Ok(()),
        }
    }
}

/// Whether a file is a piece, or one that was being written.
fn is_piece(name: &str) -> bool {
    let name = name.strip_prefix('.').unwrap_or(name);
    let mut words = name.split('.');
    let key = words.next().and_then(Key::parse);
    key.is_some() && words.next() == Some(ENDING)
}

/// Writes a file that is there whole or not at all: beside its place, to the disk, renamed. A
/// process that is killed meanwhile leaves the file beside it, which the next one takes up.
///
/// What cannot be renamed onto, such as a pipe or a terminal, is written to directly.
pub(crate) fn write_whole(
    path: &Path,
    write: impl FnOnce(&mut io::BufWriter<File>) -> io::Result<()>,
) -> io::Result<()> {
    write_beside(path, "", write)
}

/// As [`write_whole`], where several threads, processes or machines may write the same file.
pub(crate) fn write_shared(
    path: &Path,
    write: impl FnOnce(&mut io::BufWriter<File>) -> io::Result<()>,
) -> io::Result<()> {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let time = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let nanoseconds = time.map_or(0, |time| time.subsec_nanos());
    let own = format!(".{}-{count}-{nanoseconds}", std::process::id());
    write_beside(path, &own, write)
}

fn write_beside(
    path: &Path,
    own: &str,
    write: impl FnOnce(&mut io::BufWriter<File>) -> io::Result<()>,
) -> io::Result<()> {
    // A link stays, and what it points to is written.
    let target = path
        .is_symlink()
        .then(|| fs::canonicalize(path).ok())
        .flatten();
    let path = target.as_deref().unwrap_or(path);
    let special = fs::metadata(path).is_ok_and(|found| !found.is_file());
    if special {
        let mut file = io::BufWriter::new(File::options().write(true).open(path)?);
        write(&mut file)?;
        return file.flush();
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{name}{own}.new"));
    let written = File::create(&beside).and_then(|file| {
        let mut file = io::BufWriter::with_capacity(1 << 16, file);
        write(&mut file)?;
        file.flush()?;
        file.get_ref().sync_all()?;
        fs::rename(&beside, path)
    });
    if written.is_err() {
        // Nothing is left of it; the first error is the one that matters.
        let _ = fs::remove_file(&beside);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_reads_back_to_the_last_bit() {
        let folder = tempfile::tempdir().unwrap();
        let parts = Parts::open(&folder.path().join("parts"), false).unwrap();
        let key = Key::of(&[&"a", &1.5]);
        let values = vec![0.1, -0.0, f64::NAN, f64::INFINITY, 5e-324, f64::MAX];
        parts
            .put(key, &("text".to_owned(), values.clone()))
            .unwrap();
        let (text, found) = parts.get::<(String, Vec<f64>)>(key).unwrap();
        let bits = |values: &[f64]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        assert_eq!((text.as_str(), bits(&found)), ("text", bits(&values)));
        // Of an earlier run only where that is asked for.
        assert!(parts.earlier::<(String, Vec<f64>)>(key).is_none());
        let again = Parts::open(parts.folder(), true).unwrap();
        assert!(again.earlier::<(String, Vec<f64>)>(key).is_some());
        assert_eq!(fs::read_dir(parts.folder()).unwrap().count(), 1);
    }

    #[test]
    fn a_damaged_piece_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let parts = Parts::open(folder.path(), true).unwrap();
        let key = Key::of(&[&"a"]);
        parts.put(key, &vec![1_u64, 2, 3]).unwrap();
        let whole = fs::read(parts.file(key)).unwrap();
        for place in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[place] ^= 1;
            fs::write(parts.file(key), &damaged).unwrap();
            assert_eq!(parts.get::<Vec<u64>>(key), None, "byte {place}");
            fs::write(parts.file(key), &whole[..place]).unwrap();
            assert_eq!(parts.get::<Vec<u64>>(key), None, "cut at {place}");
        }
        fs::write(parts.file(key), &whole).unwrap();
        assert_eq!(parts.get::<Vec<u64>>(key), Some(vec![1, 2, 3]));
    }

    #[test]
    fn keys_differ_where_anything_differs() {
        let values: [&dyn fmt::Debug; 5] =
            [&1.0, &1.000_000_000_000_000_2, &"1.0", &[1.0], &(1.0, 2)];
        let keys: std::collections::HashSet<Key> =
            values.iter().map(|value| Key::of(&[*value])).collect();
        assert_eq!(keys.len(), values.len());
        let key = Key::of(&[&"a", &"b"]);
        assert_ne!(key, Key::of(&[&"b", &"a"]));
        assert_ne!(key, Key::of(&[&"ab"]));
        assert_eq!(Key::parse(&key.to_string()), Some(key));
        assert_eq!(Key::parse("zz"), None);
    }

    #[test]
    fn only_pieces_are_cleared() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("parts");
        let parts = Parts::open(&path, false).unwrap();
        parts.put(Key::of(&[&1]), &1_u8).unwrap();
        let last = Key::of(&[&2]);
        parts.put(last, &2_u8).unwrap();
        fs::write(path.join("notes.part"), "mine").unwrap();
        Parts::clear(&path, Some(last)).unwrap();
        let left: Vec<_> = fs::read_dir(&path).unwrap().flatten().collect();
        assert_eq!(left.len(), 1);
        fs::remove_file(path.join("notes.part")).unwrap();
        Parts::clear(&path, None).unwrap();
        assert!(!path.exists());
        Parts::clear(&path, None).unwrap();
    }
}
