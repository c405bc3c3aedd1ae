//! A line difference that a person can read, for outputs of a few thousand lines.

/// The differing lines of two texts with a little context; `-` is expected, `+` is found.
pub fn lines(expected: &[u8], found: &[u8], limit: usize) -> String {
    let split = |bytes: &[u8]| -> Vec<String> {
        String::from_utf8_lossy(bytes).split('\n').map(str::to_owned).collect()
    };
    let (old, new) = (split(expected), split(found));
    let start = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let tail = old[start..].iter().rev().zip(new[start..].iter().rev());
    let end = tail.take_while(|(a, b)| a == b).count();
    let mut text = Vec::new();
    for line in &old[start.saturating_sub(2)..start] {
        text.push(format!("      {line}"));
    }
    text.push(format!("    @@ line {}", start + 1));
    let (old, new) = (&old[start..old.len() - end], &new[start..new.len() - end]);
    for (mark, index) in edits(old, new) {
        let line = if mark == '+' { &new[index] } else { &old[index] };
        text.push(format!("    {mark} {line}"));
    }
    let hidden = text.len().saturating_sub(limit);
    text.truncate(limit);
    if hidden > 0 {
        text.push(format!("    … {hidden} more lines"));
    }
    text.join("\n")
}

/// Longest common subsequence by the quadratic table; beyond a few thousand lines, plain blocks.
fn edits(old: &[String], new: &[String]) -> Vec<(char, usize)> {
    let mut result = Vec::new();
    if old.len().saturating_mul(new.len()) > 4_000_000 {
        result.extend((0..old.len()).map(|i| ('-', i)));
        result.extend((0..new.len()).map(|i| ('+', i)));
        return result;
    }
    let width = new.len() + 1;
    let mut table = vec![0u32; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            table[i * width + j] = if old[i] == new[j] {
                table[(i + 1) * width + j + 1] + 1
            } else {
                table[(i + 1) * width + j].max(table[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            result.push((' ', i));
            (i, j) = (i + 1, j + 1);
        } else if j == new.len()
            || (i < old.len() && table[(i + 1) * width + j] >= table[i * width + j + 1])
        {
            result.push(('-', i));
            i += 1;
        } else {
            result.push(('+', j));
            j += 1;
        }
    }
    result
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_changed_line_is_shown_between_its_neighbours() {
        let text = super::lines(b"a\nb\nc\nd", b"a\nb\nX\nd", 20);
        assert_eq!(text, "      a\n      b\n    @@ line 3\n    - c\n    + X");
    }
}
