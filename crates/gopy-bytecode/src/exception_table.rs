//! The exception table (`co_exceptiontable`): which handler covers which code units.
//!
//! Answers to the emitter of `assemble.c`, the lookup of `ceval.c` and the parser of `Lib/dis.py`.
//! An entry is four numbers: start, length, target, and depth with the lasti bit; each in six-bit
//! groups, highest first, bit 6 saying that more follow, bit 7 marking the entry's first byte.

/// One range of code units and its handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// First unit covered.
    pub start: u32,
    /// Unit after the last.
    pub end: u32,
    /// Unit where the handler starts.
    pub target: u32,
    /// Height the stack is cut to before the exception is pushed.
    pub depth: u32,
    /// Whether the raising instruction's offset is pushed below the exception.
    pub lasti: bool,
}

/// Appends an entry.
pub fn write(table: &mut Vec<u8>, entry: &Entry) {
    let depth_lasti = entry.depth << 1 | u32::from(entry.lasti);
    write_number(table, entry.start, 0x80);
    write_number(table, entry.end - entry.start, 0);
    write_number(table, entry.target, 0);
    write_number(table, depth_lasti, 0);
}

fn write_number(table: &mut Vec<u8>, value: u32, mut mark: u8) {
    // CPython's numbers have at most 30 bits.
    debug_assert!(value < 1 << 30);
    for shift in [24, 18, 12, 6] {
        if value >= 1 << shift {
            table.push((value >> shift & 63) as u8 | 0x40 | mark);
            mark = 0;
        }
    }
    table.push((value & 63) as u8 | mark);
}

/// Decodes a table. Total: bytes that run out end the iteration.
pub fn entries(table: &[u8]) -> impl Iterator<Item = Entry> + '_ {
    let mut bytes = table.iter().copied();
    std::iter::from_fn(move || {
        let mut number = || {
            let mut byte = bytes.next()?;
            let mut value = u32::from(byte & 63);
            while byte & 64 != 0 {
                byte = bytes.next()?;
                value = value << 6 | u32::from(byte & 63);
            }
            Some(value)
        };
        let start = number()?;
        let end = start.wrapping_add(number()?);
        let target = number()?;
        let depth_lasti = number()?;
        Some(Entry { start, end, target, depth: depth_lasti >> 1, lasti: depth_lasti & 1 == 1 })
    })
}

/// Finds the handler of a code unit. Entries are sorted by their start and don't overlap.
pub fn find(table: &[u8], unit: u32) -> Option<Entry> {
    // Narrow by halves to the neighbourhood, then scan: an entry is recognised by its mark.
    const SCAN: usize = 40;
    let (mut low, mut high) = (0, table.len());
    while high - low > SCAN {
        let middle = start_of_entry(table, low, low + (high - low) / 2);
        if entries(&table[middle..]).next()?.start > unit {
            high = middle;
        } else if middle == low {
            // One entry longer than half of the range cannot be split.
            break;
        } else {
            low = middle;
        }
    }
    entries(&table[low..]).take_while(|entry| entry.start <= unit).find(|entry| unit < entry.end)
}

fn start_of_entry(table: &[u8], low: usize, mut at: usize) -> usize {
    while at > low && table[at] & 0x80 == 0 {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_entries_are_read_back_and_found() {
        let mut table = Vec::new();
        let mut written = Vec::new();
        for (i, size) in [1u32, 63, 64, 4095, 4096, 300_000].iter().cycle().take(60).enumerate() {
            let start = written.last().map_or(3, |e: &Entry| e.end + 5);
            let (depth, lasti) = (i as u32 % 40, i % 2 == 1);
            let entry = Entry { start, end: start + size, target: start * 2, depth, lasti };
            write(&mut table, &entry);
            written.push(entry);
        }
        assert_eq!(entries(&table).collect::<Vec<_>>(), written);
        for entry in &written {
            assert_eq!(find(&table, entry.start), Some(*entry));
            assert_eq!(find(&table, entry.end - 1), Some(*entry));
            assert_eq!(find(&table, entry.end), None);
            assert_eq!(find(&table, entry.start - 1), None);
        }
        assert_eq!(find(&[], 0), None);
    }

    #[test]
    fn bytes_of_one_entry() {
        let mut table = Vec::new();
        write(&mut table, &Entry { start: 1, end: 65, target: 70, depth: 1, lasti: true });
        assert_eq!(table, [0x81, 0x41, 0x00, 0x41, 0x06, 0x03]);
    }

    #[test]
    fn truncated_tables_end_quietly() {
        assert_eq!(entries(&[0x81, 0x41]).count(), 0);
        assert_eq!(find(&[0; 100], 7), None);
    }
}
