//! Tables that lie in memory and are read by a name, as files are.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::Table;

thread_local! {
    static HELD: RefCell<HashMap<PathBuf, Table>> = RefCell::default();
}

/// Does work during which [`Table::read`] finds these tables by their names before it looks for a
/// file; on this thread alone.
pub fn with_tables<T>(tables: Vec<(String, Table)>, work: impl FnOnce() -> T) -> T {
    let named = tables.into_iter().map(|(name, table)| (name.into(), table));
    let before = HELD.replace(named.collect());
    let _restored = Restored(before);
    work()
}

/// Puts back what was held before, also where the work panics.
struct Restored(HashMap<PathBuf, Table>);

impl Drop for Restored {
    fn drop(&mut self) {
        HELD.set(std::mem::take(&mut self.0));
    }
}

/// The table of this name, if one is held.
pub(super) fn held(path: &Path) -> Option<Table> {
    HELD.with_borrow(|held| held.get(path).cloned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_in_memory_goes_before_a_file_and_is_gone_afterwards() {
        let mut table = Table::new("patients", 2);
        table.push_numbers("age", &[50.0, 61.5]).unwrap();
        let tables = vec![("patients".to_owned(), table)];
        let path = Path::new("patients");
        let ages = with_tables(tables, || {
            Table::read(path).unwrap().numbers("age").unwrap()
        });
        assert_eq!(ages, [50.0, 61.5]);
        assert!(Table::read(path).is_err());
    }
}
