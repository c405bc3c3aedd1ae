//! Decodes tables for `xtask/py/check_tables.py`: each line of stdin holds `co_firstlineno`,
//! `co_linetable`, `co_exceptiontable` and `co_code`, the last three in hexadecimal.

use gopy_bytecode::{exception_table, location, units};
use std::io::BufRead as _;

fn bytes(hex: &str) -> Vec<u8> {
    let digit = |b: u8| char::from(b).to_digit(16).map_or(0, |d| d as u8);
    hex.as_bytes().chunks(2).map(|pair| pair.iter().fold(0, |n, b| n << 4 | digit(*b))).collect()
}

fn main() {
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let fields: Vec<&str> = line.split(',').collect();
        let [first, table, exceptions, code] = fields[..] else { continue };
        let first = first.parse().unwrap_or(0);
        let (table, exceptions, code) = (bytes(table), bytes(exceptions), bytes(code));
        let mut encoder = location::Encoder::new(first);
        for entry in location::entries(&table, first) {
            encoder.push(entry.location, entry.end - entry.start);
        }
        let mut again = Vec::new();
        for entry in exception_table::entries(&exceptions) {
            exception_table::write(&mut again, &entry);
        }
        print!("{} {}", encoder.finish() == table, again == exceptions);
        for l in location::positions(&table, first) {
            print!(" {} {} {} {}", l.lineno, l.end_lineno, l.col_offset, l.end_col_offset);
        }
        for (start, end, line) in location::lines(&table, first) {
            print!(" {start} {end} {}", line.unwrap_or(-1));
        }
        for e in exception_table::entries(&exceptions) {
            print!(" {} {} {} {} {}", e.start, e.end, e.target, e.depth, u8::from(e.lasti));
        }
        for i in units::instructions(&code) {
            let target = i.jump_target().map_or(-1, |t| t as i64);
            print!(" {} {} {} {target}", i.offset, i.opcode.0, i.oparg);
        }
        println!();
    }
}
